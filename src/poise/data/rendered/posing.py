"""How the figure bends: few natural angles, and the bones that they turn.

The spine bends along its length, neck and head share a nod, elbows and knees are hinges, and a
limb's twist is spread over its two halves, so that the skin does not wring.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from poise.data.rendered.anatomy import SIDES, anny, bones

# Angles by name and how many; a limb's are two of swing (about `Limbs.across`) and one of twist.
_TRUNK = {"root": 3, "lumbar": 3, "chest": 3, "neck": 3, "head": 3}
_LIMBS = {
    "clavicle": 3,
    "arm": 3,
    "elbow": 1,
    "leg": 3,
    "knee": 1,
    "foot": 3,
    "toes": 1,
}
ANGLES: dict[str, slice] = {}
_count = 0
for _name, _size in (
    *_TRUNK.items(),
    *((f"{side}_{limb}", size) for side, _ in SIDES for limb, size in _LIMBS.items()),
):
    ANGLES[_name] = slice(_count, _count + _size)
    _count += _size
ANGLE_COUNT = _count

_SHARES = {  # bones that share an angle, and how much of it each takes
    "lumbar": (("spine05", 0.2), ("spine04", 0.4), ("spine03", 0.4)),
    "chest": (("spine02", 0.5), ("spine01", 0.5)),
    "neck": (("neck01", 0.35), ("neck02", 0.35), ("neck03", 0.3)),
    "head": (("head", 1.0),),
}


@dataclass(frozen=True, eq=False)
class Limb:
    """Axes of an arm or a leg in the rest pose."""

    along: Float[Tensor, "3"]  # the upper bone
    across: Float[Tensor, "2 3"]  # a right angle to it, twice
    hinge: Float[Tensor, "3"]  # of elbow or knee; positive bends
    bent: float  # how much elbow or knee is bent at rest, radians


def limb(heads: Float[Tensor, "bone 3"], upper: str, lower: str, end: str, back: bool) -> Limb:
    """The axes of a limb; `back`: it bends backwards, as knees do."""
    index = bones()
    first = heads[index[lower]] - heads[index[upper]]
    second = heads[index[end]] - heads[index[lower]]
    along = first / first.norm()
    # The hinge is level for knees, which are all but straight at rest; else it is as at rest.
    bend = torch.tensor([1.0, 0.0, 0.0]) if back else torch.linalg.cross(first, second)
    bend = bend - (bend @ along) * along
    hinge = bend / bend.norm()
    along_second = second / second.norm()
    bent = torch.atan2(torch.linalg.cross(along, along_second) @ hinge, along @ along_second)
    other = torch.linalg.cross(along, hinge)
    return Limb(along, torch.stack([hinge, other]), hinge, float(bent))


def limbs(heads: Float[Tensor, "bone 3"]) -> dict[str, Limb]:
    """The axes of all four limbs."""
    found = {}
    for side, mark in SIDES:
        arm = (f"upperarm01.{mark}", f"lowerarm01.{mark}", f"wrist.{mark}")
        leg = (f"upperleg01.{mark}", f"lowerleg01.{mark}", f"foot.{mark}")
        found[f"{side}_arm"] = limb(heads, *arm, back=False)
        found[f"{side}_leg"] = limb(heads, *leg, back=True)
    return found


def turn_bones(
    angles: Float[Tensor, "time angle"], axes: dict[str, Limb]
) -> dict[str, Float[Tensor, "time 3 3"]]:
    """How each bone that bends is turned against its parent."""
    turned: dict[str, Tensor] = {}
    for name, shares in _SHARES.items():
        for bone, share in shares:
            turned[bone] = rotation(share * angles[:, ANGLES[name]])
    for side, mark in SIDES:
        turned[f"clavicle.{mark}"] = rotation(angles[:, ANGLES[f"{side}_clavicle"]])
        parts = (("arm", "upperarm", "lowerarm", "elbow"), ("leg", "upperleg", "lowerleg", "knee"))
        for name, upper, lower, hinge in parts:
            limb_axes = axes[f"{side}_{name}"]
            own = angles[:, ANGLES[f"{side}_{name}"]]
            half = rotation(own[:, 2:] / 2 * limb_axes.along)
            turned[f"{upper}01.{mark}"] = rotation(own[:, :2] @ limb_axes.across) @ half
            turned[f"{upper}02.{mark}"] = half
            bend = angles[:, ANGLES[f"{side}_{hinge}"]]
            turned[f"{lower}01.{mark}"] = rotation(bend * limb_axes.hinge)
        turned[f"foot.{mark}"] = rotation(angles[:, ANGLES[f"{side}_foot"]])
        sideways = torch.tensor([1.0, 0.0, 0.0], dtype=angles.dtype)
        up = rotation(-angles[:, ANGLES[f"{side}_toes"]] * sideways)
        turned |= {f"toe{toe}-1.{mark}": up for toe in range(1, 6)}
    return turned


def pose(
    angles: Float[Tensor, "time angle"],
    path: Float[Tensor, "time 3"],
    upright: Float[Tensor, "time 3 3"],
    heads: Float[Tensor, "bone 3"],
    axes: dict[str, Limb],
    fixed: dict[str, Float[Tensor, "3 3"]] | None = None,
    only: frozenset[str] | None = None,
) -> tuple[Float[Tensor, "time bone 3"], Float[Tensor, "time bone 3 3"]]:
    """Where every bone begins, and how it is turned in the world.

    `upright` is the root's first guess, that its angles turn further. `fixed` turns further bones
    by the same in all frames (fingers), `only` leaves out bones that nobody asks for.
    """
    turned = turn_bones(angles, axes)
    root = upright @ rotation(angles[:, ANGLES["root"]])
    places: list[Tensor] = []
    turns: list[Tensor] = []
    for bone, (name, parent) in enumerate(
        zip(anny().bone_labels, anny().bone_parents, strict=True)
    ):
        if parent < 0:
            places.append(path)
            turns.append(root)
            continue
        if only is not None and name not in only:
            places.append(places[parent])
            turns.append(turns[parent])
            continue
        offset = heads[bone] - heads[parent]
        places.append(places[parent] + turns[parent] @ offset)
        own = turned.get(name)
        if own is None and fixed is not None and name in fixed:
            own = fixed[name].expand(len(path), 3, 3)
        turns.append(turns[parent] if own is None else turns[parent] @ own)
    return torch.stack(places, dim=1), torch.stack(turns, dim=1)


def rotation(vectors: Float[Tensor, "time 3"]) -> Float[Tensor, "time 3 3"]:
    """Rotations about these vectors, by their lengths (Rodrigues; smooth at zero)."""
    square = (vectors**2).sum(dim=-1)[:, None, None]
    angle = (square + 1e-12).sqrt()
    x, y, z = vectors.unbind(dim=-1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).reshape(-1, 3, 3)
    sine, versed = torch.sin(angle) / angle, 2 * (torch.sin(angle / 2) / angle) ** 2
    return torch.eye(3, dtype=vectors.dtype) + sine * cross + versed * (cross @ cross)
