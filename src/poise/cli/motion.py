"""Which motion a command is to use."""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from pathlib import Path

from poise.data.library import MotionLibrary
from poise.data.places import data_folder


def open_motion(paths: Iterable[Path]) -> MotionLibrary:
    """Files and folders of motion as one library, also those in poise's data folder."""
    return reduce(or_, (MotionLibrary.open(find_motion(path)) for path in paths))


def find_motion(path: Path) -> Path:
    """A path as it is, or else within poise's data folder."""
    kept = data_folder() / path
    return kept if not path.exists() and kept.exists() else path
