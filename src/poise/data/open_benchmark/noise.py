"""The detector: what it makes of exact points, with jitter, outliers, dropouts and swapped sides.

All numbers are those of the benchmark's text. `level` scales how bad the detector is.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.signal import lfilter

from poise.data.open_benchmark.draws import direction, gaussian, rayleigh
from poise.skeletons import H36M17

_SPREAD = {  # thousandths of the person's size
    "pelvis": 9,
    "hip": 11,
    "knee": 10,
    "ankle": 14,
    "spine": 10,
    "thorax": 8,
    "nose": 8,
    "head": 9,
    "shoulder": 10,
    "elbow": 12,
    "wrist": 16,
}
SPREAD = np.array([_SPREAD[joint.split("_")[-1]] for joint in H36M17.joints]) / 1000
LIMB = np.array([joint.endswith(("knee", "ankle", "elbow", "wrist")) for joint in H36M17.joints])
EVENT_CHANCE = np.where(LIMB, 0.002, 0.0005)  # per frame, of an outlier and of a dropout
SWAP_CHANCE = 0.0015  # per frame and group
SWAP_PAIRS = tuple(  # groups 0 and 1, each of pairs of a left and a right joint
    tuple((H36M17.index(f"left_{joint}"), H36M17.index(f"right_{joint}")) for joint in group)
    for group in (("elbow", "wrist"), ("knee", "ankle"))
)

BIAS = 0.4
MEMORY = 0.85  # how much of the slow part stays from frame to frame
SLOW_SHARE, FAST_SHARE = 0.7, 0.3
OCCLUDED_DEPTH, OCCLUDED_FACTOR = 0.10, 1.5  # m behind the pelvis; how much worse
OUTLIER_LENGTHS, OUTLIER_SIZES = (1, 8), (0.05, 0.15)  # first and count; least and more
DROPOUT_LENGTHS, DROPOUT_SIZE = (2, 12), 0.06
SWAP_LENGTHS = (1, 6)
SURE, SURE_REACH, SURE_MORE = 0.9, 0.04, 0.1  # confidence, and the size of error that lowers it
DROPPED_CONFIDENCE = (0.05, 0.2)


@dataclass(frozen=True, eq=False, kw_only=True)
class Uniforms:
    """All that chance decides about one view, in the order in which it is drawn."""

    bias: Float[np.ndarray, "17 2 2"]
    slow: Float[np.ndarray, "time 17 2 2"]
    fast: Float[np.ndarray, "time 17 2 2"]
    outlier: Float[np.ndarray, "time 17 4"]  # start, length, direction, size
    swap: Float[np.ndarray, "time 2 2"]  # start, length
    dropout: Float[np.ndarray, "time 17 5"]  # start, length, size, direction, confidence
    confidence: Float[np.ndarray, "time 17"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Detection:
    """What the detector says, and (for tests) what it did."""

    xy: Float[np.ndarray, "time 17 2"]  # px
    confidence: Float[np.ndarray, "time 17"]
    outlier: Float[np.ndarray, "time 17 2"]  # px, before the sides were swapped
    dropped: Bool[np.ndarray, "time 17"]
    swapped: Bool[np.ndarray, "time 2"]


def draw(generator: np.random.Generator, frames: int) -> Uniforms:
    """The draws for one view of so many frames; the same ones serve every level."""
    return Uniforms(
        bias=generator.random((17, 2, 2)),
        slow=generator.random((frames, 17, 2, 2)),
        fast=generator.random((frames, 17, 2, 2)),
        outlier=generator.random((frames, 17, 4)),
        swap=generator.random((frames, 2, 2)),
        dropout=generator.random((frames, 17, 5)),
        confidence=generator.random((frames, 17)),
    )


def detect(
    exact: Float[np.ndarray, "time 17 2"],
    depth: Float[np.ndarray, "time 17"],
    uniforms: Uniforms,
    level: float = 1.0,
) -> Detection:
    """The detector's answer for exact pixels and the joints' depths."""
    size = np.ptp(exact, axis=1).max(axis=1)  # of the person, px
    behind = LIMB & (depth - depth[:, :1] > OCCLUDED_DEPTH)
    spread = level * SPREAD * np.where(behind, OCCLUDED_FACTOR, 1) * size[:, None]
    normal = (gaussian(u) for u in (uniforms.bias, uniforms.slow, uniforms.fast))
    jitter = spread[..., None] * wander(*normal)

    outlier = np.zeros_like(exact)
    u = uniforms.outlier
    for first, stop, joint in events(u, level * EVENT_CHANCE, OUTLIER_LENGTHS):
        turn, far = u[first, joint, 2:3], u[first, joint, 3]
        reach = OUTLIER_SIZES[0] + OUTLIER_SIZES[1] * far
        outlier[first:stop, joint] = reach * size[first:stop, None] * direction(turn)

    u = uniforms.dropout
    dropped = np.zeros(depth.shape, dtype=bool)
    for first, stop, joint in events(u, level * EVENT_CHANCE, DROPOUT_LENGTHS):
        dropped[first:stop, joint] = True
    lost = DROPOUT_SIZE * size[:, None, None] * rayleigh(u[..., 2:3]) * direction(u[..., 3])
    lost = np.where(dropped[..., None], lost, 0)

    error = np.linalg.norm(jitter + outlier / 2 + lost, axis=-1) / (SURE_REACH * size[:, None])
    least, more = DROPPED_CONFIDENCE
    confidence = np.where(
        dropped,
        least + more * u[..., 4],
        SURE * np.exp(-(error**2) / 2) + SURE_MORE * uniforms.confidence,
    )
    xy = exact + jitter + outlier + lost
    swapped = np.zeros((len(exact), len(SWAP_PAIRS)), dtype=bool)
    for first, stop, group in events(uniforms.swap, np.full(2, level * SWAP_CHANCE), SWAP_LENGTHS):
        swapped[first:stop, group] = True
        for left, right in SWAP_PAIRS[group]:
            for values in (xy, confidence):
                values[first:stop, [left, right]] = values[first:stop, [right, left]]
    return Detection(
        xy=xy, confidence=confidence, outlier=outlier, dropped=dropped, swapped=swapped
    )


def wander(
    bias: Float[np.ndarray, "17 2"],
    slow: Float[np.ndarray, "time 17 2"],
    fast: Float[np.ndarray, "time 17 2"],
) -> Float[np.ndarray, "time 17 2"]:
    """How points drift and shake about their places, from normal numbers, in units of spread."""
    push = np.where(np.arange(len(slow)) == 0, 1, np.sqrt(1 - MEMORY**2))  # steady from the start
    drift = lfilter([1.0], [1.0, -MEMORY], push[:, None, None] * slow, axis=0)
    return BIAS * bias + np.sqrt(SLOW_SHARE) * drift + np.sqrt(FAST_SHARE) * fast


def events(
    uniforms: Float[np.ndarray, "time item draws"],
    chance: Float[np.ndarray, " item"],
    lengths: tuple[int, int],
) -> Iterator[tuple[int, int, int]]:
    """(first frame, stop, item) of what happens now and then; never twice at once to one item.

    The first draw of a frame says whether an event starts, the second how long it lasts.
    """
    frames = len(uniforms)
    least, count = lengths
    for item in range(uniforms.shape[1]):
        free = 0
        for first in np.flatnonzero(uniforms[:, item, 0] < chance[item]).tolist():
            if first >= free:
                free = first + least + int(count * uniforms[first, item, 1])
                yield first, min(free, frames), item
