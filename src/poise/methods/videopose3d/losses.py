"""What VideoPose3D learns from unlabelled video: poses that project onto it and keep their bones.

Two networks, one for the pose and one (of one joint) for the root's path in camera space. Rows with
labels give `pose` and `path`; rows without give `projection` and `bones`; the sum is the loss.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

Poses = Float[Tensor, "*batch joint 3"]
Path = Float[Tensor, "*batch 1 3"]
Cameras = Float[Tensor, "batch 9"]
"""fx, fy, cx, cy on a screen from -1 to 1 across; k1, k2, k3; p1, p2."""


def pose_loss(predicted: Poses, target: Poses) -> Float[Tensor, ""]:
    """Mean distance per joint."""
    return (predicted - target).norm(dim=-1).mean()


def path_loss(predicted: Path, target: Path) -> Float[Tensor, ""]:
    """Mean distance over true depth: what is far away may be farther off."""
    return ((predicted - target).norm(dim=-1) / target[..., 2]).mean()


def project(
    points: Float[Tensor, "batch time joint 3"], cameras: Cameras, linear: bool = False
) -> Float[Tensor, "batch time joint 2"]:
    """Points in camera space on the screen; `linear` leaves the lens distortion out."""
    focal, centre, radial, tangential = cameras[:, None, None].split((2, 2, 3, 2), dim=-1)
    seen = (points[..., :2] / points[..., 2:]).clamp(-1, 1)  # keeps wild predictions in bounds
    if linear:
        return focal * seen + centre
    square = (seen * seen).sum(-1, keepdim=True)
    powers = torch.cat([square, square**2, square**3], dim=-1)
    stretch = 1 + (radial * powers).sum(-1, keepdim=True)
    # Human3.6M's own convention: p1 goes with x and p2 with y.
    shift = (tangential * seen).sum(-1, keepdim=True)
    return focal * (seen * (stretch + shift) + tangential * square) + centre


def projection_loss(
    poses: Float[Tensor, "batch time joint 3"],
    paths: Float[Tensor, "batch time 1 3"],
    cameras: Cameras,
    seen: Float[Tensor, "batch time joint 2"],
    linear: bool = False,
) -> Float[Tensor, ""]:
    """How far the placed poses project from the keypoints they were lifted from."""
    return (project(poses + paths, cameras, linear) - seen).norm(dim=-1).mean()


def bone_loss(
    labelled: Float[Tensor, "batch time joint 3"],
    unlabelled: Float[Tensor, "batch_u time joint 3"],
    parents: Sequence[int],
) -> Float[Tensor, ""]:
    """How much the mean bone lengths differ; both sides are predictions, and both learn."""
    return (_mean_lengths(labelled, parents) - _mean_lengths(unlabelled, parents)).abs().mean()


def _mean_lengths(
    poses: Float[Tensor, "batch time joint 3"], parents: Sequence[int]
) -> Float[Tensor, " bone"]:
    children = [joint for joint, parent in enumerate(parents) if parent >= 0]
    bones = poses[:, :, children] - poses[:, :, [parents[joint] for joint in children]]
    return bones.norm(dim=-1).mean(dim=(0, 1))
