"""From the frames that were kept back to all frames."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from poise.nn.transformer import positions

Kept = Float[Tensor, "sequence kept channel"]
All = Float[Tensor, "sequence time channel"]


class RecoveringAttention(nn.Module):
    """Every frame has a learned query, and asks the tokens that were kept."""

    def __init__(
        self, frames: int, channels: int, heads: int, *, bias: bool, spread: float
    ) -> None:
        super().__init__()
        self.heads = heads
        self.places = positions(1, frames, channels, spread=spread)
        self.query, self.key, self.value = (
            nn.Linear(channels, channels, bias=bias) for _ in range(3)
        )
        self.project = nn.Linear(channels, channels)

    def forward(self, kept: Kept) -> All:
        return self.places + self.attended(kept)

    def attended(self, kept: Kept) -> All:
        """What the frames are told; their queries are added to it."""
        query = self._heads(self.query(self.places)).expand(len(kept), -1, -1, -1)
        mixed = F.scaled_dot_product_attention(
            query, self._heads(self.key(kept)), self._heads(self.value(kept))
        )
        return self.project(mixed.transpose(1, 2).flatten(2))

    def _heads(self, x: All) -> Float[Tensor, "sequence head time d"]:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


def between(
    poses: Float[Tensor, "batch kept joint 3"],
    index: Int[Tensor, "batch kept"],
    frames: int,
    *,
    nearest: bool = False,
) -> Float[Tensor, "batch time joint 3"]:
    """Poses on the straight line between two kept frames, or those of the nearer one.

    Beyond the first and the last kept frame their poses stay.
    """
    last = index.shape[1] - 1
    if last == 0:
        return poses.expand(-1, frames, -1, -1)
    times = torch.arange(frames, device=index.device).expand(len(index), frames).contiguous()
    after = torch.searchsorted(index.contiguous(), times).clamp(1, last)
    start, stop = index.gather(1, after - 1), index.gather(1, after)
    share = ((times - start) / (stop - start)).clamp(0, 1).to(poses)
    if nearest:
        share = (share > 0.5).to(poses)
    one, other = (
        poses.gather(1, place[:, :, None, None].expand(-1, -1, *poses.shape[2:]))
        for place in (after - 1, after)
    )
    return torch.lerp(one, other, share[:, :, None, None])
