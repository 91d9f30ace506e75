"""Joint angles over time, left and right in one chart, and when which foot stood."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from poise.angles import AngleTable, joint_angles
from poise.motion import Body
from poise.report.findings import Person
from poise.report.markup import Content, Html, tag
from poise.report.solid_bones import side_of
from poise.report.stretch import Stretch
from poise.report.time_axis import HEIGHT, WIDTH, TimeAxis, polyline
from poise.report.timelines import condensed, curve

_COLUMNS = 320  # of a curve: there are many of them
_STEPS = (5.0, 10.0, 15.0, 30.0, 45.0, 60.0, 90.0)  # degrees between lines
_NARROWEST = 20.0  # degrees that a chart spans
_FINEST = 1500  # contacts that are nearer than such a part of the time are drawn as one


@dataclass(frozen=True)
class _Panel:
    """One chart: some angles of the table, by name and colour."""

    title: str
    curves: tuple[tuple[str, str], ...]


def _both(title: str, name: str) -> _Panel:
    return _Panel(title, ((f"{name}_r", "right"), (f"{name}_l", "left")))


_PANELS = (
    _both("Hip flexion", "hip_flexion"),
    _both("Knee flexion", "knee_flexion"),
    _both("Ankle dorsiflexion", "ankle_dorsiflexion"),
    _both("Shoulder elevation", "shoulder_elevation"),
    _both("Elbow flexion", "elbow_flexion"),
    _Panel("Trunk", (("trunk_bending", "bend"), ("trunk_flexion", "middle"))),
)


def angle_charts(person: Person, body: Body, stretch: Stretch | None) -> list[Html]:
    """The main angles of the body, each chart above the next, and below them its contacts."""
    axis, table = TimeAxis.of(person.track), joint_angles(body)
    drawn = [_angles(person, axis, table, panel, stretch) for panel in _PANELS]
    ticks = tag("div", axis.ticks(), class_="chart")
    below = _contacts(person, axis, body, stretch) if body.contacts else ticks
    return [*(chart for chart in drawn if chart is not None), below, _key(table)]


def _angles(
    person: Person, axis: TimeAxis, table: AngleTable, panel: _Panel, stretch: Stretch | None
) -> Html | None:
    columns = [table.index(name) for name, _ in panel.curves]
    values = table.degrees[:, columns].astype(np.float64)
    if not np.isfinite(values).any():
        return None
    sigma = np.zeros_like(values)
    if table.sigma is not None:
        sigma = np.nan_to_num(table.sigma[:, columns].astype(np.float64))
    low, high = _range(values, sigma)

    def height(degrees: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
        return np.round(HEIGHT * (1 - np.clip((degrees - low) / (high - low), 0, 1)), 1)

    step = next((step for step in _STEPS if 3 * step >= high - low), _STEPS[-1])
    marks = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step + 0.0
    places = height(marks).tolist()
    drawn = _background(person, axis)
    for mark, y in zip(marks, places, strict=True):
        kind = "grid zero" if mark == 0 else "grid"
        drawn.append(tag("path", d=polyline([(0, y), (WIDTH, y)]), class_=kind))
    for place, (_, kind) in enumerate(panel.curves):
        middle, spread = values[:, place], sigma[:, place]
        seen = condensed(table.times, middle - spread, middle, middle + spread, _COLUMNS)
        drawn += curve(axis, seen, height, kind)
    return _chart(
        axis,
        panel.title,
        f"{panel.title} in degrees, {_told(panel, values)}, {axis.told}",
        [*drawn, *_now(axis, stretch)],
        [(f"{mark:g}°", y) for mark, y in zip(marks, places, strict=True)],
    )


def _range(
    values: Float[np.ndarray, "time curve"], sigma: Float[np.ndarray, "time curve"]
) -> tuple[float, float]:
    """Between which nearly everything lies, not narrower than noise is wide."""
    there = np.isfinite(values)
    low = float(np.quantile((values - sigma)[there], 0.002))
    high = float(np.quantile((values + sigma)[there], 0.998))
    spare = max(0.04 * (high - low), (_NARROWEST - (high - low)) / 2)
    return low - spare, high + spare


def _told(panel: _Panel, values: Float[np.ndarray, "time curve"]) -> str:
    said = []
    for place, (name, _) in enumerate(panel.curves):
        low, high = np.nanmin(values[:, place]), np.nanmax(values[:, place])
        side = {"_l": "left ", "_r": "right "}.get(name[-2:], name.replace("_", " ") + " ")
        said.append(f"{side}{low:.0f} to {high:.0f}")
    return ", ".join(said)


def _contacts(person: Person, axis: TimeAxis, body: Body, stretch: Stretch | None) -> Html:
    """A row for each joint that ever stands: a bar while it does."""
    skeleton = body.motion.skeleton
    rows = sorted({skeleton.index(contact.joint) for contact in body.contacts})
    rows = sorted(rows, key=lambda joint: joint in skeleton.right)
    frame = 1 / body.motion.fps
    drawn, labels = _background(person, axis), []
    tall = HEIGHT / len(rows)
    for place, joint in enumerate(rows):
        name = skeleton.joints[joint]
        standing = [(c.start, c.stop + frame) for c in body.contacts if c.joint == name]
        spans = np.array(_merged(standing, axis.span / _FINEST))
        top, bottom = (place + 0.18) * tall, (place + 0.82) * tall
        bars = "".join(
            f"M{x0:.1f} {top:.1f}H{x1:.1f}V{bottom:.1f}H{x0:.1f}z"
            for x0, x1 in np.clip(axis.x(spans), 0, WIDTH)
        )
        drawn.append(tag("path", d=bars, class_=f"stands {side_of(skeleton, joint)}"))
        side, _, part = name.rpartition("_")
        labels.append((f"{side[:1].upper()} {part}".strip(), (place + 0.5) * tall))
    said = f"When feet stand on the floor, {len(body.contacts)} contacts, {axis.told}"
    return _chart(
        axis, "On the floor", said, [*drawn, *_now(axis, stretch)], labels, axis.ticks(), "contacts"
    )


def _merged(spans: Sequence[tuple[float, float]], apart: float) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for start, stop in sorted(spans):
        if merged and start - merged[-1][1] < apart:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def _background(person: Person, axis: TimeAxis) -> list[Html]:
    """Gaps, and the ticks' moments, so that charts can be read above each other."""
    upright = "".join(f"M{x:.1f} 0V{HEIGHT:g}" for x in axis.x(axis.moments()[0]))
    gaps = [*axis.shaded(person.missing, "missing"), *axis.shaded(person.bridged, "bridged")]
    return [*gaps, tag("path", d=upright, class_="grid")]


def _now(axis: TimeAxis, stretch: Stretch | None) -> list[Html]:
    """A line that goes along while the figure above moves."""
    if stretch is None or stretch.seconds == 0:
        return []
    first, last = (f"M{x:.1f} 0V{HEIGHT:g}" for x in axis.x(stretch.times[[0, -1]]))
    return [tag("path", stretch.moving("d", [first, last]), d=first, class_="now live")]


def _chart(
    axis: TimeAxis,
    title: str,
    said: str,
    drawn: Sequence[Html],
    labels: Sequence[tuple[str, float]],
    below: Content = None,
    kind: str = "angles",
) -> Html:
    svg = tag(
        "svg",
        drawn,
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        preserveAspectRatio="none",
        role="img",
        aria_label=said,
    )
    scale = [tag("span", words, style=f"top:{y / HEIGHT * 100:.1f}%") for words, y in labels]
    return tag(
        "figure",
        tag("figcaption", title),
        tag("div", tag("div", scale, class_="scale"), svg, class_="plot"),
        below,
        class_=f"chart {kind}",
    )


def _key(table: AngleTable) -> Html:
    entries = [
        ("line left", "left"),
        ("line right", "right"),
        ("line middle", "trunk, forward"),
        ("line bend", "trunk, to the left"),
    ]
    if table.sigma is not None and np.isfinite(table.sigma).any():
        entries.append(("band", "one standard deviation each way"))
    return tag(
        "ul", [tag("li", tag("i", class_=kind), words) for kind, words in entries], class_="key"
    )
