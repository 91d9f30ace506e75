"""Training speed: the trainer against the bare network on one batch that is there already.

    python benchmarks/training.py [RECIPE ...] --threads 1

The bare loop is forward, backward, clipping and the step of the same optimiser, on the same batch
again and again; the trainer films its batches, averages the weights and writes its log too. Both
run in turns in one process, and the figure is the median of the ratios of neighbours. Time is that
of the clock, on a machine with nothing else to do: the next views are filmed while the network
computes, on a core of their own if there is one.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import torch
import tyro
from torch import nn

from poise.data import MotionLibrary
from poise.data.maker import make
from poise.tables import table
from poise.train import RECIPES, Recipe
from poise.train.launching import launched
from poise.train.losses import total
from poise.train.training import Training


@dataclass(frozen=True)
class Speed:
    """Windows per second, medians."""

    trainer: float
    bare: float
    ratio: float


def measure(recipe: Recipe[Any], library: MotionLibrary, rounds: int, steps: int) -> Speed:
    """So many rounds of so many steps each; a multiple of the batches of a view is fair."""
    with tempfile.TemporaryDirectory() as folder:
        training = Training(
            replace(recipe, validate=0), library, Path(folder), launched(recipe, "cpu")
        )
        other = Training(
            replace(recipe, validate=0), library, Path(folder), launched(recipe, "cpu")
        )
        turns = (_trainer(training), _bare(other))
        for turn in turns:
            turn(recipe.views.batches)  # warm
        seconds = [[_time(turn, steps) for turn in turns] for _ in range(rounds)]
    windows = recipe.batch * steps
    return Speed(
        trainer=windows / statistics.median(trainer for trainer, _ in seconds),
        bare=windows / statistics.median(bare for _, bare in seconds),
        ratio=statistics.median(bare / trainer for trainer, bare in seconds),
    )


def _trainer(training: Training) -> Callable[[int], None]:
    def run(steps: int) -> None:
        for _ in range(steps):
            training.step()
            training.loss()
        training.line()
        for filmed in training.views._filmed.values():  # ahead of time, for the next round
            filmed.result()

    return run


def _bare(training: Training) -> Callable[[int], None]:
    """The same network and optimiser; nothing but what every training loop must do."""
    recipe = training.recipe
    network: Any = training.state.network.train()
    batch, optimiser = training.views.batch(0), training.state.optimiser

    def run(steps: int) -> None:
        for _ in range(steps):
            optimiser.zero_grad()
            if recipe.loss.likelihood:
                predicted, log_scale = network.with_doubt(batch.features)
            else:
                predicted, log_scale = network(batch.features), None
            total(recipe.loss, predicted, batch.target, log_scale=log_scale).backward()
            if recipe.optimiser.clip:
                nn.utils.clip_grad_norm_(network.parameters(), recipe.optimiser.clip)
            optimiser.step()

    return run


def _time(turn: Callable[[int], None], steps: int) -> float:
    start = time.perf_counter()
    turn(steps)
    return time.perf_counter() - start


def main(
    recipes: Annotated[tuple[str, ...], tyro.conf.Positional] = (
        "simplebaseline",
        "videopose3d",
        "mixste",
    ),
    *,
    threads: int = 1,
    rounds: int = 7,
    steps: int = 16,
) -> None:
    """Print a table."""
    torch.set_num_threads(threads)
    rows: list[tuple] = []
    for name, speed in _measured(recipes, rounds, steps):
        rows.append((name, round(speed.trainer), round(speed.bare), f"{speed.ratio:.2f}"))
        print(f"{name}: {speed.ratio:.3f}", file=sys.stderr, flush=True)
    print(table(rows, header=("", "trainer, windows/s", "bare, windows/s", "ratio")))
    print(f"{threads} threads, medians of {rounds} rounds of {steps} steps, torch on the CPU")


def _measured(names: tuple[str, ...], rounds: int, steps: int) -> Iterator[tuple[str, Speed]]:
    library = make(60, seed=1, actions=["walk", "dance"])
    for name in names:
        yield name, measure(RECIPES[name], library, rounds, steps)


if __name__ == "__main__":
    tyro.cli(main)
