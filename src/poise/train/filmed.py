"""The input of a training: poses in memory, filmed in batches on the device, new ones each time."""

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from poise.data import MotionLibrary
from poise.data.filming import film, poses_of, windows
from poise.data.open_benchmark import GT, clips_of
from poise.lifting.windows import frames_before
from poise.methods import Learns, Lifter
from poise.skeletons import H36M17
from poise.train.recipe import Recipe, Views
from poise.train.showing import Batch, show


class FilmedViews:
    """Batches by their number: the same number gives the same batch, whatever came before.

    So a training that was killed goes on as if nothing had happened, and no state of a generator
    has to be kept. Some batches in a row take windows from the same views, which are longer than a
    window: filming anew for each would take a quarter of the time of a small network.
    """

    def __init__(
        self,
        library: MotionLibrary,
        recipe: Recipe[Any],
        network: Lifter,
        *,
        device: torch.device,
        rank: int = 0,
        processes: int = 1,
    ) -> None:
        poses, lengths, self.fingerprint = motion_of(library, recipe.views)
        self._poses, self._lengths = poses.to(device), lengths.to(device)
        self._recipe, self._rank = recipe, rank
        self._filming = recipe.views.filming()
        self._joints = [H36M17.index(joint) for joint in recipe.skeleton.joints]
        self._frames = recipe.frames
        self._answered = answered_frames(network, recipe.frames)
        self._batch = recipe.batch // processes
        self._generator = torch.Generator(device)
        # The next views are filmed while the network computes. Always in this one thread, so that
        # what is drawn and how it is computed is the same whenever it is asked for.
        self._crew = ThreadPoolExecutor(
            1, "filming", torch.set_num_threads, (torch.get_num_threads(),)
        )
        self._filmed: dict[int, Future[tuple[Batch, Tensor]]] = {}

    def batch(self, step: int) -> Batch:
        """The batch of a step, counted from 0."""
        number, place = divmod(step, self._recipe.views.batches)
        wanted = (number, number + 1)
        self._filmed = {
            each: self._filmed.get(each) or self._crew.submit(self._film, each) for each in wanted
        }
        views, starts = self._filmed[number].result()
        row = torch.arange(self._batch, device=starts.device)[:, None]
        frame = starts[place][:, None] + torch.arange(self._frames, device=row.device)
        answered = frame[:, self._answered]
        return Batch(
            features=views.features[row, frame],
            target=views.target[row, answered],
            inside=views.inside[row, answered],
        )

    def _film(self, number: int) -> tuple[Batch, Tensor]:
        """Views as one long batch, and where the windows of each batch begin in them."""
        recipe, generator = self._recipe, self._generator
        generator.manual_seed(seed_of(recipe.seed, self._rank, number))
        length = max(recipe.views.frames, self._frames)
        backwards = recipe.views.backwards
        some = windows(
            self._poses,
            self._lengths,
            self._batch,
            length,
            generator,
            reversed_share=backwards,
        )
        views = film(some.poses, generator, self._filming, stage=some.stage)
        features, target = show(
            recipe.framing,
            recipe.skeleton,
            xy=views.xy[:, :, self._joints],
            confidence=views.confidence[:, :, self._joints],
            xyz=views.xyz[:, :, self._joints],
            camera=views.camera,
            image_size=views.image_size,
        )
        starts = torch.randint(
            length - self._frames + 1,
            (recipe.views.batches, self._batch),
            generator=generator,
            device=self._poses.device,
        )
        return Batch(features=features, target=target, inside=some.inside), starts


def motion_of(library: MotionLibrary, views: Views) -> tuple[Tensor, Tensor, str]:
    """The poses that are trained on, how long each clip is, and what tells them from others."""
    clips = clips_of(library, replace(GT, split="train", half=views.half))
    poses, lengths = poses_of(clips)
    return poses, lengths, hashlib.sha256(poses.numpy().tobytes()).hexdigest()[:16]


def answered_frames(network: Lifter, window: int) -> slice:
    """For which frames of a window of training a network needs a target."""
    wanted = network.learns if isinstance(network, Learns) else network.answers
    if wanted == "every frame":
        return slice(0, window)
    causal = getattr(getattr(network, "config", None), "causal", False)
    before = frames_before(network.frames, causal)
    return slice(before, before + window - network.frames + 1)


def seed_of(*numbers: int) -> int:
    """One seed from several numbers, as different as chance where they differ at all."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))
