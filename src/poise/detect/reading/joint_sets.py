"""Which joints a file's numbers are: files count them, few name them."""

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError
from poise.skeletons import BODY25, COCO17, H36M17, HALPE26, Skeleton

# Whole-body sets begin with a body set that we know; faces and hands are left out.
_BY_COUNT: dict[int, Skeleton] = {17: COCO17, 26: HALPE26, 133: COCO17, 136: HALPE26}

# OpenPose's COCO model: COCO's joints in another order, and a neck that it makes from them.
_OPENPOSE18 = (
    "nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist "
    "right_hip right_knee right_ankle left_hip left_knee left_ankle "
    "right_eye left_eye right_ear left_ear"
)


def of_count(count: int) -> Skeleton:
    """The joint set of COCO, AlphaPose and MMPose files."""
    if count not in _BY_COUNT:
        raise PoiseError(
            f"people of {count} keypoints; known are 17 (COCO), 26 (Halpe), 133 (COCO whole body) "
            "and 136 (Halpe, whole body)"
        )
    return _BY_COUNT[count]


def of_names(names: list[str]) -> Skeleton:
    """The joint set of an MMPose file that names its keypoints."""
    if len(names) == len(H36M17) and names[0] in ("root", "pelvis"):
        return H36M17
    if names[:1] == ["nose"]:
        return of_count(len(names))
    raise PoiseError(
        f"{len(names)} keypoints that begin with {', '.join(names[:3])[:60]}: not known"
    )


def cut_to(skeleton: Skeleton, points: Float[np.ndarray, "joint 3"]) -> Float[np.ndarray, "body 3"]:
    """The body's part of whole-body keypoints."""
    known = _BY_COUNT.get(len(points))
    whole_body = known is skeleton and len(points) > len(skeleton)
    return points[: len(skeleton)] if whole_body else points


def openpose(points: Float[np.ndarray, "joint 3"]) -> tuple[Skeleton, Float[np.ndarray, "body 3"]]:
    """OpenPose's BODY_25 as it is, its COCO model in COCO's order."""
    if len(points) == len(BODY25):
        return BODY25, points
    order = _OPENPOSE18.split()
    if len(points) == len(order):
        return COCO17, points[[order.index(joint) for joint in COCO17.joints]]
    raise PoiseError(
        f"an OpenPose model of {len(points)} keypoints; known are BODY_25 and COCO (18); "
        "run it with --model_pose BODY_25"
    )
