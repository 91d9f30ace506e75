"""PoseDA's ablation on the open benchmark's shift track: trains, adapts, scores, prints the table.

    python benchmarks/adapting.py POISE_DATA/mocap17 --out runs/ablation
    python benchmarks/adapting.py POISE_DATA/mocap17 --lifters videopose3d --seeds 0 --ways gpa

Lifters of 16 joints and one frame, as in the papers, trained on cameras A and the even clips with
the detector's noise, and without other bodies (that is what LPA and PoseAug bring). What is done is
kept in the folder, so the same command goes on, and another one adds to it.
"""

import argparse
import json
import logging
import time
from dataclasses import replace
from pathlib import Path
from statistics import mean, pstdev
from typing import Any

import torch

from poise.adapt import Adaptation, Augmentation, adapt_lifter, trained_as
from poise.bench.open_benchmark_scores import evaluate
from poise.data import MotionLibrary, open_benchmark
from poise.data.open_benchmark import SHIFT_GT, SHIFT_NOISY, SHIFT_TARGET, Track, View
from poise.lifting import Engine, TrainedLifter, load_lifter
from poise.tables import table
from poise.train import RECIPES, Recipe, train_lifter
from poise.train.checkpoints import LAST

LIFTERS = ("simplebaseline", "videopose3d", "stgcn", "semgcn")
SCORED: dict[str, Track] = {
    "B exact": SHIFT_GT,
    "B noisy": SHIFT_NOISY,
    "A exact": replace(SHIFT_GT, kind="A"),
}
_STILL = Augmentation(rotation="none")

WAYS: dict[str, Adaptation] = {
    "trained on": Adaptation(how="gpa", kept=1.0),  # the source alone, for as long
    "gpa": Adaptation(how="gpa"),
    "gpa+tilt": Adaptation(how="gpa", tilt=True),
    "gpa+lpa+tilt": Adaptation(how="gpa+lpa", tilt=True, augmentation=_STILL),
    "lpa": Adaptation(how="lpa"),
    "gpa+lpa": Adaptation(how="gpa+lpa"),
    "poseaug": Adaptation(how="poseaug"),
}


def main() -> None:
    options = _options()
    logging.basicConfig(level=logging.WARNING)
    torch.set_num_threads(options.threads)
    library = open_benchmark.ready(MotionLibrary.open(options.motion))
    if not options.report:
        for name in options.lifters:
            for seed in options.seeds:
                _one(name, seed, library, options)
    _report(options.out)


def _one(name: str, seed: int, library: MotionLibrary, options: argparse.Namespace) -> None:
    """All that is asked for of one lifter and seed."""
    folder = options.out / f"{name}-{seed}"
    views = {key: list(open_benchmark.views(library, track)) for key, track in SCORED.items()}
    val = list(open_benchmark.views(library, replace(SHIFT_NOISY, split="val")))
    plan = _plan(name, seed, options.steps_share)
    source = train_lifter(plan, library, folder / "source", device=options.device)
    _score(folder, "source", source, views, options, 0.0)
    if "oracle" in options.ways:
        kinds = replace(plan.views, cameras=("B",), half="odd")
        begun = time.monotonic()
        oracle = train_lifter(
            replace(plan, views=kinds), library, folder / "oracle", device=options.device
        )
        _score(folder, "oracle", oracle, views, options, time.monotonic() - begun)
    lifter = load_lifter(folder / "source" / LAST)
    tracks = [view.keypoints for view in open_benchmark.views(library, SHIFT_TARGET)]
    filmed, loss = trained_as(lifter)
    for way in options.ways:
        if way not in WAYS or (folder / f"{way}.json").exists():
            continue
        recipe = replace(WAYS[way], views=filmed, loss=loss, seed=seed, rounds=options.rounds)
        if recipe.augments:
            recipe = replace(recipe, rounds=options.rounds + recipe.augmentation.warmup)

        def look(now: TrainedLifter) -> dict[str, Any]:
            """True errors, which nothing but this benchmark sees."""
            engine = Engine(now, flip=False, device=options.device)
            return {"validation_mm": evaluate(engine, val).mpjpe_mm}

        begun = time.monotonic()
        adapted = adapt_lifter(
            lifter,
            library,
            tracks,
            recipe,
            folder / way,
            device=options.device,
            look=look if options.look else None,
        )
        took = time.monotonic() - begun
        _score(folder, way, adapted.lifter, views, options, took)


def _plan(name: str, seed: int, share: float) -> Recipe[Any]:
    """The recipe of 16 joints on the shift track's source, without other bodies."""
    plan = RECIPES[f"{name}-16"]
    views = replace(
        plan.views,
        cameras=("A",),
        half="even",
        bones=0.0,
        bodies=(1.0, 1.0),
        mirrored=0.0,
        exchanged=0.0,
        frames=24,
        batches=9,
    )
    return replace(plan, views=views, seed=seed, validate=0, steps=round(share * plan.steps))


def _score(
    folder: Path,
    way: str,
    lifter: TrainedLifter,
    views: dict[str, list[View]],
    options: argparse.Namespace,
    seconds: float,
) -> None:
    path = folder / f"{way}.json"
    if path.exists():
        return
    engine = Engine(lifter, device=options.device)
    found = {key: evaluate(engine, those).to_dict() for key, those in views.items()}
    path.write_text(json.dumps({"scores": found, "seconds": seconds}))
    line = ", ".join(f"{key} {scores['mpjpe_mm']:.1f}" for key, scores in found.items())
    print(f"{folder.name} {way}: {line} ({seconds:.0f} s)", flush=True)


def _report(out: Path) -> None:
    """Means over seeds, and their spread; and the change from the source."""
    rows = []
    for name in LIFTERS:
        folders = sorted(out.glob(f"{name}-[0-9]*"))
        for way in ("source", *WAYS, "oracle"):
            files = [folder / f"{way}.json" for folder in folders]
            runs = {path.parent: json.loads(path.read_text()) for path in files if path.exists()}
            if not runs:
                continue
            cells = []
            for key in SCORED:
                values = [run["scores"][key]["mpjpe_mm"] for run in runs.values()]
                before = [
                    json.loads((folder / "source.json").read_text())["scores"][key]["mpjpe_mm"]
                    for folder in runs
                ]
                change = 100 * (mean(values) / mean(before) - 1)
                cells.append(f"{mean(values):.1f} ± {pstdev(values):.1f} ({change:+.1f} %)")
            pck, auc = (
                mean(run["scores"]["B exact"][metric] for run in runs.values())
                for metric in ("pck_150", "auc")
            )
            rows.append((name, way, len(runs), *cells, pck, auc))
    print(table(rows, header=("lifter", "way", "seeds", *SCORED, "PCK", "AUC")))
    _told(out)


def _told(out: Path) -> None:
    """How the measure without labels goes with the true error, over rounds and over ways."""
    from scipy.stats import spearmanr

    logs = [path for path in sorted(out.glob("*/*/log.jsonl")) if path.parent.name in WAYS]
    lines = {
        path: [line for line in map(json.loads, path.read_text().splitlines()) if "misfit" in line]
        for path in logs
    }
    whole = {path: [x for x in rows if "validation_mm" in x] for path, rows in lines.items()}
    for kind in LIFTERS:
        those = [x for p, rows in whole.items() if p.parts[-3].startswith(kind) for x in rows]
        if len(those) > 2:
            both = spearmanr([x["misfit"] for x in those], [x["validation_mm"] for x in those])
            print(f"{kind}: misfit and error, rank correlation {both.statistic:.2f} ({len(those)})")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("motion", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/ablation"))
    parser.add_argument("--lifters", nargs="+", default=LIFTERS, choices=LIFTERS)
    parser.add_argument("--seeds", nargs="+", type=int, default=(0, 1, 2))
    parser.add_argument("--ways", nargs="+", default=(*WAYS, "oracle"), choices=(*WAYS, "oracle"))
    parser.add_argument("--rounds", type=int, default=16, help="in which the lifter learns")
    parser.add_argument("--steps-share", type=float, default=1.0, help="of the source's training")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--look", action="store_true", help="log true errors too, for the measure")
    parser.add_argument("--report", action="store_true", help="only the table of what is there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
