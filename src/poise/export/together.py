"""Several people on one clock, as files with one row for each frame have them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError, did_you_mean
from poise.export.targets import PER_METRE, Unit
from poise.geometry.axes import Up, y_up
from poise.motion import Body, Motion
from poise.resampling import check_rate, is_regular, resample_at

_OFF = 0.05  # frames: timestamps may be rounded


@dataclass(frozen=True, eq=False)
class Together:
    """Everybody's joints side by side, NaN where somebody is not there."""

    labels: tuple[str, ...]
    xyz: Float[np.ndarray, "time joint 3"]  # metres
    sigma: Float[np.ndarray, "time joint"]  # metres; NaN where it is not known
    times: Float[np.ndarray, " time"]
    fps: float


def motion_of(person: Body | Motion) -> Motion:
    """The joints' places, of whichever it is."""
    return person.motion if isinstance(person, Body) else person


def names_of(people: int) -> list[str]:
    """What people are called in files that hold several."""
    return [f"person{number}" for number in range(1, people + 1)]


def together(people: Sequence[Body | Motion], separator: str) -> Together:
    """One table of all; where there are several, labels begin with who it is."""
    motions = [motion_of(person) for person in people]
    if not motions:
        raise PoiseError("there is nobody to write")
    fps = motions[0].fps
    start = min(motion.times[0] for motion in motions)
    begins = []
    for number, motion in enumerate(motions, 1):
        _refuse_camera(motion)
        first = (motion.times[0] - start) * fps
        if not is_regular(motion) or motion.fps != fps or abs(first - round(first)) > _OFF:
            raise PoiseError(
                f"person {number}: the frames do not fall on one even clock of {fps:g} frames per "
                "second; bring everybody to it with poise.export.together.on_one_clock"
            )
        begins.append(round(first))
    frames = max(begin + len(motion) for begin, motion in zip(begins, motions, strict=True))
    count = sum(len(motion.skeleton) for motion in motions)
    xyz, sigma = np.full((frames, count, 3), np.nan), np.full((frames, count), np.nan)
    column = 0
    for begin, motion in zip(begins, motions, strict=True):
        rows, columns = (
            slice(begin, begin + len(motion)),
            slice(column, column := column + len(motion.skeleton)),
        )
        xyz[rows, columns] = motion.xyz
        if motion.sigma is not None:
            sigma[rows, columns] = motion.sigma
    labels = [
        f"{name}{separator}{joint}" if len(motions) > 1 else joint
        for name, motion in zip(names_of(len(motions)), motions, strict=True)
        for joint in motion.skeleton.joints
    ]
    return Together(tuple(labels), xyz, sigma, start + np.arange(frames) / fps, fps)


def on_one_clock(people: Sequence[Body | Motion], fps: float | None = None) -> list[Body | Motion]:
    """Everybody at one even frame rate, that of the first unless one is given; no frame is added.

    Frames that already fall on it stay as they are.
    """
    if not people:
        return []
    rate = motion_of(people[0]).fps if fps is None else fps
    check_rate(rate)
    start = min(motion_of(person).times[0] for person in people)
    placed: list[Body | Motion] = []
    for person in people:
        motion = motion_of(person)
        first = (motion.times[0] - start) * rate
        if is_regular(motion) and motion.fps == rate and abs(first - round(first)) <= _OFF:
            placed.append(person)
            continue
        begin = int(np.ceil(first - _OFF))
        count = max(1, int((motion.times[-1] - start) * rate + _OFF) - begin + 1)
        times = start + (begin + np.arange(count)) / rate
        if isinstance(person, Body):
            placed.append(resample_at(person, times, rate))
        else:
            placed.append(resample_at(person, times, rate))
    return placed


def in_unit(points: Float[np.ndarray, "*n 3"], unit: Unit, up: Up) -> Float[np.ndarray, "*n 3"]:
    """Points of this world, metres and z up, in a file's unit and with its axis up."""
    check_axes(unit, up)
    return (y_up(points) if up == "y" else points) * PER_METRE[unit]


def check_axes(unit: Unit, up: Up) -> None:
    """Refuse what is no unit or no axis."""
    if unit not in PER_METRE:
        raise PoiseError(f"no length unit is called {unit!r}{did_you_mean(unit, list(PER_METRE))}")
    if up not in ("y", "z"):
        raise PoiseError(f"up is 'y' or 'z', not {up!r}")


def refuse_twins(names: Iterable[str], where: str) -> None:
    """Refuse names that a file could not tell apart."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise PoiseError(
                f"two joints would be called {name} in {where}; rename one with "
                "poise.export.with_names"
            )
        seen.add(name)


def _refuse_camera(motion: Motion) -> None:
    if motion.frame != "world":
        raise PoiseError(
            "the motion lives in its camera's frame, where up is not known; place it in the world "
            "first (Motion.to_world), or write CSV or JSON"
        )
