"""The benchmark's detector, many views at once: the same noise, drawn faster.

`open_benchmark.noise` is the plain twin. What chance decides (`draw`) is apart from what follows
from it (`detect`), so that the two can be held against each other.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from poise.data.open_benchmark import noise

# An event may have begun before the window did; none lasts longer than this many frames more.
LEAD = noise.DROPOUT_LENGTHS[0] + noise.DROPOUT_LENGTHS[1] - 2

At = Int[Tensor, "3 event"]
"""Where events are, one column for each of their frames: sample, joint (or group), frame."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Draws:
    """All that chance decides about a batch of views; sizes are in units of the person's."""

    wander: Float[Tensor, "batch 2 17 time"]  # in units of each joint's spread
    sureness: Float[Tensor, "batch 17 time"]
    outlier_at: At
    outlier: Float[Tensor, "2 event"]
    dropout_at: Int[Tensor, "3 lost"]
    dropout: Float[Tensor, "2 lost"]
    dropout_confidence: Float[Tensor, " lost"]
    swap_at: Int[Tensor, "3 swap"]


def draw(
    generator: torch.Generator, level: Float[Tensor, " batch"], frames: int, lead: int = 0
) -> Draws:
    """Draws for views of so many frames, which begin `lead` frames after the detector did."""
    device, dtype, batch = level.device, level.dtype, len(level)

    def uniform(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator, device=device, dtype=dtype)

    def happen(chance: np.ndarray, lengths: tuple[int, int]) -> tuple[Tensor, Tensor]:
        chances = level[:, None, None] * torch.as_tensor(chance, dtype=dtype, device=device)
        starts = (uniform(batch, chances.shape[1], frames + lead) < chances).nonzero().T
        least, count = lengths
        length = least + (count * uniform(starts.shape[1])).long()
        return _frames_of(*_one_at_a_time(starts, length, frames + lead), frames, lead)

    shake = torch.randn(batch, 2, 17, frames, generator=generator, device=device, dtype=dtype)
    chance = noise.EVENT_CHANCE[:, None]
    outlier_at, outlier_of = happen(chance, noise.OUTLIER_LENGTHS)
    least, more = noise.OUTLIER_SIZES
    events = int(outlier_of.max()) + 1 if len(outlier_of) else 0
    outlier = (least + more * uniform(events)) * _direction(uniform(events))
    dropout_at, dropout_of = happen(chance, noise.DROPOUT_LENGTHS)
    lost = len(dropout_of)
    far = noise.DROPOUT_SIZE * torch.sqrt(-2 * torch.log1p(-uniform(lost)))
    low, span = noise.DROPPED_CONFIDENCE
    swap_at, _ = happen(np.full((2, 1), noise.SWAP_CHANCE), noise.SWAP_LENGTHS)
    return Draws(
        wander=shake @ torch.as_tensor(_wander_factor(frames), dtype=dtype, device=device).T,
        sureness=uniform(batch, 17, frames),
        outlier_at=outlier_at,
        outlier=outlier[:, outlier_of],
        dropout_at=dropout_at,
        dropout=far * _direction(uniform(lost)),
        dropout_confidence=low + span * uniform(lost),
        swap_at=swap_at,
    )


def detect(
    exact: Float[Tensor, "batch 2 17 time"],
    depth: Float[Tensor, "batch 17 time"],
    draws: Draws,
    level: Float[Tensor, " batch"],
) -> tuple[Float[Tensor, "batch 2 17 time"], Float[Tensor, "batch 17 time"]]:
    """The detector's pixels and confidences; at level 0 the exact ones, with a confidence of 1."""
    size = (exact.amax(dim=2) - exact.amin(dim=2)).amax(dim=1)  # of the person, px
    limb = torch.as_tensor(noise.LIMB, device=exact.device)[:, None]
    behind = limb & (depth - depth[:, :1] > noise.OCCLUDED_DEPTH)
    spread = torch.as_tensor(noise.SPREAD, dtype=exact.dtype, device=exact.device)[:, None]
    spread = spread * (level[:, None] * size)[:, None]
    spread = torch.where(behind, noise.OCCLUDED_FACTOR * spread, spread)

    error = spread[:, None] * draws.wander
    b, joint, t = draws.dropout_at
    error[b, :, joint, t] += (draws.dropout * size[b, t]).T
    b, joint, t = draws.outlier_at
    half = (draws.outlier * size[b, t] / 2).T
    error[b, :, joint, t] += half  # the detector half notices an outlier
    missed = (error / (noise.SURE_REACH * size[:, None, None])).square().sum(dim=1)
    confidence = noise.SURE * torch.exp(-missed / 2) + noise.SURE_MORE * draws.sureness
    error[b, :, joint, t] += half
    b, joint, t = draws.dropout_at
    confidence[b, joint, t] = draws.dropout_confidence
    confidence = torch.where(level[:, None, None] > 0, confidence, 1)

    xy = exact + error
    b, group, t = draws.swap_at[:, :, None].unbind(0)
    left, right = torch.tensor(noise.SWAP_PAIRS, device=exact.device)[group[:, 0]].unbind(2)
    for values in (xy.movedim(1, 3), confidence):
        values[b, left, t], values[b, right, t] = values[b, right, t], values[b, left, t]
    return xy, confidence


def _one_at_a_time(
    starts: Int[Tensor, "3 start"], length: Int[Tensor, " start"], frames: int
) -> tuple[Int[Tensor, "3 kept"], Int[Tensor, " kept"]]:
    """Without the events that would start while another of the same joint is still on."""
    sample, joint, frame = starts  # in this order, as nonzero gives them
    line = (sample * 17 + joint) * (frames + LEAD + 2) + frame  # all joints' times in a row
    following = torch.searchsorted(line, line + length)
    kept = _visited(following)
    return starts[:, kept], length[kept]


def _visited(following: Int[Tensor, " n"]) -> Bool[Tensor, " n"]:
    """Where one comes from place 0, going from each place to the one that follows it."""
    n = len(following)
    visited = torch.zeros(n + 1, dtype=torch.bool, device=following.device)
    visited[0] = True
    jump = torch.cat([following, following.new_tensor([n])])
    for _ in range(n.bit_length()):  # jumps of 1, 2, 4 ... places: no loop over the events
        visited[jump[visited]] = True
        jump = jump[jump]
    return visited[:n]


def _frames_of(
    starts: Int[Tensor, "3 event"], length: Int[Tensor, " event"], frames: int, lead: int
) -> tuple[Int[Tensor, "3 spell"], Int[Tensor, " spell"]]:
    """The frames of all events that lie in the window, and which event each belongs to."""
    event = torch.repeat_interleave(length)
    since = torch.arange(len(event), device=event.device) - (length.cumsum(0) - length)[event]
    sample, joint, first = starts[:, event]
    frame = first + since - lead
    inside = (frame >= 0) & (frame < frames)
    return torch.stack([sample, joint, frame])[:, inside], event[inside]


def _direction(u: Float[Tensor, " n"]) -> Float[Tensor, "2 n"]:
    angle = 2 * torch.pi * u
    return torch.stack([angle.cos(), angle.sin()])


@cache
def _wander_factor(frames: int) -> np.ndarray:
    """What turns independent normal numbers into bias, slow and fast parts in one product.

    Their sum is normal, so its covariance over time is all there is to know about it.
    """
    gap = np.abs(np.subtract.outer(np.arange(frames), np.arange(frames)))
    slow = noise.SLOW_SHARE * noise.MEMORY**gap
    return np.linalg.cholesky(noise.BIAS**2 + slow + noise.FAST_SHARE * np.eye(frames))
