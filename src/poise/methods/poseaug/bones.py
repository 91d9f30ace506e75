"""Poses as bones, and what PoseAug does to them: bend, stretch, turn, move, exchange lengths.

A bone is called after the joint that it ends in, and they come in the order of these. As published,
its vector points from there to where it begins.
"""

from functools import cache

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from poise.skeletons import Skeleton

Poses = Float[Tensor, "*any joint 3"]
Bones = Float[Tensor, "*any bone 3"]

# What is stretched together, left and right alike: the ratios' order is the published one.
_STRETCHED = ("hip", "knee", "ankle", "spine", "thorax", "head", "shoulder", "elbow", "wrist")
_LIKE = {"nose": "head"}  # of h36m17, which has a joint more on the way to the head
STRETCHES = len(_STRETCHED)
TORSO = _STRETCHED.index("thorax")
"""The ratio that stays 0: a longer torso would look like a nearer person."""

_SPINE = ("spine", "thorax")  # bones that are not bent: the whole person would turn

# The parts that are judged, in the published order. The published names (lh, rh, ll, rl, hb) have
# the legs' sides exchanged.
_PARTS = (
    ("thorax", "left_shoulder", "left_elbow", "left_wrist"),
    ("thorax", "right_shoulder", "right_elbow", "right_wrist"),
    ("right_hip", "right_knee", "right_ankle", "left_hip", "spine"),
    ("right_hip", "left_hip", "left_knee", "left_ankle", "spine"),
    (
        *("right_hip", "left_hip", "spine", "thorax", "nose", "head"),
        *("left_shoulder", "right_shoulder"),
    ),
)
PARTS = len(_PARTS)

_THETA_PAD, _LEAST_SQUARE = 1e-6, 1e-6  # torchgeometry 0.1.2, through which poses were turned


def bone_vectors(poses: Poses, skeleton: Skeleton) -> Bones:
    """From each bone's end to its beginning."""
    begin, end = _ends(skeleton, poses.device)
    return poses[..., begin, :] - poses[..., end, :]


def joined(bones: Bones, skeleton: Skeleton) -> Poses:
    """The pose of these bones, its root at 0."""
    return -(_paths(skeleton, bones.device).to(bones) @ bones)


def lengths_and_directions(
    poses: Poses, skeleton: Skeleton
) -> tuple[Float[Tensor, "*any bone 1"], Bones]:
    """How long each bone is, and where it points; a bone of no length has no direction (NaN)."""
    bones = bone_vectors(poses, skeleton)
    lengths = torch.linalg.vector_norm(bones, dim=-1, keepdim=True)
    return lengths, bones / lengths


def bend(
    poses: Poses, offsets: Float[Tensor, "*#any bone 3"], skeleton: Skeleton
) -> tuple[Poses, Float[Tensor, "*any bone"]]:
    """BA: each bone's direction moved by its offset, but for the spine's; and by how much.

    How much is 1 minus the cosine of the angle. Lengths and the root stay.
    """
    lengths, old = lengths_and_directions(poses, skeleton)
    new = F.normalize(old + offsets, dim=-1, eps=0.0)
    bent = torch.where(_is_spine(skeleton, poses.device), old, new)
    change = 1 - (bent * old).sum(-1)
    return joined(bent * lengths, skeleton) + poses[..., :1, :], change


def stretch(poses: Poses, ratios: Float[Tensor, "*#any ratio"], skeleton: Skeleton) -> Poses:
    """BL: each bone longer by its group's ratio of its length; directions and the root stay."""
    more = ratios[..., _groups(skeleton, ratios.device)][..., None]
    bones = bone_vectors(poses, skeleton)
    return joined(bones + more * bones, skeleton) + poses[..., :1, :]


def with_lengths(poses: Poses, lengths: Float[Tensor, "*#any bone 1"], skeleton: Skeleton) -> Poses:
    """The same directions and root with bones of these lengths."""
    _, directions = lengths_and_directions(poses, skeleton)
    return joined(directions * lengths, skeleton) + poses[..., :1, :]


def turn_about(
    poses: Poses, turn: Float[Tensor, "*#any 3 3"], pivot: Float[Tensor, "*#any 1 3"]
) -> Poses:
    """R: poses turned about a point, which goes to 0."""
    return (poses - pivot) @ turn.mT


def rotation(axis_angle: Float[Tensor, "*any 3"]) -> Float[Tensor, "*any 3 3"]:
    """The rotation about an axis by its length in radians.

    As published, the axis is divided by a little more than its length, so large rotations are
    rotations to 1e-6 only; below a milliradian the first order stands.
    """
    square = (axis_angle * axis_angle).sum(-1)
    large = square > _LEAST_SQUARE
    theta = torch.where(large, square, 1.0).sqrt()  # 1: any number that has a root with a gradient
    axis = axis_angle / (theta[..., None] + _THETA_PAD)
    sin, cos = theta.sin()[..., None, None], theta.cos()[..., None, None]
    one = torch.eye(3, dtype=axis_angle.dtype, device=axis_angle.device)
    outer = axis[..., :, None] * axis[..., None, :]
    full = cos * one + sin * cross_matrix(axis) + (1 - cos) * outer
    return torch.where(large[..., None, None], full, one + cross_matrix(axis_angle))


def part_angles(poses: Poses, skeleton: Skeleton) -> Float[Tensor, "*any part bone bone"]:
    """KCS: the cosines between the bones of each part, 0 where a bone is not of the part."""
    _, directions = lengths_and_directions(poses, skeleton)
    parts = _parts(skeleton, poses.device).to(directions)
    inside = directions[..., None, :, :] * parts[:, :, None]
    return inside @ inside.mT


def cross_matrix(v: Float[Tensor, "*any 3"]) -> Float[Tensor, "*any 3 3"]:
    """What a cross product with this vector from the left is as a matrix."""
    x, y, z = v.unbind(-1)
    zero = torch.zeros_like(x)
    rows = [zero, -z, y, z, zero, -x, -y, x, zero]
    return torch.stack(rows, dim=-1).unflatten(-1, (3, 3))


def _bone_ends(skeleton: Skeleton) -> list[str]:
    return [skeleton.joints[end] for _, end in skeleton.bones]


@cache
def _ends(skeleton: Skeleton, device: torch.device) -> Int[Tensor, "2 bone"]:
    return torch.tensor(skeleton.bones, device=device).T


@cache
def _paths(skeleton: Skeleton, device: torch.device) -> Float[Tensor, "joint bone"]:
    """Which bones lead from the root to each joint."""
    number = {end: bone for bone, (_, end) in enumerate(skeleton.bones)}
    paths = torch.zeros(len(skeleton), len(number))
    for joint in skeleton.order:
        if joint in number:
            paths[joint] = paths[skeleton.parents[joint]]
            paths[joint, number[joint]] = 1
    return paths.to(device)


@cache
def _groups(skeleton: Skeleton, device: torch.device) -> Int[Tensor, " bone"]:
    ends = (joint.split("_")[-1] for joint in _bone_ends(skeleton))
    return torch.tensor([_STRETCHED.index(_LIKE.get(end, end)) for end in ends], device=device)


@cache
def _is_spine(skeleton: Skeleton, device: torch.device) -> Tensor:
    return torch.tensor([[joint in _SPINE] for joint in _bone_ends(skeleton)], device=device)


@cache
def _parts(skeleton: Skeleton, device: torch.device) -> Float[Tensor, "part bone"]:
    ends = _bone_ends(skeleton)
    return torch.tensor([[float(joint in part) for joint in ends] for part in _PARTS]).to(device)
