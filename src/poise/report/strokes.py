"""Smooth strokes drawn straight into a picture: only the pixels near a stroke are looked at."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, UInt8

_SHADOW = 0.62  # how dark the rim around a stroke is where they touch
_RING = 0.42  # of a hollow stroke's radius


@dataclass(frozen=True, eq=False, kw_only=True)
class Strokes:
    """Lines with round ends, in pixels; a stroke of no length is a disc. Later ones lie on top."""

    start: Float[np.ndarray, "stroke 2"]
    end: Float[np.ndarray, "stroke 2"]
    radius: Float[np.ndarray, " stroke"]
    color: Float[np.ndarray, "stroke 3"]  # 0 to 255
    opacity: Float[np.ndarray, "stroke 2"]  # at the start and at the end
    hollow: Bool[np.ndarray, " stroke"]  # only the rim is drawn

    def __len__(self) -> int:
        return len(self.start)


def paint(rgb: UInt8[np.ndarray, "height width 3"], strokes: Strokes, rim: float) -> None:
    """Draw strokes into a picture, with a soft dark rim of so many pixels around them all."""
    near = _near(strokes, rim + 1, rgb.shape[0], rgb.shape[1])
    if not len(near.pixel):
        return
    flat = rgb.reshape(-1, 3)
    which = near.stroke
    radius = strokes.radius.astype(np.float32)[which]
    first, last = strokes.opacity.astype(np.float32)[which].T
    opacity = first + (last - first) * near.along
    _darken(flat, near.pixel, _rim_of(near.distance - radius, rim) * opacity)
    ring = np.maximum(_RING * radius, 1.2) / 2
    inside = np.where(
        strokes.hollow[which], ring - np.abs(near.distance - radius + ring), radius - near.distance
    )
    cover = np.clip(inside + 0.5, 0, 1) * opacity
    drawn = cover > 0.004
    pixel, which, cover = near.pixel[drawn], which[drawn], cover[drawn][:, None]
    color = strokes.color.astype(np.float32)
    edges = np.searchsorted(which, np.arange(len(strokes) + 1))
    for stroke, (a, b) in enumerate(pairwise(edges)):
        if a < b:
            under = flat[pixel[a:b]].astype(np.float32)
            flat[pixel[a:b]] = under + (color[stroke] - under) * cover[a:b] + 0.5


@dataclass(frozen=True, eq=False)
class _Near:
    """Every pixel near a stroke, stroke after stroke; a pixel near two is there twice."""

    pixel: Int[np.ndarray, " n"]  # row * width + column
    stroke: Int[np.ndarray, " n"]
    distance: Float32[np.ndarray, " n"]  # from the pixel's middle to the stroke's middle line
    along: Float32[np.ndarray, " n"]  # 0 at the stroke's start, 1 at its end


def _near(strokes: Strokes, margin: float, height: int, width: int) -> _Near:
    """All strokes at once: along the longer direction row by row, across it a narrow band."""
    steep = np.abs(strokes.end - strokes.start) @ [-1, 1] >= 0
    turn = np.where(steep[:, None], [1, 0], [0, 1])  # (main, cross) from (x, y)
    start = np.take_along_axis(strokes.start, turn, axis=1).astype(np.float32)
    way = np.take_along_axis(strokes.end, turn, axis=1).astype(np.float32) - start
    reach = strokes.radius.astype(np.float32) + np.float32(margin)
    slope = np.divide(way[:, 1], way[:, 0], out=np.zeros_like(reach), where=way[:, 0] != 0)

    low = np.minimum(start[:, 0], start[:, 0] + way[:, 0])
    high = np.maximum(start[:, 0], start[:, 0] + way[:, 0])
    limit = np.where(steep, height, width)
    first = np.clip(np.floor(low - reach), 0, limit).astype(np.int32)
    counts = np.clip(np.ceil(high + reach), 0, limit).astype(np.int32) - first
    row = np.repeat(np.arange(len(strokes), dtype=np.int32), counts)
    main = np.arange(len(row), dtype=np.int32) - np.repeat(
        np.cumsum(counts) - counts - first, counts
    )

    half_px = np.float32(0.5)  # to the middle of a pixel
    middle = main.astype(np.float32) + half_px
    line = start[row, 1] + slope[row] * (np.clip(middle, low[row], high[row]) - start[row, 0])
    half = int(np.ceil((reach * np.sqrt(1 + slope**2)).max())) if len(strokes) else 0
    # What is far outside of the picture must not overflow.
    base = np.clip(np.floor(line), -half - 1, max(height, width) + half).astype(np.int32)
    cross = base[:, None] + np.arange(-half, half + 1, dtype=np.int32)
    along_main = (middle - start[row, 0])[:, None]
    along_cross = cross.astype(np.float32) + (half_px - start[row, 1])[:, None]
    square = np.maximum((way**2).sum(axis=1), np.float32(1e-9))
    u, v = (way / square[:, None])[row].T[..., None]
    along = np.clip(along_main * u + along_cross * v, 0, 1)
    u, v = way[row].T[..., None]
    distance = np.sqrt((along_main - along * u) ** 2 + (along_cross - along * v) ** 2)

    across = np.where(steep, width, height)[row, None]
    keep = (distance < reach[row, None]) & (cross >= 0) & (cross < across)
    lines, columns = np.nonzero(keep)
    row, main, cross = row[lines], main[lines], cross[lines, columns]
    pixel = np.where(steep[row], main * width + cross, cross * width + main)
    return _Near(pixel, row, distance[lines, columns], along[lines, columns])


def _rim_of(outside: Float32[np.ndarray, " n"], rim: float) -> Float32[np.ndarray, " n"]:
    """How dark it is so many pixels outside of a stroke."""
    fade = np.clip(1 - outside / np.float32(max(rim, 1e-6)), 0, 1)
    return np.float32(_SHADOW) * fade * fade


def _darken(
    flat: UInt8[np.ndarray, "pixel 3"],
    pixel: Int[np.ndarray, " n"],
    strength: Float32[np.ndarray, " n"],
) -> None:
    """Darken each pixel once, by the strongest of what is said about it."""
    level = (strength * 255).astype(np.uint8)
    order = np.argsort(level, kind="stable")
    shade = np.zeros(len(flat), np.uint8)
    shade[pixel[order]] = level[order]  # where a pixel comes twice the last one stays
    left = 255 - shade[pixel].astype(np.uint16)[:, None]
    flat[pixel] = (flat[pixel] * left + 127) // 255
