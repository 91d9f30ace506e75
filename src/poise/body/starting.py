"""A first pose from joints alone: bones point where the joints say, hinges bend where they can."""

import numpy as np
from jaxtyping import Float

from poise.anatomy.figure import LIMITS, SIDES, out
from poise.anatomy.pose import angles
from poise.body.figure_model import ANGLES, JOINTS
from poise.geometry.rotations import matrix_to_vector, vector_to_matrix

_BENT = 0.35  # sine of the bend from which a hinge tells how the limb is twisted

Points = Float[np.ndarray, "time 3"]
Matrices = Float[np.ndarray, "time 3 3"]


def first_pose(
    joints: dict[str, Points],
) -> tuple[Points, Matrices, Float[np.ndarray, "time angle"]]:
    """The root's place and turn, and all angles; joints are by name, without unknown places."""
    x = joints["left_hip"] - joints["right_hip"]
    pelvis = _frame(x, joints["spine"] - joints["pelvis"])
    chest = _frame(
        joints["left_shoulder"] - joints["right_shoulder"], joints["thorax"] - joints["spine"]
    )
    found = {}
    half = vector_to_matrix(matrix_to_vector(_relative(pelvis, chest)) / 2)
    found["lumbar"], found["spine"] = angles("lumbar", half), angles("spine", half)
    for side in SIDES:
        s = out(side)
        thigh = _unit(joints[f"{side}_knee"] - joints[f"{side}_hip"])
        shin = _unit(joints[f"{side}_ankle"] - joints[f"{side}_knee"])
        # A knee bends the shin to the thigh's back, y.
        leg = _with_axes(z=-thigh, y=_bend(thigh, shin, pelvis[..., 1]))
        found[f"{side}_hip"] = angles("leg", _relative(pelvis, leg), side)
        found[f"{side}_knee"] = _between(thigh, shin)
        upper = _unit(joints[f"{side}_elbow"] - joints[f"{side}_shoulder"])
        lower = _unit(joints[f"{side}_wrist"] - joints[f"{side}_elbow"])
        # An elbow bends the forearm to the upper arm's front, -y.
        relaxed = _relative(chest, upper[..., None])[..., 0] * s
        swing = vector_to_matrix(_shortest(relaxed))
        arm = _with_axes(x=s * upper, y=_bend(upper, -lower, (chest @ swing)[..., 1]))
        found[f"{side}_shoulder"] = angles("arm", _relative(chest, arm), side)
        found[f"{side}_elbow"] = _between(upper, lower)
    table = np.zeros((len(x), ANGLES))
    for joint in JOINTS:
        if joint.name in found:
            low, high = LIMITS[joint.kind].T
            table[:, joint.angles] = np.clip(found[joint.name], low, high)
    return joints["pelvis"], pelvis, table


def _bend(upper: Points, lower: Points, relaxed: Points) -> Points:
    """The direction a limb bends to, across its upper bone; `relaxed` where it is straight."""
    aside = lower - _dot(lower, upper) * upper
    sine = np.linalg.norm(aside, axis=-1, keepdims=True)
    share = np.clip(sine / _BENT, 0, 1) ** 2
    neutral = _unit(relaxed - _dot(relaxed, upper) * upper)
    return _unit(share * _unit(aside) + (1 - share) * neutral)


def _between(upper: Points, lower: Points) -> Float[np.ndarray, "time 1"]:
    return np.arccos(np.clip(_dot(upper, lower), -1, 1))


def _shortest(x: Points) -> Points:
    """The rotation vector of the shortest turn from the x axis to these directions."""
    axis = np.cross(np.array([1.0, 0.0, 0.0]), x)
    sine = np.linalg.norm(axis, axis=-1, keepdims=True)
    return axis / np.maximum(sine, 1e-9) * np.arctan2(sine, x[..., :1])


def _frame(x: Points, up: Points) -> Matrices:
    """Axes with x along the hips or shoulders, and z as far up the trunk as that allows."""
    x = _unit(x)
    return _with_axes(x=x, z=_unit(up - _dot(up, x) * x))


def _with_axes(**known: Points) -> Matrices:
    """The rotation that has these two columns, which are unit vectors at right angles."""
    if "x" not in known:
        known["x"] = np.cross(known["y"], known["z"])
    if "y" not in known:
        known["y"] = np.cross(known["z"], known["x"])
    if "z" not in known:
        known["z"] = np.cross(known["x"], known["y"])
    return np.stack([known["x"], known["y"], known["z"]], axis=-1)


def _relative(parent: Matrices, child: np.ndarray) -> np.ndarray:
    return np.swapaxes(parent, -1, -2) @ child


def _dot(a: Points, b: Points) -> Float[np.ndarray, "time 1"]:
    return (a * b).sum(axis=-1, keepdims=True)


def _unit(v: Points) -> Points:
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9)
