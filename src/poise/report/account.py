"""What the result rests on: what was known, what was assumed, where the time went."""

import numpy as np

from poise.report.findings import Findings
from poise.report.markup import Html, tag
from poise.report.wording import rate, seconds


def known_section(findings: Findings) -> Html:
    """What the file and the user said, and what had to be taken as given."""
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


def timings_section(findings: Findings) -> Html | None:
    """How long each stage took, and its share."""
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
