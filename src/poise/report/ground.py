"""The ground from above: who went where, and where the camera stood."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from poise.cameras import Camera
from poise.motion import Motion
from poise.render.canvas import Color
from poise.render.views import upright
from poise.report.markup import Html, tag
from poise.report.timelines import runs
from poise.report.wording import nice_step

_WIDTH = 640.0  # of the drawing, in its own units
_LOWEST, _TALLEST = 0.34, 0.8  # of its width
_EDGE = 26.0
_AROUND = 0.45  # metres kept free around every path
_POINTS = 400  # of a path


class Plan:
    """A piece of the ground, drawn with the camera's view going up the page."""

    def __init__(self, points: Float[np.ndarray, "n 2"], turn: Float[np.ndarray, "2 2"]) -> None:
        self._turn = turn
        turned = points @ turn.T
        known = turned[np.isfinite(turned).all(axis=1)]
        known = known if len(known) else np.zeros((1, 2))
        low, high = known.min(axis=0) - _AROUND, known.max(axis=0) + _AROUND
        span = np.maximum(high - low, 1.6)
        room = _WIDTH - 2 * _EDGE
        self.scale = min(room / span[0], (_TALLEST * _WIDTH - 2 * _EDGE) / span[1])
        self.height = max(span[1] * self.scale + 2 * _EDGE, _LOWEST * _WIDTH)
        self._middle = (low + high) / 2

    def at(self, points: Float[np.ndarray, "*n 2"]) -> Float[np.ndarray, "*n 2"]:
        """Where places on the ground are on the page."""
        away = (points @ self._turn.T - self._middle) * self.scale
        return away * [1, -1] + [_WIDTH / 2, self.height / 2]

    def svg(self, drawn: Sequence[Html | None], alt: str) -> Html:
        """The drawing, on a grid and with a scale."""
        return tag(
            "svg",
            self._grid(),
            drawn,
            self._scale_bar(),
            viewBox=f"0 0 {_WIDTH:g} {self.height:.0f}",
            class_="ground",
            role="img",
            aria_label=alt,
        )

    def _grid(self) -> Html:
        step = max(nice_step(_WIDTH / self.scale, 24), 0.5) * self.scale
        right = np.arange(_WIDTH / 2 % step, _WIDTH, step)
        down = np.arange(self.height / 2 % step, self.height, step)
        lines = [f"M{x:.1f} 0V{self.height:.0f}" for x in right]
        lines += [f"M0 {y:.1f}H{_WIDTH:g}" for y in down]
        return tag("path", d="".join(lines), class_="grid")

    def _scale_bar(self) -> Html:
        metres = nice_step(_WIDTH / self.scale, 6)
        length, x, y = metres * self.scale, 16.0, self.height - 16
        bar = tag("path", d=f"M{x} {y - 5:.1f}v5h{length:.1f}v-5", class_="bar")
        words = f"{metres:g} m"
        return tag("g", bar, tag("text", words, x=x + length + 8, y=y + 1, class_="small"))


def ground_plan(
    motions: Sequence[Motion],
    numbers: Sequence[int],
    colors: Sequence[Color],
    camera: Camera | None,
    moments: Sequence[int] = (),
) -> Html:
    """Everybody's path, numbered where it ends; with a camera, what that sees.

    `moments` are frames at which the people themselves are drawn.
    """
    motions = [motion for motion in motions if motion.frame == motions[0].frame]
    joints = [upright(motion) for motion in motions]
    paths = [_path_of(motion, xyz) for motion, xyz in zip(motions, joints, strict=True)]
    eye, ahead = _eye(motions[0], camera)
    bodies = [xyz[list(moments), :, :2].reshape(-1, 2) for xyz in joints]
    shown = [*paths, *bodies, *([] if eye is None else [eye[None]])]
    up = np.array([0.0, 1.0]) if ahead is None else ahead
    plan = Plan(np.concatenate(shown), np.array([[up[1], -up[0]], up]))
    drawn: list[Html | None] = []
    if eye is not None and camera is not None:
        drawn += _camera(plan, motions[0], camera, eye)
    for color, path in zip(colors, paths, strict=False):
        drawn.append(_walked(plan, path, color))
    for motion, xyz in zip(motions, joints, strict=True):
        drawn += [_body(plan, motion, xyz[frame]) for frame in moments]
    for number, color, path in zip(numbers, colors, paths, strict=False):
        drawn += _ends(plan, path, number, color)
    return plan.svg(drawn, _alt(paths, numbers, eye is not None))


def _alt(paths: list[Float[np.ndarray, "point 2"]], numbers: Sequence[int], camera: bool) -> str:
    told = []
    for number, path in zip(numbers, paths, strict=False):
        steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
        told.append(f"person {number} moves along {np.nansum(steps):.1f} m")
    return f"The ground from above{' with the camera' if camera else ''}: {', '.join(told)}"


def _path_of(
    motion: Motion, xyz: Float[np.ndarray, "time joint 3"]
) -> Float[np.ndarray, "point 2"]:
    root = motion.skeleton.root_of(xyz)[:, :2]
    if len(root) <= _POINTS:
        return root
    return root[np.linspace(0, len(root) - 1, _POINTS).round().astype(int)]


def _eye(
    motion: Motion, camera: Camera | None
) -> tuple[Float[np.ndarray, "2"] | None, Float[np.ndarray, "2"] | None]:
    """Where the camera stands, and which way on the ground it looks."""
    if motion.frame == "camera":
        return (None if camera is None else np.zeros(2)), None
    if motion.camera is None or motion.camera.T_camera_world is None:
        return None, None
    ahead = motion.camera.T_camera_world[2, :2]
    length = float(np.linalg.norm(ahead))
    place = motion.camera.position[:2] if camera is not None else None
    return place, (ahead / length if length > 0.05 else None)


def _camera(
    plan: Plan, motion: Motion, camera: Camera, eye: Float[np.ndarray, "2"]
) -> list[Html | None]:
    sides = np.array([[0.0, camera.height / 2], [camera.width, camera.height / 2]])
    rays = np.concatenate([camera.rays(sides), np.ones((2, 1))], axis=1)
    if motion.frame == "world":
        rays = camera.to_world(rays) - camera.position
        towards = rays[:, :2]
    else:
        towards = rays[:, [0, 2]]
    length = np.linalg.norm(towards, axis=1, keepdims=True)
    if not np.isfinite(towards).all() or (length < 1e-6).any():
        return []
    far = 2 * _WIDTH / plan.scale
    corners = plan.at(
        np.stack([eye, eye + towards[0] / length[0] * far, eye + towards[1] / length[1] * far])
    )
    (x, y), a, b = corners
    wedge = f"M{x:.1f} {y:.1f}L{a[0]:.1f} {a[1]:.1f}L{b[0]:.1f} {b[1]:.1f}Z"
    return [
        tag("path", d=wedge, class_="view"),
        tag("circle", cx=x, cy=y, r=6, class_="camera"),
        tag("text", "camera", x=x + 12, y=y + 4.5, class_="small"),
    ]


def _walked(plan: Plan, path: Float[np.ndarray, "point 2"], color: Color) -> Html:
    places = plan.at(path)
    lines = []
    for run in runs(np.isfinite(places).all(axis=1)):
        lines.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places[run]))
    return tag("path", d="".join(lines) or None, class_="walked", stroke=_css(color))


def _ends(
    plan: Plan, path: Float[np.ndarray, "point 2"], number: int, color: Color
) -> list[Html | None]:
    places = plan.at(path)
    known = places[np.isfinite(places).all(axis=1)]
    if not len(known):
        return []
    (x0, y0), (x1, y1) = known[0], known[-1]
    return [
        tag("circle", cx=x0, cy=y0, r=4.5, class_="start", stroke=_css(color)),
        tag("circle", cx=x1, cy=y1, r=10, class_="end", fill=_css(color)),
        tag("text", str(number), x=x1, y=y1 + 4.5, class_="number"),
    ]


def _body(plan: Plan, motion: Motion, xyz: Float[np.ndarray, "joint 3"]) -> Html:
    """The bones from above; what is higher lies on top."""
    skeleton = motion.skeleton
    places = plan.at(xyz[:, :2])
    strokes: dict[str, list[str]] = {"middle": [], "right": [], "left": []}
    for a, b in (*skeleton.links, *skeleton.bones):
        if np.isfinite(places[[a, b]]).all():
            side = "left" if b in skeleton.left else "right" if b in skeleton.right else "middle"
            (x0, y0), (x1, y1) = places[a], places[b]
            strokes[side].append(f"M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}")
    return tag(
        "g",
        [
            tag("path", d="".join(lines), class_=f"bone {side}")
            for side, lines in strokes.items()
            if lines
        ],
    )


def _css(color: Color) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)
