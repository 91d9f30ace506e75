"""The whole way, from a video to everybody in one world, with an invented detector."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import poise
from poise import metrics
from poise.errors import PoiseError
from poise.motion import Keypoints, Motion
from poise.pipeline import Way, lift_all
from staged import Knowing, actor, camera_before, stage


@pytest.fixture(scope="module")
def walker() -> Motion:
    return actor(3)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stage(tmp_path_factory.mktemp("video") / "wal king ü.mp4", 120)


def error_mm(motion: Motion, truth: Motion) -> float:
    known = np.isfinite(motion.xyz).all(axis=(1, 2))
    frames = np.round(motion.times[known] * 30).astype(int)
    return 1000 * metrics.p_mpjpe(motion.xyz[known].astype(float), truth.xyz[frames].astype(float))


def stature(motion: Motion) -> float:
    return float(np.ptp(motion.xyz[..., 2], axis=1).max()) + 0.1  # ankles to the top of the head


def test_a_video_becomes_motion_in_the_world(walker: Motion, video: Path) -> None:
    camera = camera_before([walker])
    found = poise.lift(video, detector=Knowing([walker], camera), focal_px=camera.fx)
    (motion,) = found
    assert (motion.frame, motion.placed, len(motion)) == ("world", True, 120)
    assert motion.sigma is not None
    assert (motion.sigma[:, 1:] > 0).all()
    assert error_mm(motion, walker) < 60
    assert abs(motion.xyz[..., 2].min()) < 0.2, "the feet are about on the floor"
    head, foot = motion.skeleton.index("head"), motion.skeleton.index("left_ankle")
    assert (motion.xyz[:, head, 2] - motion.xyz[:, foot, 2]).mean() > 1.2, "z is up"


def test_the_path_is_found(walker: Motion, video: Path) -> None:
    camera = camera_before([walker])
    (motion,) = poise.lift(
        video, detector=Knowing([walker], camera), camera=camera, height_m=stature(walker)
    )
    assert motion.camera is not None
    ours = motion.camera.to_camera(motion.root.astype(float))
    true = camera.to_camera(walker.root.astype(float))[: len(ours)]
    off = np.linalg.norm(ours - true, axis=-1).mean()
    assert off < 0.1 * np.linalg.norm(true, axis=-1).mean()


def test_two_people_share_a_floor(video: Path) -> None:
    one, other = actor(3), actor(5)
    gap = np.array([1.8, 0.4, 0])
    other = replace(other, xyz=(other.xyz - other.root[0] + one.root[0] + gap).astype(np.float32))
    camera = camera_before([one, other], 7.0)
    lifted = lift_all(video, Way(detector=Knowing([one, other], camera), focal_px=camera.fx))
    assert len(lifted.people) == 2
    floors = [motion.xyz[..., 2].min(axis=1) for motion in lifted.motions]
    assert abs(np.median(floors[0]) - np.median(floors[1])) < 0.15
    for motion in lifted.motions:
        assert min(error_mm(motion, truth) for truth in (one, other)) < 60
        assert motion.camera is lifted.motions[0].camera


def test_nobody(walker: Motion, video: Path) -> None:
    blind = Knowing([walker], camera_before([walker]), blind=[range(1000)])
    lifted = lift_all(video, Way(detector=blind))
    assert lifted.motions == []
    assert lifted.found is not None
    assert len(lifted.found.times) == 120


def test_long_gaps_are_nan_and_short_ones_bridged(walker: Motion, video: Path) -> None:
    blind = Knowing([walker], camera_before([walker]), blind=[range(20, 28), range(50, 90)])
    (person,) = lift_all(video, Way(detector=blind)).people
    missing = np.isnan(person.motion.xyz).all(axis=(1, 2))
    np.testing.assert_array_equal(np.flatnonzero(missing), np.arange(50, 90))
    assert (person.keypoints.score[20:28] == 0).all()
    assert np.isfinite(person.motion.xyz[20:28]).all()
    assert len(person.tracked.bridged) == len(person.tracked.missing) == 1
    assert person.motion.sigma is not None
    assert np.isnan(person.motion.sigma[60]).all()
    assert person.motion.sigma[24].mean() > person.motion.sigma[15].mean(), "guesses are unsure"


def test_jitter_goes_down(walker: Motion, video: Path) -> None:
    shaky = Knowing([walker], camera_before([walker]), noise_px=1.0)
    (person,) = lift_all(video, Way(detector=shaky, solve=False)).people
    assert person.jitter < 0.7 * person.jitter_before
    (raw,) = lift_all(video, Way(detector=shaky, smoothing=0, solve=False)).people
    assert raw.jitter == pytest.approx(raw.jitter_before, rel=1e-3)
    assert raw.jitter_before == pytest.approx(person.jitter_before, rel=1e-5)


def test_keypoints_and_files_of_them(walker: Motion, tmp_path: Path) -> None:
    camera = camera_before([walker])
    xy = camera.project(camera.to_camera(walker.xyz.astype(float)))
    track = Keypoints(
        xy=xy.astype(np.float32),
        skeleton=walker.skeleton,
        image_size=(camera.width, camera.height),
        fps=walker.fps,
        camera=replace(camera, T_camera_world=None),
    )
    (motion,) = poise.lift(track)
    assert error_mm(motion, walker) < 60
    track.save(tmp_path / "track.npz")
    (again,) = poise.lift(tmp_path / "track.npz")
    np.testing.assert_array_equal(again.xyz, motion.xyz)
    (listed,) = poise.lift([track])
    np.testing.assert_array_equal(listed.xyz, motion.xyz)
    assert not any("focal" in words for words in motion.assumed)


def test_a_track_with_unseen_ends_keeps_its_length(walker: Motion) -> None:
    camera = camera_before([walker])
    xy = camera.project(camera.to_camera(walker.xyz.astype(float)))
    xy[:5] = xy[-7:] = np.nan
    track = Keypoints(xy=xy, skeleton=walker.skeleton, image_size=(320, 180), fps=30)
    (motion,) = poise.lift(track)
    assert len(motion) == len(track)
    missing = np.isnan(motion.xyz).all(axis=(1, 2))
    assert np.flatnonzero(~missing)[[0, -1]].tolist() == [5, len(track) - 8]


def test_a_track_of_nothing_is_refused() -> None:
    xy = np.full((10, 17, 2), np.nan)
    track = Keypoints(xy=xy, skeleton=actor(1, 2).skeleton, image_size=(320, 180), fps=30)
    with pytest.raises(PoiseError, match="nothing to lift"):
        poise.lift(track)


def test_a_height_sets_the_scale(walker: Motion, video: Path) -> None:
    detector = Knowing([walker], camera_before([walker]))
    small, tall = (poise.lift(video, detector=detector, height_m=h)[0] for h in (1.5, 2.0))
    span = [np.ptp(motion.xyz[..., 2], axis=1).mean() for motion in (small, tall)]
    assert span[1] / span[0] == pytest.approx(2.0 / 1.5, rel=0.05)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"height_m": 180}, "give metres"),
        ({"height_m": [1.7, 1.8, 1.6]}, "3 body heights are given, and 1"),
        ({"fov_deg": 60.0, "focal_px": 300.0}, "give one of"),
        ({"people": [4]}, "no person 4"),
    ],
)
def test_what_cannot_be_is_said(walker: Motion, video: Path, options: dict, words: str) -> None:
    detector = Knowing([walker], camera_before([walker]))
    with pytest.raises(PoiseError, match=words):
        poise.lift(video, detector=detector, **options)


def test_the_same_command_gives_the_same_bits(walker: Motion, video: Path) -> None:
    detector = Knowing([walker], camera_before([walker]), noise_px=0.5)
    one, other = (poise.lift(video, detector=detector, workers=n)[0] for n in (1, 2))
    np.testing.assert_array_equal(one.xyz, other.xyz)
    np.testing.assert_array_equal(one.sigma, other.sigma)
