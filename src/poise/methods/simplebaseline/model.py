"""SimpleBaseline (Martinez et al., ICCV 2017): one frame in, one pose out, residual and plain."""

from typing import ClassVar

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from poise.methods.contract import Answers
from poise.methods.simplebaseline.config import Config


class Layer(nn.Sequential):
    """Linear, batch norm, ReLU, dropout."""

    def __init__(self, inputs: int, width: int, dropout: float) -> None:
        super().__init__(
            nn.Linear(inputs, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(dropout)
        )


class Stage(nn.Module):
    """Two layers and the way around them; nothing follows the sum."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.first, self.second = Layer(width, width, dropout), Layer(width, width, dropout)

    def forward(self, x: Float[Tensor, "frame width"]) -> Float[Tensor, "frame width"]:
        return x + self.second(self.first(x))


class SimpleBaseline(nn.Module):
    """Each frame for itself, so a clip of any length is a batch of frames.

    The weights are kept free: the first implementation bounded their norms, the PyTorch ones that
    everyone compares with do not.
    """

    frames = 1
    answers: ClassVar[Answers] = "sliding"

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.first = Layer(config.joints_in * config.features, config.width, config.dropout)
        self.stages = nn.Sequential(
            *(Stage(config.width, config.dropout) for _ in range(config.stages))
        )
        self.zeros = config.root == "zero"  # before the answer, of the root
        self.last = nn.Linear(config.width, (config.joints - self.zeros) * 3)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.kaiming_normal_(module.weight)

    def forward(
        self, keypoints: Float[Tensor, "batch time joint_in feature"]
    ) -> Float[Tensor, "batch time joint 3"]:
        frames = keypoints.flatten(0, 1).flatten(1)  # (batch * time, joint_in * feature)
        poses = self.last(self.stages(self.first(frames)))
        return F.pad(poses, (3 * self.zeros, 0)).view(*keypoints.shape[:2], self.config.joints, 3)
