"""What the page says about one person."""

from collections.abc import Sequence

import numpy as np

from poise.motion import Motion
from poise.report.badges import ACCENTS
from poise.report.facts import fact
from poise.report.findings import Findings, Person, Span
from poise.report.ground import path_plan
from poise.report.images import figures, moments_of
from poise.report.markup import Content, Html, tag
from poise.report.presence import known
from poise.report.solved import angle_views, skeleton_views
from poise.report.timelines import confidence_chart, uncertainty_chart
from poise.report.wording import count, millimetres, seconds


def section(findings: Findings, person: Person, number: int) -> Html:
    """One person: a few facts, the 3D, the solved skeleton if there is one, and all over time."""
    motion = person.motion
    moments = moments_of(motion)
    accent = ACCENTS[(number - 1) % len(ACCENTS)]
    badge = tag("span", str(number), class_="badge", style=f"--accent: rgb{accent}")
    views: list[Content] = []
    if moments:
        views.append(tag("h3", "In 3D"))
        views.append(tag("div", figures(motion, number, moments), class_="figures"))
    if moments and motion.placed:
        plan = path_plan(motion, accent, moments)
        caption = (
            "From above: the path, from the ring to the dot, and the body at some of these moments"
        )
        views.append(tag("figure", plan, tag("figcaption", caption), class_="plan"))
    body = person.body
    return tag(
        "section",
        tag("h2", badge, f"Person {number}"),
        _facts(findings, person),
        views,
        skeleton_views(person, body, accent, number) if body is not None else None,
        tag("h3", "Over time"),
        confidence_chart(person),
        uncertainty_chart(person),
        _key(person),
        angle_views(person, body) if body is not None else None,
        _joints(motion),
        id=f"person-{number}",
    )


def typical_sigma(motions: Sequence[Motion]) -> float:
    """The median uncertainty of everybody's joints, in metres; NaN where none is known."""
    there = [m.sigma[np.isfinite(m.sigma)] for m in motions if m.sigma is not None]
    together = np.concatenate(there) if there else np.zeros(0)
    return float(np.median(together)) if len(together) else np.nan


def mean_score(person: Person) -> float:
    """The mean confidence of the joints that were seen; NaN where none was."""
    seen = known(person.track.xy)
    return float(person.track.score[seen].mean()) if seen.any() else np.nan


def _facts(findings: Findings, person: Person) -> Html:
    motion = person.motion
    sigma = motion.sigma
    mean = np.nan if sigma is None or not np.isfinite(sigma).any() else float(np.nanmean(sigma))
    score = mean_score(person)
    facts: list[tuple[str, str, str]] = [
        ("Visible", seconds(person.seconds_visible), f"of {seconds(findings.seconds)}"),
        ("Confidence", f"{score:.2f}" if np.isfinite(score) else "–", "mean, 0 to 1"),
        ("Uncertainty", millimetres(mean), "mean standard deviation"),
    ]
    if person.height is not None:
        facts.append(("Body height", f"{person.height:.2f} m", ""))
    if person.jitter_before is not None and person.jitter_after is not None:
        after, before = (
            f"{value:.1f} m/s²" for value in (person.jitter_after, person.jitter_before)
        )
        facts.append(("Jitter", after, f"{before} before smoothing"))
    facts.append(("Gaps bridged", *_told(person.bridged)))
    facts.append(("Gaps left open", *_told(person.missing)))
    swaps = person.swaps_repaired
    facts.append(("Left–right swaps", str(swaps), "stretches repaired" if swaps else "none found"))
    return tag("dl", [fact(*one) for one in facts], class_="facts four")


def _told(spans: Sequence[Span]) -> tuple[str, str]:
    if not spans:
        return "0", ""
    return str(len(spans)), f"{seconds(sum(stop - start for start, stop in spans))} together"


def _key(person: Person) -> Html:
    entries = [("line", "median of the joints"), ("band", "from the lowest tenth to the highest")]
    if person.bridged:
        entries.append(("bridged", "not seen, filled in"))
    if person.missing:
        entries.append(("missing", "not seen, left open"))
    return tag(
        "ul", [tag("li", tag("i", class_=kind), words) for kind, words in entries], class_="key"
    )


def _joints(motion: Motion) -> list[Html] | None:
    """Mean uncertainty of every joint, as bars: left, right and middle beside each other."""
    if motion.sigma is None or not np.isfinite(motion.sigma).any():
        return None
    there = np.isfinite(motion.sigma)
    total, count_of = np.where(there, motion.sigma, 0).sum(axis=0), there.sum(axis=0)
    mean = np.where(count_of > 0, total / np.maximum(count_of, 1), np.nan)
    most = float(np.nanmax(mean)) or 1.0
    skeleton = motion.skeleton
    sided = {*skeleton.left, *skeleton.right}
    middle = [joint for joint in range(len(skeleton)) if joint not in sided]
    columns = [("Left", "left", skeleton.left), ("Right", "right", skeleton.right)]
    lists = []
    for title, kind, joints in (*columns, ("Middle", "middle", tuple(middle))):
        if not joints:
            continue
        rows = [
            tag(
                "tr",
                tag("th", _short(skeleton.joints[joint]), scope="row"),
                tag("td", tag("i", class_=kind, style=f"width:{_share(mean[joint], most):.1f}%")),
                tag("td", millimetres(float(mean[joint])), class_="number"),
            )
            for joint in joints
        ]
        caption = tag("caption", title if sided else "All joints")
        lists.append(tag("table", caption, tag("tbody", rows), class_="joints"))
    about = f"Mean uncertainty of each joint, {count(len(skeleton), 'joint')} of {skeleton.name}"
    return [tag("h3", about), tag("div", lists, class_="columns")]


def _share(value: float, most: float) -> float:
    return 100 * value / most if np.isfinite(value) else 0.0


def _short(joint: str) -> str:
    return joint.removeprefix("left_").removeprefix("right_").replace("_", " ")
