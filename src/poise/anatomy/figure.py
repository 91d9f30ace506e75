"""Who moves: the proportions of a figure, and how far its joints go.

Axes of the rest pose (a T-pose): x to the figure's left, y to its back, z up. It faces -y.
"""

from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from jaxtyping import Float

from poise.skeletons import FIGURE27

SIDES = ("left", "right")
GRAVITY = 9.81  # metres per second squared


def out(side: str) -> int:
    """+1 for the left side, -1 for the right: the sign of x away from the body."""
    return 1 if side == "left" else -1


def other(side: str) -> str:
    """The other side."""
    return "right" if side == "left" else "left"


@dataclass(frozen=True, kw_only=True)
class Proportions:
    """Lengths of one person, in metres."""

    thigh: float = 0.43
    shin: float = 0.43
    ankle: float = 0.08  # height of the ankle above the sole
    heel: float = 0.05  # behind the ankle
    ball: float = 0.13  # before the ankle
    hips: float = 0.20  # between the hip joints
    lumbar: float = 0.11  # pelvis to the middle of the lower back
    spine: float = 0.11  # from there to the spine joint
    thorax: float = 0.28  # from there to the base of the neck
    neck: float = 0.12
    head: float = 0.11
    shoulders: float = 0.36  # between the shoulder joints
    upper_arm: float = 0.28
    forearm: float = 0.25
    hand: float = 0.09

    @property
    def leg(self) -> float:
        """From the hip to the ankle, stretched."""
        return self.thigh + self.shin

    @property
    def arm(self) -> float:
        """From the shoulder to the wrist, stretched."""
        return self.upper_arm + self.forearm

    @property
    def stand(self) -> float:
        """Height of the hips in a relaxed stand: the knees are never quite straight."""
        return self.ankle + 0.995 * self.leg

    def offsets(self) -> Float[np.ndarray, "joint 3"]:
        """Every joint's place in its parent's frame, in the rest pose."""
        place: dict[str, tuple[float, float, float]] = {
            "lumbar": (0, 0.01, self.lumbar),
            "spine": (0, 0, self.spine),
            "thorax": (0, 0.015, self.thorax),
            "skull": (0, -0.03, self.neck),
            # The face: 15 % up the head and 85 mm before it, as in the 17-joint motion pack.
            "nose": (0, -0.085, 0.15 * self.head),
            "head": (0, 0, self.head),
        }
        for side in SIDES:
            x = out(side)
            place |= {
                f"{side}_clavicle": (0.03 * x, 0, 0.88 * self.thorax),
                f"{side}_shoulder": ((self.shoulders / 2 - 0.03) * x, 0.01, 0.04 * self.thorax),
                f"{side}_elbow": (self.upper_arm * x, 0, 0),
                f"{side}_wrist": (self.forearm * x, 0, 0),
                f"{side}_hand": (self.hand * x, 0, 0),
                f"{side}_hip": (self.hips / 2 * x, 0, 0),
                f"{side}_knee": (0, 0, -self.thigh),
                f"{side}_ankle": (0, 0, -self.shin),
                f"{side}_heel": (0, self.heel, -self.ankle),
                f"{side}_ball": (0, -self.ball, -self.ankle),
            }
        return np.array([place.get(joint, (0, 0, 0)) for joint in FIGURE27.joints], np.float64)


def draw_proportions(rng: np.random.Generator) -> Proportions:
    """A random adult: stature and the length of each group of bones vary on their own."""
    typical = Proportions()
    stature = rng.uniform(0.88, 1.12)

    def length(name: str, spread: float) -> float:
        return getattr(typical, name) * stature * float(np.exp(rng.normal(0, spread)))

    legs, arms, trunk = (float(np.exp(rng.normal(0, 0.03))) for _ in range(3))
    return replace(
        typical,
        thigh=length("thigh", 0.04) * legs,
        shin=length("shin", 0.04) * legs,
        ankle=typical.ankle * stature,
        heel=typical.heel * stature,
        ball=length("ball", 0.04),
        hips=length("hips", 0.12),
        lumbar=length("lumbar", 0.04) * trunk,
        spine=length("spine", 0.04) * trunk,
        thorax=length("thorax", 0.04) * trunk,
        neck=length("neck", 0.06),
        head=length("head", 0.05),
        shoulders=length("shoulders", 0.08),
        upper_arm=length("upper_arm", 0.04) * arms,
        forearm=length("forearm", 0.06) * arms,
        hand=typical.hand * stature,
    )


# How far each joint goes, in degrees, healthy adults, active range (rounded from clinical tables).
# Torso and legs: turns about x, y, z in this order; positive is forward bend, to the left, to the
# left. Sides are mirrored: a leg's second angle is positive outwards, its third turns outwards.
# Arms: `lift` and `forward` swing the upper arm away from the T-pose, `twist` turns it (outwards).
LIMITS_DEG = MappingProxyType(
    {
        "lumbar": ((-25, 55), (-25, 25), (-20, 20)),
        "spine": ((-20, 40), (-25, 25), (-35, 35)),
        "neck": ((-40, 40), (-30, 30), (-50, 50)),
        "head": ((-25, 25), (-15, 15), (-35, 35)),
        "clavicle": ((-10, 30), (-20, 30)),
        "arm": ((-100, 88), (-45, 130), (-85, 110)),
        "elbow": ((0, 150),),
        # The forearm's own turn is left out, so the hand bends in any direction instead.
        "wrist": ((-80, 80), (-80, 80)),
        "leg": ((-30, 130), (-30, 60), (-45, 60)),
        "knee": ((0, 150),),
        "ankle": ((-55, 40), (-30, 30), (-35, 35)),
    }
)

LIMITS = MappingProxyType({name: np.deg2rad(ranges) for name, ranges in LIMITS_DEG.items()})

_MARGIN = 1e-4  # radians: rotations are kept in single precision, the limits hold all the same


def within(name: str, angles: Float[np.ndarray, "*n k"]) -> Float[np.ndarray, "*n k"]:
    """The nearest angles that the joint can take."""
    ranges = LIMITS[name]
    return np.clip(angles, ranges[:, 0] + _MARGIN, ranges[:, 1] - _MARGIN)
