"""Penalised least squares over time: close to what was measured, with as little jerk as needed.

The curve x minimises  sum w (x - y)^2 dt + integral stiffness (x''')^2 dt.  Frequencies well below
the cutoff pass unchanged, without delay; at the cutoff half the amplitude is left, and above it
falls with the sixth power (`stiffness_of`). Time is in seconds, so the frame rate does not matter.
"""

import numpy as np
from jaxtyping import Float
from scipy.linalg import solveh_banded

ORDER = 3  # the derivative that is held small: a body is pushed by forces, and forces change slowly

_CLOSEST = 0.1  # of a usual step: frames that are nearer in time count as this far apart


def stiffness_of(cutoff_hz: float) -> float:
    """The stiffness that leaves half the amplitude at this frequency."""
    return float((2 * np.pi * cutoff_hz) ** (-2.0 * ORDER))


def usual_step(times: Float[np.ndarray, " time"]) -> float:
    """Seconds from frame to frame, of most frames; gaps do not count."""
    return float(np.median(np.diff(times))) if len(times) > 1 else 1.0


def jerk_rows(
    times: Float[np.ndarray, " time"], gap: float
) -> tuple[Float[np.ndarray, "rows 4"], Float[np.ndarray, " rows"]]:
    """The third derivative as weights of four frames in a row, and how long each row stands for.

    Rows that reach over more than `gap` seconds stand for no time: nothing ties the two sides.
    """
    step = usual_step(times)
    steps = np.maximum(np.diff(times), _CLOSEST * step)
    t = np.concatenate([[0.0], np.cumsum(steps)])
    if len(t) <= ORDER:
        return np.zeros((0, ORDER + 1)), np.zeros(0)
    four = np.stack([t[i : len(t) - ORDER + i] for i in range(ORDER + 1)], axis=1)
    apart = four[:, :, None] - four[:, None, :] + np.eye(ORDER + 1)
    rows = 6 / apart.prod(axis=2)  # divided difference, times 3!
    three = np.stack([steps[i : len(steps) - ORDER + 1 + i] for i in range(ORDER)], axis=1)
    lasts = np.where(three.max(axis=1) > gap, 0.0, three.mean(axis=1))
    return rows, lasts


def jerk(
    values: Float[np.ndarray, "time d"], rows: Float[np.ndarray, "rows 4"]
) -> Float[np.ndarray, "rows d"]:
    """The third derivative of a curve, one for each row."""
    count = len(rows)
    return sum(rows[:, i, None] * values[i : count + i] for i in range(ORDER + 1))


def penalty(
    rows: Float[np.ndarray, "rows 4"], weight: Float[np.ndarray, " rows"], frames: int
) -> Float[np.ndarray, "4 time"]:
    """The matrix of sum weight (row x)^2, as its diagonal and the three below."""
    bands = np.zeros((ORDER + 1, frames))
    for i in range(ORDER + 1):
        for j in range(i, ORDER + 1):
            bands[j - i, i : i + len(rows)] += weight * rows[:, i] * rows[:, j]
    return bands


def closest_smooth(
    values: Float[np.ndarray, "time d"],
    weight: Float[np.ndarray, " time"],
    bands: Float[np.ndarray, "4 time"],
) -> Float[np.ndarray, "time d"]:
    """The curve that minimises sum weight (x - values)^2 plus the penalty."""
    matrix = bands.copy()
    matrix[0] += weight
    return solveh_banded(matrix, weight[:, None] * values, lower=True, check_finite=False)
