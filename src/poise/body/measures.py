"""What a solved body is held to: feet that stand still, above the floor, on bones of one length."""

import numpy as np
from jaxtyping import Float

from poise.motion import Body, Motion


def contact_slides(body: Body) -> list[float]:
    """How far each contact slides, in metres and in the order of `body.contacts`.

    It is the largest horizontal distance of the joint from its mean place over the contact; NaN
    where no frame of the contact is known.
    """
    joints, _ = body.pose()
    slides = []
    for contact in body.contacts:
        path = joints[
            contact.covers(body.motion.times), body.motion.skeleton.index(contact.joint), :2
        ]
        path = path[np.isfinite(path).all(axis=-1)]
        away = np.linalg.norm(path - path.mean(axis=0), axis=-1) if len(path) else np.array(np.nan)
        slides.append(float(away.max()))
    return slides


def deepest(body: Body) -> float:
    """How far below the floor (z = 0) any joint ever is, in metres; 0 if none is.

    NaN if that cannot be told: the body is not placed in the world, or nothing of it is known.
    """
    if body.motion.frame != "world" or not body.motion.placed:
        return float("nan")
    height = body.pose()[0][..., 2]
    there = height[np.isfinite(height)]
    return max(0.0, -float(there.min())) if len(there) else float("nan")


def length_spread(motion: Motion) -> Float[np.ndarray, " bone"]:
    """How much the length of each bone varies: its standard deviation as a share of its mean.

    In the order of `motion.skeleton.bones`; NaN for bones that are never known.
    """
    parents, children = np.array(motion.skeleton.bones).reshape(-1, 2).T
    xyz = motion.xyz.astype(np.float64)
    lengths = np.linalg.norm(xyz[:, children] - xyz[:, parents], axis=-1)
    there = np.isfinite(lengths)
    count = np.maximum(there.sum(axis=0), 1)
    mean = np.where(there, lengths, 0).sum(axis=0) / count
    square = np.where(there, (lengths - mean) ** 2, 0).sum(axis=0) / count
    known = there.any(axis=0) & (mean > 0)
    return np.divide(np.sqrt(square), mean, out=np.full_like(mean, np.nan), where=known)
