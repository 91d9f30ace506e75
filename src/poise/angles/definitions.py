"""Which joint angles there are, what each is measured from, and what its sign means.

The recommendations of the International Society of Biomechanics (Wu 2002 for the legs and the
spine, Wu 2005 for the arms): each part of the body has axes X forward, Y up, Z to the right in the
anatomical position, and a joint is read as three turns about moving axes in a fixed order. Turning
about Z, then X, then Y is the joint coordinate system of Grood and Suntay.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

Sequence = Literal["zxy", "yxz", "yxy"]

# The columns are X, Y and Z of a part, in the axes of FIGURE27's rest pose: x to the left, y to the
# back, z up, arms out to the sides, palms down. This is the one place where the two meet. Of the
# limbs these are the right ones'; left limbs are looked at in a mirror.
BODY = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, 0.0, 0.0]]).T
ARM = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]).T  # Y: from elbow to shoulder
HAND = np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]).T  # X: out of the palm


@dataclass(frozen=True)
class Angle:
    """One angle of a joint."""

    name: str
    turn: int  # which turn of the sequence it is
    sign: int  # +1 if it grows with a right-handed turn of a right limb
    positive: str  # what the part does as the angle grows, in words
    middle_deg: float = 0.0  # values are told within 180 degrees of this


@dataclass(frozen=True, kw_only=True)
class Joint:
    """How one part of the body is turned against another, and the angles that say so."""

    chain: tuple[str, ...]  # the figure's joints between the two parts, from the near one on
    of: str  # the part that turns
    against: str
    sequence: Sequence
    angles: tuple[Angle, ...]
    near: Float[np.ndarray, "3 3"]  # axes of the part it turns against, in the rest pose
    far: Float[np.ndarray, "3 3"]  # axes of the part that turns
    sided: bool = False  # there is one on the left and one on the right
    in_world: bool = False  # against the floor, so that whole turns are counted


_SPINE = ("lumbar", "spine")


def _upright(part: str, chain: tuple[str, ...]) -> Joint:
    return Joint(
        chain=chain,
        of=part,
        against="the world",
        # Rotation first: what is tilt and what is obliquity then does not hang on the heading.
        sequence="yxz",
        angles=(
            Angle(f"{part}_tilt", 2, -1, "leans forward"),
            Angle(f"{part}_obliquity", 1, -1, "leans to the left, the left side is lower"),
            Angle(f"{part}_rotation", 0, 1, "turns to the left; 0 faces -y of the world"),
        ),
        near=BODY,
        far=BODY,
        in_world=True,
    )


def _bending(name: str, of: str, against: str, chain: tuple[str, ...]) -> Joint:
    return Joint(
        chain=chain,
        of=of,
        against=against,
        sequence="zxy",
        angles=(
            Angle(f"{name}_flexion", 0, -1, "bends forward"),
            Angle(f"{name}_bending", 1, -1, "bends to the left"),
            Angle(f"{name}_rotation", 2, 1, "turns to the left"),
        ),
        near=BODY,
        far=BODY,
    )


JOINTS: tuple[Joint, ...] = (
    _upright("pelvis", ("pelvis",)),
    _upright("thorax", ("pelvis", *_SPINE)),
    _bending("trunk", "thorax", "pelvis", _SPINE),
    _bending("neck", "head", "thorax", ("thorax", "skull")),
    Joint(
        chain=("hip",),
        of="thigh",
        against="pelvis",
        sequence="zxy",
        angles=(
            Angle("hip_flexion", 0, 1, "the knee goes forward", 50.0),
            Angle("hip_adduction", 1, 1, "the knee goes to the middle"),
            Angle("hip_rotation", 2, 1, "the kneecap turns to the middle (internal)"),
        ),
        near=BODY,
        far=BODY,
        sided=True,
    ),
    Joint(
        chain=("knee",),
        of="shank",
        against="thigh",
        sequence="zxy",
        angles=(Angle("knee_flexion", 0, -1, "the heel goes to the seat; 0 is straight", 60.0),),
        near=BODY,
        far=BODY,
        sided=True,
    ),
    Joint(
        chain=("ankle",),
        of="foot",
        against="shank",
        sequence="zxy",
        angles=(
            Angle("ankle_dorsiflexion", 0, 1, "the toes go up; 0 is a right angle"),
            Angle("ankle_inversion", 1, 1, "the sole turns to the middle"),
            Angle("ankle_rotation", 2, 1, "the toes turn to the middle (internal)"),
        ),
        near=BODY,
        far=BODY,
        sided=True,
    ),
    Joint(
        chain=("clavicle", "shoulder"),
        of="upper arm",
        against="thorax",
        sequence="yxy",
        angles=(
            Angle("shoulder_plane", 0, 1, "the raised arm goes forward; 0 is to the side", 30.0),
            Angle("shoulder_elevation", 1, -1, "the arm is raised; 0 hangs, never negative", 90.0),
            Angle("shoulder_rotation", 2, 1, "the upper arm turns to the middle (internal)"),
        ),
        near=BODY,
        far=ARM,
        sided=True,
    ),
    Joint(
        chain=("elbow",),
        of="forearm",
        against="upper arm",
        sequence="zxy",
        angles=(
            Angle("elbow_flexion", 0, 1, "the hand goes to the shoulder; 0 is straight", 70.0),
            Angle("forearm_pronation", 2, 1, "the palm turns down; 0 has the thumb forward"),
        ),
        near=ARM,
        far=ARM,
        sided=True,
    ),
    Joint(
        chain=("wrist",),
        of="hand",
        against="forearm",
        sequence="zxy",
        angles=(
            Angle("wrist_flexion", 0, 1, "the hand bends to the palm's side"),
            Angle("wrist_deviation", 1, 1, "the hand bends to the little finger (ulnar)"),
        ),
        near=HAND,
        far=HAND,
        sided=True,
    ),
)
"""All joints that `poise.angles.joint_angles` reads."""
