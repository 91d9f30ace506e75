"""Which motion a command is to use."""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from pathlib import Path

from poise.data.library import MotionLibrary
from poise.data.places import data_folder
from poise.errors import PoiseError


def open_motion(paths: Iterable[Path]) -> MotionLibrary:
    """Files and folders of motion as one library, also those in poise's data folder."""
    libraries = [MotionLibrary.open(find_motion(path)) for path in paths]
    if not libraries:
        raise PoiseError("--motion: name at least one file or folder")
    return reduce(or_, libraries)


def find_motion(path: Path) -> Path:
    """A path as it is, or else within poise's data folder."""
    kept = data_folder() / path
    if path.exists() or kept.exists():
        return path if path.exists() else kept
    raise PoiseError(
        f"{path}: cannot read: no such file or folder, here or in {data_folder()}; "
        "`poise data make` makes motion, `poise data get` fetches some"
    )
