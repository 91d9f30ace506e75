"""Every method learns by one command, also those that learn otherwise than they answer."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from poise.data.library import MotionLibrary
from poise.lifting import Engine, load_lifter
from poise.methods import Learns, method, names
from poise.train import RECIPES, Progress, Recipe, Schedule, Stopped, train_lifter
from poise.train.checkpoints import LAST
from poise.train.filmed import FilmedViews
from poise.train.losses import scaled_mpjpe, total
from poise.train.recipe import Loss
from poise.train.schedule import rate
from small_networks import SMALL
from tiny_lifters import wandering
from tiny_trainings import people, same_bits, shortened


@pytest.fixture(scope="module")
def library() -> MotionLibrary:
    return people()


@pytest.mark.parametrize("name", names())
def test_it_trains_stops_goes_on_and_lifts(
    name: str, library: MotionLibrary, tmp_path: Path
) -> None:
    plan = shortened(name)

    def stop(now: Progress) -> None:
        if now.step == 3:
            raise Stopped  # as a kill would: nothing was saved since the start

    whole = train_lifter(plan, library, tmp_path / "whole")
    with pytest.raises(Stopped):
        train_lifter(plan, library, tmp_path / "parts", save_every_s=0, report=stop)
    train_lifter(plan, library, tmp_path / "parts")
    assert same_bits(tmp_path / "whole" / LAST, tmp_path / "parts" / LAST)
    track = wandering(24)
    motion = Engine(load_lifter(tmp_path / "whole" / LAST))(track)
    assert motion.xyz.shape == (24, 17, 3)
    assert torch.equal(torch.tensor(Engine(whole)(track).xyz), torch.tensor(motion.xyz))


@pytest.mark.parametrize("name", ["mhformer", "d3dp", "tpc+mixste"])
def test_it_learns_by_its_own_lesson(name: str, library: MotionLibrary) -> None:
    """The batch has a target for each frame that the lesson needs, whichever are answered for."""
    plan = shortened(name)
    network: Any = method(name).network(plan.network).train()
    batch = FilmedViews(library, plan, network, device=torch.device("cpu")).batch(0)
    assert batch.target.shape == (6, 9, 17, 3)
    learner: Learns = network
    lesson = learner.learn(batch.features, batch.target, batch.inside)
    assert lesson.predicted.shape == lesson.target.shape
    assert lesson.inside.shape == lesson.target.shape[:2]
    loss = total(plan.loss, lesson.predicted, lesson.target, lesson.inside)
    loss.backward()
    assert any(weight.grad is not None for weight in network.parameters())


@pytest.mark.parametrize("name", RECIPES)
def test_named_recipes_fit_their_networks(name: str) -> None:
    plan = RECIPES[name]
    chosen = method(plan.method)
    with torch.device("meta"):
        network = chosen.network(plan.network)
    assert plan.frames == network.frames or network.answers == "sliding"
    assert plan.views.frames >= 1


def test_every_method_has_a_recipe_for_a_cpu_and_one_of_its_paper() -> None:
    of_papers = {plan.method for name, plan in RECIPES.items() if name.endswith("-paper")}
    assert of_papers == set(names()) - {"tpc+dstformer"}  # nobody tells how that was trained
    others = {plan.method for name, plan in RECIPES.items() if not name.endswith("-paper")}
    assert others >= {name for name in SMALL if "+" not in name}


def test_a_scale_that_is_off_costs_nothing_in_the_scaled_distance() -> None:
    torch.manual_seed(1)
    target = torch.randn(2, 4, 17, 3)
    assert scaled_mpjpe(1.7 * target, target) < 1e-6
    assert scaled_mpjpe(target + 0.1, target) > 0.01
    both = total(Loss(scaled=0.5), 1.7 * target, target)
    torch.testing.assert_close(both, total(Loss(), 1.7 * target, target))
    moved = target.clone()
    moved[0, 0] += 1.0
    counts = torch.ones(2, 4, dtype=torch.bool)
    counts[0, 0] = False
    assert scaled_mpjpe(moved, target, counts) < 1e-6


def test_every_fifth_epoch_may_fall_further() -> None:
    schedule = Schedule(shape="exponential", warmup=0, factor=0.9, every=10, fifth=0.5)
    plan: Recipe[Any] = replace(shortened("mixste"), schedule=schedule, steps=200)
    first = plan.optimiser.rate
    epochs = [rate(plan, 10 * epoch) / first for epoch in (0, 1, 4, 5, 6, 10)]
    assert epochs == pytest.approx([1, 0.9, 0.9**4, 0.9**4 * 0.5, 0.9**5 * 0.5, 0.9**8 * 0.25])
