"""Killed at any moment, a training goes on to the bits it would have given.

The processes are real and die by SIGKILL. They come from a server that has imported torch once.
"""

import os
import signal
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch

from poise.lifting import load_lifter
from poise.train import Optimiser, Progress, train_lifter
from poise.train.checkpoints import BEST, LAST
from tiny_trainings import log_without_rates, people, recipe, same_bits

PLAN = recipe(steps=60, validate=20, optimiser=Optimiser(rate=1e-3))

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def at_step(folder: Path, step: int) -> None:
    """Dies after a step whose weights are not saved, the last save being some steps ago."""
    train_until(folder, lambda now: die() if now.step == step else None, save_every_s=0.01)


def while_saving(folder: Path, number: int) -> None:
    """Dies when some file is half written."""
    real, count = safetensors.torch.save_file, 0

    def save_file(tensors: Any, path: Any, **options: Any) -> None:
        nonlocal count
        count += 1
        real(tensors, path, **options)
        if count == number:
            whole = Path(path).read_bytes()
            Path(path).write_bytes(whole[: len(whole) // 2])
            die()

    safetensors.torch.save_file = save_file
    train_until(folder, lambda now: None, save_every_s=0)


def while_logging(folder: Path, number: int) -> None:
    """Dies with half a line in the log."""
    with (folder / "log.jsonl").open("a") as file:
        file.write('{"step": 50, "lo')
    at_step(folder, number)


def train_until(folder: Path, report: Callable[[Progress], None], save_every_s: float) -> None:
    train_lifter(PLAN, people(), folder, report=report, save_every_s=save_every_s)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    train_lifter(PLAN, people(), folder)
    return folder


def test_killed_again_and_again_it_gives_the_same_bits(whole: Path, tmp_path: Path) -> None:
    context = get_context("forkserver")
    context.set_forkserver_preload(["tiny_trainings", "lightning_fabric", "poise.train"])
    reached = 0
    for how, number in (
        (at_step, 3),
        (while_saving, 1),
        (while_saving, 9),
        (at_step, 27),
        (while_saving, 14),
        (while_logging, 55),
    ):
        process = context.Process(target=how, args=(tmp_path, number))
        process.start()
        process.join(120)
        assert process.exitcode == -signal.SIGKILL, how.__name__
        if (tmp_path / LAST).exists():
            step = load_lifter(tmp_path / LAST).about["training"]["step"]
            assert step >= reached
            reached = step
    assert 30 < reached < 60, "they were killed on the way"
    train_lifter(PLAN, people(), tmp_path)
    assert same_bits(whole / LAST, tmp_path / LAST)
    assert same_bits(whole / BEST, tmp_path / BEST)
    assert log_without_rates(whole) == log_without_rates(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} <= {
        LAST,
        BEST,
        "log.jsonl",
        *(path.name for path in tmp_path.glob(".*.poise-*")),
    }
