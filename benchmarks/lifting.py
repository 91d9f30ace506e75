"""What the engine costs beside the network, and how long the test split takes.

    python benchmarks/lifting.py
    python benchmarks/lifting.py --test-split POISE_DATA/mocap17

Published sizes with random weights, flip averaging on. Overhead is the engine's own time as a share
of the network's, in processor seconds of one thread: that holds on a busy machine too. "Seen" is
how often the network sees a frame, 1.00 without the frames that pieces and windows share. The test
split is lifted on all cores; its seconds are those of the clock. Each case is a process of its own,
so that its peak memory is its own.
"""

import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import tyro

from poise.bench.open_benchmark_scores import Tally
from poise.data import MotionLibrary
from poise.data.open_benchmark import NOISY, views
from poise.lifting import Engine, Framing, TrainedLifter
from poise.methods import method
from poise.motion import Keypoints
from poise.skeletons import H36M17
from poise.tables import table

SIZES: dict[str, tuple[str, dict[str, Any]]] = {
    "simplebaseline": ("simplebaseline", {}),
    "videopose3d, 27 frames": ("videopose3d", {"widths": (3, 3, 3)}),
    "videopose3d, 243 frames": ("videopose3d", {}),
    "mixste, 27 frames, 64 channels, depth 4": (
        "mixste",
        {"frames": 27, "channels": 64, "depth": 4},
    ),
}


@dataclass(frozen=True)
class Benchmark:
    """Which clip, and whether the test split of the open benchmark as well."""

    frames: int = 10_000
    kind: str = "person"  # of framing: person or screen
    test_split: Path | None = None  # the folder of the motion pack
    one: str = ""  # only this size, in this process


def lifter(size: str, kind: Any) -> TrainedLifter:
    """Random weights."""
    name, own = SIZES[size]
    framing = Framing(kind=kind, confidence=kind == "person")
    config = method(name).config(features=framing.features, **own)
    network = method(name).network(config)
    return TrainedLifter(method=name, config=config, network=network, framing=framing, fps=30)


def walk(frames: int) -> Keypoints:
    """A track of that many frames with a few gaps."""
    rng = np.random.default_rng(0)
    xy = 500 + 100 * np.sin(np.arange(frames)[:, None, None] / 9 + rng.uniform(0, 6, (17, 2)))
    xy[rng.random((frames, 17)) < 0.01] = np.nan
    return Keypoints(xy=xy, skeleton=H36M17, image_size=(1920, 1080), fps=30)


class Watch:
    """Adds up what a network's forward takes, and the frames that it sees."""

    def __init__(self, network: torch.nn.Module) -> None:
        self.reset()
        network.register_forward_pre_hook(self.start)
        network.register_forward_hook(self.stop)

    def reset(self) -> None:
        self.seconds = self.started = 0.0
        self.frames = 0

    def start(self, network: Any, given: tuple[torch.Tensor]) -> None:
        self.frames += given[0].shape[0] * given[0].shape[1]
        self.started = time.process_time()

    def stop(self, *_: Any) -> None:
        self.seconds += time.process_time() - self.started


def one_clip(size: str, frames: int, kind: str) -> tuple[str, ...]:
    """Processor seconds of all and of the network alone, overhead, frames seen, megabytes."""
    torch.set_num_threads(1)
    ready = lifter(size, kind)
    engine, track = Engine(ready), walk(frames)
    engine(track[:300])
    watch, runs = Watch(ready.module), []
    for _ in range(3):
        watch.reset()
        start = time.process_time()
        engine(track)
        runs.append((time.process_time() - start, watch.seconds))
    whole, network = (sorted(times)[1] for times in zip(*runs, strict=True))
    overhead = sorted(all_of_it / own - 1 for all_of_it, own in runs)[1]
    seen = watch.frames / (2 * frames)  # the mirror image is another frame
    return size, f"{whole:.2f}", f"{network:.2f}", f"{100 * overhead:.1f} %", f"{seen:.2f}", peak()


def test_split(size: str, kind: str, folder: Path) -> tuple[str, ...]:
    """Seconds and processor seconds for all views, with their filming and scores, and megabytes."""
    engine, tally = Engine(lifter(size, kind)), Tally()
    start, begun = time.perf_counter(), time.process_time()
    for view in views(MotionLibrary.open(folder), NOISY):
        tally.add(engine(view.keypoints), view)
    scores = tally.scores()
    assert (scores.views, scores.frames) == (156, 29_424)
    seconds, cpu = time.perf_counter() - start, time.process_time() - begun
    return size, f"{seconds:.1f}", f"{cpu:.1f}", peak()


def peak() -> str:
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}"


def apart(benchmark: Benchmark, size: str) -> tuple[str, ...]:
    """One case in a process of its own."""
    split = ["--test-split", str(benchmark.test_split)] if benchmark.test_split else []
    command = [sys.executable, __file__, "--one", size, "--frames", str(benchmark.frames)]
    answer = subprocess.run(
        [*command, "--kind", benchmark.kind, *split], check=True, stdout=subprocess.PIPE, text=True
    )
    return tuple(answer.stdout.strip().split("|"))


def main(benchmark: Benchmark) -> None:
    kind, split = benchmark.kind, benchmark.test_split
    if benchmark.one:
        size = benchmark.one
        row = test_split(size, kind, split) if split else one_clip(size, benchmark.frames, kind)
        print("|".join(row))
        return
    if split:
        sizes = [size for size in SIZES if "videopose3d" in size]
        threads = torch.get_num_threads()
        header: tuple[str, ...] = (f"test split, {threads} threads", "s", "processor s", "peak MB")
    else:
        sizes = list(SIZES)
        name = f"{benchmark.frames:,} frames, {kind}"
        header = (name, "s", "network s", "overhead", "seen", "peak MB")
    print(table([apart(benchmark, size) for size in sizes], header=header))


if __name__ == "__main__":
    main(tyro.cli(Benchmark, description=__doc__))
