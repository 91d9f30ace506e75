"""MHFormer (Li et al., CVPR 2022): three hypotheses of a motion, refined apart, then together.

Transformers over the coordinates, with the frames as their channels, make the hypotheses, each from
the one before. Then frames attend to one another within each hypothesis (SHR in the paper), and in
the last layer the hypotheses attend to one another (CHI).
"""

from collections.abc import Callable
from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from poise.methods.contract import Answers, Lesson
from poise.methods.mhformer.config import Config
from poise.methods.naming import check_frames
from poise.nn.priors import KinematicsPrior, TrajectoryPrior
from poise.nn.transformer import EPSILON, Attention, Block, DropPath, Mlp, positions, rising

HYPOTHESES = 3
ENCODER_DEPTH = 4  # blocks that make one hypothesis
SHORT = 27  # windows of so many frames and fewer are embedded with a norm and a ReLU

Tokens = Float[Tensor, "batch time 3 channel"]
Stream = Float[Tensor, "batch time channel"]
Rows = Float[Tensor, "batch coordinate time"]


class Encoder(nn.Module):
    """Makes a hypothesis: the coordinates attend to one another, the frames are the channels."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        frames, rows = config.frames, config.joints * config.features
        self.position = positions(1, rows, frames, spread=config.positions)
        self.blocks = nn.ModuleList(
            Block(frames, config.spatial_heads, 2 * frames, drop_path=share, dropout=config.dropout)
            for share in rising(config.drop_path, ENCODER_DEPTH)
        )
        self.norm = nn.LayerNorm(frames, EPSILON)
        self.dropout = config.dropout

    def forward(self, x: Rows) -> Rows:
        x = F.dropout(x + self.position, self.dropout, self.training)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


class Refinement(nn.Module):
    """Frames attend within each hypothesis; two layers then see all three."""

    def __init__(self, config: Config, drop_path: float) -> None:
        super().__init__()
        channels, heads, dropout = config.channels, config.heads, config.dropout
        self.norms = nn.ModuleList(nn.LayerNorm(channels, EPSILON) for _ in range(HYPOTHESES))
        self.attentions = nn.ModuleList(
            Attention(channels, heads, dropout=dropout) for _ in range(HYPOTHESES)
        )
        self.norm2 = nn.LayerNorm(HYPOTHESES * channels, EPSILON)
        self.mlp = Mlp(HYPOTHESES * channels, config.hidden, dropout=dropout)
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Tokens) -> Tokens:
        streams = [
            stream + self.drop_path(attention(norm(stream)))
            for stream, norm, attention in zip(
                x.unbind(2), self.norms, self.attentions, strict=True
            )
        ]
        together = torch.cat(streams, dim=2)  # (batch, time, 3 * channel)
        together = together + self.drop_path(self.mlp(self.norm2(together)))
        return together.unflatten(2, (HYPOTHESES, -1))


class CrossAttention(nn.Module):
    """Queries, keys and values come from three different streams."""

    def __init__(self, channels: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(channels, channels) for _ in range(3))
        self.project = nn.Linear(channels, channels)
        self.dropout = dropout

    def forward(self, asking: Stream, asked: Stream, answering: Stream) -> Stream:
        query, key, value = (  # each (batch, head, time, d)
            part.unflatten(2, (self.heads, -1)).transpose(1, 2)
            for part in (self.query(asking), self.key(asked), self.value(answering))
        )
        mixed = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        return F.dropout(self.project(mixed), self.dropout, self.training)


class Interaction(nn.Module):
    """Each hypothesis is changed by what the other two find of one another."""

    def __init__(self, config: Config, drop_path: float) -> None:
        super().__init__()
        channels, heads, dropout = config.channels, config.heads, config.dropout
        self.norms = nn.ModuleList(  # of what asks, is asked and answers, for each hypothesis
            nn.ModuleList(nn.LayerNorm(channels, EPSILON) for _ in range(3))
            for _ in range(HYPOTHESES)
        )
        self.attentions = nn.ModuleList(
            CrossAttention(channels, heads, dropout) for _ in range(HYPOTHESES)
        )
        self.norm2 = nn.LayerNorm(HYPOTHESES * channels, EPSILON)
        self.mlp = Mlp(HYPOTHESES * channels, config.hidden, dropout=dropout)
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Tokens) -> Tokens:
        streams = list(x.unbind(2))
        # One after the other: the second sees the first as it has become. The paper draws them side
        # by side; the published weights belong to this order.
        for own, norms in enumerate(self.norms):
            assert isinstance(norms, nn.ModuleList)
            others = [stream for number, stream in enumerate(streams) if number != own]
            seen = (
                norm(stream) for norm, stream in zip(norms, [*others, streams[own]], strict=True)
            )
            streams[own] = streams[own] + self.drop_path(self.attentions[own](*seen))
        together = torch.cat(streams, dim=2)  # (batch, time, 3 * channel)
        together = together + self.drop_path(self.mlp(self.norm2(together)))
        return together.unflatten(2, (HYPOTHESES, -1))


class MHFormer(nn.Module):
    """`embed`, then each of `blocks`, then `head`, on tokens (batch, time, hypothesis, channel)."""

    answers: Answers
    head_answers: ClassVar[Answers] = "every frame"
    learns: ClassVar[Answers] = "every frame"

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.frames = config.frames
        self.answers = config.answers
        frames, channels = config.frames, config.channels
        features = config.features
        self.kinematics = (
            KinematicsPrior(config.parents, features, features) if config.priors else None
        )
        self.norms = nn.ModuleList(nn.LayerNorm(frames) for _ in range(HYPOTHESES))
        self.encoders = nn.ModuleList(Encoder(config) for _ in range(HYPOTHESES))
        self.embeddings = nn.ModuleList(_embedding(config) for _ in range(HYPOTHESES))
        self.trajectories = nn.ModuleList(
            TrajectoryPrior(frames, channels) if config.priors else nn.Identity()
            for _ in range(HYPOTHESES)
        )
        self.frame_positions = nn.ParameterList(
            positions(1, frames, channels, spread=config.positions) for _ in range(HYPOTHESES)
        )
        *shares, last = rising(config.drop_path, config.layers)
        self.refinements = nn.ModuleList(Refinement(config, share) for share in shares)
        self.interaction = Interaction(config, last)
        self.norm = nn.LayerNorm(HYPOTHESES * channels, EPSILON)
        self.head_norm = nn.BatchNorm1d(HYPOTHESES * channels)
        self.to_poses = nn.Conv1d(HYPOTHESES * channels, 3 * config.joints, 1)

    def forward(
        self, keypoints: Float[Tensor, "batch time joint feature"]
    ) -> Float[Tensor, "batch answered joint 3"]:
        poses = self._every_frame(keypoints)
        if self.answers == "every frame":
            return poses
        middle = (self.frames - 1) // 2
        return poses[:, middle : middle + 1]

    def learn(
        self,
        keypoints: Float[Tensor, "batch time joint feature"],
        target: Float[Tensor, "batch time joint 3"],
        inside: Bool[Tensor, "batch time"],
    ) -> Lesson:
        """It learns from every frame, whichever it answers for."""
        return Lesson(predicted=self._every_frame(keypoints), target=target, inside=inside)

    def _every_frame(
        self, keypoints: Float[Tensor, "batch time joint feature"]
    ) -> Float[Tensor, "batch time joint 3"]:
        check_frames("mhformer", self.frames, keypoints)
        x = self.embed(keypoints)
        for block in self.blocks:
            x = block(x)
        return self.head(x)

    def embed(self, keypoints: Float[Tensor, "batch time joint feature"]) -> Tokens:
        """A token for each hypothesis of each frame."""
        if self.kinematics is not None:
            keypoints = keypoints + self.kinematics(keypoints)
        x = keypoints.flatten(2).mT  # (batch, joint * feature, time)
        streams = []
        for number in range(HYPOTHESES):
            x = x + self.encoders[number](self.norms[number](x))
            stream = self.trajectories[number](self.embeddings[number](x).mT)
            stream = stream + self.frame_positions[number]  # (batch, time, channel)
            streams.append(F.dropout(stream, self.config.dropout, self.training))
        return torch.stack(streams, dim=2)

    @property
    def blocks(self) -> list[Callable[[Tokens], Tokens]]:
        """The refinements, then the interaction."""
        return [*self.refinements, self._last]

    def _last(self, x: Tokens) -> Tokens:
        x = self.interaction(x)
        return self.norm(x.flatten(2)).unflatten(2, (HYPOTHESES, -1))

    def pool(self, tokens: Tokens) -> Float[Tensor, "batch time feature"]:
        """What tells frames apart: all three hypotheses, not their mean."""
        return tokens.flatten(2)

    def head(self, tokens: Tokens) -> Float[Tensor, "batch time joint 3"]:
        """The pose of every frame, from all three hypotheses."""
        poses = self.to_poses(self.head_norm(tokens.flatten(2).mT))  # (batch, joint * 3, time)
        return poses.mT.unflatten(2, (-1, 3))

    def attention_over_frames(self, number: int) -> list[Attention]:
        """Where frames attend within a hypothesis; those of the interaction are not counted."""
        if number >= len(self.refinements):
            return []
        block = self.refinements[number]
        assert isinstance(block, Refinement)
        return [each for each in block.attentions if isinstance(each, Attention)]


def _embedding(config: Config) -> nn.Module:
    """From the coordinates of a frame to a hypothesis's channels; (batch, row, time) both ways."""
    convolution = nn.Conv1d(config.joints * config.features, config.channels, 1)
    if config.frames > SHORT:
        return convolution
    norm = nn.BatchNorm1d(config.channels)
    return nn.Sequential(convolution, norm, nn.ReLU(), nn.Dropout(0.25))
