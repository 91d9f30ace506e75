"""Hands that go where they are wanted: the elbow and shoulder that bring them there."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from poise.anatomy.figure import Proportions, out, within
from poise.anatomy.pose import angles

Vectors = Float[np.ndarray, "*n 3"]

# Elbows hang: down, a little outwards and to the back, unless told otherwise.
HANGING = (0.35, -0.25, -1.0)


def solve_arm(
    side: str, wrist: Vectors, elbow_to: Vectors, body: Proportions
) -> tuple[Float[np.ndarray, "*n 3"], Float[np.ndarray, "*n 1"]]:
    """Angles of arm and elbow, inside their limits, that bring the wrist to a place.

    Both vectors are in the axes of the clavicle, seen from the shoulder; `elbow_to` says which way
    the elbow points.
    """
    a, b = body.upper_arm, body.forearm
    shortest = np.sqrt(a * a + b * b - 2 * a * b * np.cos(np.deg2rad(32)))
    distance = np.linalg.norm(wrist, axis=-1, keepdims=True)
    way = wrist / np.maximum(distance, 1e-9)
    distance = np.clip(distance, shortest, 0.999 * (a + b))
    aside = elbow_to - (elbow_to * way).sum(-1, keepdims=True) * way
    aside /= np.maximum(np.linalg.norm(aside, axis=-1, keepdims=True), 1e-9)
    along = (a * a - b * b + distance**2) / (2 * distance)
    elbow = along * way + np.sqrt(np.maximum(a * a - along**2, 0)) * aside
    upper = elbow / a
    fore = (distance * way - elbow) / b
    bend = fore - (fore * upper).sum(-1, keepdims=True) * upper
    bend /= np.maximum(np.linalg.norm(bend, axis=-1, keepdims=True), 1e-9)
    # In the rest pose the upper arm points along x (outwards) and bends towards -y.
    x, y = out(side) * upper, -bend
    turn = np.stack([x, y, np.cross(x, y)], axis=-1)
    flexion = np.arccos(np.clip((upper * fore).sum(-1, keepdims=True), -1, 1))
    return within("arm", angles("arm", turn, side)), within("elbow", flexion)


def reach(
    side: str, place: Sequence[float], body: Proportions, elbow_to: Sequence[float] = HANGING
) -> dict[str, tuple[float, ...]]:
    """Keys that bring the hand to a place beside the body.

    Place and elbow are seen from the shoulder as (outwards, forward, up); the place in arm lengths.
    """
    own = np.array([out(side), -1.0, 1.0])
    wrist = np.array(place) * own * body.arm
    arm, elbow = solve_arm(side, wrist, np.array(elbow_to) * own, body)
    return {
        f"{side}_arm": tuple(np.rad2deg(arm)),
        f"{side}_elbow": tuple(np.rad2deg(elbow)),
    }
