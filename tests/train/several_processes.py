"""What each process of torchrun does in test_several_processes.py.

torchrun several_processes.py FOLDER
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import nn

from poise.train import Progress, Stopped, train_lifter
from poise.train.filmed import FilmedViews
from tiny_trainings import calm, people, recipe, shortened

FOLDER, RANK = Path(sys.argv[1]), int(os.environ["RANK"])

film = FilmedViews.batch


def batch(views: FilmedViews, step: int) -> Any:
    """The second process is asked to stop when it works on this step."""
    if RANK == 1 and step == ask_at:
        os.kill(os.getpid(), signal.SIGINT)
    return film(views, step)


def train(plan: Any, name: str) -> nn.Module:
    """Train in a folder of this name."""

    def report(now: Progress) -> None:
        assert RANK == 0, "one process speaks"

    return train_lifter(plan, people(), FOLDER / name, report=report).module


ask_at = -1
setattr(FilmedViews, "batch", batch)  # noqa: B010  # mypy would have the same signature

mean = train(calm(batch=6, steps=5), "mean")
save_file(dict(mean.state_dict()), FOLDER / f"mean-{RANK}.safetensors")

learned = train(shortened("tpc+mixste"), "learned")
save_file(dict(learned.state_dict()), FOLDER / f"learned-{RANK}.safetensors")

doubted = train(shortened("uao"), "doubted")
save_file(dict(doubted.state_dict()), FOLDER / f"doubted-{RANK}.safetensors")

plan = recipe("sliding", batch=6, steps=55, validate=20)
train(plan, "whole")
ask_at = 23
try:
    train(plan, "parts")
except Stopped:
    (FOLDER / f"stopped-{RANK}").touch()
ask_at = -1
train(plan, "parts")
