"""GLA-GCN's fixed graphs: each joint itself, whom it hears along its links, and against them."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from poise.methods.gla_gcn.config import Config
from poise.skeletons import COCO17, HUMANEVA15

Links = Sequence[tuple[int, int]]

# As published, from one end to the other in no certain direction.
_HUMANEVA: Links = (
    *((14, 1), (1, 2), (2, 3), (3, 4), (1, 5), (5, 6), (6, 7)),
    *((1, 0), (0, 11), (11, 12), (12, 13), (0, 8), (8, 9), (9, 10)),
)
# Of what a detector sees: the right arm and the left leg hang on nothing, surely by mistake.
_MISSING = ((1, 5), (0, 8))

# Of which of COCO's joints each of HumanEva's is the mean.
_OF_COCO = {
    "pelvis": ("left_hip", "right_hip"),
    "thorax": ("left_shoulder", "right_shoulder"),
    "head": ("nose",),
}


def links(config: Config) -> Links:
    """(one, other): one hears the other in the second matrix, the other one in the first."""
    if config.graph == "parents":
        return [(joint, parent) for joint, parent in enumerate(config.parents) if parent >= 0]
    return [link for link in _HUMANEVA if not (config.of_coco and link in _MISSING)]


def fixed_graphs(config: Config) -> Float[Tensor, "3 joint joint"]:
    """How much each joint (row) hears of the others (columns): all it hears sums to 1, if any.

    The published matrices are the transposes: [who is heard, who hears].
    """
    joints = config.joints
    inwards = torch.zeros(joints, joints)
    for one, other in links(config):
        inwards[other, one] = 1  # [who is heard, who hears]
    both = (inwards, inwards.T)
    divided = [graph / graph.sum(0, keepdim=True).clamp(min=1) for graph in both]
    return torch.stack([torch.eye(joints), *divided]).mT.contiguous()


def humaneva_of_coco() -> Float[Tensor, "joint coco"]:
    """HumanEva's joints as means of COCO's: the head is where the nose is."""
    found = torch.zeros(len(HUMANEVA15), len(COCO17))
    for row, joint in enumerate(HUMANEVA15.joints):
        sources = _OF_COCO.get(joint, (joint,))
        for source in sources:
            found[row, COCO17.index(source)] = 1 / len(sources)
    return found
