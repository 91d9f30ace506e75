"""HTML and SVG from Python, where every word that is not markup is escaped."""

from collections.abc import Iterable
from html import escape


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


Content = str | Iterable["Content"] | None
"""Words, which get escaped; markup, which does not; nothing; or any number of these in a row."""

_VOID = frozenset(["img", "meta", "br"])


def tag(element: str, /, *content: Content, **attributes: str | float | None) -> Html:
    """One element; `class_` is written class, `stroke_width` stroke-width, None not at all.

    >>> tag("p", "1 < 2", class_="note")
    '<p class="note">1 &lt; 2</p>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_word(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if element in _VOID:
        return Html(f"<{element}{written}>")
    return Html(f"<{element}{written}>{joined(*content)}</{element}>")


def joined(*content: Content) -> Html:
    """One thing after the other."""
    return Html("".join(_pieces(content)))


def _pieces(content: Content) -> Iterable[str]:
    if content is None:
        return
    if isinstance(content, Html):
        yield content
    elif isinstance(content, str):
        yield escape(content)
    else:
        for part in content:
            yield from _pieces(part)


def _word(value: str | float) -> str:
    """A number without digits that nobody can see."""
    if isinstance(value, str):
        return value
    words = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if words == "-0" else words
