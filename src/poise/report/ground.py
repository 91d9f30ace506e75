"""The ground from above: who went where, and where the camera stood."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from poise.cameras import Camera
from poise.motion import Motion
from poise.render.canvas import Color
from poise.render.views import upright
from poise.report.markup import Html, tag
from poise.report.presence import known, runs
from poise.report.wording import clock, nice_step

_WIDTH = 960.0  # of the drawing, in its own units
_LOWEST, _TALLEST = 0.3, 0.56  # of its width
_LARGEST = 180.0  # units for a metre
_EDGE = 26.0
_AROUND = 0.45  # metres kept free around every path
_POINTS = 1000  # of a path
_APART = 0.9  # metres between two bodies on one path


class Plan:
    """A piece of the ground, drawn with the camera's view going up the page."""

    def __init__(
        self, points: Float[np.ndarray, "n 2"], ahead: Float[np.ndarray, "2"] | None
    ) -> None:
        up = np.array([0.0, 1.0]) if ahead is None else ahead
        self._turn = np.array([[up[1], -up[0]], up])
        turned = points @ self._turn.T
        there = turned[known(turned)]
        there = there if len(there) else np.zeros((1, 2))
        low, high = there.min(axis=0) - _AROUND, there.max(axis=0) + _AROUND
        span = np.maximum(high - low, 1.4)
        room = _WIDTH - 2 * _EDGE
        self.scale = min(room / span[0], (_TALLEST * _WIDTH - 2 * _EDGE) / span[1], _LARGEST)
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
        return tag("g", bar, tag("text", words, x=x + length + 9, y=y - 1, class_="small"))


def ground_plan(
    motions: Sequence[Motion],
    numbers: Sequence[int],
    colors: Sequence[Color],
    camera: Camera | None,
) -> Html:
    """Everybody's path in one frame, numbered where it ends; with a camera, what that sees."""
    joints = [upright(motion) for motion in motions]
    paths = [_path_of(motion, xyz) for motion, xyz in zip(motions, joints, strict=True)]
    eye, ahead = _eye(motions[0], camera)
    plan = Plan(np.concatenate([*paths, *([] if eye is None else [eye[None]])]), ahead)
    drawn: list[Html | None] = []
    if eye is not None and camera is not None:
        drawn += _camera(plan, motions[0], camera, eye)
    drawn += [_walked(plan, path, color) for color, path in zip(colors, paths, strict=True)]
    for number, color, path in zip(numbers, colors, paths, strict=True):
        drawn += _ends(plan, path, color, number)
    told = [f"person {number} {_told(path)}" for number, path in zip(numbers, paths, strict=True)]
    camera_too = "" if eye is None else " with the camera"
    return plan.svg(drawn, f"The ground from above{camera_too}: {', '.join(told)}")


def path_plan(motion: Motion, color: Color, moments: Sequence[int]) -> Html:
    """One person's path, and the body from above at those moments that do not cover each other."""
    xyz = upright(motion)
    path = _path_of(motion, xyz)
    _, ahead = _eye(motion, None)
    shown: list[int] = []
    root = motion.skeleton.root_of(xyz)[:, :2]
    for frame in moments:
        if all(np.linalg.norm(root[frame] - root[other]) > _APART for other in shown):
            shown.append(frame)
    bodies = xyz[shown, :, :2].reshape(-1, 2)
    plan = Plan(np.concatenate([path, bodies]), ahead)
    drawn: list[Html | None] = [_walked(plan, path, color), *_ends(plan, path, color)]
    for frame in shown:
        x, y = plan.at(root[frame])
        words = clock(float(motion.times[frame]), 0.1)
        below = y + 0.42 * plan.scale + 6
        drawn.append(_body(plan, motion, xyz[frame]))
        drawn.append(tag("text", words, x=x, y=below, class_="small moment"))
    return plan.svg(drawn, f"The person's path from above: the person {_told(path)}")


def _told(path: Float[np.ndarray, "point 2"]) -> str:
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    return f"moves along {np.nansum(steps):.1f} m"


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
        tag("text", "camera", x=x + 13, y=y, class_="small"),
    ]


def _walked(plan: Plan, path: Float[np.ndarray, "point 2"], color: Color) -> Html:
    places = plan.at(path)
    lines = []
    for run in runs(known(places)):
        lines.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places[run]))
    return tag("path", d="".join(lines) or None, class_="walked", stroke=_css(color))


def _ends(
    plan: Plan, path: Float[np.ndarray, "point 2"], color: Color, number: int | None = None
) -> list[Html | None]:
    places = plan.at(path)
    places = places[known(places)]
    if not len(places):
        return []
    (x0, y0), (x1, y1) = places[0], places[-1]
    start = tag("circle", cx=x0, cy=y0, r=4.5, class_="start", stroke=_css(color))
    if number is None:
        return [start, tag("circle", cx=x1, cy=y1, r=5.5, fill=_css(color))]
    return [
        start,
        tag("circle", cx=x1, cy=y1, r=10, class_="end", fill=_css(color)),
        tag("text", str(number), x=x1, y=y1, class_="number"),
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
