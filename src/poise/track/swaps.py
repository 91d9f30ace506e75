"""Left and right, where the detector took one for the other for a while.

A joint moves on as it did; one that jumps to where the other side was, while the other jumps here,
did not move at all. The cheapest story over the whole track is told by dynamic programming: every
frame has its sides right or exchanged, each change costs, and so does every frame exchanged. A
person who turns around is left alone: their sides pass each other gradually.
"""

import numpy as np
from jaxtyping import Bool, Float, Int

from poise.skeletons import Skeleton

_CHANGE = 10.0  # the cost of a change, in half squares of sigma: there and back take 6 sigma
_EXCHANGED = 1.0  # a frame: mistakes are short, and where nothing tells the detector is right
_STILL = 2.0  # sigma from which on the cost of a jump grows only straight
_LEAST_SIGMA = 0.004  # heights: no detector is better
_NATURAL = 4.0  # heights/s^2: what limbs do all the time
_FORGET = 0.25  # s: after a longer gap nothing is known of how a joint moved
_GUESSED = 0.1  # the weight of joints that the detector is not sure of

_LEGS = ("hip", "knee", "ankle", "heel", "toe", "foot")
_ARMS = ("shoulder", "elbow", "wrist", "hand", "pinky", "index", "thumb")
_HEAD = ("eye", "ear", "mouth")
_REPEATS = ("heel", "toe", "foot", "hand", "pinky", "index", "thumb", "mouth", "inner", "outer")
# From many to few: whole limbs have the most evidence, then what is left is looked at.
_GROUPS = (_LEGS, _ARMS, _HEAD, _LEGS[1:], _ARMS[1:], ("hip",), ("shoulder",))


def exchanged(
    xy: Float[np.ndarray, "time joint 2"],
    score: Float[np.ndarray, "time joint"],
    times: Float[np.ndarray, " time"],
    size: float,
    skeleton: Skeleton,
) -> Bool[np.ndarray, "time joint"]:
    """Which joints have the place of the other side; `size` is the person's height in pixels."""
    mirror = np.array(skeleton.mirror)
    wrong = np.zeros(score.shape, bool)
    seen = np.flatnonzero(np.isfinite(xy).all(axis=-1).any(axis=1))
    if len(seen) < 3 or not skeleton.left:
        return wrong
    xy, score, times = xy[seen] / size, score[seen], times[seen]
    for group in _GROUPS:
        joints = np.array([j for j in (*skeleton.left, *skeleton.right) if _in(group, skeleton, j)])
        if len(joints) == 0:
            continue
        change = _story(
            xy,
            score,
            times,
            joints,
            mirror,
            _weights(skeleton, joints),
            wrong[seen][:, joints].mean(axis=1),
        )
        here = np.ix_(np.flatnonzero(change), joints)
        there = np.ix_(np.flatnonzero(change), mirror[joints])
        xy, score = xy.copy(), score.copy()
        xy[here], score[here] = xy[there], score[there]
        wrong[np.ix_(seen[change], joints)] ^= True
    return wrong


def _in(group: tuple[str, ...], skeleton: Skeleton, joint: int) -> bool:
    """Whether a joint is of this group; `left_foot_index` is of the legs alone."""
    name = skeleton.joints[joint].lower()
    own = next((words for words in (_LEGS, _ARMS, _HEAD) if any(w in name for w in words)), ())
    return any(word in name for word in group if word in own)


def _weights(skeleton: Skeleton, joints: Int[np.ndarray, " side"]) -> Float[np.ndarray, " side"]:
    names = [skeleton.joints[joint].lower() for joint in joints]
    return np.array([0.25 if any(word in name for word in _REPEATS) else 1.0 for name in names])


def _story(
    xy: Float[np.ndarray, "time joint 2"],
    score: Float[np.ndarray, "time joint"],
    times: Float[np.ndarray, " time"],
    joints: Int[np.ndarray, " side"],
    mirror: Int[np.ndarray, " joint"],
    weights: Float[np.ndarray, " side"],
    already: Float[np.ndarray, " time"],
) -> Bool[np.ndarray, " time"]:
    """In which frames these joints are exchanged (Viterbi, over the states of two frames)."""
    cost = _costs(xy, score, times, joints, mirror, weights)
    gain = (cost[:, 0, 0] - cost.min(axis=(1, 2))).clip(min=0)
    # A change shows in two steps, the one into it and the next. None that pays: nothing to do.
    if len(gain) == 0 or (gain + np.append(gain[1:], 0)).max() <= _CHANGE:
        return np.zeros(len(xy), bool)
    sure = score[:, joints].mean(axis=1)
    dwell = (_EXCHANGED * sure * (1 - 2 * already)).tolist()
    # best[a][b]: the cheapest story that ends with the last two frames in states a and b.
    best = [[0.0, _CHANGE + dwell[1]], [_CHANGE + dwell[0], dwell[0] + dwell[1]]]
    back: list[tuple[int, int, int, int]] = []
    for t, ((c00, c01), (c10, c11)) in enumerate(cost.tolist(), start=2):
        (p00, p01), (p10, p11) = best
        d = dwell[t]
        # cost[r][q]: r, whether the states of the last two frames differ; q, those before.
        x00, y00 = p00 + c00, p10 + c01
        x01, y01 = p00 + c10 + _CHANGE, p10 + c11 + _CHANGE
        x10, y10 = p01 + c11 + _CHANGE, p11 + c10 + _CHANGE
        x11, y11 = p01 + c01, p11 + c00
        back.append((int(y00 < x00), int(y01 < x01), int(y10 < x10), int(y11 < x11)))
        best = [[min(x00, y00), min(x01, y01) + d], [min(x10, y10), min(x11, y11) + d]]
    a, b = min(((0, 0), (0, 1), (1, 0), (1, 1)), key=lambda ab: best[ab[0]][ab[1]])
    states = [b, a]
    for choice in reversed(back):
        a, b = choice[2 * a + b], a
        states.append(a)
    return np.array(states[::-1], bool)


def _costs(
    xy: Float[np.ndarray, "time joint 2"],
    score: Float[np.ndarray, "time joint"],
    times: Float[np.ndarray, " time"],
    joints: Int[np.ndarray, " side"],
    mirror: Int[np.ndarray, " joint"],
    weights: Float[np.ndarray, " side"],
) -> Float[np.ndarray, "step 2 2"]:
    """What three frames in a row cost by whether the last two, and the first two, differ."""
    own, other = xy[:, joints], xy[:, mirror[joints]]
    before, after = np.diff(times)[:-1, None], np.diff(times)[1:, None]
    ratio = after / before
    # How well three noisy points lie on a line, against three of equal distance.
    stretch = np.sqrt((1 + (1 + ratio) ** 2 + ratio**2) / 6)

    def bend(last: np.ndarray, first: np.ndarray) -> np.ndarray:
        ahead = own[1:-1] + (own[1:-1] - first[:-2]) * ratio[..., None]
        return np.linalg.norm(last[2:] - ahead, axis=-1) / stretch

    straight = bend(own, own)
    usual = np.nanquantile(np.where(np.isfinite(straight).any(axis=0), straight, 0), 0.7, axis=0)
    natural = _NATURAL * after * (before + after) / 2
    sigma = np.maximum(np.hypot(usual, natural), _LEAST_SIGMA)
    low = np.minimum(score[:, joints], score[:, mirror[joints]])
    weight = weights * np.maximum(np.minimum(np.minimum(low[2:], low[1:-1]), low[:-2]), _GUESSED)
    weight = np.where(np.maximum(before, after) < _FORGET, weight, 0)
    result = np.zeros((len(straight), 2, 2))
    for r, last in enumerate((own, other)):
        for q, first in enumerate((own, other)):
            z = bend(last, first) / sigma
            cost = np.where(z < _STILL, z**2 / 2, _STILL * z - _STILL**2 / 2)
            # A step with an unseen joint on either side says nothing about the two.
            result[:, r, q] = (np.where(np.isfinite(z), cost, 0) * weight).sum(axis=1)
    return result
