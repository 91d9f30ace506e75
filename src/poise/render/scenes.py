"""The scene a figure is drawn in: what is in view, at which scale, and the ground under it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from poise.motion import Motion
from poise.render.canvas import GHOST, GROUND, Canvas, mix
from poise.render.figures import HEAD, draw_figure, shadow_strokes
from poise.render.views import View, upright

_MARGIN = 0.06 + HEAD  # metres around the joints, for the flesh that they do not show
_TILE = 0.5  # metres between the lines on the ground
_FOLLOW_SECONDS = 0.8  # the viewer follows the path, not each sway of the hips


@dataclass(frozen=True, eq=False)
class Scene:
    """One motion, ready to be drawn frame by frame around a point that the viewer follows."""

    motion: Motion
    view: View
    xyz: Float[np.ndarray, "time joint 3"]  # metres, z up
    target: Float[np.ndarray, "time 3"]  # what the viewer looks at

    @property
    def on_ground(self) -> bool:
        """Whether it is known where the ground is: at z = 0 of the world."""
        return self.motion.frame == "world" and self.motion.placed


def scene_of(motion: Motion, view: View, follow: bool = True) -> Scene:
    """Set the scene for one motion; without `follow` the viewer stays at the middle of the path."""
    xyz = upright(motion)
    root = motion.skeleton.root_of(xyz)
    path = _smooth(root, round(_FOLLOW_SECONDS * motion.fps))
    if not follow:
        path = np.broadcast_to((path.min(axis=0) + path.max(axis=0)) / 2, path.shape)
    # The height never follows, or a jump would look like a crouch.
    level = 0.0 if motion.frame == "world" and motion.placed else float(np.median(path[:, 2]))
    return Scene(
        motion, view, xyz, np.concatenate([path[:, :2], np.full((len(path), 1), level)], 1)
    )


def bounds(scenes: Sequence[Scene]) -> Float[np.ndarray, "2 2"]:
    """(left, bottom), (right, top) in metres about the target: what holds every frame of all."""
    lows, highs = [], []
    for scene in scenes:
        points = scene.view(scene.xyz - scene.target[:, None])[..., :2].reshape(-1, 2)
        points = points[np.isfinite(points).all(axis=-1)]
        if scene.on_ground:
            points = np.concatenate([points, [[0, 0]]])
        if len(points):
            lows.append(points.min(axis=0))
            highs.append(points.max(axis=0))
    if not lows:
        return np.array([[-1.0, -1.0], [1.0, 1.0]])
    return np.stack([np.min(lows, axis=0) - _MARGIN, np.max(highs, axis=0) + _MARGIN])


def draw_scene(
    canvas: Canvas,
    scene: Scene,
    frame: int,
    scale: float,
    origin: tuple[float, float],
    reach: float,
    beneath: Float[np.ndarray, "joint 3"] | None = None,
) -> None:
    """Draw one frame; the target lies at pixel `origin`, the ground is shown `reach` metres far.

    `beneath` are other places of the same joints, drawn in grey.
    """
    target, view = scene.target[frame], scene.view

    def place(points: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 2"]:
        seen = view(points - target)
        return np.stack([origin[0] + seen[..., 0] * scale, origin[1] - seen[..., 1] * scale], -1)

    joints = scene.xyz[frame]
    skeleton = scene.motion.skeleton
    if scene.on_ground:
        if view.sees_ground:
            _draw_grid(canvas, target, reach, place)
        else:
            ends = target + reach * np.stack([-view.axes[0], view.axes[0]])
            canvas.line(place(ends), GROUND, 1.2)
        flat = joints * [1, 1, 0]
        canvas.shade(shadow_strokes(place(flat), skeleton), max(0.07 * scale, 2), 0.16)
    if beneath is not None:
        draw_figure(canvas, place(beneath), skeleton, scale, tint=GHOST)
    draw_figure(canvas, place(joints), skeleton, scale, nearness=view(joints - target)[:, 2])


def _draw_grid(
    canvas: Canvas,
    target: Float[np.ndarray, "3"],
    reach: float,
    place: Callable[[np.ndarray], np.ndarray],
) -> None:
    """Lines of the ground that stand still while the viewer moves, fading out around the target."""
    pieces = np.linspace(-1, 1, 17)
    for axis in (0, 1):
        first = np.ceil((target[axis] - reach) / _TILE)
        for line in np.arange(first, np.floor((target[axis] + reach) / _TILE) + 1) * _TILE:
            half = np.sqrt(max(reach**2 - (line - target[axis]) ** 2, 0))
            points = np.zeros((len(pieces), 3))
            points[:, axis], points[:, 1 - axis] = line, target[1 - axis] + half * pieces
            middles = (points[1:] + points[:-1]) / 2
            far = np.linalg.norm((middles - target)[:, :2], axis=-1) / reach
            for a, b, fade in zip(points[:-1], points[1:], far, strict=True):
                if fade < 1:
                    color = mix(GROUND, canvas.background, fade**2)
                    canvas.line(place(np.stack([a, b])), color, 1.0, round_ends=False)


def _smooth(path: Float[np.ndarray, "time 3"], window: int) -> Float[np.ndarray, "time 3"]:
    """A running mean; unknown frames take the place of the known ones beside them."""
    known = np.isfinite(path).all(axis=-1)
    if not known.any():
        return np.zeros_like(path)
    frames = np.arange(len(path))
    filled = np.stack([np.interp(frames, frames[known], column[known]) for column in path.T], -1)
    window = min(window | 1, 2 * len(path) - 1)
    padded = np.pad(filled, ((window // 2, window // 2), (0, 0)), mode="edge")
    total = np.cumsum(np.concatenate([np.zeros((1, 3)), padded]), axis=0)
    return (total[window:] - total[:-window]) / window
