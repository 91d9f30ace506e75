"""ConvFormer (Diaz-Arias and Shin, 2024): queries, keys and values come from convolutions.

First the joints of each frame attend to one another, and the convolutions slide along the joints.
Then the frames attend, and the convolutions slide along the features of all joints, with the frames
as their channels: what is asked of a joint's neighbourhood is asked of all its frames at once.
"""

from collections.abc import Callable
from functools import partial
from typing import ClassVar, Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from poise.methods.contract import Answers
from poise.methods.convformer.config import Config
from poise.methods.naming import check_frames
from poise.nn.priors import KinematicsPrior, TrajectoryPrior
from poise.nn.transformer import EPSILON, DropPath, Mlp, attention_paid, positions, rising

Tokens = Float[Tensor, "batch time joint channel"]
Sequences = Float[Tensor, "row token feature"]


class Mixture(nn.Module):
    """Convolutions of several widths, and the mean of their answers with learned weights."""

    def __init__(self, channels: int, kernels: tuple[int, ...]) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Conv1d(channels, channels, width, padding=width // 2) for width in kernels
        )
        # Through a softmax, so that the shares add up to 1, as the paper wants; alike at first.
        self.mix = nn.Parameter(torch.zeros(len(kernels)))

    def filters(
        self,
    ) -> tuple[Float[Tensor, "channel channel_in width"], Float[Tensor, " channel"]]:
        """The one convolution that has this mean as its answer: a mean of filters is a filter."""
        parts = [part for part in self.convolutions if isinstance(part, nn.Conv1d)]
        widest = max(part.kernel_size[0] for part in parts)
        weights = [
            F.pad(part.weight, 2 * [(widest - part.kernel_size[0]) // 2]) for part in parts
        ]  # each (channel, channel_in, width)
        biases = [part.bias for part in parts if part.bias is not None]
        shares = self.mix.softmax(0)
        return (
            torch.tensordot(shares, torch.stack(weights), 1),
            torch.tensordot(shares, torch.stack(biases), 1),
        )


class ConvolutionalAttention(nn.Module):
    """Multi-head attention among the tokens of each row, asked and answered by convolutions.

    The convolutions' channels are the features of a token (and they slide along the tokens), or the
    tokens (and they slide along the features). Heads share the features either way.
    """

    def __init__(
        self,
        channels: int,
        heads: int,
        kernels: tuple[int, ...],
        *,
        channels_are: Literal["features", "tokens"],
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.heads = heads
        self.channels_are = channels_are
        self.query, self.key, self.value = (Mixture(channels, kernels) for _ in range(3))
        # The paper's equations have no such map; its parameter counts do (card.md).
        self.project = nn.Conv1d(channels, channels, 1)
        self.dropout = dropout
        self.watched = False  # whether `paid` is kept
        self.paid: Float[Tensor, "row token"] | None = None

    def forward(self, x: Sequences) -> Sequences:
        query, key, value = (  # each (row, head, token, d)
            F.dropout(part, self.dropout, self.training)
            .unflatten(2, (self.heads, -1))
            .transpose(1, 2)
            for part in self.convolved(x)
        )
        if self.watched:
            self.paid = attention_paid(query.detach(), key.detach())
        mixed = F.scaled_dot_product_attention(query, key, value)
        return self._turned(self.project(self._turned(mixed.transpose(1, 2).flatten(2))))

    def convolved(self, x: Sequences) -> list[Sequences]:
        """Queries, keys and values: three mixtures of convolutions, in one.

        Each by itself gives the same and takes almost twice the time, with 243 frames.
        """
        parts = [mixture.filters() for mixture in (self.query, self.key, self.value)]
        weight = torch.cat([weight for weight, _ in parts])  # (3 * channel, channel, width)
        bias = torch.cat([bias for _, bias in parts])
        answer = F.conv1d(self._turned(x), weight, bias, padding=weight.shape[2] // 2)
        return [self._turned(part) for part in answer.chunk(3, dim=1)]

    def _turned(self, x: Float[Tensor, "row one other"]) -> Float[Tensor, "row one_ other_"]:
        """From (row, token, feature) to (row, channel, place of the convolution), or back."""
        return x.mT if self.channels_are == "features" else x


class Block(nn.Module):
    """Attention, then two layers, each with a norm before and a way around."""

    def __init__(self, features: int, attention: nn.Module, hidden: int, drop_path: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(features, EPSILON)
        self.attention = attention
        self.norm2 = nn.LayerNorm(features, EPSILON)
        self.mlp = Mlp(features, hidden)
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Sequences) -> Sequences:
        x = x + self.drop_path(self.attention(self.norm1(x)))
        return x + self.drop_path(self.mlp(self.norm2(x)))


class ConvFormer(nn.Module):
    """`embed`, then each of `blocks`, then `head`, on tokens (batch, time, joint, channel)."""

    answers: ClassVar[Answers] = "middle frame"
    head_answers: ClassVar[Answers] = "middle frame"

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.frames = config.frames
        joints, channels, wide = config.joints, config.channels, config.joints * config.channels
        self.to_tokens: nn.Module = (
            KinematicsPrior(config.parents, config.features, channels)
            if config.priors
            else nn.Linear(config.features, channels)
        )
        self.joint_position = positions(1, joints, channels, spread=config.positions)
        self.spatial = nn.ModuleList(
            _spatial(config, share) for share in rising(config.drop_path, config.spatial_depth)
        )
        self.spatial_norm = nn.LayerNorm(channels, EPSILON)
        self.trajectory, self.frame_position = _before_time(config, config.frames)
        self.temporal = nn.ModuleList(
            _temporal(config, share, config.frames)
            for share in rising(config.drop_path, config.temporal_depth)
        )
        self.temporal_norm = nn.LayerNorm(wide, EPSILON)
        self.head_norm = nn.LayerNorm(wide)  # torch's own epsilon, as in PoseFormer's head
        self.to_poses = nn.Linear(wide, 3 * joints)
        for module in self.modules():
            _begin(module)
        self.pool_frames = nn.Conv1d(config.frames, 1, 1)  # a learned mean over the frames

    def forward(
        self, keypoints: Float[Tensor, "batch time joint feature"]
    ) -> Float[Tensor, "batch 1 joint 3"]:
        check_frames("convformer", self.frames, keypoints)
        x = self.embed(keypoints)
        for block in self.blocks:
            x = block(x)
        return self.head(x)

    def embed(self, keypoints: Float[Tensor, "batch time joint feature"]) -> Tokens:
        """A token for each joint of each frame."""
        return self.to_tokens(keypoints) + self.joint_position

    @property
    def blocks(self) -> list[Callable[[Tokens], Tokens]]:
        """The spatial blocks, then the temporal ones."""
        return [
            *(partial(self._among_joints, number) for number in range(len(self.spatial))),
            *(partial(self._among_frames, number) for number in range(len(self.temporal))),
        ]

    def _among_joints(self, number: int, x: Tokens) -> Tokens:
        x = self.spatial[number](x.flatten(0, 1)).unflatten(0, x.shape[:2])
        if number < len(self.spatial) - 1:
            return x
        x = self.spatial_norm(x)
        if not isinstance(self.trajectory, nn.Identity):
            joints = x.transpose(1, 2)  # (batch, joint, time, channel)
            joints = self.trajectory(joints.flatten(0, 1)).unflatten(0, joints.shape[:2])
            x = joints.transpose(1, 2)
        return x + self.frame_position.unflatten(2, x.shape[2:])

    def _among_frames(self, number: int, x: Tokens) -> Tokens:
        frames = self.temporal[number](x.flatten(2))  # (batch, time, joint * channel)
        if number == len(self.temporal) - 1:
            frames = self.temporal_norm(frames)
        return frames.unflatten(2, x.shape[2:])

    def head(self, tokens: Tokens) -> Float[Tensor, "batch 1 joint 3"]:
        """A pose for each frame, and their learned mean: the middle frame's."""
        poses = self.to_poses(self.head_norm(tokens.flatten(2)))  # (batch, time, joint * 3)
        return self.pool_frames(poses).unflatten(2, (-1, 3))

    def shorten(self, number: int, frames: int) -> None:
        """From block `number` on `frames` frames come; what is as long as those begins anew."""
        config, spatial = self.config, self.config.spatial_depth
        if number < spatial:  # the last spatial block tells the tokens their frame
            self.trajectory, self.frame_position = _before_time(config, frames)
        shares = rising(config.drop_path, config.temporal_depth)
        for later in range(max(number - spatial, 0), config.temporal_depth):
            block = _temporal(config, shares[later], frames)
            for module in block.modules():
                _begin(module)
            self.temporal[later] = block
        self.pool_frames = nn.Conv1d(frames, 1, 1)

    def attention_over_frames(self, number: int) -> list[ConvolutionalAttention]:
        """Where frames attend, which they do in the temporal blocks only."""
        if number < len(self.spatial):
            return []
        attention = self.temporal[number - len(self.spatial)].attention
        assert isinstance(attention, ConvolutionalAttention)
        return [attention]


def _spatial(config: Config, drop_path: float) -> Block:
    """Tokens are the joints of a frame, channels their features."""
    attention = ConvolutionalAttention(
        config.channels,
        config.heads,
        config.kernels,
        channels_are="features",
        dropout=config.dropout,
    )
    return Block(config.channels, attention, int(config.mlp_ratio * config.channels), drop_path)


def _temporal(config: Config, drop_path: float, frames: int) -> Block:
    """Tokens are the frames, and so are the channels."""
    attention = ConvolutionalAttention(
        frames, config.heads, config.kernels, channels_are="tokens", dropout=config.dropout
    )
    wide = config.joints * config.channels
    return Block(wide, attention, int(config.mlp_ratio * wide), drop_path)


def _before_time(config: Config, frames: int) -> tuple[nn.Module, nn.Parameter]:
    """The trajectory prior, if there is one, and the places of frames."""
    prior = TrajectoryPrior(frames, config.channels) if config.priors else nn.Identity()
    wide = config.joints * config.channels
    return prior, positions(1, frames, wide, spread=config.positions)


def _begin(module: nn.Module) -> None:
    """Linear maps begin as PoseFormer's do; convolutions and norms as torch has them."""
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)
