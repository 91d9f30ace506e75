"""Bones as solid shapes, as rigs are drawn: thick where they begin, with a side in the shade."""

import numpy as np
from jaxtyping import Float

from poise.skeletons import Skeleton

_THICK_AT = 0.16  # of a bone's length
_WIDEST, _NARROWEST = 0.034, 0.012  # metres, half the thickness
_SLIM = 0.11  # half the thickness as a share of the length, between these

Shapes = Float[np.ndarray, "*pose bone 4 2"]


def shapes(
    xy: Float[np.ndarray, "*pose joint 2"],
    skeleton: Skeleton,
    lengths: Float[np.ndarray, " bone"],
    scale: float,
) -> Shapes:
    """Four corners of each bone on the page: its joint, the lower side, its end, the upper side."""
    parents, children = np.array(skeleton.bones).T
    start, end = xy[..., parents, :], xy[..., children, :]
    way = end - start
    long = np.linalg.norm(way, axis=-1, keepdims=True)
    # A bone that points at us has no direction on the page, and needs none: it is a dot.
    across = np.stack([-way[..., 1], way[..., 0]], axis=-1) / np.maximum(long, 1e-9)
    across *= np.where(across[..., 1:] < 0, -1, 1)  # the page's y goes down: this is below
    half = np.clip(_SLIM * lengths, _NARROWEST, _WIDEST)[:, None] * scale
    thick = start + _THICK_AT * way
    return np.stack([start, thick + half * across, end, thick - half * across], axis=-2)


def bone_lengths(xyz: Float[np.ndarray, "pose joint 3"], skeleton: Skeleton) -> np.ndarray:
    """The mean length of each bone, in metres."""
    parents, children = np.array(skeleton.bones).T
    return np.linalg.norm(xyz[:, children] - xyz[:, parents], axis=-1).mean(axis=0)


def outline(corners: Float[np.ndarray, "bone 4 2"]) -> str:
    """The `d` of whole bones, in tenths of a unit, which are whole numbers and so short."""
    return "".join(_closed(bone) for bone in corners)


def underside(corners: Float[np.ndarray, "bone 4 2"]) -> str:
    """The `d` of the half of each bone that is in its own shade."""
    return "".join(_closed(bone[:3]) for bone in corners)


def _closed(corners: Float[np.ndarray, "corner 2"]) -> str:
    points = np.rint(corners * 10).astype(int)
    (x, y), steps = points[0], np.diff(points, axis=0)
    return f"M{x} {y}l" + " ".join(f"{dx} {dy}" for dx, dy in steps) + "z"


def limbs(skeleton: Skeleton) -> dict[str, tuple[int, ...]]:
    """The bones of each limb, by its first joint, and the rest, which is the trunk.

    A limb begins where joints of one side hang on the middle of the body.
    """
    sided = {*skeleton.left, *skeleton.right}
    limb_of: dict[int, str] = {}
    for joint in skeleton.order:
        parent = skeleton.parents[joint]
        begins = joint in sided and parent not in sided
        limb_of[joint] = skeleton.joints[joint] if begins else limb_of.get(parent, "trunk")
    found: dict[str, list[int]] = {"trunk": []}
    for place, (_, child) in enumerate(skeleton.bones):
        found.setdefault(limb_of[child], []).append(place)
    return {name: tuple(bones) for name, bones in found.items()}


def side_of(skeleton: Skeleton, joint: int) -> str:
    """What a joint's colour is called."""
    if joint in skeleton.left:
        return "left"
    return "right" if joint in skeleton.right else "middle"
