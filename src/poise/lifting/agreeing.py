"""Several opinions about each joint become one answer, and how far they are apart.

mean: their mean, the paper's P-Agg of hypotheses, and what a mirror image is for.
reprojection: of each joint the opinion nearest to its keypoint in the picture (D3DP's JPMA).
    Where the person stands is found by the mean pose; the published evaluation knows it.
"""

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

Agree = Literal["mean", "reprojection"]

Opinions = Float[Tensor, "time opinion joint 3"]
Poses = Float[Tensor, "time joint 3"]
Rays = Float[Tensor, "time joint 2"]

_NEAREST = 0.1  # m before the camera: what comes nearer has no place in the picture


def apart(opinions: Opinions) -> Float[Tensor, "time joint"]:
    """How far opinions are apart: of two, their distance; of more, twice their spread."""
    off = opinions - opinions.mean(dim=1, keepdim=True)
    return 2 * off.square().sum(-1).mean(dim=1).sqrt()


def nearest_in_picture(
    opinions: Opinions, rays: Rays, confidence: Float[Tensor, "time joint"]
) -> Poses:
    """Of each joint the opinion nearest to its keypoint; the mean where there is no keypoint."""
    mean = opinions.mean(dim=1)
    placed = opinions + standing(mean, rays, confidence)[:, None, None]
    seen = placed[..., :2] / placed[..., 2:].clamp(min=_NEAREST)
    distance = torch.linalg.vector_norm(seen - rays[:, None], dim=-1)  # (time, opinion, joint)
    choice = distance.argmin(dim=1)[:, None, :, None].expand(-1, 1, -1, 3)
    known = (confidence > 0)[..., None]
    return torch.where(known, opinions.gather(1, choice)[:, 0], mean)


def standing(
    poses: Poses, rays: Rays, confidence: Float[Tensor, "time joint"]
) -> Float[Tensor, "time 3"]:
    """Where the root is, so that the joints lie closest to their rays: least squares."""
    weight = confidence.clamp(min=1e-3)[..., None]
    ones, zeros = torch.ones_like(rays[..., 0]), torch.zeros_like(rays[..., 0])
    # A joint at x + t is on its ray (u, v, 1) where (x + t)_xy = (u, v) (x + t)_z.
    rows = torch.stack(
        [
            torch.stack([ones, zeros, -rays[..., 0]], dim=-1),
            torch.stack([zeros, ones, -rays[..., 1]], dim=-1),
        ],
        dim=-2,
    )  # (time, joint, 2, 3)
    wanted = rays * poses[..., 2:] - poses[..., :2]  # (time, joint, 2)
    square = torch.einsum("tjri,tjrk,tj->tik", rows, rows, weight[..., 0])
    right = torch.einsum("tjri,tjr,tj->ti", rows, wanted, weight[..., 0])
    # Joints that are all on one ray say nothing of the distance: it stays finite.
    return torch.linalg.solve(square + 1e-9 * torch.eye(3, device=rays.device), right)
