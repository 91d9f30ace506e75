"""The most likely pose of every frame, all at once: Levenberg and Marquardt over time.

Unknown are 48 numbers a frame. Each term of the evidence ties the unknowns of one frame, standing
feet tie two neighbours, and little jerk ties four. So the equations have a band, and its Cholesky
factor costs the same for each frame, however long the clip is.
"""

import numpy as np
import torch
from jaxtyping import Float
from scipy.linalg import solveh_banded
from torch import Tensor

from poise.body.evidence import Evidence
from poise.body.figure_model import UNKNOWNS, Pose, stand
from poise.body.terms import Equations, Jerk, cost, equations
from poise.refine.penalised import ORDER

_DAMPING, _HARDEST = 1e-2, 1e6
_GIVEN_UP = 1.0  # steps that are damped more gain little, wherever they are
_PINNED = 1e15  # the weight of what is to stay as it is


def solve_frames(
    pose: Pose,
    offsets: Float[Tensor, "joint 3"],
    evidence: Evidence,
    jerk: Jerk,
    *,
    rounds: int,
    enough: float,
    pinned: int = 0,
) -> Pose:
    """The pose that explains the evidence best; the first `pinned` frames stay as they are.

    It ends after so many rounds, or when a round gains less than `enough` of the cost.
    """
    damping, harder = _DAMPING, 2.0
    posed = stand(pose, offsets)
    now = cost(pose, posed, evidence, jerk)
    for _ in range(rounds):
        around = equations(pose, posed, evidence, jerk)
        while True:
            step, promised = _step(around, jerk, damping, pinned)
            moved = pose.moved(step)
            after = stand(moved, offsets)
            new = cost(moved, after, evidence, jerk)
            if new < now:
                break
            damping, harder = damping * harder, harder * 2
            if damping > _HARDEST:
                return pose
        gain, kept = (now - new) / now, (now - new) / promised
        pose, posed, now = moved, after, new
        if gain < enough and damping < _GIVEN_UP:
            break
        # As far as the equations keep what they promise, they are trusted more (Nielsen's rule).
        damping, harder = damping * max(0.1, 1 - (2 * kept - 1) ** 3), 2.0
    return pose


def _step(
    around: Equations, jerk: Jerk, damping: float, pinned: int
) -> tuple[Float[Tensor, "time unknown"], float]:
    """Where to go, and by how much the cost falls if the equations are right."""
    rows, calm = (part.numpy() for part in jerk)
    bands = _bands(around, rows, calm)
    diagonal = bands[..., 0]
    damped = damping * diagonal
    diagonal += damped + _PINNED * around.held.numpy()
    diagonal[:pinned] += _PINNED
    pull = around.pull.numpy()
    found = solveh_banded(
        bands.reshape(-1, bands.shape[-1]).T,  # as LAPACK has it in memory, so nothing is copied
        -pull.ravel(),
        lower=True,
        overwrite_ab=True,
        check_finite=False,
    ).reshape(len(pull), UNKNOWNS)
    return torch.from_numpy(found), float(np.sum(found * (damped * found - pull)))


def _bands(
    e: Equations, rows: Float[np.ndarray, "rows 4"], calm: Float[np.ndarray, "rows unknown"]
) -> Float[np.ndarray, "time unknown band"]:
    """The whole matrix, jerk and all: each column from its diagonal down."""
    own, ties = e.own.numpy(), e.ties.numpy()
    bands = np.zeros((len(own), UNKNOWNS, ORDER * UNKNOWNS + 1))
    for unknown in range(UNKNOWNS):
        below = UNKNOWNS - unknown  # in the same frame; then come the unknowns of the next one
        bands[:, unknown, :below] = own[:, unknown, unknown:]
        bands[:, unknown, below : below + UNKNOWNS] = ties[:, :, unknown]
    for i in range(ORDER + 1):
        for j in range(i, ORDER + 1):
            both = (rows[:, i] * rows[:, j])[:, None] * calm
            bands[i : i + len(rows), :, (j - i) * UNKNOWNS] += both
    return bands
