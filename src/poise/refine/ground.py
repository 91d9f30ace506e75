"""Which way is up, where the floor is, and how large everybody is: one small least squares.

Known are, each with its uncertainty: how cameras are usually held, how people stand, that feet
stand on one floor, and how tall people are. Unknown are the camera's pitch and roll, its height
over the floor, and a factor of size for each person. A person's size and distance go together (a
camera cannot tell a near child from a far adult), so a person who would float above everybody's
floor, or sink into it, is moved along the line of sight by changing the size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.optimize import least_squares

from poise.refine.contacts import ANKLE_HEIGHT
from poise.refine.upright import Standing

# Degrees. Handheld cameras are level within a few, and look down a little: people are filmed from
# chest to head height, and their middle is at the hips.
_ROLL, _PITCH, _PITCH_MEAN = 3.0, 12.0, -4.0
# Degrees, of one person's mean standing axis, on the validation views (people lean, lifters too)
_STANDING = 4.0
_LEAST_SECONDS = 0.5  # of standing, that make it twice as uncertain (squared)
_FOOT = 0.06  # m, of a footfall's height over the floor
_FALLS = 12  # footfalls of a person say no more than this many: they err together
_CAMERA_HEIGHT, _HEIGHT_FACTOR = 1.4, 0.8  # m and its spread as a logarithm: nearly nothing said
_ROUNDS = 4


@dataclass(frozen=True, eq=False, kw_only=True)
class Person:
    """What one person says about the floor."""

    standing: Standing | None
    falls: Float[np.ndarray, "fall 3"]  # ankles of standing feet, in the camera's frame
    weight: Float[np.ndarray, " fall"]
    log_size: float  # how uncertain the person's size is, as a logarithm


@dataclass(frozen=True, eq=False, kw_only=True)
class Ground:
    """Up, the floor, and everybody's factor of size."""

    up: Float[np.ndarray, "3"]  # in the camera's frame
    height: float  # of the camera over the floor, m
    sizes: tuple[float, ...]
    uncertain_deg: float  # one standard deviation of up, the larger of pitch and roll
    stood: bool  # whether anybody stood to tell where up is
    found: bool  # whether any foot stood to tell where the floor is


def footfalls(
    places: Float[np.ndarray, "time feet 3"],
    contact: Float[np.ndarray, "time feet"],
    times: Float[np.ndarray, " time"],
) -> tuple[Float[np.ndarray, "fall 3"], Float[np.ndarray, " fall"]]:
    """Where each foot stood, and how much each counts: less if it stood for less than 0.2 s."""
    falls, weights = [], []
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.2
    for foot in range(contact.shape[1]):
        rests = contact[:, foot] > 0.3
        edges = np.flatnonzero(np.diff(np.concatenate([[False], rests, [False]]).astype(int)))
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            w = contact[start:stop, foot]
            falls.append((w[:, None] * places[start:stop, foot]).sum(axis=0) / w.sum())
            weights.append(min(1.0, w.sum() * step / 0.2))
    return np.array(falls).reshape(-1, 3), np.array(weights)


def find_ground(people: Sequence[Person]) -> Ground:
    """The most likely up, floor and sizes."""
    start = np.zeros(3 + len(people))
    start[0] = np.deg2rad(_PITCH_MEAN)
    start[2] = np.log(_CAMERA_HEIGHT)
    trust = [np.ones(len(person.weight)) for person in people]
    found = start
    for _ in range(_ROUNDS):
        fit = least_squares(_missed, found, args=(people, trust), method="lm")
        found = fit.x
        trust = [
            1 / (1 + (_over_floor(found, p, i) / _FOOT / 2) ** 2) for i, p in enumerate(people)
        ]
    jacobian = np.asarray(fit.jac)
    covariance = np.linalg.inv(jacobian.T @ jacobian)
    return Ground(
        up=_up(found),
        height=float(np.exp(found[2])),
        sizes=tuple(np.exp(found[3:]).tolist()),
        uncertain_deg=float(np.rad2deg(np.sqrt(np.diag(covariance)[:2].max()))),
        stood=any(person.standing for person in people),
        found=any(len(person.weight) for person in people),
    )


def _missed(
    unknown: Float[np.ndarray, " n"], people: Sequence[Person], trust: list[np.ndarray]
) -> Float[np.ndarray, " m"]:
    """All that is off, in standard deviations."""
    pitch, roll, log_height = unknown[:3]
    off = [
        [(pitch - np.deg2rad(_PITCH_MEAN)) / np.deg2rad(_PITCH), roll / np.deg2rad(_ROLL)],
        [(log_height - np.log(_CAMERA_HEIGHT)) / _HEIGHT_FACTOR],
        [unknown[3 + i] / person.log_size for i, person in enumerate(people)],
    ]
    up = _up(unknown)
    for i, person in enumerate(people):
        if person.standing is not None:
            spread = np.deg2rad(_STANDING) * np.sqrt(1 + _LEAST_SECONDS / person.standing.seconds)
            off.append((person.standing.up - up) / spread)
        if len(person.weight):
            sure = person.weight * min(1.0, _FALLS / person.weight.sum()) * trust[i]
            off.append(np.sqrt(sure) * _over_floor(unknown, person, i) / _FOOT)
    return np.concatenate(off)


def _over_floor(
    unknown: Float[np.ndarray, " n"], person: Person, index: int
) -> Float[np.ndarray, " fall"]:
    """How far each standing foot is above the floor, in metres of the person's own size.

    In the world's metres, to be smaller would be to be nearer to the floor.
    """
    size, height = np.exp(unknown[3 + index]), np.exp(unknown[2])
    return person.falls @ _up(unknown) - ANKLE_HEIGHT + height / size


def _up(unknown: Float[np.ndarray, " n"]) -> Float[np.ndarray, "3"]:
    """Up in the camera's frame, of a camera with this pitch (up is positive) and roll."""
    pitch, roll = unknown[0], unknown[1]
    return np.array([np.sin(roll) * np.cos(pitch), -np.cos(roll) * np.cos(pitch), np.sin(pitch)])
