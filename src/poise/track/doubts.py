"""Where two people are one behind the other, nobody knows at once whose the one skeleton is.

Such stretches are cut out of a fragment, unless it passes through them as smoothly as one person
does. They are given back when it is known who came out where.
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
_STEP = (0.03, 3.0)  # heights, and times its usual step: more between two frames is a jump
_BRAKE = 3.5  # heights/s^2 over a quarter of a second: people cannot turn around faster


@dataclass(frozen=True)
class Pieces:
    """Fragments after the cuts."""

    sure: list[Rows]
    doubtful: list[Rows]


def cut(poses: Poses, fragments: list[Rows]) -> Pieces:
    """Cut the doubtful stretches out of the fragments."""
    doubts = [np.zeros(len(rows), bool) for rows in fragments]
    least = min(_LEAST_SURE, np.ptp(poses.time)) if len(poses.time) else 0.0  # photos last no time
    _mark(poses, fragments, doubts)
    sure: list[Rows] = []
    doubtful: list[Rows] = []
    for rows, doubt in zip(fragments, doubts, strict=True):
        for part, in_doubt in _parts(poses, rows, doubt):
            told = poses.time[part[-1]] - poses.time[part[0]] >= least
            (sure if told and not in_doubt else doubtful).append(part)
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


def _parts(poses: Poses, rows: Rows, doubt: Bool[np.ndarray, " row"]) -> list[tuple[Rows, bool]]:
    """The fragment in pieces, and whether each is doubtful; in one if it is smooth in all doubt."""
    if not doubt.any():
        return [(rows, False)]
    jumps = _jumps(poses, rows)
    edges = np.flatnonzero(np.diff(doubt)) + 1
    runs = np.split(np.arange(len(rows)), edges)
    parts: list[tuple[list[int], bool]] = []
    joined = False  # whether the next run goes on with the last part
    for run in runs:
        first, last = int(run[0]), int(run[-1])
        inside = [jump for jump in jumps if first <= jump <= last + 1]
        smooth = doubt[first] and not inside and not _brakes(poses, rows, first, last)
        if parts and (joined or smooth) and not parts[-1][1]:
            parts[-1][0].extend(run.tolist())
        elif doubt[first] and not smooth:
            cuts = [jump - first for jump in inside if first < jump <= last]
            parts += [(piece.tolist(), True) for piece in np.split(run, cuts)]
        else:
            parts.append((run.tolist(), False))
        joined = bool(smooth)
    return [(rows[part], in_doubt) for part, in_doubt in parts]


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


def _brakes(poses: Poses, rows: Rows, first: int, last: int) -> bool:
    """Whether the velocity changes faster than a person's can, between these rows."""
    time, place = poses.time[rows], poses.centre[rows]
    size = np.median(poses.size[rows])
    reach = max(0.125, 1.5 * float(np.median(np.diff(time)))) if len(time) > 1 else 0.125
    first = int(np.searchsorted(time, time[first] - reach))
    last = int(np.searchsorted(time, time[last] + reach, side="right"))
    around = (time[first:last] - 2 * reach, time[first:last], time[first:last] + 2 * reach)
    lefts, middles, rights = (np.searchsorted(time, edge) for edge in around)
    for left, middle, right in zip(lefts, middles, rights, strict=True):
        before, after = slice(left, middle + 1), slice(middle, right)
        if middle - left < 2 or right - middle < 3:
            continue
        change = _velocity(time[after], place[after]) - _velocity(time[before], place[before])
        if np.hypot(*change) > _BRAKE * size * 2 * reach:
            return True
    return False


def _velocity(time: np.ndarray, place: np.ndarray) -> np.ndarray:
    t = time - time.mean()
    return (t[:, None] * (place - place.mean(axis=0))).sum(axis=0) / (t**2).sum()
