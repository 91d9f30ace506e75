"""Schedules: the papers' numbers, and where each shape begins and ends."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest

from poise.methods import method
from poise.train import RECIPES, Schedule
from poise.train.optimising import NORMS, optimiser_of, set_rates
from poise.train.schedule import norm_momentum, rate
from tiny_trainings import recipe


def test_videopose3d_decays_by_the_epoch() -> None:
    paper = RECIPES["videopose3d-paper"]
    epoch = paper.schedule.every
    assert epoch == 2 * 1_559_752 // 1024, "every frame of Human3.6M and its mirror image"
    assert rate(paper, 0) == rate(paper, epoch - 1) == 1e-3
    assert rate(paper, epoch) == pytest.approx(0.95e-3)
    assert rate(paper, 79 * epoch) == pytest.approx(1e-3 * 0.95**79)
    assert 80 * epoch <= paper.steps < 81 * epoch


def test_videopose3ds_batch_norms_forget_less_and_less() -> None:
    paper = RECIPES["videopose3d-paper"]
    for epoch in (0, 1, 20, 40, 80):
        step = round(paper.steps * epoch / 80)
        published = 0.1 * math.exp(-(epoch / 80) * math.log(0.1 / 0.001))
        assert norm_momentum(paper, step) == pytest.approx(published, rel=1e-5)
    assert norm_momentum(RECIPES["videopose3d"], 5) is None


@pytest.mark.parametrize(
    ("name", "first", "factor", "epochs"),
    [("mixste-paper", 4e-5, 0.99, 120), ("simplebaseline-paper", 1e-3, 0.96, None)],
)
def test_the_other_papers(name: str, first: float, factor: float, epochs: int | None) -> None:
    paper = RECIPES[name]
    assert rate(paper, 0) == first
    assert rate(paper, 3 * paper.schedule.every) == pytest.approx(first * factor**3)
    if epochs:
        assert paper.steps / paper.schedule.every == pytest.approx(epochs, rel=1e-3)


def test_a_warmup_rises_in_equal_steps_to_the_full_rate() -> None:
    slow = recipe(steps=100, schedule=Schedule(warmup=10, shape="exponential", every=1000))
    rates = [rate(slow, step) for step in range(12)]
    assert rates[0] == pytest.approx(slow.optimiser.rate / 10)
    assert rates[9] == rates[11] == slow.optimiser.rate
    steps = [b - a for a, b in pairwise(rates[:10])]
    assert max(steps) == pytest.approx(min(steps))


def test_a_cosine_begins_at_the_rate_and_ends_at_its_share() -> None:
    wave = recipe(steps=1000, schedule=Schedule(warmup=0, last=0.02))
    full = wave.optimiser.rate
    assert rate(wave, 0) == full
    assert rate(wave, 500) == pytest.approx(full * 0.51)
    assert rate(wave, 999) == pytest.approx(full * 0.02, rel=1e-3)
    rates = [rate(wave, step) for step in range(1000)]
    assert rates == sorted(rates, reverse=True)


def test_batch_norms_follow_the_schedule() -> None:
    plan = recipe("sliding", steps=10, schedule=Schedule(warmup=0, norm_momentum=0.001))
    network = method(plan.method).network(plan.network)
    optimiser = optimiser_of(plan, network)
    set_rates(plan, 5, optimiser, network)
    norms = [module for module in network.modules() if isinstance(module, NORMS)]
    assert [norm.momentum for norm in norms] == [pytest.approx(0.01)] * len(norms)
    assert {group["lr"] for group in optimiser.param_groups} == {rate(plan, 5)}
    set_rates(replace(plan, schedule=Schedule()), 5, optimiser, network)
    assert [norm.momentum for norm in norms] == [pytest.approx(0.01)] * len(norms), "left alone"
