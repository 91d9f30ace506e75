"""What BVH files do not say: the unit of length, and what the root's positions count from."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from jaxtyping import Float

from poise.data.bvh_header import BvhJoint
from poise.motion import Body

Unit = Literal["m", "cm", "mm", "inch", "asf"]
RootPlace = Literal["added", "absolute"]

# "asf": CMU's ASF files count in inches divided by 0.45, and so do BVHs made from them.
METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001, "inch": 0.0254, "asf": 0.0254 / 0.45}
_GUESSED: tuple[Unit, ...] = ("m", "cm", "mm", "asf")
_SPAN_M = 2.5  # an adult from the fingertips over the trunk to the toes
_NOTABLE_M = 0.1  # a height by which feet cannot be off the floor unseen


def guess_unit(
    joints: Sequence[BvhJoint], offsets: Float[np.ndarray, "*time joint 3"]
) -> tuple[Unit, str]:
    """The unit in which the skeleton has most nearly a person's size, and that choice in words.

    The longest way from joint to joint along bones depends neither on the pose nor on names.
    """
    lengths = np.linalg.norm(offsets, axis=-1)
    if lengths.ndim == 2:
        lengths = np.median(lengths, axis=0)
    reach = np.zeros(len(joints))  # from each joint to the farthest below it
    span = 0.0
    for index in range(len(joints) - 1, 0, -1):  # children come after their parents
        parent, down = joints[index].parent, lengths[index] + reach[index]
        span = max(span, reach[parent] + down)
        reach[parent] = max(reach[parent], down)
    if span == 0:
        return "m", "1 file unit is 1 m: the skeleton has no size to tell by"
    unit: Unit = min(_GUESSED, key=lambda unit: abs(np.log(span * METRES[unit] / _SPAN_M)))
    metres = METRES[unit]
    size = f"1 {unit}" if unit != "asf" else f"{100 * metres:.3f} cm, as in CMU's ASF files"
    return unit, (
        f"1 file unit is {size}: BVH files do not say, but so the skeleton measures "
        f"{span * metres:.2f} m along its longest way, as from hand to foot"
    )


def place_root(body: Body, offset: Float[np.ndarray, "3"], given: RootPlace | None) -> Body:
    """A body whose root stands at its OFFSET plus its channels, or moved to the channels alone.

    Programs differ here. Unless it is given, the way is taken that brings the lowest joint nearer
    to the floor; most files have no such offset, and both ways are one.
    """
    if not offset.any():
        return body
    motion = body.motion
    if given is None:
        lowest = np.percentile(motion.xyz[..., 2].min(axis=1), 1)
        if abs(offset[2]) < _NOTABLE_M or abs(lowest) <= abs(lowest - offset[2]):
            return body
        why = (
            "the root's positions replace its OFFSET: added to it, they would hold the body "
            f"{lowest:.2f} m off the floor"
        )
        motion = replace(motion, assumed=(*motion.assumed, why))
    elif given == "added":
        return body
    return replace(body, motion=replace(motion, xyz=motion.xyz - offset.astype(np.float32)))
