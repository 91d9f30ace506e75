"""From a motion to a body that moves so: bone lengths first, then all frames' angles at once."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from poise.conversions import convert
from poise.data.rendered import anatomy
from poise.data.rendered.anatomy import CENTRES, POINTS, SIDES, Build, Points, anny, bones
from poise.data.rendered.guessing import first_guess
from poise.data.rendered.posing import ANGLE_COUNT, ANGLES, Limb, limbs, pose
from poise.errors import PoiseError
from poise.motion import Motion
from poise.skeletons import H36M17

SOLE_M = 0.012  # of the shoes, that the bare foot stands above the floor
ROUNDS = 350

# How far each angle may go from rest before it costs as much as a joint 10 mm off, in radians;
# and the same for its change of speed from frame to frame.
_FREE = {
    "root": 9.0,
    "lumbar": 0.7,
    "chest": 0.7,
    "neck": 0.5,
    "head": 0.5,
    "clavicle": 0.25,
    "arm": 2.5,
    "elbow": 9.0,
    "leg": 2.5,
    "knee": 9.0,
    "foot": 0.35,
    "toes": 0.4,
}
_STEADY = {"arm": 0.15, "elbow": 0.15, "knee": 0.15, "leg": 0.1, "foot": 0.06, "toes": 0.06}
_TWIST_FREE, _TWIST_STEADY = {"arm": 1.2, "leg": 0.4}, 0.06
_HYPEREXTENDED = 0.08  # radians beyond straight that an elbow or a knee may have


@dataclass(frozen=True, eq=False)
class Fitted:
    """A body, how it is bent in every frame, and how far its joints are from those asked for."""

    body: Build
    angles: Float[Tensor, "time angle"]
    path: Float[Tensor, "time 3"]
    upright: Float[Tensor, "time 3 3"]
    errors: Float[np.ndarray, "time 17"]  # metres


def fit(
    motion: Motion,
    phenotype: dict[str, float],
    rounds: int = ROUNDS,
    points: Points = POINTS,
) -> Fitted:
    """A body of this phenotype (Anny's; its height follows from the motion) in this motion."""
    if motion.frame != "world" or not motion.placed:
        raise PoiseError("only a motion that is placed in the world can be filmed")
    wanted = torch.tensor(convert(motion, H36M17).xyz, dtype=torch.float32)
    if not torch.isfinite(wanted).all():
        raise PoiseError("a joint of the motion is unknown (NaN); cut or fill those frames first")
    body = _build_like(wanted, phenotype, points)
    axes = limbs(body.heads)
    upright, path, angles = first_guess(wanted.double().numpy(), axes)
    return _bend(body, axes, wanted, motion, (upright, path, angles), rounds, points)


def _build_like(
    wanted: Float[Tensor, "time 17 3"], phenotype: dict[str, float], points: Points
) -> Build:
    """The body whose bones are as long as those of the motion, as far as people have such."""
    dtype = anny().dtype
    lengths = {
        name: (low, high, weight)
        for name, low, high, weight in (
            ("hips", "left_hip", "right_hip", 0.3),
            ("shoulders", "left_shoulder", "right_shoulder", 0.4),
            ("back", "pelvis", "spine", 0.7),
            ("chest", "spine", "thorax", 0.7),
            *((f"{side} thigh", f"{side}_hip", f"{side}_knee", 1.0) for side, _ in SIDES),
            *((f"{side} shin", f"{side}_knee", f"{side}_ankle", 1.0) for side, _ in SIDES),
            *((f"{side} arm", f"{side}_shoulder", f"{side}_elbow", 1.0) for side, _ in SIDES),
            *((f"{side} forearm", f"{side}_elbow", f"{side}_wrist", 1.0) for side, _ in SIDES),
        )
    }
    pairs = [
        (H36M17.index(low), H36M17.index(high), weight) for low, high, weight in lengths.values()
    ]
    target = torch.stack(
        [(wanted[:, low] - wanted[:, high]).norm(dim=-1).median() for low, high, _ in pairs]
    ).to(dtype)
    weights = torch.tensor([weight for *_, weight in pairs], dtype=dtype)
    stature = torch.zeros(2, dtype=dtype, requires_grad=True)  # height, proportions
    sizes = torch.zeros(len(anatomy.PROPORTIONS), dtype=dtype, requires_grad=True)
    told = {name: torch.tensor(value, dtype=dtype) for name, value in phenotype.items()}
    descent = torch.optim.Adam([stature, sizes], lr=0.05)
    for _ in range(200):
        descent.zero_grad()
        told |= dict(zip(("height", "proportions"), torch.sigmoid(stature), strict=True))
        heads = anatomy.rest_heads(told, torch.tanh(sizes))
        still = torch.eye(3, dtype=dtype).expand(1, len(heads), 3, 3)
        rest = anatomy.joints(heads, heads[None], still, points)[0]
        found = torch.stack([(rest[low] - rest[high]).norm() for low, high, _ in pairs])
        loss = (weights * ((found - target) / 0.01) ** 2).sum()
        loss = loss + (sizes / 0.5).square().sum() + (stature / 1.5).square().sum()
        loss.backward()
        descent.step()
    height, proportions = torch.sigmoid(stature.detach()).tolist()
    asked = {**phenotype, "height": height, "proportions": proportions}
    return anatomy.build(asked, torch.tanh(sizes.detach()).numpy())


def _bend(
    body: Build,
    axes: dict[str, Limb],
    wanted: Float[Tensor, "time 17 3"],
    motion: Motion,
    guess: tuple[np.ndarray, np.ndarray, np.ndarray],
    rounds: int,
    points: Points,
) -> Fitted:
    upright, path, angles = (torch.tensor(part, dtype=torch.float32) for part in guess)
    angles.requires_grad_()
    path.requires_grad_()
    free, steady = _costs()
    soles = _Soles(body)
    stands = _stands(wanted, motion.fps)
    descent = torch.optim.Adam([{"params": [angles], "lr": 0.03}, {"params": [path], "lr": 0.01}])
    pace = torch.optim.lr_scheduler.CosineAnnealingLR(descent, rounds, eta_min=0.002)
    speed = motion.fps / 30  # angles change less from frame to frame where there are more
    for _ in range(rounds):
        descent.zero_grad()
        places, turns = pose(angles, path, upright, body.heads, axes, only=_needed_bones())
        missed = (anatomy.joints(body.heads, places, turns, points) - wanted) / 0.01
        loss = (missed.square().sum(dim=-1) * _trust()).sum()
        loss = loss + (angles / free).square().sum()
        if len(angles) > 2:
            bends = angles[2:] - 2 * angles[1:-1] + angles[:-2]
            loss = loss + (bends * speed**2 / steady).square().sum()
            jolts = path[2:] - 2 * path[1:-1] + path[:-2]
            loss = loss + 0.2 * (jolts * speed**2 / 0.01).square().sum()
        for side, _ in SIDES:
            for hinge, name in (("elbow", "arm"), ("knee", "leg")):
                bend = angles[:, ANGLES[f"{side}_{hinge}"]] + axes[f"{side}_{name}"].bent
                over = torch.relu(-bend - _HYPEREXTENDED) + torch.relu(bend - 2.6)
                loss = loss + (over / 0.03).square().sum()
            heights = soles.heights(side, places, turns) - SOLE_M
            loss = loss + 2 * (torch.relu(-heights) / 0.01).square().sum()
            loss = loss + (stands[side][:, None] * heights / 0.02).square().sum()
        loss.backward()
        descent.step()
        pace.step()
    angles, path = angles.detach(), path.detach()
    places, turns = pose(angles, path, upright, body.heads, axes, only=_needed_bones())
    errors = (anatomy.joints(body.heads, places, turns, points) - wanted).norm(dim=-1)
    return Fitted(body, angles, path, upright, errors.double().numpy())


@cache
def _trust() -> Tensor:
    """How much each joint's place counts: trunk and head are defined in many ways."""
    loose = {"spine": 0.3, "thorax": 0.5, "nose": 0.7, "head": 0.7}
    return torch.tensor([loose.get(name, 1.0) for name in H36M17.joints])


def _costs() -> tuple[Tensor, Tensor]:
    free, steady = torch.full((ANGLE_COUNT,), 9.0), torch.full((ANGLE_COUNT,), 0.1)
    for name, where in ANGLES.items():
        kind = name.rpartition("_")[2]
        free[where] = _FREE[kind]
        steady[where] = _STEADY.get(kind, 0.1)
        if kind in _TWIST_FREE:
            free[where.stop - 1], steady[where.stop - 1] = _TWIST_FREE[kind], _TWIST_STEADY
    return free, steady


@cache
def _needed_bones() -> frozenset[str]:
    """Bones on the way to a joint that is asked for, or to a sole."""
    names, parents = anny().bone_labels, anny().bone_parents
    ends = [*CENTRES.values(), *(bone for bone, _ in POINTS.values())]
    ends += [f"toe2-1.{mark}" for _, mark in SIDES]
    found = set()
    for end in ends:
        bone = names.index(end)
        while bone >= 0:
            found.add(names[bone])
            bone = parents[bone]
    return frozenset(found)


def _stands(wanted: Float[Tensor, "time 17 3"], fps: float) -> dict[str, Float[Tensor, " time"]]:
    """Where a foot stands flat: the ankle is low and slow."""
    found = {}
    for side, _ in SIDES:
        ankle = wanted[:, H36M17.index(f"{side}_ankle")]
        step = torch.zeros(len(ankle))
        if len(ankle) > 1:
            steps = (ankle[1:] - ankle[:-1]).norm(dim=-1) * fps
            step = torch.minimum(torch.cat([steps[:1], steps]), torch.cat([steps, steps[-1:]]))
        low = torch.sigmoid((0.12 - ankle[:, 2]) / 0.008) * (ankle[:, 2] > -0.05)
        found[side] = low * torch.sigmoid((0.35 - step) / 0.08)
    return found


class _Soles:
    """Points of the soles: heel, ball on both sides, and toes."""

    def __init__(self, body: Build) -> None:
        index, weights = bones(), anny().vertex_bone_weights
        main = anny().vertex_bone_indices.gather(1, weights.argmax(dim=1, keepdim=True))[:, 0]
        self.points: dict[str, list[tuple[int, Tensor]]] = {}
        for side, mark in SIDES:
            foot, toe = index[f"foot.{mark}"], index[f"toe2-1.{mark}"]
            toes = [index[f"toe{number}-{part}.{mark}"] for number in (1, 3, 5) for part in (1, 2)]
            of_foot = body.vertices[main == foot]
            of_toes = body.vertices[torch.isin(main, torch.tensor(toes))]
            ground = torch.minimum(of_foot[:, 2].min(), of_toes[:, 2].min())
            low = of_foot[of_foot[:, 2] < ground + 0.02]
            tip = of_toes[of_toes[:, 1].argmin()].clone()
            tip[2] = of_toes[:, 2].min()
            chosen = [(foot, low[low[:, 1].argmax()])]
            for number in (1, 5):
                ball = body.heads[index[f"toe{number}-1.{mark}"]].clone()
                ball[2] = ground
                chosen.append((foot, ball))
            chosen.append((toe, tip))
            self.points[side] = [(bone, point - body.heads[bone]) for bone, point in chosen]

    def heights(self, side: str, places: Tensor, turns: Tensor) -> Float[Tensor, "time point"]:
        """How high each point is."""
        return torch.stack(
            [(places[:, bone] + turns[:, bone] @ point)[:, 2] for bone, point in self.points[side]],
            dim=1,
        )
