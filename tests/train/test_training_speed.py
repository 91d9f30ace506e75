"""What the trainer may cost beside the network."""

import importlib.util
from pathlib import Path

import pytest
import torch

from poise.data.maker import make
from poise.train import RECIPES


@pytest.mark.budget
def test_the_trainer_costs_less_than_a_tenth_of_the_bare_network(unchecked: None) -> None:
    path = Path(__file__).parents[2] / "benchmarks" / "training.py"
    spec = importlib.util.spec_from_file_location("benchmark_of_training", path)
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    torch.set_num_threads(1)
    library = make(20, seed=1, actions=["walk"])
    speed = benchmark.measure(RECIPES["mixste"], library, rounds=5, steps=10)
    print(f"\nmixste: {speed.ratio:.3f} of the bare network's windows per second")
    assert speed.ratio >= 0.9
