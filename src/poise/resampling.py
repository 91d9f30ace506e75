"""A track, a motion or a body at another frame rate.

>>> slow = resample(motion, 30)
"""

from dataclasses import replace
from typing import TypeVar

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError
from poise.geometry.rotations import slerp
from poise.motion import Body, Keypoints, Motion

# Frame times in files are rounded: 60 fps may read 59.999, and every second frame is still 30.
_SAME = 1e-4

Track = TypeVar("Track", Keypoints, Motion, Body)


def resample(track: Track, fps: float) -> Track:
    """Every n-th frame where that gives the rate, otherwise straight lines between frames.

    Goes by timestamps, which need not be regular. Nothing is smoothed. What lies between two
    frames scores as the less sure of them. The joints of a body turn at even speed from frame to
    frame and its bones keep their lengths.
    """
    check_rate(fps)
    clock = _clock(track)
    start = clock.times[0]
    if is_regular(track):
        count = resampled_length(len(track), clock.fps, fps)
        times = start + np.arange(count) / fps
        if step := _whole_step(clock.fps, fps):
            part = track[::step]
            if isinstance(part, Body):
                return replace(part, motion=replace(part.motion, fps=fps, times=times))
            return replace(part, fps=fps, times=times)
    else:
        count = int((clock.times[-1] - start) * fps + _SAME) + 1
    return resample_at(track, start + np.arange(count) / fps, fps)


def resample_at(track: Track, times: Float[np.ndarray, " new"], fps: float) -> Track:
    """The track at these times, its ends repeated where they go beyond it."""
    # In frames, with a fraction.
    place = np.interp(times, _clock(track).times, np.arange(len(track)))
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
    if isinstance(track, Body):
        motion = resample_at(track.motion, times, fps)
        turned = slerp(track.rotations[before], track.rotations[after], _by_joint(share, track))
        rotations = np.where(met[:, None, None], track.rotations[before], turned)
        spread = track.rotation_sigma
        body = replace(
            track,
            motion=motion,
            rotations=rotations.astype(track.rotations.dtype),
            offsets=track.offsets if track.offsets.ndim == 2 else between(track.offsets),
            rotation_sigma=None if spread is None else between(spread),
        )
        # Straight lines would shorten the bones of a turning limb: the rotations say where it is.
        xyz = np.where(met[:, None, None], motion.xyz, body.pose()[0]).astype(motion.xyz.dtype)
        return replace(body, motion=replace(motion, xyz=xyz))
    sigma = None if track.sigma is None else between(track.sigma)
    return replace(track, xyz=between(track.xyz), sigma=sigma, fps=fps, times=times)


def resampled_length(frames: int, fps: float, new_fps: float) -> int:
    """How many frames `resample` makes of a regular track."""
    check_rate(new_fps)
    step = _whole_step(fps, new_fps)
    return (frames - 1) // step + 1 if step else int((frames - 1) / fps * new_fps + _SAME) + 1


def is_regular(track: Keypoints | Motion | Body) -> bool:
    """Whether the timestamps are those of its frame rate, up to a rounding."""
    clock = _clock(track)
    regular = clock.times[0] + np.arange(len(clock)) / clock.fps
    return bool(np.abs(clock.times - regular).max() < 0.05 / clock.fps)


def check_rate(fps: float) -> None:
    """Refuse what is not a frame rate."""
    if not (np.isfinite(fps) and fps > 0):
        raise PoiseError(f"{fps} is not a frame rate")


def _whole_step(fps: float, new_fps: float) -> int:
    """Which frames to take, every first, second ...; 0: no whole number gives the rate."""
    step = round(fps / new_fps)
    return step if step and abs(fps / new_fps / step - 1) < _SAME else 0


def _clock(track: Keypoints | Motion | Body) -> Keypoints | Motion:
    """What has the timestamps."""
    return track.motion if isinstance(track, Body) else track


def _by_joint(share: Float[np.ndarray, " new"], body: Body) -> Float[np.ndarray, "new joint"]:
    return np.broadcast_to(share[:, None], (len(share), body.rotations.shape[1]))
