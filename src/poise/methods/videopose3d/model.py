"""VideoPose3D (Pavllo et al., CVPR 2019): filters over time, no padding inside.

Two forms of one network share all weights. Dilated: any clip of at least `frames` frames, one pose
for each place of the window. Strided: windows of exactly `frames` frames, one pose each, computing
only what that pose needs; it is the form to train in.

Channels come last, and a filter is one product with all frames under it: training takes about half
the time that it takes with convolutions, or less, and whole clips about the same
(benchmarks/networks.py).
"""

from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from poise.errors import PoiseError
from poise.methods.contract import Answers
from poise.methods.videopose3d.config import Config

Clip = Float[Tensor, "batch time channel"]
Filtered = Float[Tensor, "batch place channel_out"]


class Filter(nn.Module):
    """A filter over time: `width` frames, `dilation` apart, become one."""

    def __init__(self, inputs: int, outputs: int, width: int, dilation: int = 1) -> None:
        super().__init__()
        self.width, self.dilation = width, dilation
        self.weight = nn.Parameter(torch.empty(outputs, width, inputs))
        nn.init.kaiming_uniform_(self.weight, a=5**0.5)  # as torch's own convolutions

    def forward(self, x: Clip, strided: bool) -> Filtered:
        """Side by side on `width` frames in a row each, or at every place where it fits."""
        if strided:
            under = x.unflatten(1, (-1, self.width)).flatten(2)  # (batch, place, width * channel)
        else:
            places = x.shape[1] - (self.width - 1) * self.dilation
            taps = [x[:, tap * self.dilation :][:, :places] for tap in range(self.width)]
            under = torch.cat(taps, dim=2)
        return F.linear(under, self.weight.flatten(1))


class Finish(nn.BatchNorm1d):
    """What follows every filter: batch norm over all frames, ReLU, dropout."""

    def __init__(self, config: Config) -> None:
        super().__init__(config.channels)
        self.dropout = config.dropout

    def forward(self, x: Clip) -> Clip:
        x = F.relu(super().forward(x.flatten(0, 1)).unflatten(0, x.shape[:2]))
        return F.dropout(x, self.dropout, self.training)


class Block(nn.Module):
    """A filter over time, a layer within the frame, and the way around both."""

    def __init__(self, config: Config, width: int, dilation: int) -> None:
        super().__init__()
        channels = config.channels
        reach = (width - 1) * dilation // 2  # frames lost at either end
        # Which frame under the filter goes around it: the middle one, or the last.
        self.strided_place = width // 2 * (2 if config.causal else 1)
        self.dilated_place = reach * (2 if config.causal else 1)
        if config.dense:
            self.over_time = Filter(channels, channels, 2 * reach + 1)
        else:
            self.over_time = Filter(channels, channels, width, dilation)
        self.mix = nn.Linear(channels, channels, bias=False)
        self.norm_time, self.norm_mix = Finish(config), Finish(config)

    def forward(self, x: Clip, strided: bool) -> Filtered:
        y = self.norm_time(self.over_time(x, strided))
        if strided:
            around = x[:, self.strided_place :: self.over_time.width]
        else:
            around = x[:, self.dilated_place :][:, : y.shape[1]]
        return around + self.norm_mix(self.mix(y))


class VideoPose3D(nn.Module):
    """Longer inputs give more answers: `frames` frames give one pose, 100 more give 101.

    An input of exactly `frames` frames goes through the strided form. Both forms give the same
    answer there; while training, batch norm sees what the strided form computes and nothing else,
    as it does at the publisher's.
    """

    answers: ClassVar[Answers] = "sliding"

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.frames = config.frames
        first, *others = config.widths
        self.expand = Filter(config.joints_in * config.features, config.channels, first)
        self.norm = Finish(config)
        self.blocks = nn.ModuleList()
        dilation = first
        for width in others:
            self.blocks.append(Block(config, width, dilation))
            dilation *= width
        self.zeros = config.root == "zero"  # before the answer, of the root
        self.shrink = nn.Linear(config.channels, (config.joints - self.zeros) * 3)

    def forward(
        self, keypoints: Float[Tensor, "batch time joint_in feature"]
    ) -> Float[Tensor, "batch answered joint 3"]:
        time = keypoints.shape[1]
        if time < self.frames:
            raise PoiseError(
                f"videopose3d sees {self.frames} frames at once; a clip of {time} is too short "
                "(poise.lifting repeats its ends)"
            )
        if time == self.frames and not self.config.dense:
            return self.strided(keypoints)
        return self.dilated(keypoints)

    def dilated(
        self, keypoints: Float[Tensor, "batch time joint_in feature"]
    ) -> Float[Tensor, "batch answered joint 3"]:
        """Every place of the window in the clip."""
        return self._poses(keypoints, strided=False)

    def strided(
        self, keypoints: Float[Tensor, "batch time joint_in feature"]
    ) -> Float[Tensor, "batch 1 joint 3"]:
        """One window."""
        return self._poses(keypoints, strided=True)

    def _poses(
        self, keypoints: Float[Tensor, "batch time joint_in feature"], strided: bool
    ) -> Float[Tensor, "batch answered joint 3"]:
        x = self.norm(self.expand(keypoints.flatten(2), strided))
        for block in self.blocks:
            x = block(x, strided)
        return F.pad(self.shrink(x), (3 * self.zeros, 0)).unflatten(2, (-1, 3))
