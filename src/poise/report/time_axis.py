"""The seconds that all charts of a person share, so that they can be read above each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from poise.motion import Keypoints
from poise.report.findings import Span
from poise.report.markup import Html, tag
from poise.report.wording import clock, nice_time_step

WIDTH, HEIGHT = 1000.0, 100.0  # of a chart's own coordinates, which stretch to the page
_TICKS = 8


@dataclass(frozen=True)
class TimeAxis:
    """From when on, and for how long, in seconds of the video."""

    start: float
    span: float

    @classmethod
    def of(cls, track: Keypoints) -> "TimeAxis":
        """The time of a whole track, at least one frame."""
        start, stop = float(track.times[0]), float(track.times[-1])
        return cls(start, max(stop - start, 1 / track.fps))

    @property
    def told(self) -> str:
        """In words, for those who do not see the chart."""
        return f"from {self.start:.1f} s to {self.start + self.span:.1f} s"

    def x(self, times: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
        """Where moments are in a chart, also such as lie outside of it."""
        return (times - self.start) / self.span * WIDTH

    def moments(self) -> tuple[Float[np.ndarray, " tick"], float]:
        """Round moments, not too many, and the time between them."""
        step = nice_time_step(self.span, _TICKS)
        first = np.ceil(self.start / step - 1e-6)
        last = np.floor((self.start + self.span) / step + 1e-6)
        return np.arange(first, last + 1) * step + 0.0, step

    def ticks(self) -> Html:
        """The times below a chart."""
        at, step = self.moments()
        marks = [
            tag("span", clock(moment, step), style=f"left:{x / WIDTH * 100:.2f}%")
            for moment, x in zip(at, self.x(at), strict=True)
        ]
        return tag("div", marks, class_="ticks")

    def shaded(self, spans: Sequence[Span], kind: str) -> list[Html]:
        """Stretches of time as areas of a chart."""
        drawn = []
        for left, right in spans:
            x0, x1 = np.clip(self.x(np.array([left, right])), 0, WIDTH)
            if x1 > x0:
                drawn.append(
                    tag("rect", x=x0, y=0, width=x1 - x0, height=HEIGHT, class_=kind),
                )
        return drawn


def polyline(points: Sequence[tuple[float, float]]) -> str:
    """The `d` of a path through these points."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
