"""A rotation as three turns about moving axes, the middle one where anatomy has it."""

import numpy as np
from jaxtyping import Float

from poise.angles.definitions import Sequence
from poise.geometry.rotations import matrix_to_euler


def turns(R: Float[np.ndarray, "*n 3 3"], sequence: Sequence) -> Float[np.ndarray, "*n 3"]:
    """The angles (radians) whose turns, one after the other about moving axes, make R."""
    return _plane_and_elevation(R) if sequence == "yxy" else matrix_to_euler(R, sequence)


def _plane_and_elevation(R: Float[np.ndarray, "*n 3 3"]) -> Float[np.ndarray, "*n 3"]:
    """About y, then x, then y; the middle angle in [-pi, 0], as an arm is raised."""
    across = np.hypot(R[..., 0, 1], R[..., 2, 1])
    first = np.arctan2(-R[..., 0, 1], -R[..., 2, 1])
    last = np.arctan2(-R[..., 1, 0], R[..., 1, 2])
    # An arm that just hangs is raised in no plane: only the sum of the outer angles is known.
    hangs = across < 1e-7
    first = np.where(hangs, 0.0, first)
    last = np.where(hangs, np.arctan2(R[..., 0, 2], R[..., 0, 0]), last)
    return np.stack([first, -np.arctan2(across, R[..., 1, 1]), last], axis=-1)


def within_half_a_turn(
    angle: Float[np.ndarray, "*n"], middle: float | Float[np.ndarray, "*n"] = 0.0
) -> Float[np.ndarray, "*n"]:
    """The same angles, whole turns added or taken, from middle - pi up to middle + pi."""
    return middle + (angle - middle + np.pi) % (2 * np.pi) - np.pi


def without_jumps(angle: Float[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
    """Whole turns added so that no two successive known values are half a turn apart."""
    unwrapped = angle.copy()
    known = np.isfinite(angle)
    unwrapped[known] = np.unwrap(angle[known])
    return unwrapped
