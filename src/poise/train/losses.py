"""What the published lifters minimise (predictions and targets in metres)."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from poise.skeletons import H36M17, Skeleton
from poise.train.recipe import Loss

Poses = Float[Tensor, "batch time joint 3"]
Counts = Bool[Tensor, "batch time"]

_MIXSTE_WEIGHTS = {"knee": 2.5, "ankle": 2.5, "head": 1.5, "shoulder": 1.5, "elbow": 4, "wrist": 4}


def joint_weights(skeleton: Skeleton = H36M17) -> Float[Tensor, " joint"]:
    """MixSTE's: the further from the torso, the more; 1 for what the published list does not name.

    On h36m17 they are the published ones. Other skeletons get them by the joints' names, where
    MixSTE's own HumanEva weights follow an order that is not HumanEva's.
    """
    ends = (joint.split("_")[-1] for joint in skeleton.joints)
    return torch.tensor([_MIXSTE_WEIGHTS.get(end, 1.0) for end in ends])


def weighted_mpjpe(
    predicted: Poses, target: Poses, weights: Float[Tensor, " joint"], counts: Counts | None = None
) -> Float[Tensor, ""]:
    """The mean distance, each joint times its weight (and not divided by their sum)."""
    return _mean(weights * _distance(predicted, target), counts)


def weighted_square(
    predicted: Poses, target: Poses, weights: Float[Tensor, " joint"], counts: Counts | None = None
) -> Float[Tensor, ""]:
    """The mean square of each coordinate's error."""
    return _mean(weights[:, None] * (predicted - target).square(), counts)


def negative_likelihood(
    predicted: Poses,
    target: Poses,
    log_scale: Float[Tensor, "batch time joint"],
    weights: Float[Tensor, " joint"],
    counts: Counts | None = None,
) -> Float[Tensor, ""]:
    """UAO's: the distance in parts of the scale, plus the scale's logarithm.

    It is least where the scale is the mean distance.
    """
    log_scale = log_scale.float()  # whose exponential half precision cannot hold
    told = _distance(predicted, target) * torch.exp(-log_scale) + log_scale
    return _mean(weights * told, counts)


def steadiness(
    predicted: Poses, weights: Float[Tensor, " joint"], counts: Counts | None = None
) -> Float[Tensor, ""]:
    """MixSTE's temporal consistency: the square of the movement between frames."""
    return _mean(weights[:, None] * predicted.diff(dim=1).square(), _pairs(counts))


def velocity_error(
    predicted: Poses, target: Poses, counts: Counts | None = None
) -> Float[Tensor, ""]:
    """The mean error of the movement from frame to frame."""
    return _mean(_distance(predicted.diff(dim=1), target.diff(dim=1)), _pairs(counts))


def scaled_mpjpe(
    predicted: Poses, target: Poses, counts: Counts | None = None
) -> Float[Tensor, ""]:
    """MotionBERT's: the mean distance after each frame was given its best scale."""
    scale = (predicted * target).sum((-2, -1)) / predicted.square().sum((-2, -1)).clamp(min=1e-8)
    return _mean(_distance(predicted * scale[..., None, None], target), counts)


def total(
    loss: Loss,
    predicted: Poses,
    target: Poses,
    counts: Counts | None = None,
    log_scale: Float[Tensor, "batch time joint"] | None = None,
    *,
    skeleton: Skeleton = H36M17,
) -> Float[Tensor, ""]:
    """A recipe's loss over the frames that count; terms of movement need two frames."""
    weights = predicted.new_ones(predicted.shape[2])
    if loss.joints == "mixste":
        weights = joint_weights(skeleton).to(predicted)
    if loss.likelihood:
        assert log_scale is not None, "a network without doubt was let through"
        value = negative_likelihood(predicted, target, log_scale, weights, counts)
    else:
        place = weighted_square if loss.square else weighted_mpjpe
        value = place(predicted, target, weights, counts)
    if loss.scaled:
        value = value + loss.scaled * scaled_mpjpe(predicted, target, counts)
    if predicted.shape[1] > 1:
        if loss.velocity:
            value = value + loss.velocity * velocity_error(predicted, target, counts)
        if loss.steadiness:
            value = value + loss.steadiness * steadiness(predicted, weights, counts)
    # The gradient of the loss times itself is that of half its square.
    return value.square() / 2 if loss.times_itself else value


def _distance(a: Poses, b: Poses) -> Float[Tensor, "batch time joint"]:
    return torch.linalg.vector_norm(a - b, dim=-1)


def _mean(values: Float[Tensor, "batch time *any"], counts: Counts | None) -> Float[Tensor, ""]:
    """Over all, or over the frames that count."""
    if counts is None:
        return values.mean()
    those = counts.reshape(*counts.shape, *[1] * (values.ndim - 2))
    share = counts.float().mean().clamp(min=1e-6)  # where no frame counts there is no loss
    return torch.where(those, values, 0).mean() / share


def _pairs(counts: Counts | None) -> Bool[Tensor, "batch pair"] | None:
    """Movement counts between two frames that do."""
    return None if counts is None else counts[:, 1:] & counts[:, :-1]
