"""Everybody together: where they went, and who is there when."""

import numpy as np

from poise.report.badges import ACCENTS
from poise.report.findings import Findings
from poise.report.ground import ground_plan
from poise.report.markup import Content, Html, tag
from poise.report.presence import seen
from poise.report.wording import clock, nice_time_step

_TICKS = 8


def world_section(findings: Findings) -> Html | None:
    """Everybody from above, and who is there when."""
    people = list(enumerate(findings.people, 1))
    placed = [(number, person) for number, person in people if person.motion.placed]
    placed = [(n, p) for n, p in placed if p.motion.frame == placed[0][1].motion.frame]
    camera = next((p.motion.camera for _, p in placed if p.motion.camera is not None), None)
    plan = None
    if placed and (camera is not None or len(placed) > 1):
        numbers = [number for number, _ in placed]
        colors = [ACCENTS[(number - 1) % len(ACCENTS)] for number in numbers]
        drawing = ground_plan([p.motion for _, p in placed], numbers, colors, camera)
        words = "From above: every path begins at a ring and ends at a number"
        if camera is not None:
            words += "; the camera looks up the page, and sees the shaded part"
        plan = tag("figure", drawing, tag("figcaption", words), class_="plan")
    present = _presence(findings) if len(people) > 1 else None
    if plan is None and present is None:
        return None
    title = "One world" if len(people) > 1 else "The ground"
    return tag("section", tag("h2", title), plan, present)


def _presence(findings: Findings) -> Html:
    """A row for each person: seen, filled in, or not there."""
    span = max(findings.seconds, 1e-6)

    def piece(start: float, stop: float, kind: str) -> Html:
        left, right = (min(max(at / span, 0.0), 1.0) * 100 for at in (start, stop))
        return tag("i", class_=kind, style=f"left:{left:.2f}%;width:{right - left:.2f}%")

    rows: list[Content] = []
    for number, person in enumerate(findings.people, 1):
        accent = ACCENTS[(number - 1) % len(ACCENTS)]
        pieces = [piece(a, b, "seen") for a, b in seen(person.track)]
        pieces += [piece(a, b, "bridged") for a, b in person.bridged]
        name = tag("a", f"Person {number}", href=f"#person-{number}")
        rows.append(name)
        rows.append(tag("div", pieces, class_="row", style=f"--accent: rgb{accent}"))
    step = nice_time_step(span, _TICKS)
    ticks = [
        tag("span", clock(at, step), style=f"left:{at / span * 100:.2f}%")
        for at in np.arange(0, span * 1.0001, step)
    ]
    rows += [tag("span"), tag("div", ticks, class_="ticks")]
    caption = "Who is in the picture when; paler where a gap was filled in"
    return tag("figure", tag("figcaption", caption), tag("div", rows, class_="presence"))
