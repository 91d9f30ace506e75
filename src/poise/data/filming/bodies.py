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
_THORAX = H36M17.index("thorax")
_ARMS = [
    index
    for index, joint in enumerate(H36M17.joints)
    if joint.split("_")[-1] in ("shoulder", "elbow", "wrist")
]
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


def exchange_arms(
    xyz: Float[Tensor, "batch 3 17 time"], chosen: Bool[Tensor, " batch"]
) -> Float[Tensor, "batch 3 17 time"]:
    """The chosen samples with the arms of the sample before them, frame by frame.

    Who waves while walking has been seen walking, and somebody else has been seen waving: arms go
    with the chest, so they are moved from chest to chest, and what a person does with them is
    independent of what the legs do.
    """
    who = chosen.nonzero()[:, 0]
    own, other = xyz[who], xyz[who - 1]  # of the first sample, the last one
    # In the other's chest, whose axes are (batch, 3 axes, 3, time), and from there in one's own.
    arms = other[:, :, _ARMS] - other[:, :, _THORAX, None]
    arms = torch.einsum("baxt,bxjt->bajt", _chest(other), arms)
    arms = torch.einsum("baxt,bajt->bxjt", _chest(own), arms)
    own[:, :, _ARMS] = own[:, :, _THORAX, None] + arms
    moved = xyz.clone()
    moved[who] = own
    return moved


def _chest(xyz: Float[Tensor, "batch 3 17 time"]) -> Float[Tensor, "batch 3 3 time"]:
    """The chest's axes in the world: to its left, up along the spine, and forward."""
    left = xyz[:, :, H36M17.index("left_shoulder")] - xyz[:, :, H36M17.index("right_shoulder")]
    up = xyz[:, :, _THORAX] - xyz[:, :, H36M17.index("spine")]
    left = torch.nn.functional.normalize(left, dim=1)
    up = torch.nn.functional.normalize(up - (up * left).sum(1, keepdim=True) * left, dim=1)
    return torch.stack([left, up, torch.linalg.cross(left, up, dim=1)], dim=1)


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
