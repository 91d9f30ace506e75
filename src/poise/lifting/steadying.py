"""Keypoints tremble: steadied for those who hold answers against them, not for networks."""

from dataclasses import replace

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from poise.lifting.framing import Sight

STEADIED = 2  # frames before and after, which `steadied` looks at


def steadied(sight: Sight) -> Sight:
    """Rays as the frames around have them too, and what each is worth: a detector trembles.

    Five frames, the nearer the more, and each joint as far as the detector was sure of it: what is
    half sure is worth an eighth.
    """
    worth = sight.confidence**3
    around = worth.new_tensor([1.0, 2.0, 3.0, 2.0, 1.0]) / 9

    def spread(values: Float[Tensor, "batch time value"]) -> Tensor:
        rows = values.mT.flatten(0, 1)[:, None]  # (batch * value, 1, time)
        return (
            F.conv1d(F.pad(rows, (STEADIED, STEADIED)), around[None, None])[:, 0]
            .unflatten(0, (len(values), -1))
            .mT
        )

    weight = spread(worth)
    rays = spread((sight.rays * worth[..., None]).flatten(2)).unflatten(2, (-1, 2))
    near = rays / weight[..., None].clamp(min=1e-9)
    known = (worth > 0)[..., None]  # where nothing was seen, nothing is known of this frame
    inside = spread(torch.ones_like(worth[..., :1]))  # less than 1 at the ends of a clip
    return replace(
        sight,
        rays=torch.where(known, near, sight.rays),
        confidence=torch.where(known[..., 0], weight / inside, 0.0),
    )
