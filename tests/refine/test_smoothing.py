"""Smoothing takes the noise and leaves the motion."""

import time
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise import metrics
from poise.errors import PoiseError
from poise.motion import Motion
from poise.refine import jitter, smooth
from poise.refine.penalised import closest_smooth, jerk_rows, penalty, stiffness_of
from poise.skeletons import H36M17, HUMANEVA15


def swinging(times: np.ndarray, hz: float = 0.7, size: float = 0.3) -> np.ndarray:
    """All joints but the root swing, each in its own way."""
    rng = np.random.default_rng(7)
    phase, way = rng.uniform(0, 6, 17), rng.normal(size=(17, 3))
    xyz = np.sin(2 * np.pi * hz * times[:, None] + phase)[..., None] * size * way
    xyz[:, 0] = 0
    return xyz


def motion_of(xyz: np.ndarray, times: np.ndarray, **more: object) -> Motion:
    fps = 1 / float(np.median(np.diff(times))) if len(times) > 1 else 30.0
    fields: dict = {"frame": "camera", "placed": False, **more}
    return Motion(xyz=xyz, skeleton=H36M17, fps=fps, times=times, **fields)


def noisy(xyz: np.ndarray, size: float = 0.02, seed: int = 0) -> np.ndarray:
    moved = xyz + np.random.default_rng(seed).normal(scale=size, size=xyz.shape)
    moved[:, 0] = xyz[:, 0]
    return moved


@pytest.mark.parametrize("fps", [15.0, 30.0, 60.0, 240.0])
def test_noise_goes_and_motion_stays_at_any_frame_rate(fps: float) -> None:
    times = np.arange(int(6 * fps)) / fps
    truth = swinging(times)
    before = motion_of(noisy(truth), times)
    after = smooth(before)
    assert metrics.mpjpe(after.xyz, truth) < 0.65 * metrics.mpjpe(before.xyz, truth)
    assert jitter(after) < 1.5 * jitter(motion_of(truth, times))


def test_exact_motion_is_left_alone() -> None:
    times = np.arange(200) / 30
    truth = swinging(times, hz=1.5)
    assert metrics.mpjpe(smooth(motion_of(truth, times)).xyz, truth) < 1e-3


def test_a_punch_keeps_its_reach() -> None:
    times = np.arange(240) / 30
    truth = np.zeros((240, 17, 3))
    truth[:, 13, 2] = 0.6 * np.exp(-(((times - 4) / 0.12) ** 2))  # out and back in 0.4 s
    after = smooth(motion_of(noisy(truth, 0.01), times)).xyz[:, 13, 2]
    assert after.max() > 0.9 * 0.6
    assert abs(times[after.argmax()] - 4) < 1 / 30  # and comes no later
    rest = np.abs(times - 4) > 1
    assert np.abs(after[rest]).mean() < 0.005


@pytest.mark.parametrize("hz", [1.0, 3.0])
def test_half_of_the_amplitude_is_left_at_the_cutoff(hz: float) -> None:
    times = np.sort(np.random.default_rng(0).uniform(0, 20, 1500))  # no frame rate at all
    wave = np.sin(2 * np.pi * hz * times)[:, None]
    rows, lasts = jerk_rows(times, 1.0)
    bands = penalty(rows, lasts * stiffness_of(hz), len(times))
    found = closest_smooth(wave, np.full(len(times), 20 / 1500), bands)
    middle = slice(300, -300)
    share = (found[middle] * wave[middle]).sum() / (wave[middle] ** 2).sum()
    assert share == pytest.approx(0.5, abs=0.06)


def test_what_is_unsure_follows_what_is_sure() -> None:
    times = np.arange(200) / 30
    truth = swinging(times)
    seen = noisy(truth, 0.005)
    confidence = np.ones((200, 17))
    seen[90:96, 5] += 0.3  # the detector took another foot
    confidence[90:96, 5] = 0.1
    worst = [
        np.abs(smooth(motion_of(seen, times), weight).xyz[90:96, 5] - truth[90:96, 5]).max()
        for weight in (None, confidence)
    ]
    assert worst[1] < 0.6 * worst[0]
    sigma = np.full((200, 17), 0.01)
    sigma[90:96, 5] = 0.1
    by_sigma = smooth(motion_of(seen, times, sigma=sigma)).xyz
    np.testing.assert_array_equal(by_sigma, smooth(motion_of(seen, times)).xyz)


def test_gaps_stay_and_part_the_track() -> None:
    times = np.arange(300) / 30
    xyz = noisy(swinging(times))
    xyz[100:130, 4] = np.nan
    xyz[200, 4] = np.nan
    whole = smooth(motion_of(xyz, times)).xyz
    np.testing.assert_array_equal(np.isnan(whole), np.isnan(xyz))
    moved = xyz.copy()
    moved[130:] += [0, 0, 0.001]  # what comes after the gap ...
    moved[:, 0] = 0
    other = smooth(motion_of(moved, times)).xyz
    np.testing.assert_allclose(other[:95, 4], whole[:95, 4], atol=1e-6)  # ... has no say before it


@given(frames=st.integers(1, 9), fps=st.floats(1, 1000), strength=st.floats(0, 1e6))
@settings(max_examples=20, deadline=None)
def test_short_tracks_and_any_strength(frames: int, fps: float, strength: float) -> None:
    times = np.arange(frames) / fps
    after = smooth(motion_of(noisy(swinging(times)), times), strength=strength)
    assert np.isfinite(after.xyz).all()
    assert np.abs(after.root).max() == 0


@given(scale=st.floats(0.01, 100), shift=st.floats(-1e3, 1e3))
@settings(max_examples=20, deadline=None)
def test_unit_place_and_start_do_not_matter(scale: float, shift: float) -> None:
    times = np.arange(60) / 30
    xyz = noisy(swinging(times))
    one = smooth(motion_of(xyz, times, placed=True)).xyz
    other = smooth(motion_of(scale * xyz + 1.0, times + shift, placed=True)).xyz
    np.testing.assert_allclose((other - 1.0) / scale, one, atol=1e-5 / min(scale, 1))


def test_mirrored_and_backwards() -> None:
    times = np.arange(100) / 30
    before = motion_of(noisy(swinging(times)), times)
    after = smooth(before)
    np.testing.assert_allclose(smooth(before.mirrored()).xyz, after.mirrored().xyz, atol=1e-9)
    back = smooth(motion_of(before.xyz[::-1], times)).xyz[::-1]
    np.testing.assert_allclose(back, after.xyz, atol=1e-9)


def test_the_root_of_two_hips_stays_at_the_origin() -> None:
    times = np.arange(60) / 30
    xyz = noisy(swinging(times))[:, : len(HUMANEVA15)]
    xyz -= HUMANEVA15.root_of(xyz)[:, None]
    motion = Motion(xyz=xyz, skeleton=HUMANEVA15, fps=30, frame="camera", placed=False)
    assert np.abs(smooth(motion).root).max() < 1e-9


def test_ten_minutes_take_a_second_and_little_memory() -> None:
    frames = 18_000
    xyz = np.zeros((frames, 17, 3), np.float32)
    xyz[:, 1:] = np.random.default_rng(0).normal(scale=0.01, size=(frames, 16, 3))
    motion = motion_of(xyz, np.arange(frames) / 30)
    tracemalloc.start()
    start = time.process_time()
    smooth(motion)
    assert time.process_time() - start < 5
    assert tracemalloc.get_traced_memory()[1] < 50e6
    tracemalloc.stop()


def test_what_does_not_fit_is_said(unchecked: None) -> None:
    motion = motion_of(np.zeros((4, 17, 3)), np.arange(4) / 30)
    with pytest.raises(PoiseError, match="strength"):
        smooth(motion, strength=-1)
    with pytest.raises(PoiseError, match="confidence has shape"):
        smooth(motion, np.ones((3, 17)))


def test_jitter_is_an_acceleration_at_any_frame_rate() -> None:
    for fps in (30.0, 60.0, 120.0):
        times = np.arange(int(2 * fps)) / fps
        xyz = np.zeros((len(times), 17, 3))
        xyz[..., 2] = -4.905 * times[:, None] ** 2  # everything falls
        motion = motion_of(xyz, times, placed=True)
        assert jitter(motion) == pytest.approx(9.81, rel=1e-6)
    xyz = motion.xyz.copy()
    xyz[3, 4] = np.nan
    assert jitter(replace(motion, xyz=xyz)) == pytest.approx(9.81, rel=1e-6)
    assert np.isnan(jitter(motion[:3]))
