"""A skeleton at rest: a user's character, or the figure whose motion is carried over to it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from poise.geometry.kinematics import forward
from poise.motion import Body
from poise.skeletons import Skeleton


@dataclass(frozen=True, eq=False, kw_only=True)
class Rig:
    """Where bones begin at rest and how they are turned; metres, z up."""

    skeleton: Skeleton
    places: Float[np.ndarray, "joint 3"]
    turns: Float[np.ndarray, "joint 3 3"]  # of the bones' own axes, in the world
    tips: tuple[tuple[int, tuple[float, float, float]], ...] = ()  # where chains end: joint, place
    floor: float | None = None  # height of the soles, where a mesh tells it
    movable: frozenset[int] | None = None  # whose place a file can tell in each frame; None: all
    assumed: tuple[str, ...] = ()

    def children(self, joint: int) -> list[int]:
        """The joints that hang on one."""
        return [child for parent, child in self.skeleton.bones if parent == joint]

    def above(self, joint: int) -> list[int]:
        """A joint, its parent, and so on up to the root."""
        way = [joint]
        while (parent := self.skeleton.parents[way[-1]]) >= 0:
            way.append(parent)
        return way

    def below(self, joint: int) -> list[int]:
        """A joint and all that hang on it, parents first."""
        return [other for other in self.skeleton.order if joint in self.above(other)]

    def between(self, upper: int, lower: int) -> list[int]:
        """The joints from one down to another, both among them."""
        way = self.above(lower)
        return way[: way.index(upper) + 1][::-1]

    def mover(self, joint: int) -> int:
        """The nearest joint above (or itself) that can carry the path of one."""
        for above in self.above(joint):
            if self.movable is None or above in self.movable:
                return above
        return self.skeleton.order[0]

    def ends(self, joint: int) -> list[tuple[str, Float[np.ndarray, "3"]]]:
        """What a bone leads to: its children and its tip, by name and place."""
        found = [
            (self.skeleton.joints[child], self.places[child]) for child in self.children(joint)
        ]
        return found + [("tip", np.array(place)) for end, place in self.tips if end == joint]


def rig_in_frame(body: Body, frame: int) -> Rig:
    """The same with one frame of the motion for a rest pose."""
    places, turned = body[frame : frame + 1].pose()
    return Rig(skeleton=body.motion.skeleton, places=places[0], turns=turned[0])


def rig_of_body(body: Body) -> Rig:
    """The rest pose of a body, whose bones all have the world's axes there."""
    skeleton = body.motion.skeleton
    offsets = body.offsets if body.offsets.ndim == 2 else np.nanmedian(body.offsets, axis=0)
    turns = np.tile(np.eye(3), (len(skeleton), 1, 1))
    places, _ = forward(turns, offsets.astype(np.float64), skeleton)
    return Rig(skeleton=skeleton, places=places, turns=turns)
