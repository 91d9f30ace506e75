"""How far a predicted motion is from the true one.

All take two arrays of one shape, (..., joint, 3), in metres and answer in metres (PCK and AUC in
percent), averaged over everything; `distances` and `aligned_distances` say it of each joint. They
do not move the root: subtract it before, as `Motion.relative()` does. A NaN in either makes the
answer NaN, so that a missing prediction never flatters.

>>> from poise import metrics
>>> metrics.mpjpe(predicted, target)
>>> metrics.pck(predicted, target, root=0)
"""

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError
from poise.geometry.alignment import similarity_align

Poses = Float[np.ndarray, "*n joint 3"]
Clip = Float[np.ndarray, "*n time joint 3"]


def mpjpe(predicted: Poses, target: Poses) -> float:
    """Mean distance per joint: protocol 1."""
    return float(distances(predicted, target).mean())


def p_mpjpe(predicted: Poses, target: Poses) -> float:
    """Mean distance after the best rotation, scale and shift of each pose: protocol 2.

    NaN where all joints of a predicted pose are in one place: it has no best rotation.
    """
    return float(aligned_distances(predicted, target).mean())


def distances(predicted: Poses, target: Poses) -> Float[np.ndarray, "*n joint"]:
    """Of each joint, not averaged: what protocol 1 is the mean of."""
    return _distances(*_alike(predicted, target))


def aligned_distances(predicted: Poses, target: Poses) -> Float[np.ndarray, "*n joint"]:
    """Of each joint, not averaged: what protocol 2 is the mean of."""
    p, t = _alike(predicted, target)
    return _distances(similarity_align(p, t), t)


def n_mpjpe(predicted: Poses, target: Poses) -> float:
    """Mean distance after the best scale of each pose: protocol 3."""
    p, t = _alike(predicted, target)
    with np.errstate(invalid="ignore"):  # a pose of zeros has no best scale: NaN
        scale = (p * t).sum(axis=(-2, -1)) / (p * p).sum(axis=(-2, -1))
    return float(_distances(p * scale[..., None, None], t).mean())


def mpjve(predicted: Clip, target: Clip) -> float:
    """Mean error of the step from frame to frame (metres per frame)."""
    return _of_differences(predicted, target, 1)


def acceleration_error(predicted: Clip, target: Clip) -> float:
    """Mean error of the second difference over frames (metres per frame squared)."""
    return _of_differences(predicted, target, 2)


def pck(predicted: Poses, target: Poses, *, root: int | None, threshold: float = 0.150) -> float:
    """Percentage of joints closer than `threshold`, in metres.

    `root` is the joint that was subtracted: it is always right, so it does not count (h36m17: 0).
    None: all joints count.
    """
    return _percent_below(_without(root, distances(predicted, target)), threshold)


def auc(predicted: Poses, target: Poses, *, root: int | None) -> float:
    """Mean PCK over the thresholds 0, 5, ..., 150 mm; `root` as for PCK."""
    found = _without(root, distances(predicted, target))
    return float(np.mean([_percent_below(found, mm / 1000) for mm in range(0, 151, 5)]))


def _alike(predicted: Poses, target: Poses) -> tuple[Poses, Poses]:
    """Both in float64, if they can be compared: no pose stands in for several."""
    p, t = np.asarray(predicted, dtype=np.float64), np.asarray(target, dtype=np.float64)
    if p.shape != t.shape:
        raise PoiseError(f"the prediction has shape {p.shape} and the target {t.shape}")
    if p.ndim < 2 or p.shape[-1] != 3 or not p.size:
        raise PoiseError(f"poses of shape {p.shape} have no error: (..., joint, 3) is needed")
    return p, t


def _of_differences(predicted: Clip, target: Clip, order: int) -> float:
    p, t = _alike(predicted, target)
    frames = p.shape[-3] if p.ndim > 2 else 1
    if frames <= order:
        what = {1: "a velocity", 2: "an acceleration"}[order]
        raise PoiseError(f"{what} needs {order + 1} frames or more, not {frames}")
    return float(_distances(np.diff(p, n=order, axis=-3), np.diff(t, n=order, axis=-3)).mean())


def _distances(predicted: Poses, target: Poses) -> Float[np.ndarray, "*n joint"]:
    return np.linalg.norm(predicted - target, axis=-1)


def _without(
    root: int | None, distances: Float[np.ndarray, "*n joint"]
) -> Float[np.ndarray, "*n joint2"]:
    if root is None:
        return distances
    joints = distances.shape[-1]
    if not 0 <= root < joints or joints == 1:
        raise PoiseError(f"root {root} leaves nothing to count of {joints} joints, or is none")
    return np.delete(distances, root, axis=-1)


def _percent_below(distances: Float[np.ndarray, "*n joint"], threshold: float) -> float:
    if np.isnan(distances).any():
        return float("nan")
    return 100 * float((distances < threshold).mean())
