"""What an adaptation leaves behind: `last`, from which it goes on, and `best`, which is for use."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from poise.adapt.adapting import Adapting
from poise.adapt.recipe import Adaptation
from poise.errors import PoiseError
from poise.files import naming
from poise.lifting.tensor_files import load_tensors
from poise.lifting.trained import SCHEMA, TRAINING, TrainedLifter, save_lifter
from poise.plain import from_plain, to_plain
from poise.train.checkpoints import BEST, LAST, learned, relearn
from poise.train.recipe import first_difference


@dataclass(kw_only=True)
class Standing:
    """How far an adaptation is, and how well it goes, by the measure without labels."""

    before: float  # of the lifter that was given
    best: float
    best_round: int = 0  # 0: the lifter that was given
    told: tuple[float, ...] = ()  # the measure after each round
    best_lifter: TrainedLifter | None = None  # None: it is in its file


def save(folder: Path, adapting: Adapting, standing: Standing, given: str) -> None:
    """Write all of it; `given` is the fingerprint of the lifter, the motion and the target.

    The best one comes first: a process that is killed between the two finds the same best again.
    """
    if standing.best_lifter is not None:
        found = {"misfit": standing.best, "round": standing.best_round}
        best = _with_story(standing.best_lifter, adapting.recipe, found)
        save_lifter(folder / BEST, best)
        standing.best_lifter = None
    progress = {
        "given": given,
        "rounds": adapting.rounds,
        "steps": adapting.steps,
        "before": standing.before,
        "best": standing.best,
        "best_round": standing.best_round,
        "told": list(standing.told),
    }
    tensors = {
        f"{TRAINING}{part}.{name}": value
        for part, learner in adapting.learners.items()
        for name, value in learned(learner.network, learner.optimiser).items()
    }
    tensors |= {f"{TRAINING}memory.{name}": value for name, value in adapting.memory().items()}
    lifter = _with_story(adapting.lifter, adapting.recipe, progress)
    save_lifter(folder / LAST, lifter, tensors)


def _with_story(lifter: TrainedLifter, recipe: Adaptation, found: Any) -> TrainedLifter:
    """How it was trained before stays in it."""
    story = {"recipe": to_plain(recipe), "found": found}
    return replace(lifter, about={**lifter.about, "adaptation": story})


def go_on(folder: Path, adapting: Adapting, given: str) -> Standing | None:
    """Fill an adaptation from where it was stopped; None: nothing is there yet."""
    path = folder / LAST
    if not path.exists():
        return None
    about, tensors = load_tensors(path, SCHEMA)
    other = "choose another folder, or remove this one"
    with naming(path):
        story = about["about"].get("adaptation")
        if story is None:
            raise PoiseError(f"is of a training, not of an adaptation; {other}")
        found = from_plain(Adaptation, story["recipe"], "the adaptation")
        if words := first_difference(found, adapting.recipe):
            raise PoiseError(f"is of another adaptation: {words}; {other}")
        progress = story["found"]
        if progress["given"] != given:
            raise PoiseError(f"is of another lifter, other motion or another target; {other}")
        for part, learner in adapting.learners.items():
            relearn(learner.network, learner.optimiser, _within(tensors, f"{TRAINING}{part}."))
        adapting.remember(_within(tensors, f"{TRAINING}memory."))
        adapting.lifter.module.load_state_dict(_within(tensors, "network."))
        adapting.rounds, adapting.steps = progress["rounds"], progress["steps"]
        return Standing(
            before=progress["before"],
            best=progress["best"],
            best_round=progress["best_round"],
            told=tuple(progress["told"]),
        )


def _within(tensors: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {n.removeprefix(prefix): value for n, value in tensors.items() if n.startswith(prefix)}
