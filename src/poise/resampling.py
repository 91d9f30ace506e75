"""A track or a motion at another frame rate.

>>> slow = resample(motion, 30)
"""

from dataclasses import replace
from typing import TypeVar

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError
from poise.motion import Keypoints, Motion

# Frame times in files are rounded: 60 fps may read 59.999, and every second frame is still 30.
_SAME = 1e-4

Track = TypeVar("Track", Keypoints, Motion)


def resample(track: Track, fps: float) -> Track:
    """Every n-th frame where that gives the rate, otherwise straight lines between frames.

    Goes by timestamps, which need not be regular. Nothing is smoothed. What lies between two
    frames scores as the less sure of them.
    """
    check_rate(fps)
    start = track.times[0]
    if is_regular(track):
        count = resampled_length(len(track), track.fps, fps)
        if step := _whole_step(track.fps, fps):
            return replace(track[::step], fps=fps, times=start + np.arange(count) / fps)
    else:
        count = int((track.times[-1] - start) * fps + _SAME) + 1
    return resample_at(track, start + np.arange(count) / fps, fps)


def resample_at(track: Track, times: Float[np.ndarray, " new"], fps: float) -> Track:
    """The track at these times, its ends repeated where they go beyond it."""
    place = np.interp(times, track.times, np.arange(len(track)))  # in frames, with a fraction
    before = np.floor(place + _SAME).astype(int)
    after = np.minimum(before + 1, len(track) - 1)
    share = np.clip(place - before, 0, 1)
    met = share < _SAME  # a frame that is met exactly must not take a NaN from its neighbour

    def between(values: np.ndarray) -> np.ndarray:
        weight = share.reshape(-1, *[1] * (values.ndim - 1))
        mixed = (1 - weight) * values[before] + weight * values[after]
        return np.where(weight < _SAME, values[before], mixed).astype(values.dtype)

    if isinstance(track, Keypoints):
        less = np.minimum(track.score[before], track.score[after])
        score = np.where(met[:, None], track.score[before], less)
        return replace(track, xy=between(track.xy), score=score, fps=fps, times=times)
    sigma = None if track.sigma is None else between(track.sigma)
    return replace(track, xyz=between(track.xyz), sigma=sigma, fps=fps, times=times)


def resampled_length(frames: int, fps: float, new_fps: float) -> int:
    """How many frames `resample` makes of a regular track."""
    check_rate(new_fps)
    step = _whole_step(fps, new_fps)
    return (frames - 1) // step + 1 if step else int((frames - 1) / fps * new_fps + _SAME) + 1


def is_regular(track: Keypoints | Motion) -> bool:
    """Whether the timestamps are those of its frame rate, up to a rounding."""
    regular = track.times[0] + np.arange(len(track)) / track.fps
    return bool(np.abs(track.times - regular).max() < 0.05 / track.fps)


def check_rate(fps: float) -> None:
    """Refuse what is not a frame rate."""
    if not (np.isfinite(fps) and fps > 0):
        raise PoiseError(f"{fps} is not a frame rate")


def _whole_step(fps: float, new_fps: float) -> int:
    """Which frames to take, every first, second ...; 0: no whole number gives the rate."""
    step = round(fps / new_fps)
    return step if step and abs(fps / new_fps / step - 1) < _SAME else 0
