"""People followed from picture to picture: each is looked for where they were, large in a crop.

A detector that shrinks the whole picture to a few hundred pixels loses everybody but the nearest.
Who is alone in their crop is seen where they were before; among others they are searched for there.
Who is new is searched for in the first picture everywhere, and then in one part of the picture at a
time: the whole of it, and squares along its longer side; more often while somebody is lost.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, UInt8

from poise.detect.detector import Found

Look = Callable[[np.ndarray, int], Found]
"""Everybody in a picture, up to so many people."""


@runtime_checkable  # so that the tests' shape checker can check it
class Trail(Protocol):
    """Sees one person from picture to picture: who is where they were need not be searched for."""

    def see(self, rgb: np.ndarray, most: int) -> Found:
        """As a `Look`: whoever is where the person was in the picture before."""

    def forget(self) -> None:
        """The next picture shows somebody else, or the same person elsewhere."""


_SEARCH_EVERY = 4  # pictures, one part of them
_ROOM = 1.7  # of a person's extent: the side of the square in which they are looked for
_LEAST_SIDE = 64  # pixels
_PATIENCE = 10  # pictures for which somebody who was lost is looked for where they would be
_SAME = 0.12  # of a person's size: skeletons this near are of one person
_NEAR = 0.5  # of a person's size: who is farther off than this is somebody else
_SIZES = (0.6, 1.6)  # from one picture to the next
_SEEN = 0.5  # the score of joints that count
_SQUARE = 1.2  # pictures longer than this are searched in squares too


@dataclass
class _Person:
    """Who is followed: where they were last, and how they moved."""

    xy: Float[np.ndarray, "joint 2"]
    score: Float[np.ndarray, " joint"]
    speed: Float[np.ndarray, "2"]  # pixels from picture to picture
    lost: int = 0  # pictures ago
    trail: Trail | None = None  # of who was alone in the picture before

    @property
    def size(self) -> float:
        return _size(self.xy)

    @property
    def middle(self) -> Float[np.ndarray, "2"]:
        """Where they would be by now."""
        return _middle(self.xy) + self.speed * (1 + self.lost)


class Following:
    """One stretch of video, seen picture by picture."""

    def __init__(self, look: Look, trail: Callable[[], Trail], most: int, joints: int) -> None:
        self._look, self._trail, self._most, self._joints = look, trail, most, joints
        self._people: list[_Person] = []
        self._idle: list[Trail] = []
        self._number = self._turn = 0

    def see(self, rgb: UInt8[np.ndarray, "height width 3"], time: float) -> Found:
        """Everybody in the next picture."""
        here = [self._again(rgb, person) for person in self._people]
        self._one_each(here)
        known = [found for found in here if found is not None]
        search = self._number % _SEARCH_EVERY == 0 or len(known) < len(here)
        fresh = self._new(rgb, known) if search else []
        self._number += 1
        for person, sighting in zip(self._people, here, strict=True):
            if sighting is None:
                self._leave_trail(person)
        self._people = [
            *(_moved(p, sighting) for p, sighting in zip(self._people, here, strict=True)),
            *(_Person(xy, score, np.zeros(2)) for xy, score in fresh),
        ]
        self._people = [person for person in self._people if person.lost <= _PATIENCE]
        seen = [person for person in self._people if person.lost == 0][: self._most]
        return (
            np.array([person.xy for person in seen], np.float32).reshape(-1, self._joints, 2),
            np.array([person.score for person in seen], np.float32).reshape(-1, self._joints),
        )

    def _again(self, rgb: np.ndarray, person: _Person) -> tuple[np.ndarray, np.ndarray] | None:
        """The same person in the next picture."""
        side = max(_LEAST_SIDE, _ROOM * person.size)
        best, least = None, _NEAR * person.size
        look = self._look_for(person, side)
        for xy, score in _in_square(look, rgb, person.middle, side, 2):
            off = float(np.linalg.norm(_middle(xy) - person.middle))
            like = _size(xy) / max(person.size, 1e-6)
            if off < least and _SIZES[0] < like < _SIZES[1]:
                best, least = (xy, score), off
        return best

    def _look_for(self, person: _Person, side: float) -> Look:
        """The trail of who is alone in their square; of two in one, the nearer must be chosen."""
        low, high = person.middle - side / 2, person.middle + side / 2
        others = (other.xy for other in self._people if other is not person)
        if person.lost or any(((xy.max(0) > low) & (xy.min(0) < high)).all() for xy in others):
            self._leave_trail(person)
            return self._look
        if person.trail is None:
            person.trail = self._idle.pop() if self._idle else self._trail()
        return person.trail.see

    def _leave_trail(self, person: _Person) -> None:
        if person.trail is not None:
            person.trail.forget()
            self._idle.append(person.trail)
            person.trail = None

    def _one_each(self, here: list[tuple[np.ndarray, np.ndarray] | None]) -> None:
        """Where two people were found in one skeleton, it is of the one it is more like."""
        for i, one in enumerate(here):
            for j in range(i):
                other = here[j]
                if one is None or other is None or not _same(one[0], other[0]):
                    continue
                offs = [self._surprise(k, one if k == i else other) for k in (i, j)]
                here[i if offs[0] > offs[1] else j] = None
                one = here[i]

    def _surprise(self, number: int, found: tuple[np.ndarray, np.ndarray]) -> float:
        person = self._people[number]
        expected = person.xy + person.speed * (1 + person.lost)
        return float(np.linalg.norm(found[0] - expected, axis=-1).mean()) / max(person.size, 1e-6)

    def _new(
        self, rgb: np.ndarray, known: list[tuple[np.ndarray, np.ndarray]]
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Who is found and not yet known; whole people before those whom a square cuts."""
        height, width = rgb.shape[:2]
        parts = _parts(width, height)
        if self._number:
            self._turn += 1
            parts = [parts[self._turn % len(parts)]]
        found = [
            one
            for middle, side in parts
            for one in _in_square(self._look, rgb, middle, side, self._most)
        ]
        fresh: list[tuple[np.ndarray, np.ndarray]] = []
        for xy, score in sorted(found, key=lambda one: -float(one[1].sum())):
            if not any(_overlap(xy, other) for other, _ in (*known, *fresh)):
                fresh.append((xy, score))
        return fresh


def _moved(person: _Person, found: tuple[np.ndarray, np.ndarray] | None) -> _Person:
    if found is None:
        person.lost += 1
        return person
    step = (_middle(found[0]) - _middle(person.xy)) / (1 + person.lost)
    return _Person(found[0], found[1], 0.5 * (person.speed + step), trail=person.trail)


def _parts(width: int, height: int) -> list[tuple[np.ndarray, float]]:
    """Middle and side of the squares to search: around the whole picture, and along it."""
    whole = (np.array([width, height]) / 2, float(max(width, height)))
    side, longer = min(width, height), max(width, height)
    if longer <= _SQUARE * side:
        return [whole]
    count = int(np.ceil((longer - side) / (side / 2))) + 1
    along = np.linspace(side / 2, longer - side / 2, count)
    across = np.full(count, side / 2)
    middles = np.stack([along, across] if width > height else [across, along], axis=1)
    return [whole, *((middle, float(side)) for middle in middles)]


def _in_square(
    look: Look, rgb: np.ndarray, middle: np.ndarray, side: float, most: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """People in a square of the picture, in pixels of the whole; black beyond its edges."""
    length = max(1, round(side))
    left, top = (round(float(value) - length / 2) for value in middle)
    inside = rgb[max(0, top) : max(0, top + length), max(0, left) : max(0, left + length)]
    if inside.size == 0:
        return
    if inside.shape[:2] != (length, length):
        before = (max(0, -top), max(0, -left))
        square = np.zeros((length, length, 3), np.uint8)
        square[before[0] : before[0] + inside.shape[0], before[1] : before[1] + inside.shape[1]] = (
            inside
        )
        inside = square
    for xy, score in zip(*look(inside, most), strict=True):
        yield xy + np.array([left, top], xy.dtype), score


def _size(xy: np.ndarray) -> float:
    return float((xy.max(axis=0) - xy.min(axis=0)).max())


def _middle(xy: np.ndarray) -> np.ndarray:
    return (xy.max(axis=0) + xy.min(axis=0)) / 2


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    apart = np.linalg.norm(one - other, axis=-1).mean()
    return bool(apart < _SAME * max(_size(one), _size(other)))


def _overlap(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two skeletons cover each other, as that of a person does whom a square has cut."""
    low = np.maximum(one.min(axis=0), other.min(axis=0))
    high = np.minimum(one.max(axis=0), other.max(axis=0))
    shared = np.prod(np.clip(high - low, 0, None))
    smaller = min(np.prod(np.ptp(one, axis=0)), np.prod(np.ptp(other, axis=0)))
    return _same(one, other) or bool(shared > 0.5 * max(smaller, 1e-6))
