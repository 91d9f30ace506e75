"""Training views on the fly, on any device: the benchmark's cameras and detector, other bodies.

>>> from poise.data.filming import FilmingRecipe, film, poses_of, windows
>>> from poise.data.open_benchmark import STD, B
>>> poses, lengths = poses_of(library.select(split="train"))
>>> some = windows(poses, lengths, 256, 27, generator)
>>> batch = film(some.poses, generator, FilmingRecipe(kinds=(STD, B)), stage=some.stage)
"""

from poise.data.filming.film import Filmed, detected, film
from poise.data.filming.recipe import (
    ADVISED,
    ADVISED_A,
    ADVISED_B,
    AS_TESTED,
    PHONE,
    FilmingRecipe,
)
from poise.data.filming.windows import Windows, poses_of, windows

__all__ = [
    "ADVISED",
    "ADVISED_A",
    "ADVISED_B",
    "AS_TESTED",
    "PHONE",
    "Filmed",
    "FilmingRecipe",
    "Windows",
    "detected",
    "film",
    "poses_of",
    "windows",
]
