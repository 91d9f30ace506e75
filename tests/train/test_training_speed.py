"""What the trainer may cost beside the network."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "training.py"


@pytest.mark.budget
def test_the_trainer_costs_less_than_a_tenth_of_the_bare_network() -> None:
    """In a process of its own: the shape checker of tests would be measured too."""
    words = [sys.executable, str(BENCHMARK), "mixste", "--rounds", "9", "--steps", "10"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    found = re.search(r"mixste: ([\d.]+)", done.stderr)
    assert found is not None, done.stderr
    print(f"\nmixste: {found[1]} of the bare network's windows per second")
    assert float(found[1]) >= 0.9
