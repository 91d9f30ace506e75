"""The solved skeleton in its rest pose: solid bones, with the names of their joints."""

import numpy as np
from jaxtyping import Float

from poise.motion import Body
from poise.render.views import look_from
from poise.report.markup import Html, tag
from poise.report.solid_bones import bone_lengths, limbs, outline, shapes, side_of, underside

_SIZE = 560.0  # the drawing's width, in its own units
_EDGE = 30.0
_FACING = np.array([0.0, -1.0, 0.0])  # of every body's rest pose
_ROUND, _UP = 24.0, 12.0  # degrees that the viewer goes round to the figure's right, and up
_AWAY = 9.0  # units between a joint and its name
_TILT = 42.0  # degrees by which the names along the arms hang down
_TO_THE_RIGHT = (
    "skull",
    "thorax",
    "left_heel",
)  # of the figure: names that others would be in the way of
_ASIDE = {"pelvis": -12.0, "hip": 9.0, "thorax": -6.0}  # units down, out of each other's way


def rest_figure(body: Body) -> Html:
    """The skeleton as it is when nothing is turned, facing the reader."""
    skeleton = body.motion.skeleton
    xyz = _rest(body)
    view = look_from(_FACING, _ROUND, _UP)
    seen = view(xyz)
    low, high = seen[:, :2].min(axis=0), seen[:, :2].max(axis=0)
    scale = (_SIZE - 2 * _EDGE) / float((high - low).max())
    height = float(high[1] - low[1]) * scale + 2 * _EDGE
    middle = (low + high) / 2
    xy = (seen[:, :2] - middle) * [scale, -scale] + [_SIZE / 2, height / 2]
    corners = shapes(xy, skeleton, bone_lengths(xyz[None], skeleton), scale)

    def nearness(bones: tuple[int, ...]) -> float:
        return float(np.mean([seen[skeleton.bones[bone][1], 2] for bone in bones]))

    drawn = []
    for limb in sorted((bones for bones in limbs(skeleton).values() if bones), key=nearness):
        side = side_of(skeleton, skeleton.bones[limb[0]][1])
        parts = corners[list(limb)]
        whole = tag("path", d=outline(parts), class_=f"solid {side}")
        drawn += [whole, tag("path", d=underside(parts), class_="shade")]
    dots = [
        tag("circle", cx=x, cy=y, r=2.6, class_=f"joint {side_of(skeleton, joint)}")
        for joint, (x, y) in enumerate(xy)
    ]
    return tag(
        "svg",
        tag("g", drawn, transform="scale(.1)"),
        dots,
        [_name(body, xy, joint) for joint in range(len(skeleton))],
        viewBox=f"0 0 {_SIZE:g} {height:.0f}",
        class_="rest",
        role="img",
        aria_label=f"The solved skeleton in its rest pose, with its {len(skeleton)} joints",
    )


def _rest(body: Body) -> Float[np.ndarray, "joint 3"]:
    """Where all joints are with no rotation; of offsets that change, the middle ones."""
    offsets = body.offsets.astype(np.float64)
    offsets = np.nanmedian(offsets, axis=0) if offsets.ndim == 3 else offsets.copy()
    skeleton = body.motion.skeleton
    xyz = np.zeros_like(offsets)
    for joint in skeleton.order[1:]:
        xyz[joint] = xyz[skeleton.parents[joint]] + offsets[joint]
    return xyz


def _name(body: Body, xy: Float[np.ndarray, "joint 2"], joint: int) -> Html:
    """A joint's name: hanging below the arms, beside everything else."""
    skeleton = body.motion.skeleton
    side = side_of(skeleton, joint)
    name = skeleton.joints[joint]
    x, y = xy[joint]
    # The figure's left is the page's right.
    right = side != "right" and name not in _TO_THE_RIGHT
    words = name.removeprefix("left_").removeprefix("right_").replace("_", " ")
    kind = f"name {side}" + ("" if right else " end")
    arm = side != "middle" and any(
        part in name for part in ("clavicle", "shoulder", "elbow", "wrist", "hand")
    )
    if not arm:
        away = (_AWAY if right else -_AWAY, _ASIDE.get(words, 0.0))
        return tag("text", words, x=x + away[0], y=y + away[1], class_=kind)
    turn = f"translate({x:.1f} {y + _AWAY:.1f}) rotate({_TILT if right else -_TILT:g})"
    return tag("text", words, transform=turn, class_=kind)
