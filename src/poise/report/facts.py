"""A number with its name."""

from poise.report.markup import Html, tag


def fact(name: str, value: str, more: str = "") -> Html:
    """A name, a number, and a word about it."""
    return tag(
        "div", tag("dt", name), tag("dd", tag("b", value), tag("small", more) if more else None)
    )
