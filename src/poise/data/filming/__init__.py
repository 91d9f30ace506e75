"""Training views on the fly, on any device: the benchmark's cameras and detector, other bodies.

>>> poses, lengths = poses_of(library, library.select(split="train"))
>>> some = windows(poses, lengths, 256, 27, generator)
>>> batch = film(some.poses, generator, FilmingRecipe(kinds=(STD, B)), stage=some.stage)
"""

from poise.data.filming.film import Filmed, film
from poise.data.filming.recipe import (
    ADVISED,
    AS_TESTED,
    SHIFT_ORACLE,
    SHIFT_SOURCE,
    FilmingRecipe,
)
from poise.data.filming.windows import Windows, poses_of, windows

__all__ = [
    "ADVISED",
    "AS_TESTED",
    "SHIFT_ORACLE",
    "SHIFT_SOURCE",
    "Filmed",
    "FilmingRecipe",
    "Windows",
    "film",
    "poses_of",
    "windows",
]
