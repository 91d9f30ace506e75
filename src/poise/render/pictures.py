"""Pictures to look at motion with: contact sheets of 3D motion, film strips of 2D keypoints."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from PIL import Image

from poise.errors import PoiseError, did_you_mean
from poise.files import PathLike
from poise.motion import Keypoints, Motion
from poise.render.canvas import (
    GHOST,
    INK,
    MUTED,
    PAPER,
    Canvas,
    check_size,
    mix,
    save_png,
    shortened,
    text_width,
)
from poise.render.figures import color_of, draw_figure
from poise.render.scenes import Scene, bounds, draw_scene, scene_of
from poise.render.views import ViewName, upright, view_of

_IMAGE = (255, 255, 255)  # a blank image
_EDGE = 24  # pixels around a sheet
_GAP = 8  # pixels between the pictures of a film strip
_LABEL = 34  # pixels for the words above a row


def contact_sheet(
    motions: Mapping[str, Motion],
    path: PathLike,
    *,
    columns: int = 10,
    view: ViewName = "three-quarter",
    follow: bool = True,
    cell: int = 180,
    beneath: Mapping[str, Motion] | None = None,
) -> None:
    """Write a PNG with one row for each motion, of frames evenly spaced in time, all at one scale.

    `beneath` has other motions on the same joints for some of the rows, drawn in grey under them:
    the truth under what a lifter says.

    >>> contact_sheet({"walk": walk, "run": run}, "moves.png", view="side")
    """
    if not motions:
        raise PoiseError("contact_sheet: there are no motions to show")
    check_size("contact_sheet", columns=columns, cell=cell)
    scenes = {
        label: scene_of(motion, view_of(motion, view), follow) for label, motion in motions.items()
    }
    ghosts = {label: _beneath(scenes, label, motion) for label, motion in (beneath or {}).items()}
    low, high = bounds(list(scenes.values()))
    scale = cell / float(max(high[1] - low[1], (high[0] - low[0]) / 1.6))
    width, height = (int(np.ceil(span * scale)) for span in high - low)
    sheet = _sheet(columns, len(motions), width, height)
    for row, (label, scene) in enumerate(scenes.items()):
        motion, top = scene.motion, _EDGE + row * (_LABEL + height)
        caption = f"{len(motion)} frames, {motion.times[-1] - motion.times[0]:.1f} s"
        sheet.paste(_caption(sheet.width - 2 * _EDGE, label, caption), (_EDGE, top))
        for column, frame in enumerate(_spaced(len(motion), columns)):
            canvas = Canvas(width, height)
            origin = (-low[0] * scale, high[1] * scale)
            reach, under = (high[0] - low[0]) * 0.62, ghosts.get(label)
            ghost = None if under is None else under[frame]
            draw_scene(canvas, scene, frame, scale, origin, reach, ghost)
            sheet.paste(canvas.finish(), (_EDGE + column * width, top + _LABEL))
    save_png(sheet, path)


def film_strip(
    tracks: Mapping[str, Keypoints],
    path: PathLike,
    *,
    columns: int = 8,
    beneath: Keypoints | None = None,
    zoom: bool = True,
    cell: int = 220,
) -> None:
    """Write a PNG with one row for each 2D track, of frames evenly spaced; a faint joint is unsure.

    `beneath` is drawn in grey under every row: the exact projection under what a detector saw.
    `zoom` shows the person, otherwise the whole image.

    >>> film_strip({"detected": noisy}, "noise.png", beneath=exact)
    """
    if not tracks:
        raise PoiseError("film_strip: there are no tracks to show")
    check_size("film_strip", columns=columns, cell=cell)
    ghost = [beneath] if beneath else []
    frames = min(len(track) for track in (*tracks.values(), *ghost))
    windows = [_windows([track, *ghost], frames, zoom) for track in tracks.values()]
    width = max(int(np.ceil(cell * span[0] / span[1])) for _, span in windows)
    sheet = _sheet(columns, len(tracks), width + _GAP, cell + _GAP)
    for row, (label, track) in enumerate(tracks.items()):
        centers, span = windows[row]
        scale = cell / float(span[1])
        top = _EDGE + row * (_LABEL + cell + _GAP)
        size = f"{track.image_size[0]} x {track.image_size[1]} px, {track.skeleton.name}"
        sheet.paste(_caption(sheet.width - 2 * _EDGE, label, size), (_EDGE, top))
        for column, frame in enumerate(_spaced(frames, columns)):
            canvas = Canvas(width, cell, _IMAGE)
            corner = centers[frame] - np.array([width, cell]) / scale / 2
            _draw_outside(canvas, track.image_size, corner, scale)
            if beneath is not None:
                _draw_keypoints(canvas, beneath, frame, corner, scale, ghost=True)
            _draw_keypoints(canvas, track, frame, corner, scale)
            sheet.paste(canvas.finish(), (_EDGE + column * (width + _GAP), top + _LABEL))
    save_png(sheet, path)


def _beneath(
    scenes: Mapping[str, Scene], label: str, motion: Motion
) -> Float[np.ndarray, "time joint 3"]:
    """The joints of what lies under a row, if the two go together."""
    if label not in scenes:
        raise PoiseError(f"contact_sheet: beneath has {label!r}{did_you_mean(label, list(scenes))}")
    above = scenes[label].motion
    if motion.xyz.shape != above.xyz.shape or motion.frame != above.frame:
        raise PoiseError(f"contact_sheet: {motion!r} does not go beneath {above!r}")
    return upright(motion)


def _windows(
    tracks: list[Keypoints], frames: int, zoom: bool
) -> tuple[Float[np.ndarray, "time 2"], Float[np.ndarray, "2"]]:
    """The middle of what is shown in each frame, and its size, in pixels of the image."""
    image = np.array(tracks[0].image_size, float)
    middles = np.full((frames, 2), image / 2)
    if not zoom:
        return middles, image
    xy = np.concatenate([track.xy[:frames] for track in tracks], axis=1)
    known = np.isfinite(xy).any(axis=(1, 2))
    if not known.any():
        return middles, image
    low, high = np.nanmin(xy[known], axis=1), np.nanmax(xy[known], axis=1)
    middles[known] = (low + high) / 2
    span = (high - low).max(axis=0) * 1.12 + 0.05 * image.min()
    # Neither slimmer nor wider than suits a row of pictures.
    return middles, np.maximum(span, [0.6 * span[1], span[0] / 1.5])


def _draw_keypoints(
    canvas: Canvas,
    track: Keypoints,
    frame: int,
    corner: Float[np.ndarray, "2"],
    scale: float,
    ghost: bool = False,
) -> None:
    xy = (track.xy[frame].astype(float) - corner) * scale
    score = track.score[frame].astype(float)
    size = canvas.height / 2  # as if the person were two metres tall and filled the height
    if ghost:
        draw_figure(canvas, xy, track.skeleton, size, tint=GHOST, limb=0.05, head=0)
        return
    draw_figure(canvas, xy, track.skeleton, size, opacity=score, limb=0.025, head=0)
    for joint in np.flatnonzero(np.isfinite(xy).all(axis=-1)):
        color = mix(
            canvas.background, color_of(track.skeleton, int(joint)), 0.1 + 0.9 * score[joint]
        )
        canvas.disc(xy[joint], 0.026 * size, color)


def _draw_outside(
    canvas: Canvas, image: tuple[int, int], corner: Float[np.ndarray, "2"], scale: float
) -> None:
    """What lies outside the image is no image: the paper shows."""
    left, top = (max(0.0, float(edge)) for edge in -corner * scale)
    right, bottom = (float(edge) for edge in (np.array(image) - corner) * scale)
    width, height = canvas.width, canvas.height
    for x0, y0, x1, y1 in (
        (0, 0, left, height),
        (right, 0, width, height),
        (0, 0, width, top),
        (0, bottom, width, height),
    ):
        if x1 > x0 and y1 > y0:
            canvas.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], PAPER)


def _sheet(columns: int, rows: int, width: int, height: int) -> Image.Image:
    size = (2 * _EDGE + columns * width, 2 * _EDGE + rows * (_LABEL + height))
    return Image.new("RGB", size, PAPER)


def _caption(width: int, label: str, more: str) -> Image.Image:
    canvas = Canvas(width, _LABEL)
    room = width - text_width(more, 11) - 16
    canvas.text((0, 24), shortened(label, 14, room), 14, INK)
    canvas.text((width, 24), more, 11, MUTED, anchor="rs")
    return canvas.finish()


def _spaced(frames: int, columns: int) -> list[int]:
    """Up to so many frames, the first and the last among them."""
    return np.unique(np.linspace(0, frames - 1, columns).round().astype(int)).tolist()
