"""ST-GCN (Cai et al., ICCV 2019): graphs of joints and of body parts, over one frame or several.

Joints hear others through matrices that depend on the relation (poise.nn.graphs). The joints of
each part become one node, the parts hear each other, and what they know comes back to the joints;
in the end every joint looks at all joints of all frames.
"""

from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from poise.conversions import H36M16_TO_H36M17
from poise.methods.contract import Answers, Lesson
from poise.methods.naming import check_frames
from poise.methods.stgcn.config import Config
from poise.nn.graphs import hop_stack
from poise.skeletons import H36M16, H36M17

Nodes = Float[Tensor, "batch node channel"]
"""Joints or parts of all frames of a window, frame by frame."""

# The arms, the legs, and what is left: the trunk, which all of them hang on.
_LIMBS = [
    [H36M17.index(f"{side}_{joint}") for joint in limb.split()]
    for limb in ("shoulder elbow wrist", "hip knee ankle")
    for side in ("left", "right")
]
_PART_OF = [
    next((number for number, limb in enumerate(_LIMBS) if joint in limb), len(_LIMBS))
    for joint in range(len(H36M17))
]
PARTS = [[joint for joint, part in enumerate(_PART_OF) if part == number] for number in range(5)]
_TRUNK = 4
_PART_PARENTS, _PART_MIRROR = (_TRUNK, _TRUNK, _TRUNK, _TRUNK, -1), (1, 0, 3, 2, _TRUNK)


class Norm(nn.BatchNorm1d):
    """Batch norm of channels that come last, over all nodes of all windows."""

    def forward(self, x: Float[Tensor, "*any channel"]) -> Float[Tensor, "*any channel"]:
        return super().forward(x.flatten(0, -2)).view_as(x)


class Unit(nn.Module):
    """Nodes hear each other by their relations; then a layer within each; and the way around."""

    gather: Tensor

    def __init__(
        self,
        stack: Float[Tensor, "subset node node"],
        inputs: int,
        outputs: int,
        dropout: float,
        *,
        around: bool = True,
    ) -> None:
        super().__init__()
        self.subsets, self.dropout = len(stack), dropout
        # [who hears, who speaks and by which relation]; follows from the skeleton and the window.
        self.register_buffer("gather", stack.permute(2, 1, 0).flatten(1), persistent=False)
        self.speak = nn.Linear(inputs, self.subsets * outputs)
        self.norm_heard, self.norm_mixed = Norm(outputs), Norm(outputs)
        self.mix = nn.Linear(outputs, outputs)
        self.around: nn.Module | None = None
        if around:
            self.around = nn.Identity()
            if inputs != outputs:
                self.around = nn.Sequential(nn.Linear(inputs, outputs), Norm(outputs))

    def forward(self, x: Nodes) -> Float[Tensor, "batch node channel_out"]:
        said = self.speak(x).unflatten(2, (self.subsets, -1)).flatten(1, 2)
        heard = F.relu(self.norm_heard(self.gather @ said))
        mixed = self.norm_mixed(self.mix(F.dropout(heard, self.dropout, self.training)))
        mixed = F.dropout(mixed, self.dropout, self.training)
        return F.relu(mixed if self.around is None else mixed + self.around(x))


class NonLocal(nn.Module):
    """Every joint looks at all joints of all frames, and adds what it sees."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        half = channels // 2
        self.ask, self.offer, self.value = (nn.Linear(channels, half) for _ in range(3))
        self.project, self.norm = nn.Linear(half, channels), Norm(channels)
        nn.init.zeros_(self.norm.weight)  # at first nothing is added

    def forward(self, x: Nodes) -> Nodes:
        seen = F.scaled_dot_product_attention(
            self.ask(x)[:, None], self.offer(x)[:, None], self.value(x)[:, None], scale=1.0
        )
        return x + self.norm(self.project(seen[:, 0]))


class Graphs(nn.Module):
    """The network of 17 joints, which answers for all frames of its window."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        frames, channels = config.frames, config.channels

        def rate(published: float) -> float:
            return published if config.dropout is None else config.dropout

        joints = hop_stack(H36M17.parents, H36M17.mirror, H36M17.index("spine"), frames)
        parts = hop_stack(_PART_PARENTS, _PART_MIRROR, _TRUNK, frames)
        small = rate(0.05)
        # The publisher meant the epsilon as a momentum; published weights have grown with it.
        self.norm = Norm(len(H36M17) * config.features, eps=0.1)
        self.joint_units = nn.Sequential(
            Unit(joints, config.features, channels, small, around=False),
            Unit(joints, channels, channels, small),
            Unit(joints, channels, 2 * channels, small),
        )
        self.part_units = nn.Sequential(
            Unit(parts, 2 * channels, 4 * channels, small),
            Unit(parts, 4 * channels, 4 * channels, small),
        )
        # Of the whole body: within the frame, or with the frames beside it.
        width = 1 if frames == 1 else 3
        self.whole = nn.Conv1d(4 * channels, 4 * channels, width, padding=width // 2)
        self.norm_whole, self.drop_whole = Norm(4 * channels), nn.Dropout(rate(0.25))
        self.join = nn.Linear(8 * channels, 2 * channels)
        self.norm_join, self.drop_join = Norm(2 * channels), nn.Dropout(rate(0.1))
        self.look = NonLocal(4 * channels)
        self.drop_last = nn.Dropout(rate(0.1))
        self.last = nn.Linear(4 * channels, 3)

    def forward(
        self, keypoints: Float[Tensor, "batch time 17 feature"]
    ) -> Float[Tensor, "batch time 17 3"]:
        time, joints = keypoints.shape[1:3]
        normed = self.norm(keypoints.flatten(2)).unflatten(2, (joints, -1))
        x = self.joint_units(normed.flatten(1, 2))  # (batch, time * joint, channel)
        by_frame = x.unflatten(1, (time, joints))
        parts = torch.stack([by_frame[:, :, part].amax(2) for part in PARTS], dim=2)
        parts = self.part_units(parts.flatten(1, 2)).unflatten(1, (time, -1))
        body = parts.amax(2)  # (batch, time, channel)
        body = self.drop_whole(F.relu(self.norm_whole(self.whole(body.mT).mT)))
        both = torch.cat([body[:, :, None].expand_as(parts), parts], dim=-1)
        both = self.drop_join(F.relu(self.norm_join(self.join(both))))
        x = torch.cat([by_frame, both[:, :, _PART_OF]], dim=-1)
        x = self.look(x.flatten(1, 2))
        return self.last(self.drop_last(x)).unflatten(1, (time, joints))


class STGCN(nn.Module):
    """Windows of `frames` frames; of one frame, so clips of any length are batches of frames."""

    answers: Answers
    learns: ClassVar[Answers] = "every frame"
    completed: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.frames = config.frames
        self.answers = "sliding" if config.frames == 1 else config.answers
        self.graphs = Graphs(config)
        self.kept = [H36M17.index(joint) for joint in H36M16.joints]
        whole = torch.tensor(H36M16_TO_H36M17.matrix, dtype=torch.float32)
        self.register_buffer("completed", whole, persistent=False)

    def forward(
        self, keypoints: Float[Tensor, "batch time joint feature"]
    ) -> Float[Tensor, "batch answered joint 3"]:
        poses = self._every_frame(keypoints)
        if self.answers != "middle frame":
            return poses
        middle = self.frames // 2
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
        batch, time = keypoints.shape[:2]
        if self.frames == 1:
            keypoints = keypoints.flatten(0, 1)[:, None]
        else:
            check_frames("stgcn", self.frames, keypoints)
        if self.config.joints == len(H36M17):
            poses = self.graphs(keypoints)
        else:
            poses = self.graphs(self.completed @ keypoints)[:, :, self.kept]
        return poses.view(batch, time, -1, 3)
