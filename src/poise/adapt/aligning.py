"""GPA, guarded: source windows where windows of the target are."""

import logging
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from poise.adapt.scenes import Scenes
from poise.adapt.target import Target
from poise.methods.poseaug.bones import cross_matrix
from poise.methods.poseda.alignment import align

_log = logging.getLogger(__name__)


def aligned(scenes: Scenes, target: Target, generator: torch.Generator) -> Scenes:
    """Every window where a window of the target is seen, before that one's camera.

    Who meets whom is drawn anew each time. Left out is what came too near or beyond the picture.
    """
    sightings = target.draw(len(scenes), generator)
    if sightings.up is not None:
        known = (sightings.up != 0).any(1, keepdim=True)
        scenes = tilted(scenes, torch.where(known, sightings.up, scenes.up))
    moved, depth = align(scenes.poses, sightings.xy, sightings.camera)
    there = replace(scenes, poses=moved, camera=sightings.camera, image_size=sightings.image_size)
    good = depth.isfinite() & there.in_sight()
    if not good.all():
        _log.info("%d of %d aligned windows were left out", int((~good).sum()), len(good))
    return there.pick(good)


def tilted(scenes: Scenes, up: Float[Tensor, "batch 3"]) -> Scenes:
    """Turned about the middle frame's root until this is up."""
    middle = scenes.poses[:, scenes.poses.shape[1] // 2, None, :1]
    turned = (scenes.poses - middle) @ between(scenes.up, up)[:, None].mT
    return replace(scenes, poses=turned + middle, up=up)


def between(
    one: Float[Tensor, "batch 3"], other: Float[Tensor, "batch 3"]
) -> Float[Tensor, "batch 3 3"]:
    """The smallest rotations that bring one direction to the other (never opposite ones)."""
    cos = (one * other).sum(-1)[:, None, None]
    cross = cross_matrix(torch.linalg.cross(one, other))
    return torch.eye(3, device=one.device) + cross + cross @ cross / (1 + cos)
