"""Trainings that are killed by SIGKILL at moments of interest, for processes of their own."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import safetensors.torch

from poise.train import Optimiser, Progress, train_lifter
from tiny_trainings import people, recipe

PLAN = recipe(steps=60, validate=20, optimiser=Optimiser(rate=1e-3))


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

    setattr(safetensors.torch, "save_file", save_file)  # noqa: B010  # not as typed, but as used
    train_until(folder, lambda now: None, save_every_s=0)


def while_logging(folder: Path, number: int) -> None:
    """Dies with half a line in the log."""
    with (folder / "log.jsonl").open("a") as file:
        file.write('{"step": 50, "lo')
    at_step(folder, number)


def train_until(folder: Path, report: Callable[[Progress], None], save_every_s: float) -> None:
    train_lifter(PLAN, people(), folder, report=report, save_every_s=save_every_s)
