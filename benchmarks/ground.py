"""Speed and memory of the ground floor: readers, motion maker, benchmark, filming, start-up.

    python benchmarks/ground.py [FOLDER_WITH_mocap17]

Every figure is the median of several runs on one thread, in a process of its own; memory is the
peak resident size of that process.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

RUNS = 5


def main() -> None:
    """Run every measurement in a process of its own and print a table."""
    data = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("POISE_DATA", "")
    rows = [("what", "median", "peak memory")]
    for name in MEASURES:
        command = [sys.executable, __file__, "--only", name, data]
        env = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
        if done.returncode:
            rows.append((name, done.stderr.strip().splitlines()[-1][:60], ""))
            continue
        for what, figure, unit in json.loads(done.stdout)["figures"]:
            rows.append(
                (
                    what,
                    f"{figure:,.3g} {unit}" if figure < 1e4 else f"{figure:,.0f} {unit}",
                    f"{json.loads(done.stdout)['peak_mb']:.0f} MB",
                )
            )
    width = max(len(row[0]) for row in rows)
    for what, figure, memory in rows:
        print(f"{what:<{width}}  {figure:>24}  {memory:>12}", flush=True)


Figures = Iterator[tuple[str, float, str]]


def median(work: Callable[[], object], runs: int = RUNS) -> float:
    """Median seconds of several runs."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def reading(data: str) -> Figures:
    """A BVH of 10,000 frames and 30 joints, parsed and posed."""
    import numpy as np

    from poise.data import read_bvh

    lines = [
        "HIERARCHY",
        "ROOT j0",
        "{",
        "OFFSET 0 0 0",
        "CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation",
    ]
    for joint in range(1, 30):
        lines += [
            f"JOINT j{joint}",
            "{",
            "OFFSET 0 0.06 0",
            "CHANNELS 3 Zrotation Xrotation Yrotation",
        ]
    lines += ["End Site", "{", "OFFSET 0 0.06 0", "}", *["}"] * 30]
    frames = np.random.default_rng(0).uniform(-90, 90, (10_000, 93))
    motion = "\n".join(" ".join(f"{value:.4f}" for value in row) for row in frames)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.bvh"
        head = "\n".join(lines)
        path.write_text(f"{head}\nMOTION\nFrames: 10000\nFrame Time: 0.008333\n{motion}\n")
        yield "read a BVH, 10,000 frames, 30 joints", median(lambda: read_bvh(path)), "s"


def making(data: str) -> Figures:
    """1,000 seconds of made motion."""
    from poise.data.maker import (
        bone_angle_diversity,
        foot_slide,
        improvise,
        limits_exceeded,
        make,
    )

    yield "make 1,000 s of motion", median(lambda: make(1000), 3), "s"
    performances = [improvise([1, person], 10) for person in range(80)]
    slide = max(map(foot_slide, performances))
    yield "worst slide of a standing foot, 80 clips", 1000 * slide, "mm"
    beyond = max(map(limits_exceeded, performances))
    yield "joint limits exceeded by, 80 clips", beyond, "rad"
    library = make(1000)
    yield "its variety", bone_angle_diversity(library[clip.key] for clip in library), "degrees"


def benchmark(data: str) -> Figures:
    """The whole test split of the open benchmark, exact and noisy."""
    from poise.data import MotionLibrary
    from poise.data.maker import bone_angle_diversity
    from poise.data.open_benchmark import GT, NOISY, views

    library = MotionLibrary.open(Path(data) / "mocap17")

    def film() -> None:
        for track in (GT, NOISY):
            for _ in views(library, track):
                pass

    yield "film the test split, exact and noisy", median(film), "s"
    train = library.select(split="train")
    theirs = bone_angle_diversity(train[clip.key] for clip in train)
    yield "variety of the CMU train split", theirs, "degrees"


def filming(data: str) -> Figures:
    """Training views on the fly: cameras, bodies, noise; windows of three lengths."""
    import torch

    from poise.data.filming import film, poses_of, windows
    from poise.data.maker import make

    torch.set_num_threads(1)
    library = make(300)
    poses, lengths = poses_of(library)
    generator = torch.Generator().manual_seed(0)
    for frames in (1, 27, 81, 243):
        batch = max(4096 // frames, 16)

        def once(batch: int = batch, frames: int = frames) -> None:
            some = windows(poses, lengths, batch, frames, generator)
            film(some.poses, generator, stage=some.stage)

        once()
        rate = batch * frames / median(once, 9)
        yield f"film training windows of {frames} frames", rate, "frames/s"


def starting(data: str) -> Figures:
    """What a user waits for before anything happens."""

    def run(*words: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, *words], capture_output=True, check=True)

    bare = median(run("-c", "pass"))
    yield "import poise", median(run("-c", "import poise")) - bare, "s"
    yield "poise --help", median(run("-m", "poise", "--help")), "s"


MEASURES: dict[str, Callable[[str], Figures]] = {
    "starting": starting,
    "reading": reading,
    "making": making,
    "benchmark": benchmark,
    "filming": filming,
}

if __name__ == "__main__":
    if sys.argv[1:2] == ["--only"]:
        found = list(MEASURES[sys.argv[2]](sys.argv[3]))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"figures": found, "peak_mb": peak}))
    else:
        main()
