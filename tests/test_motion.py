"""The three values: what they accept, say, and how they come back from a file."""

from dataclasses import FrozenInstanceError, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poise import Body, Camera, Keypoints, Motion, PoiseError, Skeleton
from poise.cameras import look_at
from poise.data.maker import improvise
from poise.files import save_npz
from poise.skeletons import COCO17, H36M17

CAMERA = Camera.from_field_of_view(1920, 1080, horizontal_deg=60).at(
    look_at([0, -5, 1.5], [0, 0, 1])
)


def some_motion(frames: int = 4, **changes: Any) -> Motion:
    xyz = np.random.default_rng(0).normal(0, 1, (frames, 17, 3)).astype(np.float32)
    fields: dict[str, Any] = {
        "xyz": xyz,
        "skeleton": H36M17,
        "fps": 30.0,
        "frame": "world",
        "placed": True,
    }
    return Motion(**fields | changes)


def some_keypoints(frames: int = 4, **changes: Any) -> Keypoints:
    xy = np.random.default_rng(0).normal(500, 99, (frames, 17, 2))
    fields: dict[str, Any] = {
        "xy": xy,
        "skeleton": COCO17,
        "image_size": (1920, 1080),
        "fps": 25.0,
    }
    return Keypoints(**fields | changes)


def some_body(frames: int = 4) -> Body:
    rotations = np.random.default_rng(0).normal(0, 1, (frames, 17, 4))
    rotations /= np.linalg.norm(rotations, axis=-1, keepdims=True)
    return Body(
        motion=some_motion(frames),
        rotations=rotations.astype(np.float32),
        offsets=np.ones((17, 3), np.float32),
        model="test",
        shape=np.array([0.5, -1.5], np.float32),
    )


def same(one: Any, other: Any) -> bool:
    return bool(np.array_equal(one, other, equal_nan=True))


def test_they_say_shapes_frame_and_unit() -> None:
    assert repr(some_motion()) == "Motion(4x17x3 m, h36m17, 30 fps, world frame, placed)"
    assert repr(some_keypoints()) == "Keypoints(4x17x2 px, coco17, 25 fps, image 1920x1080)"
    assert "test" in repr(some_body())


def test_they_cannot_be_changed() -> None:
    motion = some_motion()
    with pytest.raises(FrozenInstanceError):
        motion.fps = 60.0  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        motion.xyz[0] = 0


def test_the_array_that_was_given_stays_the_givers() -> None:
    mine = np.zeros((2, 17, 3), np.float32)
    motion = some_motion(xyz=mine)
    mine[0] = 1
    assert not motion.xyz.any()
    assert motion[:].xyz.base is not None, "what is frozen already is shared, not copied"


def test_numbers_are_single_or_double() -> None:
    assert some_motion(xyz=np.zeros((2, 17, 3))).xyz.dtype == np.float64
    assert some_motion(xyz=np.zeros((2, 17, 3), np.float16)).xyz.dtype == np.float32


def test_time_follows_from_the_rate_unless_told() -> None:
    np.testing.assert_allclose(some_motion().times, np.arange(4) / 30)
    assert same(some_motion(times=np.array([0.0, 0.1, 0.25, 0.3])).times, [0.0, 0.1, 0.25, 0.3])


def test_a_slice_is_a_part_of_everything() -> None:
    motion = some_motion(sigma=np.ones((4, 17)))[1:3]
    assert motion.sigma is not None
    assert motion.xyz.shape == (*motion.sigma.shape, 3)
    np.testing.assert_allclose(motion.times, [1 / 30, 2 / 30])
    track, body = some_keypoints(score=np.linspace(0, 1, 68).reshape(4, 17)), some_body()
    assert same(track[2:].score, track.score[2:])
    assert same(track[2:].xy, track.xy[2:])
    assert same(body[1:3].rotations, body.rotations[1:3])
    growing = replace(body, offsets=np.arange(4 * 17 * 3, dtype=np.float32).reshape(4, 17, 3))
    assert same(growing[1:3].offsets, growing.offsets[1:3])
    assert some_motion(camera=CAMERA).mirrored().camera is None


def test_relative_keeps_the_pose_and_drops_the_path() -> None:
    motion = some_motion()
    relative = motion.relative()
    assert not relative.placed
    np.testing.assert_allclose(relative.root, 0, atol=1e-7)
    np.testing.assert_allclose(relative.xyz + motion.root[:, None], motion.xyz, atol=1e-6)


def test_mirrored_twice_is_the_same() -> None:
    motion = some_motion(sigma=np.random.default_rng(1).random((4, 17)))
    twice = motion.mirrored().mirrored()
    assert same(twice.xyz, motion.xyz)
    assert same(twice.sigma, motion.sigma)
    assert same(motion.mirrored().xyz[:, 13, 0], -motion.xyz[:, 16, 0])


def test_mirrored_tracks_and_bodies() -> None:
    track = some_keypoints(camera=CAMERA)
    mirrored = track.mirrored()
    wrists = [COCO17.index("left_wrist"), COCO17.index("right_wrist")]
    np.testing.assert_allclose(mirrored.xy[:, wrists[0], 0], 1920 - track.xy[:, wrists[1], 0])
    np.testing.assert_allclose(mirrored.mirrored().xy, track.xy)
    body = improvise([3], 2.0, ["kick"]).body
    flipped = body.mirrored()
    np.testing.assert_allclose(flipped.pose()[0], flipped.motion.xyz, atol=1e-5)
    assert same(flipped.mirrored().rotations, body.rotations)
    rig = Skeleton("rig", ("a", "b"), (-1, 0))
    plain = Motion(xyz=np.zeros((2, 2, 3)), skeleton=rig, fps=30, frame="world", placed=True)
    with pytest.raises(PoiseError, match="which joints are left"):
        plain.mirrored()


def test_every_second_frame_is_half_the_rate() -> None:
    motion = some_motion(6)[::2]
    assert motion.fps == 15
    np.testing.assert_allclose(np.diff(motion.times), 1 / 15)
    with pytest.raises(PoiseError, match="time runs forward"):
        motion[::-1]


def test_what_was_not_seen_is_not_sure() -> None:
    xy = np.ones((2, 17, 2))
    xy[0, 3] = np.nan
    track = some_keypoints(xy=xy)
    assert track.score[0, 3] == 0
    assert track.score[1, 3] == 1
    assert some_keypoints(xy=xy, score=np.full((2, 17), 0.7)).score[0, 3] == 0


@pytest.mark.usefixtures("unchecked")
def test_numbers_of_other_packages_are_kept_as_plain_ones(tmp_path: Path) -> None:
    track = some_keypoints(fps=Fraction(30000, 1001), image_size=(np.int64(640), np.int64(480)))
    track.save(tmp_path / "a.npz")
    assert Keypoints.load(tmp_path / "a.npz").fps == pytest.approx(29.97, abs=0.01)


def test_from_the_world_to_a_camera_and_back() -> None:
    motion = some_motion()
    seen = motion.to_camera(CAMERA)
    assert seen.frame == "camera"
    assert seen.camera is CAMERA
    np.testing.assert_allclose(seen.to_world().xyz, motion.xyz, atol=1e-6)
    with pytest.raises(PoiseError, match="placed in the world"):
        seen.to_camera(CAMERA)
    with pytest.raises(PoiseError, match="must be known"):
        seen.relative().to_world()


@pytest.mark.parametrize("kind", [Motion, Keypoints, Body])
def test_saved_and_loaded_is_the_same(kind: Any, tmp_path: Path) -> None:
    camera: dict[str, Any] = {"camera": CAMERA}
    value: Any = {
        Motion: lambda: some_motion(
            **camera, sigma=np.ones((4, 17), np.float32), assumed=("unit: metres",)
        ),
        Keypoints: lambda: some_keypoints(**camera, times=np.array([0, 0.05, 0.07, 1.0])),
        Body: some_body,
    }[kind]()
    value.save(tmp_path / "value.npz")
    again = kind.load(tmp_path / "value.npz")
    assert repr(again) == repr(value)
    pairs = [(value, again)] if kind is not Body else [(value, again), (value.motion, again.motion)]
    for one, other in pairs:
        for name, field in vars(one).items():
            if isinstance(field, np.ndarray):
                assert same(getattr(other, name), field), name
                assert getattr(other, name).dtype == field.dtype
    if kind is not Body:
        assert again.camera.to_dict() == CAMERA.to_dict()
        assert again.skeleton == value.skeleton
    value.save(tmp_path / "again.npz")
    assert (tmp_path / "value.npz").read_bytes() == (tmp_path / "again.npz").read_bytes()


@given(
    frames=st.integers(1, 5),
    holes=st.lists(st.integers(0, 84), max_size=20),
    fps=st.floats(0.5, 1000),
)
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_motion_comes_back(tmp_path: Path, frames: int, holes: list[int], fps: float) -> None:
    xyz = np.random.default_rng(frames).normal(0, 1, (frames, 17, 3))
    for hole in holes:
        xyz.reshape(-1, 3)[hole % (frames * 17)] = np.nan
    motion = some_motion(xyz=xyz, fps=fps)
    motion.save(tmp_path / "any.npz")
    again = Motion.load(tmp_path / "any.npz")
    assert same(again.xyz, xyz)
    assert same(again.times, motion.times)


REFUSED: list[tuple[Any, dict[str, Any], str]] = [
    (some_motion, {"xyz": np.zeros((4, 17))}, "not \\(time, joint, 3\\)"),
    (some_motion, {"xyz": np.zeros((0, 17, 3))}, "no frames"),
    (some_motion, {"xyz": np.zeros((4, 16, 3))}, "16 joints, but skeleton h36m17 has 17"),
    (some_motion, {"xyz": np.full((4, 17, 3), np.inf)}, "NaN is the mark of the unknown"),
    (some_motion, {"xyz": np.full((4, 17, 3), "x")}, "not made of numbers"),
    (some_motion, {"frame": "wolrd"}, "'camera' or 'world'"),
    (some_motion, {"fps": 0.0}, "not a frame rate"),
    (some_motion, {"fps": float("nan")}, "not a frame rate"),
    (some_motion, {"sigma": np.ones((3, 17))}, "sigma has shape"),
    (some_motion, {"sigma": -np.ones((4, 17))}, "cannot be negative"),
    (some_motion, {"times": np.array([0, 1, 1, 2.0])}, "grow from frame to frame"),
    (some_motion, {"times": np.array([0, 1.0])}, "times has shape"),
    (some_motion, {"placed": False}, "root at the origin"),
    (some_keypoints, {"image_size": (640, 480), "camera": CAMERA}, "resized\\(640, 480\\)"),
    (some_keypoints, {"score": np.full((4, 17), 1.5)}, "between 0 and 1"),
    (some_keypoints, {"score": np.full((4, 17), np.nan)}, "between 0 and 1"),
    (some_keypoints, {"image_size": (0, 1080)}, "not a size in pixels"),
    (some_keypoints, {"xy": np.zeros((4, 17, 3))}, "not \\(time, joint, 2\\)"),
]


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(("make", "changes", "words"), REFUSED, ids=[row[2] for row in REFUSED])
def test_what_is_wrong_is_said(make: Any, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(PoiseError, match=words):
        make(**changes)


@pytest.mark.usefixtures("unchecked")
def test_a_body_needs_unit_quaternions_for_every_joint() -> None:
    motion = some_motion()
    turns = np.tile([1.0, 0, 0, 0], (4, 17, 1))
    with pytest.raises(PoiseError, match="unit quaternions"):
        Body(motion=motion, rotations=2 * turns, offsets=np.zeros((17, 3)), model="x")
    with pytest.raises(PoiseError, match="rotations has shape"):
        Body(motion=motion, rotations=turns[:, :5], offsets=np.zeros((17, 3)), model="x")
    with pytest.raises(PoiseError, match="offsets has shape"):
        Body(motion=motion, rotations=turns, offsets=np.zeros((5, 3)), model="x")


def test_files_of_another_kind_or_version_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    some_keypoints().save(path)
    with pytest.raises(PoiseError, match="of kind Keypoints, where Motion is expected"):
        Motion.load(path)
    save_npz(path, "Motion/99", {})
    with pytest.raises(PoiseError, match="reads Motion/1"):
        Motion.load(path)
    save_npz(path, "Motion/1", {})
    with pytest.raises(PoiseError, match="x.npz: damaged"):
        Motion.load(path)
    save_npz(
        path,
        "Motion/1",
        {
            "skeleton": H36M17.to_dict(),
            "fps": 30,
            "camera": None,
            "frame": "world",
            "placed": True,
            "assumed": [],
        },
        xyz=np.zeros((4, 3, 3)),
    )
    with pytest.raises(PoiseError, match="x.npz: Motion: xyz has 3 joints"):
        Motion.load(path)
