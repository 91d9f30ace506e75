"""Long clips in overlapping pieces: memory for one of them, and no seam between two."""

from collections.abc import Callable, Iterator

from jaxtyping import Float
from torch import Tensor

from poise.body.evidence import Evidence
from poise.body.figure_model import Pose, Posed, stand
from poise.body.least_squares import solve_frames
from poise.body.terms import calmness
from poise.refine.penalised import ORDER

_PIECE = 240  # frames that are solved at once
_AGAIN = 24  # frames at the end of a piece that know too little of what comes: solved again

Rows = tuple[Float[Tensor, "rows 4"], Float[Tensor, " rows"]]
"""The third derivative as weights of four frames in a row, and the time each stands for."""


def solve_in_pieces(
    pose: Pose,
    offsets: Float[Tensor, "joint 3"],
    evidence: Evidence,
    rows: Rows,
    *,
    rounds: int,
    enough: float,
    done: Callable[[float], None],
) -> Pose:
    """All frames, each piece beginning with three frames that stay as the one before left them.

    So the jerk across the border counts as anywhere else.
    """
    time = len(pose)
    finished: list[Pose] = []
    start, kept = 0, None
    while start < time:
        stop = start + _PIECE if start + _PIECE + _AGAIN < time else time
        guess, pinned = pose[start:stop], 0
        if kept is not None:
            guess, pinned = Pose.joined([kept, pose[start + ORDER : stop]]), ORDER
        four, lasts = (part[start : max(start, stop - ORDER)] for part in rows)
        found = solve_frames(
            guess,
            offsets,
            evidence[start:stop],
            (four, lasts[:, None] * calmness()),
            rounds=rounds,
            enough=enough,
            pinned=pinned,
        )
        end = stop if stop == time else stop - _AGAIN
        finished.append(found[pinned : end - start])
        kept = found[end - start - ORDER : end - start]
        start = end if end == time else end - ORDER
        done(end / time)
    return Pose.joined(finished)


def stand_in_pieces(pose: Pose, offsets: Float[Tensor, "joint 3"]) -> Iterator[tuple[slice, Posed]]:
    """Forward kinematics of some frames at a time."""
    for start in range(0, len(pose), _PIECE):
        part = slice(start, min(start + _PIECE, len(pose)))
        yield part, stand(pose[part], offsets)
