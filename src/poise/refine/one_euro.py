"""Smoothing while frames come in: the one-euro filter (Casiez, Roussel and Vogel, CHI 2012)."""

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError


class OneEuro:
    """A low-pass filter whose cutoff grows with speed; one frame at a time, any frame rate.

    >>> calm = OneEuro()
    >>> for time, xyz in frames:
    ...     print(calm(xyz, time))

    cutoff_hz: of a point at rest; lower is calmer.
    per_speed: how many Hz the cutoff rises for each unit of speed (metres per second, or whatever
        the points are measured in); higher lags less behind fast motion.
    speed_hz: the cutoff for the speed itself.
    forget: seconds after which a point that was not seen starts anew.

    A point that is NaN is answered with NaN and keeps its state.
    """

    def __init__(
        self,
        cutoff_hz: float = 1.0,
        per_speed: float = 4.0,
        speed_hz: float = 1.0,
        forget: float = 0.5,
    ) -> None:
        if not (cutoff_hz > 0 and speed_hz > 0 and per_speed >= 0 and forget > 0):
            raise PoiseError("OneEuro: cutoffs and times are positive, per_speed is not negative")
        self.cutoff_hz, self.per_speed, self.speed_hz = cutoff_hz, per_speed, speed_hz
        self.forget = forget
        self.reset()

    def reset(self) -> None:
        """Forget all that was seen."""
        self._places: Float[np.ndarray, "*n d"] | None = None

    def __call__(self, points: Float[np.ndarray, "*n d"], time: float) -> Float[np.ndarray, "*n d"]:
        """The points of the frame at `time` (seconds, growing), calmer."""
        now = np.asarray(points, np.float64)
        seen = np.asarray(np.isfinite(now).all(axis=-1))
        if self._places is None:
            self._places, self._speeds = now.copy(), np.zeros_like(now)
            self._last = np.where(seen, time, -np.inf)
            return now.astype(points.dtype)
        if now.shape != self._places.shape:
            raise PoiseError(f"OneEuro: points of shape {now.shape} after {self._places.shape}")
        if time <= np.max(self._last):
            raise PoiseError(f"OneEuro: time runs forward; {time:g} s does not come after the last")
        passed = np.asarray(time - self._last)
        recent = passed <= self.forget
        fresh, goes_on = (seen & ~recent)[..., None], (seen & recent)[..., None]
        step = np.where(recent, passed, 1.0)[..., None]

        speed = (now - self._places) / step
        speeds = self._speeds + _share(self.speed_hz, step) * (speed - self._speeds)
        cutoff = self.cutoff_hz + self.per_speed * np.linalg.norm(speeds, axis=-1, keepdims=True)
        calm = self._places + _share(cutoff, step) * (now - self._places)

        self._speeds = np.where(goes_on, speeds, np.where(fresh, 0.0, self._speeds))
        self._places = np.where(goes_on, calm, np.where(fresh, now, self._places))
        self._last = np.where(seen, time, self._last)
        return np.where(seen[..., None], self._places, np.nan).astype(points.dtype)


def _share(
    cutoff_hz: float | Float[np.ndarray, "*n 1"], step: Float[np.ndarray, "*n 1"]
) -> Float[np.ndarray, "*n 1"]:
    """How much of a new value is taken, for a first-order low-pass over this step."""
    turn = 2 * np.pi * cutoff_hz * step
    return turn / (turn + 1)
