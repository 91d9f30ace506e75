"""What every rig file asks of a body: upright in the world, no gaps, evenly spaced frames."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError
from poise.geometry.rotations import quaternion_to_matrix
from poise.motion import Body
from poise.resampling import is_regular
from poise.skeletons import Skeleton

_LEAF_M = (0.02, 0.10)  # metres: shortest and longest bone drawn beyond a joint that ends a chain
_FLOOR_M = 0.03  # rest-pose joints this near to the lowest one are soles of feet


@dataclass(frozen=True, eq=False)
class Rig:
    """A body's numbers as rig files want them, in double precision and with z up."""

    skeleton: Skeleton
    path: Float[np.ndarray, "time joint 3"]  # each joint's place in its parent's frame
    rotations: Float[np.ndarray, "time joint 4"]  # unit, without jumps of sign
    rest: Float[np.ndarray, "joint 3"]  # offsets of the rest pose; the root's is zero
    fps: float
    moving: tuple[int, ...]  # joints whose place in the parent changes; the root is among them

    @property
    def matrices(self) -> Float[np.ndarray, "time joint 3 3"]:
        """The rotations as matrices."""
        return quaternion_to_matrix(self.rotations)

    def standing(self) -> Float[np.ndarray, "joint 3"]:
        """Where the joints of the rest pose are, its lowest one on the floor below the root."""
        places = self.rest.copy()
        for parent, child in sorted(
            self.skeleton.bones, key=lambda bone: self.skeleton.order.index(bone[1])
        ):
            places[child] = places[parent] + self.rest[child]
        return places - [0, 0, places[:, 2].min()]


def rig_of(body: Body) -> Rig:
    """The body for a rig file, or in words why it cannot be one."""
    motion, skeleton = body.motion, body.motion.skeleton
    if motion.frame != "world":
        raise PoiseError(
            "the body lives in its camera's frame, where up is not known; place it in the world "
            "first (Motion.to_world)"
        )
    if not is_regular(motion):
        raise PoiseError(
            "the frames are not evenly spaced in time, as rig files need them; make them so with "
            "poise.resampling.resample(body, fps)"
        )
    root = skeleton.order[0]
    unknown = ~np.isfinite(body.rotations).all(axis=(1, 2))
    unknown |= ~np.isfinite(motion.xyz[:, root]).all(axis=1)
    if body.offsets.ndim == 3:
        unknown |= ~np.isfinite(body.offsets).all(axis=(1, 2))
    elif not np.isfinite(body.offsets).all():
        worst = skeleton.joints[int(np.argmin(np.isfinite(body.offsets).all(axis=1)))]
        raise PoiseError(f"the length of {worst}'s bone is not known (NaN): a rig needs it")
    if unknown.any():
        raise PoiseError(
            f"{unknown.sum()} of {len(body)} frames are unknown (NaN), the first is frame "
            f"{int(unknown.argmax())}; rig files have no mark for that: fill them with "
            "poise.export.gaps.bridged(body), or cut them off"
        )
    rotations = body.rotations.astype(np.float64)
    rotations /= np.linalg.norm(rotations, axis=-1, keepdims=True)
    offsets = body.offsets.astype(np.float64)
    rest = offsets if offsets.ndim == 2 else np.median(offsets, axis=0)
    path = np.broadcast_to(offsets, (len(body), len(skeleton), 3)).copy()
    roots = [joint for joint, parent in enumerate(skeleton.parents) if parent < 0]
    path[:, roots] = motion.xyz[:, roots]
    rest = rest.copy()
    rest[root] = 0
    changing = np.flatnonzero(np.abs(path - rest).max(axis=(0, 2)) > 1e-6)
    return Rig(
        skeleton,
        path,
        steady(rotations),
        rest,
        motion.fps,
        tuple(sorted({*roots, *changing.tolist()})),
    )


def steady(rotations: Float[np.ndarray, "time joint 4"]) -> Float[np.ndarray, "time joint 4"]:
    """The same rotations, each quaternion of the sign nearer to the one before; first w >= 0."""
    turned = np.where((rotations[1:] * rotations[:-1]).sum(axis=-1) < 0, -1.0, 1.0)
    first = np.where(rotations[:1, :, 0] < 0, -1.0, 1.0)
    return rotations * np.cumprod(np.concatenate([first, turned]), axis=0)[..., None]


def leaf_ends(rig: Rig) -> dict[int, Float[np.ndarray, "3"]]:
    """For every joint that ends a chain, where its bone ends: half as far on, level at the sole.

    A joint keeps its place in every program that way; only the bone drawn beyond it is ours.
    """
    places = rig.standing()
    low = places[:, 2] < places[:, 2].min() + _FLOOR_M
    inner = {parent for parent, _ in rig.skeleton.bones}
    ends = {}
    for joint in range(len(rig.skeleton)):
        if joint in inner:
            continue
        along = rig.rest[joint].copy()
        length = float(np.clip(np.linalg.norm(along) / 2, *_LEAF_M))
        level = along * [1, 1, 0]
        if low[joint] and np.linalg.norm(level) > _LEAF_M[0]:
            along = level
        if np.linalg.norm(along) < 1e-6:
            along = np.array([0.0, 0.0, 1.0])
        ends[joint] = along / np.linalg.norm(along) * length
    return ends
