"""People into the files of other programs: all of them, or none if anything is wrong.

>>> export([body], Path("out"), "walk", ["blender", "csv"])
[PosixPath('out/walk.glb'), PosixPath('out/walk.bvh'), PosixPath('out/walk.csv')]
"""

import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from poise.errors import PoiseError, did_you_mean
from poise.export.formats import FORMATS, Format, People
from poise.export.gaps import bridged, has_gaps
from poise.export.naming import with_names
from poise.export.rest_pose import in_rest_pose
from poise.export.targets import TARGETS, Rest, Target, Unit
from poise.export.together import motion_of, on_one_clock
from poise.files import cannot_write
from poise.geometry.axes import Up
from poise.motion import Body, Motion
from poise.skeletons import FIGURE27

_log = logging.getLogger(__name__)

Gaps = Literal["bridge", "open"]
Solve = Callable[[Motion], Body]


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What is to be other than the target or the format has it."""

    fps: float | None = None
    rest: Rest | None = None
    gaps: Gaps | None = None  # None: filled where the format has no mark for them
    unit: Unit | None = None
    up: Up | None = None


@dataclass(frozen=True)
class _Job:
    """One format, alone or as a target wants it."""

    name: str
    format: Format
    target: Target | None


def export(
    people: Sequence[Body | Motion],
    folder: Path,
    stem: str,
    to: Sequence[str],
    wishes: Wishes = Wishes(),
    *,
    solve: Solve | None = None,
    keep: Sequence[Path] = (),
) -> list[Path]:
    """Write everybody for these programs (`poise.export.TARGETS`) or in these formats.

    `solve` makes a body of a motion that has no rotations, where a format needs them. Several
    people go into one file where the format can hold them, else their numbers are in its name.
    `keep` are files that must not be written over: those that the people come from.
    """
    if not people:
        raise PoiseError("there is nobody to write")
    if not stem or Path(stem).name != stem:
        raise PoiseError(f"{stem!r} is not a file's name; the folder is said on its own")
    jobs = _jobs(to)
    _check(jobs, wishes)
    written = [folder / name for job in jobs for name, _ in _files(job, people, stem)]
    for path in written:
        if path.exists() and any(one.exists() and path.samefile(one) for one in keep):
            raise PoiseError(f"{path}: the motion comes from there; choose another folder or name")
    everybody = on_one_clock(people, wishes.fps)
    solved: list[Body] = []
    if any(_turns(job) for job in jobs):
        solved = _bodies(everybody, jobs, solve)
    if wishes.gaps == "bridge" or not all(job.format.gaps for job in jobs):
        _tell_what_is_filled(solved or everybody)
    with _all_or_nothing(folder) as aside:
        for job in jobs:
            ready = _ready(job, solved if _turns(job) else everybody, wishes)
            unit = wishes.unit or (job.target.unit if job.target else None) or job.format.unit
            up = wishes.up or (job.target.up if job.target else None) or job.format.up
            for name, group in _files(job, ready, stem):
                try:
                    job.format.write(aside / name, group, unit or "m", up or "z")
                except PoiseError as error:  # it is not to name a file that nobody will find
                    told = str(error).replace(str(aside), str(folder))
                    raise PoiseError(told) from error
    return written


def check_names(to: Sequence[str]) -> None:
    """Refuse names that no program and no format has, before hours of work for them."""
    if to:
        _jobs(to)


def _jobs(to: Sequence[str]) -> list[_Job]:
    if not to:
        raise PoiseError(f"name a program or a format: {', '.join([*TARGETS, *FORMATS])}")
    jobs: dict[str, _Job] = {}
    said: dict[str, str] = {}
    for word in dict.fromkeys(word.lower().lstrip(".") for word in to):
        if word in TARGETS:
            target = TARGETS[word]
            new = [_Job(name, FORMATS[name], target) for name in target.formats]
        elif word in FORMATS:
            new = [_Job(word, FORMATS[word], None)]
        else:
            hint = did_you_mean(word, [*TARGETS, *FORMATS])
            raise PoiseError(f"no program and no format is called {word!r}{hint}")
        for job in new:
            if job.name in jobs:
                raise PoiseError(
                    f"{said[job.name]} and {word} would write the same .{job.name} file; export "
                    "one after the other, into two folders"
                )
            jobs[job.name], said[job.name] = job, word
    return list(jobs.values())


def _check(jobs: list[_Job], wishes: Wishes) -> None:
    """Refuse a wish that no file would follow."""
    names = ", ".join(job.name.upper() for job in jobs)
    for wish, what, open_there in (
        (wishes.unit, "unit", [name for name, one in FORMATS.items() if one.unit]),
        (wishes.up, "axis up", [name for name, one in FORMATS.items() if one.up]),
    ):
        if wish is not None and not any(job.name in open_there for job in jobs):
            others = ", ".join(open_there).upper()
            raise PoiseError(f"{names} has its own {what}, not {wish}; {others} leave it open")
    if wishes.rest is not None and not any(job.format.rest for job in jobs):
        raise PoiseError(f"rest pose {wishes.rest}: {names} has none; BVH, GLB and USD have")


def _turns(job: _Job) -> bool:
    """Whether rotations are needed; the files of one target tell of the same body."""
    formats = job.target.formats if job.target else (job.name,)
    return any(FORMATS[name].turns for name in formats)


def _bodies(everybody: People, jobs: list[_Job], solve: Solve | None) -> list[Body]:
    bodies = []
    for number, person in enumerate(everybody, 1):
        if isinstance(person, Motion):
            if solve is None:
                needs = next(job.name.upper() for job in jobs if _turns(job))
                raise PoiseError(
                    f"person {number} has places of joints without rotations, which {needs} needs; "
                    "poise.body.solve(motion) finds them, and so does the command poise export"
                )
            person = solve(person)
        bodies.append(person)
    return bodies


def _tell_what_is_filled(people: People) -> None:
    for number, person in enumerate(people, 1):
        if isinstance(person, Body) and has_gaps(person):
            spans = [span for span in bridged(person).bridged if span not in person.bridged]
            told = ", ".join(f"{start:.2f} to {stop:.2f} s" for start, stop in spans[:5])
            more = f" and {len(spans) - 5} times more" if len(spans) > 5 else ""
            _log.warning("person %d was not seen and is filled in: %s%s", number, told, more)


def _ready(job: _Job, people: People, wishes: Wishes) -> list[Body | Motion]:
    """Everybody as this format, and this program, want them."""
    ready: list[Body | Motion] = []
    for number, person in enumerate(people, 1):
        if wishes.gaps == "open" and not job.format.gaps and has_gaps(person):
            raise PoiseError(
                f"person {number} is unknown in some frames, and {job.name.upper()} has no mark "
                "for that; let them be bridged, or write C3D, TRC, CSV or JSON"
            )
        if wishes.gaps == "bridge" or not job.format.gaps:
            person = bridged(person)
        if isinstance(person, Body) and job.format.rest:
            person = _posed(person, number, job, wishes.rest)
        ready.append(person)
    return ready


def _posed(body: Body, number: int, job: _Job, rest: Rest | None) -> Body:
    """In the rest pose and with the names of the target; other rigs than ours keep their own."""
    skeleton, target = body.motion.skeleton, job.target
    ours = (skeleton.joints, skeleton.parents) == (FIGURE27.joints, FIGURE27.parents)
    if rest is not None or (ours and target is not None):
        body = in_rest_pose(body, rest or (target.rest if target else "T"))
    if target is None or not target.names:
        return body
    if not ours:
        _log.warning(
            "person %d is on another rig (%s): its joints keep their names, %s gets those",
            *(number, skeleton.name, target.name),
        )
        return body
    return with_names(body, target.names)


def _files(job: _Job, people: People, stem: str) -> Iterator[tuple[str, People]]:
    """The name of each file, and who is in it."""
    joints = {motion_of(person).skeleton.joints for person in people}
    # A table has the same columns for all.
    one = job.format.several and not (job.name == "csv" and len(joints) > 1)
    one = one and not (job.target is not None and job.target.apart)
    if one or len(people) == 1:
        yield f"{stem}.{job.name}", people
        return
    for number, person in enumerate(people, 1):
        yield f"{stem}_person{number}.{job.name}", [person]


@contextmanager
def _all_or_nothing(folder: Path) -> Iterator[Path]:
    """A scratch folder, whose files are moved into this one when all are written."""
    new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".poise-", dir=folder) as aside:
            yield Path(aside)
            written = sorted(Path(aside).iterdir())
            for path in written:
                target = folder / path.name
                if target.exists() and not target.is_file():
                    raise PoiseError(
                        f"{target}: cannot write: that is not an ordinary file; name another"
                    )
            for path in written:
                path.replace(folder / path.name)
    except OSError as error:
        raise cannot_write(folder, error) from error
    finally:
        if new:
            with suppress(OSError):  # it holds something, or was never made
                folder.rmdir()
