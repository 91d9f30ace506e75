"""Other frame rates: whole steps, straight lines between frames, gaps, irregular timestamps."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise.data.maker import improvise
from poise.errors import PoiseError
from poise.motion import Contact, Keypoints, Motion
from poise.resampling import resample, resampled_length
from poise.skeletons import COCO17, H36M17


def motion(frames: int, fps: float) -> Motion:
    xyz = np.random.default_rng(0).normal(size=(frames, 17, 3)).astype(np.float32)
    return Motion(xyz=xyz, skeleton=H36M17, fps=fps, frame="world", placed=True)


@settings(max_examples=60, deadline=None)
@given(
    frames=st.integers(1, 40),
    fps=st.sampled_from([24.0, 25.0, 29.97, 30.0, 50.0, 59.9988, 60.0, 120.0]),
    new=st.sampled_from([10.0, 24.0, 25.0, 30.0, 50.0, 60.0, 100.0]),
)
def test_a_straight_path_is_resampled_exactly(frames: int, fps: float, new: float) -> None:
    times = np.arange(frames) / fps
    xyz = np.broadcast_to(times[:, None, None], (frames, 17, 3)).astype(np.float64)
    made = resample(Motion(xyz=xyz, skeleton=H36M17, fps=fps, frame="world", placed=True), new)
    assert made.fps == new
    assert len(made) == resampled_length(frames, fps, new)
    np.testing.assert_allclose(made.xyz[:, 0, 0], made.times, atol=1e-4 * frames / fps)
    assert made.times[-1] <= times[-1] + 1e-3 / fps
    assert times[-1] - made.times[-1] < 1.001 / min(new, fps)


def test_whole_steps_take_frames_as_they_are() -> None:
    slow = resample(motion(9, fps=120), 30)
    np.testing.assert_array_equal(slow.xyz, motion(9, fps=120).xyz[::4])
    assert slow.times.tolist() == [0, 1 / 30, 2 / 30]


def test_unknown_joints_stay_unknown_and_do_not_spread() -> None:
    xyz = motion(5, fps=20).xyz.copy()
    xyz[2, 4] = np.nan
    gaps = Motion(xyz=xyz, skeleton=H36M17, fps=20, frame="world", placed=True)
    made = resample(gaps, 30)  # at 0, 2/3, 4/3, 2, 8/3, 10/3, 4 of the frames
    assert np.isnan(made.xyz[:, 4, 0]).tolist() == [False, False, True, True, True, False, False]
    assert not np.isnan(np.delete(made.xyz, 4, axis=1)).any()


def test_irregular_timestamps_are_followed() -> None:
    times = np.array([0.0, 0.1, 0.4, 0.5])
    xyz = np.broadcast_to(times[:, None, None], (4, 17, 3)).astype(np.float32)
    jumpy = Motion(xyz=xyz, skeleton=H36M17, fps=8, frame="world", placed=True, times=times)
    made = resample(jumpy, 10)
    np.testing.assert_allclose(made.xyz[:, 0, 0], [0, 0.1, 0.2, 0.3, 0.4, 0.5], atol=1e-6)
    with pytest.raises(PoiseError, match="0 is not a frame rate"):
        resample(jumpy, 0)


def test_keypoints_score_as_their_less_sure_neighbour() -> None:
    xy = np.random.default_rng(1).uniform(0, 100, (3, 17, 2)).astype(np.float32)
    xy[1, 5] = np.nan
    score = np.ones((3, 17), np.float32)
    score[1, 4], score[1, 5] = 0.2, 0.0
    track = Keypoints(xy=xy, score=score, skeleton=COCO17, image_size=(100, 100), fps=20)
    made = resample(track, 40)
    assert isinstance(made, Keypoints)
    assert made.fps == 40
    np.testing.assert_allclose(made.times, np.arange(5) / 40)
    np.testing.assert_array_equal(made.xy[::2], xy)
    np.testing.assert_array_equal(made.score[::2], score)
    np.testing.assert_allclose(made.xy[1, :5], (xy[0, :5] + xy[1, :5]) / 2, rtol=1e-6)
    np.testing.assert_allclose(made.score[:, 4], [1, 0.2, 0.2, 0.2, 1])
    np.testing.assert_array_equal(made.score[:, 5], [1, 0, 0, 0, 1])
    assert np.isnan(made.xy[1:4, 5]).all()
    np.testing.assert_array_equal(resample(track, 10).xy, xy[::2])


def test_a_body_turns_evenly_and_its_bones_keep_their_lengths() -> None:
    body = improvise([2], 2.0, ("walk",), 30.0).body
    spread = np.linspace(0, 1, len(body) * 81).reshape(len(body), 27, 3)
    body = replace(body, contacts=(Contact(0.1, 0.4, "left_heel"),), rotation_sigma=spread)
    made = resample(body, 50)
    assert made.motion.fps == 50
    assert made.contacts == body.contacts
    np.testing.assert_allclose(made.pose()[0], made.motion.xyz, atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(made.rotations, axis=-1), 1, atol=1e-6)
    # Every fifth frame is met exactly by every third.
    np.testing.assert_array_equal(made.rotations[::5], body.rotations[::3][: len(made[::5])])
    np.testing.assert_array_equal(made.motion.xyz[::5], body.motion.xyz[::3][: len(made[::5])])
    assert made.rotation_sigma is not None
    np.testing.assert_allclose(made.rotation_sigma[1], 0.4 * spread[0] + 0.6 * spread[1])
    # Three fifths of the way from one frame to the next: by angles, seen from both.
    a, between, b = (
        q.astype(float) for q in (body.rotations[0], made.rotations[1], body.rotations[1])
    )
    whole, part = (2 * np.arccos(np.abs((a * q).sum(-1)).clip(0, 1)) for q in (b, between))
    np.testing.assert_allclose(part, 0.6 * whole, atol=2e-3)


def test_every_other_frame_of_a_body_is_taken_as_it_is() -> None:
    body = improvise([2], 1.0, ("walk",), 60.0).body
    slow = resample(body, 30)
    np.testing.assert_array_equal(slow.rotations, body.rotations[::2])
    np.testing.assert_array_equal(slow.motion.xyz, body.motion.xyz[::2])
    assert slow.motion.times[:3].tolist() == [0, 1 / 30, 2 / 30]


def test_what_is_unknown_of_a_body_stays_unknown() -> None:
    body = improvise([2], 1.0, ("walk",), 20.0).body
    rotations = body.rotations.copy()
    rotations[2] = np.nan
    made = resample(replace(body, rotations=rotations), 30)
    gone = np.isnan(made.rotations).all(axis=(1, 2))
    assert gone[:7].tolist() == [False, False, True, True, True, False, False]
