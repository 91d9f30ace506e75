"""Rotations from one figure to another that has other bones, another rest pose and other lengths.

World rotations make this simple: where the source's bone has turned by D since rest, the target's
has turned by D A, and A lays the target's rest pose on the source's. Bones without a part keep
their rest pose against their parent.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from poise.geometry.rotations import (
    matrix_to_quaternion,
    quaternion_to_vector,
    vector_to_matrix,
)
from poise.retarget.anatomy import facing, pointing
from poise.retarget.matching import Match
from poise.retarget.names import SIDES
from poise.retarget.rig import Rig

_FLAT = 0.6  # radians by which feet may rise otherwise at rest and still both be flat on the floor

_STEEP = 1.3  # radians under which a foot has a heading

Turns = Float[np.ndarray, "time 3 3"]


def carry(
    source: Rig,
    have: Match,
    turned: Float[np.ndarray, "time joint 3 3"],
    target: Rig,
    want: Match,
) -> dict[int, Turns]:
    """How each bone of the target that has a part has turned in the world since its rest pose."""
    upright = facing(source, have) @ facing(target, want).T
    given: dict[int, Turns] = {want.pelvis: turned[:, have.pelvis] @ upright}
    trunk = _blend([turned[:, j] for j in (have.pelvis, *have.spine)])
    for place, bone in enumerate(want.spine, start=1):
        given[bone] = trunk(place / len(want.spine)) @ upright
    given |= _neck(have, turned, want, upright)
    for side in SIDES:
        laid = {"clavicle": upright} | _arm(source, have, target, want, side, upright)
        laid |= _leg(source, have, target, want, side, upright)
        for limb, A in laid.items():
            part = f"{side}_{limb}"
            if part in have.limbs and part in want.limbs:
                given[want.limbs[part]] = turned[:, have.limbs[part]] @ A
    return given


def follow(given: dict[int, Turns], target: Rig, frames: int) -> Float[np.ndarray, "time bone 3 3"]:
    """All bones from some: others turn with their parent, those above all of them not at all."""
    world = np.empty((frames, len(target.skeleton), 3, 3))
    for bone in target.skeleton.order:
        parent = target.skeleton.parents[bone]
        if bone in given:
            world[:, bone] = given[bone]
        else:
            world[:, bone] = np.eye(3) if parent < 0 else world[:, parent]
    return world


def shortest(
    a: Float[np.ndarray, "*n 3"], b: Float[np.ndarray, "*n 3"]
) -> Float[np.ndarray, "*n 3 3"]:
    """The shortest turn from one unit vector to another."""
    axis = np.cross(a, b)
    sin = np.linalg.norm(axis, axis=-1, keepdims=True)
    cos = (a * b).sum(axis=-1, keepdims=True)
    # Straight back there is no shortest way: any axis at a right angle will do.
    least = np.eye(3)[np.abs(a).argmin(axis=-1)]
    across = np.cross(a, least)
    across /= np.linalg.norm(across, axis=-1, keepdims=True)
    axis = np.where(sin > 1e-9, axis / np.maximum(sin, 1e-9), across)
    return vector_to_matrix(axis * np.arctan2(sin, cos))


def _blend(knots: list[Turns]) -> Callable[[float], Turns]:
    """A turn at any share of the way along a chain of bones, from the turns of these."""

    def at(share: float) -> Turns:
        place = share * (len(knots) - 1)
        before = min(int(place + 1e-9), len(knots) - 1)
        rest = place - before
        if rest < 1e-9:
            return knots[before]
        step = np.swapaxes(knots[before], -1, -2) @ knots[before + 1]
        vector = quaternion_to_vector(matrix_to_quaternion(step))
        return knots[before] @ vector_to_matrix(rest * vector)

    return at


def _neck(
    have: Match, turned: Float[np.ndarray, "time joint 3 3"], want: Match, upright: np.ndarray
) -> dict[int, Turns]:
    """The neck bends from the chest to the head, in as many bones as there are."""
    chest = have.spine[-1] if have.spine else have.pelvis
    knots = [turned[:, joint] for joint in (chest, *have.neck)]
    if have.head is not None:
        knots.append(turned[:, have.head])
    at = _blend(knots)
    # Without a head, the last neck bone is the end of the way.
    steps = len(want.neck) + (1 if have.head is not None or not have.neck else 0)
    given = {
        bone: at(min(place / max(steps, 1), 1.0)) @ upright
        for place, bone in enumerate(want.neck, start=1)
    }
    if want.head is not None:
        given[want.head] = at(1.0) @ upright
    return given


def _arm(
    source: Rig, have: Match, target: Rig, want: Match, side: str, upright: np.ndarray
) -> dict[str, np.ndarray]:
    """How the target's arm at rest is laid on the source's, bone after bone."""
    laid = {}
    A = upright
    for limb in ("shoulder", "elbow", "wrist"):
        A = _towards(source, have, target, want, f"{side}_{limb}", A)
        laid[limb] = A
    return laid


def _leg(
    source: Rig, have: Match, target: Rig, want: Match, side: str, upright: np.ndarray
) -> dict[str, np.ndarray]:
    laid = {}
    A = upright
    for limb in ("hip", "knee"):
        A = _towards(source, have, target, want, f"{side}_{limb}", A)
        laid[limb] = A
    part = f"{side}_ankle"
    own, other = pointing(source, have, part), pointing(target, want, part)
    if own is None or other is None:
        return laid | {"ankle": upright, "ball": upright}
    up = facing(source, have)[:, 2]
    other = upright @ other
    rise, other_rise = (float(np.arcsin(np.clip(foot @ up, -1, 1))) for foot in (own, other))
    if abs(rise - other_rise) > _FLAT or min(rise, other_rise) < -_STEEP:
        A = _towards(source, have, target, want, part, A)
    else:  # feet on the floor stay flat, however high the heel: only their heading is laid on
        A = shortest(_level(other, up), _level(own, up)) @ upright
    return laid | {"ankle": A, "ball": A}


def _level(vector: np.ndarray, up: np.ndarray) -> np.ndarray:
    level = vector - (vector @ up) * up
    return level / np.linalg.norm(level)


def _towards(
    source: Rig, have: Match, target: Rig, want: Match, part: str, A: np.ndarray
) -> np.ndarray:
    """A bone's turn at rest, that of the bone before turned on until both figures' bones agree."""
    own, other = pointing(source, have, part), pointing(target, want, part)
    return A if own is None or other is None else shortest(A @ other, own) @ A
