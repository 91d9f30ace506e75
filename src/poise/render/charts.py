"""Charts of skeletons: what each joint is called, which number it has, and where it is."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from poise.files import PathLike
from poise.render.canvas import INK, LEFT, MUTED, RIGHT, Canvas, mix, save_png
from poise.render.figures import HEAD, color_of, draw_figure, head_center
from poise.render.reference_figure import reference_figure
from poise.render.views import look_from
from poise.skeletons import Skeleton

_WIDTH, _TOP, _BOTTOM = 960, 110, 76
_SCALE = 400.0  # pixels per metre
_COLUMN = 318  # pixels from the middle to where the names begin
_SPACING = 21.0  # pixels between two names

_NOTES = {
    "cmu31": "each stands at the END of the bone of its name",
    "cmu38": "each stands at the START of the bone of its name",
}

_FACING = np.array([0.0, 1.0, 0.0])  # as the reference figure stands


def chart(skeleton: Skeleton, path: PathLike) -> None:
    """Write a PNG of the skeleton from the front, every joint with its number and its name."""
    seen = look_from(_FACING, 0, 0)(reference_figure(skeleton))
    floor = round(_TOP + 1.75 * _SCALE)
    xy = np.stack([_WIDTH / 2 + seen[:, 0] * _SCALE, floor - seen[:, 1] * _SCALE], axis=-1)
    canvas = Canvas(_WIDTH, floor + _BOTTOM)
    about = [f"{len(skeleton)} joints", *filter(None, [_NOTES.get(skeleton.name)])]
    canvas.text((40, 48), skeleton.name, 26)
    canvas.text((40, 72), ", ".join(about), 14, MUTED)
    canvas.text((40, floor + 56), "the person's right", 14, RIGHT)
    canvas.text((_WIDTH - 40, floor + 56), "the person's left", 14, LEFT, anchor="rs")
    head = head_center(skeleton)
    center = np.array([*head.values()]) @ xy[[*head]]
    canvas.disc(center, HEAD * _SCALE, mix(canvas.background, INK, 0.1))
    labels = _labels(skeleton, xy)
    for joint, x, y in labels:
        near = x - 8 if x > _WIDTH / 2 else x + 8
        elbow = near - 12 if x > _WIDTH / 2 else near + 12
        color = mix(canvas.background, color_of(skeleton, joint), 0.35)
        canvas.line([(near, y), (elbow, y), tuple(xy[joint])], color, 0.8, round_ends=False)
    draw_figure(canvas, xy, skeleton, _SCALE, limb=0.028, head=0)
    for joint, x, y in labels:
        canvas.disc(xy[joint], 4.2, canvas.background, color_of(skeleton, joint), 1.6)
        _name(canvas, skeleton, joint, x, y)
    save_png(canvas.finish(), path)


def _labels(skeleton: Skeleton, xy: Float[np.ndarray, "joint 2"]) -> list[tuple[int, float, float]]:
    """(joint, x, y) of every name: each side in its own column, the middle in the shorter one."""
    columns: dict[int, list[int]] = {-1: list(skeleton.right), 1: list(skeleton.left)}
    middle = [joint for joint, other in enumerate(skeleton.mirror) if joint == other]
    for place, joint in enumerate(sorted(middle, key=lambda joint: xy[joint, 1])):
        columns[1 if place % 2 else -1].append(joint)
    labels = []
    for side, joints in columns.items():
        x = _WIDTH / 2 + side * _COLUMN
        joints.sort(key=lambda joint: xy[joint, 1])
        heights = spread([float(xy[joint, 1]) for joint in joints], _SPACING)
        places = np.stack([np.full(len(joints), x), heights], axis=-1)
        _uncross(joints, places, xy)
        labels += [(joint, x, y) for joint, y in zip(joints, heights, strict=True)]
    return labels


def _uncross(
    joints: list[int], places: Float[np.ndarray, "label 2"], xy: Float[np.ndarray, "joint 2"]
) -> None:
    """Swap names until the lines from name to joint cannot get shorter; then none cross."""

    def length(place: int, joint: int) -> float:
        return float(np.linalg.norm(places[place] - xy[joint]))

    better = True
    while better:
        better = False
        for i in range(len(joints)):
            for j in range(i):
                now = length(i, joints[i]) + length(j, joints[j])
                if length(i, joints[j]) + length(j, joints[i]) < now - 1e-6:
                    joints[i], joints[j] = joints[j], joints[i]
                    better = True


def spread(wanted: Sequence[float], spacing: float) -> list[float]:
    """Places in growing order at least so far apart, each as near as can be to where it wants."""
    # Neighbours that are too close become one group around the mean of what they want.
    groups: list[tuple[float, int]] = []  # (mean of wanted less spacing times rank, members)
    for rank, place in enumerate(wanted):
        mean, count = place - rank * spacing, 1
        while groups and groups[-1][0] > mean:
            other, members = groups.pop()
            mean = (mean * count + other * members) / (count + members)
            count += members
        groups.append((mean, count))
    flat = [mean for mean, count in groups for _ in range(count)]
    return [mean + rank * spacing for rank, mean in enumerate(flat)]


def _name(canvas: Canvas, skeleton: Skeleton, joint: int, x: float, y: float) -> None:
    color = color_of(skeleton, joint)
    number, name = f"{joint}", skeleton.joints[joint]
    if x > _WIDTH / 2:
        canvas.text((x, y), number, 13, mix(canvas.background, color, 0.6), anchor="lm")
        canvas.text((x + 24, y), name, 14, color, anchor="lm")
    else:
        canvas.text((x, y), number, 13, mix(canvas.background, color, 0.6), anchor="rm")
        canvas.text((x - 24, y), name, 14, color, anchor="rm")
