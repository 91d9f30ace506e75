"""From poses in parts of the picture to metres, by how large people usually are."""

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError
from poise.skeletons import Skeleton

_LEG = 0.86  # m, hip to ankle along the bones, of an adult of 1.75 m (CMU's people: 0.88)


def adult_scale(xyz: Float[np.ndarray, "time joint 3"], skeleton: Skeleton) -> tuple[float, str]:
    """What makes the person a usual adult, one number for the clip; and that it was done."""
    sides = [
        [f"{side}_{joint}" for joint in ("hip", "knee", "ankle")] for side in ("left", "right")
    ]
    if missing := {joint for leg in sides for joint in leg} - set(skeleton.joints):
        raise PoiseError(
            f"a lifter that answers in parts of the picture needs legs to tell sizes by; "
            f"{skeleton.name} has no {sorted(missing)[0]}"
        )
    legs = []
    for leg in sides:
        chain = xyz[:, [skeleton.index(joint) for joint in leg]].astype(np.float64)
        legs.append(np.linalg.norm(np.diff(chain, axis=1), axis=-1).sum(axis=1))
    longest = float(np.median(legs))
    if not longest > 0:
        raise PoiseError("the lifter answers with all joints in one place")
    return _LEG / longest, f"the size is not known: legs of {_LEG:g} m, as adults have"
