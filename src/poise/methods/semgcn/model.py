"""SemGCN (Zhao et al., CVPR 2019): graph convolutions that learn how much each bone counts.

A joint itself and its neighbours go through matrices of their own, and share one softmax: what a
joint hears of the others, it hears less of itself.
"""

from collections.abc import Sequence
from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from poise.methods.contract import Answers
from poise.methods.semgcn.config import Config
from poise.nn.priors import skeleton_graph

Joints = Float[Tensor, "frame joint channel"]


class SemanticConvolution(nn.Module):
    """A joint's own features and its neighbours', by shares that are learned for each bone."""

    linked: Tensor
    place: Tensor

    def __init__(self, parents: Sequence[int], inputs: int, outputs: int) -> None:
        super().__init__()
        linked = skeleton_graph(parents) > 0  # each joint with itself, too
        self.register_buffer("linked", linked, persistent=False)
        # Row by row, as published files have the shares.
        place = (linked.flatten().cumsum(0) - 1).clamp(min=0).view_as(linked)
        self.register_buffer("place", place, persistent=False)
        self.weight = nn.Parameter(torch.empty(2, inputs, outputs))  # of itself, of the others
        bones = sum(parent >= 0 for parent in parents)
        self.edges = nn.Parameter(torch.ones(1, len(parents) + 2 * bones))
        self.bias = nn.Parameter(torch.empty(outputs))
        # Of all three axes at once, so it begins small; published results come from there.
        nn.init.xavier_uniform_(self.weight, gain=1.414)
        nn.init.uniform_(self.bias, -(outputs**-0.5), outputs**-0.5)

    def shares(self) -> Float[Tensor, "joint joint"]:
        """How much each joint (a row) hears of each."""
        return torch.where(self.linked, self.edges[0][self.place], -torch.inf).softmax(1)

    def forward(self, x: Joints) -> Float[Tensor, "frame joint channel_out"]:
        own, others = F.linear(x, self.weight.mT.flatten(0, 1)).chunk(2, dim=-1)
        shares = self.shares()
        itself = shares.diagonal()
        apart = shares - torch.diag(itself)
        return itself[:, None] * own + apart @ others + self.bias


class Norm(nn.BatchNorm1d):
    """Batch norm of channels that come last, over all joints of all frames."""

    def forward(self, x: Joints) -> Joints:
        return super().forward(x.flatten(0, 1)).view_as(x)


class Layer(nn.Module):
    """Semantic graph convolution, batch norm, ReLU, dropout."""

    def __init__(self, config: Config, inputs: int) -> None:
        super().__init__()
        self.convolution = SemanticConvolution(config.parents, inputs, config.channels)
        self.norm = Norm(config.channels)
        self.dropout = config.dropout

    def forward(self, x: Joints) -> Float[Tensor, "frame joint channel_out"]:
        return F.dropout(F.relu(self.norm(self.convolution(x))), self.dropout, self.training)


class Unit(nn.Module):
    """Two layers and the way around them; nothing follows the sum."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.first, self.second = (Layer(config, config.channels) for _ in range(2))

    def forward(self, x: Joints) -> Joints:
        return x + self.second(self.first(x))


class NonLocal(nn.Module):
    """Every joint looks at all pairs of joints, whether a bone is between them or not."""

    pairs: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        half = config.channels // 2
        self.register_buffer("pairs", torch.tensor(pairs(config.parents)).T, persistent=False)
        self.ask, self.offer, self.value = (nn.Linear(config.channels, half) for _ in range(3))
        self.score = nn.Linear(2 * half, 1, bias=False)  # of who asks beside who offers
        self.project = nn.Linear(half, config.channels)
        self.norm = Norm(config.channels)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.kaiming_normal_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        nn.init.zeros_(self.norm.weight)  # at first nothing is added

    def forward(self, x: Joints) -> Joints:
        asking, offering = self.score.weight[0].chunk(2)
        asked = self.ask(x) @ asking  # (frame, joint)
        offered = self._pooled(self.offer(x)) @ offering  # (frame, pair)
        looks = F.relu(asked[:, :, None] + offered[:, None])
        seen = looks @ self._pooled(self.value(x)) / self.pairs.shape[1]
        return x + self.norm(self.project(seen))

    def _pooled(self, x: Joints) -> Float[Tensor, "frame pair channel"]:
        """Of each pair what is larger."""
        one, other = self.pairs
        return torch.maximum(x[:, one], x[:, other])


class SemGCN(nn.Module):
    """Each frame for itself, so a clip of any length is a batch of frames."""

    frames = 1
    answers: ClassVar[Answers] = "sliding"

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.first = Layer(config, config.features)
        self.units = nn.ModuleList(Unit(config) for _ in range(config.layers))
        self.looks = nn.ModuleList(
            NonLocal(config) if config.non_local else nn.Identity()
            for _ in range(config.layers + 1)
        )
        self.last = SemanticConvolution(config.parents, config.channels, 3)

    def forward(
        self, keypoints: Float[Tensor, "batch time joint feature"]
    ) -> Float[Tensor, "batch time joint 3"]:
        x = self.looks[0](self.first(keypoints.flatten(0, 1)))
        for unit, look in zip(self.units, self.looks[1:], strict=True):
            x = look(unit(x))
        return self.last(x).unflatten(0, keypoints.shape[:2])


def pairs(parents: Sequence[int]) -> list[tuple[int, int]]:
    """The joints two by two; one that is left over is paired with itself.

    On h36m16 they are the published pairs: both shoulders, both hips, and the others along bones.
    For any skeleton: children of one joint that limbs of one shape hang on; then a joint and its
    parent, from the tips inwards.
    """
    children: dict[int, list[int]] = {joint: [] for joint in (-1, *range(len(parents)))}
    for joint, parent in enumerate(parents):
        children[parent].append(joint)

    def shape(joint: int) -> str:
        return f"({''.join(sorted(shape(child) for child in children[joint]))})"

    def depth(joint: int) -> int:
        return 0 if joint < 0 else 1 + depth(parents[joint])

    free = set(range(len(parents)))
    found: list[tuple[int, int]] = []
    for siblings in (children[joint] for joint in range(len(parents))):
        waiting: dict[str, int] = {}
        for joint in siblings:
            other = waiting.pop(shape(joint), None)
            if other is None:
                waiting[shape(joint)] = joint
            else:
                found.append((other, joint))
                free -= {other, joint}
    for joint in sorted(range(len(parents)), key=depth, reverse=True):
        if {joint, parents[joint]} <= free:
            found.append((parents[joint], joint))
            free -= {joint, parents[joint]}
    return found + [(joint, joint) for joint in sorted(free)]
