"""MixSTE (Zhang et al., CVPR 2022): attention among joints and along time, in turns."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor, nn

from poise.methods.contract import Answers
from poise.methods.mixste.config import Config
from poise.methods.naming import check_frames
from poise.nn.priors import KinematicsPrior
from poise.nn.space_time import SpaceTime, Tokens
from poise.nn.transformer import Attention


class MixSTE(nn.Module):
    """`embed`, then each of `blocks`, then `head`, on tokens (batch, time, joint, channel).

    A block is a pair of a spatial and a temporal one (poise.nn.space_time).
    """

    answers: ClassVar[Answers] = "every frame"
    head_answers: ClassVar[Answers] = "every frame"

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.frames = config.frames
        channels = config.channels
        self.to_tokens: nn.Module = (
            KinematicsPrior(config.parents, config.features, channels)
            if config.priors
            else nn.Linear(config.features, channels)
        )
        self.pairs = SpaceTime(
            joints=config.joints,
            frames=config.frames,
            channels=channels,
            depth=config.depth,
            heads=config.heads,
            mlp_ratio=config.mlp_ratio,
            drop_path=config.drop_path,
            spread=config.positions,
            priors=config.priors,
        )
        self.head = nn.Sequential(nn.LayerNorm(channels), nn.Linear(channels, 3))

    def forward(
        self, keypoints: Float[Tensor, "batch time joint feature"]
    ) -> Float[Tensor, "batch time joint 3"]:
        check_frames("mixste", self.frames, keypoints)
        x = self.embed(keypoints)
        for block in self.blocks:
            x = block(x)
        return self.head(x)

    def embed(self, keypoints: Float[Tensor, "batch time joint feature"]) -> Tokens:
        """A token for each joint of each frame."""
        return self.pairs.placed(self.to_tokens(keypoints))

    @property
    def blocks(self) -> list[Callable[[Tokens], Tokens]]:
        """The pairs of blocks, in their order."""
        return [partial(self.pairs.pair, number) for number in range(self.config.depth)]

    def attention_over_frames(self, number: int) -> list[Attention]:
        """Where frames attend in a pair."""
        return self.pairs.attention_over_frames(number)
