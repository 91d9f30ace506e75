"""A folder of motion files as clips of a library."""

import logging
import re
from collections import Counter
from pathlib import Path

from poise.data.asf import Asf, asf_of
from poise.data.asf_amc import amc_length
from poise.data.bvh import bvh_length
from poise.data.clips import Clip, Entry
from poise.data.expmap import expmap_length
from poise.data.loading import Kind, kind_of, load
from poise.errors import PoiseError
from poise.files import PathLike, npz_kind

_log = logging.getLogger(__name__)


def folder_entries(folder: PathLike, asf: Asf | PathLike | None) -> list[Entry]:
    """All motion files below a folder, in the order of their names; none is held in memory."""
    folder = Path(folder)
    asf = None if asf is None else asf_of(asf)
    kinds = {file: _kind(file, folder) for file in sorted(folder.rglob("*"))}
    names = {
        file: file.relative_to(folder).as_posix() for file, kind in kinds.items() if kind != "other"
    }
    shared = Counter(_stem(name) for name in names.values())
    left_out = [file for file in names if kinds[file] == "expmap" and asf is None]
    if left_out:
        why = (
            "holds angles without a body; name the skeleton for such files: "
            "MotionLibrary.open(folder, asf='35.asf')"
        )
        if len(left_out) == len(names):
            raise PoiseError(f"{left_out[0]}: {why}")
        more = f" and {len(left_out) - 1} more" if len(left_out) > 1 else ""
        _log.warning("%s%s: left out: %s", left_out[0], more, why)
    entries = []
    for file, name in names.items():
        if file in left_out:
            continue
        # `walk.bvh` beside `walk.amc`: these two keep their suffixes.
        key = _stem(name) if shared[_stem(name)] == 1 else name
        entries.append(_entry(file, kinds[file], key, asf))
    if not entries:
        raise PoiseError(
            f"{folder}: holds no motion files (.bvh, .amc, .npz, or exponential maps in .txt)"
        )
    return entries


def _kind(file: Path, folder: Path) -> Kind:
    """What a file holds, "other" for all that is not motion: notes, pictures, arrays."""
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    suffix = Path(file.name.lower().removesuffix(".gz")).suffix
    if hidden or suffix not in (".bvh", ".amc", ".npz", ".txt") or not file.is_file():
        return "other"
    if suffix == ".txt" and file.stat().st_size == 0:
        return "other"
    kind = kind_of(file)
    if kind == "npz" and npz_kind(file) not in ("Motion", "Body"):
        return "other"
    return kind if kind in ("bvh", "amc", "npz", "expmap") else "other"


def _stem(name: str) -> str:
    return re.sub(r"\.(bvh|amc|npz|txt)(\.gz)?$", "", name, flags=re.I)


def _entry(file: Path, kind: Kind, key: str, asf: Asf | None) -> Entry:
    match kind:
        case "bvh":
            frames, fps = bvh_length(file)
        case "amc":
            frames, fps = amc_length(file)
        case "npz":
            motion = load(file)
            frames, fps = len(motion), motion.fps
        case _:
            frames, fps = expmap_length(file)
    if frames == 0:
        raise PoiseError(f"{file}: holds no frames; remove it, fetch or export it again")
    stored = Clip(key=key, frames=frames, fps=fps, subject=_subject(key), source=kind)
    return Entry(stored=stored, origin=file, asf=asf if kind == "expmap" else None)


def _subject(key: str) -> int | None:
    """CMU's names are subject_trial: 02_01."""
    found = re.fullmatch(r"(\d+)_\d+", key.rpartition("/")[2])
    return int(found[1]) if found else None
