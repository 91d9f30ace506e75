"""Killed at any moment, a training goes on to the bits it would have given.

The processes are real and die by SIGKILL. They come from a server that has imported torch once.
"""

import os
import signal
from multiprocessing import get_context
from pathlib import Path

import pytest

from dying import PLAN, at_step, while_logging, while_saving
from poise.lifting import load_lifter
from poise.train import train_lifter
from poise.train.checkpoints import BEST, LAST
from tiny_trainings import log_without_rates, people, same_bits

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    train_lifter(PLAN, people(), folder)
    return folder


def test_killed_again_and_again_it_gives_the_same_bits(whole: Path, tmp_path: Path) -> None:
    context = get_context("forkserver")
    context.set_forkserver_preload(["dying"])
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
