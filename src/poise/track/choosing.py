"""Which of the people in a video are wanted."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from poise.errors import PoiseError
from poise.motion import Keypoints
from poise.track.people import Tracked

Person = TypeVar("Person", Keypoints, Tracked)


def choose(people: Sequence[Person], which: str | int | Sequence[int] = "all") -> list[Person]:
    """Those who are wanted: "all", "largest", "longest", or numbers from 1 on as in "1,3".

    The largest has the most height in the image, the longest is seen in the most frames.

    >>> choose(people, "largest")
    """
    if isinstance(which, str) and which.strip().lower() in ("all", "largest", "longest"):
        word = which.strip().lower()
        if word == "all" or not people:
            return list(people)
        measure = _height if word == "largest" else _frames_seen
        return [max(people, key=measure)]  # of equals the first, who is the more prominent
    chosen = []
    for number in _numbers(which):
        if not 1 <= number <= len(people):
            raise PoiseError(f"there is no person {number}: {_how_many(len(people))}")
        chosen.append(people[number - 1])
    return chosen


def _numbers(which: str | int | Sequence[int]) -> list[int]:
    """Each number once, in the order given."""
    if isinstance(which, int):
        return [which]
    words = which.replace(",", " ").split() if isinstance(which, str) else list(which)
    try:
        numbers = [int(word) for word in words]
    except ValueError:
        numbers = []
    if not numbers:
        raise PoiseError(
            f"people are chosen by all, largest, longest or numbers such as 1,3, not by {which!r}"
        )
    return list(dict.fromkeys(numbers))


def _how_many(count: int) -> str:
    if count == 0:
        return "nobody was found"
    return (
        "1 person was found, number 1" if count == 1 else f"{count} people were found, 1 to {count}"
    )


def _height(person: Keypoints | Tracked) -> float:
    xy = _track(person).xy
    xy = xy[np.isfinite(xy).all(axis=-1).any(axis=-1)]
    if len(xy) == 0:
        return 0.0
    return float(np.median(np.nanmax(xy[..., 1], axis=1) - np.nanmin(xy[..., 1], axis=1)))


def _frames_seen(person: Keypoints | Tracked) -> int:
    return int(np.count_nonzero((_track(person).score > 0).any(axis=1)))


def _track(person: Keypoints | Tracked) -> Keypoints:
    return person.keypoints if isinstance(person, Tracked) else person
