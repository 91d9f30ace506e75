"""UAO's optimisation at test time, as published: keypoints move until their pose fits what is seen.

The network is frozen. What it is shown begins as the detected keypoints, and some steps of Adam
make the lifted pose project onto them. Joints that the network is sure of are held where they were.
The released procedure is told where the root is and through which lens the person was filmed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from poise.errors import PoiseError
from poise.methods.published_camera import Cameras, project
from poise.skeletons import H36M17

Keypoints = Float[Tensor, "batch time joint 2"]
Poses = Float[Tensor, "batch time joint 3"]
Roots = Float[Tensor, "batch time 1 3"]
Scales = Float[Tensor, "batch time joint"]
Lift = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Keypoints to poses and the logarithm of their scale (`with_doubt`); differentiable."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The published ones by default."""

    iterations: int = 4
    rate: float = 1e-3  # of Adam, so about as far as a keypoint moves in a step
    prior: float = 0.005  # what it weighs to stay where the network had it ...
    projection: float = 1.0  # ... and to be seen where the detector saw it

    def __post_init__(self) -> None:
        if self.iterations < 0 or not self.rate > 0:
            raise PoiseError("uao: iterations are 0 or more, and the rate is above 0")


class Stage(NamedTuple):
    """After so many steps; pairs are of the clip and of its mirror image."""

    poses: Poses  # the answer if it ended here: the mean of both, with its root at 0
    latents: tuple[Keypoints, Keypoints]  # what the network is shown
    answers: tuple[Poses, Poses]  # what it says; the second turned back
    log_scales: tuple[Scales, Scales]
    priors: Float[Tensor, "2"]
    projections: Float[Tensor, "2"]
    loss: Float[Tensor, ""]
    gradients: tuple[Keypoints, Keypoints] | None  # of the next step; None after the last


def optimised(
    lift: Lift,
    keypoints: Keypoints,
    mirrored: Keypoints,
    root: Roots,
    cameras: Cameras,
    *,
    mirror: Sequence[int] = H36M17.mirror,
    settings: Settings | None = None,
) -> Poses:
    """The poses after all steps: root-relative, with the root at 0.

    root: where it is in camera space, in metres. mirror: each joint's other side.

    >>> poses = optimised(network.with_doubt, keypoints, mirrored, root, cameras)
    """
    *_, last = stages(lift, keypoints, mirrored, root, cameras, mirror=mirror, settings=settings)
    return last.poses


def stages(
    lift: Lift,
    keypoints: Keypoints,
    mirrored: Keypoints,
    root: Roots,
    cameras: Cameras,
    *,
    mirror: Sequence[int] = H36M17.mirror,
    settings: Settings | None = None,
) -> Iterator[Stage]:
    """The same, before the first step and after each one."""
    settings = settings or Settings()
    with torch.inference_mode(False):  # else nothing has a gradient
        latent = torch.cat([keypoints, mirrored]).clone().requires_grad_()
        seen, root, cameras = keypoints.clone(), root.clone(), cameras.clone()
    optimiser = torch.optim.Adam([latent], lr=settings.rate)
    anchors: tuple[Tensor, ...] = ()
    for step in range(settings.iterations + 1):
        goes_on = step < settings.iterations
        with torch.inference_mode(False), torch.set_grad_enabled(goes_on):
            (own, opposite), log_scales = _both(
                *lift(latent if goes_on else latent.detach()), mirror
            )
            # Not lifted by themselves: an answer that differs from itself by rounding would be
            # drawn back by the prior, with a gradient as long as any.
            anchors = anchors or (own.detach(), opposite.detach())
            answers = (own, opposite)
            priors = torch.stack(
                [
                    prior_term(poses, anchor, scale)
                    for poses, anchor, scale in zip(answers, anchors, log_scales, strict=True)
                ]
            )
            projections = torch.stack(
                [projection_term(poses, root, cameras, seen) for poses in answers]
            )
            loss = settings.prior * priors.sum() + settings.projection * projections.sum()
            # Only the latents': the network's weights stay as they are, and are not asked.
            gradient = torch.autograd.grad(loss, latent)[0] if goes_on else None
        poses = ((own + opposite) / 2).detach()
        poses[..., 0, :] = 0
        yield Stage(
            poses=poses,
            latents=_pair(latent.detach().clone()),
            answers=(own.detach(), opposite.detach()),
            log_scales=log_scales,
            priors=priors.detach(),
            projections=projections.detach(),
            loss=loss.detach(),
            gradients=None if gradient is None else _pair(gradient),
        )
        if gradient is not None:
            with torch.inference_mode(False):
                latent.grad = gradient
                optimiser.step()


def prior_term(poses: Poses, anchors: Poses, log_scales: Scales) -> Float[Tensor, ""]:
    """How far poses went from where they were, by how sure the network is of each joint.

    The scales are constants here: an answer does not get better by being less sure of it.
    """
    scales = log_scales.detach()
    return (safe_norm(poses - anchors) * torch.exp(-scales) + scales).mean()


def projection_term(
    poses: Poses, root: Roots, cameras: Cameras, seen: Keypoints
) -> Float[Tensor, ""]:
    """How far the placed poses project from where the detector saw them."""
    return safe_norm(project(placed(poses, root), cameras) - seen).mean()


def placed(poses: Poses, root: Roots) -> Poses:
    """In camera space. Joint 0 is the root itself, whatever the network says of it."""
    return torch.cat([root, poses[..., 1:, :] + root], dim=-2)


def safe_norm(vectors: Float[Tensor, "*any d"]) -> Float[Tensor, "*any"]:
    """Lengths, whose gradient is 0 where the vector is; that of a square root would be NaN."""
    return torch.linalg.vector_norm(vectors, dim=-1)


def _both(
    poses: Tensor, log_scales: Tensor, mirror: Sequence[int]
) -> tuple[tuple[Poses, Poses], tuple[Scales, Scales]]:
    """Of the clip, and of its mirror image turned back."""
    (own, opposite), (own_scales, opposite_scales) = _pair(poses), _pair(log_scales.detach())
    sides = list(mirror)
    turned = opposite[..., sides, :] * opposite.new_tensor([-1, 1, 1])
    return (own, turned), (own_scales, opposite_scales[..., sides])


def _pair(both: Tensor) -> tuple[Tensor, Tensor]:
    own, opposite = both.chunk(2)
    return own, opposite
