"""A sheet to draw on: everything is drawn large and made small, so that every edge is smooth."""

from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from poise.errors import PoiseError
from poise.files import PathLike, write_aside

Color = tuple[int, int, int]
Point = Sequence[float] | Float[np.ndarray, "2"]

PAPER: Color = (250, 250, 247)
INK: Color = (47, 54, 66)  # the middle of the body, and words
LEFT: Color = (38, 111, 190)
RIGHT: Color = (226, 102, 48)
MUTED: Color = (140, 146, 156)  # lesser words, leader lines
GROUND: Color = (216, 218, 216)
GHOST: Color = (200, 204, 211)  # what lies beneath: the truth, the exact projection

_DETAIL = 4  # pixels drawn for each one kept, along each side


class Canvas:
    """A picture being drawn, in the coordinates of the finished one: x right, y down, pixels."""

    def __init__(self, width: int, height: int, background: Color = PAPER) -> None:
        self.width, self.height, self.background = width, height, background
        self._image = Image.new("RGB", (width * _DETAIL, height * _DETAIL), background)
        self._pen = ImageDraw.Draw(self._image)

    def line(
        self, points: Iterable[Point], color: Color, width: float = 1.0, round_ends: bool = True
    ) -> None:
        """A stroke through all points."""
        path = [(x * _DETAIL, y * _DETAIL) for x, y in points]
        thick = max(1, round(width * _DETAIL))
        self._pen.line(path, fill=color, width=thick, joint="curve")
        if round_ends and thick > 2:
            for x, y in (path[0], path[-1]):
                self._pen.circle((x, y), thick / 2, fill=color)

    def disc(
        self, center: Point, radius: float, fill: Color, edge: Color | None = None, width: float = 0
    ) -> None:
        """A filled circle, with an edge inside its radius if one is asked for."""
        x, y = center
        self._pen.circle(
            (x * _DETAIL, y * _DETAIL),
            radius * _DETAIL,
            fill=fill,
            outline=edge,
            width=round(width * _DETAIL),
        )

    def polygon(self, corners: Iterable[Point], fill: Color) -> None:
        """A filled shape."""
        self._pen.polygon([(x * _DETAIL, y * _DETAIL) for x, y in corners], fill=fill)

    def arrow(self, start: Point, end: Point, color: Color, width: float = 2.0) -> None:
        """A straight arrow with a filled head."""
        a, b = np.asarray(start, float), np.asarray(end, float)
        along = (b - a) / max(float(np.linalg.norm(b - a)), 1e-9)
        across = np.array([-along[1], along[0]])
        neck = b - 4.5 * width * along
        self.line([a, neck], color, width)
        self.polygon([b, neck + 2.1 * width * across, neck - 2.1 * width * across], color)

    def text(
        self, at: Point, words: str, size: float = 12, color: Color = INK, anchor: str = "ls"
    ) -> None:
        """Words; the anchor is Pillow's: left/middle/right, then ascender/middle/baseline."""
        x, y = at
        self._pen.text((x * _DETAIL, y * _DETAIL), words, color, _font(size), anchor=anchor)

    def shade(self, strokes: Iterable[Iterable[Point]], width: float, strength: float) -> None:
        """A soft shadow: these strokes, blurred, darken what is there."""
        mask = Image.new("L", (self.width, self.height), 0)
        pen = ImageDraw.Draw(mask)
        for stroke in strokes:
            path = [(float(x), float(y)) for x, y in stroke]
            pen.line(path, fill=round(255 * strength), width=max(1, round(width)))
            for end in (path[0], path[-1]):
                pen.circle(end, width / 2, fill=round(255 * strength))
        # Blurred at the small size, which is much faster and looks the same.
        mask = mask.filter(ImageFilter.GaussianBlur(float(width) * 0.6))
        self._image.paste(INK, mask=mask.resize(self._image.size, Image.Resampling.BILINEAR))

    def finish(self) -> Image.Image:
        """The finished picture."""
        return self._image.reduce(_DETAIL)


def mix(a: Color, b: Color, share: float) -> Color:
    """Between two colours: `a` at 0, `b` at 1."""
    share = min(max(float(share), 0.0), 1.0)
    red, green, blue = (round(p + (q - p) * share) for p, q in zip(a, b, strict=True))
    return red, green, blue


def text_width(words: str, size: float = 12) -> float:
    """How wide the words will be, in pixels."""
    return _font(size).getlength(words) / _DETAIL


def shortened(words: str, size: float, room: float) -> str:
    """The words, or as many of their letters as there are pixels for, and three dots."""
    if text_width(words, size) <= room:
        return words
    while words and text_width(f"{words}...", size) > room:
        words = words[:-1]
    return f"{words.rstrip()}..."


def check_size(what: str, **numbers: float) -> None:
    """A picture has at least one of everything: columns, pixels, pictures per second."""
    for name, number in numbers.items():
        if not 0 < number < np.inf:
            raise PoiseError(f"{what}: {name} must be greater than 0, not {number}")


def save_png(image: Image.Image, path: PathLike) -> None:
    """Write a picture as PNG, whole or not at all."""
    with write_aside(path) as scratch:
        image.save(scratch, format="PNG", optimize=True)


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    # The font that Pillow brings, so that a picture is the same on every machine.
    return ImageFont.load_default(size * _DETAIL)
