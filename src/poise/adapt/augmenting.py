"""Other poses from those that there are: PoseDA's way (LPA), and PoseAug's."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from poise.adapt.pool import Pool
from poise.adapt.recipe import Augmentation
from poise.adapt.scenes import Scenes
from poise.methods.poseaug import Config, Generator, PictureJudge, PoseJudge, bones
from poise.methods.poseaug import losses as poseaug
from poise.methods.poseda import losses as poseda
from poise.methods.published_camera import project
from poise.skeletons import Skeleton

Losses = dict[str, Tensor]

_JUDGED_EVERY = 2  # steps of the generator for one of the judges

Lift = Callable[[Scenes, Float[Tensor, "batch time joint 2"]], Float[Tensor, "batch group"]]
"""How far the lifter is off on scenes that are seen at these pixels, by groups of joints."""


@dataclass(eq=False)
class Learner:
    """A network with its optimiser."""

    network: nn.Module
    optimiser: torch.optim.Optimizer
    clip: float

    @staticmethod
    def of(network: nn.Module, rate: float, clip: float, device: torch.device) -> "Learner":
        """With Adam, as all of them are published."""
        network = network.to(device).train()
        return Learner(network, torch.optim.Adam(network.parameters(), lr=rate), clip)

    def step(self, loss: Tensor) -> None:
        """Go down the loss's gradient."""
        self.optimiser.zero_grad()
        loss.backward()
        if self.clip:
            nn.utils.clip_grad_norm_(self.network.parameters(), self.clip)
        self.optimiser.step()

    def set_rate(self, rate: float) -> None:
        """For the steps that come."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate


@runtime_checkable  # so that the tests' shape checker can check it
class Augmenting(Protocol):
    """A generator that learns, and makes scenes of scenes."""

    learners: dict[str, Learner]
    pools: dict[str, Pool]

    def teach(
        self, scenes: Scenes, others: Scenes, step: int, done: float, draw: torch.Generator
    ) -> Losses:
        """One step of the generator, and now and then of the judges, who know `others` as real."""
        ...

    def make(self, scenes: Scenes, draw: torch.Generator) -> Scenes:
        """One of each."""
        ...


class Lpa:
    """PoseDA's: bones bent and stretched, people turned; where they are is not its business."""

    def __init__(self, how: Augmentation, skeleton: Skeleton, device: torch.device) -> None:
        self._how, self._skeleton = how, skeleton
        config = _config(how, skeleton, moves=False)
        self.learners = {
            "generator": Learner.of(Generator(config), how.rate, how.clip, device),
            "pose_judge": Learner.of(PoseJudge(config), how.rate, how.clip, device),
        }
        self.pools = {"poses": Pool()}

    def teach(
        self, scenes: Scenes, others: Scenes, step: int, done: float, draw: torch.Generator
    ) -> Losses:
        """Others are not needed: each pose is held against the one that it was made of."""
        generator, judge = self.learners["generator"], self.learners["pose_judge"]
        given = _exchanged(scenes.poses, self._skeleton, draw)
        made = generator.network(given, _noise(generator, len(given), draw))
        frame = _any_frame(given, draw)
        fake, anchor = frame(made.stretched), frame(given)
        judged = judge.network(fake)
        with torch.no_grad():
            own = judge.network(anchor)
        if self._how.anchor:
            fooled = poseda.anchored(own, judged)
        else:
            fooled = (judged - 1).square().mean() / 2
        loss = poseaug.IN_SPACE * fooled
        loss = loss + poseaug.CHANGED * poseaug.change(made.change, made.ratios)
        if self._how.rotation == "soft_yaw":
            loss = loss + poseda.upright(made.turn)
        generator.step(loss)
        said = {"generator": loss.detach()}
        if step % _JUDGED_EVERY == 0:
            said |= _judge(judge, self.pools["poses"], "pose_judge", anchor, fake, draw)
        return said

    @torch.no_grad()
    def make(self, scenes: Scenes, draw: torch.Generator) -> Scenes:
        """Each where it was."""
        generator = self.learners["generator"]
        made = generator.network(scenes.poses, _noise(generator, len(scenes), draw))
        if self._how.rotation == "none":
            return replace(scenes, poses=made.stretched)
        middle = scenes.poses.shape[1] // 2
        return replace(scenes, poses=made.moved + scenes.poses[:, middle, None, :1])


class PoseAug:
    """Bones bent and stretched, people turned and moved; the lifter says what is hard for it."""

    def __init__(
        self, how: Augmentation, skeleton: Skeleton, device: torch.device, lift: Lift
    ) -> None:
        self._how, self._skeleton, self._lift = how, skeleton, lift
        config = _config(how, skeleton, moves=True)
        networks = {
            "generator": Generator(config),
            "pose_judge": PoseJudge(config),
            "picture_judge": PictureJudge(config),
        }
        self.learners = {
            name: Learner.of(network, how.rate, how.clip, device)
            for name, network in networks.items()
        }
        self.pools = {"poses": Pool(), "pictures": Pool()}

    def teach(
        self, scenes: Scenes, others: Scenes, step: int, done: float, draw: torch.Generator
    ) -> Losses:
        """The feedback begins with `done` above 0, the share of the rounds after the warm-up."""
        generator = self.learners["generator"]
        in_space, in_picture = self.learners["pose_judge"], self.learners["picture_judge"]
        given = _exchanged(scenes.poses, self._skeleton, draw)
        real = replace(others, poses=_exchanged(others.poses, self._skeleton, draw))
        made = generator.network(given, _noise(generator, len(given), draw))
        frame = _any_frame(given, draw)
        bent, moved = (replace(scenes, poses=poses) for poses in (made.bent, made.moved))
        pose, pose_real = frame(bent.poses), frame(real.poses)
        picture, picture_real = frame(_screen(moved)), frame(_screen(real))
        fooled_space, fooled_picture = (
            poseaug.made_as_real(judge.network(one_real).detach(), judge.network(one))
            for judge, one_real, one in (
                (in_space, pose_real, pose),
                (in_picture, picture_real, picture),
            )
        )
        loss = poseaug.IN_PICTURE * fooled_picture + poseaug.IN_SPACE * fooled_space
        loss = loss + poseaug.CHANGED * poseaug.change(made.change, made.ratios)
        if done > 0:
            origin = replace(scenes, poses=given)
            with torch.no_grad():
                before = self._lift(origin, _pixels(origin))
            of_bent, of_moved = (self._lift(each, _pixels(each)) for each in (bent, moved))
            loss = loss + poseaug.feedback(before, of_bent, of_moved, done=done)
        generator.step(loss)
        said = {"generator": loss.detach()}
        if step % _JUDGED_EVERY == 0:
            said |= _judge(in_space, self.pools["poses"], "pose_judge", pose_real, pose, draw)
            pool = self.pools["pictures"]
            said |= _judge(in_picture, pool, "picture_judge", picture_real, picture, draw)
        return said

    @torch.no_grad()
    def make(self, scenes: Scenes, draw: torch.Generator) -> Scenes:
        """Each somewhere before the same camera."""
        generator = self.learners["generator"]
        made = generator.network(scenes.poses, _noise(generator, len(scenes), draw))
        return replace(scenes, poses=made.moved)


def _config(how: Augmentation, skeleton: Skeleton, *, moves: bool) -> Config:
    return Config(joints=len(skeleton), width=how.width, most_stretch=how.most_stretch, moves=moves)


def _noise(generator: Learner, count: int, draw: torch.Generator) -> Tensor:
    network = generator.network
    assert isinstance(network, Generator)
    shape = (network.noises, count, network.config.noise)
    return torch.randn(shape, generator=draw, device=draw.device)


def _exchanged(
    poses: Float[Tensor, "batch time joint 3"], skeleton: Skeleton, draw: torch.Generator
) -> Float[Tensor, "batch time joint 3"]:
    """Everybody with the bone lengths of somebody else.

    PoseAug's authors draw from the mean lengths of Human3.6M's five people.
    """
    order = torch.randperm(len(poses), generator=draw, device=draw.device)
    middle = poses[:, poses.shape[1] // 2]
    lengths, _ = bones.lengths_and_directions(middle, skeleton)
    return bones.with_lengths(poses, lengths[order][:, None], skeleton)


def _any_frame(
    poses: Float[Tensor, "batch time joint 3"], draw: torch.Generator
) -> Callable[[Tensor], Tensor]:
    """Takes one frame of each window, drawn anew each time this is called."""
    rows = torch.arange(len(poses), device=draw.device)
    frames = torch.randint(poses.shape[1], (len(poses),), generator=draw, device=draw.device)
    return lambda windows: windows[rows, frames]


def _screen(scenes: Scenes) -> Float[Tensor, "batch time joint 2"]:
    """By the published projection, which is finite wherever the generator may put somebody."""
    size = scenes.image_size
    focal, centre = scenes.camera.split(2, dim=1)
    on_screen = torch.cat([2 * focal, 2 * centre - size], dim=1) / size[:, :1]
    straight = on_screen.new_zeros(len(on_screen), 5)
    return project(scenes.poses, torch.cat([on_screen, straight], dim=1), linear=True)


def _pixels(scenes: Scenes) -> Float[Tensor, "batch time joint 2"]:
    size = scenes.image_size[:, None, None]
    return (_screen(scenes) * size[..., :1] + size) / 2


def _judge(
    judge: Learner, pool: Pool, name: str, real: Tensor, made: Tensor, draw: torch.Generator
) -> Losses:
    """One step of a judge."""
    fakes = pool.through(made, draw)
    loss = poseaug.real_from_made(judge.network(real.detach()), judge.network(fakes))
    judge.step(loss)
    return {name: loss.detach()}
