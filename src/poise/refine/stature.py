"""How tall a person is, from the lengths of the bones."""

import numpy as np
from jaxtyping import Float

from poise.refine.contacts import ANKLE_HEIGHT
from poise.skeletons import Skeleton

_CHAIN = ("thorax", "nose", "head")  # the neck and the head, each leaning a little
_LEAN = 0.93  # of the chain thorax, nose, head: what of it is height
_STANDS = 0.99  # of a stretched leg and back in easy standing


def stature(xyz: Float[np.ndarray, "time joint 3"], skeleton: Skeleton) -> float:
    """Height of a standing person in metres, from median bone lengths; NaN if joints are unknown.

    Ankle height, shin, thigh, pelvis to thorax, neck and head to its top: of h36m17.
    """
    needed = {"pelvis", "thorax", "nose", "head", "left_hip", "left_knee", "left_ankle"}
    needed |= {name.replace("left", "right") for name in needed}
    if not needed <= set(skeleton.joints):
        return float("nan")

    def length(a: str, b: str) -> float:
        between = xyz[:, skeleton.index(a)] - xyz[:, skeleton.index(b)]
        sizes = np.linalg.norm(between.astype(np.float64), axis=1)
        return float(np.median(sizes[np.isfinite(sizes)])) if np.isfinite(sizes).any() else np.nan

    leg = sum(
        length(f"{side}_{a}", f"{side}_{b}") / 2
        for side in ("left", "right")
        for a, b in (("hip", "knee"), ("knee", "ankle"))
    )
    head = _LEAN * (length("thorax", "nose") + length("nose", "head"))
    return ANKLE_HEIGHT + _STANDS * (leg + length("pelvis", "thorax")) + head
