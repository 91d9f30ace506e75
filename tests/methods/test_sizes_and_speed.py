"""What the hourglass saves in time, side by side, and how much memory one window takes."""

import subprocess
import sys
from statistics import median
from time import process_time

import pytest
import torch

from poise.methods import method
from poise.methods.gla_gcn import Config as GlaGcnConfig
from poise.methods.gla_gcn import GlaGcn

pytestmark = pytest.mark.budget

PEAK = r"""
import re, sys, torch
from pathlib import Path
from poise.methods import method
torch.set_num_threads(1)
chosen = method(sys.argv[1])
config = chosen.presets[sys.argv[2]]
network = chosen.network(config).eval()
with torch.inference_mode():
    answer = network(torch.randn(1, config.frames, 17, config.features))
assert answer.isfinite().all()
# Not getrusage's peak: a child's begins with its parent's.
print(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.parametrize(
    ("wrapped", "plain", "preset", "most"),
    [("hot+mixste", "mixste", "243", 0.65), ("hot+dstformer", "dstformer", "243-lite", 0.6)],
)
def test_the_hourglass_saves_time(wrapped: str, plain: str, preset: str, most: float) -> None:
    """The published sizes, 243 frames, one window, one thread, in turns."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # whose processor time is the same on a busy machine
    inside = method(plain)
    config = inside.presets[preset]
    networks = {
        name: chosen.network(each).eval()
        for name, chosen, each in (
            ("plain", inside, config),
            ("wrapped", method(wrapped), method(wrapped).presets["243"]),
        )
    }
    window = torch.randn(1, 243, 17, config.features)
    times: dict[str, list[float]] = {"plain": [], "wrapped": []}
    with torch.inference_mode():
        for _ in range(4):
            for name, network in networks.items():
                start = process_time()
                network(window)
                times[name].append(process_time() - start)
    torch.set_num_threads(threads)
    ratio = median(times["wrapped"][1:]) / median(times["plain"][1:])
    print(f"{wrapped}: {ratio:.3f} of {plain}'s time, {median(times['plain'][1:]):.2f} s")
    assert ratio <= most


def test_clips_through_a_gla_gcn_share_the_work_of_windows() -> None:
    """1,000 frames of a clip, against as many windows, as published and of the same network."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    windowed = GlaGcn(GlaGcnConfig()).eval()
    sliding = GlaGcn(GlaGcnConfig(windowed=False)).eval()
    clip = torch.randn(1, sliding.frames + 999, 17, 2)

    def seconds(network: GlaGcn, frames: int, often: int) -> float:
        times = []
        for _ in range(often):
            start = process_time()
            answer = network(clip[:, :frames])
            times.append(process_time() - start)
            assert answer.isfinite().all()
        return median(times[1:])

    with torch.inference_mode():
        whole = seconds(sliding, clip.shape[1], 4)
        window, strided = (seconds(each, each.frames, 8) for each in (windowed, sliding))
    torch.set_num_threads(threads)
    print(
        f"1,000 frames: {whole:.2f} s; a window {1e3 * window:.1f} ms, {1e3 * strided:.0f} ms "
        f"strided: {1e3 * window / whole:.1f} and {1e3 * strided / whole:.0f} times"
    )
    assert 1e3 * window / whole >= 20
    assert 1e3 * strided / whole >= 20


@pytest.mark.parametrize(
    ("name", "preset"),
    [
        ("mixste", "243"),
        ("ktpformer", "243"),
        ("hot+mixste", "243"),
        ("dstformer", "243"),
        ("mhformer", "351"),
    ],
)
def test_a_wide_network_answers_a_long_window_in_little_memory(name: str, preset: str) -> None:
    """243 frames, 512 channels; torch and the weights are part of it."""
    command = [sys.executable, "-c", PEAK, name, preset]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    peak = int(done.stdout) / 2**10  # MiB
    print(f"{name}, {preset}: {peak:.0f} MiB")
    assert peak < 1.2 * 2**10
