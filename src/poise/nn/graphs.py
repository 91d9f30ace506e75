"""The stacked graphs of Cai et al. (ST-GCN), which GUMLP takes over: a matrix for each relation.

>>> from poise.skeletons import H36M17
>>> hop_stack(H36M17.parents, H36M17.mirror, H36M17.index("spine")).shape
torch.Size([4, 17, 17])
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from poise.errors import PoiseError


def hop_stack(
    parents: Sequence[int], mirror: Sequence[int], centre: int, frames: int = 1
) -> Float[Tensor, "subset node node"]:
    """Who hears whom, split by relation: [subset, who speaks, who hears].

    Neighbours are joined by a bone, or are each other's mirror image, or are one joint in frames
    next to each other. All that a node hears sums to 1 over the subsets, which are: itself; those
    farther from `centre` than it; those nearer; its mirror image; and, of several frames, itself in
    the frame before and in the one after. Nodes are counted frame by frame.
    """
    nodes = len(parents)
    away = torch.tensor(distances(parents, centre)).repeat(frames)
    frame = torch.arange(frames).repeat_interleave(nodes)
    joint = torch.arange(nodes).repeat(frames)
    together = frame[:, None] == frame
    later = frame - frame[:, None]  # of the one who hears

    bones = torch.zeros(nodes, nodes, dtype=torch.bool)
    for child, parent in enumerate(parents):
        if parent >= 0:
            bones[child, parent] = bones[parent, child] = True
    same = joint[:, None] == joint
    paired = torch.tensor(mirror).repeat(frames)[:, None] == joint
    symmetric = together & paired & ~same
    bone = together & bones.repeat(frames, frames) & ~symmetric
    relations = [
        together & same,
        bone & (away[:, None] > away),
        bone & (away[:, None] < away),
        symmetric,
    ]
    if frames > 1:
        relations += [same & (later == 1), same & (later == -1)]
    stack = torch.stack(relations).float()
    return stack / stack.sum((0, 1))


def distances(parents: Sequence[int], centre: int) -> list[int]:
    """How many bones each joint is away from `centre`."""
    beside: list[list[int]] = [[] for _ in parents]
    for child, parent in enumerate(parents):
        if parent >= 0:
            beside[child].append(parent)
            beside[parent].append(child)
    found = {centre: 0}
    reached = [centre]
    for joint in reached:  # grows while we walk it
        for other in beside[joint]:
            if other not in found:
                found[other] = found[joint] + 1
                reached.append(other)
    if len(found) < len(parents):
        lost = next(joint for joint in range(len(parents)) if joint not in found)
        raise PoiseError(f"a graph of relations: no bones join joint {lost} to joint {centre}")
    return [found[joint] for joint in range(len(parents))]
