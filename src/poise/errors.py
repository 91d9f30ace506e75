"""The one error that users see: what is wrong, where, and what to do about it."""

import difflib
from collections.abc import Sequence


class PoiseError(Exception):
    """Something the user can act on, said in one line; the commands print it and exit with 2."""


def did_you_mean(name: str, known: Sequence[str], list_all: bool = True) -> str:
    """A hint for the end of an error: the nearest known name, or else all of them."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; known are {', '.join(known)}" if list_all else ""
