"""Fragments to people: the cheapest way, over the whole video, to say who went on as whom.

Somebody out of sight goes on about as before. Of two sightings that are one person, place and
velocity differ as a random walk of the velocity makes them (an integrated Wiener process), and
size and the lengths of the limbs hardly do.
"""

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from poise.track.headings import Heading, between, heading
from poise.track.poses import Poses, Rows

_RESTLESS = 0.8  # heights/s^1.5: a walker may turn around within a second or two
_PLACE = 0.04  # heights: how well a place is known
_SIZE = (0.12, 0.05)  # of the logarithm of the size: at once, and its variance per second
_LIMBS = 0.15  # of the logarithm of a limb's length
_MOST = 9.0  # what size, or limbs, may cost at most: they tell less than they seem to
_WAITING = 1.0  # a second: the sooner the likelier
_APART = 25.0  # what it costs to say these are two people
_AFTER = 1e-3  # s: fragments of one person do not overlap
_ON_PATH = 0.2  # heights: a doubtful stretch as near to a person's path as this may be theirs
_REACH = 0.5  # s that a doubtful stretch may lie before or after all else of a person


def join(poses: Poses, pieces: list[Rows], longest_absence: float) -> list[list[Rows]]:
    """The pieces of each person, in time order."""
    if not pieces:
        return []
    starts = [heading(poses, rows, last=False) for rows in pieces]
    ends = [heading(poses, rows, last=True) for rows in pieces]
    limbs = [_limbs(poses, rows) for rows in pieces]
    begin = np.array([start.time for start in starts])
    links: list[tuple[int, int, float]] = []
    for i, end in enumerate(ends):
        soon = (begin > end.time + _AFTER) & (begin <= end.time + longest_absence)
        for j in np.flatnonzero(soon).tolist():
            cost = _cost(end, starts[j]) + _limbs_cost(limbs[i], limbs[j])
            if cost < _APART:
                links.append((i, j, cost))
    following = _cheapest(len(pieces), links)
    people, followed = [], set(following.values())
    for first in range(len(pieces)):
        if first not in followed:
            chain = [first]
            while chain[-1] in following:
                chain.append(following[chain[-1]])
            people.append([pieces[piece] for piece in chain])
    return people


def give_back(
    poses: Poses,
    people: list[list[Rows]],
    doubtful: list[Rows],
) -> list[Rows]:
    """All rows of each person, with those doubtful stretches that lie on their way."""
    ways = [_Way(poses, pieces) for pieces in people]
    offers = []
    for number, rows in enumerate(doubtful):
        for person, way in enumerate(ways):
            away = way.away(poses, rows)
            if away < _ON_PATH:
                offers.append((away, number, person))
    mine = [np.concatenate(pieces) for pieces in people]
    given: set[int] = set()
    for _, number, person in sorted(offers):
        rows = doubtful[number]
        if number not in given and not np.isin(poses.frame[rows], poses.frame[mine[person]]).any():
            given.add(number)
            mine[person] = np.concatenate([mine[person], rows])
    return [rows[np.argsort(poses.frame[rows], kind="stable")] for rows in mine]


class _Way:
    """Where a person is when they are not seen."""

    def __init__(self, poses: Poses, pieces: list[Rows]) -> None:
        starts = [heading(poses, rows, last=False) for rows in pieces]
        ends = [heading(poses, rows, last=True) for rows in pieces]
        self.first, self.last = starts[0], ends[-1]
        self.gaps = [(end, start) for end, start in zip(ends, starts[1:], strict=False)]

    def away(self, poses: Poses, rows: Int[np.ndarray, " row"]) -> float:
        """How far off these rows are from the way, in heights; infinite where it does not lead."""
        times, places = poses.time[rows], poses.centre[rows]
        begin, end = float(times[0]), float(times[-1])
        if self.first.time - _REACH <= begin and end < self.first.time:
            expected, size = self.first.at(times), self.first.size
        elif self.last.time < begin and end <= self.last.time + _REACH:
            expected, size = self.last.at(times), self.last.size
        else:
            here = [gap for gap in self.gaps if gap[0].time < begin and end < gap[1].time]
            if not here:
                return np.inf
            expected, size = between(*here[0], times), (here[0][0].size + here[0][1].size) / 2
        return float(np.hypot(*(places - expected).T).mean()) / size


def _cost(end: Heading, start: Heading) -> float:
    gap = start.time - end.time
    size = np.sqrt(end.size * start.size)
    sway = end.velocity_sigma**2 + start.velocity_sigma**2
    change = (start.velocity - end.velocity) / size
    missed = (start.place - end.place) / size - gap * (end.velocity + start.velocity) / 2 / size
    place_variance = _RESTLESS**2 * gap**3 / 12 + 2 * _PLACE**2 + sway * gap**2 / 4
    change_variance = _RESTLESS**2 * gap + sway
    grown = np.log(start.size / end.size) ** 2 / (_SIZE[0] ** 2 + _SIZE[1] * gap)
    cost = (missed @ missed) / place_variance + (change @ change) / change_variance
    return float(cost + min(grown, _MOST) + _WAITING * gap)


def _limbs(poses: Poses, rows: Int[np.ndarray, " row"]) -> Float[np.ndarray, " limb"]:
    """How long the limbs are, as logarithms of heights; what is shown shorter is foreshortened."""
    chosen = rows[:: max(1, len(rows) // 60)]
    i, j = (list(ends) for ends in zip(*poses.limbs, strict=True)) if poses.limbs else ([], [])
    away = np.linalg.norm(poses.xy[chosen][:, i] - poses.xy[chosen][:, j], axis=-1)
    whole = np.isfinite(away).mean(axis=0) > 0.5
    longest = np.quantile(np.where(np.isfinite(away), away, 0), 0.9, axis=0)
    lengths = np.log(np.maximum(longest / np.median(poses.size[chosen]), 0.02))
    return np.where(whole, lengths, np.nan)


def _limbs_cost(a: Float[np.ndarray, " limb"], b: Float[np.ndarray, " limb"]) -> float:
    off = np.abs(a - b)
    off = off[np.isfinite(off)]
    return min(float(np.median(off) / _LIMBS) ** 2, _MOST) if len(off) else 0.0


def _cheapest(count: int, links: list[tuple[int, int, float]]) -> dict[int, int]:
    """Who follows whom, so that the sum of all costs is least."""
    if not links:
        return {}
    # Everybody may end, and everybody may begin, for half the price of being two people. Those are
    # extra columns and rows; the corner makes the matching complete. Weights must not be zero.
    i, j, cost = (np.array(column) for column in zip(*links, strict=True))
    own = np.arange(count)
    row = np.concatenate([i, own, count + own, count + j])
    column = np.concatenate([j, count + own, own, count + i])
    alone = np.full(count, _APART / 2)
    weight = np.concatenate([cost, alone, alone, np.zeros(len(i))]) + 1.0
    matrix = coo_array((weight, (row, column)), shape=(2 * count, 2 * count)).tocsr()
    rows, columns = min_weight_full_bipartite_matching(matrix)
    return {int(a): int(b) for a, b in zip(rows, columns, strict=True) if a < count and b < count}
