"""How long solving takes, and that its memory is that of one piece of a clip."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.budget

_SECONDS = r"""
import time
from lifted_people import filmed, made
from poise.body import solve
motion, track = filmed(made("walk", 1000).lifted, 0.03, noise_px=4.0)
solve(motion[:60], track[:60])
start = time.process_time()
solve(motion, track)
print(time.process_time() - start)
"""
_PEAK_MB = r"""
import re, sys
from pathlib import Path
from lifted_people import erring, made
from poise.body import solve
solve(erring(made("squat", 3000).lifted, 0.03)[: int(sys.argv[1])])
# Not getrusage's peak: a child's begins with its parent's.
print(int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024)
"""


def test_a_thousand_frames_take_less_than_20_seconds() -> None:
    """Of one thread, whose processor time is the same on a busy machine."""
    seconds = _measured(_SECONDS)
    print(f"\n{1000 / seconds:.0f} frames a second")
    assert seconds < 20


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_grow_with_the_clip() -> None:
    short, long = _measured(_PEAK_MB, "600"), _measured(_PEAK_MB, "3000")
    print(f"\n{short:.0f} MB for 600 frames, {long:.0f} MB for 3,000")
    # What is as long as the clip: evidence, pose and body, 10 kB a frame; where the working arrays
    # of the equations would be 600 kB.
    assert long - short < 2.4 * 10 * 1.5


def _measured(script: str, *arguments: str) -> float:
    answer = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
        env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    return float(answer.stdout)
