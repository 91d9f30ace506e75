"""Smoothing and placing on the open benchmark: how calm, and how far from the true place.

    python benchmarks/placement.py POISE_DATA/mocap17 runs/mixste/best.safetensors
    python benchmarks/placement.py POISE_DATA/mocap17 runs/mixste/best.safetensors --split val

Views of the noisy and of the exact track are lifted, smoothed and placed. A path's error is its
mean distance from the truth in the camera's frame; percent are of the path's length, summed over
all views; wander is what is left of it without its mean. "Two people" are two clips filmed by one
camera; the step between them is how much higher one stands than the other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import tyro

from poise import metrics
from poise.cameras import Camera
from poise.data import MotionLibrary
from poise.data.open_benchmark import NOISY, STD, View, segments, views
from poise.data.open_benchmark.cameras import NUMBERS, camera
from poise.data.open_benchmark.cameras import place as film_from
from poise.data.open_benchmark.draws import rng
from poise.data.open_benchmark.motions import joints_of
from poise.data.open_benchmark.noise import detect, draw
from poise.data.open_benchmark.tracks import Track, clips_of
from poise.lifting import Engine
from poise.motion import Keypoints, Motion
from poise.refine import jitter, place, smooth
from poise.refine.stature import stature
from poise.skeletons import H36M17
from poise.tables import table

FEET = [H36M17.index("left_ankle"), H36M17.index("right_ankle")]
HANDS_AND_FEET = [*FEET, H36M17.index("left_wrist"), H36M17.index("right_wrist")]
STANDS = 0.2  # m/s: a true ankle that is slower stands
FAST = 3.0  # m/s: a view whose fastest hand or foot is faster counts as fast


@dataclass(frozen=True)
class Benchmark:
    """Which motion, lifted by what."""

    motion: tyro.conf.Positional[Path]
    weights: tyro.conf.Positional[Path]
    split: str = "test"
    pairs: int = 40  # of two people


@dataclass(frozen=True, eq=False, kw_only=True)
class Case:
    view: View
    lifted: Motion
    calm: Motion
    true_camera: Camera

    @property
    def truth(self) -> np.ndarray:
        assert self.view.target is not None
        return self.view.target.xyz


def cases(library: MotionLibrary, track: Track, engine: Engine) -> Iterator[Case]:
    cameras = {
        f"{segment.id}|{track.kind}|cam{number}": camera(
            joints[segment.first : segment.stop], segment.id, number, track.camera_kind
        )
        for clip in clips_of(library, track)
        for joints in [joints_of(library, clip)]
        for segment in segments(clip.key, len(joints))
        for number in NUMBERS
    }
    for view in views(library, track):
        lifted = engine(view.keypoints)
        calm = smooth(lifted, view.keypoints.score)
        yield Case(view=view, lifted=lifted, calm=calm, true_camera=cameras[view.id])


def calmness(name: str, found: list[Case]) -> list[tuple[Any, ...]]:
    """MPJPE, MPJVE, jitter and what is left of the fastest moves, before and after."""
    rows = []
    for when in ("before", "after"):
        numbers: list[tuple[float, ...]] = []
        kept = []
        for case in found:
            motion = case.lifted if when == "before" else case.calm
            true = case.truth - case.truth[:, :1]
            numbers.append(
                (
                    1000 * metrics.mpjpe(motion.xyz, true),
                    1000 * metrics.mpjve(motion.xyz, true),
                    jitter(motion),
                    len(true),
                )
            )
            kept += fastest(motion.xyz, true)
        all_of_it = np.array(numbers)
        means = np.average(all_of_it[:, :3], axis=0, weights=all_of_it[:, 3])
        rows.append((name, when, *(f"{mean:.1f}" for mean in means), f"{np.median(kept):.2f}"))
    return rows


def fastest(xyz: np.ndarray, true: np.ndarray) -> list[float]:
    """The peak speed of hands and feet over the true one, where that is fast."""
    answers = []
    for joint in HANDS_AND_FEET:
        fast, ours = (
            30 * np.linalg.norm(np.diff(x[:, joint], axis=0), axis=1) for x in (true, xyz)
        )
        peak = int(fast.argmax())
        if fast[peak] > FAST:
            answers.append(float(ours[max(0, peak - 3) : peak + 4].max() / fast[peak]))
    return answers


def placing(name: str, found: list[Case], how: str) -> tuple[Any, ...]:
    """Path, up, floor and slide of one way of placing."""
    numbers = []
    for case in found:
        track, heights = case.view.keypoints, None
        motion = case.lifted if how == "not smoothed" else case.calm
        if how == "focal length assumed":
            track = replace(track, camera=None)
        if how == "height given":
            heights = [stature(case.truth, H36M17)]
        (placed,) = place([motion], [track], heights_m=heights)
        numbers.append(placed_errors(placed, case))
    error, length, wander, angle, floor, slide, own = np.array(numbers).T
    return (
        name,
        how,
        f"{1000 * error.mean():.0f}",
        f"{100 * error.sum() / length.sum():.1f}",
        f"{1000 * wander.mean():.0f}",
        f"{angle.mean():.1f}",
        f"{np.percentile(angle, 90):.1f}",
        f"{1000 * floor.mean():.0f}",
        f"{np.nanmean(slide):.2f} ({np.nanmean(own):.2f})",
    )


def placed_errors(placed: Motion, case: Case) -> tuple[float, ...]:
    assert placed.camera is not None
    path, true = placed.to_camera(placed.camera).xyz[:, 0], case.truth[:, 0]
    off = path - true
    here, there = placed.camera.T_camera_world, case.true_camera.T_camera_world
    assert here is not None
    assert there is not None
    angle = np.rad2deg(np.arccos(np.clip(here[:3, 2] @ there[:3, 2], -1, 1)))
    world = case.true_camera.to_world(case.truth)
    ours, theirs = placed.xyz[:, FEET], world[:, FEET]
    lows = [np.percentile(feet[..., 2].min(axis=1), 10) for feet in (ours, theirs)]
    speed, own = (30 * np.linalg.norm(np.diff(x, axis=0), axis=-1) for x in (ours, theirs))
    stands = own < STANDS
    return (
        float(np.linalg.norm(off, axis=1).mean()),
        float(np.linalg.norm(np.diff(true, axis=0), axis=1).sum()),
        float(np.linalg.norm(off - off.mean(axis=0), axis=1).mean()),
        float(angle),
        float(abs(lows[0] - lows[1])),
        float(speed[stands].mean()) if stands.any() else np.nan,
        float(own[stands].mean()) if stands.any() else np.nan,
    )


def two_people(
    library: MotionLibrary, track: Track, engine: Engine, pairs: int
) -> list[tuple[Any, ...]]:
    """Two clips side by side before one camera: together, and each alone."""
    clips = list(clips_of(library, track))
    together, alone, angles = [], [], []
    for pair in range(pairs):
        dice = rng(f"placement|{pair}")
        chosen = [clips[int(len(clips) * share)] for share in dice.random(2)]
        people = [joints_of(library, clip) for clip in chosen]
        frames = min(243, *map(len, people))
        people = [xyz[:frames] - [*xyz[0, 0, :2], 0] for xyz in people]
        people[1] = people[1] + [2.5 * dice.random() - 1.25, 2 + 2 * dice.random(), 0]
        both = np.concatenate(people, axis=1)
        lens = film_from(both, dice.random(8), pair % 4, STD)
        motions, tracks, seen = [], [], []
        for number, xyz in enumerate(people):
            truth = lens.to_camera(xyz)
            uniforms = draw(rng(f"placement|{pair}|{number}"), frames)
            spotted = detect(lens.project(truth), truth[..., 2], uniforms, track.level or 0.0)
            keypoints = Keypoints(
                xy=spotted.xy,
                score=spotted.confidence,
                skeleton=H36M17,
                image_size=(lens.width, lens.height),
                fps=30,
                camera=replace(lens, T_camera_world=None),
            )
            motions.append(smooth(engine(keypoints), keypoints.score))
            tracks.append(keypoints)
            seen.append(xyz)
        true_lows = [low(xyz) for xyz in seen]
        placed = place(motions, tracks)
        lows = [low(one.xyz) for one in placed]
        together.append((lows[1] - lows[0]) - (true_lows[1] - true_lows[0]))
        camera_up = placed[0].camera.T_camera_world[:3, 2]  # type: ignore[union-attr,index]
        angles.append(np.rad2deg(np.arccos(camera_up @ lens.T_camera_world[:3, 2])))  # type: ignore[index]
        # alone: each placed by itself, brought into the first one's world
        lows = []
        for motion, keypoints in zip(motions, tracks, strict=True):
            (one,) = place([motion], [keypoints])
            assert one.camera is not None
            lows.append(low(placed[0].camera.to_world(one.to_camera(one.camera).xyz)))  # type: ignore[union-attr]
        alone.append((lows[1] - lows[0]) - (true_lows[1] - true_lows[0]))
    return [
        (
            name,
            f"{1000 * np.abs(steps).mean():.0f}",
            f"{1000 * np.percentile(np.abs(steps), 90):.0f}",
            f"{np.mean(angles):.1f}" if name == "together" else "",
        )
        for name, steps in (("each alone", alone), ("together", together))
    ]


def low(xyz: np.ndarray) -> float:
    """Where the feet stand: the tenth percentile of the lower ankle's height."""
    return float(np.percentile(xyz[:, FEET, 2].min(axis=1), 10))


def main(benchmark: Benchmark) -> None:
    torch.set_num_threads(1)
    library, engine = MotionLibrary.open(benchmark.motion), Engine(benchmark.weights)
    calm, places = [], []
    noisy = replace(NOISY, split=benchmark.split)
    for name, track in (("noisy", noisy), ("exact", replace(noisy, level=None))):
        found = list(cases(library, track, engine))
        calm += calmness(name, found)
        ways = ["as it is", "height given", "focal length assumed"]
        places += [placing(name, found, how) for how in [*ways, "not smoothed"]]
    print(
        table(
            calm,
            header=("smoothing", "", "MPJPE mm", "MPJVE mm", "jitter m/s²", "fastest kept"),
        )
    )
    header = ("placing", "", "path mm", "path %", "wander mm", "up °", "90 %", "floor mm")
    print(table(places, header=(*header, "slide m/s")))
    people = two_people(library, noisy, engine, benchmark.pairs)
    print(table(people, header=("two people", "step mm", "90 %", "up °")))


if __name__ == "__main__":
    main(tyro.cli(Benchmark, description=__doc__))
