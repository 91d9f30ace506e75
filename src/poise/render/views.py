"""Where a motion is looked at from: from metres in three dimensions to the plane of a picture."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError, did_you_mean
from poise.motion import Motion
from poise.skeletons import Skeleton

ViewName = Literal["three-quarter", "front", "side", "top"]

# How far the viewer goes round the person towards its right hand, and up, in degrees. From the
# person's right, a walk goes from left to right, as one reads.
_VIEWS = {
    "three-quarter": (50.0, 14.0),
    "front": (0.0, 0.0),
    "side": (90.0, 0.0),
    "top": (180.0, 90.0),
}

_SEEN_FROM_THE_CAMERA = np.array([0.0, -1.0, 0.0])  # in `upright` points


@dataclass(frozen=True, eq=False)
class View:
    """A parallel projection of a space with z up; rows are picture right, picture up, nearer."""

    axes: Float[np.ndarray, "3 3"]

    def __call__(self, xyz: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
        """(right, up, nearer) of points, in metres."""
        return xyz @ self.axes.T

    @property
    def sees_ground(self) -> bool:
        """Whether the ground is an area in this view, not a line."""
        return abs(float(self.axes[2, 2])) > 0.05


def view_of(motion: Motion, name: str, turn_deg: float = 0.0) -> View:
    """The named view: of the way the person faces at first, or from the motion's own camera.

    `turn_deg` walks the viewer further round, towards the person's right.
    """
    if name not in _VIEWS:
        raise PoiseError(f"no view is called {name!r}{did_you_mean(name, list(_VIEWS))}")
    azimuth, elevation = _VIEWS[name]
    facing = _SEEN_FROM_THE_CAMERA if motion.frame == "camera" else heading(motion)
    return look_from(facing, azimuth + turn_deg, elevation)


def look_from(facing: Float[np.ndarray, "3"], azimuth_deg: float, elevation_deg: float) -> View:
    """The view of someone who faces this way, from so far round to the right, and so high."""
    a, e = np.deg2rad(azimuth_deg), np.deg2rad(elevation_deg)
    up = np.array([0.0, 0.0, 1.0])
    towards_viewer = np.cos(a) * facing + np.sin(a) * np.cross(facing, up)
    return View(
        np.stack(
            [
                np.cross(up, towards_viewer),
                np.cos(e) * up - np.sin(e) * towards_viewer,
                np.cos(e) * towards_viewer + np.sin(e) * up,
            ]
        )
    )


def upright(motion: Motion) -> Float[np.ndarray, "time joint 3"]:
    """The joints with z up, whatever the frame: a camera's (x, y, z) becomes (x, z, -y)."""
    xyz = np.asarray(motion.xyz, np.float64)
    if motion.frame == "world":
        return xyz
    return np.stack([xyz[..., 0], xyz[..., 2], -xyz[..., 1]], axis=-1)


def heading(motion: Motion) -> Float[np.ndarray, "3"]:
    """The level direction that the person faces, in the first frame that shows it."""
    pairs = trunk_pairs(motion.skeleton)
    if pairs:
        left, right = (list(side) for side in zip(*pairs, strict=True))
        xyz = upright(motion)
        across = (xyz[:, left] - xyz[:, right]).sum(axis=1)
        across[:, 2] = 0
        length = np.linalg.norm(across, axis=-1)
        for frame in np.flatnonzero(length > 0.05):  # a NaN is not greater than anything
            return np.cross(across[frame] / length[frame], [0.0, 0.0, 1.0])
    return _SEEN_FROM_THE_CAMERA


def trunk_pairs(skeleton: Skeleton) -> list[tuple[int, int]]:
    """(left, right) joints that hang on the middle of the body: hips, shoulders."""
    sided = {*skeleton.left, *skeleton.right}
    return [
        (left, right)
        for left, right in zip(skeleton.left, skeleton.right, strict=True)
        if skeleton.parents[left] not in sided
    ]
