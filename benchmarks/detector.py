"""What the 2D detector finds, against rendered people whose joints are known.

    python examples/film.py stills mocap17 --out stills   # makes the pictures
    python benchmarks/detector.py stills

Prints, for each joint, how far the detector's point lies from the joint that lifters are trained
on: by the recipe in poise.conversions, and by weights fitted here to half of the people and tested
on the others. `--fit` prints the weights of all of them, for src/poise/conversions.py.
"""

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from poise.conversions import BLAZEPOSE33_TO_H36M17
from poise.detect import BlazePose
from poise.files import load_npz
from poise.skeletons import BLAZEPOSE33, H36M17
from poise.tables import table

# What a joint may be made of, its counterpart first; of those with sides, the left one.
SOURCES: dict[str, tuple[str, ...]] = {
    "hip": ("left_hip", "right_hip", "left_shoulder", "right_shoulder", "left_knee"),
    "knee": ("left_knee", "left_hip", "left_ankle"),
    "ankle": ("left_ankle", "left_knee", "left_heel", "left_foot_index"),
    "shoulder": ("left_shoulder", "right_shoulder", "left_hip"),
    "elbow": ("left_elbow", "left_shoulder", "left_wrist"),
    "wrist": ("left_wrist", "left_elbow", "left_index", "left_pinky"),
    "pelvis": ("hips", "shoulders", "knees"),
    "spine": ("hips", "shoulders"),
    "thorax": ("shoulders", "hips", "mouths"),
    "nose": ("nose", "ears", "mouths", "shoulders"),
    "head": ("ears", "nose", "mouths", "shoulders"),
}
PAIRS = ("hip", "shoulder", "knee", "ear", "mouth")
_RIDGE = 2e-3  # towards the plain counterpart, of the square of a person's size
_FAR = 0.02  # of a person's size: what lies farther off counts less
_LEAST = 0.03  # weights below it are left out


def points(marks: np.ndarray, side: str) -> dict[str, np.ndarray]:
    """The detector's points by name; of the right side, with left and right exchanged."""
    order = list(BLAZEPOSE33.mirror) if side == "right" else list(range(33))
    named = {name: marks[:, order[i]] for i, name in enumerate(BLAZEPOSE33.joints)}
    for pair in PAIRS:
        named[f"{pair}s"] = (named[f"left_{pair}"] + named[f"right_{pair}"]) / 2
    return named


def fit(marks: np.ndarray, truth: np.ndarray, size: np.ndarray) -> dict[str, dict[str, float]]:
    """Weights, which sum to 1, of each joint (of the left one, where there are two)."""
    found = {}
    for joint, sources in SOURCES.items():
        sides = ("left", "right") if f"left_{joint}" in H36M17.joints else ("",)
        rows, goals = [], []
        for side in sides:
            named = points(marks, side)
            target = truth[:, H36M17.index(f"{side}_{joint}" if side else joint)]
            first = named[sources[0]]
            rows.append(np.stack([named[s] - first for s in sources[1:]], -1) / size[:, None, None])
            goals.append((target - first) / size[:, None])
        a = np.concatenate(rows).reshape(-1, len(sources) - 1)
        b = np.concatenate(goals).ravel()
        weight = np.ones(len(b))
        for _ in range(20):
            normal = (a * weight[:, None]).T @ a + _RIDGE * len(b) * np.eye(a.shape[1])
            line = np.linalg.solve(normal, (a * weight[:, None]).T @ b)
            off = np.abs(a @ line - b)
            weight = 1 / np.maximum(off / _FAR, 1)
        line = np.where(np.abs(line) < _LEAST, 0, line.round(2))
        shares = (1 - float(line.sum()), *line.tolist())
        found[joint] = {
            name: round(share, 2)
            for name, share in zip(sources, shares, strict=True)
            if abs(share) > 1e-9
        }
    return found


def apply(weights: dict[str, dict[str, float]], marks: np.ndarray) -> np.ndarray:
    """The joints that these weights make."""
    out = np.full((len(marks), 17, 2), np.nan)
    for index, name in enumerate(H36M17.joints):
        side, _, joint = name.rpartition("_")
        named = points(marks, side or "left")
        out[:, index] = sum(w * named[source] for source, w in weights[joint].items())
    return out


def offsets(found: np.ndarray, truth: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Median distance of each joint, in thousandths of a person's size."""
    return 1000 * np.median(np.linalg.norm(found - truth, axis=-1) / size[:, None], axis=0)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("stills", type=Path)
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    _, known = load_npz(options.stills / "stills.npz", "Stills/1")
    truth = known["xy"].astype(np.float64)
    size = (truth.max(axis=1) - truth.min(axis=1)).max(axis=-1)
    marks, score = look(options.stills, truth)
    seen = np.isfinite(marks).all(axis=(1, 2))
    print(f"{len(seen)} people, {seen.sum()} found")
    marks, score, truth, size = marks[seen], score[seen], truth[seen], size[seen]
    half = np.arange(len(marks)) // 20 % 2 == 0  # people in a row look alike
    trial = apply(fit(marks[half], truth[half], size[half]), marks[~half])
    plain = BLAZEPOSE33_TO_H36M17.points(marks)
    columns = [offsets(part, truth[~half], size[~half]) for part in (plain[~half], trial)]
    rows = [
        (name, *(f"{column[i]:.1f}" for column in columns)) for i, name in enumerate(H36M17.joints)
    ]
    print(
        table(
            [*rows, ("mean", *(f"{c.mean():.1f}" for c in columns))],
            header=("joint", "by the recipe", "fitted to the other half"),
        )
    )
    if options.fit:
        for joint, weights in fit(marks, truth, size).items():
            print(f'    "{joint}": {weights},')
    best = apply(fit(marks, truth, size), marks)
    off = np.linalg.norm(best - truth, axis=-1) / size[:, None]
    sure = BLAZEPOSE33_TO_H36M17.scores(score)
    edges = [0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99, 1.001]
    print(
        table(
            [
                (
                    f"{low} to {min(high, 1.0)}",
                    int(inside.sum()),
                    f"{1000 * np.sqrt((off[inside] ** 2).mean()):.0f}",
                    f"{1000 * np.median(off[inside]):.0f}",
                )
                for low, high in pairwise(edges)
                if (inside := (sure >= low) & (sure < high)).any()
            ],
            header=("visibility", "joints", "off, rms, thousandths", "median"),
        )
    )


def look(folder: Path, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The detector's points in each still, of the one person in it; NaN where it found nobody."""
    marks, score = np.full((len(truth), 33, 2), np.nan), np.zeros((len(truth), 33))
    detector = BlazePose(1)
    for number in range(len(truth)):
        with Image.open(folder / f"{number:04d}.jpg") as picture, detector.watch() as watch:
            rgb = np.asarray(picture.convert("RGB"))
            for time in (0.0, 0.033, 0.067):  # as in a video: found, then followed
                xy, sure = watch.see(rgb, time)
        if len(xy):
            marks[number], score[number] = xy[0], sure[0]
    return marks, score


if __name__ == "__main__":
    main()
