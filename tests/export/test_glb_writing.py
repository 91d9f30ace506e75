"""GLB as we write it: posed by another reader, held to the Khronos validator, several people."""

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from any_bodies import REFUSED, Recipe, dancer, recipes
from gltf_files import Gltf, validated
from poise.errors import PoiseError
from poise.export.glb import write_glb
from poise.geometry.axes import y_up
from poise.motion import Body
from poise.skeletons import FIGURE27


def late(body: Body, frames: int = 12) -> Body:
    """The same person, who comes later and stands two metres aside."""
    motion = body.motion
    moved = motion.xyz + np.array([2, 0, 0], motion.xyz.dtype)
    times = motion.times + frames / motion.fps
    return replace(body, motion=replace(motion, xyz=moved, times=times))


@settings(max_examples=40, deadline=None)
@given(recipe=recipes())
def test_any_body_stands_where_it_should(
    tmp_path_factory: pytest.TempPathFactory, recipe: Recipe
) -> None:
    pytest.importorskip("pygltflib", reason="pygltflib, the independent reader, is not installed")
    body = recipe.body()
    path = tmp_path_factory.mktemp("glb") / "a.glb"
    write_glb(path, [body], figure=recipe.seed % 2 == 0)
    file = Gltf(path)
    nodes = [file.names.index(name) for name in body.motion.skeleton.joints]
    expected = y_up(body.pose()[0])
    for frame, seconds in enumerate(np.arange(len(body)) / body.motion.fps):
        np.testing.assert_allclose(
            file.world(seconds)[nodes, :3, 3], expected[frame], atol=1e-5, rtol=0
        )


def test_between_frames_joints_turn_the_short_way(tmp_path: Path) -> None:
    body = dancer(0, "dance")
    write_glb(tmp_path / "a.glb", [body])
    file = Gltf(tmp_path / "a.glb")
    for sampler in file.file.animations[0].samplers:
        values = file.array(sampler.output)
        if values.shape[1] == 4:
            assert (values[1:] * values[:-1]).sum(axis=-1).min() > 0
            np.testing.assert_allclose(np.linalg.norm(values, axis=-1), 1, atol=1e-6)


def test_people_share_a_file_an_animation_and_a_clock(tmp_path: Path) -> None:
    first = dancer()
    second = late(first)
    write_glb(tmp_path / "a.glb", [first, second, replace(first, model="again")])
    file = Gltf(tmp_path / "a.glb")
    assert len(set(file.names)) == len(file.names)
    assert {"pelvis", "person_2_pelvis", "person_3_pelvis"} <= set(file.names)
    animation = file.file.animations[0]
    assert len(file.file.animations) == 1
    assert {sampler.interpolation for sampler in animation.samplers} == {"LINEAR"}
    # The first and the third person share their times, the second's begin later.
    assert len({sampler.input for sampler in animation.samplers}) == 2
    starts = {float(file.array(sampler.input)[0, 0]) for sampler in animation.samplers}
    assert sorted(starts) == pytest.approx([0.0, 0.4])
    seconds = 1.0
    there = file.world(seconds)[:, :3, 3]
    frame = 30 - 12
    expected = y_up(second.pose()[0][frame])
    nodes = [file.names.index(f"person_2_{joint}") for joint in FIGURE27.joints]
    np.testing.assert_allclose(there[nodes], expected, atol=1e-5)
    colours = {
        tuple(material.pbrMetallicRoughness.baseColorFactor) for material in file.file.materials
    }
    assert len(colours) == 6
    assert [node.name for node in file.file.nodes if node.skin is not None] == [
        f"person_{number}_figure" for number in (1, 2, 3)
    ]


def test_what_is_known_beyond_the_motion_is_told(tmp_path: Path) -> None:
    body = dancer()[6:]  # begins at 0.2 s
    assumed = ("the camera was level",)
    body = replace(body, motion=replace(body.motion, assumed=assumed))
    write_glb(tmp_path / "a.glb", [body])
    file = Gltf(tmp_path / "a.glb")
    scene = file.file.scenes[0].extras
    assert (scene["fps"], scene["unit"], scene["up"], scene["start"]) == (30.0, "m", "y", 0.2)
    person = file.file.nodes[file.names.index("person_1")].extras
    assert person["contacts"] == {"left_ball": [[0.0, 0.3]]}
    assert person["bridged"] == [[0.8, 1.3]]
    assert person["assumed"] == ["the camera was level"]
    assert person["rest_pose"] == "all rotations identity"
    assert file.file.asset.generator == "poise"


def test_the_figure_moves_with_its_bones(tmp_path: Path) -> None:
    body = dancer(3, "squat")
    write_glb(tmp_path / "a.glb", [body])
    file = Gltf(tmp_path / "a.glb")
    rest = file.skinned(0)
    mesh = file.file.meshes[0].primitives[0].attributes
    np.testing.assert_allclose(rest, file.array(mesh.POSITION), atol=1e-6)
    assert rest[:, 1].min() == pytest.approx(0, abs=0.005)  # soles on the floor, below the root
    for frame in (0, 40, len(body) - 1):
        posed = file.skinned(0, frame / 30)
        joints = y_up(body.pose()[0][frame])
        head, feet = FIGURE27.index("head"), FIGURE27.index("left_ball")
        near = np.linalg.norm(posed[:, None] - joints[None], axis=-1)
        assert near.min(axis=0)[[head, feet]].max() < 0.06
        assert near.min(axis=1).max() < 0.30
        assert posed[:, 1].max() == pytest.approx(joints[:, 1].max(), abs=0.12)


def test_a_skeleton_alone_has_a_skin_and_no_mesh(tmp_path: Path) -> None:
    write_glb(tmp_path / "a.glb", [dancer()], figure=False)
    file = Gltf(tmp_path / "a.glb")
    assert not file.file.meshes
    assert not file.file.materials
    assert len(file.file.skins[0].joints) == len(FIGURE27)
    assert len((tmp_path / "a.glb").read_bytes()) < 100_000


@pytest.mark.parametrize("figure", [True, False])
def test_the_validator_finds_nothing(tmp_path: Path, figure: bool) -> None:
    write_glb(tmp_path / "a.glb", [dancer(), late(dancer())], figure=figure)
    issues = validated(tmp_path / "a.glb")
    assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"]
    # Without a mesh nobody uses the skin, whose joints Blender makes bones of: an information.
    told = {message["code"] for message in issues["messages"]}
    assert told == (set() if figure else {"UNUSED_OBJECT"})


def test_the_validator_finds_nothing_in_other_trees(tmp_path: Path) -> None:
    body = Recipe((-1, 0, 0, 2, -1, 4), 3, 29.97, True, -2, 5).body()
    write_glb(tmp_path / "a.glb", [body])
    issues = validated(tmp_path / "a.glb")
    assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"]


def test_the_same_people_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.glb", "b.glb"):
        write_glb(tmp_path / name, [dancer(), late(dancer())])
    data = (tmp_path / "a.glb").read_bytes()
    assert data == (tmp_path / "b.glb").read_bytes()
    assert struct.unpack("<4sII", data[:12]) == (b"glTF", 2, len(data))


@pytest.mark.parametrize("reason", REFUSED)
def test_what_no_rig_holds_is_refused_in_words(
    tmp_path: Path, reason: str, unchecked: None
) -> None:
    spoil, words = REFUSED[reason]
    with pytest.raises(PoiseError, match=f"a.glb: person 2: .*{words}"):
        write_glb(tmp_path / "a.glb", [dancer(), spoil(dancer())])
    assert not list(tmp_path.iterdir())


def test_nobody_and_two_clocks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PoiseError, match="a.glb: there is nobody to write"):
        write_glb(tmp_path / "a.glb", [])
    slow = replace(
        dancer(), motion=replace(dancer().motion, fps=25.0, times=dancer().motion.times * 1.2)
    )
    with pytest.raises(PoiseError, match="different frame rates \\(25 and 30\\).*resample"):
        write_glb(tmp_path / "a.glb", [dancer(), slow])
