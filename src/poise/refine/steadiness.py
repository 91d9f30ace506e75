"""How much a motion trembles, and how far standing feet slide: the report's before and after."""

import numpy as np
from jaxtyping import Float

from poise.motion import Motion

_RATE = 30.0  # fps that jitter is told at: a second difference depends on the step it is taken over


def jitter(motion: Motion) -> float:
    """Mean acceleration of all joints, m/s^2, over steps of about 1/30 s.

    People who walk have about 6 m/s^2 themselves; what is more is mostly trembling. NaN where no
    joint is known in three frames.
    """
    times, step = motion.times, max(1, round(motion.fps / _RATE))
    if len(motion) <= 2 * step:
        return float("nan")
    x = motion.xyz.astype(np.float64)
    before = (times[step:-step] - times[: -2 * step])[:, None, None]
    after = (times[2 * step :] - times[step:-step])[:, None, None]
    rise, fall = x[2 * step :] - x[step:-step], x[step:-step] - x[: -2 * step]
    sizes = np.linalg.norm(2 * (rise / after - fall / before) / (before + after), axis=-1)
    return _mean(sizes)


def _mean(values: Float[np.ndarray, "..."]) -> float:
    known = np.isfinite(values)
    return float(values[known].mean()) if known.any() else float("nan")
