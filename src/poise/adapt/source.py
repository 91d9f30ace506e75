"""Labelled motion: windows of it, filmed by the source's cameras, others in every round."""

from dataclasses import replace

import torch

from poise.adapt.scenes import Scenes
from poise.data import MotionLibrary
from poise.data.filming import film, windows
from poise.skeletons import H36M17, Skeleton
from poise.train.filmed import motion_of, seed_of
from poise.train.recipe import Views


class Source:
    """The motion in memory; round by round, and the same rounds whatever came before."""

    def __init__(
        self,
        library: MotionLibrary,
        views: Views,
        skeleton: Skeleton,
        *,
        frames: int,
        seed: int,
        device: torch.device,
    ) -> None:
        poses, lengths, self.fingerprint = motion_of(library, views)
        self._poses, self._lengths = poses.to(device), lengths.to(device)
        self._filming = replace(views.filming(), noisy_share=0)  # noise comes once all is in place
        self._backwards = views.backwards
        self._joints = [H36M17.index(joint) for joint in skeleton.joints]
        self._frames, self._seed = frames, seed
        self._generator = torch.Generator(device)

    def film(self, number: int, count: int) -> Scenes:
        """So many windows, as the source's cameras see them."""
        self._generator.manual_seed(seed_of(self._seed, number, 0))
        some = windows(
            self._poses,
            self._lengths,
            count,
            self._frames,
            self._generator,
            reversed_share=self._backwards,
        )
        views = film(some.poses, self._generator, self._filming, stage=some.stage)
        return Scenes(
            poses=views.xyz[:, :, self._joints],
            camera=views.camera,
            image_size=views.image_size,
            inside=some.inside,
            up=views.up,
        )
