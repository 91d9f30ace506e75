"""A chart of the two frames of reference: the camera's, and the world's."""

import numpy as np
from jaxtyping import Float

from poise.cameras import Camera, look_at
from poise.files import PathLike
from poise.render.canvas import GROUND, INK, MUTED, Canvas, Color, mix, save_png
from poise.render.figures import draw_figure, shadow_strokes
from poise.render.reference_figure import reference_figure
from poise.render.views import look_from
from poise.skeletons import H36M17

_WIDTH, _HEIGHT, _SCALE = 1000, 600, 200.0
_ORIGIN = np.array([600.0, 455.0])  # pixels: where the world's origin is drawn
_VIEW = look_from(np.array([0.0, 1.0, 0.0]), -56, 19)

_PERSON = np.array([0.25, -0.95, 0.0])  # metres
_SHOWN_DEPTH = 1.3  # metres from the camera to where its image is drawn
_CAMERA = Camera(
    width=540,
    height=720,
    fx=1000.0,
    fy=1000.0,
    cx=270.0,
    cy=360.0,
    T_camera_world=look_at((-0.15, 2.35, 1.5), _PERSON + np.array([0, 0, 0.92])),
)

_AXES: tuple[Color, Color, Color] = ((206, 62, 62), (52, 148, 84), (44, 102, 190))  # x, y, z


def frames_chart(path: PathLike) -> None:
    """Write a PNG of a camera that looks at a person, with the axes of both frames."""
    canvas = Canvas(_WIDTH, _HEIGHT)
    person = reference_figure(H36M17) + _PERSON
    _draw_ground(canvas)
    canvas.shade(shadow_strokes(_place(person * [1, 1, 0]), H36M17), 0.07 * _SCALE, 0.16)
    _draw_axes(canvas, np.zeros(3), np.eye(3), 0.62, ("x", "y", "z up"))
    draw_figure(canvas, _place(person), H36M17, _SCALE, nearness=_VIEW(person)[:, 2])
    _draw_camera(canvas, person)
    canvas.text((40, 52), "camera frame", 22)
    canvas.text((40, 76), "x right, y down, z forward", 14, MUTED)
    canvas.text((_WIDTH - 40, _HEIGHT - 56), "world frame", 22, anchor="rs")
    canvas.text((_WIDTH - 40, _HEIGHT - 32), "z up, the ground at z = 0", 14, MUTED, anchor="rs")
    save_png(canvas.finish(), path)


def _place(xyz: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 2"]:
    return _ORIGIN + _VIEW(xyz)[..., :2] * [_SCALE, -_SCALE]


def _draw_ground(canvas: Canvas) -> None:
    steps = np.arange(-1.5, 2.51, 0.5)
    for step in steps:
        across = np.array([[-1.0, step, 0], [1.0, step, 0]])
        canvas.line(_place(across), GROUND, 1.0)
        if abs(step) <= 1:
            along = np.array([[step, steps[0], 0], [step, steps[-1], 0]])
            canvas.line(_place(along), GROUND, 1.0)


def _draw_axes(
    canvas: Canvas,
    origin: Float[np.ndarray, "3"],
    axes: Float[np.ndarray, "3 3"],
    length: float,
    names: tuple[str, str, str],
) -> None:
    """Arrows from the origin; the axes are rows."""
    start = _place(origin)
    # What points away from the viewer is drawn first.
    for axis in np.argsort(_VIEW(axes)[:, 2]):
        end = _place(origin + length * axes[axis])
        canvas.arrow(start, end, _AXES[axis], 3.2)
        beyond = end + 16 * (end - start) / np.linalg.norm(end - start)
        anchor = "lm" if beyond[0] > end[0] + 6 else "rm" if beyond[0] < end[0] - 6 else "mm"
        canvas.text(beyond, names[axis], 15, _AXES[axis], anchor=anchor)
    canvas.disc(start, 4.5, INK)


def _draw_camera(canvas: Canvas, person: Float[np.ndarray, "joint 3"]) -> None:
    """The camera, its image with the person in it, and its axes."""
    corners = np.array(
        [[0, 0], [_CAMERA.width, 0], [_CAMERA.width, _CAMERA.height], [0, _CAMERA.height]]
    )
    image = _place(_on_image(corners.astype(float)))
    center = _place(_CAMERA.position)
    pale = mix(canvas.background, MUTED, 0.5)
    canvas.polygon(image, mix(canvas.background, (255, 255, 255), 0.9))
    for corner, following in zip(image, np.roll(image, -1, axis=0), strict=True):
        canvas.line([center, corner], pale, 1.0)
        canvas.line([corner, following], MUTED, 1.6)
    pixels = _CAMERA.project(_CAMERA.to_camera(person))
    draw_figure(canvas, _place(_on_image(pixels)), H36M17, _SCALE * _SHOWN_DEPTH / 3.3, limb=0.06)
    assert _CAMERA.T_camera_world is not None
    _draw_axes(
        canvas,
        _CAMERA.position,
        _CAMERA.T_camera_world[:3, :3],
        0.42,
        ("x right", "y down", "z forward"),
    )


def _on_image(pixels: Float[np.ndarray, "*n 2"]) -> Float[np.ndarray, "*n 3"]:
    """Where in the world a pixel of the drawn image is."""
    rays = _CAMERA.rays(pixels)
    ones = np.ones((*rays.shape[:-1], 1))
    return _CAMERA.to_world(_SHOWN_DEPTH * np.concatenate([rays, ones], axis=-1))
