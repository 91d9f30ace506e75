"""From one joint set to another, by name.

Every joint of the target is either *measured* (the source has it), *synthesized* (a weighted sum
of the source's joints, written out below) or *unknown* (NaN, score 0). Nothing is guessed in
silence. The same recipe serves 2D and 3D.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError
from poise.motion import Keypoints, Motion
from poise.skeletons import (
    BLAZEPOSE33,
    BODY25,
    CMU31,
    CMU38,
    COCO17,
    FIGURE27,
    H36M16,
    H36M17,
    HALPE26,
    HUMANEVA15,
    MPI3DHP17,
    MPI3DHP28,
    SKELETONS,
    SMPL24,
    Skeleton,
    skeleton,
)

Weights = Mapping[str, float]
_SMALL = 0.1  # a weight up to this is a correction, without which the joint is known well enough
_CORRECTED = 0.3  # how far from 1 its counterpart's weight may be in a joint that is measured
Track = TypeVar("Track", Keypoints, Motion)


@dataclass(frozen=True)
class Conversion:
    """How each joint of `target` follows from those of `source`."""

    source: Skeleton
    target: Skeleton
    recipe: Mapping[str, Weights]  # target joint -> weights of source joints; absent: unknown

    def __post_init__(self) -> None:
        for joint, weights in self.recipe.items():
            self.target.index(joint)
            for name in weights:
                self.source.index(name)

    def __repr__(self) -> str:
        return f"Conversion({self.source.name} -> {self.target.name})"

    @property
    def measured(self) -> tuple[str, ...]:
        """The target's joints that the source has, if need be corrected a little by others."""
        return tuple(joint for joint in self.target.joints if self._measured(joint))

    @property
    def synthesized(self) -> tuple[str, ...]:
        """The target's joints that are made from several of the source's."""
        told = {*self.measured, *self.unknown}
        return tuple(joint for joint in self.target.joints if joint not in told)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The target's joints that the source does not tell."""
        return tuple(joint for joint in self.target.joints if not self.recipe.get(joint))

    def _sum(self, weights: Weights, points: Float[np.ndarray, "*n joint d"]) -> np.ndarray:
        parts = (
            weight * points[..., self.source.index(name), :] for name, weight in weights.items()
        )
        return np.asarray(sum(parts))

    def _measured(self, joint: str) -> bool:
        weights = self.recipe.get(joint, {})
        return len(weights) == 1 or abs(1 - weights.get(joint, 0)) < _CORRECTED

    @cached_property
    def matrix(self) -> Float[np.ndarray, "joint2 joint"]:
        """The recipe as weights, for tensors: target = matrix @ source; NaN in unknown rows."""
        matrix = np.zeros((len(self.target), len(self.source)))
        for joint in self.target.joints:
            weights = self.recipe.get(joint) or dict.fromkeys(self.source.joints, np.nan)
            for name, weight in weights.items():
                matrix[self.target.index(joint), self.source.index(name)] = weight
        return matrix

    def points(self, points: Float[np.ndarray, "*n joint d"]) -> Float[np.ndarray, "*n joint2 d"]:
        """Where the target's joints are."""
        result = np.full((*points.shape[:-2], len(self.target), points.shape[-1]), np.nan)
        for joint, weights in self.recipe.items():
            place = self._sum(weights, points)
            firm = _firm(weights)
            if len(firm) < len(weights):  # a correction that is not known is left out
                place = np.where(np.isnan(place), self._sum(firm, points), place)
            result[..., self.target.index(joint), :] = place
        return result.astype(points.dtype)

    def scores(self, scores: Float[np.ndarray, "*n joint"]) -> Float[np.ndarray, "*n joint2"]:
        """How sure they are: as sure as the least sure joint they come from."""
        result = np.zeros((*scores.shape[:-1], len(self.target)), scores.dtype)
        for joint, weights in self.recipe.items():
            sources = [self.source.index(name) for name in _firm(weights)]
            result[..., self.target.index(joint)] = scores[..., sources].min(axis=-1)
        return result

    def sigmas(self, sigmas: Float[np.ndarray, "*n joint"]) -> Float[np.ndarray, "*n joint2"]:
        """Their standard deviation, the errors of different joints taken as independent."""
        result = np.full((*sigmas.shape[:-1], len(self.target)), np.nan)
        for joint, weights in self.recipe.items():
            parts = (
                (weight * sigmas[..., self.source.index(name)]) ** 2
                for name, weight in weights.items()
            )
            result[..., self.target.index(joint)] = np.sqrt(sum(parts))
        return result.astype(sigmas.dtype)

    def __call__(self, track: Track) -> Track:
        """The whole track on the other joint set."""
        if track.skeleton != self.source:
            raise PoiseError(f"{self!r} was given a track on {track.skeleton.name}")
        if isinstance(track, Keypoints):
            xy, score = self.points(track.xy), self.scores(track.score)
            return replace(track, skeleton=self.target, xy=xy, score=score)
        sigma = None if track.sigma is None else self.sigmas(track.sigma)
        xyz = self.points(track.xyz)
        if not track.placed:  # the target's root may be another point of the body
            xyz = xyz - self.target.root_of(xyz)[..., None, :]
        return replace(track, skeleton=self.target, xyz=xyz, sigma=sigma)


def _firm(weights: Weights) -> Weights:
    """A recipe without the small corrections, the rest as weights that sum to what they did."""
    firm = {name: weight for name, weight in weights.items() if abs(weight) > _SMALL}
    total, all_of_them = sum(firm.values()), sum(weights.values())
    return {name: weight * all_of_them / total for name, weight in firm.items()}


def convert(track: Track, target: Skeleton | str) -> Track:
    """A track on another joint set, given itself or by its name.

    >>> convert(keypoints, H36M17)
    """
    target = skeleton(target) if isinstance(target, str) else target
    if track.skeleton == target:
        return track
    return conversion(track.skeleton, target)(track)


def conversion(source: Skeleton, target: Skeleton) -> Conversion:
    """The named conversion between two joint sets, directly or by way of h36m17."""
    direct = _NAMED.get((source.name, target.name))
    if direct is not None and (direct.source, direct.target) == (source, target):
        return direct
    first, second = _NAMED.get((source.name, "h36m17")), _NAMED.get(("h36m17", target.name))
    if first is not None and second is not None and first.source == source:
        return _chain(first, second)
    if source.name in SKELETONS and source != SKELETONS[source.name]:
        raise PoiseError(
            f"this skeleton is called {source.name}, but its joints are not those that poise knows "
            "by that name; rename it, or write a Conversion of your own"
        )
    known = sorted({name for name, _ in _NAMED if (name, target.name) in _NAMED})
    raise PoiseError(
        f"no conversion from skeleton {source.name} to {target.name}; "
        f"to {target.name} one can come from: {', '.join(known) or 'none'}"
    )


def _chain(first: Conversion, second: Conversion) -> Conversion:
    recipe: dict[str, dict[str, float]] = {}
    for joint, weights in second.recipe.items():
        total: dict[str, float] = {}
        for middle, outer in weights.items():
            for name, inner in first.recipe.get(middle, {"": np.nan}).items():
                total[name] = total.get(name, 0.0) + outer * inner
        if "" not in total:  # a middle joint that the first does not know leaves this one unknown
            recipe[joint] = total
    return Conversion(first.source, second.target, recipe)


def _same(source: Skeleton, target: Skeleton, **renamed: str) -> dict[str, Weights]:
    """The joints that both sets have under one name, and those with another name in the source."""
    names = {joint: joint for joint in target.joints if joint in source.joints} | renamed
    return {joint: {name: 1.0} for joint, name in names.items()}


def _renamed(pairs: str) -> dict[str, Weights]:
    """Joints under other names, as "target:source target:source"."""
    split = (pair.split(":") for pair in pairs.split())
    return {target: {source: 1.0} for target, source in split}


def _mean(*joints: str) -> Weights:
    return {joint: 1 / len(joints) for joint in joints}


def _weighted(*parts: tuple[float, Weights]) -> Weights:
    total: dict[str, float] = {}
    for share, weights in parts:
        for joint, weight in weights.items():
            total[joint] = total.get(joint, 0.0) + share * weight
    return total


_HIPS = _mean("left_hip", "right_hip")
_SHOULDERS = _mean("left_shoulder", "right_shoulder")
_TRUNK = _mean("left_hip", "right_hip", "left_shoulder", "right_shoulder")


def _beyond(start: Weights, end: Weights, by: float) -> Weights:
    """The point past `end`, seen from `start`, by a share of their distance."""
    names = dict.fromkeys([*end, *start])
    return {name: (1 + by) * end.get(name, 0.0) - by * start.get(name, 0.0) for name in names}


# Detectors mark the ears but not the top of the head. On an upright adult the ears are about
# 0.21 m above the shoulder line and the head joint of h36m17 about 0.10 m above the ears.
_HEAD_FROM_EARS = _beyond(_SHOULDERS, _mean("left_ear", "right_ear"), 0.5)

COCO17_TO_H36M17 = Conversion(
    COCO17,
    H36M17,
    _same(COCO17, H36M17)
    | {"pelvis": _HIPS, "spine": _TRUNK, "thorax": _SHOULDERS, "head": _HEAD_FROM_EARS},
)
"""Pelvis, spine, thorax and head are synthesized; the face's nose stands for the neck/nose."""

BODY25_TO_H36M17 = Conversion(
    BODY25,
    H36M17,
    _same(BODY25, H36M17, thorax="neck")
    | {"spine": _mean("pelvis", "neck"), "head": _HEAD_FROM_EARS},
)
"""Spine and head are synthesized."""

HALPE26_TO_H36M17 = Conversion(
    HALPE26, H36M17, _same(HALPE26, H36M17, thorax="neck") | {"spine": _mean("pelvis", "neck")}
)
"""The spine is synthesized."""

BLAZEPOSE33_TO_H36M17 = Conversion(
    BLAZEPOSE33,
    H36M17,
    _same(BLAZEPOSE33, H36M17)
    | {
        # Measured on rendered people (benchmarks/detector.py): BlazePose sets shoulders, elbows
        # and ankles too high for lifters, hips too low, and its nose is a face's.
        "pelvis": _weighted((0.985, _HIPS), (0.015, _SHOULDERS)),
        "spine": _weighted((0.56, _HIPS), (0.44, _SHOULDERS)),
        "thorax": _weighted((0.97, _SHOULDERS), (0.03, _HIPS)),
        "nose": _weighted((0.75, {"nose": 1.0}), (0.25, _SHOULDERS)),
        "head": _weighted((1.225, _mean("left_ear", "right_ear")), (-0.225, _SHOULDERS)),
    }
    | {
        f"{side}_{joint}": {f"{side}_{joint}": 1 - share, f"{side}_{other}": share}
        for side in ("left", "right")
        for joint, other, share in (
            ("hip", "shoulder", 0.01),
            ("shoulder", "hip", 0.03),
            ("elbow", "shoulder", -0.07),
            ("ankle", "knee", -0.06),
        )
    },
)
"""Pelvis, spine, thorax and head are synthesized; all others but knees and wrists are corrected."""

MPI3DHP28_TO_H36M17 = Conversion(
    MPI3DHP28,
    H36M17,
    _same(MPI3DHP28, H36M17, thorax="neck", head="head_top", nose="head"),
)
"""Everything is measured; the head joint stands for the neck/nose."""

MPI3DHP17_TO_H36M17 = Conversion(
    MPI3DHP17, H36M17, _same(MPI3DHP17, H36M17, thorax="neck", head="head_top", nose="head")
)
"""Everything is measured; the head joint stands for the neck/nose."""

HUMANEVA15_TO_H36M17 = Conversion(
    HUMANEVA15,
    H36M17,
    _same(HUMANEVA15, H36M17)
    | {"spine": _mean("pelvis", "thorax"), "nose": _mean("thorax", "head")},
)
"""Spine and nose are synthesized."""

SMPL24_TO_H36M17 = Conversion(
    SMPL24,
    H36M17,
    _same(SMPL24, H36M17, spine="spine2", thorax="neck")
    # SMPL's head joint is at the jaw; the crown lies on the line from the neck through it.
    | {"nose": _beyond({"neck": 1.0}, {"head": 1.0}, 0.3)}
    | {"head": _beyond({"neck": 1.0}, {"head": 1.0}, 1.6)},
)
"""Nose and head are synthesized on the line from neck to head (without the mesh, no face)."""

CMU31_TO_H36M17 = Conversion(
    CMU31,
    H36M17,
    {
        "pelvis": _mean("lhipjoint", "rhipjoint"),
        "right_hip": {"rhipjoint": 1.0},
        "right_knee": {"rfemur": 1.0},
        "right_ankle": {"rtibia": 1.0},
        "left_hip": {"lhipjoint": 1.0},
        "left_knee": {"lfemur": 1.0},
        "left_ankle": {"ltibia": 1.0},
        "spine": {"lowerback": 1.0},
        "thorax": _mean("thorax", "lowerneck"),
        # 0.15 up the head bone; the 85 mm to the front need the head's rotation: `data.cmu`.
        "nose": {"upperneck": 0.85, "head": 0.15},
        "head": {"head": 1.0},
        "left_shoulder": {"lclavicle": 1.0},
        "left_elbow": {"lhumerus": 1.0},
        "left_wrist": {"lradius": 1.0},
        "right_shoulder": {"rclavicle": 1.0},
        "right_elbow": {"rhumerus": 1.0},
        "right_wrist": {"rradius": 1.0},
    },
)
"""Joints only. `poise.data.cmu` places the nose too, which needs the head's rotation."""

CMU38_TO_CMU31 = Conversion(
    CMU38,
    CMU31,
    # A bone's END is where the next begins: the left knee ends `lfemur` and starts `lleg`.
    _renamed(
        "root:hips lhipjoint:lupleg lfemur:lleg ltibia:lfoot lfoot:ltoebase ltoes:ltoeend "
        "rhipjoint:rupleg rfemur:rleg rtibia:rfoot rfoot:rtoebase rtoes:rtoeend "
        "lowerback:spine upperback:spine1 thorax:neck lowerneck:neck1 upperneck:head "
        "head:headend lclavicle:larm lhumerus:lforearm lradius:lhand lwrist:lfingerbase "
        "lhand:lindex lfingers:lindexend lthumb:lthumbend rclavicle:rarm rhumerus:rforearm "
        "rradius:rhand rwrist:rfingerbase rhand:rindex rfingers:rindexend rthumb:rthumbend"
    ),
)
"""A renaming: the ends of the bones for their starts."""

CMU38_TO_H36M17 = _chain(CMU38_TO_CMU31, CMU31_TO_H36M17)
"""By way of cmu31."""

FIGURE27_TO_H36M17 = Conversion(FIGURE27, H36M17, _same(FIGURE27, H36M17))
"""Everything is measured: the figure has these joints by design."""

H36M16_TO_H36M17 = Conversion(
    H36M16, H36M17, _same(H36M16, H36M17) | {"nose": _mean("thorax", "head")}
)
"""The nose is synthesized."""

H36M17_TO_H36M16 = Conversion(H36M17, H36M16, _same(H36M17, H36M16))
"""The nose is left out."""

H36M17_TO_MPI3DHP17 = Conversion(
    H36M17, MPI3DHP17, _same(H36M17, MPI3DHP17, neck="thorax", head="nose", head_top="head")
)
"""A renaming."""

H36M17_TO_HUMANEVA15 = Conversion(H36M17, HUMANEVA15, _same(H36M17, HUMANEVA15))
"""Spine and nose are left out."""

H36M17_TO_COCO17 = Conversion(H36M17, COCO17, _same(H36M17, COCO17))
"""Eyes and ears are unknown."""

BODY25_TO_COCO17 = Conversion(BODY25, COCO17, _same(BODY25, COCO17))
HALPE26_TO_COCO17 = Conversion(HALPE26, COCO17, _same(HALPE26, COCO17))
BLAZEPOSE33_TO_COCO17 = Conversion(BLAZEPOSE33, COCO17, _same(BLAZEPOSE33, COCO17))
MPI3DHP28_TO_MPI3DHP17 = Conversion(MPI3DHP28, MPI3DHP17, _same(MPI3DHP28, MPI3DHP17))

CONVERSIONS: tuple[Conversion, ...] = (
    COCO17_TO_H36M17,
    BODY25_TO_H36M17,
    HALPE26_TO_H36M17,
    BLAZEPOSE33_TO_H36M17,
    MPI3DHP28_TO_H36M17,
    MPI3DHP17_TO_H36M17,
    HUMANEVA15_TO_H36M17,
    SMPL24_TO_H36M17,
    CMU31_TO_H36M17,
    CMU38_TO_CMU31,
    CMU38_TO_H36M17,
    FIGURE27_TO_H36M17,
    H36M16_TO_H36M17,
    H36M17_TO_H36M16,
    H36M17_TO_MPI3DHP17,
    H36M17_TO_HUMANEVA15,
    H36M17_TO_COCO17,
    BODY25_TO_COCO17,
    HALPE26_TO_COCO17,
    BLAZEPOSE33_TO_COCO17,
    MPI3DHP28_TO_MPI3DHP17,
)
_NAMED = {(item.source.name, item.target.name): item for item in CONVERSIONS}
