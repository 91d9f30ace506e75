"""What is known of a body in every frame, each with its weight: the terms of the least squares."""

from dataclasses import dataclass, replace
from functools import cache

import torch
from jaxtyping import Float
from torch import Tensor

from poise.body.figure_model import JOINTS

# What people usually do, degrees, mean and spread of each angle; it decides only what joints leave
# open: how a straight limb is twisted, which vertebra bends, where an unseen arm hangs.
_USUAL_DEG = {
    "lumbar": ((8, 10), (0, 7), (0, 7)),
    "spine": ((4, 8), (0, 7), (0, 9)),
    "neck": ((8, 15), (0, 10), (0, 20)),
    "head": ((0, 10), (0, 7), (0, 12)),
    "clavicle": ((0, 8), (0, 8)),
    "arm": ((-60, 100), (15, 80), (15, 45)),
    "elbow": ((70, 120),),
    "wrist": ((0, 15), (0, 15)),
    "leg": ((15, 100), (3, 25), (3, 18)),
    "knee": ((25, 120),),
    "ankle": ((0, 15), (0, 10), (0, 10)),
}


@cache
def usual() -> tuple[Float[Tensor, " angle"], Float[Tensor, " angle"]]:
    """Mean and weight of every angle."""
    table = torch.tensor(
        [pair for joint in JOINTS for pair in _USUAL_DEG[joint.kind]], dtype=torch.float64
    )
    mean, spread = torch.deg2rad(table).unbind(dim=1)
    return mean, spread**-2


@dataclass(frozen=True, eq=False, kw_only=True)
class Sight:
    """Points of the body that a camera saw: bone points as (joint, offset), and their rays."""

    joints: tuple[int, ...]
    offsets: Float[Tensor, "point 3"]  # from the joint, in its frame
    rays: Float[Tensor, "time point 2"]
    weight: Float[Tensor, "time point"]  # 1 / variance of a ray; 0 where not seen
    R_camera_world: Float[Tensor, "3 3"]
    t_camera_world: Float[Tensor, "3"]

    def __getitem__(self, frames: slice) -> "Sight":
        return replace(self, rays=self.rays[frames], weight=self.weight[frames])


@dataclass(frozen=True, eq=False, kw_only=True)
class Evidence:
    """All that is known of some frames."""

    times: Float[Tensor, " time"]
    joints: tuple[int, ...]  # those that are measured, in the figure
    places: Float[Tensor, "time measured 3"]  # relative to the root
    weight: Float[Tensor, "time measured"]  # 1 / variance; 0 where unknown
    seen: Float[Tensor, " time"]  # 1 where anything was seen; what is not seen goes on as it went
    root: Float[Tensor, "time 3"]
    root_weight: Float[Tensor, " time"]
    sight: Sight | None
    floor: float  # how firm the floor z = 0 is: 1 as it is in the end, less while all is rough yet
    planted: Float[Tensor, "time planted"]  # 0 or 1: which of `PLANTABLE` stand
    locked: bool  # whether what stands stays where it stands

    def __len__(self) -> int:
        return len(self.times)

    def __getitem__(self, frames: slice) -> "Evidence":
        return replace(
            self,
            times=self.times[frames],
            places=self.places[frames],
            weight=self.weight[frames],
            seen=self.seen[frames],
            root=self.root[frames],
            root_weight=self.root_weight[frames],
            sight=None if self.sight is None else self.sight[frames],
            planted=self.planted[frames],
        )
