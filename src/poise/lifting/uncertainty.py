"""How sure a lifted joint is: what the detector and the mirror say, weighed by a validation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError
from poise.skeletons import Skeleton

_LEAST_DISAGREEMENT = 0.005  # m: two answers that agree by chance are no surer than this
_LEAST_ERROR = 1e-3  # m: the logarithm of an error of zero
_LEAST_SIGMA, _MOST_SIGMA = 0.002, 0.5  # m: beyond them the validation knows nothing
_NEVER_OFF = -100.0  # the constant of a joint that has no error: the root


@dataclass(frozen=True, eq=False, kw_only=True)
class Evidence:
    """What tells how good an answer is, for every frame and joint of it."""

    confidence: Float[np.ndarray, "time joint"]  # of the detector, 0 to 1
    disagreement: Float[np.ndarray, "time joint"] | None  # m, with the mirror image; None: unasked
    doubt: Float[np.ndarray, "time joint"] | None = None  # m, the network's own; None: it has none

    @staticmethod
    def joined(parts: "Sequence[Evidence]") -> "Evidence":
        """Of several clips, one after the other."""

        def along(name: str) -> np.ndarray | None:
            values = [getattr(part, name) for part in parts]
            return None if any(value is None for value in values) else np.concatenate(values)

        return Evidence(
            confidence=np.concatenate([part.confidence for part in parts]),
            disagreement=along("disagreement"),
            doubt=along("doubt"),
        )


@dataclass(frozen=True, kw_only=True)
class Residuals:
    """What a validation said about a lifter's errors: one line for each joint.

    The logarithm of the standard deviation of each coordinate is a constant, plus `mirror` times
    the logarithm of how far the answer for the mirror image differs, plus `unsure` times what the
    detector's confidence lacks to 1; and of a network that says itself how far off it may be, plus
    `own` times the logarithm of that.
    """

    joints: tuple[str, ...]
    constant: tuple[float, ...]
    mirror: tuple[float, ...]
    unsure: tuple[float, ...]
    disagreement: tuple[float, ...]  # m, the usual one, where the mirror image was not asked
    own: tuple[float, ...] = ()  # of a network that does not doubt: none

    def __post_init__(self) -> None:
        for name in ("constant", "mirror", "unsure", "disagreement", "own"):
            length = len(getattr(self, name))
            if length != len(self.joints) and (name != "own" or length):
                raise PoiseError(f"residuals: {name} is not of {len(self.joints)} joints")

    def sigma(self, evidence: Evidence) -> Float[np.ndarray, "time joint"]:
        """The standard deviation of each coordinate, in metres; the root's is 0."""
        signs = _signs(evidence, self.disagreement)
        weights = np.array(
            [self.constant, self.mirror, self.unsure, *([self.own] * bool(self.own))]
        )
        if signs.shape[1] != len(weights):
            raise PoiseError(
                "these residuals were found with a network that says how far off it may be, and "
                "this one does not, or the other way round; calibrate anew"
            )
        log_sigma = (signs * weights).sum(axis=1)
        sigma = np.exp(log_sigma).clip(_LEAST_SIGMA, _MOST_SIGMA)
        return np.where(weights[0] == _NEVER_OFF, 0, sigma).astype(np.float32)


def fit_residuals(
    skeleton: Skeleton,
    errors: Float[np.ndarray, "time joint 3"],
    evidence: Evidence,
) -> Residuals:
    """The lines that tell errors best: least squares of logarithms, then the scale made right."""
    if evidence.disagreement is None:
        raise PoiseError("residuals are found with the answers for the mirror image: flip=True")
    usual = tuple(float(value) for value in np.median(evidence.disagreement, axis=0))
    signs = _signs(evidence, usual)
    square = (np.asarray(errors, np.float64) ** 2).mean(axis=-1)  # of one coordinate
    lines = []
    for joint in range(len(skeleton)):
        if square[:, joint].max() < 1e-12:  # the root, which is the origin
            lines.append((_NEVER_OFF, *[0.0] * (signs.shape[1] - 1)))
            continue
        told = signs[:, :, joint]
        log_error = np.log(square[:, joint] + _LEAST_ERROR**2) / 2
        line, *_ = np.linalg.lstsq(told, log_error, rcond=None)
        # A logarithm's mean says less than the mean: what is sure must be so by the square.
        line[0] += np.log((square[:, joint] / np.exp(2 * told @ line)).mean()) / 2
        lines.append(tuple(line))
    constant, mirror, unsure, *own = (tuple(float(v) for v in row) for row in np.transpose(lines))
    return Residuals(
        joints=skeleton.joints,
        constant=constant,
        mirror=mirror,
        unsure=unsure,
        disagreement=usual,
        own=own[0] if own else (),
    )


def _signs(evidence: Evidence, usual: tuple[float, ...]) -> Float[np.ndarray, "time sign joint"]:
    confidence = np.asarray(evidence.confidence, np.float64)
    apart = evidence.disagreement
    if apart is None:
        apart = np.broadcast_to(usual, confidence.shape)
    told = np.log(np.asarray(apart, np.float64) + _LEAST_DISAGREEMENT)
    doubt = evidence.doubt
    own = [] if doubt is None else [np.log(np.asarray(doubt, np.float64) + _LEAST_ERROR)]
    return np.stack([np.ones_like(told), told, 1 - confidence, *own], axis=1)
