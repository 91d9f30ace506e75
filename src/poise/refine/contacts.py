"""When an ankle rests: its foot stands."""

import numpy as np
from jaxtyping import Float

from poise.skeletons import Skeleton

ANKLES = ("left_ankle", "right_ankle")
ANKLE_HEIGHT = 0.085  # m, of a standing ankle over the floor, of an adult (CMU: 0.07 to 0.10)

_SLOW = 0.25  # m/s: a standing ankle moves less, as far as one sees it
_LOW = 0.08  # m: how much higher than the other a standing ankle may be
_SPAN = 0.1  # seconds over which a speed is taken


def ankles(skeleton: Skeleton) -> tuple[int, ...]:
    """The places of the ankles; none where the skeleton has no such joints."""
    return tuple(skeleton.index(name) for name in ANKLES if name in skeleton.joints)


def resting(
    places: Float[np.ndarray, "time feet 3"],
    confidence: Float[np.ndarray, "time feet"],
    times: Float[np.ndarray, " time"],
    up: Float[np.ndarray, "3"],
) -> Float[np.ndarray, "time feet"]:
    """How surely each foot stands, 0 to 1, from the ankles' places in the camera's frame.

    It hardly moves across the line of sight (along it nobody can tell), and the other is not
    much lower.
    """
    if len(times) < 2:
        return np.zeros(confidence.shape)
    away = np.linalg.norm(places, axis=-1, keepdims=True)
    sight = places / np.maximum(away, 1e-6)
    half = max(1, round(_SPAN / 2 / float(np.median(np.diff(times)))))
    index = np.arange(len(times))
    before, after = np.maximum(index - half, 0), np.minimum(index + half, len(times) - 1)
    move = places[after] - places[before]
    across = move - (move * sight).sum(axis=-1, keepdims=True) * sight
    speed = np.linalg.norm(across, axis=-1) / (times[after] - times[before])[:, None]
    height = places @ up
    known = np.isfinite(height)
    lowest = np.where(known, height, np.inf).min(axis=1, keepdims=True)
    above = np.where(known, height - np.where(np.isfinite(lowest), lowest, 0), np.inf)
    sure = np.exp(-((speed / _SLOW) ** 2) - (above / _LOW) ** 2) * confidence
    return np.where(known & np.isfinite(speed), sure, 0.0)
