"""Which joint is which of the figure's, whatever they are called."""

import numpy as np
from jaxtyping import Float

from poise.anatomy.figure import Proportions
from poise.skeletons import FIGURE27, Skeleton


def figure_roles(
    skeleton: Skeleton, offsets: Float[np.ndarray, "joint 3"]
) -> dict[str, int] | None:
    """Which joint is which of FIGURE27, whatever their names; None: another tree.

    Goes by who hangs on whom and in which direction. Joints that end a chain may be missing.
    """
    resting = Proportions().offsets()
    found: dict[str, int] = {}
    children: list[list[int]] = [[] for _ in skeleton.joints]
    for parent, child in skeleton.bones:
        children[parent].append(child)
    inner = {parent for parent, _ in FIGURE27.bones}
    places = [("pelvis", skeleton.order[0])]
    for role, joint in places:  # grows while we walk it
        found[role] = joint
        wanted = {
            name: resting[place]
            for place, name in enumerate(FIGURE27.joints)
            if FIGURE27.parents[place] == FIGURE27.index(role)
        }
        needed = [name for name in wanted if FIGURE27.index(name) in inner]
        free = [child for child in children[joint] if np.linalg.norm(offsets[child]) > 1e-4]
        while free and wanted:
            # The pair that agrees best in direction goes first.
            scores = {
                (name, child): float(_unit(offsets[child]) @ _unit(direction))
                for name, direction in wanted.items()
                for child in free
            }
            name, child = max(scores, key=lambda pair: scores[pair])
            # More than 60 degrees apart is another joint, unless there is no other to be it.
            if scores[name, child] < 0.5 and (len(wanted) > 1 or len(free) > 1):
                break
            places.append((name, child))
            del wanted[name]
            free.remove(child)
        if free or any(name in wanted for name in needed):
            return None
    return found


def _unit(vector: Float[np.ndarray, "3"]) -> Float[np.ndarray, "3"]:
    return vector / max(float(np.linalg.norm(vector)), 1e-12)
