"""What a detector's score says, in the words of the detector that lifters were trained with."""

from dataclasses import replace

import numpy as np

from poise.motion import Keypoints

# A joint that BlazePose calls hidden is off by 4 % of the person's size in the median, one that it
# calls visible by 1 % (benchmarks/detector.py). The open benchmark's detector, whose noise lifters
# are trained with, gives such errors a confidence of 0.5, and keeps those below for joints that it
# lost altogether.
_HIDDEN = {"blazepose33": 0.5}

# What is lifted from BlazePose's joints is off by more than the noise model says: its errors last.
# On rendered people by so much (root mean square of error over sigma).
_WIDER = {"blazepose33": 1.8}


def as_trained(keypoints: Keypoints) -> Keypoints:
    """A detected track as a lifter should see it; its joints tell which detector it was.

    A confidence of 0, which is a guess, stays 0. What is not known of a detector stays as it is.
    """
    hidden = _HIDDEN.get(keypoints.skeleton.name, 0.0)
    score = np.where(keypoints.score > 0, hidden + (1 - hidden) * keypoints.score, 0)
    return replace(keypoints, score=score.astype(keypoints.score.dtype))


def sigma_factor(keypoints: Keypoints) -> float:
    """How many times a lifter's sigma the errors are, of a track of this detector."""
    return _WIDER.get(keypoints.skeleton.name, 1.0)
