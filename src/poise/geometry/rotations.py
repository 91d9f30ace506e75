"""Rotations as matrices, unit quaternions (w, x, y, z), Euler angles and rotation vectors.

Matrices act on column vectors: x' = R x. Angles in radians.
"""

from typing import Literal

import numpy as np
from jaxtyping import Float

Axis = Literal["x", "y", "z"]


def about(axis: Axis, angle: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n 3 3"]:
    """The matrix that turns by `angle` about one coordinate axis."""
    sin, cos = np.sin(angle), np.cos(angle)
    first, second = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    R = np.zeros((*np.shape(angle), 3, 3))
    fixed = "xyz".index(axis)
    R[..., fixed, fixed] = 1
    R[..., first, first] = R[..., second, second] = cos
    R[..., first, second], R[..., second, first] = -sin, sin
    return R


def euler_to_matrix(
    angles: Float[np.ndarray, "*n axes"], order: str
) -> Float[np.ndarray, "*n 3 3"]:
    """Turn about moving axes in this order: "zxy" is Rz Rx Ry, as BVH channels are read."""
    R = about(order[0], angles[..., 0])  # type: ignore[arg-type]
    for i, axis in enumerate(order[1:], start=1):
        R = R @ about(axis, angles[..., i])  # type: ignore[arg-type]
    return R


def euler_to_quaternion(
    angles: Float[np.ndarray, "*n axes"], order: str
) -> Float[np.ndarray, "*n 4"]:
    """The unit quaternion of `euler_to_matrix`; no axes at all are the identity."""
    q = np.zeros((*angles.shape[:-1], 4))
    q[..., 0] = 1
    for i, axis in enumerate(order):
        turn = np.zeros_like(q)
        turn[..., 0] = np.cos(angles[..., i] / 2)
        turn[..., 1 + "xyz".index(axis)] = np.sin(angles[..., i] / 2)
        q = multiply(q, turn) if i else turn
    return q


def matrix_to_euler(R: Float[np.ndarray, "*n 3 3"], order: str) -> Float[np.ndarray, "*n 3"]:
    """The angles of three different moving axes, the middle one in [-90, 90] degrees."""
    i, j, k = ("xyz".index(axis) for axis in order)
    sign = 1.0 if (j - i) % 3 == 1 else -1.0  # whether the order is cyclic
    middle = np.arcsin(np.clip(sign * R[..., i, k], -1, 1))
    first = np.arctan2(-sign * R[..., j, k], R[..., k, k])
    last = np.arctan2(-sign * R[..., i, j], R[..., i, i])
    # Straight up or down only the sum of the outer angles is known: give it to the first.
    locked = np.abs(R[..., i, k]) > 1 - 1e-9
    first = np.where(locked, np.arctan2(sign * R[..., k, j], R[..., j, j]), first)
    return np.stack([first, middle, np.where(locked, 0.0, last)], axis=-1)


def vector_to_matrix(vector: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3 3"]:
    """The exponential map: turn about the vector by its length (Rodrigues)."""
    angle = np.linalg.norm(vector, axis=-1)[..., None, None]
    K = cross_matrix(vector)
    small = angle < 1e-6
    safe = np.where(small, 1.0, angle)
    a = np.where(small, 1 - angle**2 / 6, np.sin(safe) / safe)
    b = np.where(small, 0.5 - angle**2 / 24, (1 - np.cos(safe)) / safe**2)
    return np.eye(3) + a * K + b * (K @ K)


def matrix_to_vector(R: Float[np.ndarray, "*n 3 3"]) -> Float[np.ndarray, "*n 3"]:
    """The rotation vector of a matrix, its length in [0, pi]."""
    return quaternion_to_vector(matrix_to_quaternion(R))


def cross_matrix(vector: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3 3"]:
    """The matrix K with K x = vector x x (the cross product)."""
    x, y, z = np.moveaxis(vector, -1, 0)
    zero = np.zeros_like(x)
    rows = [zero, -z, y, z, zero, -x, -y, x, zero]
    return np.stack(rows, axis=-1).reshape(*x.shape, 3, 3)


def quaternion_to_matrix(q: Float[np.ndarray, "*n 4"]) -> Float[np.ndarray, "*n 3 3"]:
    """The matrix of a unit quaternion."""
    w, x, y, z = np.moveaxis(q, -1, 0)
    rows = [
        1 - 2 * (y * y + z * z),
        2 * (x * y - w * z),
        2 * (x * z + w * y),
        2 * (x * y + w * z),
        1 - 2 * (x * x + z * z),
        2 * (y * z - w * x),
        2 * (x * z - w * y),
        2 * (y * z + w * x),
        1 - 2 * (x * x + y * y),
    ]
    return np.stack(rows, axis=-1).reshape(*w.shape, 3, 3)


def matrix_to_quaternion(R: Float[np.ndarray, "*n 3 3"]) -> Float[np.ndarray, "*n 4"]:
    """The unit quaternion of a matrix, with w >= 0."""
    # Four times the outer product q q^T is linear in R; its largest column gives q most exactly.
    xx, yy, zz = R[..., 0, 0], R[..., 1, 1], R[..., 2, 2]
    wx, wy, wz = (
        R[..., 2, 1] - R[..., 1, 2],
        R[..., 0, 2] - R[..., 2, 0],
        R[..., 1, 0] - R[..., 0, 1],
    )
    xy, xz, yz = (
        R[..., 0, 1] + R[..., 1, 0],
        R[..., 0, 2] + R[..., 2, 0],
        R[..., 1, 2] + R[..., 2, 1],
    )
    outer = np.stack(
        [
            np.stack([1 + xx + yy + zz, wx, wy, wz], axis=-1),
            np.stack([wx, 1 + xx - yy - zz, xy, xz], axis=-1),
            np.stack([wy, xy, 1 - xx + yy - zz, yz], axis=-1),
            np.stack([wz, xz, yz, 1 - xx - yy + zz], axis=-1),
        ],
        axis=-2,
    )
    best = np.diagonal(outer, axis1=-2, axis2=-1).argmax(axis=-1)
    q = np.take_along_axis(outer, best[..., None, None], axis=-2)[..., 0, :]
    q = q / np.linalg.norm(q, axis=-1, keepdims=True)
    return np.where(q[..., :1] < 0, -q, q)


def conjugate(q: Float[np.ndarray, "*n 4"]) -> Float[np.ndarray, "*n 4"]:
    """The inverse of a unit quaternion."""
    return q * np.array([1, -1, -1, -1], q.dtype)


def quaternion_to_vector(q: Float[np.ndarray, "*n 4"]) -> Float[np.ndarray, "*n 3"]:
    """The rotation vector of a unit quaternion, its length in [0, pi]."""
    q = np.where(q[..., :1] < 0, -q, q)
    sin = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sin, q[..., :1])
    return q[..., 1:] * np.where(sin > 1e-12, angle / np.maximum(sin, 1e-12), 2.0)


def multiply(
    a: Float[np.ndarray, "*n 4"], b: Float[np.ndarray, "*n 4"]
) -> Float[np.ndarray, "*n 4"]:
    """The quaternion that turns by `b` first, then by `a`."""
    aw, ax, ay, az = np.moveaxis(a, -1, 0)
    bw, bx, by, bz = np.moveaxis(b, -1, 0)
    parts = [
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    ]
    return np.stack(parts, axis=-1)


def slerp(
    a: Float[np.ndarray, "*n 4"], b: Float[np.ndarray, "*n 4"], share: Float[np.ndarray, "*n"]
) -> Float[np.ndarray, "*n 4"]:
    """Between two unit quaternions, the shorter way round at even speed: `a` at 0, `b` at 1."""
    cos = (a * b).sum(axis=-1, keepdims=True)
    b = np.where(cos < 0, -b, b)
    angle = np.arccos(np.clip(np.abs(cos), 0, 1))
    t = share[..., None]
    near = angle < 1e-4  # there a straight line is as good, and the sine below would be zero
    sin = np.where(near, 1.0, np.sin(angle))
    of_a = np.where(near, 1 - t, np.sin((1 - t) * angle) / sin)
    of_b = np.where(near, t, np.sin(t * angle) / sin)
    mixed = of_a * a + of_b * b
    return mixed / np.linalg.norm(mixed, axis=-1, keepdims=True)
