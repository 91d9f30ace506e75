"""A folder of motion files as clips of a library."""

import re
from collections import Counter
from pathlib import Path

from poise.data.asf import Asf, read_asf
from poise.data.asf_amc import amc_length
from poise.data.bvh import bvh_length
from poise.data.clips import Clip, Entry
from poise.data.expmap import expmap_length
from poise.data.loading import kind_of, load
from poise.errors import PoiseError
from poise.files import PathLike, npz_kind

_SUFFIXES = (".bvh", ".amc", ".npz", ".txt")


def folder_entries(folder: Path, asf: Asf | PathLike | None) -> list[Entry]:
    """All motion files below a folder, in the order of their names; none is held in memory."""
    if asf is not None and not isinstance(asf, Asf):
        asf = read_asf(asf)
    files = [file for file in sorted(folder.rglob("*")) if _may_be_motion(file, folder)]
    short = {file: _stem(file.relative_to(folder).as_posix()) for file in files}
    shared = Counter(short.values())
    entries = []
    for file in files:
        # `walk.bvh` beside `walk.amc`: these two keep their suffixes.
        name = short[file]
        key = name if shared[name] == 1 else file.relative_to(folder).as_posix()
        entry = _entry(file, key, asf)
        if entry is not None:
            entries.append(entry)
    if not entries:
        raise PoiseError(
            f"{folder}: holds no motion files (.bvh, .amc, .npz, or exponential maps in .txt)"
        )
    return entries


def _may_be_motion(file: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return (
        not hidden and file.is_file() and file.name.lower().removesuffix(".gz").endswith(_SUFFIXES)
    )


def _stem(name: str) -> str:
    return re.sub(r"\.(bvh|amc|npz|txt)(\.gz)?$", "", name, flags=re.I)


def _entry(file: Path, key: str, asf: Asf | None) -> Entry | None:
    kind = kind_of(file)
    match kind:
        case "bvh":
            frames, fps = bvh_length(file)
        case "amc":
            frames, fps = amc_length(file)
        case "npz" if npz_kind(file) in ("Motion", "Body"):
            motion = load(file)
            frames, fps = len(motion), motion.fps
        case "expmap":
            if asf is None:
                raise PoiseError(
                    f"{file}: holds angles without a body; choose a skeleton for such files: "
                    "MotionLibrary.open(folder, asf='35.asf')"
                )
            frames, fps = expmap_length(file)
        case _:
            return None  # notes, arrays of something else
    if frames == 0:
        raise PoiseError(f"{file}: holds no frames; remove it, fetch or export it again")
    stored = Clip(key=key, frames=frames, fps=fps, subject=_subject(key), source=kind)
    return Entry(stored=stored, origin=file, asf=asf if kind == "expmap" else None)


def _subject(key: str) -> int | None:
    """CMU's names are subject_trial: 02_01."""
    found = re.fullmatch(r"(\d+)_\d+", key.rpartition("/")[2])
    return int(found[1]) if found else None
