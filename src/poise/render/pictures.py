"""Pictures to look at motion with: contact sheets of 3D motion, film strips of 2D keypoints."""

from collections.abc import Mapping

import numpy as np
from PIL import Image

from poise.errors import PoiseError
from poise.files import PathLike
from poise.motion import Motion
from poise.render.canvas import INK, MUTED, PAPER, Canvas, save_png
from poise.render.scenes import bounds, draw_stage, stage_of
from poise.render.views import ViewName, view_of

_EDGE = 24  # pixels around a sheet
_LABEL = 34  # pixels for the words above a row


def contact_sheet(
    motions: Mapping[str, Motion],
    path: PathLike,
    *,
    columns: int = 10,
    view: ViewName = "three-quarter",
    follow: bool = True,
    cell: int = 180,
) -> None:
    """Write a PNG with one row for each motion, of frames evenly spaced in time, all at one scale.

    >>> contact_sheet({"walk": walk, "run": run}, "moves.png", view="side")
    """
    if not motions:
        raise PoiseError("contact_sheet: there are no motions to show")
    stages = {
        label: stage_of(motion, view_of(motion, view), follow) for label, motion in motions.items()
    }
    low, high = bounds(list(stages.values()))
    scale = cell / float(max(high[1] - low[1], (high[0] - low[0]) / 1.6))
    width, height = (int(np.ceil(span * scale)) for span in high - low)
    sheet = _sheet(columns, len(motions), width, height)
    for row, (label, stage) in enumerate(stages.items()):
        motion, top = stage.motion, _EDGE + row * (_LABEL + height)
        caption = f"{len(motion)} frames, {motion.times[-1] - motion.times[0]:.1f} s"
        sheet.paste(_caption(sheet.width - 2 * _EDGE, label, caption), (_EDGE, top))
        for column, frame in enumerate(_spaced(len(motion), columns)):
            canvas = Canvas(width, height)
            origin = (-low[0] * scale, high[1] * scale)
            draw_stage(canvas, stage, frame, scale, origin, reach=(high[0] - low[0]) * 0.62)
            sheet.paste(canvas.finish(), (_EDGE + column * width, top + _LABEL))
    save_png(sheet, path)


def _sheet(columns: int, rows: int, width: int, height: int) -> Image.Image:
    size = (2 * _EDGE + columns * width, 2 * _EDGE + rows * (_LABEL + height))
    return Image.new("RGB", size, PAPER)


def _caption(width: int, label: str, more: str) -> Image.Image:
    canvas = Canvas(width, _LABEL)
    canvas.text((0, 24), label, 14, INK)
    canvas.text((width, 24), more, 11, MUTED, anchor="rs")
    return canvas.finish()


def _spaced(frames: int, columns: int) -> list[int]:
    """Up to so many frames, the first and the last among them."""
    return np.unique(np.linspace(0, frames - 1, columns).round().astype(int)).tolist()
