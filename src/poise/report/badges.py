"""The number of each person, beside the head."""

from functools import cache

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw, ImageFont

from poise.render.canvas import Color
from poise.render.figures import head_center
from poise.skeletons import Skeleton

ACCENTS: tuple[Color, ...] = (
    (13, 132, 120),
    (140, 78, 190),
    (200, 48, 100),
    (110, 122, 14),
    (158, 104, 0),
    (82, 88, 204),
)
"""One for each person, over and over; white words are readable on all of them."""

_HEIGHT = 0.042  # of a badge, as a share of the person's size
_SMALLEST, _LARGEST = 15, 44  # pixels
_ABOVE = 0.055  # how far above the head it is, as a share of the person's size
_DETAIL = 4


def stamp(
    picture: UInt8[np.ndarray, "height width 3"],
    person: int,
    skeleton: Skeleton,
    xy: Float[np.ndarray, "joint 2"],
    size: float,
) -> None:
    """Put the person's number above the head, or above the highest joint; it stays in the picture.

    People are counted from 0 and called from 1.
    """
    top = _top(skeleton, xy)
    if top is None:
        return
    tall = int(np.clip(round(_HEIGHT * size), _SMALLEST, _LARGEST))
    badge = _badge(str(person + 1), ACCENTS[person % len(ACCENTS)], tall)
    room = np.array(picture.shape[1::-1]) - badge.shape[1::-1]
    if (room < 0).any():
        return
    middle = top - [0, _ABOVE * size + tall / 2]
    corner = np.clip(middle - np.array(badge.shape[1::-1]) / 2, 0, room)
    x, y = (int(place) for place in np.round(corner))
    part = picture[y : y + badge.shape[0], x : x + badge.shape[1]]
    opacity = badge[..., 3:].astype(np.uint16)
    part[:] = (part * (255 - opacity) + badge[..., :3] * opacity + 127) // 255


def _top(skeleton: Skeleton, xy: Float[np.ndarray, "joint 2"]) -> Float[np.ndarray, "2"] | None:
    """Above which the number stands: the top of the head."""
    known = np.isfinite(xy).all(axis=-1)
    if not known.any():
        return None
    head = [joint for joint in head_center(skeleton) if known[joint]]
    joints = xy[head] if head else xy[[int(np.nanargmin(np.where(known, xy[:, 1], np.nan)))]]
    return np.array([joints[:, 0].mean(), joints[:, 1].min()])


@cache
def _badge(words: str, color: Color, tall: int) -> UInt8[np.ndarray, "height width 4"]:
    """A pill with words in it, on nothing; drawn large and made small."""
    font = ImageFont.load_default(tall * _DETAIL * 0.72)
    wide = max(tall, round(font.getlength(words) / _DETAIL + 0.62 * tall))
    edge = 1  # pixels around the pill, for its rim
    size = ((wide + 2 * edge) * _DETAIL, (tall + 2 * edge) * _DETAIL)
    image = Image.new("RGBA", size, (*color, 0))
    pen = ImageDraw.Draw(image)
    box = (0, 0, size[0] - 1, size[1] - 1)
    inner = (
        edge * _DETAIL,
        edge * _DETAIL,
        size[0] - 1 - edge * _DETAIL,
        size[1] - 1 - edge * _DETAIL,
    )
    pen.rounded_rectangle(box, size[1] / 2, fill=(255, 255, 255, 230))
    pen.rounded_rectangle(inner, (size[1] - 2 * edge * _DETAIL) / 2, fill=(*color, 255))
    pen.text((size[0] / 2, size[1] / 2), words, (255, 255, 255), font, anchor="mm")
    return np.asarray(image.reduce(_DETAIL))
