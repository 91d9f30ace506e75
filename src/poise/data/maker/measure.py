"""What made motion is held to: still feet, joints inside their limits, and variety."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Float

from poise.anatomy.pose import beyond_limits
from poise.data.maker.perform import Performance
from poise.data.maker.score import spans
from poise.geometry.rotations import about, quaternion_to_matrix
from poise.motion import Motion
from poise.skeletons import FIGURE27, Skeleton


def foot_slide(performance: Performance) -> float:
    """How far (metres) a standing heel or ball ever is from where it stands."""
    worst = 0.0
    for joint, standing in performance.contacts.items():
        path = performance.body.motion.xyz[:, FIGURE27.index(joint)].astype(np.float64)
        for begin, end in spans(standing):
            away = path[begin:end] - np.median(path[begin:end], axis=0)
            worst = max(worst, float(np.linalg.norm(away, axis=-1).max()))
    return worst


def limits_exceeded(performance: Performance) -> float:
    """By how many radians any joint exceeds its limits; 0 if none does."""
    return beyond_limits(quaternion_to_matrix(performance.body.rotations.astype(np.float64)))


def hardest(motion: Motion) -> float:
    """The highest acceleration of any joint (m/s²), over 1/30 s, whatever the frame rate."""
    lag = max(1, round(motion.fps / 30))
    xyz = motion.xyz.astype(np.float64)
    second = xyz[2 * lag :] - 2 * xyz[lag:-lag] + xyz[: -2 * lag]
    return float(np.linalg.norm(second, axis=-1).max() * (motion.fps / lag) ** 2)


def bone_angle_diversity(motions: Iterable[Motion], pairs: int = 100_000, seed: int = 0) -> float:
    """Mean angle (degrees) between the directions of a bone in two frames drawn at random.

    Directions are seen by the person: turned so that the line of the hips points the same way.
    Averaged over all bones of the joint set, which must be the same for all motions.
    """
    directions = np.concatenate([_bone_directions(motion) for motion in motions])
    one, other = np.random.default_rng(seed).integers(len(directions), size=(2, pairs))
    cos = (directions[one] * directions[other]).sum(axis=-1)
    return float(np.rad2deg(np.arccos(np.clip(cos, -1, 1))).mean())


def _bone_directions(motion: Motion) -> Float[np.ndarray, "time bone 3"]:
    skeleton: Skeleton = motion.skeleton
    xyz = motion.xyz.astype(np.float64)
    hips = xyz[:, skeleton.index("left_hip")] - xyz[:, skeleton.index("right_hip")]
    heading = about("z", -np.arctan2(hips[:, 1], hips[:, 0]))
    parents, children = np.array(skeleton.bones).T
    bones = (heading[:, None] @ (xyz[:, children] - xyz[:, parents])[..., None])[..., 0]
    return bones / np.maximum(np.linalg.norm(bones, axis=-1, keepdims=True), 1e-9)
