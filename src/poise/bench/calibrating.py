"""How far off a lifter is, found on views with known answers; and whether sigma tells the truth."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from poise.bench.open_benchmark_scores import true_joints
from poise.data.open_benchmark import View
from poise.errors import PoiseError
from poise.lifting.engine import Engine
from poise.lifting.uncertainty import Evidence, Residuals, fit_residuals
from poise.motion import Motion


def calibrate(engine: Engine, views: Iterable[View]) -> Residuals:
    """What these views say about the lifter's errors; they should be of the validation split.

    >>> residuals = calibrate(Engine("lifter.safetensors"), views(library, NOISY_VAL))
    """
    errors, found = [], []
    for view in views:
        motion, evidence = engine.with_evidence(view.keypoints)
        errors.append(_errors(motion, view))
        found.append(evidence)
    if not errors:
        raise PoiseError("there are no views to find a lifter's errors on")
    return fit_residuals(engine.lifter.gives, np.concatenate(errors), Evidence.joined(found))


_BINS = 8  # of the reliability table, as many joints in each


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Whether errors are as large as sigma says, over all joints but the root."""

    ratio: float  # root mean square of error over sigma: 1 is right, above 1 is too sure
    within_one: float  # share of coordinates within one sigma; 0.683 if errors were normal
    within_two: float  # 0.954
    correlation: float  # of sigma's rank with the rank of the error: does it know where it is off?
    bins: tuple[tuple[float, float, int], ...] = ()  # sigma, root mean square error (m), how many


class CalibrationTally:
    """Adds up motions with a known answer."""

    def __init__(self) -> None:
        self._off: list[np.ndarray] = []
        self._sigma: list[np.ndarray] = []

    def add(self, motion: Motion, truth: np.ndarray) -> None:
        """Count one motion; `truth` (time, joint, 3) and the motion have a root in common."""
        assert motion.sigma is not None
        root = motion.root[:, None]
        off = (motion.xyz - root) - (truth - motion.skeleton.root_of(truth)[:, None])
        counts = np.isfinite(off).all(axis=-1) & (motion.sigma > 0)
        self._off.append(off[counts])
        self._sigma.append(motion.sigma[counts])

    def calibration(self) -> Calibration:
        """The figures over all that was counted."""
        off, sigma = np.concatenate(self._off), np.concatenate(self._sigma)
        ratio = np.abs(off) / sigma[:, None]
        distance = np.linalg.norm(off, axis=-1)
        order = np.array_split(np.argsort(sigma, kind="stable"), _BINS)
        bins = tuple(
            (
                float(np.sqrt((sigma[part] ** 2).mean())),
                float(np.sqrt((off[part] ** 2).mean())),
                len(part),
            )
            for part in order
            if len(part)
        )
        off_rank, sigma_rank = (np.argsort(np.argsort(values)) for values in (distance, sigma))
        return Calibration(
            ratio=float(np.sqrt((ratio**2).mean())),
            within_one=float((ratio < 1).mean()),
            within_two=float((ratio < 2).mean()),
            correlation=float(np.corrcoef(off_rank, sigma_rank)[0, 1]),
            bins=bins,
        )


def _errors(motion: Motion, view: View) -> np.ndarray:
    true = true_joints(view, motion.skeleton)
    if motion.xyz.shape != true.shape:
        raise PoiseError(
            f"view {view.id}: the lifter answers with {motion.xyz.shape}, the view has {true.shape}"
        )
    return motion.xyz - (true - motion.skeleton.root_of(true)[:, None])
