"""MotionAGFormer (Mehraban et al., WACV 2024): attention beside graphs, mixed token by token.

Attention lets all joints, then all frames see one another; the graphs let a joint hear its
neighbours in the skeleton and a frame those few in which the joint is in a similar state.
"""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from poise.methods.contract import Answers
from poise.methods.motionagformer.config import Config, check_neighbours
from poise.methods.motionagformer.graphs import GraphConvolution, skeleton_graph
from poise.methods.naming import check_frames
from poise.nn.priors import KinematicsPrior, TrajectoryPrior
from poise.nn.transformer import Attention, DropPath, Mlp, positions

Tokens = Float[Tensor, "batch time joint channel"]

_SCALE = 1e-5  # of what a branch adds, to begin with


class Block(nn.Module):
    """A mixer, then two layers, each with a norm before, a scale after and a way around."""

    def __init__(self, config: Config, mixer: nn.Module) -> None:
        super().__init__()
        channels = config.channels
        self.norm1, self.norm2 = nn.LayerNorm(channels), nn.LayerNorm(channels)  # torch's epsilon
        self.mixer = mixer
        self.mlp = Mlp(channels, int(channels * config.mlp_ratio))
        self.scale1, self.scale2 = (nn.Parameter(torch.full((channels,), _SCALE)) for _ in range(2))
        self.drop_path = DropPath(config.drop_path)

    def forward(self, x: Float[Tensor, "row token channel"]) -> Float[Tensor, "row token channel"]:
        x = x + self.drop_path(self.scale1 * self.mixer(self.norm1(x)))
        return x + self.drop_path(self.scale2 * self.mlp(self.norm2(x)))


class Stream(nn.Module):
    """Among the joints of each frame, then among the frames of each joint."""

    def __init__(self, config: Config, spatial: nn.Module, temporal: nn.Module) -> None:
        super().__init__()
        self.spatial, self.temporal = Block(config, spatial), Block(config, temporal)

    def forward(self, x: Tokens) -> Tokens:
        return self.among_frames(self.among_joints(x))

    def among_joints(self, x: Tokens) -> Tokens:
        """Rows are (batch, time)."""
        return self.spatial(x.flatten(0, 1)).unflatten(0, x.shape[:2])

    def among_frames(self, x: Tokens) -> Tokens:
        """Rows are (batch, joint)."""
        x = x.transpose(1, 2)  # (batch, joint, time, channel)
        return self.temporal(x.flatten(0, 1)).unflatten(0, x.shape[:2]).transpose(1, 2)


class Layer(nn.Module):
    """Both streams from the same tokens, and their mean with weights of each token's own."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        channels, heads = config.channels, config.heads
        self.attention = Stream(
            config, *(Attention(channels, heads, bias=config.bias) for _ in range(2))
        )
        self.graph = Stream(
            config,
            GraphConvolution(channels, config.joints, known=skeleton_graph(config.parents)),
            GraphConvolution(channels, config.frames, neighbours=config.neighbours),
        )
        self.fuse = nn.Linear(2 * channels, 2)
        nn.init.zeros_(self.fuse.weight)
        nn.init.constant_(self.fuse.bias, 0.5)

    def forward(self, x: Tokens) -> Tokens:
        one, other = self.attention(x), self.graph(x)
        shares = self.fuse(torch.cat([one, other], dim=-1)).softmax(-1)
        return shares[..., :1] * one + shares[..., 1:] * other


class MotionAGFormer(nn.Module):
    """`embed`, then each of `blocks`, then `head`, on tokens (batch, time, joint, channel).

    Nothing tells a frame its place but the batch norms of the graphs, which have one for each.
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
        self.joint_position = positions(1, config.joints, channels, spread=config.positions)
        self.trajectory = TrajectoryPrior(config.frames, channels) if config.priors else None
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(channels)
        self.to_representation = nn.Linear(channels, config.representation)
        self.to_poses = nn.Linear(config.representation, 3)

    def forward(
        self, keypoints: Float[Tensor, "batch time joint feature"]
    ) -> Float[Tensor, "batch time joint 3"]:
        check_frames("motionagformer", self.frames, keypoints)
        x = self.embed(keypoints)
        for block in self.blocks:
            x = block(x)
        return self.head(x)

    def embed(self, keypoints: Float[Tensor, "batch time joint feature"]) -> Tokens:
        """A token for each joint of each frame."""
        x = self.to_tokens(keypoints) + self.joint_position
        if self.trajectory is not None:
            x = x.transpose(1, 2)  # (batch, joint, time, channel)
            x = self.trajectory(x.flatten(0, 1)).unflatten(0, x.shape[:2]).transpose(1, 2)
        return x

    @property
    def blocks(self) -> list[Callable[[Tokens], Tokens]]:
        """The layers, in their order; the last one ends with a norm."""
        return [partial(self._block, number) for number in range(len(self.layers))]

    def _block(self, number: int, x: Tokens) -> Tokens:
        x = self.layers[number](x)
        return self.norm(x) if number == len(self.layers) - 1 else x

    def head(self, tokens: Tokens) -> Float[Tensor, "batch time joint 3"]:
        """A pose for each frame that comes."""
        return self.to_poses(self.to_representation(tokens).tanh())

    def shorten(self, number: int, frames: int) -> None:
        """From layer `number` on `frames` frames come; the norms with one for each begin anew."""
        check_neighbours(self.config.neighbours, frames)
        for layer in self.layers[number:]:
            assert isinstance(layer, Layer)
            layer.graph.temporal.mixer.norm = nn.BatchNorm1d(frames)

    def attention_over_frames(self, number: int) -> list[Attention]:
        """Where frames attend in a layer."""
        layer = self.layers[number]
        assert isinstance(layer, Layer)
        mixer = layer.attention.temporal.mixer
        assert isinstance(mixer, Attention)
        return [mixer]
