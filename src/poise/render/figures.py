"""A person as a stick figure: left limbs blue, right limbs orange, far limbs paler."""

from collections.abc import Callable
from functools import partial

import numpy as np
from jaxtyping import Float

from poise.render.canvas import INK, LEFT, RIGHT, Canvas, Color, mix
from poise.skeletons import Skeleton

LIMB = 0.05  # metres; how thick a limb is drawn
HEAD = 0.105  # metres; the head's radius

_PALEST = 0.48  # how much of its colour the farthest joint keeps
_FAINTEST = 0.1  # and one that nobody is sure of

_FACE = ("nose", "eye", "ear", "mouth")  # parts of names

# The middle of the head as a weighted sum of joints: the first of these that a skeleton has.
_HEAD_CENTERS: tuple[dict[str, float], ...] = (
    {"left_ear": 0.5, "right_ear": 0.5},
    {"nose": 0.5, "head": 0.5},
    {"head": 0.5, "head_top": 0.5},
    {"upperneck": 0.5, "head": 0.5},
    {"head": 0.5, "headend": 0.5},
    {"thorax": 0.3, "head": 0.7},  # `head` is the crown
    {"neck": -0.6, "head": 1.6},  # `head` is the jaw
    {"nose": 1.0},
)


def draw_figure(
    canvas: Canvas,
    xy: Float[np.ndarray, "joint 2"],
    skeleton: Skeleton,
    scale: float,
    nearness: Float[np.ndarray, " joint"] | None = None,
    opacity: Float[np.ndarray, " joint"] | None = None,
    tint: Color | None = None,
    limb: float = LIMB,
    head: float = HEAD,
) -> None:
    """Draw one person; `scale` is pixels per metre, NaN joints are left out.

    `nearness` (metres towards the viewer) puts near limbs in front and makes far ones paler.
    """
    seen = np.isfinite(xy).all(axis=-1)
    near = np.ones(len(xy)) if nearness is None else _from_far_to_near(nearness)
    ink = np.ones(len(xy)) if opacity is None else np.clip(opacity, _FAINTEST, 1)
    ink = ink * (_PALEST + (1 - _PALEST) * near)
    width = max(limb * scale, 1.2)
    middle = head_center(skeleton) if head > 0 else {}
    ball = [*middle]
    inside = {j for j, share in middle.items() if share == 0.5}  # joints of the head itself

    def bone(a: int, b: int, color: Color) -> None:
        thick = width * _thickness(skeleton, a, b)
        if nearness is not None:
            _clear_under(canvas, xy[a], xy[b], thick)
        canvas.line([xy[a], xy[b]], mix(canvas.background, color, min(ink[a], ink[b])), thick)

    def joint(j: int) -> None:
        canvas.disc(
            xy[j], width * 0.6, mix(canvas.background, tint or color_of(skeleton, j), ink[j])
        )

    def face() -> None:
        color = mix(canvas.background, tint or INK, 0.24 * ink[ball].min())
        canvas.disc(np.array([*middle.values()]) @ xy[ball], head * scale, color)

    parts: list[tuple[float, Callable[[], None]]] = []
    alone = {int(j) for j in np.flatnonzero(seen)} - inside
    for a, b in (*skeleton.bones, *skeleton.links):
        if seen[a] and seen[b] and not {a, b} <= inside:
            color = INK if (a, b) in skeleton.links else color_of(skeleton, b)
            parts.append((near[[a, b]].mean(), partial(bone, a, b, tint or color)))
            alone -= {a, b}
    parts += [(near[j], partial(joint, j)) for j in sorted(alone)]
    if ball and seen[ball].all():
        parts.append((near[ball].mean() - 0.1, face))  # behind the nose
    for _, draw in sorted(parts, key=lambda part: part[0]):
        draw()


def _clear_under(
    canvas: Canvas, start: Float[np.ndarray, "2"], end: Float[np.ndarray, "2"], width: float
) -> None:
    """A rim in the paper's colour sets a near limb off from what it crosses, not its joints."""
    length = float(np.linalg.norm(end - start))
    inset = max(0.2 * length, 1.5 * width)
    if length > 2.5 * inset:
        step = (end - start) * (inset / length)
        canvas.line([start + step, end - step], canvas.background, 1.6 * width, round_ends=False)


def shadow_strokes(
    ground: Float[np.ndarray, "joint 2"], skeleton: Skeleton
) -> list[Float[np.ndarray, "2 2"]]:
    """The bones as strokes on the ground, given where each joint's shadow falls."""
    seen = np.isfinite(ground).all(axis=-1)
    return [ground[[a, b]] for a, b in (*skeleton.bones, *skeleton.links) if seen[a] and seen[b]]


def color_of(skeleton: Skeleton, joint: int) -> Color:
    """Blue for the person's left, orange for the right, dark for the middle."""
    if joint in skeleton.left:
        return LEFT
    return RIGHT if joint in skeleton.right else INK


def head_center(skeleton: Skeleton) -> dict[int, float]:
    """The joints, with weights, whose sum is the middle of the head; none if there is no head."""
    for recipe in _HEAD_CENTERS:
        if all(name in skeleton.joints for name in recipe):
            return {skeleton.index(name): weight for name, weight in recipe.items()}
    return {}


def _thickness(skeleton: Skeleton, a: int, b: int) -> float:
    """Features of the face are fine lines, what leads up to it is the neck."""
    in_face = [any(part in skeleton.joints[joint] for part in _FACE) for joint in (a, b)]
    return {0: 1.0, 1: 0.75, 2: 0.4}[sum(in_face)]


def _from_far_to_near(near: Float[np.ndarray, " joint"]) -> Float[np.ndarray, " joint"]:
    """0 for the farthest joint of the figure, 1 for the nearest."""
    if not np.isfinite(near).any():
        return np.ones_like(near)
    low, high = np.nanmin(near), np.nanmax(near)
    # Less than 0.4 m between them is no depth to speak of; all stay strong.
    return 1 - np.nan_to_num(high - near) / max(high - low, 0.4)
