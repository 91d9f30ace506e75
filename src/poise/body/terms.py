"""What is off in every frame, weighed: the cost of a pose, and its normal equations.

The terms: lifted joints by their sigma, and their rays in the picture, both robustly; where the
root's path is; what people usually do; the floor, and what stands on it; little jerk.
"""

from dataclasses import dataclass
from functools import cache

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from poise.body.contacts import HEIGHTS, PLANTABLE
from poise.body.evidence import Evidence, usual
from poise.body.figure_model import (
    KINDS,
    UNKNOWNS,
    Pose,
    Posed,
    jacobian,
    limits,
    point_jacobian,
)
from poise.body.turns import logarithm
from poise.refine.penalised import ORDER
from poise.refine.root_path import GAP

_ROBUST = 3.0  # in standard deviations: what is further off loses its say
_SUNK = 0.003  # m below the floor that count as one sigma
_STANDS = 0.0015  # m, of a standing joint's height
_SLIDES = 0.002  # m/s, of a standing joint, as far as one frame tells
_RATE = 30.0  # frames a second at which the evidence of one frame counts as one
_NEAREST = 0.3  # m from the camera
_ROUGH = torch.float32  # of how unknowns move points: it says where to go; costs say how far
_HARDLY = 1e-3  # a weight that only keeps the equations solvable where nothing else tells

# How freely things move: the usual size of what the lifter gets wrong, and the frequency (Hz) from
# which changes of that size are taken for error.
_FREELY = {
    "root": (0.05, 1.75),
    "facing": (0.12, 2.5),
    "lumbar": (0.10, 1.4),
    "spine": (0.10, 1.4),
    "neck": (0.12, 1.75),
    "head": (0.12, 1.75),
    "clavicle": (0.10, 1.75),
    "arm": (0.25, 2.8),
    "elbow": (0.35, 2.8),
    "wrist": (0.20, 1.75),
    "leg": (0.18, 2.8),
    "knee": (0.25, 3.2),
    "ankle": (0.20, 2.8),
}

Jerk = tuple[Float[Tensor, "rows 4"], Float[Tensor, "rows unknown"]]
"""Weights of four frames in a row, and how much the squared jerk of each unknown counts."""


@dataclass(frozen=True, eq=False)
class Equations:
    """The normal equations around a pose."""

    own: Float[Tensor, "time unknown unknown"]
    ties: Float[Tensor, "time unknown unknown"]  # of a frame (columns) with the next (rows)
    pull: Float[Tensor, "time unknown"]  # half the gradient of the cost
    held: Bool[Tensor, "time unknown"]  # at its limit, and pulled beyond


@cache
def calmness() -> Float[Tensor, " unknown"]:
    """The weight of each unknown's squared jerk, for an integral over seconds."""
    kinds = ["root"] * 3 + ["facing"] * 3 + list(KINDS)
    size, hz = torch.tensor([_FREELY[kind] for kind in kinds], dtype=torch.float64).unbind(dim=1)
    return _RATE / (size * (2 * torch.pi * hz) ** ORDER) ** 2


def cost(pose: Pose, posed: Posed, e: Evidence, jerk: Jerk) -> float:
    """How unlikely a pose is."""
    xyz = posed.xyz
    total = _robust((_away(posed, e) ** 2).sum(dim=-1) * e.weight).sum()
    total += (((pose.root - e.root) ** 2).sum(dim=-1) * e.root_weight).sum()
    if e.sight is not None:
        _, off, weight, _ = _seen(posed, e)
        total += _robust((off**2).sum(dim=-1) * weight).sum()
    mean, weight = usual()
    total += ((pose.angles - mean) ** 2 * weight * e.seen[:, None]).sum()
    if e.floor > 0:
        total += (xyz[..., 2].clamp(max=0) ** 2).sum() * (e.floor / _SUNK) ** 2
        total += (e.planted * _heights(posed) ** 2).sum() * (e.floor / _STANDS) ** 2
    if e.locked and len(e) > 1:
        weight, moved = _slides(posed, e)
        total += (weight * (moved**2).sum(dim=-1)).sum()
    rows, calm = jerk
    return float(total + (_jerks(pose, rows) ** 2 * calm).sum())


def equations(pose: Pose, posed: Posed, e: Evidence, jerk: Jerk) -> Equations:
    """What a small step from this pose would do; the jerk's own matrix is left to the solver."""
    J = jacobian(posed, _ROUGH)
    own, pull = _of_single_frames(posed, J, e)
    diagonal = own.diagonal(dim1=1, dim2=2)
    diagonal[:, :3] += e.root_weight[:, None]
    pull[:, :3] += e.root_weight[:, None] * (pose.root - e.root)
    mean, weight = usual()
    weight = weight * e.seen[:, None]
    diagonal[:, 6:] += weight + _HARDLY
    pull[:, 6:] += weight * (pose.angles - mean)
    ties = torch.zeros_like(own)
    if e.locked and len(e) > 1 and bool(e.planted.any()):
        _add_ties(posed, J, e, own, ties, pull)
    rows, calm = jerk
    jerks = _jerks(pose, rows) * calm
    for i in range(ORDER + 1):
        pull[i : i + len(rows)] += rows[:, i, None] * jerks
    # What is at its limit and would go on beyond stays (Bertsekas' projected Newton).
    low, high = limits().unbind(dim=1)
    beyond = (pose.angles >= high) & (pull[:, 6:] < 0) | (pose.angles <= low) & (pull[:, 6:] > 0)
    return Equations(own, ties, pull, torch.nn.functional.pad(beyond, (6, 0)))


def _of_single_frames(posed: Posed, J: Tensor, e: Evidence) -> tuple[Tensor, Tensor]:
    """All that ties the unknowns of one frame, but those terms that have one unknown each."""
    away = _away(posed, e)
    weight = e.weight * _say((away**2).sum(dim=-1) * e.weight)
    measured = list(e.joints)
    blocks = [(J[:, measured] - J[:, :1], away, weight[..., None].expand_as(away))]
    if e.sight is not None:
        blocks.append(_sight(posed, e))
    if e.floor > 0:
        sunk = (posed.xyz[..., 2] < 0).any(dim=0).nonzero()[:, 0]
        z = posed.xyz[:, sunk, 2:]
        blocks.append((J[:, sunk, 2:], z.clamp(max=0), (z < 0) * (e.floor / _SUNK) ** 2))
        down = _standing(e)
        stands = e.planted[:, down, None] * (e.floor / _STANDS) ** 2
        places = torch.tensor(PLANTABLE)[down]
        blocks.append((J[:, places, 2:], _heights(posed)[:, down, None], stands))
    # Products in double: what is rough is then still a sum of squares, and can be solved.
    moves = torch.cat([block[0].flatten(1, 2) for block in blocks], dim=1).double()
    off = torch.cat([block[1].flatten(1) for block in blocks], dim=1)
    weights = torch.cat([block[2].flatten(1) for block in blocks], dim=1)
    weighted = (moves * weights[..., None]).transpose(1, 2)
    return weighted @ moves, (weighted @ off[..., None])[..., 0]


def _sight(posed: Posed, e: Evidence) -> tuple[Tensor, Tensor, Tensor]:
    s = e.sight
    assert s is not None
    points, off, weight, toward = _seen(posed, e)
    weight = weight * _say((off**2).sum(dim=-1) * weight)
    moved = point_jacobian(posed, list(s.joints), points, fixed=True, dtype=_ROUGH)
    # Both in one: into the camera, and across the ray.
    look = s.R_camera_world[:2] - toward[..., None] * s.R_camera_world[2]
    across = look.to(_ROUGH) @ moved
    return across, off, weight[..., None].expand_as(off)


def _add_ties(
    posed: Posed, J: Tensor, e: Evidence, own: Tensor, ties: Tensor, pull: Tensor
) -> None:
    """What stands does not move from frame to frame."""
    down = _standing(e)
    weight, moved = (part[:, down] for part in _slides(posed, e))
    standing = J[:, torch.tensor(PLANTABLE)[down]].flatten(1, 2).double()
    each = weight[..., None].expand_as(moved).flatten(1)[..., None]
    before, after = standing[:-1], standing[1:]
    own[:-1] += (each * before).transpose(1, 2) @ before
    own[1:] += (each * after).transpose(1, 2) @ after
    ties[:-1] = -(each * after).transpose(1, 2) @ before
    shift = each * moved.flatten(1)[..., None]
    pull[:-1] -= (before * shift).sum(dim=1)
    pull[1:] += (after * shift).sum(dim=1)


def _standing(e: Evidence) -> Int[Tensor, " standing"]:
    """Which of `PLANTABLE` stand at all."""
    return e.planted.any(dim=0).nonzero()[:, 0]


def _away(posed: Posed, e: Evidence) -> Float[Tensor, "time measured 3"]:
    """How far each measured joint is from where the lifter has it, both seen from the root."""
    return posed.xyz[:, list(e.joints)] - posed.xyz[:, :1] - e.places


def _seen(posed: Posed, e: Evidence) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The points that a camera saw: where they are, how far (m) from their rays, the weight.

    And the rays that they are on: moving a point along its own ray does not change what is seen.
    """
    s = e.sight
    assert s is not None
    joints = list(s.joints)
    points = posed.xyz[:, joints] + (posed.world[:, joints] @ s.offsets[..., None])[..., 0]
    seen = points @ s.R_camera_world.T + s.t_camera_world
    off = seen[..., :2] - s.rays * seen[..., 2:]
    depth = seen[..., 2:].clamp(min=_NEAREST)
    return points, off, s.weight / depth[..., 0] ** 2, s.rays + off / depth


def _heights(posed: Posed) -> Float[Tensor, "time planted"]:
    """How far what can stand is above where it would."""
    return posed.xyz[:, list(PLANTABLE), 2] - torch.from_numpy(HEIGHTS)


def _slides(posed: Posed, e: Evidence) -> tuple[Tensor, Tensor]:
    """How far what stands moves from frame to frame, and the weight of that."""
    seconds = e.times.diff()[:, None]
    both = e.planted[1:] * e.planted[:-1] * (seconds <= GAP)
    feet = posed.xyz[:, list(PLANTABLE)]
    return both * (e.floor / _SLIDES) ** 2 * _RATE / seconds, feet[1:] - feet[:-1]


def _jerks(pose: Pose, rows: Float[Tensor, "rows 4"]) -> Float[Tensor, "rows unknown"]:
    """The third derivative of every unknown; turns of the root are seen from the second of four."""
    count = len(rows)
    total = rows.new_zeros((count, UNKNOWNS))
    middle = pose.facing[1 : count + 1].transpose(1, 2)
    for i in range(ORDER + 1 if count else 0):
        turned = logarithm(pose.facing[i : i + count] @ middle)
        part = [pose.root[i : i + count], turned, pose.angles[i : i + count]]
        total += rows[:, i, None] * torch.cat(part, dim=1)
    return total


def _robust(squares: Tensor) -> Tensor:
    """Cauchy's cost of a squared error in units of its variance."""
    return _ROBUST**2 * torch.log1p(squares / _ROBUST**2)


def _say(squares: Tensor) -> Tensor:
    """What is left of the weight."""
    return 1 / (1 + squares / _ROBUST**2)
