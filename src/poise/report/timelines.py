"""Compact charts over time: the median of all joints in the band that holds most of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from poise.report.findings import Person
from poise.report.markup import Html, tag
from poise.report.presence import known, runs
from poise.report.time_axis import HEIGHT, WIDTH, TimeAxis, polyline
from poise.report.wording import nice_step

_COLUMNS = 500  # more than that nobody sees in a chart of this size


@dataclass(frozen=True, eq=False)
class Bands:
    """What is drawn of values of many joints, at few enough places."""

    times: Float[np.ndarray, " place"]
    low: Float[np.ndarray, " place"]  # the smallest 10 % quantile near here
    median: Float[np.ndarray, "place 2"]  # smallest and largest
    high: Float[np.ndarray, " place"]  # the largest 90 % quantile


def bands(times: Float[np.ndarray, " time"], values: Float[np.ndarray, "time joint"]) -> Bands:
    """10 %, 50 % and 90 % of the joints in every frame; of many frames the extremes per column."""
    low, median, high = quantiles(values, (0.1, 0.5, 0.9))
    return condensed(times, low, median, high)


def condensed(
    times: Float[np.ndarray, " time"],
    low: Float[np.ndarray, " time"],
    median: Float[np.ndarray, " time"],
    high: Float[np.ndarray, " time"],
    columns: int = _COLUMNS,
) -> Bands:
    """A line in its band, each frame as it is, or of many frames the extremes of each column."""
    if len(times) <= columns:
        return Bands(times, low, np.stack([median, median], axis=-1), high)
    column = ((times - times[0]) / (times[-1] - times[0]) * columns).astype(int)
    _, starts = np.unique(np.minimum(column, columns - 1), return_index=True)
    ends = np.append(starts[1:], len(times)) - 1
    return Bands(
        (times[starts] + times[ends]) / 2,
        np.fmin.reduceat(low, starts),
        np.stack([np.fmin.reduceat(median, starts), np.fmax.reduceat(median, starts)], axis=-1),
        np.fmax.reduceat(high, starts),
    )


def quantiles(
    values: Float[np.ndarray, "time joint"], shares: Sequence[float]
) -> Float[np.ndarray, "share time"]:
    """Quantiles over the joints that are known, NaN where none is; fast for many frames."""
    ordered = np.sort(values.astype(np.float64), axis=1)  # NaN comes last
    count = np.isfinite(ordered.T).sum(axis=0)
    frames, last = np.arange(len(ordered)), np.maximum(count - 1, 0)
    found = []
    for share in shares:
        place = share * last
        below = place.astype(int)
        a, b = ordered[frames, below], ordered[frames, np.minimum(below + 1, last)]
        found.append(np.where(count > 0, a + (b - a) * (place - below), np.nan))
    return np.stack(found)


def confidence_chart(person: Person) -> Html:
    """How sure the detector was, over time."""
    track = person.track
    score = np.where(known(track.xy), track.score, np.nan)
    what = "Confidence of the 2D joints, from 0 (guessed) to 1 (sure)"
    return _chart(person, what, track.times, score, 1.0, ("0", "1"))


def uncertainty_chart(person: Person) -> Html | None:
    """How uncertain the 3D is, over time; nothing where that is not known."""
    motion = person.motion
    if motion.sigma is None or not np.isfinite(motion.sigma).any():
        return None
    high = quantiles(motion.sigma, (0.9,))[0]
    most = float(np.quantile(high[np.isfinite(high)], 0.995)) * 1000
    top = nice_step(max(most, 1.0), 1, (1, 1.5, 2, 3, 4, 5, 6, 8, 10))
    what = "Uncertainty of the 3D joints, one standard deviation"
    return _chart(person, what, motion.times, motion.sigma * 1000, top, ("0", f"{top:g} mm"))


def _chart(
    person: Person,
    what: str,
    times: Float[np.ndarray, " time"],
    values: Float[np.ndarray, "time joint"],
    top: float,
    scale: tuple[str, str],
) -> Html:
    axis = TimeAxis.of(person.track)

    def height(value: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
        return np.round(HEIGHT * (1 - np.clip(value / top, 0, 1)), 1)

    drawn = [*axis.shaded(person.missing, "missing"), *axis.shaded(person.bridged, "bridged")]
    for share in (0.0, 0.5, 1.0):
        line = polyline([(0, HEIGHT * share), (WIDTH, HEIGHT * share)])
        drawn.append(tag("path", d=line, class_="grid"))
    drawn += curve(axis, bands(times, values), height)
    told = f"median {_median(values, top)}, {axis.told}"
    svg = tag(
        "svg",
        drawn,
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        preserveAspectRatio="none",
        role="img",
        aria_label=f"{what}: {told}",
    )
    marks = [tag("span", scale[1], class_="top"), tag("span", scale[0], class_="bottom")]
    return tag(
        "figure",
        tag("figcaption", what),
        tag("div", tag("div", marks, class_="scale"), svg, class_="plot"),
        axis.ticks(),
        class_="chart",
    )


def curve(
    axis: TimeAxis,
    seen: Bands,
    height: Callable[[Float[np.ndarray, "*n"]], Float[np.ndarray, "*n"]],
    kind: str = "",
) -> list[Html]:
    """A band and the line in it, broken where nothing is known."""
    drawn = []
    x = axis.x(seen.times)
    for run in runs(known(seen.median)):
        at, low, high = x[run], height(seen.low[run]), height(seen.high[run])
        middle = height(seen.median[run])
        if len(at) == 1:  # alone, it would have no width
            at = at + np.array([-0.8, 0.8])
            low, high, middle = low.repeat(2), high.repeat(2), middle.repeat(2, axis=0)
        if np.any(seen.high[run] - seen.low[run] > np.ptp(seen.median[run], axis=-1)):
            around = [*zip(at, high, strict=True), *zip(at[::-1], low[::-1], strict=True)]
            drawn.append(tag("path", d=polyline(around) + "Z", class_=f"band {kind}".rstrip()))
        zigzag = [
            (here, y) for here, pair in zip(at, middle, strict=True) for y in dict.fromkeys(pair)
        ]
        drawn.append(tag("path", d=polyline(zigzag), class_=f"median {kind}".rstrip()))
    return drawn


def _median(values: Float[np.ndarray, "time joint"], top: float) -> str:
    there = values[np.isfinite(values)]
    if not len(there):
        return "not known"
    return f"{np.median(there):.2f}" if top == 1 else f"{np.median(there):.0f} mm"
