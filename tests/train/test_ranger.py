"""Ranger: the published steps, and trainings with it that stop and go on."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from poise.plain import to_plain
from poise.train import RECIPES, Optimiser, Progress, Stopped, train_lifter
from poise.train.checkpoints import LAST
from poise.train.optimising import optimiser_of
from poise.train.ranger import Ranger
from poise.train.recipe import read_recipe
from tiny_trainings import people, same_bits, shortened, tensors


def test_its_steps_are_the_published_ones(vector: Callable[[str], tuple]) -> None:
    meta, _, inputs, outputs = vector("gla-gcn-ranger")
    weight = torch.nn.Parameter(torch.from_numpy(inputs["p0"]).clone())
    ours = Ranger([weight], lr=meta["config"]["lr"])
    assert len(outputs["p"]) > 12, "slow weights look ahead more than once"
    for gradient, wanted in zip(inputs["grads"], outputs["p"], strict=True):
        weight.grad = torch.from_numpy(gradient).clone()
        ours.step()
        torch.testing.assert_close(weight.detach(), torch.from_numpy(wanted), atol=1e-6, rtol=0)


def test_weights_that_learn_more_seldom_count_their_own_steps(
    vector: Callable[[str], tuple],
) -> None:
    """Beside one that gets a gradient each time, one gets every second, and one none."""
    _, _, inputs, outputs = vector("gla-gcn-ranger")
    often, seldom, never = (
        torch.nn.Parameter(torch.from_numpy(inputs["p0"]).clone()) for _ in range(3)
    )
    ours = Ranger([often, seldom, never], lr=0.01)
    for step, gradient in enumerate(inputs["grads"]):
        often.grad = torch.from_numpy(gradient).clone()
        seldom.grad = torch.from_numpy(inputs["grads"][step // 2]).clone() if step % 2 else None
        ours.step()
    last = len(inputs["grads"]) - 1
    for weight, step in ((often, last), (seldom, last // 2)):
        wanted = torch.from_numpy(outputs["p"][step])
        torch.testing.assert_close(weight.detach(), wanted, atol=1e-6, rtol=0)
    assert torch.equal(never.detach(), torch.from_numpy(inputs["p0"]))


def test_what_decays_shrinks_apart_from_its_gradient() -> None:
    weights = [torch.nn.Parameter(torch.ones(3)) for _ in range(2)]
    for weight, decay in zip(weights, (0.0, 0.5), strict=True):
        weight.grad = torch.full((3,), 2.0)
        Ranger([weight], lr=0.1, weight_decay=decay).step()
    torch.testing.assert_close(weights[1], weights[0] - 0.1 * 0.5)


@pytest.mark.parametrize("stops", [(2,), (6, 7), (11,)])
def test_a_training_goes_on_to_the_same_bits(stops: tuple[int, ...], tmp_path: Path) -> None:
    """The slow weights too are part of what is saved."""
    plan = shortened("gla_gcn", steps=14, optimiser=Optimiser(kind="ranger", rate=1e-2))
    library = people()
    train_lifter(plan, library, tmp_path / "whole")
    for stop in stops:

        def report(now: Progress, stop: int = stop) -> None:
            if now.step == stop:
                raise Stopped  # as a kill would: this step is not saved

        with pytest.raises(Stopped):
            train_lifter(plan, library, tmp_path / "parts", save_every_s=0, report=report)
    train_lifter(plan, library, tmp_path / "parts")
    assert same_bits(tmp_path / "whole" / LAST, tmp_path / "parts" / LAST)
    held = tensors(tmp_path / "whole" / LAST)
    slow, weight = (held[f"training.{kind}.expand.over_time.weight"] for kind in ("o.slow", "n"))
    assert not torch.equal(slow, weight)  # step 14 is none of every six


def test_recipes_from_before_it_have_adamw() -> None:
    plain = to_plain(RECIPES["mixste"])
    assert plain["optimiser"].pop("kind") == "adamw"
    assert read_recipe(plain, "it") == RECIPES["mixste"]


def test_a_recipe_names_its_optimiser() -> None:
    paper = RECIPES["gla_gcn-paper"]
    network = torch.nn.Linear(2, 2)
    assert isinstance(optimiser_of(paper, network), Ranger)
    assert isinstance(optimiser_of(RECIPES["mixste"], network), torch.optim.AdamW)
