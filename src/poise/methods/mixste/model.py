"""MixSTE (Zhang et al., CVPR 2022): attention among joints and along time, in turns.

Spatial blocks look at the joints of one frame, temporal blocks at one joint over all frames.
"""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from poise.errors import PoiseError
from poise.methods.contract import Answers
from poise.methods.mixste.config import Config

Sequences = Float[Tensor, "sequence token channel"]
Tokens = Float[Tensor, "batch time joint channel"]

EPSILON = 1e-6  # of all layer norms but the head's, which keeps torch's 1e-5


class Attention(nn.Module):
    """Multi-head self-attention among the tokens of each sequence."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(channels, 3 * channels)
        self.project = nn.Linear(channels, channels)

    def forward(self, x: Sequences) -> Sequences:
        qkv = self.qkv(x).unflatten(-1, (3, self.heads, -1))  # (sequence, token, 3, head, d)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)  # each (sequence, head, token, d)
        mixed = F.scaled_dot_product_attention(query, key, value)
        return self.project(mixed.transpose(1, 2).flatten(2))


class Block(nn.Module):
    """A plain pre-norm transformer block."""

    def __init__(self, config: Config, drop_path: float) -> None:
        super().__init__()
        channels, hidden = config.channels, int(config.channels * config.mlp_ratio)
        self.norm1, self.norm2 = (nn.LayerNorm(channels, EPSILON) for _ in range(2))
        self.attention = Attention(channels, config.heads)
        self.mlp = nn.Sequential(
            nn.Linear(channels, hidden), nn.GELU(), nn.Linear(hidden, channels)
        )
        self.drop_path = drop_path

    def forward(self, x: Sequences) -> Sequences:
        x = x + self._drop(self.attention(self.norm1(x)))
        return x + self._drop(self.mlp(self.norm2(x)))

    def _drop(self, branch: Sequences) -> Sequences:
        """Leave the branch out for some sequences, and strengthen it for the others."""
        if not (self.training and self.drop_path):
            return branch
        keep = 1 - self.drop_path
        kept = torch.rand(len(branch), 1, 1, device=branch.device, dtype=branch.dtype) < keep
        return branch * kept / keep


class MixSTE(nn.Module):
    """`embed`, then each of `blocks`, then `head`, on tokens (batch, time, joint, channel).

    A block is a spatial and a temporal one. The layer norms that follow them are two for the whole
    network, and where a frame stands in the window is told between the first two.
    """

    answers: ClassVar[Answers] = "every frame"

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.frames = config.frames
        channels = config.channels
        drops = [config.drop_path * pair / max(config.depth - 1, 1) for pair in range(config.depth)]
        self.to_tokens = nn.Linear(config.features, channels)
        self.joint_position = nn.Parameter(torch.zeros(1, config.joints, channels))
        self.frame_position = nn.Parameter(torch.zeros(1, config.frames, channels))
        if config.positions:
            nn.init.normal_(self.joint_position, std=config.positions)
            nn.init.normal_(self.frame_position, std=config.positions)
        self.spatial = nn.ModuleList(Block(config, drop) for drop in drops)
        self.temporal = nn.ModuleList(Block(config, drop) for drop in drops)
        self.spatial_norm, self.temporal_norm = (nn.LayerNorm(channels, EPSILON) for _ in range(2))
        self.head = nn.Sequential(nn.LayerNorm(channels), nn.Linear(channels, 3))

    def forward(
        self, keypoints: Float[Tensor, "batch time joint feature"]
    ) -> Float[Tensor, "batch time joint 3"]:
        if keypoints.shape[1] != self.frames:
            raise PoiseError(
                f"mixste: this one takes windows of {self.frames} frames, not "
                f"{keypoints.shape[1]} (poise.lifting cuts any clip into windows)"
            )
        x = self.embed(keypoints)
        for block in self.blocks:
            x = block(x)
        return self.head(x)

    def embed(self, keypoints: Float[Tensor, "batch time joint feature"]) -> Tokens:
        """A token for each joint of each frame."""
        return self.to_tokens(keypoints) + self.joint_position

    @property
    def blocks(self) -> list[Callable[[Tokens], Tokens]]:
        """The pairs of blocks, in their order."""
        return [partial(self._pair, number) for number in range(self.config.depth)]

    def _pair(self, number: int, x: Tokens) -> Tokens:
        batch, time = x.shape[:2]
        x = x.flatten(0, 1)  # (batch * time, joint, channel)
        x = self.spatial_norm(self.spatial[number](x)).unflatten(0, (batch, time))
        x = x.transpose(1, 2).flatten(0, 1)  # (batch * joint, time, channel)
        if number == 0:
            x = x + self.frame_position
        x = self.temporal_norm(self.temporal[number](x)).unflatten(0, (batch, -1))
        return x.transpose(1, 2)
