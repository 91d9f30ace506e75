"""The loop: rounds, the measure after each, files; it can be stopped and killed anywhere."""

import copy
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from poise.adapt.adapting import Adapting
from poise.adapt.checkpoints import Standing, go_on, save
from poise.adapt.likeness import ALIKE, unlikeness
from poise.adapt.recipe import Adaptation
from poise.adapt.scenes import on_screen
from poise.adapt.target import Target
from poise.adapt.watching import misfit
from poise.data import MotionLibrary
from poise.errors import PoiseError
from poise.lifting.devices import find_device
from poise.lifting.trained import TrainedLifter, load_lifter
from poise.methods.poseaug.config import SKELETONS
from poise.motion import Keypoints
from poise.train.checkpoints import BEST
from poise.train.journal import Journal
from poise.train.recipe import Loss, Views, read_recipe
from poise.train.stopping import Stopped, stopping

_COMPARED = 4096  # windows of source and target


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where an adaptation is."""

    round: int
    rounds: int
    losses: dict[str, float]  # of each network that learned
    misfit: float  # on held-out tracks of the target
    before: float  # of the lifter that was given
    best_round: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Adapted:
    """What came of it."""

    lifter: TrainedLifter
    before: float  # the measure, of the lifter that was given
    after: float
    best_round: int  # 0: nothing was better than the lifter that was given
    told: tuple[float, ...]  # after each round
    assumed: tuple[str, ...]  # about the target, in words


def adapt_lifter(
    lifter: TrainedLifter,
    library: MotionLibrary,
    tracks: Sequence[Keypoints],
    recipe: Adaptation,
    folder: Path,
    *,
    device: str = "auto",
    save_every_s: float = 60,
    report: Callable[[Progress], None] = lambda progress: None,
    look: Callable[[TrainedLifter], dict[str, Any]] | None = None,
) -> Adapted:
    """Adapt a lifter to 2D tracks; `folder` has the rest, and the same call again goes on there.

    The lifter that is given is not changed. What is answered is the best one by the measure
    without labels, which may be the lifter that was given. `look` may say more of each round for
    the log, such as true errors where somebody knows them.

    >>> adapted = adapt_lifter(lifter, library, tracks, Adaptation(), Path("runs/adapted"))
    """
    _check(lifter)
    place = find_device(device)
    target = Target(tracks, lifter)
    adapting = Adapting(lifter, library, target, recipe, place)
    _check_unlike(adapting, target)
    given = _fingerprint(lifter, adapting, target)
    standing = go_on(folder, adapting, given)
    if standing is None:
        before = misfit(lifter, target.held)
        standing = Standing(before=before, best=before, best_lifter=_copied(adapting.lifter))
        save(folder, adapting, standing, given)
    journal = Journal(folder, adapting.rounds)
    saved = time.monotonic()
    try:
        with stopping() as asked_to_stop:
            while not _ended(adapting, standing):
                _one_round(adapting, standing, target, journal, report, look)
                last = _ended(adapting, standing)
                stop = asked_to_stop() and not last
                if stop or last or time.monotonic() - saved > save_every_s:
                    save(folder, adapting, standing, given)
                    saved = time.monotonic()
                if stop:
                    raise Stopped
    finally:
        journal.close()
    return Adapted(
        lifter=load_lifter(folder / BEST),
        before=standing.before,
        after=standing.best,
        best_round=standing.best_round,
        told=standing.told,
        assumed=target.assumed,
    )


def trained_as(lifter: TrainedLifter) -> tuple[Views, Loss]:
    """How the lifter's motion was filmed, and its loss, if its file tells; else the usual."""
    plain = lifter.about.get("recipe")
    if plain is None:
        return Views(), Loss()
    recipe = read_recipe(plain, "the lifter's recipe")
    return recipe.views, recipe.loss


def _one_round(
    adapting: Adapting,
    standing: Standing,
    target: Target,
    journal: Journal,
    report: Callable[[Progress], None],
    look: Callable[[TrainedLifter], dict[str, Any]] | None,
) -> None:
    losses = adapting.round()
    told = misfit(adapting.lifter, target.held)
    standing.told = (*standing.told, told)
    if told < standing.best and adapting.steps:
        standing.best, standing.best_round = told, adapting.rounds
        standing.best_lifter = _copied(adapting.lifter)
    more = {} if look is None else look(adapting.lifter)
    journal.write(adapting.rounds, **losses, misfit=told, **more)
    report(
        Progress(
            round=adapting.rounds,
            rounds=adapting.recipe.rounds,
            losses=losses,
            misfit=told,
            before=standing.before,
            best_round=standing.best_round,
        )
    )


def _copied(lifter: TrainedLifter) -> TrainedLifter:
    network: Any = copy.deepcopy(lifter.module)
    return replace(lifter, network=network)


def _ended(adapting: Adapting, standing: Standing) -> bool:
    """All rounds are done, or the measure has not fallen for long."""
    recipe = adapting.recipe
    since = max(standing.best_round, recipe.warmup)
    tired = recipe.patience > 0 and adapting.rounds - since >= recipe.patience
    return adapting.rounds >= recipe.rounds or tired


def _check(lifter: TrainedLifter) -> None:
    known = [skeleton.joints for skeleton in SKELETONS.values()]
    if lifter.takes.joints != lifter.gives.joints or lifter.takes.joints not in known:
        raise PoiseError(
            f"{lifter.method} takes {lifter.takes.name} and gives {lifter.gives.name}; lifters of "
            "the 17 joints of h36m17 or the 16 of h36m16 can be adapted"
        )
    if lifter.unit != "metres":
        raise PoiseError(
            f"{lifter.method} answers in parts of the picture; lifters that answer in metres can "
            "be adapted"
        )


def _check_unlike(adapting: Adapting, target: Target) -> None:
    """Where people already stand as the source's do, there is nothing to align."""
    if not adapting.recipe.aligns:
        return
    source = adapting.source.film(0, _COMPARED)
    sightings = target.draw(_COMPARED, torch.Generator(adapting.device).manual_seed(0))
    seen = on_screen(sightings.xy, sightings.image_size)
    middle = source.poses.shape[1] // 2
    off = unlikeness(source.on_screen()[:, middle], seen[:, middle])
    if off < ALIKE:
        raise PoiseError(
            f"the target's people are seen where and as large as the source's (their distributions "
            f"differ by {off:.0%} at most): there is nothing to adapt to; lpa and poseaug need no "
            "other places"
        )


def _fingerprint(lifter: TrainedLifter, adapting: Adapting, target: Target) -> str:
    """Of all that is given."""
    weights = hashlib.sha256()
    for value in lifter.module.state_dict().values():
        weights.update(value.detach().cpu().numpy().tobytes())
    return "-".join([weights.hexdigest()[:16], adapting.source.fingerprint, target.fingerprint])
