"""A person as a stick figure: left limbs blue, right limbs orange, far limbs paler."""

import numpy as np
from jaxtyping import Float

from poise.render.canvas import INK, LEFT, RIGHT, Canvas, Color, mix
from poise.skeletons import Skeleton

LIMB = 0.05  # metres; how thick a limb is drawn
HEAD = 0.105  # metres; the head's radius

_FACE = ("nose", "eye", "ear", "mouth")  # parts of names

# The first of these whose joints are all there is the middle of the head.
_HEAD_CENTERS = (
    ("left_ear", "right_ear"),
    ("nose", "head"),
    ("head", "head_top"),
    ("upperneck", "head"),
    ("head", "headend"),
    ("head",),
    ("nose",),
)


def draw_figure(
    canvas: Canvas,
    xy: Float[np.ndarray, "joint 2"],
    skeleton: Skeleton,
    scale: float,
    nearness: Float[np.ndarray, " joint"] | None = None,
    opacity: Float[np.ndarray, " joint"] | None = None,
    tint: Color | None = None,
) -> None:
    """Draw one person; `scale` is pixels per metre, NaN joints are left out.

    `nearness` (metres towards the viewer) puts near limbs in front and makes far ones paler.
    """
    near = np.zeros(len(xy)) if nearness is None else nearness
    solid = np.ones(len(xy)) if opacity is None else np.clip(opacity, 0.08, 1)
    depth = _relative_depth(near)
    width = max(LIMB * scale, 1.2)
    seen = np.isfinite(xy).all(axis=-1)

    def color_of(joint: int, fade: float, opaque: float) -> Color:
        color = tint or side_color(skeleton, joint)
        return mix(canvas.background, color, (0.42 + 0.58 * fade) * opaque)

    center = head_center(skeleton)
    items: list[tuple[float, int, int]] = [
        (depth[[a, b]].mean(), a, b)
        for a, b in (*skeleton.bones, *skeleton.links)
        if seen[a] and seen[b] and not (a in center and b in center)  # within the head
    ]
    if center and tint is None and seen[center].all():
        items.append((depth[center].mean() - 1e-3, -1, -1))
    joined = {joint for _, a, b in items for joint in (a, b)}
    for joint in np.flatnonzero(seen):
        if int(joint) not in joined:
            canvas.disc(xy[joint], width * 0.6, color_of(int(joint), 1.0, solid[joint]))
    for fade, a, b in sorted(items):
        if a < 0:
            face = mix(canvas.background, INK, 0.16 * (0.4 + 0.6 * fade) * solid[center].min())
            canvas.disc(xy[center].mean(axis=0), HEAD * scale, face)
            continue
        thick = width * (0.45 if _is_face(skeleton, b) else 1.0)
        # A gap in the paper's colour sets a near limb off from what it crosses.
        gap = 0.2 * (xy[b] - xy[a])
        if nearness is not None:
            canvas.line(
                [xy[a] + gap, xy[b] - gap], canvas.background, thick * 1.55, round_ends=False
            )
        side = b if side_color(skeleton, b) != INK else a
        middle = (a, b) in skeleton.links
        opaque = float(min(solid[a], solid[b]))
        color = (
            mix(canvas.background, tint or INK, (0.42 + 0.58 * fade) * opaque)
            if middle
            else color_of(side, fade, opaque)
        )
        canvas.line([xy[a], xy[b]], color, thick)


def shadow_strokes(
    ground: Float[np.ndarray, "joint 2"], skeleton: Skeleton
) -> list[Float[np.ndarray, "2 2"]]:
    """The bones as strokes on the ground, given where each joint's shadow falls."""
    seen = np.isfinite(ground).all(axis=-1)
    return [ground[[a, b]] for a, b in (*skeleton.bones, *skeleton.links) if seen[a] and seen[b]]


def side_color(skeleton: Skeleton, joint: int) -> Color:
    """Blue for the person's left, orange for the right, dark for the middle."""
    if joint in skeleton.left:
        return LEFT
    return RIGHT if joint in skeleton.right else INK


def head_center(skeleton: Skeleton) -> list[int]:
    """The joints whose mean is the middle of the head; none if the skeleton has no head."""
    for names in _HEAD_CENTERS:
        if all(name in skeleton.joints for name in names):
            return [skeleton.index(name) for name in names]
    return []


def _is_face(skeleton: Skeleton, joint: int) -> bool:
    return any(part in skeleton.joints[joint] for part in _FACE)


def _relative_depth(near: Float[np.ndarray, " joint"]) -> Float[np.ndarray, " joint"]:
    """0 for the farthest joint of the figure, 1 for the nearest."""
    if not np.isfinite(near).any():
        return np.ones_like(near)
    low, high = np.nanmin(near), np.nanmax(near)
    # Less than 0.4 m between them is no depth to speak of; all stay strong.
    return 1 - np.nan_to_num(high - near) / max(high - low, 0.4)
