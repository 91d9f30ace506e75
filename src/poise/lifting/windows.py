"""A network's answers for all frames of a clip, piece by piece: memory does not grow with the clip.

Each kind of network has a function of its own. All take `see`, which shows any span of frames (what
lies beyond the clip repeats its first or last frame), and yield consecutive pieces of the answer
that together have every frame once.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from poise.lifting.framing import Seen
from poise.methods.contract import Answers as Kind

See = Callable[[int, int], Seen]
"""Frames `start` to `stop` of one clip; they may begin before it and end after it."""

Network = Callable[[Seen], Tensor]
"""A batch of windows -> what each is answered with: (batch, answered, anything)."""

Answers = Float[Tensor, "time *any"]


def slide(
    see: See, network: Network, frames: int, window: int, batch: int, causal: bool = False
) -> Iterator[Answers]:
    """Of a network that takes clips of any length from `window` on, and slides along them.

    Pieces are as long as one another, so that none is mostly the frames around it.
    """
    before = frames_before(window, causal)
    for start, stop in _pieces(frames, batch):
        seen = see(start - before, stop - before + window - 1)
        yield network(seen)[0]


def each_middle(
    see: See, network: Network, frames: int, window: int, batch: int
) -> Iterator[Answers]:
    """Of a network that answers for the middle frame of a window: one window for each frame."""
    before = frames_before(window)
    for start, stop in _pieces(frames, max(1, batch // window)):
        seen = see(start - before, stop - before + window - 1)
        around = torch.arange(stop - start)[:, None] + torch.arange(window)
        yield network(seen.pick(around))[:, 0]


def cross_fade(
    see: See, network: Network, frames: int, window: int, overlap: int, batch: int
) -> Iterator[Answers]:
    """Of a network that answers for every frame of a window.

    Each window begins `overlap` frames before the end of the one before, and is faded in over
    these. The last one is the clip's last `window` frames; its part that others have answered is
    left out. Without overlap this is the published evaluation, seams included.
    """
    starts = window_starts(frames, window, overlap)
    rising = fade_in(overlap)
    at_once = max(1, batch // window)
    tail: Tensor | None = None  # what the window before says about the overlap
    done = 0
    for few in (starts[at : at + at_once] for at in range(0, len(starts), at_once)):
        seen = see(few[0], few[-1] + window)
        places = torch.tensor(few)[:, None] - few[0] + torch.arange(window)
        for start, answers in zip(few, network(seen.pick(places)), strict=True):
            last = start == starts[-1]
            end = min(frames, start + window) - (0 if last else overlap)
            piece = answers[done - start : end - start]
            if tail is not None:
                weight = rising.to(piece).reshape(-1, *[1] * (piece.ndim - 1))
                faded = (1 - weight) * tail + weight * piece[:overlap]
                piece = torch.cat([faded, piece[overlap:]])
            yield piece
            tail, done = answers[window - overlap :], end


def answered_frames(answers: Kind, frames: int, window: int, causal: bool = False) -> slice:
    """Which of the frames that a network is shown at once it answers for."""
    match answers:
        case "every frame":
            return slice(0, frames)
        case "middle frame":
            return slice(frames // 2, frames // 2 + 1)
        case "sliding":
            before = frames_before(window, causal)
            return slice(before, before + frames - window + 1)


def frames_before(window: int, causal: bool = False) -> int:
    """How many frames of a window come before the one that is answered: its middle, or its last."""
    return window - 1 if causal else (window - 1) // 2


def window_starts(frames: int, window: int, overlap: int) -> list[int]:
    """Where the windows of a clip begin; the last one ends with the clip."""
    last = max(0, frames - window)
    return [*range(0, last, window - overlap), last]


def fade_in(overlap: int) -> Float[Tensor, " overlap"]:
    """What the later of two windows weighs: half a wave, so that speed does not jump either."""
    place = (torch.arange(overlap) + 0.5) / max(1, overlap)
    return (1 - torch.cos(torch.pi * place)) / 2


def _pieces(frames: int, longest: int) -> Iterator[tuple[int, int]]:
    """Start and stop of pieces of about the same length."""
    count = -(-frames // longest)
    edges = [frames * piece // count for piece in range(count + 1)]
    return pairwise(edges)
