"""Other bodies for the same motion: longer shins, broader shoulders, taller, mirrored."""

from functools import cache

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from poise.skeletons import H36M17

# What varies together, left and right alike: each joint's group scales the bone that ends in it.
_GROUPS = ("hip", "knee", "ankle", "spine", "head", "shoulder", "elbow", "wrist")
_GROUP_OF = {"thorax": "spine", "nose": "head"}
_ANKLES = [H36M17.index("left_ankle"), H36M17.index("right_ankle")]


def draw_lengths(
    generator: torch.Generator, batch: int, spread: float, dtype: torch.dtype
) -> Float[Tensor, "batch 17"]:
    """A factor for each bone (the one that ends in the joint); the pelvis's is that of the legs."""
    normal = torch.randn(
        batch, len(_GROUPS), generator=generator, device=generator.device, dtype=dtype
    )
    group = torch.exp(spread * normal)
    legs = (group[:, _GROUPS.index("knee")] + group[:, _GROUPS.index("ankle")]) / 2
    return torch.cat([legs[:, None], group[:, _columns()]], dim=1)


def scale_bones(
    xyz: Float[Tensor, "batch 3 17 time"],
    lengths: Float[Tensor, "batch 17"],
    size: Float[Tensor, " batch"],
) -> Float[Tensor, "batch 3 17 time"]:
    """The motion of bodies whose bones and size are multiplied by these factors.

    The path of the pelvis is scaled with the legs, so that a standing foot slides little; then the
    body is lifted or lowered as a whole until the lowest ankle is as high as it was, for its size.
    """
    bones, paths = (torch.as_tensor(m, dtype=xyz.dtype, device=xyz.device) for m in _chain())
    factors = lengths * size[:, None]
    moved = (paths @ (factors[:, :, None] * bones))[:, None] @ xyz
    lowest = size * xyz[:, 2, _ANKLES].amin(dim=(1, 2))
    moved[:, 2] += (lowest - moved[:, 2, _ANKLES].amin(dim=(1, 2)))[:, None, None]
    return moved


def mirror(
    xyz: Float[Tensor, "batch 3 17 time"], mirrored: Bool[Tensor, " batch"]
) -> Float[Tensor, "batch 3 17 time"]:
    """The chosen samples in a mirror (the plane x = 0): left and right exchanged."""
    flip = torch.tensor([-1.0, 1.0, 1.0], dtype=xyz.dtype, device=xyz.device)[:, None, None]
    return torch.where(mirrored[:, None, None, None], xyz[:, :, list(H36M17.mirror)] * flip, xyz)


@cache
def _columns() -> list[int]:
    """The group of every joint but the pelvis."""
    names = [joint.split("_")[-1] for joint in H36M17.joints[1:]]
    return [_GROUPS.index(_GROUP_OF.get(name, name)) for name in names]


@cache
def _chain() -> tuple[np.ndarray, np.ndarray]:
    """From joints to bones (the pelvis stays a place), and from bones back to joints."""
    bones = np.eye(17)
    for parent, child in H36M17.bones:
        bones[child, parent] = -1
    return bones, np.linalg.inv(bones)  # the inverse of a tree is exact: zeros and ones
