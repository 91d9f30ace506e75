"""From a body's rotations to joint angles in degrees, each with how sure it is."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from poise.anatomy.figure import SIDES
from poise.angles.definitions import JOINTS, Angle, Joint
from poise.angles.sequences import turns, within_half_a_turn, without_jumps
from poise.errors import PoiseError, did_you_mean
from poise.geometry.rotations import quaternion_to_matrix, vector_to_matrix
from poise.motion import Body
from poise.skeletons import FIGURE27

Matrices = Float[np.ndarray, "time 3 3"]

_MIRROR = np.diag([-1.0, 1.0, 1.0])  # a left limb in the mirror is a right one
_NUDGE = 1e-3  # radians: a step of the numerical derivative, its error is of the order of 1e-6
_MOST_DEG = 180.0  # nobody can be less sure of an angle than not to know it
_MOST_RADIANS = 1e3  # of a joint, the same; infinite times no slope would be no number

# A rest pose whose arms hang or whose legs are bent makes other angles of the same rotations.
_REST = {"elbow": (1, 0, 0), "wrist": (1, 0, 0), "knee": (0, 0, -1), "ankle": (0, 0, -1)}
_AS_AT_REST = 0.9  # cosine of how far a bone may point elsewhere


@dataclass(frozen=True, eq=False, kw_only=True)
class AngleTable:
    """Joint angles over time, in degrees; NaN where nobody was seen.

    >>> table = joint_angles(body)
    >>> table["knee_flexion_l"].max()
    """

    names: tuple[str, ...]  # JOINT_MOTION, and _l or _r for the limbs
    degrees: Float[np.ndarray, "time angle"]
    times: Float[np.ndarray, " time"]  # seconds
    sigma: Float[np.ndarray, "time angle"] | None  # standard deviation, degrees; None: not known
    definitions: tuple[str, ...]  # of each angle: what turns against what, and what positive means

    def __len__(self) -> int:
        return len(self.times)

    def __repr__(self) -> str:
        sure = ", with sigma" if self.sigma is not None else ""
        return f"AngleTable({len(self)} x {len(self.names)} degrees{sure})"

    def __getitem__(self, name: str) -> Float[np.ndarray, " time"]:
        """One angle over time."""
        return self.degrees[:, self.index(name)]

    def index(self, name: str) -> int:
        """Which column an angle is."""
        if name not in self.names:
            raise PoiseError(f"no angle is called {name!r}{did_you_mean(name, self.names)}")
        return self.names.index(name)


def joint_angles(body: Body) -> AngleTable:
    """The joint angles of a figure, as the International Society of Biomechanics defines them.

    >>> joint_angles(body)["hip_flexion_l"]

    Positive is flexion, and towards the middle of the body, on both sides; of trunk and head it is
    forward and to the left. `docs/angles.md` has a picture. In a camera's frame nobody knows where
    down is: the angles of pelvis and thorax against the world are left out there.
    """
    _check(body)
    local = quaternion_to_matrix(_unit(body.rotations))
    sigma = body.rotation_sigma
    if sigma is not None:
        sigma = np.minimum(sigma.astype(np.float64), _MOST_RADIANS)
    names, columns, spreads, definitions = [], [], [], []
    for joint in JOINTS:
        if joint.in_world and body.motion.frame != "world":
            continue
        for side in SIDES if joint.sided else ("",):
            chain = [FIGURE27.index(f"{side}_{part}".lstrip("_")) for part in joint.chain]
            parts = [_seen(local[:, link], side) for link in chain]
            found = _angles(joint, parts)
            unsure = None if sigma is None else _spread(joint, parts, sigma[:, chain], found)
            for place, angle in enumerate(joint.angles):
                names.append(f"{angle.name}_{side[0]}" if side else angle.name)
                columns.append(_told(angle, joint, found[:, place]))
                if unsure is not None:
                    spreads.append(unsure[:, place])
                definitions.append(f"{joint.of} against {joint.against}; grows: {angle.positive}")
    return AngleTable(
        names=tuple(names),
        degrees=np.stack(columns, axis=-1),
        times=body.motion.times,
        sigma=np.stack(spreads, axis=-1) if spreads else None,
        definitions=tuple(definitions),
    )


def _check(body: Body) -> None:
    skeleton = body.motion.skeleton
    if (skeleton.joints, skeleton.parents) != (FIGURE27.joints, FIGURE27.parents):
        raise PoiseError(
            f"joint angles are read from a body on figure27, not on {skeleton.name}; solve its "
            "motion first: poise.body.solve(motion)"
        )
    offsets = body.offsets if body.offsets.ndim == 2 else body.offsets[0]
    for part, (x, y, z) in _REST.items():
        for side, out in zip(SIDES, (1, -1), strict=True):
            bone = offsets[FIGURE27.index(f"{side}_{part}")].astype(np.float64)
            if bone @ np.array([out * x, y, z]) < _AS_AT_REST * np.linalg.norm(bone):
                raise PoiseError(
                    f"joint angles are read from a body whose rest pose is figure27's own, a T; in "
                    f"this one {side}_{part} stands elsewhere: read them before another rest pose"
                )


def _unit(q: Float[np.ndarray, "*n 4"]) -> Float[np.ndarray, "*n 4"]:
    q = q.astype(np.float64)
    return q / np.linalg.norm(q, axis=-1, keepdims=True)


def _seen(R: Matrices, side: str) -> Matrices:
    return _MIRROR @ R @ _MIRROR if side == "left" else R


def _angles(joint: Joint, parts: list[Matrices]) -> Float[np.ndarray, "time k"]:
    """The joint's angles (radians) of rotations that follow one another."""
    R = parts[0]
    for part in parts[1:]:
        R = R @ part
    found = turns(joint.near.T @ R @ joint.far, joint.sequence)
    return np.stack([angle.sign * found[:, angle.turn] for angle in joint.angles], axis=-1)


def _spread(
    joint: Joint,
    parts: list[Matrices],
    sigma: Float[np.ndarray, "time link 3"],
    found: Float[np.ndarray, "time k"],
) -> Float[np.ndarray, "time k"]:
    """Standard deviations in degrees, to first order: errors of all axes are independent."""
    variance = np.zeros_like(found)
    for link, part in enumerate(parts):
        # In the mirror the axes are other ones, but only by their sign.
        for axis, step in enumerate(_NUDGE * np.eye(3)):
            ahead, behind = (
                _angles(joint, [*parts[:link], part @ vector_to_matrix(way), *parts[link + 1 :]])
                for way in (step, -step)
            )
            slope = within_half_a_turn(ahead - behind) / (2 * _NUDGE)
            variance += (slope * sigma[:, link, axis, None]) ** 2
    return np.minimum(np.rad2deg(np.sqrt(variance)), _MOST_DEG)


def _told(
    angle: Angle, joint: Joint, radians: Float[np.ndarray, " time"]
) -> Float[np.ndarray, " time"]:
    if joint.in_world:
        return np.rad2deg(without_jumps(radians))
    return np.rad2deg(within_half_a_turn(radians, float(np.deg2rad(angle.middle_deg))))
