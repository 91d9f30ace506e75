"""How joints turn, in torch: rotations from angles, and the axis that each angle is about.

The same angles as in `poise.anatomy.pose`, which is the plain twin of this file, but many joints of
a family at once. An axis is in the parent's frame: a little more of the angle is a turn about it.
"""

import torch
from jaxtyping import Float
from torch import Tensor

Angles = Float[Tensor, "*n k"]
Matrices = Float[Tensor, "*n 3 3"]

_TINY = 1e-8  # rad: a turn by less has no axis that could be told


def euler(angles: Float[Tensor, "*n 3"], signs: Float[Tensor, "*m 3"]) -> tuple[Matrices, Matrices]:
    """Turns about moving x, y, z, each with a sign; column i of the second answer is axis i."""
    turned = signs * angles
    (sx, sy, sz), (cx, cy, cz) = torch.sin(turned).unbind(-1), torch.cos(turned).unbind(-1)
    zero, one = torch.zeros_like(sx), torch.ones_like(sx)
    R = _matrix(
        *(cy * cz, -cy * sz, sy),
        *(cx * sz + sx * sy * cz, cx * cz - sx * sy * sz, -sx * cy),
        *(sx * sz - cx * sy * cz, sx * cz + cx * sy * sz, cx * cy),
    )
    axes = _matrix(one, zero, sy, zero, cx, -sx * cy, zero, sx, cx * cy)
    return R, axes * signs[..., None, :]


def hinge(angle: Float[Tensor, "*n"], axis: Float[Tensor, "*m 3"]) -> Matrices:
    """Turns about axes that never change."""
    K = cross_matrix(axis)
    sin, cos = torch.sin(angle)[..., None, None], torch.cos(angle)[..., None, None]
    return torch.eye(3, dtype=angle.dtype) + sin * K + (1 - cos) * (K @ K)


def swing(
    angles: Float[Tensor, "*n 2"], side: Float[Tensor, "*m"]
) -> tuple[Matrices, Float[Tensor, "*n 3 2"]]:
    """Limbs that rest along x, lifted and swung forward: one turn without twist."""
    vector = torch.nn.functional.pad(-side[..., None] * angles, (1, 0))
    angle = torch.sqrt((vector**2).sum(dim=-1) + _TINY**2)[..., None, None]
    K = cross_matrix(vector)
    KK = K @ K
    sin, cos = torch.sin(angle), torch.cos(angle)
    small = angle < 1e-4
    b = torch.where(small, 0.5, (1 - cos) / angle**2)
    c = torch.where(small, 1 / 6, (angle - sin) / angle**3)
    eye = torch.eye(3, dtype=angles.dtype)
    # The left Jacobian of the exponential map: which turn a change of the vector is.
    axes = eye + b * K + c * KK
    return eye + sin / angle * K + b * KK, -side[..., None, None] * axes[..., 1:]


def exponential(vector: Float[Tensor, "*n 3"]) -> Matrices:
    """Turn about the vector by its length."""
    angle = torch.sqrt((vector**2).sum(dim=-1) + _TINY**2)[..., None, None]
    K = cross_matrix(vector)
    a, b = torch.sin(angle) / angle, (1 - torch.cos(angle)) / angle**2
    return torch.eye(3, dtype=vector.dtype) + a * K + b * (K @ K)


def logarithm(R: Float[Tensor, "*n 3 3"]) -> Float[Tensor, "*n 3"]:
    """The inverse, for turns by less than half a turn."""
    twist = torch.stack(
        [
            R[..., 2, 1] - R[..., 1, 2],
            R[..., 0, 2] - R[..., 2, 0],
            R[..., 1, 0] - R[..., 0, 1],
        ],
        dim=-1,
    )
    sine = twist.norm(dim=-1, keepdim=True) / 2
    cosine = (R.diagonal(dim1=-2, dim2=-1).sum(dim=-1, keepdim=True) - 1) / 2
    large = sine > 1e-7
    return twist / 2 * torch.where(large, torch.atan2(sine, cosine) / sine.clamp(min=1e-7), 1.0)


def cross_matrix(vector: Float[Tensor, "*n 3"]) -> Matrices:
    """The matrix K with K x = vector x x."""
    x, y, z = vector.unbind(dim=-1)
    zero = torch.zeros_like(x)
    return _matrix(zero, -z, y, z, zero, -x, -y, x, zero)


def _matrix(*entries: Tensor) -> Matrices:
    return torch.stack(entries, dim=-1).reshape(*entries[0].shape, 3, 3)
