"""A motion at another frame rate."""

from dataclasses import replace

import numpy as np

from poise.errors import PoiseError
from poise.motion import Motion

# Frame times in files are rounded: 60 fps may read 59.999, and every second frame is still 30.
_SAME = 1e-4


def resample(motion: Motion, fps: float) -> Motion:
    """Every n-th frame where that gives the rate, otherwise straight lines between frames.

    Goes by timestamps, which need not be regular. Nothing is smoothed.
    """
    check_rate(fps)
    start = motion.times[0]
    if is_regular(motion):
        count = resampled_length(len(motion), motion.fps, fps)
        if step := _whole_step(motion.fps, fps):
            return replace(motion[::step], fps=fps, times=start + np.arange(count) / fps)
    else:
        count = int((motion.times[-1] - start) * fps + _SAME) + 1
    times = start + np.arange(count) / fps
    place = np.interp(times, motion.times, np.arange(len(motion)))  # in frames, with a fraction
    before = np.floor(place + _SAME).astype(int)
    after = np.minimum(before + 1, len(motion) - 1)
    share = np.clip(place - before, 0, 1)[:, None, None]

    def between(values: np.ndarray, share: np.ndarray) -> np.ndarray:
        # A frame that is met exactly must not take a NaN from its neighbour.
        mixed = (1 - share) * values[before] + share * values[after]
        return np.where(share < _SAME, values[before], mixed).astype(values.dtype)

    sigma = None if motion.sigma is None else between(motion.sigma, share[..., 0])
    return replace(motion, xyz=between(motion.xyz, share), sigma=sigma, fps=fps, times=times)


def resampled_length(frames: int, fps: float, new_fps: float) -> int:
    """How many frames `resample` makes of a regular motion."""
    check_rate(new_fps)
    step = _whole_step(fps, new_fps)
    return (frames - 1) // step + 1 if step else int((frames - 1) / fps * new_fps + _SAME) + 1


def is_regular(motion: Motion) -> bool:
    """Whether the timestamps are those of its frame rate, up to a rounding."""
    regular = motion.times[0] + np.arange(len(motion)) / motion.fps
    return bool(np.abs(motion.times - regular).max() < 0.05 / motion.fps)


def check_rate(fps: float) -> None:
    """Refuse what is not a frame rate."""
    if not (np.isfinite(fps) and fps > 0):
        raise PoiseError(f"{fps} is not a frame rate")


def _whole_step(fps: float, new_fps: float) -> int:
    """Which frames to take, every first, second ...; 0: no whole number gives the rate."""
    step = round(fps / new_fps)
    return step if step and abs(fps / new_fps / step - 1) < _SAME else 0
