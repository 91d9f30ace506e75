"""What the engine may cost beside the network, and what memory it may take."""

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from poise.lifting import Engine
from tiny_lifters import PERSON, tiny, wandering

pytestmark = pytest.mark.budget

_MEASURE = r"""
import re, sys
from pathlib import Path
from tiny_lifters import PERSON, tiny, wandering
from poise.lifting import Engine
engine, track = Engine(tiny(sys.argv[1], PERSON), batch=500), wandering(int(sys.argv[2]))
engine(track)
# Not getrusage's peak: a child's begins with its parent's.
print(int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024)
"""


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("one frame", {"width": 1024}),
        ("sliding", {"channels": 1024, "widths": (3, 3, 3)}),
        ("every frame", {"channels": 64, "depth": 4, "frames": 27}),
    ],
)
def test_the_engine_costs_less_than_a_tenth_of_the_network(
    kind: str, size: dict[str, Any], unchecked: None
) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # whose processor time is the same on a busy machine
    try:
        lifter, track = tiny(kind, PERSON, **size), wandering(10_000)
        watched = Watched(lifter.module)
        engine = Engine(replace(lifter, network=watched))
        engine(track[:300])
        watched.seconds, start = 0.0, time.process_time()
        engine(track)
        whole = time.process_time() - start
    finally:
        torch.set_num_threads(threads)
    overhead = whole / watched.seconds - 1
    print(f"\n{kind}: {whole:.2f} s, of which {100 * overhead:.1f} % of the network's are ours")
    assert overhead < 0.1


class Watched(nn.Module):
    """A network, and how long it takes."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network, self.seconds = network, 0.0
        self.frames, self.answers = network.frames, network.answers

    def forward(self, keypoints: Tensor) -> Tensor:
        start = time.process_time()
        answers = self.network(keypoints)
        self.seconds += time.process_time() - start
        return answers


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("kind", ["one frame", "sliding", "every frame"])
def test_memory_does_not_grow_with_the_clip(kind: str) -> None:
    short, long = (peak_mb(kind, frames) for frames in (2_000, 30_000))
    print(f"\n{kind}: {short:.0f} MB for 2,000 frames, {long:.0f} MB for 30,000")
    # The track, its rays and the motion are as long as the clip: 1 kB a frame, and while they are
    # made and checked as much again.
    assert long - short < 28 * 2.5


def peak_mb(kind: str, frames: int) -> float:
    answer = subprocess.run(
        [sys.executable, "-c", _MEASURE, kind, str(frames)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    return float(answer.stdout)
