"""From joint angles to rotations and back; what `figure.LIMITS_DEG` calls them is fixed here."""

import numpy as np
from jaxtyping import Float

from poise.anatomy.figure import LIMITS, SIDES, out
from poise.geometry.rotations import about, matrix_to_euler, vector_to_matrix
from poise.skeletons import FIGURE27

Angles = Float[np.ndarray, "*n k"]  # radians
Angle = Float[np.ndarray, "*n"]
Matrices = Float[np.ndarray, "*n 3 3"]

# The joints that turn, and the kind of joint that each is.
TORSO = {"lumbar": "lumbar", "spine": "spine", "thorax": "neck", "skull": "head"}
LIMBS = {
    "clavicle": "clavicle",
    "shoulder": "arm",
    "elbow": "elbow",
    "wrist": "wrist",
    "hip": "leg",
    "knee": "knee",
    "ankle": "ankle",
}


def rotation(kind: str, angles: Angles, side: str = "left") -> Matrices:
    """The rotation of one joint by its angles."""
    s = out(side)
    a = [np.asarray(angles[..., i]) for i in range(angles.shape[-1])]
    match kind:
        case "lumbar" | "spine" | "neck" | "head":
            return about("x", a[0]) @ about("y", a[1]) @ about("z", a[2])
        case "leg" | "ankle":
            return about("x", -a[0]) @ about("y", -s * a[1]) @ about("z", s * a[2])
        case "knee":
            return about("x", a[0])
        case "arm":
            return _swing(a[0], a[1], s) @ about("x", -a[2])
        case "clavicle" | "wrist":
            return _swing(a[0], a[1], s)
        case "elbow":
            return about("z", -s * a[0])
    raise ValueError(f"no joint is called {kind!r}")


def angles(kind: str, R: Matrices, side: str = "left") -> Angles:
    """The angles of one joint from its rotation: the inverse of `rotation`."""
    s = out(side)
    match kind:
        case "lumbar" | "spine" | "neck" | "head":
            return matrix_to_euler(R, "xyz")
        case "leg" | "ankle":
            return matrix_to_euler(R, "xyz") * [-1, -s, s]
        case "knee":
            return np.arctan2(R[..., 2, 1], R[..., 1, 1])[..., None]
        case "arm":
            swing = _swing_angles(R, s)
            rest = np.swapaxes(_swing(swing[..., 0], swing[..., 1], s), -1, -2) @ R
            twist = -np.arctan2(rest[..., 2, 1], rest[..., 1, 1])
            return np.concatenate([swing, twist[..., None]], axis=-1)
        case "clavicle" | "wrist":
            return _swing_angles(R, s)
        case "elbow":
            return -s * np.arctan2(R[..., 1, 0], R[..., 0, 0])[..., None]
    raise ValueError(f"no joint is called {kind!r}")


def pointing(direction: Float[np.ndarray, "*n 3"], side: str) -> Angles:
    """The angles of a clavicle or a wrist that makes what hangs on it point this way."""
    turn = np.zeros((*direction.shape, 3))
    turn[..., 0] = out(side) * direction
    return _swing_angles(turn, out(side))


def joint_angles(local: Float[np.ndarray, "*n joint 3 3"]) -> dict[str, Angles]:
    """All angles of a figure from its rotations relative to the parents, by joint name."""
    found = {
        joint: angles(kind, local[..., FIGURE27.index(joint), :, :])
        for joint, kind in TORSO.items()
    }
    for side in SIDES:
        for part, kind in LIMBS.items():
            joint = f"{side}_{part}"
            found[joint] = angles(kind, local[..., FIGURE27.index(joint), :, :], side)
    return found


def beyond_limits(local: Float[np.ndarray, "*n joint 3 3"]) -> float:
    """By how much (radians) the worst joint of all poses exceeds its limits; 0 if none does."""
    worst = 0.0
    for joint, found in joint_angles(local).items():
        part = joint.removeprefix("left_").removeprefix("right_")
        ranges = LIMITS[TORSO.get(joint) or LIMBS[part]]
        over = np.maximum(found - ranges[:, 1], ranges[:, 0] - found)
        worst = max(worst, float(over.max()))
    return worst


def _swing(lift: Angle, forward: Angle, side: int) -> Matrices:
    vector = np.stack([np.zeros_like(lift), -side * lift, -side * forward], axis=-1)
    return vector_to_matrix(vector)


def _swing_angles(R: Matrices, side: int) -> Angles:
    """The swing that takes the T-pose's arm to where this rotation takes it, without twist."""
    direction = side * R[..., :, 0]
    # Axis and angle of the shortest turn from (side, 0, 0): the axis is in the plane of y and z.
    sin = np.linalg.norm(direction[..., 1:], axis=-1)
    angle = np.arctan2(sin, side * direction[..., 0])
    factor = angle / np.maximum(sin, 1e-12)
    return np.stack([direction[..., 2] * factor, -direction[..., 1] * factor], axis=-1)
