"""MotionAGFormer's graphs: joints along bones, and frames in which a joint is in the same state."""

from collections.abc import Sequence
from contextlib import nullcontext

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from poise.skeletons import H36M17

Nodes = Float[Tensor, "row node channel"]

# Whom each joint of Human3.6M hears, as published: the pelvis does not hear the left hip, nor the
# thorax the shoulders, though those hear them.
_PUBLISHED = (
    *((1, 7), (0, 2), (1, 3), (2,), (0, 5), (4, 6), (5,), (0, 8), (7, 9)),
    *((8, 10), (9,), (8, 12), (11, 13), (12,), (8, 15), (14, 16), (15,)),
)


def skeleton_graph(parents: Sequence[int]) -> Float[Tensor, "joint joint"]:
    """1 where the joint of the row hears the one of the column; none hears itself here.

    Of other skeletons than the published one both ends of a bone hear each other.
    """
    if tuple(parents) == H36M17.parents:
        heard = [(joint, other) for joint, others in enumerate(_PUBLISHED) for other in others]
    else:
        bones = [(joint, parent) for joint, parent in enumerate(parents) if parent >= 0]
        heard = bones + [(parent, joint) for joint, parent in bones]
    found = torch.zeros(len(parents), len(parents))
    for joint, other in heard:
        found[joint, other] = 1
    return found


@torch.no_grad()
def similarity_graph(x: Nodes, neighbours: int) -> Float[Tensor, "row node node"]:
    """1 where a node is among the most similar ones of another, ties included.

    Which ones those are is no function with a gradient, so none flows here. Near ties are common
    in a film, so other rounding may choose others.
    """
    device = x.device.type
    available = torch.amp.is_autocast_available(device)
    # In half precision ties would be the rule.
    with torch.autocast(device, enabled=False) if available else nullcontext():
        x = x if x.dtype == torch.float64 else x.float()
        alike = x @ x.mT  # (row, node, node)
    least = alike.topk(neighbours, dim=-1).values[..., -1:]
    return (alike >= least).to(x.dtype)


class GraphConvolution(nn.Module):
    """Nodes hear the mean of those that their graph joins them to.

    Without `known` the graph is that of the most similar nodes, found anew each time.
    """

    known: Tensor | None

    def __init__(
        self,
        channels: int,
        nodes: int,
        *,
        known: Float[Tensor, "node node"] | None = None,
        neighbours: int = 0,
    ) -> None:
        super().__init__()
        self.neighbours = neighbours
        # Follows from the skeleton, so published files do not have it.
        self.register_buffer("known", known, persistent=False)
        self.own, self.others = nn.Linear(channels, channels), nn.Linear(channels, channels)
        for layer in (self.own, self.others):
            nn.init.normal_(layer.weight, std=(2 / channels) ** 0.5)
        self.norm = nn.BatchNorm1d(nodes)  # a node, not a feature, is a channel of it

    def forward(self, x: Nodes) -> Nodes:
        graph = similarity_graph(x, self.neighbours) if self.known is None else self.known
        heard = self.own(x) + normalised(graph, self.others(x))
        return F.relu(x + self.norm(heard))  # the way around lies within the ReLU, as published


def normalised(graph: Float[Tensor, "*row node node"], sent: Nodes) -> Nodes:
    """What each node hears, divided by the roots of how many it and the sender hear.

    As in a product with diagonal matrices on both sides, which would cost more than the graph does.
    """
    scale = graph.sum(-1, keepdim=True).clamp(min=1).rsqrt()  # (*row, node, 1)
    return scale * (graph @ (scale * sent))
