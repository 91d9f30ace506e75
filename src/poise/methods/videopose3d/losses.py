"""What VideoPose3D learns from unlabelled video: poses that project onto it and keep their bones.

Two networks, one for the pose and one (of one joint) for the root's path in camera space. Rows with
labels give `pose` and `path`; rows without give `projection` and `bones`; the sum is the loss.
"""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor

from poise.methods.published_camera import Cameras, project

Poses = Float[Tensor, "*batch joint 3"]
Path = Float[Tensor, "*batch 1 3"]


def pose_loss(predicted: Poses, target: Poses) -> Float[Tensor, ""]:
    """Mean distance per joint."""
    return (predicted - target).norm(dim=-1).mean()


def path_loss(predicted: Path, target: Path) -> Float[Tensor, ""]:
    """Mean distance over true depth: what is far away may be farther off."""
    return ((predicted - target).norm(dim=-1) / target[..., 2]).mean()


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
