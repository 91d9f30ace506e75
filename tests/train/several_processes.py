"""What each process of torchrun does in test_several_processes.py.

torchrun several_processes.py FOLDER
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from poise.train import Progress, Stopped, train_lifter
from tiny_trainings import calm, people, recipe

FOLDER, RANK = Path(sys.argv[1]), int(os.environ["RANK"])


def train(plan: Any, name: str, stop_at: int = 0) -> torch.nn.Module:
    """Train in a folder of this name; the second process is asked to stop at a step."""
    done = 0

    def count(*_: Any) -> None:
        nonlocal done
        done += 1
        if RANK == 1 and done == stop_at:
            os.kill(os.getpid(), signal.SIGINT)

    def report(now: Progress) -> None:
        assert RANK == 0, "one process speaks"

    hook = torch.optim.Optimizer.step
    handle = torch.optim.optimizer.register_optimizer_step_post_hook(count)
    try:
        return train_lifter(plan, people(), FOLDER / name, report=report).module
    finally:
        handle.remove()
        assert hook is torch.optim.Optimizer.step


mean = train(calm(batch=6, steps=5), "mean")
weights = dict(mean.state_dict())
save_file(weights, FOLDER / f"mean-{RANK}.safetensors")

plan = recipe("sliding", batch=6, steps=55, validate=20)
train(plan, "whole")
try:
    train(plan, "parts", stop_at=23)
except Stopped:
    (FOLDER / f"stopped-{RANK}").touch()
train(plan, "parts")
