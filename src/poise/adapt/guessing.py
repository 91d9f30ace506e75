"""The focal length of a camera that nobody knows, from how well answers fit the picture."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from poise.adapt.watching import misfit
from poise.cameras import Camera
from poise.lifting.preparing import as_taken
from poise.lifting.trained import TrainedLifter
from poise.motion import Keypoints

# A single track says little: on the open benchmark's views (eight seconds each) guesses are off by
# 19 % of the focal length, and the usual one by 21 %. So a guess begins at the usual one, in units
# of its logarithm, and each track of the same camera moves it a little.
_USUAL_SPREAD = 0.35
_SAYS = 25.0  # of a track: times the logarithm of its misfit
_LEAST, _MOST, _TRIED = 0.6, 2.6, 9  # focal lengths, in parts of the picture's longer side
_LONGEST = 243  # frames of a track that are looked at
_TRACKS = 20


def guess_camera(tracks: Sequence[Keypoints], lifter: TrainedLifter) -> Camera:
    """One pinhole camera for tracks of one video, its principal point in the middle.

    >>> camera = guess_camera(tracks, lifter)
    """
    width, height = tracks[0].image_size
    usual = Camera.assumed(width, height)
    tried = np.geomspace(_LEAST, _MOST, _TRIED)
    cost = (np.log(tried) / _USUAL_SPREAD) ** 2 / 2
    for track in sorted(tracks, key=len, reverse=True)[:_TRACKS]:
        if not (track.score > 0).any():
            continue
        taken, _ = as_taken(replace(track[:_LONGEST], camera=usual), lifter, placed=True)
        fits = [misfit(lifter, [replace(taken, camera=_camera(taken, share))]) for share in tried]
        cost = cost + _SAYS * np.log(np.maximum(fits, 1e-6))
    return _camera(tracks[0], _lowest(tried, cost))


def _camera(track: Keypoints, share: float) -> Camera:
    width, height = track.image_size
    return Camera.from_focal(width, height, float(share) * max(width, height))


def _lowest(tried: np.ndarray, cost: np.ndarray) -> float:
    """Between the tried ones: where the parabola through the three lowest has its bottom."""
    at = int(np.clip(np.argmin(cost), 1, len(tried) - 2))
    left, middle, right = cost[at - 1 : at + 2]
    bend = left - 2 * middle + right
    shift = 0.0 if bend <= 0 else float(np.clip((left - right) / (2 * bend), -1, 1))
    step = np.log(tried[1] / tried[0])
    return float(tried[at] * np.exp(shift * step))
