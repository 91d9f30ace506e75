"""What LPA's generator minimises beyond PoseAug's losses; our choices (card.md)."""

import torch
from jaxtyping import Float
from torch import Tensor

WORSE = 0.2  # than its anchor's may a judgement be, before it costs
UPRIGHT_DEG = 20.0  # how far a pose may be tilted against the camera it was seen by


def anchored(
    source: Float[Tensor, "batch part"], made: Float[Tensor, "batch part"]
) -> Float[Tensor, ""]:
    """What was made of a pose should be judged no worse than that pose, its anchor.

    A rare pose may stay rare: the generator is not drawn to what most people do.
    """
    worse = source.detach() - made
    return (worse.square() * (worse > WORSE)).mean() / 2


def upright(turn: Float[Tensor, "batch 3 3"]) -> Float[Tensor, ""]:
    """The tilt (rad) beyond the band, squared; turning about the vertical is free.

    Nothing else in LPA knows which way is up, as the place is not its business.
    """
    sideways = (turn[:, 0, 1].square() + turn[:, 2, 1].square() + 1e-12).sqrt()
    tilt = torch.atan2(sideways, turn[:, 1, 1])
    band = torch.deg2rad(torch.as_tensor(UPRIGHT_DEG)).to(tilt)
    return (tilt.square() * (tilt > band)).mean()
