"""GPA: put a pose where, and as far away as, a person of the target is seen."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

Camera = Float[Tensor, "batch 4"]
"""fx, fy, cx, cy, in the unit of what is seen: pixels, or a screen from -1 to 1 across."""

NEAREST, FARTHEST = 0.5, 30.0  # m, of a person


class Aligned(NamedTuple):
    """Poses at their new places in the camera's frame."""

    poses: Float[Tensor, "batch time joint 3"]
    depth: Float[Tensor, " batch"]  # of the middle frame's root; before it was held in bounds


def align_published(
    poses: Float[Tensor, "batch joint 3"],
    seen: Float[Tensor, "batch joint 2"],
    camera: Camera,
    index: Int[Tensor, " batch"] | None = None,
) -> Float[Tensor, "batch joint 3"]:
    """As the authors released it: pose i meets what is seen in `index[i]`, drawn if not given.

    Two of its habits: all depths are by the focal length of the first row, and the rows of the
    camera stay where they are while those that were seen are exchanged.
    """
    if index is None:
        index = torch.randperm(len(seen), device=seen.device)
    one = camera[:1, :2].expand(len(camera), -1)
    partner = seen[index][:, None]
    depth = depth_by_size(poses[:, None], partner, one)
    return at(poses[:, None], partner, camera, depth)[:, 0]


def align(
    poses: Float[Tensor, "batch time joint 3"],
    seen: Float[Tensor, "batch time joint 2"],
    camera: Camera,
) -> Aligned:
    """Window i where the person of window i of the target is, by that window's own camera.

    A window moves as a whole: its size is the mean of its frames', and its middle frame's root is
    seen where the other's is. Nobody comes nearer than half a metre or goes beyond 30; where the
    size is 0 the depth is inf, and the caller drops the pair.
    """
    depth = depth_by_size(poses, seen, camera[:, :2])
    return Aligned(at(poses, seen, camera, depth.clamp(NEAREST, FARTHEST)), depth)


def depth_by_size(
    poses: Float[Tensor, "batch time joint 3"],
    seen: Float[Tensor, "batch time joint 2"],
    focal: Float[Tensor, "batch 2"],
) -> Float[Tensor, " batch"]:
    """How far away poses are as large as what is seen: the mean of their boxes' sides.

    The person is taken to be flat, so what comes out is right but for perspective.
    """
    wanted = _box(seen).mean(1).sum(-1)
    own = (focal * _box(poses[..., :2]).mean(1)).sum(-1)
    return own / wanted


def at(
    poses: Float[Tensor, "batch time joint 3"],
    seen: Float[Tensor, "batch time joint 2"],
    camera: Camera,
    depth: Float[Tensor, " batch"],
) -> Float[Tensor, "batch time joint 3"]:
    """The window moved until its middle frame's root is at this depth and is seen there."""
    middle = poses.shape[1] // 2
    ray = (seen[:, middle, 0] - camera[:, 2:]) / camera[:, :2]
    place = depth[:, None] * torch.nn.functional.pad(ray, (0, 1), value=1.0)
    return poses - (poses[:, middle, 0] - place)[:, None, None]


def project(
    poses: Float[Tensor, "batch time joint 3"], camera: Camera
) -> Float[Tensor, "batch time joint 2"]:
    """What a camera without distortion sees."""
    focal, centre = camera[:, None, None].split(2, dim=-1)
    return focal * (poses[..., :2] / poses[..., 2:]) + centre


def _box(points: Float[Tensor, "batch time joint 2"]) -> Float[Tensor, "batch time 2"]:
    """Width and height."""
    return points.amax(-2) - points.amin(-2)
