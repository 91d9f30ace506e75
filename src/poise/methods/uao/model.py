"""GUMLP (UAO, TMM 2025): one frame in, one pose out, and how far each joint may be off.

Each layer is a graph convolution, then two perceptrons side by side: one within each joint, one
between the joints.
"""

from collections.abc import Sequence
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor, nn

from poise.methods.contract import Answers
from poise.methods.uao.config import Config
from poise.nn.graphs import distances, hop_stack
from poise.nn.transformer import EPSILON, DropPath, rising

Joints = Float[Tensor, "frame joint channel"]
Channels = Float[Tensor, "frame channel joint"]


def graph(parents: Sequence[int], mirror: Sequence[int]) -> Float[Tensor, "subset joint joint"]:
    """Who hears whom. Nearer and farther are seen from the middle of the skeleton.

    That is the joint whose farthest one is nearest: Human3.6M's spine, as published.
    """
    joints = range(len(parents))
    centre = min(joints, key=lambda joint: max(distances(parents, joint)))
    return hop_stack(parents, mirror, centre)


class GraphConvolution(nn.Module):
    """What a joint hears, through other weights from itself, from inside, outside and opposite."""

    hears: Tensor

    def __init__(self, channels: int, stack: Float[Tensor, "subset joint joint"]) -> None:
        super().__init__()
        self.say = nn.Linear(channels, len(stack) * channels)
        # (joint, joint * subset). It follows from the skeleton: published files do not have it.
        self.register_buffer("hears", stack.permute(2, 1, 0).flatten(1), persistent=False)
        self.subsets = len(stack)

    def forward(self, x: Joints) -> Joints:
        said = self.say(x).unflatten(2, (self.subsets, -1))  # (frame, joint, subset, channel)
        return self.hears @ said.flatten(1, 2)


class Layer(nn.Sequential):
    """Linear, GELU, dropout."""

    def __init__(self, inputs: int, outputs: int, dropout: float) -> None:
        super().__init__(nn.Linear(inputs, outputs), nn.GELU(), nn.Dropout(dropout))


class ChannelMlp(nn.Module):
    """Within each joint. Its last layer is activated as well."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.narrow = Layer(width, width // 2, dropout)
        self.middle = Layer(width // 2, width // 2, dropout)
        self.widen = Layer(width // 2, width, dropout)

    def forward(self, x: Joints) -> Joints:
        x = self.narrow(x)
        return self.widen(x + self.middle(x))


class JointMlp(nn.Module):
    """Between the joints, each channel for itself."""

    def __init__(self, joints: int, dropout: float) -> None:
        super().__init__()
        three, six = 3 * joints, 6 * joints
        self.widen = nn.Sequential(Layer(joints, three, dropout), Layer(three, six, dropout))
        self.middle = Layer(six, six, dropout)
        self.narrow = nn.Sequential(Layer(six, three, dropout), Layer(three, joints, dropout))

    def forward(self, x: Channels) -> Channels:
        x = self.widen(x)
        return self.narrow(x + self.middle(x))


class Block(nn.Module):
    """Graph convolution, then both perceptrons, each with a norm before and a way around."""

    def __init__(self, config: Config, drop_path: float) -> None:
        super().__init__()
        joints, width = config.joints, config.width
        self.graph_norm = nn.LayerNorm(joints, EPSILON)  # over the joints, not their channels
        self.graph = GraphConvolution(width, graph(config.parents, config.mirror))
        self.channel_norm = nn.LayerNorm(width, EPSILON)
        self.channel_mlp = ChannelMlp(width, config.dropout)
        self.joint_norm = nn.LayerNorm(joints, EPSILON)
        self.joint_mlp = JointMlp(joints, config.joint_dropout)
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Joints) -> Joints:
        x = x + self.drop_path(self.graph(self.graph_norm(x.mT).mT))
        within = self.channel_mlp(self.channel_norm(x))
        between = self.joint_mlp(self.joint_norm(x.mT)).mT
        return x + self.drop_path(within + between)


class Head(nn.Module):
    """A norm and two linear layers, with nothing between them."""

    def __init__(self, width: int, outputs: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, EPSILON)
        self.narrow = nn.Linear(width, width // 2)
        self.last = nn.Linear(width // 2, outputs)

    def forward(self, x: Joints) -> Float[Tensor, "frame joint output"]:
        return self.last(self.narrow(self.norm(x)))


class GUMLP(nn.Module):
    """Each frame for itself, so a clip of any length is a batch of frames."""

    frames = 1
    answers: ClassVar[Answers] = "sliding"

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.encoder = nn.Sequential(
            nn.Linear(config.features, width // 8), nn.Linear(width // 8, width)
        )
        self.blocks = nn.Sequential(
            *(Block(config, share) for share in rising(config.drop_path, config.layers))
        )
        self.pose = Head(width, 3)
        self.doubt = Head(width, 1)

    def forward(
        self, keypoints: Float[Tensor, "batch time joint feature"]
    ) -> Float[Tensor, "batch time joint 3"]:
        return self.pose(self._seen(keypoints)).unflatten(0, keypoints.shape[:2])

    def with_doubt(
        self, keypoints: Float[Tensor, "batch time joint feature"]
    ) -> tuple[Float[Tensor, "batch time joint 3"], Float[Tensor, "batch time joint"]]:
        """Poses, and the logarithm of how far off each joint is likely to be (metres)."""
        seen, clips = self._seen(keypoints), keypoints.shape[:2]
        log_scale = self.doubt(seen)[..., 0]
        return self.pose(seen).unflatten(0, clips), log_scale.unflatten(0, clips)

    def _seen(self, keypoints: Float[Tensor, "batch time joint feature"]) -> Joints:
        joints: Tensor = self.blocks(self.encoder(keypoints.flatten(0, 1)))
        return joints
