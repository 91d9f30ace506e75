"""From the joints of one person in a picture to the strokes that show them."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float, Int

from poise.render.canvas import LEFT, RIGHT, Color, mix
from poise.report.strokes import Strokes
from poise.skeletons import Skeleton

_WHITE: Color = (255, 255, 255)
_MIDDLE: Color = (238, 241, 245)  # not dark as on paper: a picture may be dark there
_LEFT, _RIGHT = mix(LEFT, _WHITE, 0.16), mix(RIGHT, _WHITE, 0.08)

_LIMB = 0.0056  # half the thickness of a limb, as a share of the person's size
_LIMB_PX = 0.6  # and what a limb has anyway
_JOINT = 1.45  # times that is a joint's radius
_THINNEST_PX = 0.7

_SURE = 0.5  # from this score on a joint is drawn in full
_HOLLOW = 0.3  # below this score it is a ring
_FAINTEST = 0.25
_FACE = ("nose", "eye", "ear", "mouth")


@dataclass(frozen=True, eq=False)
class _Plan:
    """What is drawn of a skeleton, in which colour, and how thick."""

    pairs: Int[np.ndarray, "bone 2"]
    thickness: Float[np.ndarray, " bone"]
    color: Float[np.ndarray, "bone 3"]
    dots: Int[np.ndarray, " dot"]  # joints that get a dot: not those of the face
    dot_color: Float[np.ndarray, "dot 3"]


def figure(
    skeleton: Skeleton,
    xy: Float[np.ndarray, "joint 2"],
    score: Float[np.ndarray, " joint"],
    size: float,
) -> Strokes:
    """The strokes of one person; a joint of low score is faint, then hollow, an unknown absent."""
    plan = _plan(skeleton)
    seen = np.isfinite(xy).all(axis=-1)
    ink = np.clip(score / _SURE, _FAINTEST, 1)
    bones = seen[plan.pairs].all(axis=1)
    dots = plan.dots[seen[plan.dots]]
    pairs, limb = plan.pairs[bones], _LIMB * size + _LIMB_PX
    hollow = score[dots] < _HOLLOW
    return Strokes(
        start=np.concatenate([xy[pairs[:, 0]], xy[dots]]),
        end=np.concatenate([xy[pairs[:, 1]], xy[dots]]),
        radius=np.maximum(
            np.concatenate([limb * plan.thickness[bones], np.full(len(dots), _JOINT * limb)]),
            _THINNEST_PX,
        ),
        color=np.concatenate([plan.color[bones], plan.dot_color[seen[plan.dots]]]),
        opacity=np.concatenate([ink[pairs], np.repeat(ink[dots, None] ** 0.5, 2, axis=1)]),
        hollow=np.concatenate([np.zeros(len(pairs), bool), hollow]),
    )


def wire(
    skeleton: Skeleton, xy: Float[np.ndarray, "joint 2"], color: Color, radius: float
) -> Strokes:
    """The bones alone, as thin lines of one colour."""
    pairs = _plan(skeleton).pairs
    pairs = pairs[np.isfinite(xy).all(axis=-1)[pairs].all(axis=1)]
    count = len(pairs)
    return Strokes(
        start=xy[pairs[:, 0]],
        end=xy[pairs[:, 1]],
        radius=np.full(count, radius),
        color=np.tile(np.array(color, float), (count, 1)),
        opacity=np.ones((count, 2)),
        hollow=np.zeros(count, bool),
    )


@cache
def _plan(skeleton: Skeleton) -> _Plan:
    in_face = [any(part in name for part in _FACE) for name in skeleton.joints]
    pairs = np.array([*skeleton.links, *skeleton.bones], int).reshape(-1, 2)
    # Features of the face are fine lines, what leads up to it is the neck.
    thickness = [(1.0, 0.75, 0.45)[in_face[a] + in_face[b]] for a, b in pairs]
    middle = len(skeleton.links)  # these come first, below the bones
    color = [_MIDDLE] * middle + [_color_of(skeleton, child) for _, child in skeleton.bones]
    dots = [joint for joint, face in enumerate(in_face) if not face]
    return _Plan(
        pairs,
        np.array(thickness),
        np.array(color, float).reshape(-1, 3),
        np.array(dots, int),
        np.array([_color_of(skeleton, joint) for joint in dots], float).reshape(-1, 3),
    )


def _color_of(skeleton: Skeleton, joint: int) -> Color:
    if joint in skeleton.left:
        return _LEFT
    return _RIGHT if joint in skeleton.right else _MIDDLE
