"""glTF files read: skeletons, rest poses and animations, against matrices multiplied plainly."""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation, Slerp

from glb_files import Node, Track, damaged_glb, glb_bytes, gltf, gltf_text, world, write_glb
from poise.data.glb import read_glb
from poise.errors import PoiseError
from poise.export import glb as export
from poise.geometry.axes import z_up
from rigs_of_others import walk

TIMES = np.arange(5) / 30


def tree_of_bones(seed: int = 0, count: int = 6, scale: float = 1.0) -> list[Node]:
    """An armature as Blender exports it (z up, another scale) and bones turned at random."""
    rng = np.random.default_rng(seed)
    size = (scale, scale, scale)
    nodes = [Node("Armature", -1, (0.1, 0, 0.2), Rotation.from_rotvec([-np.pi / 2, 0, 0]), size)]
    for bone in range(count):
        parent = 0 if bone == 0 else 1 + int(rng.integers(bone))
        place = tuple(rng.uniform(-0.5, 0.5, 3) / scale)
        nodes.append(Node(f"bone{bone}", parent, place, Rotation.random(rng=rng)))
    return nodes


def tracks_for(nodes: list[Node], seed: int = 1) -> list[Track]:
    rng = np.random.default_rng(seed)
    tracks = []
    for number in range(1, len(nodes)):
        turns = np.cumsum(rng.normal(0, 0.2, (len(TIMES), 3)), axis=0)
        quaternions = (Rotation.from_rotvec(turns) * nodes[number].rotation).as_quat()
        tracks.append(Track(number, "rotation", TIMES, quaternions))
    path = nodes[1].translation + np.cumsum(rng.normal(0, 0.1, (len(TIMES), 3)), axis=0)
    return [*tracks, Track(1, "translation", TIMES, path)]


def posed(nodes: list[Node], tracks: list[Track], frame: int) -> np.ndarray:
    """All matrices of one frame."""
    moved = [replace(node) for node in nodes]
    for track in tracks:
        if track.path == "rotation":
            moved[track.node].rotation = Rotation.from_quat(track.values[frame])
        else:
            moved[track.node].translation = tuple(track.values[frame])
    return world(moved)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**16), scale=st.sampled_from([1.0, 0.01, 2.5]))
def test_any_rig_agrees_with_matrices(
    tmp_path_factory: pytest.TempPathFactory, seed: int, scale: float
) -> None:
    nodes = tree_of_bones(seed, scale=scale)
    tracks = tracks_for(nodes, seed)
    path = tmp_path_factory.mktemp("rig") / "a.glb"
    write_glb(path, *gltf(nodes, [range(1, len(nodes))], tracks, mesh_parent=0))
    (body,) = read_glb(path)
    assert body.motion.skeleton.joints == tuple(node.name for node in nodes[1:])
    assert body.motion.skeleton.parents == tuple(node.parent - 1 for node in nodes[1:])
    assert body.motion.fps == 30
    rest = world(nodes)[1:]
    places, turned = body.pose()
    to_z_up = z_up(np.eye(3)).T
    for frame in range(len(TIMES)):
        want = posed(nodes, tracks, frame)[1:]
        np.testing.assert_allclose(body.motion.xyz[frame], z_up(want[:, :3, 3]), atol=2e-5)
        np.testing.assert_allclose(places[frame], z_up(want[:, :3, 3]), atol=2e-5)
        # Rotations are what happened since the rest pose, so that pose has none.
        since = want[:, :3, :3] @ np.linalg.inv(rest[:, :3, :3])
        np.testing.assert_allclose(turned[frame], to_z_up @ since @ to_z_up.T, atol=2e-5)
    assert body.offsets.shape == (len(nodes) - 1, 3)


def test_a_matrix_in_a_node_is_place_turn_and_size(tmp_path: Path) -> None:
    nodes = tree_of_bones(3, scale=0.01)
    tree, data = gltf(nodes, [range(1, len(nodes))], mesh_parent=0)
    plain = read_glb(write_glb(tmp_path / "a.glb", tree, data))[0]
    for entry, node in zip(tree["nodes"], nodes, strict=False):
        for key in ("translation", "rotation", "scale"):
            del entry[key]
        entry["matrix"] = node.matrix().T.ravel().tolist()
    other = read_glb(write_glb(tmp_path / "b.glb", tree, data))[0]
    np.testing.assert_allclose(other.motion.xyz, plain.motion.xyz, atol=1e-6)
    np.testing.assert_allclose(other.offsets, plain.offsets, atol=1e-6)


def test_the_pose_of_the_skin_is_the_rest_pose_where_the_nodes_stand_otherwise(
    tmp_path: Path,
) -> None:
    nodes = tree_of_bones(5)
    tracks = tracks_for(nodes)
    stands = [replace(node) for node in nodes]
    for track in tracks[:-1]:
        stands[track.node].rotation = Rotation.from_quat(track.values[3])
    joints = [range(1, len(nodes))]
    plain = gltf(nodes, joints, tracks, mesh_parent=0)
    (want,) = read_glb(write_glb(tmp_path / "a.glb", *plain))
    mid_move = gltf(nodes, joints, tracks, posed=stands, mesh_parent=0)
    (body,) = read_glb(write_glb(tmp_path / "b.glb", *mid_move))
    np.testing.assert_allclose(body.offsets, want.offsets, atol=1e-5)
    np.testing.assert_allclose(np.abs((body.rotations * want.rotations).sum(-1)), 1, atol=1e-5)


@pytest.mark.parametrize("method", ["LINEAR", "STEP", "CUBICSPLINE"])
def test_between_keys_it_is_as_the_specification_says(tmp_path: Path, method: str) -> None:
    nodes = [Node("root"), Node("arm", 0, (0.0, 1.0, 0.0))]
    keys = np.array([0.0, 1.0])
    turns = Rotation.from_rotvec([[0, 0, 0.2], [0, 0, 1.2]])
    values = turns.as_quat()
    if method == "CUBICSPLINE":
        flat = np.zeros_like(values)
        values = np.stack([flat, values, flat], axis=1)
    track = Track(0, "rotation", keys, values, method)
    path = write_glb(tmp_path / "a.glb", *gltf(nodes, [[0, 1]], [track]))
    (body,) = read_glb(path, fps=4)
    assert len(body) == 5
    shares = np.arange(5) / 4
    if method == "LINEAR":
        want = Slerp(keys, turns)(shares)
    elif method == "STEP":
        want = turns[[0, 0, 0, 0, 1]]
    else:  # with flat tangents, a cubic goes 3 s^2 - 2 s^3 of the way
        ease = (3 * shares**2 - 2 * shares**3)[:, None]
        q = (1 - ease) * turns[0].as_quat() + ease * turns[1].as_quat()
        want = Rotation.from_quat(q)
    arms = z_up(want.apply([0.0, 1.0, 0.0]))
    np.testing.assert_allclose(body.motion.xyz[:, 1], arms, atol=1e-6)


def test_what_is_in_the_json_or_beside_it_is_the_same(tmp_path: Path) -> None:
    nodes = tree_of_bones(2)
    tree, data = gltf(nodes, [range(1, len(nodes))], tracks_for(nodes))
    want = read_glb(write_glb(tmp_path / "a.glb", tree, data))[0]
    (tmp_path / "b.gltf").write_text(gltf_text(tree, data))
    (tmp_path / "my data.bin").write_bytes(data)
    (tmp_path / "c.gltf").write_text(gltf_text(tree, data, "my%20data.bin"))
    for name in ("b.gltf", "c.gltf"):
        body = read_glb(tmp_path / name)[0]
        np.testing.assert_array_equal(body.motion.xyz, want.motion.xyz)
    (tmp_path / "my data.bin").unlink()
    with pytest.raises(PoiseError, match="my data.bin: cannot read: no such file"):
        read_glb(tmp_path / "c.gltf")
    for elsewhere in ("../up.bin", "/etc/hostname", "http://a.b/c.bin"):
        (tmp_path / "d.gltf").write_text(gltf_text(tree, data, elsewhere))
        with pytest.raises(PoiseError, match="its data are elsewhere"):
            read_glb(tmp_path / "d.gltf")


def test_skins_that_share_bones_are_one_body_and_others_are_further_ones(tmp_path: Path) -> None:
    first, second = tree_of_bones(0), tree_of_bones(1)
    shift = len(first)
    moved = [
        replace(node, parent=node.parent + shift if node.parent >= 0 else -1, name=f"B{node.name}")
        for node in second
    ]
    nodes = [*first, *moved]
    skins = [[1, 2, 3], list(range(1, shift)), list(range(shift + 1, 2 * shift))]
    bodies = read_glb(write_glb(tmp_path / "a.glb", *gltf(nodes, skins)))
    assert [len(body.motion.skeleton) for body in bodies] == [6, 6]
    assert bodies[1].motion.skeleton.joints[0] == "Bbone0"
    assert bodies[0].motion.assumed == ("no animation moves the skeleton: one frame, as it stands",)


@pytest.mark.parametrize("figure", [True, False])
def test_what_we_write_comes_back(tmp_path: Path, figure: bool) -> None:
    body = walk(2.0)
    export.write_glb(tmp_path / "walk.glb", [body], figure=figure)
    (back,) = read_glb(tmp_path / "walk.glb")
    assert back.motion.fps == 30
    assert set(back.motion.skeleton.joints) >= set(body.motion.skeleton.joints)
    place = [back.motion.skeleton.index(name) for name in body.motion.skeleton.joints]
    np.testing.assert_allclose(back.motion.xyz[:, place], body.motion.xyz, atol=1e-4)
    same = np.abs((back.rotations[:, place] * body.rotations).sum(-1))
    np.testing.assert_allclose(same, 1, atol=1e-5)
    np.testing.assert_allclose(back.offsets[place][1:], body.offsets[1:], atol=1e-5)


def test_bones_without_a_skin_are_read_where_they_move(tmp_path: Path) -> None:
    nodes = tree_of_bones(4)
    (body,) = read_glb(write_glb(tmp_path / "a.glb", *gltf(nodes, [], tracks_for(nodes))))
    assert set(body.motion.skeleton.joints) == {node.name for node in nodes[1:]}
    with pytest.raises(PoiseError, match="a.glb: has no skin and no moving nodes"):
        read_glb(write_glb(tmp_path / "a.glb", *gltf(nodes, [])))


def test_uneven_keys_are_told_and_sampled(tmp_path: Path) -> None:
    nodes = [Node("root"), Node("arm", 0, (0.0, 1.0, 0.0))]
    turns = Rotation.from_rotvec([[0, 0, 0], [0, 0, 1.0], [0, 0, 1.5]]).as_quat()
    track = Track(0, "rotation", [0.0, 0.7, 1.0], turns)
    path = write_glb(tmp_path / "a.glb", *gltf(nodes, [[0, 1]], [track]))
    (body,) = read_glb(path)
    assert body.motion.fps == 30
    assert len(body) == 31
    assert "30 frames per second: the keys are not evenly spaced" in body.motion.assumed
    assert read_glb(path, fps=10)[0].motion.fps == 10


def _changed(change: dict[str, Any]) -> bytes:
    nodes = tree_of_bones(0)
    tree, data = gltf(nodes, [range(1, len(nodes))], tracks_for(nodes))
    for place, value in change.items():
        *way, last = place.split("/")
        at: Any = tree
        for word in way:
            at = at[int(word) if word.isdigit() else word]
        at[int(last) if last.isdigit() else last] = value
    return glb_bytes(tree, data)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"asset/version": "1.0"}, "is of glTF version 1.0, where 2.0 is expected"),
        ({"nodes/1/scale": [1, -1, 1]}, "node bone0 is mirrored or scaled to nothing"),
        ({"nodes/2/rotation": [0, 0, 0, 0]}, "a rotation is all zeros"),
        ({"nodes/2/translation": [0, 0]}, "stands where 3 numbers belong"),
        ({"nodes/2/children": [1]}, "hangs on two others"),
        ({"nodes/2/children": [99]}, "speaks of number 99 of 8 nodes"),
        ({"skins/0/joints": []}, "skin 0 has no joints"),
        ({"skins/0/joints": [1, 400]}, "speaks of number 400 of 8 nodes"),
        ({"accessors/0/count": 10**9}, "is cut short: its numbers reach beyond its data"),
        ({"accessors/0/count": -1}, "-1 stands where a count of bytes or rows belongs"),
        ({"accessors/5/componentType": 1}, "damaged: it lacks 1"),
        ({"buffers/0/byteLength": 10**7}, "buffer 0 is cut short"),
        ({"animations/0/samplers/0/interpolation": "BOUNCY"}, "no way between keys is called"),
        ({"animations/0/samplers/0/output": 2}, "an animation has 5 keys and other values"),
        ({"nodes": 3}, "damaged"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    path = tmp_path / "a.glb"
    path.write_bytes(_changed(deepcopy(change)))
    with pytest.raises(PoiseError, match="a.glb") as refusal:
        read_glb(path)
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"glTF", "is cut short"),
        (_changed({})[:400], "it is cut short"),
        (b"hello", "its JSON cannot be read"),
        (b"{}", "its JSON has no asset"),
        (b"[" * 100_000, "its JSON cannot be read"),
    ],
)
def test_what_is_no_gltf_is_said(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "a.glb").write_bytes(data)
    with pytest.raises(PoiseError, match=words):
        read_glb(tmp_path / "a.glb")


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_damaged_files_are_refused_in_one_line_or_sound(tmp_path: Path, seed: int) -> None:
    nodes = tree_of_bones(0)
    tree, data = gltf(nodes, [range(1, len(nodes))], tracks_for(nodes))
    path = tmp_path / "a.glb"
    path.write_bytes(damaged_glb(tree, data, np.random.default_rng(seed)))
    try:
        bodies = read_glb(path)
    except PoiseError as refusal:
        assert "\n" not in str(refusal)
        assert len(str(refusal)) < 1000
        return
    for body in bodies:
        assert np.isfinite(body.motion.xyz).all()
        assert np.isfinite(body.rotations).all()
