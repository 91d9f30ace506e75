"""From pixels to 3D, held against rendered clips whose true joints and camera are known.

    python examples/film.py cmu --out clips      # renders them; needs the CMU motion
    python benchmarks/clips.py clips/*.mp4 examples/walk_wave.mp4

Beside each NAME.mp4 lies NAME.truth.npz, or NAME.person1.truth.npz and so on. `--focal true` gives
the true camera to the pipeline, `file` leaves it with what the file says, which is nothing.
`--height` gives the people's true height too (the mean, where there are two).
"""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from poise import metrics
from poise.bench.calibrating import CalibrationTally
from poise.cameras import Camera
from poise.motion import Motion
from poise.pipeline import Lifted, Way, lift_all
from poise.refine.stature import stature
from poise.tables import table

_MM = 1000
_NEAR = 0.5  # of the picture's height: who is farther away than this is somebody else


@dataclass(frozen=True)
class Row:
    """One clip and person against the truth."""

    name: str
    seen: float
    p_mpjpe: float
    mpjpe: float
    path: float  # m
    path_error: float  # m, mean
    gravity_deg: float
    swaps: int

    def cells(self) -> tuple[object, ...]:
        return (
            self.name,
            f"{100 * self.seen:.0f} %",
            f"{self.p_mpjpe:.1f}",
            f"{self.mpjpe:.1f}",
            f"{self.path:.1f}",
            f"{self.path_error:.2f}",
            f"{100 * self.path_error / self.path:.1f} %",
            f"{self.gravity_deg:.1f}",
            self.swaps,
        )


HEADER = (
    *("clip", "frames", "P-MPJPE", "MPJPE", "path, m", "error, m", "of path", "gravity, deg"),
    "identity swaps",
)


def truths_of(clip: Path) -> list[Motion]:
    """The true motions of everybody in a rendered clip."""
    found = sorted(clip.parent.glob(f"{clip.stem}*.truth.npz"))
    if not found:
        raise SystemExit(f"{clip}: no {clip.stem}*.truth.npz lies beside it")
    return [Motion.load(path) for path in found]


def compare(name: str, truths: list[Motion], lifted: Lifted, tally: CalibrationTally) -> list[Row]:
    """Rows of everybody in a clip."""
    frames, fps = max(map(len, truths)), truths[0].fps
    guesses = [on_frames(motion, frames, fps) for motion in lifted.motions]
    rows = []
    for number, truth in enumerate(truths, 1):
        camera = truth.camera
        assert camera is not None
        true = camera.to_camera(truth.xyz.astype(np.float64))
        who = who_is_who(truths, guesses, frames)[number - 1]
        ours = [guesses[i][t] if i >= 0 else np.full((17, 3), np.nan) for t, i in enumerate(who)]
        mine = np.array(ours)[: len(true)]
        known = np.isfinite(mine).all(axis=(1, 2))
        relative = [xyz[known] - xyz[known][:, :1] for xyz in (mine, true)]
        main = int(np.bincount(who[who >= 0]).argmax()) if (who >= 0).any() else -1
        if main >= 0:
            motion = lifted.motions[main]
            index = np.round(motion.times * fps).astype(int)
            inside = index < len(true)
            part = _camera_axes(motion)
            tally.add(
                replace(part, xyz=part.xyz),
                np.where(inside[:, None, None], true[np.minimum(index, len(true) - 1)], np.nan),
            )
        step = np.linalg.norm(np.diff(true[:, 0], axis=0), axis=-1)
        rows.append(
            Row(
                name=name if len(truths) == 1 else f"{name}, person {number}",
                seen=float(known.mean()),
                p_mpjpe=_MM * metrics.p_mpjpe(*relative),
                mpjpe=_MM * metrics.mpjpe(*relative),
                path=float(step.sum()),
                path_error=float(np.linalg.norm(mine[known, 0] - true[known, 0], axis=-1).mean()),
                gravity_deg=_gravity_deg(lifted.motions[main].camera, camera),
                swaps=int((np.diff(who[who >= 0]) != 0).sum()),
            )
        )
    return rows


def _camera_axes(motion: Motion) -> Motion:
    camera = motion.camera
    assert camera is not None
    return motion.to_camera(camera)


def on_frames(motion: Motion, frames: int, fps: float) -> np.ndarray:
    """Joints in the camera's frame, on the truth's frames; NaN where there are none."""
    xyz = np.full((frames, len(motion.skeleton), 3), np.nan)
    index = np.round(motion.times * fps).astype(int)
    inside = index < frames
    xyz[index[inside]] = _camera_axes(motion).xyz[inside]
    return xyz


def who_is_who(truths: list[Motion], guesses: list[np.ndarray], frames: int) -> np.ndarray:
    """(person, frame): which guess lies nearest in the picture, one for each person; -1: none."""
    camera = truths[0].camera
    assert camera is not None
    seen = [camera.project(camera.to_camera(truth.xyz.astype(np.float64))) for truth in truths]
    # By the directions that they lie in: the guesses' own focal length may be another.
    theirs = [guess[..., :2] / guess[..., 2:] for guess in guesses]
    rays = [camera.rays(xy) for xy in seen]
    who = np.full((len(truths), frames), -1)
    for t in range(frames):
        cost = np.full((len(truths), len(guesses)), 1e3)
        for i, ray in enumerate(rays):
            for j, guess in enumerate(theirs):
                if t < len(ray) and np.isfinite(guess[t]).all():
                    cost[i, j] = np.linalg.norm(ray[t] - guess[t], axis=-1).mean()
        rows, columns = linear_sum_assignment(cost)
        for i, j in zip(rows.tolist(), columns.tolist(), strict=True):
            if cost[i, j] < _NEAR:
                who[i, t] = j
    return who


def _gravity_deg(ours: Camera | None, true: Camera) -> float:
    assert ours is not None
    assert ours.T_camera_world is not None
    assert true.T_camera_world is not None
    cosine = float(ours.T_camera_world[:3, 2] @ true.T_camera_world[:3, 2])
    return float(np.rad2deg(np.arccos(min(1.0, cosine))))


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--focal", choices=("true", "file"), default="true")
    parser.add_argument("--height", action="store_true")
    parser.add_argument("--lifter", type=Path)
    parser.add_argument("--smoothing", type=float, default=1.0)
    options = parser.parse_args()
    rows, tally, jitters = [], CalibrationTally(), []
    for clip in options.clips:
        truths = truths_of(clip)
        camera = truths[0].camera
        assert camera is not None
        given = replace(camera, T_camera_world=None) if options.focal == "true" else None
        heights = [stature(truth.xyz.astype(np.float64), truth.skeleton) for truth in truths]
        way = Way(
            lifter=options.lifter,
            camera=given,
            smoothing=options.smoothing,
            solve=False,
            height_m=float(np.mean(heights)) if options.height else None,
        )
        lifted = lift_all(clip, way)
        if not lifted.people:
            raise SystemExit(f"{clip}: nobody was found")
        rows += compare(clip.stem, truths, lifted, tally)
        jitters += [(person.jitter_before, person.jitter) for person in lifted.people]
    print(table([row.cells() for row in rows], header=HEADER))
    print(f"mean P-MPJPE {np.mean([row.p_mpjpe for row in rows]):.1f} mm")
    print(f"mean MPJPE {np.mean([row.mpjpe for row in rows]):.1f} mm")
    print(f"sigma: {tally.calibration()}")
    before, after = np.mean(jitters, axis=0)
    print(f"jitter, m/s²: {before:.1f} lifted, {after:.1f} smoothed")


if __name__ == "__main__":
    main()
