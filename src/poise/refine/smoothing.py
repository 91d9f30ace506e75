"""Motion without jitter: no delay, and what is fast stays fast.

How smooth a joint should be differs from moment to moment: a wrist that rests is all noise, a wrist
that punches is all motion. A curve whose jerk is white noise of density q, seen through white noise
of density r, is best found with the stiffness r / q (the Wiener filter of that curve). Both are
measured on the track itself: r per joint, from what a first, light smoothing takes away; q per
joint and moment, from the jerk that it leaves.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Float
from scipy.ndimage import uniform_filter1d

from poise.errors import PoiseError
from poise.motion import Motion
from poise.refine.penalised import (
    closest_smooth,
    jerk,
    jerk_rows,
    penalty,
    stiffness_of,
    usual_step,
)

# Chosen on the noisy and exact validation views of the open benchmark, mainly with MixSTE.
_LIGHT_HZ = 5.0  # the first smoothing
_STRENGTH = 10.0  # a lifter's errors are not white: slow ones are larger than fast ones show
_NEAR = 0.1  # seconds on either side in which jerk is measured
_SLOWEST_HZ, _FASTEST_HZ = 1.0, 12.0  # cutoffs stay between these
_LEAST_WEIGHT = 0.01  # of a joint that was guessed, beside one that is sure
_GAP = 0.25  # seconds; over a longer one nothing is tied together

# Of the first smoothing, x = H y with H = 1 / (1 + (w / wc)^6), for white noise of density 1:
_JERK_OF_NOISE = 1 / 18  # wc^7: mean of (x''')^2 for noise, the integral of w^6 H^2 dw / 2 pi
_JERK_KEPT = 5 / 18  # wc: mean of (H x''')^2 for white jerk, the integral of H^2 dw / 2 pi
_MEDIAN_OF_SQUARES = 0.789  # of a chi-squared number of three degrees, over its mean


def smooth(
    motion: Motion,
    confidence: Float[np.ndarray, "time joint"] | None = None,
    *,
    strength: float = 1.0,
) -> Motion:
    """The motion without its jitter, at the same timestamps.

    >>> calm = smooth(motion, keypoints.score)

    confidence: of each joint, 0 to 1; what is unsure follows its neighbours in time. The motion's
        `sigma` does not count: it is largest where people are fast, and most of it is slow error
        that no smoothing takes away (validation views: 48.5 mm without it, 52.0 with it).
    strength: 0 changes nothing; 10 times as much lowers all cutoffs by a third.
    """
    if not (np.isfinite(strength) and strength >= 0):
        raise PoiseError(f"a strength of {strength} does not smooth; give 0 or more, 1 is usual")
    if strength == 0:
        return motion
    weight = _weights(motion, confidence)
    xyz = motion.xyz.astype(np.float64)
    for joint in range(xyz.shape[1]):
        seen = np.isfinite(xyz[:, joint]).all(axis=-1)
        xyz[seen, joint] = _smooth_joint(
            xyz[seen, joint], motion.times[seen], weight[seen, joint], strength * _STRENGTH
        )
    if not motion.placed:
        xyz -= motion.skeleton.root_of(xyz)[:, None]
    return replace(motion, xyz=xyz.astype(motion.xyz.dtype))


def _weights(
    motion: Motion, confidence: Float[np.ndarray, "time joint"] | None
) -> Float[np.ndarray, "time joint"]:
    """How much each place counts: the inverse of its variance, up to a factor."""
    weight = np.ones(motion.xyz.shape[:2])
    if confidence is not None:
        if confidence.shape != weight.shape:
            raise PoiseError(
                f"the confidence has shape {confidence.shape}, the motion {weight.shape}; "
                "one number for each frame and joint is needed"
            )
        weight = np.nan_to_num(confidence.astype(np.float64)) ** 2
    return np.maximum(weight, _LEAST_WEIGHT)


def _smooth_joint(
    places: Float[np.ndarray, "time 3"],
    times: Float[np.ndarray, " time"],
    weight: Float[np.ndarray, " time"],
    strength: float,
) -> Float[np.ndarray, "time 3"]:
    rows, lasts = jerk_rows(times, _GAP)
    if not lasts.any():
        return places  # too few frames to tell jitter from motion
    frames, step = len(places), usual_step(times)
    weight = weight * step

    light = penalty(rows, lasts * stiffness_of(_LIGHT_HZ), frames)
    first = closest_smooth(places, weight, light)
    noise = _noise(places - first, step)
    cutoff = 2 * np.pi * _LIGHT_HZ
    squares = (jerk(first, rows) ** 2).sum(axis=1)
    near = 2 * round(_NEAR / step) + 1
    motion = uniform_filter1d(squares, min(near, 2 * len(squares) - 1), mode="nearest")
    density = np.maximum(motion - noise * cutoff**7 * _JERK_OF_NOISE, 0) / (cutoff * _JERK_KEPT)

    slow, fast = stiffness_of(_SLOWEST_HZ), stiffness_of(_FASTEST_HZ)
    stiffness = np.divide(
        strength * noise, density, out=np.full_like(density, slow), where=density > 0
    )
    return closest_smooth(
        places, weight, penalty(rows, lasts * np.clip(stiffness, fast, slow), frames)
    )


def _noise(removed: Float[np.ndarray, "time 3"], step: float) -> float:
    """The density of the noise, m^2 / Hz, if that is what a first smoothing took away.

    What it takes is the band above its cutoff, on both sides of zero. The median keeps bursts of
    fast motion out.
    """
    rate = 1 / step
    band = max(rate - 2.2 * _LIGHT_HZ, 0.2 * rate)
    return float(np.median((removed**2).sum(axis=1))) / _MEDIAN_OF_SQUARES / band
