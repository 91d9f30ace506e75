"""Laying one set of points over another."""

import numpy as np
from jaxtyping import Float


def similarity_align(
    points: Float[np.ndarray, "*n joint 3"], target: Float[np.ndarray, "*n joint 3"]
) -> Float[np.ndarray, "*n joint 3"]:
    """`points` turned, scaled and shifted (never mirrored) to lie closest to `target`.

    Each pose on its own, least squares (Procrustes). A pose whose points all coincide, but for
    rounding, has no best rotation: its answer is NaN.
    """
    mean_p, mean_t = points.mean(axis=-2, keepdims=True), target.mean(axis=-2, keepdims=True)
    p, t = points - mean_p, target - mean_t
    rounding = points.shape[-2] * np.finfo(p.dtype).eps * _largest(points)  # of the mean
    collapsed = _largest(p) <= rounding
    unknown = ~np.isfinite(p + t).all(axis=(-2, -1), keepdims=True)
    H = np.swapaxes(np.where(unknown, 0, p), -1, -2) @ np.where(unknown, 0, t)
    U, s, Vt = np.linalg.svd(H)
    # Where the best orthogonal map is a reflection, the weakest axis gives way.
    sign = np.sign(np.linalg.det(U @ Vt))
    U[..., -1] *= sign[..., None]
    s[..., -1] *= sign
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = (s.sum(axis=-1) / (p**2).sum(axis=(-2, -1)))[..., None, None]
        return np.where(collapsed, np.nan, scale) * (p @ (U @ Vt)) + mean_t


def _largest(points: Float[np.ndarray, "*n joint 3"]) -> Float[np.ndarray, "*n 1 1"]:
    return np.abs(points).max(axis=(-2, -1), keepdims=True)
