"""One HTML file about a lifted video: it needs nothing beside it, no network and no script."""

from functools import cache
from pathlib import Path

import numpy as np

from poise.files import PathLike, write_aside
from poise.report.account import known_section, timings_section
from poise.report.facts import fact
from poise.report.findings import Findings
from poise.report.images import frames_strip
from poise.report.markup import Html, tag
from poise.report.people import section, typical_sigma
from poise.report.wording import count, millimetres, rate, seconds
from poise.report.world import world_section


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
            world_section(findings),
            [section(findings, person, number) for number, person in enumerate(people, 1)],
            known_section(findings),
            timings_section(findings),
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


def _foot(findings: Findings) -> Html:
    versions = " · ".join(f"{name} {number}" for name, number in findings.versions.items())
    left = "The person’s left is blue, the right is orange, in every picture."
    return tag("footer", tag("p", left), tag("p", versions) if versions else None)
