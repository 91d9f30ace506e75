"""A clip at the frame rate that a lifter was trained on."""

import numpy as np

from poise.errors import PoiseError
from poise.motion import Keypoints
from poise.resampling import resample_at

_SAME_RATE = 0.02  # of the rate: 29.97 is 30, 24 is not 25
_SAME_STEP = 0.1  # of a frame: timestamps of cameras and of files in milliseconds are not exact
_MOST = 100  # frames to make of one


def has_rate(track: Keypoints, fps: float) -> bool:
    """Whether a track's timestamps are about those of this rate."""
    steps = np.diff(track.times) * fps
    return len(steps) == 0 or bool(
        abs(steps.mean() - 1) < _SAME_RATE and np.abs(steps - 1).max() < _SAME_STEP
    )


def at_rate(track: Keypoints, fps: float) -> Keypoints:
    """The track at this rate; its last frame is kept, whatever is left of a step before it."""
    start, end = track.times[0], track.times[-1]
    count = np.floor((end - start) * fps) + 1
    if count > _MOST * len(track):
        raise PoiseError(
            f"this track's {len(track)} frames go over {end - start:g} s; its times are in seconds "
            "(divide milliseconds by 1000), or there is a long gap at which it should be cut in two"
        )
    times = start + np.arange(int(count)) / fps
    if end - times[-1] > _SAME_STEP / fps:
        times = np.append(times, end)
    return resample_at(track, times, fps)
