"""Tiny videos for tests: the corners tell which way is up, the middle which picture it is."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

CORNERS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}
TICKS = 90_000


def card(number: int = 0, width: int = 64, height: int = 48) -> np.ndarray:
    """Red, green / blue, white, and in the middle a grey that counts to 20."""
    rgb = np.zeros((height, width, 3), np.uint8)
    x, y = width // 2, height // 2
    rgb[:y, :x], rgb[:y, x:], rgb[y:, :x], rgb[y:, x:] = CORNERS.values()
    rgb[height // 4 : -(height // 4), width // 4 : -(width // 4)] = number % 20 * 12
    return rgb


def corners(rgb: np.ndarray) -> tuple[str, ...]:
    """The colours top left, top right, bottom left, bottom right."""
    height, width, _ = rgb.shape
    y, x = max(1, height // 8), max(1, width // 8)
    seen = [rgb[i, j].astype(int) for i in (y, -1 - y) for j in (x, -1 - x)]
    return tuple(
        min(CORNERS, key=lambda name: np.abs(pixel - CORNERS[name]).sum()) for pixel in seen
    )


def middle(rgb: np.ndarray) -> int:
    """The number that `card` painted."""
    return round(float(rgb[rgb.shape[0] // 2, rgb.shape[1] // 2].mean()) / 12)


def film(
    path: Path,
    count: int = 20,
    *,
    codec: str = "libx264",
    form: str = "yuv420p",
    size: tuple[int, int] = (64, 48),
    times: Sequence[float] | None = None,
    key_every: int = 8,
    b_frames: int = 2,
    turn: float | None = None,
    mirrored: bool = False,
    aspect: Fraction | None = None,
    metadata: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
    options: dict[str, str] | None = None,
    pictures: Iterable[np.ndarray] | None = None,
    **more: Any,
) -> Path:
    """Write a video of cards; `turn` in degrees counter-clockwise."""
    with av.open(str(path), "w", options=container or {}) as file:
        file.metadata.update(metadata or {})
        stream: Any = file.add_stream(codec, rate=25, options=options or {})
        stream.width, stream.height = size
        stream.pix_fmt = form
        stream.gop_size = key_every
        if codec in ("libx264", "mpeg4", "mpeg2video"):
            stream.max_b_frames = b_frames
        if times is not None:
            stream.codec_context.time_base = Fraction(1, TICKS)
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        for name, value in more.items():
            setattr(stream.codec_context, name, value)
        if turn is not None:
            stream.set_display_rotation(turn, hflip=mirrored)
        cards = pictures or (card(n, *size) for n in range(count))
        for number, rgb in enumerate(cards):
            frame = av.VideoFrame.from_ndarray(rgb)
            if times is not None:
                frame.pts, frame.time_base = round(times[number] * TICKS), Fraction(1, TICKS)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def sound(path: Path, cover: bool = False) -> Path:
    """A second of silence, with a picture on its sleeve or without."""
    with av.open(str(path), "w") as file:
        voice = file.add_stream("aac", rate=8000)
        if cover:
            sleeve = file.add_stream("mjpeg", rate=1)
            sleeve.width, sleeve.height, sleeve.pix_fmt = 64, 48, "yuvj420p"
            sleeve.disposition = av.stream.Disposition.attached_pic
            file.mux(sleeve.encode(av.VideoFrame.from_ndarray(card()).reformat(format="yuvj420p")))
            file.mux(sleeve.encode(None))
        silence = np.zeros((1, 1024), np.int16)
        for start in range(0, 8000, 1024):
            frame = av.AudioFrame.from_ndarray(silence, format="s16", layout="mono")
            frame.sample_rate, frame.pts = 8000, start
            file.mux(voice.encode(frame))
        file.mux(voice.encode(None))
    return path
