"""A person's bones from lifted joints: one length for each pair, the same in every frame."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from poise.anatomy.figure import SIDES, Proportions
from poise.motion import Motion

_TYPICAL = Proportions()


def proportions_of(motion: Motion) -> Proportions:
    """The figure that fits a motion on h36m17; typical where a joint was never seen."""
    found = _Lengths(motion)
    thighs, shins = found.both("hip", "knee"), found.both("knee", "ankle")
    legs = found.ratio([a + b for a, b in zip(thighs, shins, strict=True)], _TYPICAL.leg)
    size = (
        legs
        if np.isfinite(legs)
        else found.ratio([found.between("spine", "thorax")], _TYPICAL.thorax)
    )
    size = size if np.isfinite(size) else 1.0

    def length(name: str, *bones: Float[np.ndarray, " time"], of: float | None = None) -> float:
        typical = getattr(_TYPICAL, name)
        ratio = found.ratio(list(bones), typical if of is None else of)
        return typical * float(ratio if np.isfinite(ratio) else size)

    both = found.both
    trunk = found.between("pelvis", "spine")
    crown = found.between("thorax", "head")
    lower = _TYPICAL.lumbar + _TYPICAL.spine
    upper = _TYPICAL.neck + _TYPICAL.head
    return replace(
        _TYPICAL,
        thigh=length("thigh", *thighs),
        shin=length("shin", *shins),
        hips=length("hips", found.between("left_hip", "right_hip")),
        lumbar=length("lumbar", trunk, of=lower),
        spine=length("spine", trunk, of=lower),
        thorax=length("thorax", found.between("spine", "thorax")),
        neck=length("neck", crown, of=upper),
        head=length("head", crown, of=upper),
        shoulders=length("shoulders", found.between("left_shoulder", "right_shoulder")),
        upper_arm=length("upper_arm", *both("shoulder", "elbow")),
        forearm=length("forearm", *both("elbow", "wrist")),
        ankle=size * _TYPICAL.ankle,
        heel=size * _TYPICAL.heel,
        ball=size * _TYPICAL.ball,
        hand=size * _TYPICAL.hand,
    )


class _Lengths:
    """Distances between the joints of a motion, in every frame."""

    def __init__(self, motion: Motion) -> None:
        self._motion = motion
        self._xyz = motion.xyz.astype(np.float64)

    def between(self, a: str, b: str) -> Float[np.ndarray, " time"]:
        at = self._motion.skeleton.index
        return np.linalg.norm(self._xyz[:, at(a)] - self._xyz[:, at(b)], axis=-1)

    def both(self, a: str, b: str) -> list[Float[np.ndarray, " time"]]:
        return [self.between(f"{side}_{a}", f"{side}_{b}") for side in SIDES]

    def ratio(self, bones: list[Float[np.ndarray, " time"]], typical: float) -> float:
        """The middle of what all frames and both sides say, beside what is typical."""
        known = np.concatenate(bones)
        known = known[np.isfinite(known)]
        return float(np.median(known)) / typical if len(known) else float("nan")
