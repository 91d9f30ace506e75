"""The numbers of text files, read fast and strictly: a damaged one is named with its line."""

from array import array
from collections.abc import Iterator, Sequence
from typing import NoReturn

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError
from poise.files import PathLike

# No coordinate and no angle of a person is as large, in any unit; those of damaged files are.
LARGEST = 1e9
LONGEST_NAME = 200  # of a joint or a bone; the readers' errors repeat it
_BLOCK = 1 << 20  # characters read at once: all words of a long file would fill the memory


def number(path: PathLike, line: int, word: str) -> float:
    """One number, or a refusal that says where it stands."""
    try:
        value = float(word) if plain(word) else None
    except ValueError:
        value = None
    if value is None:
        raise PoiseError(f"{path}: line {line}: {word[:20]!r} is not a number; the file is damaged")
    if not abs(value) <= LARGEST:  # NaN as well
        raise PoiseError(
            f"{path}: line {line}: {word[:20]} is not a place or an angle; the program that wrote "
            "the file failed there, or the file is damaged"
        )
    return value


def numbers(path: PathLike, text: str, start: int = 0) -> Float[np.ndarray, " count"]:
    """All numbers of a text from this character on, with white space between them."""
    found = array("d")
    try:
        for block in _blocks(text, start):
            found.extend(map(float, block.split()))
    except ValueError:
        _refuse_first(path, text, start)
    values = np.array(found)
    if not (np.abs(values) <= LARGEST).all() or not plain(text, start):
        _refuse_first(path, text, start)
    return values


def rows(
    path: PathLike, text: str, columns: int, what: str, start: int = 0
) -> Float[np.ndarray, "row {columns}"]:
    """The same as a table; `what` says in errors what the columns are."""
    values = numbers(path, text, start)
    if values.size % columns == 0:
        return values.reshape(-1, columns)
    misfits = ((line, words) for line, words in _lines(text, start) if len(words) != columns)
    line, words = next((line, words) for line, words in misfits if words)
    raise PoiseError(
        f"{path}: line {line}: {len(words)} numbers, where {columns} belong ({what}); the file is "
        "cut short or damaged; fetch or export it again"
    )


def count_words(text: str, start: int = 0) -> int:
    """How many numbers there are, whatever they are."""
    return sum(len(block.split()) for block in _blocks(text, start))


def plain(text: str, start: int = 0) -> bool:
    """Python also reads "1_000" and the digits of other alphabets, which no motion file means."""
    return text.find("_", start) < 0 and (text.isascii() or text[start:].isascii())


def line_of(text: str, place: int) -> int:
    """The number of the line, from 1, in which this character stands."""
    return text.count("\n", 0, place) + 1


def _blocks(text: str, start: int) -> Iterator[str]:
    while start < len(text):
        end = text.find("\n", start + _BLOCK) + 1 or len(text)
        yield text[start:end]
        start = end


def _lines(text: str, start: int) -> Iterator[tuple[int, list[str]]]:
    for line, row in enumerate(text[start:].split("\n"), start=line_of(text, start)):
        yield line, row.split()


def _refuse_first(path: PathLike, text: str, start: int) -> NoReturn:
    for line, words in _lines(text, start):
        for word in words:
            number(path, line, word)
    raise AssertionError("numbers() and number() disagree")


def cells(path: PathLike, line: int, text: str, words: Sequence[str]) -> list[float]:
    """The numbers of a table's line, split into words already; NaN where a cell is empty."""
    try:
        values = [float(word) if word else float("nan") for word in words]
        fine = plain(text)
    except ValueError:
        fine = False
    if not fine:
        for word in filter(None, words):
            number(path, line, word)
        raise PoiseError(f"{path}: line {line}: holds what is not a number")
    return values
