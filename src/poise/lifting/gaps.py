"""Joints that were not seen, filled before a network sees the clip."""

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError

_LEAST_WEIGHT = 0.05  # of a joint that was not seen, in the middle of all


def fill(
    points: Float[np.ndarray, "time joint 2"],
    score: Float[np.ndarray, "time joint"],
    times: Float[np.ndarray, " time"],
) -> Float[np.ndarray, "time joint 2"]:
    """Points without NaN: straight lines in time between the frames where a joint was seen.

    Before the first and after the last of them it stays where it was. A joint that was never seen
    goes to the middle of the others, each weighted by its score. The scores themselves are left
    as they are: 0 for what was filled.
    """
    unseen = np.isnan(points).any(axis=-1)  # (time, joint)
    if not unseen.any():
        return points
    if unseen.all():
        raise PoiseError(
            "no joint is seen in any frame of this track, so there is nothing to lift; "
            "was the person detected?"
        )
    filled, never = points.copy(), unseen.all(axis=0)
    for joint in np.flatnonzero(unseen.any(axis=0) & ~never):
        gap, seen = unseen[:, joint], ~unseen[:, joint]
        for axis in range(points.shape[-1]):
            known = points[seen, joint, axis]
            filled[gap, joint, axis] = np.interp(times[gap], times[seen], known)
    if never.any():
        weight = score[:, ~never, None] + _LEAST_WEIGHT
        middle = (filled[:, ~never] * weight).sum(axis=1) / weight.sum(axis=1)
        filled[:, never] = middle[:, None]
    return filled
