"""Short animations of motion, as GIF or WebP."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from poise.errors import PoiseError
from poise.files import PathLike, write_aside
from poise.motion import Motion
from poise.render.canvas import INK, Canvas, check_size, shortened
from poise.render.scenes import Scene, bounds, draw_scene, scene_of
from poise.render.views import ViewName, view_of

_COLORS = 128  # a scene has few; a small palette makes a small file
_LABEL = 30  # pixels for the words under a figure
_LABEL_EDGE = 8  # pixels kept free on both sides of them
_LETTERS = 13  # pixels
_GIF_TICK_MS = 10  # what a GIF can count in
_FASTEST_FPS = 50  # viewers slow down what asks for more


def animate(
    motion: Motion | Sequence[Motion],
    path: PathLike,
    *,
    labels: Sequence[str] = (),
    view: ViewName = "three-quarter",
    follow: bool = True,
    fps: float = 15,
    size: int = 360,
) -> None:
    """Write one motion, or several side by side, as a .gif or .webp that plays at its own speed.

    >>> animate([measured, lifted], "walk.gif", labels=["measured", "lifted"])
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in (".gif", ".webp"):
        raise PoiseError(
            f"{path}: an animation is a .gif or a .webp, not {kind or 'without end'!r}"
        )
    motions = [motion] if isinstance(motion, Motion) else list(motion)
    if not motions:
        raise PoiseError("animate: there are no motions to show")
    if labels and len(labels) != len(motions):
        raise PoiseError(f"animate: {len(labels)} labels for {len(motions)} motions")
    check_size("animate", fps=fps, size=size)
    fps = min(fps, _FASTEST_FPS, max(motion.fps for motion in motions))
    scenes = [scene_of(motion, view_of(motion, view), follow) for motion in motions]
    pictures = _draw(scenes, labels, fps, size)
    with write_aside(path) as scratch:
        if kind == ".gif":
            first, *rest = _with_one_palette(pictures)
            first.save(
                scratch,
                format="GIF",
                save_all=True,
                append_images=rest,
                duration=_durations_ms(len(pictures), fps, _GIF_TICK_MS),
                loop=0,
            )
        else:
            pictures[0].save(
                scratch,
                format="WEBP",
                save_all=True,
                append_images=pictures[1:],
                duration=_durations_ms(len(pictures), fps, 1),
                loop=0,
                quality=80,
                method=4,
            )


def _draw(scenes: list[Scene], labels: Sequence[str], fps: float, size: int) -> list[Image.Image]:
    low, high = bounds(scenes)
    scale = size / float((high - low).max())
    width = int(np.ceil((high[0] - low[0]) * scale))
    panel = max(width, round(size * 0.75))
    height = int(np.ceil((high[1] - low[1]) * scale)) + (_LABEL if labels else 8)
    seconds = max(len(scene.motion) / scene.motion.fps for scene in scenes)
    pictures = []
    for tick in range(max(round(seconds * fps), 1)):
        canvas = Canvas(panel * len(scenes), height)
        for place, scene in enumerate(scenes):
            middle = (place + 0.5) * panel
            origin = (middle - (low[0] + high[0]) / 2 * scale, high[1] * scale)
            frame = _frame_at(scene.motion, tick / fps)
            draw_scene(canvas, scene, frame, scale, origin, reach=0.6 * panel / scale)
            if labels:
                words = shortened(labels[place], _LETTERS, panel - 2 * _LABEL_EDGE)
                canvas.text((middle, height - 10), words, _LETTERS, INK, anchor="ms")
        pictures.append(canvas.finish())
    return pictures


def _frame_at(motion: Motion, seconds: float) -> int:
    """The frame shown at this time; a motion that has ended stands still."""
    return int(np.abs(motion.times - motion.times[0] - seconds).argmin())


def _durations_ms(count: int, fps: float, tick: int) -> list[int]:
    """How long each picture stays, in whole ticks that together keep the frame rate."""
    ends = np.round(np.arange(count + 1) * 1000 / fps / tick).astype(int) * tick
    return np.diff(ends).tolist()


def _with_one_palette(pictures: list[Image.Image]) -> list[Image.Image]:
    """The pictures in the few colours of a sample of them, so that nothing flickers."""
    sample = [pictures[i] for i in np.linspace(0, len(pictures) - 1, 6).astype(int)]
    width, height = sample[0].size
    sheet = Image.new("RGB", (width, height * len(sample)))
    for row, picture in enumerate(sample):
        sheet.paste(picture, (0, row * height))
    palette = sheet.quantize(_COLORS, method=Image.Quantize.MEDIANCUT)
    return [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
