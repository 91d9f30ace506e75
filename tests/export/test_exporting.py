"""People into files: targets, wishes, several people, and nothing half-written."""

import errno
import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise.data import load_people, read_glb
from poise.data.bvh import read_bvh
from poise.data.maker import improvise
from poise.errors import PoiseError
from poise.export import FORMATS, TARGETS, Wishes, export
from poise.geometry.axes import Up
from poise.motion import Body, Contact, Motion
from poise.skeletons import FIGURE27, H36M17, Skeleton

WALK = replace(
    improvise([3], 2.0, ("walk",), 30.0).body, contacts=(Contact(0.3, 0.8, "left_heel"),)
)
OTHER = improvise([4], 1.5, ("walk",), 30.0).body
LATE = replace(OTHER, motion=replace(OTHER.motion, times=OTHER.motion.times + 0.5))


def torn(body: Body, frames: slice = slice(10, 20)) -> Body:
    """With nothing known in these frames."""
    xyz, rotations = body.motion.xyz.copy(), body.rotations.copy()
    xyz[frames], rotations[frames] = np.nan, np.nan
    return replace(body, motion=replace(body.motion, xyz=xyz), rotations=rotations)


def places(body: Body, program: str) -> np.ndarray:
    """Where the joints are that are bones there."""
    names = TARGETS[program].names
    kept = [place for place, joint in enumerate(FIGURE27.joints) if names[joint] is not None]
    return body.motion.xyz[:, kept]


def in_order(body: Body, program: str) -> np.ndarray:
    """The joints of a file that was read, in the order of figure27."""
    names = [name for name in TARGETS[program].names.values() if name is not None]
    order = [joint for joint in FIGURE27.joints if TARGETS[program].names[joint] is not None]
    assert sorted(names) == sorted(body.motion.skeleton.joints)
    columns = [body.motion.skeleton.index(TARGETS[program].names[joint] or "") for joint in order]
    return body.motion.xyz[:, columns]


def arms(body: Body, shoulder: str, elbow: str) -> np.ndarray:
    """Which way the left upper arm points in the rest pose."""
    offset = np.median(np.atleast_3d(body.offsets.T).T, axis=0)[body.motion.skeleton.index(elbow)]
    assert body.motion.skeleton.index(shoulder) >= 0
    return offset / np.linalg.norm(offset)


def test_blender_gets_metres_its_names_and_both_files(tmp_path: Path) -> None:
    written = export([WALK], tmp_path / "out", "walk", ["blender"])
    assert written == [tmp_path / "out" / "walk.glb", tmp_path / "out" / "walk.bvh"]
    (body,) = read_glb(written[0])
    np.testing.assert_allclose(in_order(body, "blender"), places(WALK, "blender"), atol=2e-4)
    flat = read_bvh(written[1], unit="m")
    np.testing.assert_allclose(in_order(flat, "blender"), places(WALK, "blender"), atol=2e-4)
    assert flat.motion.fps == 30


@pytest.mark.parametrize(
    ("program", "shoulder", "elbow", "down"),
    [("unity", "LeftUpperArm", "LeftLowerArm", 0.0), ("unreal", "upperarm_l", "lowerarm_l", 0.71)],
)
def test_engines_get_their_rest_pose(
    tmp_path: Path, program: str, shoulder: str, elbow: str, down: float
) -> None:
    (path,) = export([WALK], tmp_path, "walk", [program])
    (body,) = read_glb(path)
    np.testing.assert_allclose(in_order(body, program), places(WALK, program), atol=2e-4)
    assert arms(body, shoulder, elbow)[2] == pytest.approx(-down, abs=0.02)
    # A wish stands above the target.
    (path,) = export([WALK], tmp_path, "other", [program], Wishes(rest="T"))
    assert arms(read_glb(path)[0], shoulder, elbow)[2] == pytest.approx(0, abs=0.02)


def test_mixamo_gets_centimetres(tmp_path: Path) -> None:
    (path,) = export([WALK], tmp_path, "walk", ["mixamo"])
    body = read_bvh(path, unit="cm")
    assert body.motion.skeleton.joints[0] == "mixamorig:Hips"
    np.testing.assert_allclose(in_order(body, "mixamo"), places(WALK, "mixamo"), atol=2e-4)


def test_opensim_gets_all_joints_as_markers_and_angles(tmp_path: Path) -> None:
    written = export([WALK, LATE], tmp_path, "walk", ["opensim"])
    assert [path.name for path in written] == [
        "walk.trc",
        "walk_person1.mot",
        "walk_person2.mot",
    ]
    one, two = load_people(written[0])
    assert isinstance(one, Motion)
    assert isinstance(two, Motion)
    assert one.skeleton == FIGURE27
    np.testing.assert_allclose(one.xyz, WALK.motion.xyz, atol=1e-5)
    np.testing.assert_allclose(two.times, LATE.motion.times, atol=1e-6)
    # Both files tell of the same place: the middle of the hips, in OpenSim's axes and metres.
    lines = written[1].read_text().split("endheader\n")[1].split("\n")
    names, first = lines[0].split("\t"), lines[1].split("\t")
    pelvis = np.array([float(first[names.index(f"pelvis_t{axis}")]) for axis in "xyz"])
    row = written[0].read_text().split("\n")[6].split("\t")
    np.testing.assert_allclose(np.array(row[2:5], float) / 1000, pelvis, atol=1e-3)


def test_several_people_go_into_one_file_where_it_holds_them(tmp_path: Path) -> None:
    formats = ["glb", "bvh", "c3d", "trc", "csv", "json", "npz", "png"]
    written = export([WALK, LATE], tmp_path, "two", formats)
    assert [path.name for path in written] == [
        "two.glb",
        "two_person1.bvh",
        "two_person2.bvh",
        "two.c3d",
        "two.trc",
        "two.csv",
        "two.json",
        "two_person1.npz",
        "two_person2.npz",
        "two.png",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(p.name for p in written)
    for name in ("two.glb", "two.c3d", "two.trc", "two.csv"):
        people = load_people(tmp_path / name)
        assert len(people) == 2
        motions = [one.motion if isinstance(one, Body) else one for one in people]
        for motion, body in zip(motions, (WALK, LATE), strict=True):
            pelvis = motion.xyz[-len(body) :, 0]
            np.testing.assert_allclose(pelvis, body.motion.xyz[:, 0], atol=1e-4, err_msg=name)
    npz = Body.load(tmp_path / "two_person1.npz")
    np.testing.assert_array_equal(npz.rotations, WALK.rotations)


@pytest.mark.parametrize("program", ["unity", "unreal"])
def test_engines_get_a_file_for_each_person(tmp_path: Path, program: str) -> None:
    written = export([WALK, LATE], tmp_path, "two", [program])
    assert [path.name for path in written] == ["two_person1.glb", "two_person2.glb"]
    for path, body in zip(written, (WALK, LATE), strict=True):
        (read,) = read_glb(path)
        np.testing.assert_allclose(in_order(read, program), places(body, program), atol=2e-4)


def test_another_frame_rate_one_clock(tmp_path: Path) -> None:
    between = replace(OTHER, motion=replace(OTHER.motion, times=OTHER.motion.times + 0.51))
    (path,) = export([WALK, between], tmp_path, "a", ["csv"], Wishes(fps=24))
    for motion in load_people(path):
        assert isinstance(motion, Motion)
        assert motion.fps == 24
        np.testing.assert_allclose(motion.times * 24, np.round(motion.times * 24), atol=1e-3)


def test_uneven_timestamps_come_onto_an_even_clock(tmp_path: Path) -> None:
    """As of a phone, whose frames are 20 to 50 ms apart."""
    steps = np.random.default_rng(0).uniform(0.02, 0.05, len(WALK) - 1)
    times = np.concatenate([[0], np.cumsum(steps)])
    uneven = replace(WALK, motion=replace(WALK.motion, times=times))
    export([uneven], tmp_path, "a", ["csv", "c3d", "glb"])
    for name in ("a.csv", "a.c3d", "a.glb"):
        (person,) = load_people(tmp_path / name)
        motion = person.motion if isinstance(person, Body) else person
        np.testing.assert_allclose(np.diff(motion.times), 1 / 30, atol=1e-6)
        pelvis = motion.xyz[:, motion.skeleton.index("pelvis")]
        for axis in range(3):
            between = np.interp(motion.times, times, WALK.motion.xyz[:, 0, axis])
            np.testing.assert_allclose(pelvis[:, axis], between, atol=1e-4)


def test_unit_and_axis_are_followed_where_the_format_leaves_them_open(tmp_path: Path) -> None:
    wishes = Wishes(unit="m", up="z")
    export([WALK], tmp_path, "a", ["mixamo", "csv"], wishes)
    body = read_bvh(tmp_path / "a.bvh", unit="m", up="z")
    np.testing.assert_allclose(in_order(body, "mixamo"), places(WALK, "mixamo"), atol=2e-4)
    assert "pelvis_z_up_m" in (tmp_path / "a.csv").read_text()


@pytest.mark.parametrize("up", ["y", "z"])
def test_usd_stands_as_it_is_told_to(tmp_path: Path, up: Up) -> None:
    export([WALK], tmp_path, "a", ["usda"], Wishes(up=up))
    assert f'upAxis = "{up.upper()}"' in (tmp_path / "a.usda").read_text()


def test_gaps_are_bridged_for_rigs_and_left_open_in_tables(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    export([torn(WALK)], tmp_path, "t", ["csv", "json", "c3d"])
    assert caplog.text == ""
    export([torn(WALK)], tmp_path, "a", ["glb", "csv", "json"])
    assert "person 1 was not seen and is filled in: 0.33 to 0.67 s" in caplog.text
    (body,) = read_glb(tmp_path / "a.glb")
    assert np.isfinite(body.motion.xyz).all()
    (motion,) = load_people(tmp_path / "a.csv")
    assert isinstance(motion, Motion)
    assert np.isnan(motion.xyz[10:20]).all()
    told = json.loads((tmp_path / "a.json").read_text())["people"][0]
    assert told["xyz"][12][0] == [None] * 3
    export([torn(WALK)], tmp_path, "b", ["csv", "json"], Wishes(gaps="bridge"))
    (motion,) = load_people(tmp_path / "b.csv")
    assert isinstance(motion, Motion)
    assert np.isfinite(motion.xyz).all()
    told = json.loads((tmp_path / "b.json").read_text())["people"][0]
    assert told["bridged"] == [[pytest.approx(1 / 3), pytest.approx(2 / 3)]]
    with pytest.raises(PoiseError, match="unknown in some frames, and GLB has no mark for that"):
        export([torn(WALK)], tmp_path, "c", ["glb"], Wishes(gaps="open"))


def test_a_limb_never_seen_is_still_a_rig(tmp_path: Path) -> None:
    xyz, rotations = WALK.motion.xyz.copy(), WALK.rotations.copy()
    arm = [FIGURE27.index(f"left_{joint}") for joint in ("elbow", "wrist", "hand")]
    xyz[:, arm], rotations[:, arm] = np.nan, np.nan
    body = replace(WALK, motion=replace(WALK.motion, xyz=xyz), rotations=rotations)
    export([body], tmp_path, "a", ["blender", "csv", "c3d", "png"])
    assert np.isfinite(read_bvh(tmp_path / "a.bvh").motion.xyz).all()
    (motion,) = load_people(tmp_path / "a.c3d")
    assert isinstance(motion, Motion)
    assert np.isnan(motion.xyz[:, arm]).all()


def test_one_frame_is_enough(tmp_path: Path) -> None:
    formats = list(FORMATS)
    written = export([WALK[:1]], tmp_path, "a", formats)
    assert all(path.stat().st_size > 100 for path in written)


def test_places_without_rotations_need_a_solve(tmp_path: Path) -> None:
    assert export([WALK.motion], tmp_path, "a", ["csv", "trc", "c3d", "json", "npz", "png"])
    for to in ("bvh", "blender", "opensim"):
        with pytest.raises(PoiseError, match="person 1 has places of joints without rotations"):
            export([WALK.motion], tmp_path / "b", "a", [to])
    assert not (tmp_path / "b").exists()
    asked: list[Motion] = []

    def solve(motion: Motion) -> Body:
        asked.append(motion)
        return replace(WALK, motion=motion)

    export([WALK.motion], tmp_path, "b", ["blender", "trc"], solve=solve)
    assert len(asked) == 1
    np.testing.assert_allclose(
        in_order(read_bvh(tmp_path / "b.bvh"), "blender"), places(WALK, "blender"), atol=2e-4
    )


def test_another_rig_keeps_its_names(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rig = Skeleton("bvh", ("root", "tip"), (-1, 0))
    xyz = np.zeros((3, 2, 3), np.float32)
    xyz[:, 1, 2] = 1
    body = Body(
        motion=Motion(xyz=xyz, skeleton=rig, fps=30, frame="world", placed=True),
        rotations=np.tile(np.array([1, 0, 0, 0], np.float32), (3, 2, 1)),
        offsets=np.array([[0, 0, 0], [0, 0, 1]], np.float32),
        model="bvh",
    )
    (path,) = export([body], tmp_path, "a", ["unreal"])
    assert read_glb(path)[0].motion.skeleton.joints == ("root", "tip")
    assert "person 1 is on another rig (bvh): its joints keep their names" in caplog.text
    with pytest.raises(PoiseError, match="its arms are not known"):
        export([body], tmp_path, "a", ["unreal"], Wishes(rest="A"))


@pytest.mark.parametrize(
    ("to", "wishes", "words"),
    [
        (["blendr"], Wishes(), "'blendr'; did you mean 'blender'?"),
        (["fbx"], Wishes(), "no program and no format is called 'fbx'"),
        ([], Wishes(), "name a program or a format: blender, unity"),
        (["blender", "bvh"], Wishes(), "blender and bvh would write the same .bvh file"),
        (["unity", "unreal"], Wishes(), "unity and unreal would write the same .glb file"),
        (
            ["glb"],
            Wishes(unit="cm"),
            "GLB has its own unit, not cm; BVH, C3D, TRC, CSV leave it open",
        ),
        (["json"], Wishes(up="y"), "JSON has its own axis up, not y; BVH, USDA, USDC"),
        (["csv", "c3d"], Wishes(rest="A"), "rest pose A: CSV, C3D has none"),
        (["csv"], Wishes(fps=0.0), "0.0 is not a frame rate"),
        (["csv"], Wishes(fps=float("nan")), "nan is not a frame rate"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_written(
    tmp_path: Path, to: Sequence[str], wishes: Wishes, words: str
) -> None:
    with pytest.raises(PoiseError) as refusal:
        export([WALK], tmp_path / "out", "a", to, wishes)
    assert words in str(refusal.value)
    assert not (tmp_path / "out").exists()


def test_a_refusal_in_the_middle_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("mine")
    hanging = replace(WALK.motion.relative(), frame="camera")
    with pytest.raises(PoiseError) as refusal:
        export([hanging], tmp_path, "a", ["csv", "json", "c3d"])
    assert str(refusal.value).startswith(f"{tmp_path / 'a.c3d'}: the motion lives in its camera's")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == "mine"
    (tmp_path / "b.json").mkdir()
    with pytest.raises(PoiseError, match="b.json: cannot write: that is not an ordinary file"):
        export([WALK], tmp_path, "b", ["csv", "json"])
    assert not (tmp_path / "b.csv").exists()


@pytest.mark.parametrize(
    ("code", "words"),
    [(errno.EROFS, "that disk is read-only"), (errno.EACCES, "no permission to write there")],
)
def test_a_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    def refuse(*_: Any, **__: Any) -> str:
        raise OSError(code, "no")

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    with pytest.raises(PoiseError, match=words):
        export([WALK], tmp_path / "out", "a", ["csv"])
    assert not (tmp_path / "out").exists()
    (tmp_path / "file").write_text("x")
    with pytest.raises(PoiseError, match="a part of that path is a file"):
        export([WALK], tmp_path / "file", "a", ["csv"])


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, *_: Any, **__: Any) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(PoiseError, match=r"a.json: cannot write: the disk is full"):
        export([WALK], tmp_path / "out", "a", ["csv", "json"])
    assert not (tmp_path / "out").exists()


def test_what_is_read_is_not_written_over(tmp_path: Path) -> None:
    (path,) = export([WALK], tmp_path, "a", ["csv"])
    before = path.read_bytes()
    with pytest.raises(PoiseError, match="a.csv: the motion comes from there"):
        export([OTHER], tmp_path, "a", ["csv"], keep=[tmp_path / "a.csv"])
    assert path.read_bytes() == before


def test_the_same_twice_is_the_same_bytes(tmp_path: Path) -> None:
    formats = list(FORMATS)
    one = export([WALK, LATE], tmp_path / "1", "a", formats)
    two = export([WALK, LATE], tmp_path / "2", "a", formats)
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_tables_of_people_with_different_joints_are_several(tmp_path: Path) -> None:
    seventeen = Motion(xyz=np.ones((5, 17, 3)), skeleton=H36M17, fps=30, frame="world", placed=True)
    written = export([WALK, seventeen], tmp_path, "a", ["csv", "c3d"])
    assert [path.name for path in written] == ["a_person1.csv", "a_person2.csv", "a.c3d"]
