"""MixSTE's pairs of blocks, which KTPFormer and D3DP build on: joints attend, then frames."""

from jaxtyping import Float
from torch import Tensor, nn

from poise.nn.priors import TrajectoryPrior
from poise.nn.transformer import EPSILON, Attention, Block, positions, rising

Tokens = Float[Tensor, "batch time joint channel"]

_PRIOR_EPSILON = 1e-5  # of the first norm of the first pair, where KTPFormer's priors are


class SpaceTime(nn.Module):
    """Spatial blocks look at the joints of one frame, temporal ones at one joint over all frames.

    The layer norms that follow them are two for the whole network. Where a joint stands is told
    before the first pair (`placed`), where a frame stands between its two blocks.
    """

    def __init__(
        self,
        *,
        joints: int,
        frames: int,
        channels: int,
        depth: int,
        heads: int,
        mlp_ratio: float,
        drop_path: float,
        spread: float = 0.0,
        priors: bool = False,
    ) -> None:
        super().__init__()
        self.joint_position = positions(1, joints, channels, spread=spread)
        self.frame_position = positions(1, frames, channels, spread=spread)
        self.trajectory = TrajectoryPrior(frames, channels) if priors else nn.Identity()
        self.spatial, self.temporal = nn.ModuleList(), nn.ModuleList()
        for number, share in enumerate(rising(drop_path, depth)):
            epsilon = _PRIOR_EPSILON if priors and number == 0 else EPSILON
            for blocks in (self.spatial, self.temporal):
                hidden = round(channels * mlp_ratio)
                blocks.append(
                    Block(channels, heads, hidden, drop_path=share, first_epsilon=epsilon)
                )
        self.spatial_norm, self.temporal_norm = (nn.LayerNorm(channels, EPSILON) for _ in range(2))

    def placed(self, x: Tokens) -> Tokens:
        """Tokens that know which joint they are of."""
        return x + self.joint_position

    def pair(self, number: int, x: Tokens) -> Tokens:
        """Through one spatial and one temporal block."""
        batch, time = x.shape[:2]
        x = x.flatten(0, 1)  # (batch * time, joint, channel)
        x = self.spatial_norm(self.spatial[number](x)).unflatten(0, (batch, time))
        x = x.transpose(1, 2).flatten(0, 1)  # (batch * joint, time, channel)
        if number == 0:
            x = self.trajectory(x) + self.frame_position
        x = self.temporal_norm(self.temporal[number](x)).unflatten(0, (batch, -1))
        return x.transpose(1, 2)

    def attention_over_frames(self, number: int) -> list[Attention]:
        """Where frames attend in one of the pairs."""
        block = self.temporal[number]
        assert isinstance(block, Block)
        return [block.attention]
