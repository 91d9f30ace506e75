"""KTPFormer's two priors, for any network of tokens, any skeleton and any number of frames.

Both are graph convolutions whose graph is half known, half learned: the skeleton for the joints of
a frame (`KinematicsPrior`, in place of the linear map to tokens), the chain of frames for each
joint (`TrajectoryPrior`, before frames attend to one another).
"""

from collections.abc import Iterable, Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from poise.errors import PoiseError


def skeleton_graph(parents: Sequence[int]) -> Float[Tensor, "joint joint"]:
    """Who is joined to whom by a bone."""
    bones = ((joint, parent) for joint, parent in enumerate(parents) if parent >= 0)
    return graph(len(parents), bones)


def chain_graph(frames: int) -> Float[Tensor, "frame frame"]:
    """Every frame, and the ones before and after it."""
    return graph(frames, ((frame, frame - 1) for frame in range(1, frames)))


def graph(nodes: int, edges: Iterable[tuple[int, int]]) -> Float[Tensor, "node node"]:
    """A node's neighbours share a weight of 1, and the node itself has 1 as well."""
    found = torch.zeros(nodes, nodes)
    for one, other in edges:
        found[one, other] = found[other, one] = 1
    return (found / found.sum(1, keepdim=True).clamp(min=1)).fill_diagonal_(1)


def check_skeleton(parents: Sequence[int], joints: int, method: str) -> None:
    """Refuses a skeleton of another number of joints, in words."""
    if len(parents) != joints:
        raise PoiseError(
            f"{method}: its graph follows a skeleton of {len(parents)} joints, and the network has "
            f"{joints}; say whose parents the joints have (parents=SKELETON.parents)"
        )
    if any(not -1 <= parent < joints for parent in parents):
        raise PoiseError(f"{method}: a parent is not one of the {joints} joints")


class GraphConvolution(nn.Module):
    """A node's own features and its neighbours', each through weights of its own."""

    known: Tensor

    def __init__(self, known: Float[Tensor, "node node"], inputs: int, outputs: int) -> None:
        super().__init__()
        nodes = len(known)
        # Follows from the skeleton or the number of frames, so published files do not have it.
        self.register_buffer("known", known, persistent=False)
        self.learned = nn.Parameter(torch.full((nodes, nodes), 1e-6))
        self.weight = nn.Parameter(torch.empty(2, inputs, outputs))  # of itself, of the others
        self.scale = nn.Parameter(torch.ones(nodes, outputs))  # of what a node sends
        self.bias = nn.Parameter(torch.empty(outputs))
        nn.init.xavier_uniform_(self.weight, gain=1.414)
        nn.init.uniform_(self.bias, -(outputs**-0.5), outputs**-0.5)

    def forward(
        self, x: Float[Tensor, "row node channel"]
    ) -> Float[Tensor, "row node channel_out"]:
        own, others = (x @ self.weight.transpose(0, 1).flatten(1)).chunk(2, dim=-1)
        half = self.known + self.learned
        whole = (half + half.mT) / 2
        itself = whole.diagonal()
        apart = whole - torch.diag(itself)
        return itself[:, None] * (self.scale * own) + apart @ (self.scale * others) + self.bias


class GraphLayer(nn.Module):
    """Graph convolution, batch norm over channels, ReLU."""

    def __init__(self, known: Float[Tensor, "node node"], inputs: int, outputs: int) -> None:
        super().__init__()
        self.convolution = GraphConvolution(known, inputs, outputs)
        self.norm = nn.BatchNorm1d(outputs)

    def forward(
        self, x: Float[Tensor, "row node channel"]
    ) -> Float[Tensor, "row node channel_out"]:
        x = self.convolution(x)
        return F.relu(self.norm(x.flatten(0, 1)).view_as(x))


class KinematicsPrior(GraphLayer):
    """Tokens of the joints of each frame, told of the joints they hang on."""

    def __init__(self, parents: Sequence[int], features: int, channels: int) -> None:
        super().__init__(skeleton_graph(parents), features, channels)

    def forward(
        self, x: Float[Tensor, "batch time joint feature"]
    ) -> Float[Tensor, "batch time joint channel"]:
        return super().forward(x.flatten(0, 1)).unflatten(0, x.shape[:2])


class TrajectoryPrior(nn.Module):
    """Adds to each token of a joint's way through time what the frames beside it say."""

    def __init__(self, frames: int, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(GraphLayer(chain_graph(frames), channels, channels) for _ in range(2))
        )

    def forward(
        self, x: Float[Tensor, "sequence time channel"]
    ) -> Float[Tensor, "sequence time channel"]:
        return x + self.layers(x)
