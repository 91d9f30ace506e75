"""What is known when: joints, stretches without a gap, the times at which somebody is seen."""

from functools import reduce

import numpy as np
from jaxtyping import Bool, Float

from poise.motion import Keypoints
from poise.report.findings import Span

_FINEST = 1000  # gaps shorter than such a part of the track are not shown


def known(points: Float[np.ndarray, "*n d"]) -> Bool[np.ndarray, "*n"]:
    """Whether all coordinates are there; axis by axis, which is fast for an hour of frames."""
    return reduce(np.logical_and, np.moveaxis(np.isfinite(points), -1, 0))


def runs(there: Bool[np.ndarray, " n"]) -> list[slice]:
    """The stretches without a gap."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]]).astype(np.int8)))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def seen(track: Keypoints) -> list[Span]:
    """From when to when a person is seen, without gaps that are too short to be shown."""
    there = np.asarray(known(track.xy).any(axis=1))
    frame = 1 / track.fps
    shortest = (track.times[-1] - track.times[0]) / _FINEST
    spans: list[Span] = []
    for run in runs(there):
        start, stop = float(track.times[run][0]), float(track.times[run][-1]) + frame
        if spans and start - spans[-1][1] < shortest:
            spans[-1] = (spans[-1][0], stop)
        else:
            spans.append((start, stop))
    return spans
