"""torchrun with two CPU processes: one gradient, one writer, and they stop together."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch import nn

import poise
from poise.errors import PoiseError
from poise.lifting import load_lifter
from poise.methods import method
from poise.train import train_lifter
from poise.train.checkpoints import BEST, LAST
from poise.train.filmed import FilmedViews, seed_of
from poise.train.losses import total
from poise.train.optimising import optimiser_of
from poise.train.schedule import rate
from tiny_trainings import calm, log_without_rates, people, recipe, same_bits, tensors

TORCHRUN = [
    *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
    *("--nproc-per-node", "2", "--local-addr", "127.0.0.1"),
]
HERE = Path(__file__).parent
PATHS = [str(Path(poise.__file__).parents[1]), str(HERE.parent)]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(PATHS), "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    done = subprocess.run(
        [*TORCHRUN, str(HERE / "several_processes.py"), str(folder)],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_all_processes_hold_the_same_weights(trained: Path) -> None:
    # The second learns otherwise than it answers, the third says more than its answer.
    for name in ("mean", "learned", "doubted"):
        assert same_bits(trained / f"{name}-0.safetensors", trained / f"{name}-1.safetensors")


def test_the_gradient_is_the_mean_over_processes(trained: Path) -> None:
    """The oracle is one process that computes both batches."""
    plan = calm(batch=6, steps=5)
    torch.manual_seed(seed_of(plan.seed))
    network = method(plan.method).network(plan.network).train()
    optimiser = optimiser_of(plan, network)
    cpu = torch.device("cpu")
    both = [FilmedViews(people(), plan, network, device=cpu, rank=r, processes=2) for r in (0, 1)]
    for step in range(plan.steps):
        for group in optimiser.param_groups:
            group["lr"] = rate(plan, step)
        optimiser.zero_grad()
        for views in both:
            batch = views.batch(step)
            assert len(batch.features) == 3
            loss = total(plan.loss, network(batch.features), batch.target, batch.inside)
            (loss / 2).backward()
        weights = [weight for group in optimiser.param_groups for weight in group["params"]]
        nn.utils.clip_grad_norm_(weights, plan.optimiser.clip)
        optimiser.step()
    kept = tensors(trained / "mean" / LAST)
    for name, value in network.state_dict().items():
        torch.testing.assert_close(kept[f"training.n.{name}"], value, rtol=1e-4, atol=1e-6)


def test_asked_through_one_process_all_stop_and_go_on_to_the_same_bits(trained: Path) -> None:
    assert (trained / "stopped-0").exists()
    assert (trained / "stopped-1").exists()
    assert same_bits(trained / "whole" / LAST, trained / "parts" / LAST)
    assert same_bits(trained / "whole" / BEST, trained / "parts" / BEST)
    assert log_without_rates(trained / "whole") == log_without_rates(trained / "parts")
    assert [line["step"] for line in log_without_rates(trained / "whole")] == [20, 40, 50, 55, 55]


def test_fewer_processes_would_draw_other_views(trained: Path) -> None:
    plan = recipe("sliding", batch=6, steps=55, validate=20)
    with pytest.raises(PoiseError, match="holds a training by 2 processes, not 1"):
        train_lifter(plan, people(), trained / "whole")


def test_a_batch_is_shared_evenly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(PoiseError, match="a batch of 4 windows cannot be shared by 3 processes"):
        train_lifter(recipe(batch=4), people(), tmp_path)


def test_the_command_under_torchrun_stops_in_words_and_goes_on(tmp_path: Path) -> None:
    people().save(tmp_path / "moves.npz")
    command = [
        *(*TORCHRUN, "-m", "poise", "train", "lift", "mixste", "--motion", "moves.npz"),
        *("--out", "run", "--network.frames", "9", "--network.channels", "8", "--network.depth"),
        *("1", "--batch", "4", "--steps", "100000", "--validate", "0", "--save-every", "0.2"),
    ]
    running = subprocess.Popen(
        command,
        env=ENVIRONMENT,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        wait_for(tmp_path / "run" / LAST, running)
        running.send_signal(signal.SIGINT)
        said, complaints = running.communicate(timeout=300)
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
    assert said.count("stopped; all is saved in run") == 1, said + complaints
    training = load_lifter(tmp_path / "run" / LAST).about["training"]
    assert training["processes"] == 2
    assert 0 < training["step"] < 100000


def wait_for(path: Path, running: subprocess.Popen[str]) -> None:
    began = time.monotonic()
    while not path.exists():
        assert running.poll() is None, running.communicate()
        assert time.monotonic() - began < 500
        time.sleep(0.05)
