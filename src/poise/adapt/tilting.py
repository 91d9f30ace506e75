"""How people of the target stand before its cameras: which way is up there.

A lifter that has seen people from chest height says of everybody that they are seen from about
there: tilts come out too small. How much too small is found with source motion, tilted at random
before the target's cameras, and undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from poise.lifting.engine import Engine
from poise.lifting.trained import TrainedLifter
from poise.motion import Keypoints
from poise.refine.upright import standing
from poise.skeletons import Skeleton

_FEET = ("left_ankle", "right_ankle")
_PITCH, _ROLL = 35.0, 12.0  # degrees, the greatest tilts that are tried
_STANDS = 0.93  # of the longest body, from the feet to the neck: bent ones have no axis
_LEAST_SLOPE = 0.3  # a lifter that says less than this of a tilt says nothing
_FURTHEST = 60.0  # degrees


@dataclass(frozen=True, kw_only=True)
class Response:
    """What a lifter says of tilts, as slope and offset (rad) of what they are."""

    pitch: tuple[float, float] = (1.0, 0.0)
    roll: tuple[float, float] = (1.0, 0.0)

    def undone(self, up: Float[np.ndarray, "*any 3"]) -> Float[np.ndarray, "*any 3"]:
        """What is up where the lifter says this."""
        said = tilts(torch.from_numpy(up))
        most = np.deg2rad(_FURTHEST)
        pitch, roll = (
            ((angle - offset) / max(slope, _LEAST_SLOPE)).clamp(-most, most)
            for angle, (slope, offset) in zip(said, (self.pitch, self.roll), strict=True)
        )
        return direction(pitch, roll).numpy().astype(up.dtype)


def tilts(up: Float[Tensor, "*any 3"]) -> tuple[Float[Tensor, "*any"], Float[Tensor, "*any"]]:
    """Pitch and roll (rad) of a direction, both 0 for a level camera's own up."""
    x, y, z = up.unbind(-1)
    return torch.atan2(-z, -y), torch.atan2(x, torch.hypot(y, z))


def direction(pitch: Float[Tensor, "*any"], roll: Float[Tensor, "*any"]) -> Float[Tensor, "*any 3"]:
    """The direction of these tilts."""
    across = roll.cos()
    return torch.stack([roll.sin(), -across * pitch.cos(), -across * pitch.sin()], dim=-1)


def any_up(count: int, generator: torch.Generator) -> Float[Tensor, "count 3"]:
    """Tilts at random, for `response`."""
    u = 2 * torch.rand(2, count, generator=generator, device=generator.device) - 1
    return direction(np.deg2rad(_PITCH) * u[0], np.deg2rad(_ROLL) * u[1])


def response(
    said: Float[Tensor, "pose joint 3"], true: Float[Tensor, "pose joint 3"], skeleton: Skeleton
) -> Response:
    """How the tilts of lifted bodies follow those of the true ones, of who stands."""
    axis, length = _axis(true, skeleton)
    stands = length > _STANDS * torch.quantile(length, 0.95)
    pairs = zip(tilts(_axis(said, skeleton)[0]), tilts(axis), strict=True)
    lines = [_line(true_tilt[stands], said_tilt[stands]) for said_tilt, true_tilt in pairs]
    return Response(pitch=lines[0], roll=lines[1])


def ups(
    lifter: TrainedLifter, tracks: Sequence[Keypoints], undo: Response
) -> Float[Tensor, "track 3"]:
    """What is up before each track's camera; 0 where nobody stands."""
    engine = Engine(lifter, flip=False)
    found = np.zeros((len(tracks), 3), np.float32)
    for number, track in enumerate(tracks):
        motion, evidence = engine.with_evidence(track)
        stands = standing(motion.xyz, evidence.confidence, motion.skeleton, motion.fps)
        if stands is not None:
            found[number] = undo.undone(stands.up)
    return torch.from_numpy(found)


def _axis(
    poses: Float[Tensor, "pose joint 3"], skeleton: Skeleton
) -> tuple[Float[Tensor, "pose 3"], Float[Tensor, " pose"]]:
    """From the feet to the neck: direction and length."""
    feet = poses[:, [skeleton.index(foot) for foot in _FEET]].mean(1)
    axis = poses[:, skeleton.index("thorax")] - feet
    length = torch.linalg.vector_norm(axis, dim=-1)
    return axis / length[:, None].clamp(min=1e-6), length


def _line(x: Float[Tensor, " n"], y: Float[Tensor, " n"]) -> tuple[float, float]:
    """Slope and offset of y over x, without those that are far off a first line."""
    kept = torch.ones_like(x, dtype=torch.bool)
    slope = offset = torch.zeros((), device=x.device)
    for _ in range(3):
        one, other = x[kept], y[kept]
        middle = one.mean()
        slope = ((one - middle) * other).sum() / (one - middle).square().sum().clamp(min=1e-9)
        offset = other.mean() - slope * middle
        off = (y - offset - slope * x).abs()
        kept = off <= 3 * off[kept].median().clamp(min=1e-6)
    return float(slope), float(offset)
