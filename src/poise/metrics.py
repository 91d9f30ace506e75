"""How far a predicted motion is from the true one.

All take (..., joint, 3) in metres and answer in metres (PCK and AUC in percent), averaged over
everything. They do not move the root: subtract it before, as `Motion.relative()` does. A NaN in
either makes the answer NaN, so that a missing prediction never flatters.
"""

import numpy as np
from jaxtyping import Float

from poise.geometry.alignment import similarity_align

Poses = Float[np.ndarray, "*n joint 3"]
Clip = Float[np.ndarray, "*n time joint 3"]


def mpjpe(predicted: Poses, target: Poses) -> float:
    """Mean distance per joint: protocol 1."""
    return float(_distances(predicted, target).mean())


def p_mpjpe(predicted: Poses, target: Poses) -> float:
    """Mean distance after the best rotation, scale and shift of each pose: protocol 2."""
    return mpjpe(similarity_align(_float64(predicted), _float64(target)), target)


def n_mpjpe(predicted: Poses, target: Poses) -> float:
    """Mean distance after the best scale of each pose: protocol 3."""
    p, t = _float64(predicted), _float64(target)
    with np.errstate(invalid="ignore"):  # a pose of zeros has no best scale: NaN
        scale = (p * t).sum(axis=(-2, -1)) / (p * p).sum(axis=(-2, -1))
    return mpjpe(p * scale[..., None, None], target)


def mpjve(predicted: Clip, target: Clip) -> float:
    """Mean error of the step from frame to frame (metres per frame)."""
    return mpjpe(np.diff(_float64(predicted), axis=-3), np.diff(_float64(target), axis=-3))


def acceleration_error(predicted: Clip, target: Clip) -> float:
    """Mean error of the second difference over frames (metres per frame squared)."""
    return mpjpe(
        np.diff(_float64(predicted), n=2, axis=-3), np.diff(_float64(target), n=2, axis=-3)
    )


def pck(predicted: Poses, target: Poses, threshold: float = 0.150, root: int | None = 0) -> float:
    """Percentage of joints closer than `threshold`; the root's own joint does not count."""
    return _percent_below(_without(root, _distances(predicted, target)), threshold)


def auc(predicted: Poses, target: Poses, root: int | None = 0) -> float:
    """Mean PCK over the thresholds 0, 5, ..., 150 mm."""
    distances = _without(root, _distances(predicted, target))
    return float(np.mean([_percent_below(distances, mm / 1000) for mm in range(0, 151, 5)]))


def _distances(predicted: Poses, target: Poses) -> Float[np.ndarray, "*n joint"]:
    return np.linalg.norm(_float64(predicted) - _float64(target), axis=-1)


def _without(
    root: int | None, distances: Float[np.ndarray, "*n joint"]
) -> Float[np.ndarray, "*n joint2"]:
    return distances if root is None else np.delete(distances, root, axis=-1)


def _percent_below(distances: Float[np.ndarray, "*n joint"], threshold: float) -> float:
    if np.isnan(distances).any():
        return float("nan")
    return 100 * float((distances < threshold).mean())


def _float64(poses: Poses) -> Poses:
    return np.asarray(poses, dtype=np.float64)
