"""What UAO gains on the open benchmark: as published, and as a refiner of any lifter.

python benchmarks/refining.py POISE_DATA/mocap17 --published runs/uao/last.safetensors
python benchmarks/refining.py POISE_DATA/mocap17 --lifters runs/mixste/last.safetensors …
python benchmarks/refining.py POISE_DATA/mocap17 --time runs/mixste/last.safetensors

As published: GUMLP is told the true root and the true camera. As a refiner: poise.lifting estimates
the root, and sees what a video shows. Both of the test split, mirror image included.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
import torch

from poise import tables
from poise.bench.open_benchmark_scores import Scores, Tally
from poise.cameras import Camera
from poise.data import MotionLibrary
from poise.data.open_benchmark import GT, NOISY, Track, View, ready, views
from poise.lifting import Engine, Refinement, TrainedLifter, load_lifter
from poise.lifting.clips import Clip
from poise.lifting.mirroring import BothSides
from poise.lifting.refining import refine
from poise.methods.contract import Doubts
from poise.methods.uao.optimising import Settings, optimised
from poise.motion import Keypoints
from poise.skeletons import H36M17

TRACKS = {"exact": GT, "noisy": NOISY}


def seen(library: MotionLibrary, track: Track, every: int) -> Iterator[View]:
    """The views of a track, or some of them."""
    return (view for number, view in enumerate(views(library, track)) if number % every == 0)


def as_published(lifter: TrainedLifter, view: View, settings: Settings) -> np.ndarray:
    """The procedure that the paper's code has, with what it is told."""
    camera = view.keypoints.camera
    assert view.target is not None
    assert camera is not None
    width, height = view.keypoints.image_size
    xy = torch.tensor(view.keypoints.xy, dtype=torch.float32)[:, None]
    screen = xy * (2 / width) - torch.tensor([1.0, height / width])
    mirrored = screen[..., list(H36M17.mirror), :] * torch.tensor([-1.0, 1.0])
    root = torch.tensor(view.target.xyz[:, :1], dtype=torch.float32)[:, None]
    network = lifter.network
    assert isinstance(network, Doubts)
    poses = optimised(
        network.with_doubt,
        screen,
        mirrored,
        root,
        torch.tensor([_nine(camera)] * len(xy), dtype=torch.float32),
        settings=settings,
    )
    return poses[:, 0].numpy()


def told_the_root(lifter: TrainedLifter, view: View) -> np.ndarray:
    """The refiner of poise, which steadies the picture, with the root that the paper is told."""
    assert view.target is not None
    frames, everything = len(view.keypoints), list(range(len(H36M17)))
    clip = Clip(
        track=view.keypoints, framing=lifter.framing, device=torch.device("cpu"), compared=True
    )
    framing = lifter.framing
    refined = refine(
        BothSides([lifter.module], framing.signs_in_mirror, lifter.takes, lifter.gives),
        clip.see(0, frames),
        slice(0, frames),
        (everything, everything),
        lambda opinions: torch.ones_like(
            opinions[:, :, 0, :, 0]
        ),  # it is asked of none that doubts
        Refinement(),
        goes_on=lambda: True,
        root=torch.tensor(view.target.xyz[None, :, 0], dtype=torch.float32),
    )
    return refined.opinions.poses[0].mean(dim=1).numpy()


def _nine(camera: Camera) -> list[float]:
    """A camera without distortion on a screen from -1 to 1 across."""
    scale = 2 / camera.width
    middle = [scale * camera.cx - 1, scale * camera.cy - camera.height / camera.width]
    return [scale * camera.fx, scale * camera.fy, *middle, *[0.0] * 5]


def published(lifter: TrainedLifter, library: MotionLibrary, every: int) -> None:
    """GUMLP before and after, iteration by iteration."""
    rows = []
    for iterations in (0, 1, 2, 4, 8):
        found = []
        for track in TRACKS.values():
            tally = Tally()
            for view in seen(library, track, every):
                tally.add(as_published(lifter, view, Settings(iterations=iterations)), view)
            found.append(tally.scores())
        rows.append((f"published, {iterations} iterations", *_told(found)))
    found = []
    for track in TRACKS.values():
        tally = Tally()
        for view in seen(library, track, every):
            tally.add(told_the_root(lifter, view), view)
        found.append(tally.scores())
    rows.append(("the refiner, told the root", *_told(found)))
    print(tables.table(rows, header=_HEADER))


def refined(paths: list[Path], library: MotionLibrary, every: int) -> None:
    """Lifters before and after."""
    rows = []
    for path in paths:
        lifter = load_lifter(path)
        for words, engine in (
            ("plain", Engine(lifter)),
            ("refined", Engine(lifter, refine=Refinement())),
        ):
            found = []
            for track in TRACKS.values():
                tally = Tally()
                for view in seen(library, track, every):
                    tally.add(engine(view.keypoints), view)
                found.append(tally.scores())
            rows.append((f"{path.parent.name}, {words}", *_told(found)))
            print(rows[-1], flush=True)
    print(tables.table(rows, header=_HEADER))


_HEADER = ("", *(f"{track} {what}" for track in TRACKS for what in ("MPJPE", "P-MPJPE", "MPJVE")))


def _told(found: list[Scores]) -> list[str]:
    return [
        f"{value:.2f}"
        for scores in found
        for value in (scores.mpjpe_mm, scores.p_mpjpe_mm, scores.mpjve_mm)
    ]


def timed(paths: list[Path], library: MotionLibrary) -> None:
    """A clip of 1,000 frames, four iterations."""
    pieces = [view.keypoints for view in seen(library, NOISY, 1)]
    track = max(pieces, key=len)
    times = -(-1000 // len(track))
    long = Keypoints(
        xy=np.tile(track.xy, (times, 1, 1))[:1000],
        score=np.tile(track.score, (times, 1))[:1000],
        skeleton=track.skeleton,
        image_size=track.image_size,
        fps=track.fps,
        camera=track.camera,
    )
    for path in paths:
        engine, took = Engine(path, refine=Refinement()), []
        for _ in range(3):
            begin = time.perf_counter()
            engine(long)
            took.append(time.perf_counter() - begin)
        print(
            f"{path.parent.name}: 1,000 frames, 4 iterations: {median(took):.1f} s, "
            f"{torch.get_num_threads()} threads"
        )


def main() -> None:
    """Parse, and do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("motion", type=Path)
    parser.add_argument("--published", type=Path, metavar="UAO")
    parser.add_argument("--lifters", type=Path, nargs="+", default=[])
    parser.add_argument("--time", type=Path, nargs="+", default=[])
    parser.add_argument("--every", type=int, default=1, help="look at every so many views")
    parser.add_argument("--val", action="store_true", help="the validation split")
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    if asked.val:
        TRACKS.update({name: replace(track, split="val") for name, track in TRACKS.items()})
    library = ready(MotionLibrary.open(asked.motion))
    if asked.published:
        published(load_lifter(asked.published), library, asked.every)
    if asked.lifters:
        refined(asked.lifters, library, asked.every)
    if asked.time:
        timed(asked.time, library)


if __name__ == "__main__":
    main()
