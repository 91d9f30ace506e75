"""Feet that stay where they stand: the sole that rolls, and the legs that reach it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from poise.anatomy.figure import LIMITS, Proportions, out, within
from poise.anatomy.pose import angles, rotation
from poise.geometry.rotations import about, vector_to_matrix

Points = Float[np.ndarray, "time 3"]
Turns = Float[np.ndarray, "time 3 3"]
Series = Float[np.ndarray, " time"]

STRAIGHTEST = np.deg2rad(2.0)  # a knee that carries is never quite straight: no pops


@dataclass(frozen=True)
class Foot:
    """Where a foot should be: its ankle and its axes, in the world."""

    ankle: Points
    axes: Turns


def roll_sole(place: Points, heading: Series, roll: Series, body: Proportions) -> Foot:
    """The foot on its sole: heel up it pivots on the ball, toes up on the heel."""
    axes = about("z", heading) @ about("x", roll)  # heel up: the toes stay in front and go down
    pivot = np.where(
        roll[:, None] > 0, [0.0, -body.ball, -body.ankle], [0.0, body.heel, -body.ankle]
    )
    flat = place + np.array([0, 0, body.ankle])
    grounded = flat + (about("z", heading) @ pivot[..., None])[..., 0]
    return Foot(grounded - (axes @ pivot[..., None])[..., 0], axes)


def longest(body: Proportions) -> float:
    """How far the ankle may be from the hip."""
    return chord(body, STRAIGHTEST)


def chord(body: Proportions, knee: float) -> float:
    """From the hip to the ankle with this knee angle."""
    a, b = body.thigh, body.shin
    return float(np.sqrt(a * a + b * b + 2 * a * b * np.cos(knee)))


def lower_to_reach(hip: Points, ankle: Points, carries: Series, body: Proportions) -> Series:
    """How far the hip must sink for the foot to be within reach, where the foot carries."""
    across = np.linalg.norm((hip - ankle)[:, :2], axis=-1)
    height = np.sqrt(np.maximum(longest(body) ** 2 - across**2, 0))
    return np.maximum(hip[:, 2] - ankle[:, 2] - height, 0) * carries


def cover(needed: Series, reach: int) -> Series:
    """A smooth curve that is nowhere below `needed`."""
    # The highest value in reach, averaged over weights of the same reach, is at least the value.
    high = maximum_filter1d(needed, 2 * reach + 1, mode="nearest")
    return gaussian_filter1d(high, reach / 2, mode="nearest", radius=reach)


def bend_leg(
    side: str, pelvis: Turns, hip: Points, foot: Foot, body: Proportions
) -> tuple[Turns, Turns, Turns]:
    """Rotations of hip and knee, inside their limits, that bring the ankle to its place.

    Answers the shin's axes in the world too.
    """
    way = foot.ankle - hip
    distance = np.linalg.norm(way, axis=-1)
    distance = np.clip(distance, chord(body, np.deg2rad(148)), longest(body))
    a, b = body.thigh, body.shin
    knee = np.arccos(np.clip((distance**2 - a * a - b * b) / (2 * a * b), -1, 1))
    # The knee points where the foot points, drawn towards where the pelvis points.
    toes = -0.6 * foot.axes[..., 1] - 0.4 * pelvis[..., 1]
    down = way / np.linalg.norm(way, axis=-1, keepdims=True)
    axis = np.cross(-down, toes)
    # Where the leg points along the foot there is no such direction: fall back to the pelvis.
    axis = axis + 0.05 * pelvis[..., 0]
    axis -= (axis * down).sum(-1, keepdims=True) * down
    axis /= np.linalg.norm(axis, axis=-1, keepdims=True)
    straight = np.stack([axis, np.cross(-down, axis), -down], axis=-1)
    # In the plane of the leg the thigh leans forward from the line hip-ankle by this angle.
    lean = np.arctan2(b * np.sin(knee), a + b * np.cos(knee))
    thigh = straight @ about("x", -lean)
    limited = within("leg", angles("leg", _inverse(pelvis) @ thigh, side))
    hip_turn = rotation("leg", limited, side)
    knee_turn = rotation("knee", within("knee", knee[:, None]), side)
    return hip_turn, knee_turn, pelvis @ hip_turn @ knee_turn


@dataclass(frozen=True)
class LooseLeg:
    """A leg that goes by its angles: rotations of hip and knee, the shin's axes, the foot."""

    hip: Turns
    knee: Turns
    shin: Turns
    foot: Foot


def loose_leg(
    side: str,
    pelvis: Turns,
    hip: Points,
    angles_of: Mapping[str, Float[np.ndarray, "time _"]],
    body: Proportions,
    rests: Series,
    reach: int,
) -> LooseLeg:
    """A leg by its angles (`leg`, `knee`, `ankle`).

    Where the body rests on the floor (`rests` is 1) the leg is lifted at the hip to lie on it too.
    """
    hip_turn = rotation("leg", within("leg", angles_of["leg"]), side)
    knee_turn = rotation("knee", within("knee", angles_of["knee"]), side)
    flex = np.pad(angles_of["ankle"], ((0, 0), (0, 2)))
    ankle_turn = rotation("ankle", within("ankle", flex), side)

    def hang(hip_turn: Turns) -> LooseLeg:
        thigh = pelvis @ hip_turn
        shin = thigh @ knee_turn
        ankle = hip - body.thigh * thigh[..., 2] - body.shin * shin[..., 2]
        return LooseLeg(hip_turn, knee_turn, shin, Foot(ankle, shin @ ankle_turn))

    leg = hang(hip_turn)
    soles = [[0.0, body.heel, -body.ankle], [0.0, -body.ball, -body.ankle], [0.0, 0.0, -0.045]]
    lowest = np.min([leg.foot.ankle[:, 2] + leg.foot.axes[:, 2] @ sole for sole in soles], axis=0)
    needed = cover(rests * np.maximum(-lowest, 0), reach)
    if not needed.any():
        return leg
    # Turn the leg about the hip, in the upright plane it is in, until the ankle is high enough.
    way = leg.foot.ankle - hip
    length = np.maximum(np.linalg.norm(way, axis=-1), 1e-6)
    now = np.arcsin(np.clip(way[:, 2] / length, -1, 1))
    then = np.arcsin(np.clip((way[:, 2] + needed) / length, -1, 1))
    across = np.cross(way, [0.0, 0.0, 1.0])
    across /= np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-6)
    lifted = vector_to_matrix((then - now)[:, None] * across) @ pelvis @ hip_turn
    return hang(
        rotation("leg", within("leg", angles("leg", _inverse(pelvis) @ lifted, side)), side)
    )


def bend_ankle(side: str, shin: Turns, foot: Foot) -> Turns:
    """The ankle's rotation, inside its limits, that gives the foot its axes."""
    return rotation("ankle", within("ankle", _ankle_angles(side, shin, foot)), side)


def heel_to_raise(side: str, shin: Turns, foot: Foot) -> Series:
    """How far (radians) the ankle would have to bend beyond its limit for this foot."""
    return np.maximum(_ankle_angles(side, shin, foot)[:, 0] - LIMITS["ankle"][0, 1] + 0.01, 0)


def _ankle_angles(side: str, shin: Turns, foot: Foot) -> Float[np.ndarray, "time 3"]:
    return angles("ankle", _inverse(shin) @ foot.axes, side)


def hip_place(side: str, root: Points, pelvis: Turns, body: Proportions) -> Points:
    """Where the hip joint is."""
    return root + out(side) * body.hips / 2 * pelvis[..., 0]


def _inverse(R: Turns) -> Turns:
    return np.swapaxes(R, -1, -2)
