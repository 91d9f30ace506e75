"""Where two people are one behind the other, nobody knows at once whose the one skeleton is.

It may go over from one to the other and back. So fragments are cut there wherever they are not as
smooth as one person is, and short pieces are set aside. They are given back when it is known who
came out where.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from poise.track.headings import heading
from poise.track.poses import Poses, Rows

HIDDEN = 1.6  # s: as long as somebody may walk behind another
_NEAR = (0.3, 0.15)  # heights, and heights a second: who is as near as this hides another
_BEFORE_AND_AFTER = 0.1  # s around it in which skeletons are bad already
_LEAST_SURE = 0.15  # s: shorter fragments do not tell where they go
_LEAST_IN_DOUBT = 0.3  # s: the same amid doubt, where the detector may dwell on a wrong one
_STEP = (0.03, 3.0)  # heights, and times its usual step: more between two frames is a jump
_BRAKE = 3.5  # heights/s^2 over a quarter of a second: people cannot turn around faster


@dataclass(frozen=True)
class Pieces:
    """Fragments after the cuts."""

    sure: list[Rows]
    doubtful: list[Rows]


def cut(poses: Poses, fragments: list[Rows]) -> Pieces:
    """Cut the fragments where, in doubt, they are not smooth; what is short there is doubtful."""
    doubts = [np.zeros(len(rows), bool) for rows in fragments]
    _mark(poses, fragments, doubts)
    lasts = float(np.ptp(poses.time)) if len(poses.time) else 0.0
    sure: list[Rows] = []
    doubtful: list[Rows] = []
    for rows, doubt in zip(fragments, doubts, strict=True):
        breaks = _breaks(poses, rows, doubt) if doubt.any() else []
        for part in np.split(np.arange(len(rows)), breaks):
            seconds = poses.time[rows[part[-1]]] - poses.time[rows[part[0]]]
            least = _LEAST_IN_DOUBT if doubt[part].mean() > 0.5 else _LEAST_SURE
            least = min(least, lasts)  # in a photo, or a few pictures, that is all there is
            (sure if seconds >= least else doubtful).append(rows[part])
    return Pieces(sorted(sure, key=lambda rows: int(rows[0])), doubtful)


def _mark(poses: Poses, fragments: list[Rows], doubts: list[Bool[np.ndarray, "_"]]) -> None:
    """Doubt is where the one who vanished would be, going on as before (or as after)."""
    begins = np.array([poses.time[rows[0]] for rows in fragments])
    ends = np.array([poses.time[rows[-1]] for rows in fragments])
    for own, rows in enumerate(fragments):
        if ends[own] - begins[own] < _LEAST_SURE:
            continue
        for last in (True, False):
            gone = heading(poses, rows, last=last)
            sooner, later = (gone.time, gone.time + HIDDEN)
            if not last:
                sooner, later = (gone.time - HIDDEN, gone.time)
            for other in np.flatnonzero((begins < later) & (ends > sooner)).tolist():
                if other == own:
                    continue
                time = poses.time[fragments[other]]
                first, stop = np.searchsorted(time, (sooner, later), side="left")
                if first == stop:
                    continue
                span = fragments[other][first:stop]
                away = np.hypot(*(gone.at(poses.time[span]) - poses.centre[span]).T)
                near = _NEAR[0] + _NEAR[1] * np.abs(poses.time[span] - gone.time)
                here = np.flatnonzero(away < near * np.maximum(gone.size, poses.size[span]))
                if len(here):
                    around = (
                        time[first + here[0]] - _BEFORE_AND_AFTER,
                        time[first + here[-1]] + _BEFORE_AND_AFTER,
                    )
                    first, stop = np.searchsorted(time, around)
                    doubts[other][first:stop] = True


def _breaks(poses: Poses, rows: Rows, doubt: Bool[np.ndarray, " row"]) -> list[int]:
    """Before which rows a fragment is to be cut."""
    found = {jump for jump in _jumps(poses, rows) if doubt[jump] or doubt[jump - 1]}
    for run in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(doubt)) + 1):
        if doubt[run[0]]:
            found |= set(_brakes(poses, rows, int(run[0]), int(run[-1])))
    return sorted(found)


def _jumps(poses: Poses, rows: Rows) -> list[int]:
    """Before which of its rows a fragment jumps, as a whole: no limb does that to most joints."""
    if len(rows) < 3:
        return []
    a, b = poses.xy[rows[:-1]], poses.xy[rows[1:]]
    mirror = list(poses.mirror)
    straight, crossed = np.hypot(*(a - b).T).T, np.hypot(*(a[:, mirror] - b).T).T
    off = np.minimum(straight + straight[:, mirror], crossed + crossed[:, mirror]) / 2
    size = np.median(poses.size[rows])
    moved = np.median(np.where(np.isfinite(off), off, 0), axis=1) / size
    frames = np.maximum(np.diff(poses.frame[rows]), 1)
    step = moved / frames
    usual = np.median(step)
    return (np.flatnonzero(step > np.maximum(_STEP[0], _STEP[1] * usual)) + 1).tolist()


def _brakes(poses: Poses, rows: Rows, first: int, last: int) -> list[int]:
    """Before which rows, between these, the velocity changes faster than a person's can."""
    time, place = poses.time[rows], poses.centre[rows]
    size = np.median(poses.size[rows])
    reach = max(0.25, 3 * float(np.median(np.diff(time)))) if len(time) > 1 else 0.25
    middles = range(max(first, 2), min(last + 1, len(time) - 2))
    change = np.zeros(len(time))
    lefts = np.searchsorted(time, time - reach)
    rights = np.searchsorted(time, time + reach, side="right")
    for middle in middles:
        before, after = slice(lefts[middle], middle + 1), slice(middle, rights[middle])
        if middle - lefts[middle] >= 2 and rights[middle] - middle >= 3:
            turn = _velocity(time[after], place[after]) - _velocity(time[before], place[before])
            change[middle] = np.hypot(*turn) / (size * reach)
    sudden = change > _BRAKE
    runs = np.split(np.arange(len(time)), np.flatnonzero(np.diff(sudden)) + 1)
    return [int(run[np.argmax(change[run])]) for run in runs if sudden[run[0]]]


def _velocity(time: np.ndarray, place: np.ndarray) -> np.ndarray:
    t = time - time.mean()
    return (t[:, None] * (place - place.mean(axis=0))).sum(axis=0) / (t**2).sum()
