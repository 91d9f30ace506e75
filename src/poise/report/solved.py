"""What the page says about the solved skeleton: how it looks, moves, bends, and how true it is."""

import numpy as np
from jaxtyping import Float

from poise.angles import gait
from poise.body.measures import contact_slides, deepest, length_spread
from poise.motion import Body, Motion
from poise.render.canvas import Color
from poise.report.angle_charts import angle_charts
from poise.report.facts import fact
from poise.report.findings import Person
from poise.report.markup import Content, tag
from poise.report.moving_figure import moving_figure
from poise.report.rest_figure import rest_figure
from poise.report.stretch import Stretch, stretch_of
from poise.report.wording import clock, count, millimetres

_STAYS = 0.01  # metres: who looks at a foot that slides less takes it to stand
_CONSTANT = 5e-4  # of a bone's length: rounding, and nothing that could be seen

Told = tuple[str, str, str]


def skeleton_views(person: Person, body: Body, accent: Color, number: int) -> list[Content]:
    """The skeleton at rest with its figures, and as it moves."""
    stretch = stretch_of(body)
    facts = [fact(*one) for one in _figures(person.motion, body)]
    at_rest = tag("figure", rest_figure(body))
    views: list[Content] = [
        tag("h3", "The solved skeleton"),
        tag("div", at_rest, tag("dl", facts, class_="facts"), class_="skeleton"),
    ]
    if stretch is not None:
        moves = moving_figure(body, stretch, accent, f"person-{number}")
        views.append(tag("figure", moves, tag("figcaption", _caption(stretch)), class_="plan"))
    return views


def angle_views(person: Person, body: Body) -> list[Content]:
    """How the joints bend over time, and when the feet stand; nothing if nothing is known."""
    stretch = stretch_of(body)
    if stretch is None:
        return []
    return [tag("h3", "Joint angles and contacts"), *angle_charts(person, body, stretch)]


def _caption(stretch: Stretch) -> str:
    start, stop = (clock(float(moment), 0.1) for moment in stretch.times[[0, -1]])
    when = f"From {start} to {stop}" if stretch.seconds else f"At {start}"
    return (
        f"{when}: the skeleton on the floor, with the root’s path; the marks are where heels and "
        "balls of the feet stand, strong while they do"
    )


def _figures(lifted: Motion, body: Body) -> list[Told]:
    return [*_footing(body), _bones(lifted, body), *_gait(body)]


def _footing(body: Body) -> list[Told]:
    """How still feet stand, and how far anything sinks into the floor."""
    told: list[Told] = []
    slides = np.array(contact_slides(body))
    slides = slides[np.isfinite(slides)]
    if len(slides):
        contacts = count(len(slides), "contact")
        more = f"mean of {contacts}, the worst {millimetres(float(slides.max()))}"
        told.append(("Foot slide", millimetres(float(slides.mean())), more))
        share = f"{100 * float((slides < _STAYS).mean()):.0f} %"
        told.append(("Feet that stay", share, "of the contacts slide less than 10\u00a0mm"))
    sunk = deepest(body)
    if np.isfinite(sunk):
        told.append(("Below the floor", millimetres(sunk), "the deepest joint"))
    return told


def _bones(lifted: Motion, body: Body) -> Told:
    """How much the lengths of bones still vary, and how much they did before."""
    after = _known(length_spread(body.motion))
    left = float(after.max()) if len(after) else np.nan
    now = "constant" if left < _CONSTANT else f"± {100 * left:.1f} %" if left > 0 else "–"
    spread = length_spread(lifted)
    if not np.isfinite(spread).any():
        return "Bone lengths", now, ""
    worst = int(np.nanargmax(spread))
    names = [lifted.skeleton.joints[joint] for joint in lifted.skeleton.bones[worst]]
    side = names[1].split("_")[0] + " " if names[1].startswith(("left_", "right_")) else ""
    bone = side + "–".join(_short(name) for name in names)
    mean = 100 * float(_known(spread).mean())
    more = f"±\u00a0{mean:.1f}\u00a0% before, {bone} ±\u00a0{100 * float(spread[worst]):.1f}\u00a0%"
    return "Bone lengths", now, more


def _gait(body: Body) -> list[Told]:
    """The best known numbers of somebody's walk; none if they do not walk."""
    walk = gait(body)
    if walk is None:
        return []
    steps = count(walk.steps, "step")
    return [
        ("Cadence", f"{walk.cadence.mean:.0f}", f"steps a minute, {steps}"),
        ("Step length", *_around(walk.step_length.mean, walk.step_length.spread, "m")),
        ("Walking speed", *_around(walk.speed.mean, walk.speed.spread, "m/s")),
    ]


def _around(mean: float, spread: float, unit: str) -> tuple[str, str]:
    more = f"± {spread:.2f} {unit} from step to step" if np.isfinite(spread) else ""
    return f"{mean:.2f} {unit}", more


def _known(values: Float[np.ndarray, " n"]) -> Float[np.ndarray, " m"]:
    return values[np.isfinite(values)]


def _short(joint: str) -> str:
    return joint.removeprefix("left_").removeprefix("right_").replace("_", " ")
