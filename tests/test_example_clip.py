"""The example video, from its pixels to 3D, against the joints and the camera that rendered it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from poise import metrics
from poise.cameras import Camera
from poise.motion import Motion
from poise.pipeline import Lifted, Way, lift_all

EXAMPLE = Path(__file__).parents[1] / "examples" / "walk_wave.mp4"


@pytest.fixture(scope="module")
def truth() -> Motion:
    return Motion.load(EXAMPLE.with_suffix(".truth.npz"))


def camera_of(motion: Motion) -> Camera:
    assert motion.camera is not None
    return motion.camera


@pytest.fixture(scope="module")
def lifted(truth: Motion) -> Lifted:
    return lift_all(EXAMPLE, Way(camera=replace(camera_of(truth), T_camera_world=None), workers=1))


def in_camera(motion: Motion) -> np.ndarray:
    return camera_of(motion).to_camera(motion.xyz.astype(np.float64))


def test_it_ships(truth: Motion) -> None:
    assert EXAMPLE.stat().st_size < 3e6
    assert 8 <= len(truth) / truth.fps <= 10.1


def test_the_pose_is_right(lifted: Lifted, truth: Motion) -> None:
    (person,) = lifted.people
    assert len(person.motion) == len(truth)
    ours, true = (xyz - xyz[:, :1] for xyz in (in_camera(person.motion), in_camera(truth)))
    assert 1000 * metrics.p_mpjpe(ours, true) < 60
    assert 1000 * metrics.mpjpe(ours, true) < 85


def test_the_path_is_right(lifted: Lifted, truth: Motion) -> None:
    ours, true = (in_camera(motion)[:, 0] for motion in (lifted.motions[0], truth))
    length = np.linalg.norm(np.diff(true, axis=0), axis=-1).sum()
    assert np.linalg.norm(ours - true, axis=-1).mean() < 0.1 * length


def test_up_is_up(lifted: Lifted, truth: Motion) -> None:
    ups = [camera_of(motion).T_camera_world for motion in (lifted.motions[0], truth)]
    assert ups[0] is not None
    assert ups[1] is not None
    assert float(ups[0][:3, 2] @ ups[1][:3, 2]) > np.cos(np.deg2rad(5))


def test_the_detector_s_joints_are_where_they_are(lifted: Lifted, truth: Motion) -> None:
    (person,) = lifted.people
    camera = camera_of(truth)
    true = camera.project(camera.to_camera(truth.xyz.astype(np.float64)))
    size = np.ptp(true, axis=1).max(axis=-1)
    off = np.linalg.norm(person.keypoints.xy - true, axis=-1) / size[:, None]
    assert np.median(off) < 0.02
    wrong_side = (
        np.linalg.norm(person.keypoints.xy[:, list(truth.skeleton.mirror)] - true, axis=-1)
        / size[:, None]
    )
    assert (off.mean(axis=1) < wrong_side.mean(axis=1)).mean() > 0.95


@pytest.mark.budget
def test_a_second_of_video_takes_less_than_a_second() -> None:
    import time

    lift_all(EXAMPLE, Way(seconds=0.5))  # the model is loaded
    start = time.perf_counter()
    found = lift_all(EXAMPLE, Way()).found
    assert found is not None
    pace = len(found.times) / (time.perf_counter() - start)
    print(f"\nvideo to motion: {pace:.0f} frames a second, asked 25 on two cores")
    assert pace > 25
