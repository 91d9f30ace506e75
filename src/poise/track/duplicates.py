"""People whom the detector found twice in one frame."""

import numpy as np
from jaxtyping import Bool, Int

from poise.track.poses import Poses, Rows

SAME = 0.6  # two poses of one frame as alike as this are one person's
_SHADOW = 0.4  # so alike in most frames, somebody is no person of their own
_MOSTLY = 0.6


def without_duplicates(poses: Poses, same: float = SAME) -> Bool[np.ndarray, " found"]:
    """Who is kept: of those who are alike in a frame, the one with the best score."""
    keep = np.ones(len(poses), bool)
    pairs = _pairs(poses.frame)
    alike = pairs[poses.like(pairs[:, 0], pairs[:, 1]) > same]
    # Within a frame the best score stands first, so by the time a pair is met its first is settled.
    for better, worse in alike[np.lexsort((alike[:, 1], alike[:, 0]))].tolist():
        if keep[better]:
            keep[worse] = False
    return keep


def _pairs(frame: Int[np.ndarray, " found"]) -> Int[np.ndarray, "pair 2"]:
    """All pairs of one frame, the earlier first."""
    pairs = [np.zeros((0, 2), np.int64)]
    for lag in range(1, len(frame)):
        first = np.flatnonzero(frame[:-lag] == frame[lag:])
        if len(first) == 0:
            break
        pairs.append(np.stack([first, first + lag], axis=1))
    return np.concatenate(pairs)


def same_person(poses: Poses, people: list[Rows]) -> list[Rows]:
    """People without those who are, in most of their frames, the shadow of somebody seen longer."""
    kept: list[Rows] = []
    for rows in sorted(people, key=lambda rows: (-len(rows), int(rows[0]))):
        shadow = False
        for other in kept:
            _, mine, theirs = np.intersect1d(
                poses.frame[rows], poses.frame[other], assume_unique=True, return_indices=True
            )
            if len(mine) > _MOSTLY * len(rows):
                alike = poses.like(rows[mine], other[theirs]) > _SHADOW
                shadow |= int(np.count_nonzero(alike)) > _MOSTLY * len(rows)
        if not shadow:
            kept.append(rows)
    return kept
