"""The first guess of a fit: trunk and limbs turned to where the joints are, by hand."""

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from poise.data.rendered.posing import ANGLE_COUNT, ANGLES, Limb
from poise.skeletons import H36M17

Vectors = Float[np.ndarray, "time 3"]


def first_guess(
    xyz: Float[np.ndarray, "time 17 3"], axes: dict[str, Limb]
) -> tuple[
    Float[np.ndarray, "time 3 3"], Float[np.ndarray, "time 3"], Float[np.ndarray, "time angle"]
]:
    """How the root is turned, where it is, and the angles of the rest."""

    def at(joint: str) -> Vectors:
        return xyz[:, H36M17.index(joint)]

    angles = np.zeros((len(xyz), ANGLE_COUNT))
    upright = _frame(at("left_hip") - at("right_hip"), at("thorax") - at("pelvis"))
    chest = _frame(at("left_shoulder") - at("right_shoulder"), at("thorax") - at("spine"))
    bend = Rotation.from_matrix(np.swapaxes(upright, 1, 2) @ chest).as_rotvec()
    angles[:, ANGLES["lumbar"]] = angles[:, ANGLES["chest"]] = bend / 2
    for side in ("left", "right"):
        for name, hinge, base, joints in (
            ("arm", "elbow", chest, ("shoulder", "elbow", "wrist")),
            ("leg", "knee", upright, ("hip", "knee", "ankle")),
        ):
            upper, lower, end = (at(f"{side}_{joint}") for joint in joints)
            found = _bend_limb(base, lower - upper, end - lower, axes[f"{side}_{name}"])
            angles[:, ANGLES[f"{side}_{name}"]] = found[:, :3]
            angles[:, ANGLES[f"{side}_{hinge}"]] = found[:, 3:]
    return upright, at("pelvis").copy(), angles


def _frame(left: Vectors, up: Vectors) -> Float[np.ndarray, "time 3 3"]:
    """The rotation of a trunk whose left and whose up are known; at rest they are x and z."""
    x = _unit(left)
    z = _unit(up - (up * x).sum(axis=-1, keepdims=True) * x)
    return np.stack([x, np.cross(z, x), z], axis=-1)


def _bend_limb(
    base: Float[np.ndarray, "time 3 3"], first: Vectors, second: Vectors, axes: Limb
) -> Float[np.ndarray, "time 4"]:
    """Two angles of swing, the twist and the bend that turn a limb along these two bones."""
    along, across, hinge = (part.double().numpy() for part in (axes.along, axes.across, axes.hinge))
    first, second = (_unit(np.einsum("tji,tj->ti", base, part)) for part in (first, second))
    axis = np.cross(along, first)
    sine = np.linalg.norm(axis, axis=-1, keepdims=True)
    swing = axis / np.maximum(sine, 1e-9) * np.arctan2(sine, first @ along[:, None])
    bend = np.arctan2(
        np.linalg.norm(np.cross(first, second), axis=-1), (first * second).sum(axis=-1)
    )
    # The forearm says how the arm is twisted; the straighter it is, the less.
    fore = Rotation.from_rotvec(swing).apply(second, inverse=True)
    cosine, sine = fore @ np.cross(hinge, along), fore @ hinge
    cosine, sine = (gaussian_filter1d(part, 2.0, axis=0, mode="nearest") for part in (cosine, sine))
    twist = np.unwrap(np.arctan2(sine, cosine + 0.05))
    twist -= 2 * np.pi * np.round(np.median(twist) / (2 * np.pi))
    return np.stack([*(swing @ across.T).T, twist, bend - axes.bent], axis=-1)


def _unit(vectors: Vectors) -> Vectors:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
