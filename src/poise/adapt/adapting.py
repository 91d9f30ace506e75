"""One adaptation, round by round."""

import copy
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from poise.adapt.aligning import aligned, tilted
from poise.adapt.augmenting import Augmenting, Learner, Lpa, PoseAug
from poise.adapt.pool import Pool
from poise.adapt.recipe import Adaptation
from poise.adapt.scenes import Scenes, pairs, shown_at
from poise.adapt.source import Source
from poise.adapt.target import Target
from poise.adapt.tilting import Response, any_up, response
from poise.data import MotionLibrary
from poise.errors import PoiseError
from poise.lifting.trained import TrainedLifter
from poise.lifting.windows import answered_frames
from poise.methods import Learns
from poise.methods.poseaug import losses as poseaug
from poise.train.filmed import answered_frames as learnt_frames
from poise.train.filmed import seed_of
from poise.train.lessons import lesson_of
from poise.train.losses import total
from poise.train.optimising import Average
from poise.train.showing import Batch

_PLACE, _TEACH, _MAKE, _SEE, _DROP, _LOOK = range(1, 7)  # what chance is asked for in a round
_LOOKED_AT = 4096  # windows of the source, to see what the lifter says of tilts


class Adapting:
    """A lifter that learns, what it learns from, and who makes more of that."""

    def __init__(
        self,
        lifter: TrainedLifter,
        library: MotionLibrary,
        target: Target,
        recipe: Adaptation,
        device: torch.device,
    ) -> None:
        self.recipe, self._target, self.device = recipe, target, device
        self._skeleton, self._framing = lifter.takes, lifter.framing
        network: Any = copy.deepcopy(lifter.module).to(device).train()
        average: Any = copy.deepcopy(network).requires_grad_(False).eval()
        self.learner = Learner.of(network, recipe.rate, recipe.clip, device)
        self.average = Average(average, network, recipe.average)
        self.lifter = replace(lifter, network=average, residuals=None)  # they were the old one's
        self._network, self._frames = network, network.frames
        self._learnt = learnt_frames(network, self._frames)  # those that it needs targets of
        causal = getattr(lifter.config, "causal", False)
        self._answers = answered_frames(network.answers, self._frames, self._frames, causal)
        self.source = Source(
            library,
            recipe.views,
            self._skeleton,
            frames=self._frames,
            seed=recipe.seed,
            device=device,
        )
        self.augmenting = self._augmenting() if recipe.augments else None
        self.rounds = 0  # that are done
        self.steps = 0  # of the lifter
        self._detector = recipe.views.filming()

    def _augmenting(self) -> Augmenting:
        how = self.recipe.augmentation
        with torch.random.fork_rng(devices=[]):  # first weights are drawn on the CPU
            torch.manual_seed(seed_of(self.recipe.seed, 0))
            if self.recipe.how == "poseaug":
                return PoseAug(how, self._skeleton, self.device, self._errors)
            return Lpa(how, self._skeleton, self.device)

    @property
    def learners(self) -> dict[str, Learner]:
        """All networks that change."""
        more = {} if self.augmenting is None else self.augmenting.learners
        return {"network": self.learner, **more}

    def memory(self) -> dict[str, Tensor]:
        """What is remembered from round to round besides weights."""
        found = {f"pool.{name}": pool.held for name, pool in self._pools().items()}
        found["up"] = self._target.up
        return {name: value for name, value in found.items() if value is not None}

    def remember(self, memory: dict[str, Tensor]) -> None:
        """Again what `memory` told."""
        for name, pool in self._pools().items():
            kept = memory.get(f"pool.{name}")
            pool.held = None if kept is None else kept.to(self.device)
        self._target.up = memory.get("up")

    def _pools(self) -> dict[str, Pool]:
        return {} if self.augmenting is None else self.augmenting.pools

    def round(self) -> dict[str, float]:
        """Film, make, place, learn; the mean loss of each network that learned."""
        recipe, number = self.recipe, self.rounds
        fall = 1 - number / (recipe.rounds + 1)
        self.learner.set_rate(recipe.rate * fall)
        scenes = self.source.film(number, recipe.windows)
        said: dict[str, list[Tensor]] = {}
        if self.augmenting is not None:
            for learner in self.augmenting.learners.values():
                learner.set_rate(recipe.augmentation.rate * fall)
            self._teach(self.augmenting, scenes, said)
        if number >= recipe.warmup:
            if recipe.tilt and (number == recipe.warmup or number & (number - 1) == 0):
                self._target.look(self.lifter, self._response())
            learnt = [
                loss
                for part, those in enumerate(self._lessons(scenes))
                for loss in self._learn(those, part)
            ]
            if not learnt:
                raise PoiseError(
                    f"of {len(scenes):,} windows fewer than a batch ({recipe.batch}) stay in sight "
                    "of the target; more windows, a smaller batch, or another focal length"
                )
            said["lifter"] = learnt
        self.rounds += 1
        return {name: self._finite(name, torch.stack(values)) for name, values in said.items()}

    @torch.no_grad()
    def _response(self) -> Response:
        """What the lifter as it is says of tilts, before the target's cameras."""
        draw = self._draw(_LOOK)
        target = self._target
        up, target.up = target.up, None
        scenes = self.source.film(self.rounds, min(_LOOKED_AT, self.recipe.windows))
        there = aligned(tilted(scenes, any_up(len(scenes), draw)), target, draw)
        target.up = up
        network: Any = self.lifter.network
        said, true = [], []
        for rows in self._batches(len(there)):
            batch = pairs(there.pick(rows), self._framing, self._skeleton, self._detector, draw)
            said.append(network(batch.features).flatten(0, 1))
            true.append(batch.target[:, self._answers].flatten(0, 1))
        return response(torch.cat(said), torch.cat(true), self._skeleton)

    def _teach(self, augmenting: Augmenting, scenes: Scenes, said: dict[str, list[Tensor]]) -> None:
        recipe, draw = self.recipe, self._draw(_TEACH)
        rest = recipe.rounds - recipe.augmentation.warmup
        done = max(0.0, (self.rounds + 1 - recipe.augmentation.warmup) / rest)
        batches = self._batches(len(scenes))
        step = self.rounds * recipe.augmentation.passes * len(batches)
        for _ in range(recipe.augmentation.passes):
            one, other = (
                torch.randperm(len(scenes), generator=draw, device=self.device) for _ in range(2)
            )
            for rows in batches:
                some, others = scenes.pick(one[rows]), scenes.pick(other[rows])
                for name, loss in augmenting.teach(some, others, step, done, draw).items():
                    said.setdefault(name, []).append(loss)
                step += 1

    def _lessons(self, scenes: Scenes) -> Iterator[Scenes]:
        """What the lifter learns from in a round, one after another."""
        recipe, draw = self.recipe, self._draw(_PLACE)
        if self.augmenting is not None:
            made = self._made(self.augmenting, scenes)
            yield aligned(made, self._target, draw) if recipe.aligns else made.pick(made.in_sight())
        if recipe.aligns:
            there = aligned(scenes, self._target, draw)
            yield self._some_kept(there, scenes, draw)
        else:
            yield scenes

    def _made(self, augmenting: Augmenting, scenes: Scenes) -> Scenes:
        draw = self._draw(_MAKE)
        some = [augmenting.make(scenes.pick(rows), draw) for rows in self._batches(len(scenes))]
        poses = torch.cat([each.poses for each in some])
        return replace(scenes.pick(slice(len(poses))), poses=poses)

    def _some_kept(self, there: Scenes, scenes: Scenes, draw: torch.Generator) -> Scenes:
        """So that the source is not forgotten."""
        u = torch.rand(len(there), generator=draw, device=self.device)
        return scenes.pick(slice(len(there))).where(u < self.recipe.kept, there)

    def _learn(self, scenes: Scenes, part: int) -> Iterator[Tensor]:
        """Once through all of them, in any order."""
        recipe, draw = self.recipe, self._draw(_SEE, part)
        order = torch.randperm(len(scenes), generator=draw, device=self.device)
        for rows in self._batches(len(scenes)):
            batch = self._batch(scenes.pick(order[rows]), draw)
            torch.manual_seed(seed_of(recipe.seed, self.steps, _DROP))
            learns = isinstance(self._network, Learns)
            lesson = lesson_of(self._network, batch, recipe.loss, learns=learns)
            loss = total(recipe.loss, *lesson, skeleton=self._skeleton)
            self.learner.step(loss)
            self.steps += 1
            self.average.update(self.steps)
            yield loss.detach()

    def _batch(self, scenes: Scenes, draw: torch.Generator) -> Batch:
        whole = pairs(scenes, self._framing, self._skeleton, self._detector, draw)
        return replace(
            whole,
            target=whole.target[:, self._learnt],
            inside=whole.inside[:, self._learnt],
        )

    def _errors(self, scenes: Scenes, xy: Tensor) -> Tensor:
        """How far the lifter is off, as PoseAug's generator is told; its weights stay."""
        features = shown_at(xy, scenes, self._framing, self._skeleton)
        network = self._network.eval().requires_grad_(False)
        try:
            predicted = network(features)
        finally:
            network.train().requires_grad_(True)
        return poseaug.errors(predicted, scenes.poses[:, self._answers], self._skeleton)

    def _batches(self, count: int) -> list[slice]:
        """Whole batches: a small one would shake batch norms."""
        size = self.recipe.batch
        return [slice(at, at + size) for at in range(0, count - size + 1, size)]

    def _draw(self, what: int, part: int = 0) -> torch.Generator:
        """What chance says in this round, whatever came before."""
        generator = torch.Generator(self.device)
        return generator.manual_seed(seed_of(self.recipe.seed, self.rounds, what, part))

    def _finite(self, name: str, losses: Tensor) -> float:
        mean = float(losses.mean())
        if not math.isfinite(mean):
            raise PoiseError(
                f"the loss of the {name} is {mean} in round {self.rounds}; the lifter given in is "
                "unharmed. A lower rate (rate, augmentation.rate) or clipping helps"
            )
        return mean
