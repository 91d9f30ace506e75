"""What PoseAug's networks minimise."""

from collections.abc import Sequence
from functools import cache

import torch
from jaxtyping import Float
from torch import Tensor

from poise.skeletons import Skeleton

Judged = Float[Tensor, "batch part"]
Loss = Float[Tensor, ""]

BENT, BENT_BAND = 0.205, 0.165  # the mean bend of a pose, as 1 - cosine, and how far it may be off
STRETCH = 0.1  # a share of the length that a bone may be changed by, before it costs
IN_PICTURE, IN_SPACE, CHANGED = 1.0, 6.0, 3.0  # weights of the generator's losses
FEEDBACK = (0.1, 0.01)  # of what the lifter finds hard: bent poses, moved ones
_HARDER, _HARDEST, _HARDER_BAND = 3.0, 5.0, 2.0  # times the error before, of bent poses
_MOVED_HARDER, _MOVED_BAND = 17.0, 15.0

# Near joints hardly err in metres, so they weigh more; nose and pelvis are in no group.
_GROUPS = (("hip", "shoulder"), ("knee", "head", "elbow"), ("ankle", "wrist"))
_WEIGHTS = {"hip": 5.0, "shoulder": 5.0, "knee": 2.0, "elbow": 2.0}


def within(values: Tensor, middle: float, band: float) -> Loss:
    """The squares of what is further from the middle than the band; nearer costs nothing."""
    square = (values - middle).square()
    return (square * (square > band**2)).mean()


def real_from_made(real: Judged, made: Judged) -> Loss:
    """What a judge minimises: 1 for what is real, 0 for what was made."""
    return ((real - 1).square().mean() + made.square().mean()) / 2


def made_as_real(real: Judged, made: Judged) -> Loss:
    """What the generator minimises; the term of the real ones teaches it nothing."""
    return (real.square().mean() + (made - 1).square().mean()) / 2


def change(bent: Float[Tensor, "*any bone"], ratios: Float[Tensor, "batch ratio"]) -> Loss:
    """Bend neither too little nor too much, and stretch little."""
    return within(bent.mean(-1), BENT, BENT_BAND) + within(ratios, 0.0, STRETCH)


def errors(
    predicted: Float[Tensor, "*any joint 3"], poses: Float[Tensor, "*any joint 3"], of: Skeleton
) -> Float[Tensor, "*any group"]:
    """How far a lifter is off, of joints near the torso, farther ones, and the farthest."""
    off = torch.linalg.vector_norm(predicted - (poses - poses[..., :1, :]), dim=-1)
    joints = [joint.split("_")[-1] for joint in of.joints]
    off = off * off.new_tensor([_WEIGHTS.get(joint, 1.0) for joint in joints])
    return torch.stack([off[..., group].mean(-1) for group in _groups(of)], dim=-1)


def feedback(
    given: Float[Tensor, "*any group"],
    bent: Float[Tensor, "*any group"],
    moved: Float[Tensor, "*any group"],
    *,
    done: float,
) -> Loss:
    """Poses harder for the lifter than those given, but not too hard; more so as time goes on.

    `done` is the share of the training that is behind. This is what the authors trained with; the
    paper has another formula, which their code holds and does not call.
    """
    harder = _HARDER + (_HARDEST - _HARDER) * done
    of_bent, of_moved = FEEDBACK
    return of_bent * within(bent / given, harder, _HARDER_BAND) + of_moved * within(
        moved / given, _MOVED_HARDER, _MOVED_BAND
    )


@cache
def _groups(skeleton: Skeleton) -> Sequence[list[int]]:
    ends = [joint.split("_")[-1] for joint in skeleton.joints]
    return [[i for i, end in enumerate(ends) if end in group] for group in _GROUPS]
