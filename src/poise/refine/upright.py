"""Which way is up, as far as standing people tell."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from poise.skeletons import Skeleton

CAMERA_UP = np.array([0.0, -1.0, 0.0])  # of a camera that is held level

_LEGS = (("left_hip", "left_knee", "left_ankle"), ("right_hip", "right_knee", "right_ankle"))
_STRETCHED = 0.93  # of the whole length from ankles to neck: a standing person
_SHARP = 0.04  # how soon less than that no longer counts
_LEAN_DEG = 12.0  # off the others: the axis of that frame loses its say
_FURTHEST_DEG = 50.0  # from the camera's own up: a person who lies, not one who stands


@dataclass(frozen=True, eq=False, kw_only=True)
class Standing:
    """The mean axis of a person's standing frames, in the camera's frame."""

    up: Float[np.ndarray, "3"]
    seconds: float  # of standing that it rests on


def standing(
    xyz: Float[np.ndarray, "time joint 3"],
    confidence: Float[np.ndarray, "time joint"],
    skeleton: Skeleton,
    fps: float,
) -> Standing | None:
    """How a person stands, from the root-relative joints; None who never stands, sits or lies."""
    names = {name for leg in _LEGS for name in leg} | {"thorax"}
    if not names <= set(skeleton.joints):
        return None
    at = {name: xyz[:, skeleton.index(name)].astype(np.float64) for name in names}
    feet = (at["left_ankle"] + at["right_ankle"]) / 2
    hips = (at["left_hip"] + at["right_hip"]) / 2
    axis = at["thorax"] - feet
    reach = np.linalg.norm(axis, axis=1)
    legs = sum(
        np.linalg.norm(at[a] - at[b], axis=1) + np.linalg.norm(at[b] - at[c], axis=1)
        for a, b, c in _LEGS
    )
    whole = np.nanmedian(np.linalg.norm(at["thorax"] - hips, axis=1) + legs / 2)
    sure = confidence[:, [skeleton.index(name) for name in sorted(names)]].mean(axis=1)
    good = np.isfinite(reach) & (reach > 1e-6)
    axis = np.where(good[:, None], axis, CAMERA_UP) / np.where(good, reach, 1.0)[:, None]
    stretched = 1 / (1 + np.exp(-(np.nan_to_num(reach / whole) - _STRETCHED) / (_SHARP / 4)))
    weight = np.where(good, stretched * sure, 0.0)
    weight *= axis @ CAMERA_UP > np.cos(np.deg2rad(_FURTHEST_DEG))
    if weight.sum() < 0.5:  # not one good frame
        return None
    up = _mean(axis, weight)
    for _ in range(5):
        off = np.rad2deg(np.arccos(np.clip(axis @ up, -1, 1)))
        up = _mean(axis, weight / (1 + (off / _LEAN_DEG) ** 2))
    return Standing(up=up, seconds=float(weight.sum() / fps))


def _mean(
    axes: Float[np.ndarray, "time 3"], weight: Float[np.ndarray, " time"]
) -> Float[np.ndarray, "3"]:
    total = (weight[:, None] * axes).sum(axis=0)
    return total / np.linalg.norm(total)
