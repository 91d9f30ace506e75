"""Rigs of files: read, moved, and written again as they were, with the motion."""

import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from glb_files import Node, Track, damaged_glb, gltf, gltf_text, world, write_glb
from gltf_files import validated
from motion_files import PLACES, TURNS, Joint, bvh_text, frames_for
from poise.data.bvh import read_bvh
from poise.data.glb import read_glb
from poise.errors import PoiseError
from poise.geometry.axes import y_up
from poise.motion import Body
from poise.retarget.bvh_rig import BvhRig
from poise.retarget.glb_rig import GlbRig
from poise.retarget.retargeting import Retargeted, retarget
from poise.retarget.rig import Rig
from poise.retarget.rig_files import read_rig, suffix_of, write_motion
from rigs_of_others import FAMILIES, rig_of, walk

ROOT = (*PLACES, "Zrotation", "Xrotation", "Yrotation")


def bvh_joints(rig: Rig, unit: float = 1.0, up: str = "y") -> list[Joint]:
    """A rig as the joints of a BVH, in the file's order; toes and heads end in End Sites."""
    order: list[int] = []

    def visit(joint: int) -> None:
        order.append(joint)
        for child in rig.children(joint):
            visit(child)

    visit(rig.skeleton.order[0])
    places = (y_up(rig.places) if up == "y" else rig.places) * unit
    joints = []
    for joint in order:
        parent = rig.skeleton.parents[joint]
        offset = places[joint] - places[parent] if parent >= 0 else np.zeros(3)
        channels = ROOT if parent < 0 else TURNS
        new = order.index(parent) if parent >= 0 else -1
        end = None if rig.children(joint) else (0.0, 0.0, 0.05 * unit)
        joints.append(Joint(rig.skeleton.joints[joint], new, tuple(offset), channels, end))
    return joints


def glb_nodes(rig: Rig, scale: float = 1.0) -> list[Node]:
    """A rig as nodes below an armature with z up and another scale, as Blender has them."""
    size = (scale, scale, scale)
    turned = Rotation.from_rotvec([-np.pi / 2, 0, 0])
    nodes = [Node("Armature", -1, (0.0, 0.0, 0.0), turned, size)]
    turns = [Rotation.from_matrix(turn) for turn in rig.turns]
    new: dict[int, int] = {}
    for joint in rig.skeleton.order:
        parent = rig.skeleton.parents[joint]
        above = Rotation.identity() if parent < 0 else turns[parent]
        start = np.zeros(3) if parent < 0 else rig.places[parent]
        place = above.inv().apply(rig.places[joint] - start) / scale
        own = above.inv() * turns[joint]
        new[joint] = len(nodes)
        nodes.append(Node(rig.skeleton.joints[joint], new.get(parent, 0), tuple(place), own))
    return nodes


def limbs_agree(body: Body, done: Body, family: str) -> None:
    """Our figure under other names: limbs point where they did."""
    names = FAMILIES[family]
    pairs = [
        (f"{side}_{a}", f"{side}_{b}")
        for side in ("left", "right")
        for a, b in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
    ]
    for upper, lower in pairs:
        own, other = body.motion.skeleton, done.motion.skeleton
        bone = body.motion.xyz[:, own.index(lower)] - body.motion.xyz[:, own.index(upper)]
        there = done.motion.xyz[:, other.index(names[lower])]
        there = there - done.motion.xyz[:, other.index(names[upper])]
        scale = np.linalg.norm(there, axis=-1, keepdims=True)
        scale = scale / np.linalg.norm(bone, axis=-1, keepdims=True)
        np.testing.assert_allclose(there / scale, bone, atol=1e-3)


def carried(body: Body, file: BvhRig | GlbRig, out: Path, feet: bool = True) -> Retargeted:
    done = retarget(body, file.rig, feet=feet)
    write_motion(out, file, done.body, "walk")
    return done


@pytest.mark.parametrize(("unit", "up"), [(1.0, "y"), (100.0, "y"), (100.0, "z")])
@pytest.mark.parametrize("family", ["cgspeed", "joints"])
def test_a_bvh_keeps_its_header_and_gets_the_motion(
    tmp_path: Path, family: str, unit: float, up: str
) -> None:
    body = walk(2.0)
    rig = rig_of(family, body, scale=0.9, yaw=1.2, arms_down=1.0)
    joints = bvh_joints(rig, unit, up)
    text = bvh_text(joints, frames_for(joints, 2)).replace("\t", "    ")
    (tmp_path / "rig.bvh").write_text(text)
    file = read_rig(tmp_path / "rig.bvh")
    done = carried(body, file, tmp_path / "out.bvh")
    written = (tmp_path / "out.bvh").read_text()
    assert written.partition("MOTION")[0] == text.partition("MOTION")[0]
    back = read_bvh(tmp_path / "out.bvh", up="z" if up == "z" else "y")
    assert back.motion.fps == 30
    np.testing.assert_allclose(back.motion.xyz, done.body.motion.xyz, atol=2e-4)
    limbs_agree(body, back, family)
    assert suffix_of(file) == ".bvh"


def test_channels_in_any_order_and_hinges_with_one_channel(tmp_path: Path) -> None:
    body = walk(2.0)
    joints = bvh_joints(rig_of("cgspeed", body), 100)
    for joint in joints:
        if joint.parent >= 0:
            joint.channels = ("Yrotation", "Zrotation", "Xrotation")
        if joint.name.endswith("Leg") and "Up" not in joint.name:
            joint.channels = ("Xrotation",)  # a knee, with the figure's left along x
    (tmp_path / "rig.bvh").write_text(bvh_text(joints, frames_for(joints, 2)))
    done = carried(body, read_rig(tmp_path / "rig.bvh"), tmp_path / "out.bvh")
    back = read_bvh(tmp_path / "out.bvh")
    np.testing.assert_allclose(back.motion.xyz, done.body.motion.xyz, atol=0.01)
    limits = np.loadtxt((tmp_path / "out.bvh").read_text().split("\n")[-len(body) - 1 : -1])
    assert np.abs(np.diff(limits[:, 3:], axis=0)).max() < 60  # degrees: no jumps of a whole turn


def test_a_zero_pose_that_is_none_gives_way_to_the_first_frame(tmp_path: Path) -> None:
    body = walk(2.0)
    rig = rig_of("cgspeed", body, arms_down=0.5)
    joints = bvh_joints(rig, 100)
    # As iClone has it: every bone along y, and turned to where it belongs in every frame.
    straight = [replace(joint, offset=joint.offset) for joint in joints]
    local: list[Rotation] = []
    world: list[Rotation] = []
    for place, joint in enumerate(joints):
        children = [other for other in joints if other.parent == place]
        aim = np.array(children[-1].offset if children else (joint.end or (0, 1, 0)))
        turn, _ = Rotation.align_vectors([aim / np.linalg.norm(aim)], [[0, 1, 0]])
        above = world[joint.parent] if joint.parent >= 0 else Rotation.identity()
        world.append(turn)
        local.append(above.inv() * turn)
        straight[place].offset = tuple(above.inv().apply(joint.offset))
        if joint.end is not None:
            straight[place].end = tuple(turn.inv().apply(joint.end))
    rows = [0.0, 95.0, 0.0]
    for place, turn in enumerate(local):
        angles = turn.as_euler("XYZ" if place else "ZXY", degrees=True)
        rows += angles.tolist()
    (tmp_path / "rig.bvh").write_text(bvh_text(straight, np.array([rows])))
    file = read_rig(tmp_path / "rig.bvh")
    assert "its first frame is taken for the rest pose" in file.rig.assumed[-1]
    done = carried(body, file, tmp_path / "out.bvh", feet=False)
    back = read_bvh(tmp_path / "out.bvh")
    np.testing.assert_allclose(back.motion.xyz, done.body.motion.xyz, atol=2e-4)
    limbs_agree(body, back, "cgspeed")
    # Such a file may be the source as well.
    again = retarget(back, rig_of("mixamo", body), feet=False)
    assert "its first frame is taken for the rest pose" in again.notes[-1]
    limbs_agree(body, again.body, "mixamo")


@pytest.mark.parametrize("offset", [(0.0, 90.0, 0.0), (3.0, 0.0, 5.0)])
def test_an_offset_of_the_root_counts_as_it_does_in_the_rigs_own_frames(
    tmp_path: Path, offset: tuple[float, ...]
) -> None:
    body = walk(2.0)
    joints = bvh_joints(rig_of("cgspeed", body), 100)
    joints[0].offset = offset
    frames = np.zeros((3, frames_for(joints, 1).shape[1]))
    frames[:, 1] = 94  # where the hips are, so that they replace the first OFFSET
    (tmp_path / "rig.bvh").write_text(bvh_text(joints, frames))
    done = carried(body, read_rig(tmp_path / "rig.bvh"), tmp_path / "out.bvh")
    back = read_bvh(tmp_path / "out.bvh")
    np.testing.assert_allclose(back.motion.xyz, done.body.motion.xyz, atol=2e-4)


@settings(max_examples=10, deadline=None)
@given(
    family=st.sampled_from(list(FAMILIES)),
    scale=st.sampled_from([1.0, 0.01]),
    size=st.floats(0.5, 1.5),
    yaw=st.floats(-3, 3),
    seed=st.integers(0, 999),
)
def test_a_character_gets_the_motion(
    tmp_path_factory: pytest.TempPathFactory,
    family: str,
    scale: float,
    size: float,
    yaw: float,
    seed: int,
) -> None:
    folder = tmp_path_factory.mktemp("rig")
    body = walk(2.0)
    rig = rig_of(family, body, scale=size, yaw=yaw, arms_down=0.7, seed=seed)
    nodes = glb_nodes(rig, scale)
    write_glb(folder / "rig.glb", *gltf(nodes, [range(1, len(nodes))], mesh_parent=0))
    file = read_rig(folder / "rig.glb")
    # The mesh reaches below the bones, so feet would roll over other points than ours.
    done = carried(body, file, folder / "out.glb", feet=False)
    (back,) = read_glb(folder / "out.glb")
    np.testing.assert_allclose(back.motion.xyz, done.body.motion.xyz, atol=1e-4)
    limbs_agree(body, back, family)


def parts(path: Path) -> tuple[dict[str, Any], bytes]:
    data = path.read_bytes()
    size = struct.unpack_from("<I", data, 12)[0]
    return json.loads(data[20 : 20 + size]), data[28 + size :]


def character(path: Path, tracks: list[Track] | None = None) -> tuple[dict[str, Any], bytes]:
    rig = rig_of("mixamo", walk(2.0), arms_down=0.7, seed=1)
    nodes = glb_nodes(rig, 0.01)
    tree, data = gltf(nodes, [range(1, len(nodes))], tracks or (), mesh_parent=0)
    tree["materials"] = [{"name": "Skin"}]
    tree["meshes"][0]["primitives"][0]["material"] = 0
    tree["extras"] = {"made by": "somebody"}
    write_glb(path, tree, data)
    return tree, data


def test_all_else_in_a_characters_file_stays(tmp_path: Path) -> None:
    still = Track(2, "rotation", [0.0, 1.0], np.array([[0, 0, 0, 1.0]] * 2))
    tree, data = character(tmp_path / "rig.glb", [still])
    file = read_rig(tmp_path / "rig.glb")
    done = carried(walk(2.0), file, tmp_path / "out.glb")
    new, buffer = parts(tmp_path / "out.glb")
    assert buffer.startswith(data)
    for name in ("nodes", "meshes", "skins", "materials", "scenes", "asset", "extras", "scene"):
        assert new[name] == tree[name]
    for name in ("accessors", "bufferViews", "animations"):
        assert new[name][: len(tree[name])] == tree[name]
    assert [one["name"] for one in new["animations"]] == ["first", "walk"]
    write_motion(tmp_path / "b.glb", file, done.body, "first")
    assert [one["name"] for one in parts(tmp_path / "b.glb")[0]["animations"]] == [
        "first",
        "first_2",
    ]
    write_motion(tmp_path / "c.glb", file, done.body, "walk", replace=True)
    assert [one["name"] for one in parts(tmp_path / "c.glb")[0]["animations"]] == ["walk"]
    write_motion(tmp_path / "d.glb", file, done.body, "walk", replace=True)
    assert (tmp_path / "c.glb").read_bytes() == (tmp_path / "d.glb").read_bytes()


def test_what_lies_beside_a_gltf_comes_along(tmp_path: Path) -> None:
    tree, data = character(tmp_path / "rig.glb")
    tree["images"] = [{"uri": "skin.png"}]
    near, far = tmp_path / "near", tmp_path / "far"
    near.mkdir()
    (near / "rig.bin").write_bytes(data)
    (near / "skin.png").write_bytes(b"\x89PNG and so on")
    (near / "rig.gltf").write_text(gltf_text(tree, data, "rig.bin"))
    body = walk(2.0)
    file = read_rig(near / "rig.gltf")
    want = carried(body, file, near / "out.gltf").body.motion.xyz
    carried(body, file, far / "out.gltf")
    carried(body, file, far / "out.glb")
    carried(body, read_rig(tmp_path / "rig.glb"), far / "from_glb.gltf")
    beside = json.loads((near / "out.gltf").read_text())
    assert beside["buffers"][0]["uri"] == "rig.bin"
    for path in (near / "out.gltf", far / "out.gltf", far / "out.glb", far / "from_glb.gltf"):
        (back,) = read_glb(path)
        np.testing.assert_allclose(back.motion.xyz, want, atol=1e-4)
    brought = json.loads((far / "out.gltf").read_text())["images"][0]["uri"]
    assert brought.startswith("data:image/png;base64,iVBORyBhbmQgc28gb24")


def test_of_several_characters_the_one_that_is_recognised_is_taken(tmp_path: Path) -> None:
    body = walk(2.0)
    first = [Node("prop"), Node("lid", 0, (0.0, 0.2, 0.0)), Node("knob", 1, (0.0, 0.1, 0.0))]
    shift = len(first)
    nodes = glb_nodes(rig_of("unreal", body))
    person = [
        Node(n.name, n.parent + shift if n.parent >= 0 else -1, n.translation, n.rotation, n.scale)
        for n in nodes
    ]
    skins = [[0, 1, 2], list(range(shift + 1, shift + len(nodes)))]
    write_glb(tmp_path / "rig.glb", *gltf([*first, *person], skins))
    file = read_rig(tmp_path / "rig.glb")
    assert file.rig.assumed == (
        "of 2 skeletons the one below pelvis is taken: most of its bones are recognised",
    )
    carried(body, file, tmp_path / "out.glb")
    moved = parts(tmp_path / "out.glb")[0]["animations"][0]["channels"]
    assert min(channel["target"]["node"] for channel in moved) > shift


def test_a_root_bone_above_the_hips_stays_and_the_hips_walk(tmp_path: Path) -> None:
    body = walk(2.0)
    nodes = glb_nodes(rig_of("unreal", body))
    nodes = [nodes[0], Node("root", 0), *nodes[1:]]
    for node in nodes[2:]:
        node.parent = 1 if node.parent == 0 else node.parent + 1
    write_glb(tmp_path / "rig.glb", *gltf(nodes, [range(1, len(nodes))], mesh=False))
    done = carried(body, read_rig(tmp_path / "rig.glb"), tmp_path / "out.glb")
    (back,) = read_glb(tmp_path / "out.glb")
    skeleton = back.motion.skeleton
    assert np.ptp(back.motion.xyz[:, skeleton.index("root")], axis=0).max() < 1e-6
    np.testing.assert_allclose(back.motion.xyz, done.body.motion.xyz, atol=1e-4)
    pelvis = back.motion.xyz[:, skeleton.index("pelvis")]
    np.testing.assert_allclose(pelvis, body.motion.xyz[:, 0], atol=2e-3)


@pytest.mark.parametrize("scale", [1.0, 0.01])
def test_feet_stand_as_high_as_the_skin_is_thick(tmp_path: Path, scale: float) -> None:
    body = walk(2.0)
    nodes = glb_nodes(rig_of("vrm", body), scale)
    # The test's mesh reaches 1 unit / 100 below the lowest bone, the ball of the foot.
    write_glb(tmp_path / "rig.glb", *gltf(nodes, [range(1, len(nodes))]))
    rig = read_rig(tmp_path / "rig.glb").rig
    lowest = world(nodes)[:, 1, 3].min()
    assert rig.floor == pytest.approx(lowest - 0.01, abs=1e-5)


def test_other_files_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a.fbx").write_bytes(b"Kaydara FBX Binary")
    with pytest.raises(PoiseError, match="a.fbx: neither a glTF character .* nor a BVH file"):
        read_rig(tmp_path / "a.fbx")
    character(tmp_path / "rig.glb")
    file = read_rig(tmp_path / "rig.glb")
    with pytest.raises(PoiseError, match="out.bvh: the rig is of another format: end the name"):
        write_motion(tmp_path / "out.bvh", file, walk(2.0))
    joints = bvh_joints(rig_of("cgspeed", walk(2.0)))
    joints[0].channels = TURNS
    (tmp_path / "still.bvh").write_text(bvh_text(joints, frames_for(joints, 1)))
    with pytest.raises(PoiseError, match="still.bvh: its root Hips has no position channels"):
        read_rig(tmp_path / "still.bvh")


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_damaged_character_is_refused_in_one_line_or_gets_the_motion(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("rig")
    tree, data = character(folder / "rig.glb")
    (folder / "rig.glb").write_bytes(damaged_glb(tree, data, np.random.default_rng(seed)))
    try:
        carried(walk(2.0)[:5], read_rig(folder / "rig.glb"), folder / "out.glb")
    except PoiseError as refusal:
        assert "\n" not in str(refusal)
        assert not (folder / "out.glb").exists()
        return
    assert np.isfinite(read_glb(folder / "out.glb")[0].motion.xyz).all()


def test_the_validator_of_the_format_finds_no_fault(tmp_path: Path) -> None:
    still = Track(2, "rotation", [0.0, 1.0], np.array([[0, 0, 0, 1.0]] * 2))
    character(tmp_path / "rig.glb", [still])
    carried(walk(2.0), read_rig(tmp_path / "rig.glb"), tmp_path / "out.glb")
    assert validated(tmp_path / "out.glb")["numErrors"] == 0
