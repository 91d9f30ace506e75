"""Between this world, z up, and files whose world has y up."""

from typing import Literal

import numpy as np
from jaxtyping import Float

Up = Literal["y", "z"]


def z_up(points: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
    """Points of a world with y up in one with z up: (x, y, z) becomes (x, -z, y)."""
    x, y, z = np.moveaxis(points, -1, 0)
    return np.stack([x, -z, y], axis=-1)


def rotations_z_up(q: Float[np.ndarray, "*n 4"]) -> Float[np.ndarray, "*n 4"]:
    """The same for unit quaternions: their axes move along."""
    w, x, y, z = np.moveaxis(q, -1, 0)
    return np.stack([w, x, -z, y], axis=-1)


def y_up(points: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
    """The inverse of `z_up`: (x, y, z) becomes (x, z, -y). Who faced -y then faces z."""
    x, y, z = np.moveaxis(points, -1, 0)
    return np.stack([x, z, -y], axis=-1)


def rotations_y_up(q: Float[np.ndarray, "*n 4"]) -> Float[np.ndarray, "*n 4"]:
    """The same for unit quaternions."""
    w, x, y, z = np.moveaxis(q, -1, 0)
    return np.stack([w, x, z, -y], axis=-1)
