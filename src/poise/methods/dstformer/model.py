"""DSTformer, the network of MotionBERT (Zhu et al., ICCV 2023): two streams, mixed token by token.

One stream looks at the joints of a frame first and then along time, the other the other way round;
how much of each is taken, every token decides for itself.
"""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from poise.errors import PoiseError
from poise.methods.contract import Answers
from poise.methods.dstformer.config import Config
from poise.methods.naming import check_frames
from poise.nn.priors import KinematicsPrior, TrajectoryPrior
from poise.nn.transformer import EPSILON, Attention, Block, positions, rising

Tokens = Float[Tensor, "batch time joint channel"]


class Stream(nn.Module):
    """A plain block among the joints of each frame and one among the frames of each joint."""

    def __init__(self, config: Config, drop_path: float) -> None:
        super().__init__()
        channels, heads = config.channels, config.heads
        hidden = int(channels * config.mlp_ratio)
        self.spatial = Block(channels, heads, hidden, drop_path=drop_path)
        self.temporal = Block(channels, heads, hidden, drop_path=drop_path)

    def among_joints(self, x: Tokens) -> Tokens:
        """Rows are (batch, time)."""
        return self.spatial(x.flatten(0, 1)).unflatten(0, x.shape[:2])

    def among_frames(self, x: Tokens) -> Tokens:
        """Rows are (batch, joint)."""
        x = x.transpose(1, 2)  # (batch, joint, time, channel)
        return self.temporal(x.flatten(0, 1)).unflatten(0, x.shape[:2]).transpose(1, 2)


class DualBlock(nn.Module):
    """Both streams from the same tokens, and their mean with weights of each token's own."""

    def __init__(self, config: Config, drop_path: float) -> None:
        super().__init__()
        self.space_first = Stream(config, drop_path)
        self.time_first = Stream(config, drop_path)
        self.fuse = nn.Linear(2 * config.channels, 2)

    def forward(self, x: Tokens) -> Tokens:
        one, other = self.streams(x)
        shares = self.fuse(torch.cat([one, other], dim=-1)).softmax(-1)
        return shares[..., :1] * one + shares[..., 1:] * other

    def streams(self, x: Tokens) -> tuple[Tokens, Tokens]:
        """What leaves the one that begins with joints, and the one that begins with frames."""
        one, other = self.space_first, self.time_first
        return one.among_frames(one.among_joints(x)), other.among_joints(other.among_frames(x))


class DSTformer(nn.Module):
    """`embed`, then each of `blocks`, then `head`, on tokens (batch, time, joint, channel).

    >>> DSTformer(Config()).represent(keypoints)  # (batch, time, joint, 512), for other tasks
    """

    answers: ClassVar[Answers] = "every frame"
    head_answers: ClassVar[Answers] = "every frame"

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.frames = config.frames
        frames, channels = config.frames, config.channels
        self.to_tokens: nn.Module = (
            KinematicsPrior(config.parents, config.features, channels)
            if config.priors
            else nn.Linear(config.features, channels)
        )
        self.joint_position = positions(1, config.joints, channels, spread=0)
        self.trajectory = TrajectoryPrior(frames, channels) if config.priors else None
        self.frame_position = positions(1, frames, 1, channels, spread=0)
        self.layers = nn.ModuleList(
            DualBlock(config, share) for share in rising(config.drop_path, config.depth)
        )
        self.norm = nn.LayerNorm(channels, EPSILON)
        self.to_representation = nn.Linear(channels, config.representation)
        self.to_poses = nn.Linear(config.representation, 3)
        self._begin()

    def _begin(self) -> None:
        """As published; both streams count alike at first."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        for table in (self.joint_position, self.frame_position):
            nn.init.trunc_normal_(table, std=0.02)
        for layer in self.layers:
            assert isinstance(layer, DualBlock)
            nn.init.zeros_(layer.fuse.weight)
            nn.init.constant_(layer.fuse.bias, 0.5)

    def forward(
        self, keypoints: Float[Tensor, "batch time joint feature"]
    ) -> Float[Tensor, "batch time joint 3"]:
        return self.to_poses(self.represent(keypoints))

    def represent(
        self, keypoints: Float[Tensor, "batch time joint feature"]
    ) -> Float[Tensor, "batch time joint representation"]:
        """What the paper's other tasks build on: from -1 to 1, for each joint of each frame."""
        x = self.embed(keypoints)
        for block in self.blocks:
            x = block(x)
        return self.to_representation(x).tanh()

    def embed(self, keypoints: Float[Tensor, "batch time joint feature"]) -> Tokens:
        """A token for each joint of each frame; a short window has the places of the first ones."""
        time = keypoints.shape[1]
        x = self.to_tokens(keypoints) + self.joint_position
        if self.trajectory is not None:
            check_frames("dstformer with priors", self.frames, keypoints)  # their graph is as long
            x = x.transpose(1, 2)  # (batch, joint, time, channel)
            x = self.trajectory(x.flatten(0, 1)).unflatten(0, x.shape[:2]).transpose(1, 2)
        elif time > self.frames:
            raise PoiseError(
                f"dstformer: this one takes windows of up to {self.frames} frames, not {time} "
                "(poise.lifting cuts any clip into windows)"
            )
        return x + self.frame_position[:, :time]

    @property
    def blocks(self) -> list[Callable[[Tokens], Tokens]]:
        """Of two streams each, in their order; the last one ends with a norm."""
        return [partial(self._block, number) for number in range(len(self.layers))]

    def _block(self, number: int, x: Tokens) -> Tokens:
        x = self.layers[number](x)
        return self.norm(x) if number == len(self.layers) - 1 else x

    def head(self, tokens: Tokens) -> Float[Tensor, "batch time joint 3"]:
        """A pose for each frame that comes."""
        return self.to_poses(self.to_representation(tokens).tanh())

    def attention_over_frames(self, number: int) -> list[Attention]:
        """Where frames attend in the two streams of a block."""
        layer = self.layers[number]
        assert isinstance(layer, DualBlock)
        return [stream.temporal.attention for stream in (layer.space_first, layer.time_first)]
