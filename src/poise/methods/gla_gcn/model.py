"""GLA-GCN (Yu et al., ICCV 2023): graphs of joints that adapt to what is seen, and strides in time.

Global: blocks of an adaptive graph convolution among the joints and a convolution over time shorten
the frames to one. Local: the features of each joint alone become its place.

Maps are (batch, time, joint, channel), in which the graph is a product and the convolution over
time one of images whose channels lie last: on a CPU three times as fast as products of its taps.
"""

from collections.abc import Iterator
from math import pi
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from poise.errors import PoiseError
from poise.methods.contract import Answers, Lesson
from poise.methods.gla_gcn.config import KERNEL, Config
from poise.methods.gla_gcn.graphs import fixed_graphs, humaneva_of_coco

Maps = Float[Tensor, "batch time joint channel"]
Shorter = Float[Tensor, "batch place joint channel_out"]

_SUBSETS = 3  # graphs in each convolution, with a fixed part of its own each
_FEW = 128  # frames


class Norm(nn.BatchNorm1d):
    """Batch norm over all frames and joints.

    kept_momentum: the published training lets the other norms forget less and less, but not these.
    """

    def __init__(self, channels: int, kept_momentum: bool = False) -> None:
        super().__init__(channels)
        self.kept_momentum = kept_momentum

    def forward(self, x: Float[Tensor, "*place channel"]) -> Float[Tensor, "*place channel"]:
        return super().forward(x.flatten(0, -2)).view_as(x)


class Around(nn.Sequential):
    """A layer and a norm, where other channels go around something than come out of it."""

    def __init__(self, inputs: int, outputs: int) -> None:
        layer = nn.Linear(inputs, outputs)
        nn.init.kaiming_normal_(layer.weight, mode="fan_out")
        nn.init.zeros_(layer.bias)
        super().__init__(layer, Norm(outputs, kept_momentum=True))


class Layers(nn.Module):
    """The weights of several linear layers of one shape."""

    def __init__(self, count: int, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(count, outputs, inputs))
        self.bias = nn.Parameter(torch.empty(count, outputs))
        for tensor in (self.weight, self.bias):
            nn.init.uniform_(tensor, -(inputs**-0.5), inputs**-0.5)  # as nn.Linear begins

    def forward(self, x: Maps) -> Float[Tensor, "batch time joint channel_out"]:
        """Each joint through its own."""
        return torch.einsum("btjc,jdc->btjd", x, self.weight) + self.bias


class AmongJoints(nn.Module):
    """Adaptive graph convolution: what joints hear is fixed, learned, and decided by attention.

    shared: one attention for all frames of a window, else each frame has its own.
    """

    fixed: Tensor

    def __init__(self, inputs: int, config: Config) -> None:
        super().__init__()
        joints, outputs = config.joints, config.channels
        self.shared, self.dropout = config.windowed, config.graph_dropout
        self.inner = outputs // 4 or 3
        # Follows from the links, so published files do not have it.
        self.register_buffer("fixed", fixed_graphs(config), persistent=False)
        self.learned = nn.Parameter(torch.full((_SUBSETS, joints, joints), 1e-6))
        self.attend = Layers(2 * _SUBSETS, inputs, self.inner)  # who is heard, who hears
        self.combine = Layers(_SUBSETS, inputs, outputs)
        self.norm = Norm(outputs)
        self.around = nn.Identity() if inputs == outputs else Around(inputs, outputs)
        nn.init.normal_(self.attend.weight, std=(2 / self.inner) ** 0.5)  # He's, by what goes out
        nn.init.normal_(self.combine.weight, std=(2 / (outputs * inputs * _SUBSETS)) ** 0.5)
        for layers in (self.attend, self.combine):
            nn.init.zeros_(layers.bias)
        nn.init.constant_(self.norm.weight, config.begin)

    def forward(self, x: Maps) -> Float[Tensor, "batch time joint channel_out"]:
        if self.training or x.device.type != "cpu":  # batch norm must see all at once
            return self._together(x)
        # A few at a time stay in the processor's cache, which takes a quarter off a whole clip.
        axis = 0 if self.shared else 1
        few = max(1, _FEW // x.shape[1 - axis])
        return torch.cat([self._together(part) for part in x.split(few, axis)], axis)

    def _together(self, x: Maps) -> Float[Tensor, "batch time joint channel_out"]:
        heard = self.graphs(x) @ x  # (batch, time, joint * subset, channel)
        heard = heard.unflatten(2, (-1, _SUBSETS)).flatten(3)
        weight = self.combine.weight.transpose(0, 1).flatten(1)  # (channel_out, subset * channel)
        y = F.linear(heard, weight, self.combine.bias.sum(0))
        y = F.dropout(self.norm(y), self.dropout, self.training)
        return F.relu(y + self.around(x))

    def graphs(self, x: Maps) -> Float[Tensor, "batch _ row joint"]:
        """Who hears how much of whom; a joint's rows, one for each subset, lie together."""
        attend = self.attend
        both = F.linear(x, attend.weight.flatten(0, 1), attend.bias.flatten())
        heard, hears = both.unflatten(3, (2, _SUBSETS, -1)).unbind(3)
        if self.shared:
            scores = torch.einsum("btvki,btwki->bkwv", heard, hears)[:, None] / x.shape[1]
        else:
            scores = torch.einsum("btvki,btwki->btkwv", heard, hears)
        attention = F.softmax(scores / self.inner, dim=-1)
        # Published is the transpose of the learned part: [who is heard, who hears].
        whole = attention + (self.fixed + self.learned.mT)
        return whole.transpose(2, 3).flatten(2, 3)


class Pace(NamedTuple):
    """How a convolution goes through time."""

    stride: int = 1
    dilation: int = 1
    zeros: int = 0  # before the first frame and after the last


class OverTime(nn.Module):
    """A convolution over time, each joint by itself, and a norm."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        channels = config.channels
        self.weight = nn.Parameter(torch.empty(channels, channels, KERNEL, 1))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.norm = Norm(channels)
        nn.init.kaiming_normal_(self.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Maps, pace: Pace) -> Shorter:
        images = x.permute(0, 3, 1, 2)  # (batch, channel, time, joint), channels last in memory
        y = F.conv2d(
            images,
            self.weight,
            self.bias,
            stride=(pace.stride, 1),
            padding=(pace.zeros, 0),
            dilation=(pace.dilation, 1),
        )
        return self.norm(y.permute(0, 2, 3, 1).contiguous())


class Block(nn.Module):
    """Among the joints, then over time, and the way around both, if there is one."""

    def __init__(self, inputs: int, config: Config, around: nn.Module | None) -> None:
        super().__init__()
        self.among_joints = AmongJoints(inputs, config)
        self.over_time = OverTime(config)
        self.around = around

    def forward(self, x: Maps, pace: Pace) -> Shorter:
        y = self.over_time(self.among_joints(x), pace)
        if self.around is not None:
            before = (KERNEL // 2) * pace.dilation - pace.zeros  # frames that were lost
            y = y + self.around(x[:, before:][:, : y.shape[1]])
        return F.relu(y)


class Stage(nn.Module):
    """Two blocks, the second of which makes one frame of `width`; the middle one goes around both.

    Nothing follows the sum.
    """

    def __init__(self, width: int, config: Config) -> None:
        super().__init__()
        self.width, self.dropout = width, config.dropout
        self.keeping = Block(config.channels, config, nn.Identity())
        self.shortening = Block(config.channels, config, None)

    def forward(self, x: Maps, keeping: Pace, shortening: Pace) -> Shorter:
        y = F.dropout(self.keeping(x, keeping), self.dropout, self.training)
        y = F.dropout(self.shortening(y, shortening), self.dropout, self.training)
        lost = 2 * (KERNEL // 2) * keeping.dilation - keeping.zeros - shortening.zeros
        middle = self.width // 2 * keeping.dilation
        return x[:, lost + middle :: shortening.stride][:, : y.shape[1]] + y


class GlaGcn(nn.Module):
    """Windowed, as published: one pose for a window of `frames`, or of a multiple of these.

    Else it slides along clips of any length from `frames` on: frames have their attention for
    themselves, and true neighbours stand where windows have zeros. An input of exactly `frames`
    goes through a strided form, which computes only what its one pose needs, and trains on that.
    """

    answers: Answers
    learns: Answers

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.frames = config.frames
        self.answers = self.learns = "middle frame" if config.windowed else "sliding"
        channels, features = config.channels, config.features
        self.of_coco: Tensor | None
        self.register_buffer(
            "of_coco", humaneva_of_coco() if config.of_coco else None, persistent=False
        )
        # Published with the weights made for a detector's keypoints, though it is not used there.
        self.norm = Norm(config.joints * features).requires_grad_(not config.of_coco)
        self.expand = Block(features, config, Around(features, channels))
        self.stages = nn.ModuleList(Stage(width, config) for width in config.widths)
        self.to_poses = (
            Layers(config.joints, channels, 3) if config.apart else nn.Linear(channels, 3)
        )

    def forward(
        self, keypoints: Float[Tensor, "batch time joint_in feature"]
    ) -> Float[Tensor, "batch answered joint 3"]:
        time = keypoints.shape[1]
        if self.config.windowed:
            if time < 1 or time % self.frames:
                raise PoiseError(
                    f"gla_gcn: this one takes windows of {self.frames} frames, or of a multiple of "
                    f"these, not {time} (poise.lifting cuts any clip into windows)"
                )
            return self.windowed(keypoints)
        if time < self.frames:
            raise PoiseError(
                f"gla_gcn sees {self.frames} frames at once; a clip of {time} is too short "
                "(poise.lifting repeats its ends)"
            )
        return self.strided(keypoints) if time == self.frames else self.dilated(keypoints)

    def learn(
        self,
        keypoints: Float[Tensor, "batch time joint_in feature"],
        target: Float[Tensor, "batch answered joint 3"],
        inside: Bool[Tensor, "batch answered"],
    ) -> Lesson:
        """What it answers, and what it should have, which `perturbed` changes a little."""
        if self.config.perturbed:
            target = perturbed(target)
        return Lesson(predicted=self(keypoints), target=target, inside=inside)

    def windowed(
        self, keypoints: Float[Tensor, "batch time joint_in feature"]
    ) -> Float[Tensor, "batch 1 joint 3"]:
        """One window with zeros around it; what is left of a longer one is averaged."""
        pace = Pace(zeros=KERNEL // 2)
        x = self.expand(self.shown(keypoints), pace)
        for width, stage in self._stages():
            x = stage(x, pace, pace._replace(stride=width))
        return self.to_poses(x.mean(1, keepdim=True))

    def dilated(
        self, keypoints: Float[Tensor, "batch time joint_in feature"]
    ) -> Float[Tensor, "batch answered joint 3"]:
        """Every place of the field of view in the clip."""
        x = self.expand(self._seen(keypoints), Pace())
        dilation = 1
        for width, stage in self._stages():
            pace = Pace(dilation=dilation)
            x = stage(x, pace, pace)
            dilation *= width
        return self.to_poses(x)

    def strided(
        self, keypoints: Float[Tensor, "batch time joint_in feature"]
    ) -> Float[Tensor, "batch 1 joint 3"]:
        """One field of view."""
        x = self.expand(self._seen(keypoints), Pace())
        for width, stage in self._stages():
            x = stage(x, Pace(), Pace(stride=width))
        return self.to_poses(x)

    def shown(
        self, keypoints: Float[Tensor, "batch time joint_in feature"]
    ) -> Float[Tensor, "batch time joint feature"]:
        """The keypoints as the first block takes them."""
        if self.of_coco is not None:
            made = keypoints.shape[2] == self.config.joints  # someone else has made them of COCO's
            return keypoints if made else self.of_coco @ keypoints
        return self.norm(keypoints.flatten(2)).view_as(keypoints)

    def _stages(self) -> Iterator[tuple[int, nn.Module]]:
        return zip(self.config.widths, self.stages, strict=True)

    def _seen(
        self, keypoints: Float[Tensor, "batch time joint_in feature"]
    ) -> Float[Tensor, "batch reaching joint feature"]:
        """Without the last frames, which reach no pose."""
        before, after = self.config.seen
        return self.shown(keypoints[:, : keypoints.shape[1] - (before - after)])


def perturbed(
    target: Float[Tensor, "batch answered joint 3"],
) -> Float[Tensor, "batch answered joint 3"]:
    """Each sample turned about the optical axis by -5, 0 or 5 degrees, and 0.95, 1 or 1.05 as wide.

    z stays.
    """
    draws = torch.randint(-1, 2, (2, len(target), 1, 1), device=target.device)
    angle, scale = draws[0] * (5 * pi / 180), 1 + 0.05 * draws[1]
    x, y, z = target.unbind(-1)
    across, along = scale * angle.cos(), scale * angle.sin()
    return torch.stack([across * x - along * y, along * x + across * y, z], dim=-1)
