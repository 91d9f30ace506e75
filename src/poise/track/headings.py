"""Where somebody goes who is out of sight: place and velocity at the end of what was seen."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from poise.track.poses import Poses

_LOOK = 0.5  # s at an end from which its velocity is told
_LOOK_SIZE = 1.0  # s for the size, which bending and turning change
_NOISE = 0.1  # heights/s, of a velocity told from half a second: a walker's torso sways


@dataclass(frozen=True)
class Heading:
    """One end of what was seen of somebody."""

    time: float
    place: Float[np.ndarray, "2"]  # px
    velocity: Float[np.ndarray, "2"]  # px/s
    velocity_sigma: float  # heights/s
    size: float  # px

    def at(self, times: Float[np.ndarray, " time"]) -> Float[np.ndarray, "time 2"]:
        """Where they are at other times if they go on like that."""
        return self.place + (times - self.time)[:, None] * self.velocity


def heading(poses: Poses, rows: Int[np.ndarray, " row"], *, last: bool) -> Heading:
    """At the last of these rows, or at the first."""
    times = poses.time[rows]
    end = times[-1] if last else times[0]
    ago = np.abs(times - end)
    near = rows[ago <= _LOOK]
    size = float(np.median(poses.size[rows[ago <= _LOOK_SIZE]]))
    t, places = poses.time[near] - end, poses.centre[near]
    span = float(np.ptp(t))
    if len(near) < 3:
        return Heading(float(end), places.mean(axis=0), np.zeros(2), 1.0, size)
    velocity = _slope(t, places)
    place = np.median(places - t[:, None] * velocity, axis=0)
    sigma = min(1.0, _NOISE * (_LOOK / span) ** 1.5)
    return Heading(float(end), place, velocity, sigma, size)


def between(
    a: Heading, b: Heading, times: Float[np.ndarray, " time"]
) -> Float[np.ndarray, "time 2"]:
    """The smooth path from one sighting to the next (a cubic with these velocities)."""
    span = b.time - a.time
    u = ((times - a.time) / span)[:, None]
    bend = u * (1 - u) * span
    return (
        (1 - u) ** 2 * (1 + 2 * u) * a.place
        + u**2 * (3 - 2 * u) * b.place
        + bend * (1 - u) * a.velocity
        - bend * u * b.velocity
    )


def _slope(
    t: Float[np.ndarray, " row"], places: Float[np.ndarray, "row 2"]
) -> Float[np.ndarray, "2"]:
    """The median of the slopes between frames that lie far enough apart (after Theil and Sen)."""
    step = max(1, len(t) // 30)  # at high frame rates not all pairs are needed
    t, places = t[::step], places[::step]
    i, j = np.triu_indices(len(t), k=max(1, len(t) // 3))
    return np.median((places[j] - places[i]) / (t[j] - t[i])[:, None], axis=0)
