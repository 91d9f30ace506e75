"""One HTML file about a lifted video: it needs nothing beside it, no network and no script."""

from functools import cache
from pathlib import Path

import numpy as np

from poise.files import PathLike, write_aside
from poise.report.badges import ACCENTS
from poise.report.findings import Findings
from poise.report.ground import ground_plan
from poise.report.images import frames_strip
from poise.report.markup import Content, Html, tag
from poise.report.people import fact, section, typical_sigma
from poise.report.presence import seen
from poise.report.wording import clock, count, millimetres, nice_time_step, rate, seconds

_TICKS = 8


def write_report(path: PathLike, findings: Findings) -> None:
    """Write the page, whole or not at all; the same findings give the same bytes.

    >>> write_report("walk.html", findings)
    """
    data = _page(findings).encode()
    with write_aside(path) as scratch:
        scratch.write_bytes(data)


def _page(findings: Findings) -> str:
    people = findings.people
    title = f"{findings.source}: {_headline(findings)}"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", _style()),
    )
    strip = frames_strip(findings)
    body = tag(
        "body",
        tag(
            "main",
            _top(findings),
            _warnings(findings),
            None if people else _nobody(findings),
            tag("div", strip, class_="strip") if strip else None,
            _world(findings),
            [section(findings, person, number) for number, person in enumerate(people, 1)],
            _known(findings),
            _timings(findings),
        ),
        _foot(findings),
    )
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


@cache
def _style() -> Html:
    return Html(Path(__file__).with_name("page.css").read_text())


def _headline(findings: Findings) -> str:
    people = len(findings.people)
    if not people:
        return f"nobody found in {seconds(findings.seconds)} of video"
    return f"{count(people, 'person', 'people')} in 3D"


def _top(findings: Findings) -> Html:
    people = findings.people
    width, height = findings.image_size
    facts = [
        fact("People", str(len(people))),
        fact("Video", seconds(findings.seconds), f"{count(findings.frames, 'frame')}"),
        fact("Picture", f"{width} × {height}", "pixels"),
        fact(
            "Frame rate",
            rate(findings.fps),
            "a second, variable" if findings.variable_rate else "a second",
        ),
    ]
    sigma = typical_sigma([person.motion for person in people])
    if np.isfinite(sigma):
        facts.append(fact("Typical uncertainty", f"± {millimetres(sigma)}", "of a joint"))
    spent = sum(stage.seconds for stage in findings.stages)
    if spent > 0 and findings.frames:
        facts.append(
            fact(
                "Time taken",
                seconds(spent),
                f"{rate(round(findings.frames / spent, 1))} frames a second",
            )
        )
    return tag(
        "header",
        tag("p", "poise", class_="mark"),
        tag("h1", findings.source),
        tag("p", _essence(findings, sigma), class_="lede"),
        tag("dl", facts, class_="facts"),
    )


def _essence(findings: Findings, sigma: float) -> str:
    people = findings.people
    length = seconds(findings.seconds)
    if not people:
        return f"Nobody was found in {length} of video."
    placed = [person.motion for person in people if person.motion.placed]
    where = ""
    if len(placed) == len(people):
        where = " in one world" if all(m.frame == "world" for m in placed) else " before the camera"
    known = f", a typical joint known to {millimetres(sigma)}" if np.isfinite(sigma) else ""
    who = count(len(people), "person", "people")
    return f"{who} in {length} of video, as 3D motion{where}{known}."


def _warnings(findings: Findings) -> Html | None:
    if not findings.warnings:
        return None
    return tag(
        "aside",
        tag("h2", "Worth knowing"),
        tag("ul", [tag("li", words) for words in findings.warnings]),
        class_="warnings",
    )


def _nobody(findings: Findings) -> Html:
    return tag(
        "section",
        tag("h2", "Nobody was found"),
        tag(
            "p",
            "The detector looked at the pictures below and saw no person it was sure of. "
            "What usually helps:",
        ),
        tag(
            "ul",
            tag(
                "li",
                "People who fill at least a tenth of the picture’s height, seen from head to foot.",
            ),
            tag("li", "More light, less motion blur, clothes that stand out from the background."),
            tag(
                "li",
                "A video that is the right way up: people who stand on their heads are missed.",
            ),
            tag("li", "Another detector, or a lower threshold of what counts as a person."),
        ),
        class_="nobody",
    )


def _world(findings: Findings) -> Html | None:
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


def _known(findings: Findings) -> Html:
    width, height = findings.image_size
    known = [
        f"The picture’s size: {width} × {height} pixels",
        f"The time of every frame: {rate(findings.fps)} a second"
        f"{' on average, at a variable rate' if findings.variable_rate else ''}",
    ]
    assumed = list(findings.assumed)
    if findings.camera is not None and findings.people:
        angle = 2 * np.degrees(np.arctan(findings.camera.width / 2 / findings.camera.fx))
        view = f"The camera’s field of view: {angle:.0f}° across"
        if findings.camera_known_from:
            known.append(f"{view} (from {findings.camera_known_from})")
        else:
            assumed.append(f"{view}; the file does not say")
    people = [(number, person.motion.assumed) for number, person in enumerate(findings.people, 1)]
    for words in dict.fromkeys(words for _, told in people for words in told):
        who = [number for number, told in people if words in told]
        one = len(people) > 1 and len(who) < len(people)
        assumed.append(f"{words} (person {', '.join(map(str, who))})" if one else words)
    columns = [
        tag("div", tag("h3", name), tag("ul", [tag("li", words) for words in lines]))
        for name, lines in (("Known", known), ("Assumed", assumed or ["Nothing"]))
    ]
    return tag("section", tag("h2", "Known and assumed"), tag("div", columns, class_="columns two"))


def _timings(findings: Findings) -> Html | None:
    stages = findings.stages
    total = sum(stage.seconds for stage in stages)
    if not total:
        return None
    bar, rows = [], []
    for place, stage in enumerate(stages):
        share = 100 * stage.seconds / total
        tone = f"--tone:{100 * place / max(len(stages) - 1, 1):.0f}%"
        bar.append(tag("i", style=f"width:{share:.2f}%;{tone}"))
        speed = f"{stage.frames / stage.seconds:,.0f}" if stage.frames and stage.seconds else "–"
        rows.append(
            tag(
                "tr",
                tag("th", tag("i", style=tone), stage.name, scope="row"),
                tag("td", seconds(stage.seconds)),
                tag("td", speed),
                tag("td", f"{share:.0f} %"),
            )
        )
    names = ("Stage", "Time", "Frames a second", "Share")
    header = tag("thead", tag("tr", [tag("th", name, scope="col") for name in names]))
    return tag(
        "section",
        tag("h2", "Where the time went"),
        tag("div", bar, class_="bar", role="img", aria_label="Share of each stage; see the table"),
        tag("table", header, tag("tbody", rows), class_="timings"),
    )


def _foot(findings: Findings) -> Html:
    versions = " · ".join(f"{name} {number}" for name, number in findings.versions.items())
    left = "The person’s left is blue, the right is orange, in every picture."
    return tag("footer", tag("p", left), tag("p", versions) if versions else None)
