"""Several people for one file: names that differ, colours, one clock, and what is told of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError
from poise.export.rig_ready import Rig, rig_of
from poise.motion import Body

Colour = tuple[float, float, float]  # linear red, green, blue, as renderers compute

# Light and dark shade: wood first, then tints that are told apart by eyes of all kinds.
_COLOURS: tuple[tuple[Colour, Colour], ...] = (
    ((0.80, 0.58, 0.36), (0.22, 0.12, 0.06)),
    ((0.36, 0.58, 0.80), (0.04, 0.12, 0.30)),
    ((0.40, 0.70, 0.48), (0.03, 0.20, 0.09)),
    ((0.82, 0.42, 0.40), (0.30, 0.04, 0.05)),
    ((0.62, 0.48, 0.78), (0.14, 0.06, 0.28)),
    ((0.84, 0.76, 0.34), (0.32, 0.22, 0.02)),
)


@dataclass(eq=False)
class Person:
    """One of the people of a file."""

    body: Body
    rig: Rig
    name: str
    joints: tuple[str, ...]  # names that nobody else in the file has
    times: Float[np.ndarray, " time"]  # seconds since the file's start
    start: float  # when that is on the clock of the body
    colours: tuple[Colour, Colour]
    first_node: int = -1  # the place of the first joint in a glTF file

    def about(self) -> dict[str, Any]:
        """What is known beyond the motion, in seconds since the file's start."""
        motion, start = self.body.motion, self.start
        standing: dict[str, list[list[float]]] = {}
        renamed = dict(zip(motion.skeleton.joints, self.joints, strict=True))
        for contact in self.body.contacts:
            span = [_rounded(contact.start - start), _rounded(contact.stop - start)]
            standing.setdefault(renamed[contact.joint], []).append(span)
        bridged = [[_rounded(a - start), _rounded(b - start)] for a, b in self.body.bridged]
        return {
            "model": self.body.model,
            "rest_pose": "all rotations identity",
            "placed": motion.placed,
            "assumed": list(motion.assumed),
            "contacts": standing,
            "bridged": bridged,
        }


@dataclass(frozen=True, eq=False)
class People:
    """All people of a file."""

    people: tuple[Person, ...]
    fps: float
    start: float  # seconds on the bodies' clock
    frames: int  # from the file's start to the end of who stays longest

    def about(self) -> dict[str, Any]:
        """What is known about the file as a whole."""
        return {
            "generator": "poise",
            "fps": self.fps,
            "unit": "m",
            "start": _rounded(self.start),
            "people": [person.name for person in self.people],
        }


def people(bodies: Sequence[Body]) -> People:
    """The people as a file has them: on one clock that starts with the first of them."""
    if not bodies:
        raise PoiseError("there is nobody to write")
    rates = sorted({body.motion.fps for body in bodies})
    if rates[-1] / rates[0] > 1 + 1e-6:
        raise PoiseError(
            f"the people have different frame rates ({rates[0]:g} and {rates[-1]:g}), and a file "
            "has one; give all the same with poise.resampling.resample(body, fps)"
        )
    fps = bodies[0].motion.fps
    start = min(float(body.motion.times[0]) for body in bodies)
    found: list[Person] = []
    taken: set[str] = set()
    for number, body in enumerate(bodies):
        rig = _telling(body, number, len(bodies))
        first = float(body.motion.times[0]) - start
        times = first + np.arange(len(body)) / fps
        # The first person keeps plain names, which other programs' maps of joints expect; the
        # others' have a word in front, as programs read the side at the end of a name (`hand.L`).
        mark = "" if not number else f"person_{number + 1}_"
        joints = []
        for joint in rig.skeleton.joints:
            name = f"{mark}{joint}"
            while name in taken:
                name += "_"
            taken.add(name)
            joints.append(name)
        name = f"person_{number + 1}"
        while name in taken:
            name += "_"
        taken |= {name, f"{name}_figure"}
        colours = _COLOURS[number % len(_COLOURS)]
        found.append(Person(body, rig, name, tuple(joints), times, start, colours))
    frames = max(round(float(person.times[-1]) * fps) for person in found) + 1
    return People(tuple(found), fps, start, frames)


def _telling(body: Body, number: int, of: int) -> Rig:
    """The rig, or which of several people is none."""
    try:
        return rig_of(body)
    except PoiseError as error:
        raise PoiseError(f"person {number + 1}: {error}" if of > 1 else str(error)) from error


def _rounded(seconds: float) -> float:
    return round(float(seconds), 6) + 0.0
