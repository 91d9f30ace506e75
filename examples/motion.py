"""The main job, end to end: make motion, film it, and leave pictures and a table of what was done.

python examples/demo.py demo
"""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from poise.data.maker import bone_angle_diversity, make
from poise.data.open_benchmark import GT, NOISY, View, views
from poise.files import write_aside
from poise.render import animate, contact_sheet, film_strip
from poise.tables import table

T = TypeVar("T")


def main(folder: Path, seconds: float = 120) -> None:
    """Leave the files, the pictures and the table in the folder; `seconds` of motion are made."""
    rows: list[tuple[str, str, str]] = []

    def timed(what: str, work: Callable[[], T], told: Callable[[T], str]) -> T:
        start = time.perf_counter()
        result = work()
        rows.append((what, f"{time.perf_counter() - start:.2f} s", told(result)))
        return result

    library = timed("make motion", lambda: make(seconds, seed=7), str)
    library.save(folder / "motion.npz")

    # Everything that was made is filmed, as the benchmark films its test split.
    everyone = library.select(split="train")
    exact = timed(
        "film it, exact",
        lambda: list(views(everyone, replace(GT, split="train"))),
        lambda seen: f"{len(seen)} views, {sum(map(len, seen)):,} frames",
    )
    noisy = timed(
        "film it, through a detector",
        lambda: list(views(everyone, replace(NOISY, split="train"))),
        lambda seen: f"points {_error(exact, seen):.1f} px off on average",
    )
    diversity = timed(
        "measure its variety",
        lambda: bone_angle_diversity(library[clip.key] for clip in library),
        lambda degrees: f"{degrees:.1f} degrees between two poses of a bone",
    )
    assert np.isfinite(diversity)

    def draw() -> None:
        some = list(library)[:6]
        contact_sheet({clip.action: library[clip.key] for clip in some}, folder / "motion.png")
        lively = max(some, key=lambda clip: clip.action.count(","))
        animate(library[lively.key][:180], folder / "motion.gif", labels=[lively.key])
        shown = next(view for view in noisy if view.segment.startswith(lively.key))
        beneath = next(view for view in exact if view.id == shown.id)
        film_strip({shown.id: shown.keypoints}, folder / "detected.png", beneath=beneath.keypoints)
        shown.keypoints.save(folder / "detected.npz")

    timed("draw it", draw, lambda _: f"motion.png, motion.gif and detected.png in {folder}")
    report = table(rows, header=("step", "time", "result"))
    with write_aside(folder / "report.txt") as scratch:
        scratch.write_text(report + "\n")
    print(report)


def _error(exact: list[View], noisy: list[View]) -> float:
    pairs = zip(exact, noisy, strict=True)
    distances = [np.linalg.norm(a.keypoints.xy - b.keypoints.xy, axis=-1).ravel() for a, b in pairs]
    return float(np.concatenate(distances).mean())


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo"))
