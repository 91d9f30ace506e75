"""The formats that are written, what each can hold, and who writes it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from poise.export.targets import Unit
from poise.geometry.axes import Up
from poise.motion import Body, Motion

People = Sequence[Body | Motion]


@dataclass(frozen=True, kw_only=True)
class Format:
    """One kind of file."""

    words: str  # for help texts
    write: Callable[[Path, People, Unit, Up], None]
    turns: bool = False  # it needs the rotations of joints
    several: bool = True  # several people go into one file
    gaps: bool = True  # it has a mark for what is unknown
    rest: bool = False  # it has a rest pose
    unit: Unit | None = None  # the usual one, where the format leaves it open
    up: Up | None = None  # the same


def _bvh(path: Path, people: People, unit: Unit, up: Up) -> None:
    from poise.export.bvh import write_bvh

    write_bvh(path, _bodies(people)[0], unit=unit, up=up)


def _glb(path: Path, people: People, unit: Unit, up: Up) -> None:
    from poise.export.glb import write_glb

    write_glb(path, _bodies(people))


def _usd(path: Path, people: People, unit: Unit, up: Up) -> None:
    from poise.export.usd import write_usd

    write_usd(path, _bodies(people), up=up)


def _mot(path: Path, people: People, unit: Unit, up: Up) -> None:
    from poise.export.mot import write_mot

    write_mot(path, _bodies(people)[0])


def _c3d(path: Path, people: People, unit: Unit, up: Up) -> None:
    from poise.export.c3d import write_c3d

    write_c3d(path, people, unit=unit, up=up)


def _trc(path: Path, people: People, unit: Unit, up: Up) -> None:
    from poise.export.trc import write_trc

    write_trc(path, people, unit=unit, up=up)


def _csv(path: Path, people: People, unit: Unit, up: Up) -> None:
    from poise.export.csv_table import write_csv

    write_csv(path, people, unit=unit, up=up)


def _json(path: Path, people: People, unit: Unit, up: Up) -> None:
    from poise.export.json_file import write_json

    write_json(path, people)


def _npz(path: Path, people: People, unit: Unit, up: Up) -> None:
    people[0].save(path)


def _png(path: Path, people: People, unit: Unit, up: Up) -> None:
    from poise.export.contact_sheet import write_contact_sheet

    write_contact_sheet(path, people)


def _bodies(people: People) -> Sequence[Body]:
    """The same, where the caller has seen to it that all have rotations."""
    return cast(Sequence[Body], people)


def _usd_format(words: str) -> Format:
    return Format(words=words, write=_usd, turns=True, gaps=False, rest=True, up="y")


FORMATS: dict[str, Format] = {
    "bvh": Format(
        words="skeleton and motion of one person, for nearly every program",
        write=_bvh,
        turns=True,
        several=False,
        gaps=False,
        rest=True,
        unit="cm",
        up="y",
    ),
    "glb": Format(
        words="glTF: skeletons with a figure around them",
        write=_glb,
        turns=True,
        gaps=False,
        rest=True,
    ),
    "usda": _usd_format("USD as text"),
    "usdc": _usd_format("USD in binary"),
    "usdz": _usd_format("USD as one packed file"),
    "c3d": Format(words="points, for movement laboratories", write=_c3d, unit="mm", up="z"),
    "trc": Format(words="markers, for OpenSim", write=_trc, unit="mm", up="y"),
    "mot": Format(
        words="joint angles of an OpenSim model",
        write=_mot,
        turns=True,
        several=False,
        gaps=False,
    ),
    "csv": Format(words="a table of places and sigma", write=_csv, unit="m", up="z"),
    "json": Format(words="everything, as text", write=_json),
    "npz": Format(words="poise's own file, of one person", write=_npz, several=False),
    "png": Format(words="a sheet of pictures", write=_png),
}
