"""The figure's anatomy: Anny's body, how its main bones bend, and where its joints are.

A rotation here turns a bone out of the rest pose, in the axes of the world (z up, the person faces
-y); the same for all bodies, since it does not depend on how a rig's bones are turned.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from poise.data.rendered.extras import needed
from poise.skeletons import H36M17

SIDES = (("left", "L"), ("right", "R"))

# What of a body its bone lengths may change, beside Anny's phenotype; the parts' names are Anny's.
PROPORTIONS = (
    "measure-upperarm-length-incr",
    "measure-lowerarm-length-incr",
    "measure-upperleg-height-incr",
    "measure-lowerleg-height-incr",
    "measure-napetowaist-dist-incr",
    "measure-waisttohip-dist-incr",
    "measure-neck-height-incr",
    "measure-shoulder-dist-incr",
    "hip-scale-horiz-incr",
)

# Joints that are the heads of bones.
CENTRES = {
    f"{side}_{joint}": f"{bone}.{mark}"
    for side, mark in SIDES
    for joint, bone in (
        ("hip", "upperleg01"),
        ("knee", "lowerleg01"),
        ("ankle", "foot"),
        ("shoulder", "upperarm01"),
        ("elbow", "lowerarm01"),
        ("wrist", "wrist"),
    )
}

Points = Mapping[str, tuple[str, tuple[float, float, float]]]
"""Joints that are points of one bone: metres from its head, in a body at rest of usual size."""

# Means over bodies fitted to 1,000 frames of mocap17's training split, so that the joints of a film
# are the joints that lifters learn from it: python examples/film.py calibrate MOCAP17
POINTS: Points = {
    "spine": ("spine03", (0.0, -0.0083, 0.0615)),
    "thorax": ("spine01", (0.0, -0.0457, 0.1227)),
    "nose": ("head", (0.0, -0.0864, -0.0119)),
    "head": ("head", (0.0, -0.0287, 0.0832)),
}
TRUNK = ("root", "neck01")
_TRUNK_M = 0.5  # of a body of usual size


@dataclass(frozen=True, eq=False)
class Build:
    """A body at rest: what it looks like and where its bones begin."""

    vertices: Float[Tensor, "vertex 3"]
    heads: Float[Tensor, "bone 3"]


@cache
def anny() -> Any:
    """Anny's body, with the proportions that bone lengths may change."""
    needed("warp").config.quiet = True  # it greets on standard output otherwise
    return needed("anny").Anny(local_changes=list(PROPORTIONS), skinning_method="lbs")


@cache
def bones() -> dict[str, int]:
    """The index of each of Anny's bones."""
    return {name: index for index, name in enumerate(anny().bone_labels)}


def rest_heads(
    phenotype: dict[str, Float[Tensor, ""]], proportions: Float[Tensor, " proportion"]
) -> Float[Tensor, "bone 3"]:
    """Where the bones of a body at rest begin."""
    body = anny()
    blend = body.bone_heads_blendshapes
    return body.template_bone_heads + torch.einsum(
        "b,bjk->jk", _coefficients(phenotype, proportions)[0], blend
    )


def build(phenotype: dict[str, float], proportions: Float[np.ndarray, " proportion"]) -> Build:
    """The body of this phenotype at rest."""
    body = anny()
    with torch.no_grad():
        told = {name: torch.tensor(value, dtype=body.dtype) for name, value in phenotype.items()}
        sizes = torch.as_tensor(proportions, dtype=body.dtype)
        vertices = body.get_rest_vertices(_coefficients(told, sizes))[0]
        heads = rest_heads(told, sizes)
    return Build(vertices.float(), heads.float())


def _coefficients(phenotype: dict[str, Tensor], proportions: Tensor) -> Tensor:
    body = anny()
    phenotype_row = torch.stack(
        [phenotype.get(name, torch.tensor(0.5, dtype=body.dtype)) for name in body.phenotype_labels]
    )
    order = [PROPORTIONS.index(name) for name in body.local_change_labels]
    nothing = torch.zeros(1, len(body.facial_action_labels), dtype=body.dtype)
    found: Tensor = body._get_phenotype_blendshape_coefficients(
        phenotype_row[None], proportions[order][None], nothing
    )
    return found


def joints(
    heads: Float[Tensor, "bone 3"],
    places: Float[Tensor, "time bone 3"],
    turns: Float[Tensor, "time bone 3 3"],
    points: Points = POINTS,
) -> Float[Tensor, "time 17 3"]:
    """The h36m17 joints of posed bodies."""
    index = bones()
    found = {name: places[:, index[bone]] for name, bone in CENTRES.items()}
    found["pelvis"] = (found["left_hip"] + found["right_hip"]) / 2
    for name, (bone, point) in points.items():
        offset = trunk_scale(heads) * torch.tensor(point, dtype=heads.dtype)
        found[name] = places[:, index[bone]] + turns[:, index[bone]] @ offset
    return torch.stack([found[name] for name in H36M17.joints], dim=1)


def trunk_scale(heads: Float[Tensor, "bone 3"]) -> Float[Tensor, ""]:
    """How large the body is, compared with the one whose `POINTS` are written down."""
    low, high = (heads[bones()[name]] for name in TRUNK)
    return (high - low).norm() / _TRUNK_M
