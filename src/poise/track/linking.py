"""From frame to frame: who is where they were expected is the same person.

What comes out are fragments. They end where a person is not found for a moment; `joining` makes
people of them.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from poise.track.poses import Poses, Rows

COAST = 0.3  # s that a person may be gone and still be followed from frame to frame
_LEAST_LIKE = 0.25  # poses less alike than this are never linked
_STEP, _SPEED = 0.12, 1.2  # how far from where they were expected: heights, and heights a second
_GROWTH = 1.7  # the most by which a size changes between sightings: people bend
_MEMORY = 0.15  # s over which a velocity is averaged
_JERK = 1.5  # heights/s: one frame does not change a velocity by more
_GATED = 1e3


@dataclass
class _Open:
    """A fragment that may go on."""

    rows: list[int]
    velocity: tuple[float, float] = (0.0, 0.0)  # px/s
    size: float = 1.0
    time: float = field(default=0.0)


def link(poses: Poses) -> list[Rows]:
    """Fragments: rows of `poses`, each of one person, in time order."""
    open_, closed = list[_Open](), list[_Open]()
    starts = np.flatnonzero(np.diff(poses.frame, prepend=-1))
    stops = np.append(starts, len(poses))[1:]
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        now = float(poses.time[start])
        closed += [one for one in open_ if now - one.time > COAST]
        open_ = [one for one in open_ if now - one.time <= COAST]
        taken = _assign(poses, open_, start, stop, now)
        for row in range(start, stop):
            if row in taken:
                _extend(taken[row], row, poses, now)
            else:
                open_.append(_Open(rows=[row], size=float(poses.size[row]), time=now))
    fragments = [np.array(one.rows) for one in closed + open_]
    return sorted(fragments, key=lambda rows: int(rows[0]))


def _assign(
    poses: Poses, open_: list[_Open], start: int, stop: int, now: float
) -> dict[int, _Open]:
    """Which fragment goes on with which row."""
    if not open_:
        return {}
    rows = [one.rows[-1] for one in open_]
    passed = np.array([now - one.time for one in open_])
    move = np.array([one.velocity for one in open_]) * passed[:, None]
    size = np.array([one.size for one in open_])
    expected = poses.xy[rows] + move[:, None].astype(np.float32)
    like = poses.likeness(expected[:, None], poses.xy[None, start:stop], size[:, None])
    off = poses.centre[None, start:stop] - (poses.centre[rows] + move)[:, None]
    away = np.hypot(off[..., 0], off[..., 1]) / size[:, None]
    reach = (_STEP + _SPEED * passed)[:, None]
    growth = poses.size[None, start:stop] / size[:, None]
    allowed = (like >= _LEAST_LIKE) & (away <= reach) & (growth < _GROWTH) & (growth > 1 / _GROWTH)
    if not allowed.any():
        return {}
    # Of two who fit alike, the one who was seen last.
    cost = np.where(allowed, 1 - like + 0.3 * away / reach + 0.3 * passed[:, None], _GATED)
    if cost.size == 1:
        return {start: open_[0]}
    return {
        start + int(column): open_[track]
        for track, column in zip(*linear_sum_assignment(cost), strict=True)
        if allowed[track, column]
    }


def _extend(one: _Open, row: int, poses: Poses, now: float) -> None:
    passed = now - one.time
    share = max(1 - float(np.exp(-passed / _MEMORY)), 1 / len(one.rows))
    most = _JERK * one.size
    dx, dy = (poses.centre[row] - poses.centre[one.rows[-1]]).tolist()
    vx, vy = one.velocity
    vx += share * min(max(dx / passed - vx, -most), most)
    vy += share * min(max(dy / passed - vy, -most), most)
    one.velocity = (vx, vy)
    one.size += min(1.0, 2 * passed) * (float(poses.size[row]) - one.size)
    one.rows.append(row)
    one.time = now
