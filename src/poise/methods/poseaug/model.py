"""PoseAug (Gong et al., CVPR 2021): a generator of poses, and two networks that judge."""

from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from poise.methods.poseaug import bones
from poise.methods.poseaug.config import Config

_LEAK = 0.01
_HALF_TURN = 3.1415  # as published, so many digits
_PREDICTED = 100  # channels before a judgement


class Trunk(nn.Module):
    """Linear layers with batch norm: two a stage, none of them residual."""

    def __init__(self, inputs: int, width: int, stages: int) -> None:
        super().__init__()
        sizes = [inputs] + [width] * (2 * stages + 1)
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for _ in self.layers)

    def forward(self, x: Float[Tensor, "batch value"]) -> Float[Tensor, "batch width"]:
        for layer, norm in zip(self.layers, self.norms, strict=True):
            x = F.leaky_relu(norm(layer(x)), _LEAK)
        return x


class Part(nn.Module):
    """One of the generators: what it is shown with its own noise, and so many numbers out."""

    def __init__(self, shown: int, answers: int, config: Config) -> None:
        super().__init__()
        self.trunk = Trunk(shown + config.noise, config.width, config.stages)
        self.last = nn.Linear(config.width, answers)

    def forward(
        self, shown: Float[Tensor, "batch shown"], noise: Float[Tensor, "batch noise"]
    ) -> Float[Tensor, "batch answer"]:
        answer: Tensor = self.last(self.trunk(torch.cat([shown, noise], dim=1)))
        return answer


class Augmented(NamedTuple):
    """What became of some windows of poses, and how: one and the same in all frames of a window."""

    bent: Float[Tensor, "batch time joint 3"]
    change: Float[Tensor, "batch time bone"]  # 1 - cosine of the angle that each bone was bent by
    stretched: Float[Tensor, "batch time joint 3"]
    ratios: Float[Tensor, "batch ratio"]
    moved: Float[Tensor, "batch time joint 3"]  # turned about the middle frame's root, and moved
    axis_angle: Float[Tensor, "batch 3"]
    turn: Float[Tensor, "batch 3 3"]
    place: Float[Tensor, "batch 3"]  # of the middle frame's root


class Generator(nn.Module):
    """Bends bones, stretches them, and turns and moves the person; each part sees the given pose.

    Of a window the middle frame is looked at.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        joints = 3 * config.joints
        count = config.joints - 1  # of bones
        self.bending = Part(joints, 3 * count, config)
        self.stretching = Part(joints + count, bones.STRETCHES, config)
        self.turning = Part(joints, 3, config)
        self.moving = Part(joints, 3, config) if config.moves else None
        _initialise(self)

    @property
    def noises(self) -> int:
        """How many noises a pose is augmented by, one for each part."""
        return 3 if self.moving is None else 4

    def forward(
        self, poses: Float[Tensor, "batch time joint 3"], noise: Float[Tensor, "part batch noise"]
    ) -> Augmented:
        """Poses in the camera's frame, m; without `moves` the root comes to the origin."""
        skeleton = self.config.skeleton
        middle = poses[:, poses.shape[1] // 2]
        seen = (middle - middle[:, :1]).flatten(1)
        lengths, _ = bones.lengths_and_directions(middle, skeleton)

        offsets = self.bending(seen, noise[0]).unflatten(1, (-1, 3))
        bent, change = bones.bend(poses, offsets[:, None], skeleton)

        asked = self.stretching(torch.cat([seen, lengths[..., 0]], dim=1), noise[1])
        kept = torch.arange(bones.STRETCHES, device=asked.device) != bones.TORSO
        ratios = self.config.most_stretch * torch.tanh(asked * kept)
        stretched = bones.stretch(bent, ratios[:, None], skeleton)

        axis_angle = _HALF_TURN * torch.tanh(self.turning(seen, noise[2]))
        turn = bones.rotation(axis_angle)
        pivot = stretched[:, stretched.shape[1] // 2, :1]
        moved = bones.turn_about(stretched, turn[:, None], pivot[:, None])
        place = torch.zeros_like(axis_angle)
        if self.moving is not None:
            x, y, z = self.moving(seen, noise[3]).unbind(1)
            place = torch.stack([x, y, z * z], dim=1)  # before the camera, at any distance
            moved = moved + place[:, None, None]
        return Augmented(bent, change, stretched, ratios, moved, axis_angle, turn, place)


class PartJudge(nn.Module):
    """Judges one part of a body by the angles between its bones."""

    def __init__(self, angles: int, width: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(angles, width), nn.Linear(width, width)
        self.third, self.last = nn.Linear(width, width), nn.Linear(width, _PREDICTED)
        self.judge = nn.Linear(_PREDICTED, 1)

    def forward(self, angles: Float[Tensor, "batch angle"]) -> Float[Tensor, "batch 1"]:
        first = _leaky(self.first(angles))
        both = self.third(_leaky(self.second(first))) + first
        judged: Tensor = self.judge(_leaky(self.last(both)))
        return judged


class PoseJudge(nn.Module):
    """The 3D discriminator: a judgement of each of five parts, near 1 where it looks real."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        angles = (config.joints - 1) ** 2
        self.parts = nn.ModuleList(PartJudge(angles, config.width) for _ in range(bones.PARTS))
        _initialise(self)

    def forward(self, poses: Float[Tensor, "batch joint 3"]) -> Float[Tensor, "batch part"]:
        angles = bones.part_angles(poses, self.config.skeleton).flatten(2)
        judged = [judge(angles[:, part]) for part, judge in enumerate(self.parts)]
        return torch.cat(judged, dim=1)


class PictureJudge(nn.Module):
    """The 2D discriminator: of a pose as it is seen."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        sizes = (2 * config.joints, *[_PREDICTED] * 5)
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        self.judge = nn.Linear(_PREDICTED, 1)
        _initialise(self)

    def forward(self, seen: Float[Tensor, "batch joint 2"]) -> Float[Tensor, "batch 1"]:
        first, second, third, fourth, last = self.layers
        one = _leaky(first(seen.flatten(1)))
        three = _leaky(third(_leaky(second(one))) + one)
        judged: Tensor = self.judge(_leaky(last(fourth(three))))  # nothing follows the fourth
        return judged


def _leaky(x: Tensor) -> Tensor:
    return F.leaky_relu(x, _LEAK)


def _initialise(network: nn.Module) -> None:
    """As published; biases as torch has them."""
    for module in network.modules():
        if isinstance(module, nn.Linear):
            nn.init.kaiming_normal_(module.weight)
