"""Many hypotheses, one number: how the paper makes a pose of them, or takes the best.

P-Agg: their mean. J-Agg: of each joint, the one nearest to the keypoint when it is projected.
J-Best and P-Best look at the truth, so they are bounds and no answers. All are mean distances in
metres; `aligned`: after the best rotation, scale and shift of each pose (protocol 2).
"""

from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from poise import metrics
from poise.errors import PoiseError

Hypotheses = Float[np.ndarray, "batch hypothesis time joint 3"]
Poses = Float[np.ndarray, "batch time joint 3"]
Errors = Float[np.ndarray, "batch hypothesis time joint"]
Projected = Float[np.ndarray, "batch hypothesis time joint 2"]
Seen = Float[np.ndarray, "batch time joint 2"]
Choice = Int[np.ndarray, "batch time joint"]


def p_agg(hypotheses: Hypotheses, target: Poses, *, aligned: bool = False) -> float:
    """Of the mean of the hypotheses."""
    mean = np.asarray(hypotheses, dtype=np.float64).mean(axis=1)
    return metrics.p_mpjpe(mean, target) if aligned else metrics.mpjpe(mean, target)


def j_agg(
    hypotheses: Hypotheses,
    target: Poses,
    reprojected: Projected,
    seen: Seen,
    *,
    aligned: bool = False,
) -> float:
    """Of the hypothesis that is nearest to the keypoint, for each joint of each frame (JPMA).

    reprojected: of the hypotheses as they are, whether or not errors are `aligned`.
    """
    choice = nearest(reprojected, seen)[:, None]
    errors = _errors(hypotheses, target, aligned)
    return float(np.take_along_axis(errors, choice, axis=1).mean())


def p_best(
    hypotheses: Hypotheses,
    target: Poses,
    *,
    aligned: bool = False,
    of: Literal["batch", "pose"] = "batch",
) -> float:
    """Of the best hypothesis: one for the whole batch, as the published code has it, or per pose.

    The paper says that it is chosen for each pose. The code's number grows with the batch.
    """
    if of not in ("batch", "pose"):
        raise PoiseError(f"P-Best is of each 'batch' or of each 'pose', not of {of!r}")
    errors = _errors(hypotheses, target, aligned)
    if of == "batch":
        return float(errors.mean(axis=(0, 2, 3)).min())
    return float(errors.mean(axis=3).min(axis=1).mean())


def j_best(hypotheses: Hypotheses, target: Poses, *, aligned: bool = False) -> float:
    """Of the best hypothesis for each joint of each frame."""
    return float(_errors(hypotheses, target, aligned).min(axis=1).mean())


def jpma(hypotheses: Hypotheses, reprojected: Projected, seen: Seen) -> Poses:
    """The poses whose error is J-Agg: of each joint, the hypothesis nearest to its keypoint."""
    choice = nearest(reprojected, seen)[:, None, ..., None]
    return np.take_along_axis(hypotheses, choice, axis=1)[:, 0]


def nearest(reprojected: Projected, seen: Seen) -> Choice:
    """Which hypothesis is nearest to each keypoint; the first of those that are as near."""
    return np.linalg.norm(reprojected - seen[:, None], axis=-1).argmin(axis=1)


def projected(
    points: Float[np.ndarray, "*n joint 3"], intrinsics: Float[np.ndarray, "9"]
) -> Float[np.ndarray, "*n joint 2"]:
    """Joints in the camera's axes (root-relative ones with the root's place added) on the screen.

    intrinsics: fx, fy, cx, cy on a screen from -1 to 1 across; k1, k2, k3; p1, p2.
    """
    focal, centre, radial, tangential = np.split(np.asarray(intrinsics, np.float64), [2, 4, 7])
    seen = np.clip(points[..., :2] / points[..., 2:], -1, 1)  # keeps wild hypotheses in bounds
    square = (seen**2).sum(axis=-1, keepdims=True)
    stretch = 1 + np.concatenate([square, square**2, square**3], axis=-1) @ radial
    # Human3.6M's own convention: p1 goes with x and p2 with y.
    shift = seen @ tangential
    return focal * (seen * (stretch + shift)[..., None] + tangential * square) + centre


def _errors(hypotheses: Hypotheses, target: Poses, aligned: bool) -> Errors:
    truth = np.broadcast_to(target[:, None], hypotheses.shape)
    return (metrics.aligned_distances if aligned else metrics.distances)(hypotheses, truth)
