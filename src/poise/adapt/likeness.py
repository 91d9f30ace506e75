"""How unlike the source the target is, in what alignment can change: places and sizes."""

import torch
from jaxtyping import Float
from torch import Tensor

ALIKE = 0.1  # of the greatest difference between two distribution functions


def unlikeness(
    source: Float[Tensor, "one joint 2"], target: Float[Tensor, "other joint 2"]
) -> float:
    """From 0, the same, to 1: of the person's place across and down, and of the size.

    Both on the screen, the picture's width from -1 to 1. This is the statistic of Kolmogorov and
    Smirnov, of whichever of the three differs most.
    """
    return max(
        _furthest(one, other)
        for one, other in zip(_place_and_size(source), _place_and_size(target), strict=True)
    )


def _place_and_size(seen: Float[Tensor, "view joint 2"]) -> list[Float[Tensor, " view"]]:
    side = (seen.amax(1) - seen.amin(1)).mean(1)
    return [seen[:, 0, 0], seen[:, 0, 1], side]


def _furthest(one: Float[Tensor, " a"], other: Float[Tensor, " b"]) -> float:
    both = torch.cat([one, other]).sort().values
    below = [
        torch.searchsorted(values.sort().values, both, right=True) / len(values)
        for values in (one, other)
    ]
    return float((below[0] - below[1]).abs().max())
