"""The skeleton solve against the true joints of rendered clips, and true angles of made motion.

    python examples/film.py cmu MOCAP17 --out clips     # renders five of them; needs the CMU motion
    python benchmarks/solving.py clips/*.mp4 examples/walk_wave.mp4

Of each clip: the joints as lifted, smoothed, and after the solve. Acceleration errors are of the
joints seen from the root. Without clips only made motion is solved: joints in, rotations out.
"""

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from clips import on_frames, truths_of, who_is_who

from poise import metrics
from poise.anatomy.pose import joint_angles
from poise.body import contact_slides, deepest, length_spread, solve
from poise.conversions import convert
from poise.data.maker import improvise
from poise.geometry.rotations import quaternion_to_matrix
from poise.motion import Body, Motion
from poise.pipeline import Person, Way, lift_all
from poise.skeletons import FIGURE27, H36M17
from poise.tables import table

_MM = 1000
_PEOPLE, _SECONDS = 20, 12.0  # of made motion


@dataclass(frozen=True)
class Row:
    """One person of a clip, before and after."""

    name: str
    mpjpe: tuple[float, float]  # mm: smoothed, solved
    acceleration: tuple[float, float, float]  # error, m/s²: lifted, smoothed, solved
    slide: float  # mm, of the worst contact
    contacts: int
    deepest: float  # mm
    bones: tuple[float, float]  # largest spread of a bone's length, in mm: lifted, solved
    seconds: float  # for 1,000 frames

    def cells(self) -> tuple[object, ...]:
        return (
            self.name,
            " -> ".join(f"{x:.1f}" for x in self.mpjpe),
            " -> ".join(f"{x:.1f}" for x in self.acceleration),
            f"{self.slide:.1f} of {self.contacts}",
            f"{self.deepest:.1f}",
            " -> ".join(f"{x:.3g}" for x in self.bones),
            f"{self.seconds:.1f}",
        )


HEADER = (
    *("clip", "MPJPE, mm", "acceleration error, m/s²", "worst slide, mm", "deepest, mm"),
    *("bones, mm", "s / 1,000 frames"),
)


def clip_rows(clip: Path) -> list[Row]:
    """Everybody of a clip."""
    truths = truths_of(clip)
    camera = truths[0].camera
    assert camera is not None
    way = Way(camera=replace(camera, T_camera_world=None), solve=False)
    smoothed = lift_all(clip, way)
    assert smoothed.found is not None
    raw = lift_all(smoothed.found, replace(way, smoothing=0))
    who = who_is_who(
        truths,
        [on_frames(m, max(map(len, truths)), truths[0].fps) for m in smoothed.motions],
        max(map(len, truths)),
    )
    rows = []
    for number, truth in enumerate(truths):
        place = int(np.bincount(who[number][who[number] >= 0]).argmax())
        name = clip.stem if len(truths) == 1 else f"{clip.stem}, person {number + 1}"
        rows.append(_row(name, truth, raw.motions[place], smoothed.people[place]))
    return rows


def _row(name: str, truth: Motion, raw: Motion, person: Person) -> Row:
    begun = time.perf_counter()
    body = solve(person.motion, person.tracked.keypoints)
    took = time.perf_counter() - begun
    stages = [raw, person.motion, convert(body.motion, H36M17)]
    errors = [_errors(motion, truth) for motion in stages]
    lengths = [length_spread(motion) * _lengths(motion) for motion in (raw, body.motion)]
    return Row(
        name=name,
        mpjpe=(errors[1][0], errors[2][0]),
        acceleration=(errors[0][1], errors[1][1], errors[2][1]),
        slide=_MM * max(contact_slides(body), default=0.0),
        contacts=len(body.contacts),
        deepest=_MM * deepest(body),
        bones=(_MM * float(np.nanmax(lengths[0])), _MM * float(np.nanmax(lengths[1]))),
        seconds=took * 1000 / len(body),
    )


def _errors(motion: Motion, truth: Motion) -> tuple[float, float]:
    """MPJPE in mm, and the mean error of accelerations in m/s², both seen from the root."""
    assert truth.camera is not None
    ours = on_frames(motion, len(truth), truth.fps)
    true = truth.camera.to_camera(truth.xyz.astype(np.float64))
    ours, true = (xyz - xyz[:, :1] for xyz in (ours, true))
    known = np.isfinite(ours).all(axis=(1, 2))
    bent = [np.diff(xyz, 2, axis=0) * truth.fps**2 for xyz in (ours, true)]
    off = np.linalg.norm(bent[0] - bent[1], axis=-1)
    return _MM * metrics.mpjpe(ours[known], true[known]), float(np.nanmean(off))


def _lengths(motion: Motion) -> np.ndarray:
    parents, children = np.array(motion.skeleton.bones).T
    return np.nanmean(
        np.linalg.norm(motion.xyz[:, children] - motion.xyz[:, parents], axis=-1), axis=0
    )


def made_angles(people: int) -> list[tuple[object, ...]]:
    """Mean and 95th percentile of what rotations are off, in degrees, by joint."""
    off: dict[str, list[np.ndarray]] = {}
    for person in range(people):
        true = improvise([5, person], _SECONDS, (), 30.0).body
        found = solve(convert(true.motion, H36M17))
        for name, values in _turned(true, found).items():
            off.setdefault(name.removeprefix("left_").removeprefix("right_"), []).append(values)
    rows: list[tuple[object, ...]] = []
    for name, parts in off.items():
        values = np.concatenate(parts)
        rows.append((name, f"{values.mean():.1f}", f"{np.percentile(values, 95):.1f}"))
    return rows


def _turned(true: Body, found: Body) -> dict[str, np.ndarray]:
    """Degrees between two bodies: of hinges their angle's, of other joints the whole turn's."""
    R = [quaternion_to_matrix(body.rotations.astype(np.float64)) for body in (true, found)]
    hinges = [joint_angles(turns) for turns in R]
    cosine = (np.einsum("tjab,tjab->tj", *R) - 1) / 2
    whole = np.rad2deg(np.arccos(np.clip(cosine, -1, 1)))
    answer = {}
    for name in ("pelvis", *hinges[0]):
        if name.endswith(("knee", "elbow")):
            answer[name] = np.rad2deg(np.abs(hinges[0][name] - hinges[1][name]))[:, 0]
        else:
            answer[name] = whole[:, FIGURE27.index(name)]
    return answer


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="*", type=Path)
    parser.add_argument("--people", type=int, default=_PEOPLE, help="of made motion")
    options = parser.parse_args()
    rows = [row for clip in options.clips for row in clip_rows(clip)]
    if rows:
        print(table([row.cells() for row in rows], header=HEADER))
        before, after = np.mean([row.mpjpe for row in rows], axis=0)
        print(f"mean MPJPE: {before:.1f} mm smoothed, {after:.1f} mm solved")
        steps = " -> ".join(f"{x:.2f}" for x in np.mean([r.acceleration for r in rows], axis=0))
        print(f"mean acceleration error, lifted -> smoothed -> solved: {steps} m/s²\n")
    if options.people:
        header = ("made motion: joint", "mean, deg", "95 %")
        print(table(made_angles(options.people), header=header))


if __name__ == "__main__":
    main()
