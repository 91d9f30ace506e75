"""How well a lifter does on the target, told without any 3D."""

from collections.abc import Sequence

import numpy as np
import torch

from poise.lifting.agreeing import standing
from poise.lifting.clips import all_rays
from poise.lifting.engine import Engine
from poise.lifting.trained import TrainedLifter
from poise.motion import Keypoints

_NEAREST = 0.1  # m before the camera


def misfit(lifter: TrainedLifter, tracks: Sequence[Keypoints]) -> float:
    """How far answers are off the keypoints they were lifted from, as a share of the person's size.

    Each pose is put where it fits its keypoints best; what is left comes of a wrong tilt, a wrong
    depth or wrong bones, which perspective shows, and of the detector's noise, which stays. Joints
    count by their scores. The tracks are as `Target` holds them.
    """
    engine = Engine(lifter)
    sum_off = sum_sure = 0.0
    for track in tracks:
        motion, _ = engine.with_evidence(track)
        assert track.camera is not None
        rays, sure, poses = (
            torch.from_numpy(np.array(values, np.float64))
            for values in (all_rays(track.camera, track.xy), track.score, motion.xyz)
        )
        seen = rays.isfinite().all(-1)
        rays, sure = rays.nan_to_num(), torch.where(seen, sure, 0.0)
        placed = poses + standing(poses, rays, sure)[:, None]
        there = placed[..., :2] / placed[..., 2:].clamp(min=_NEAREST)
        side = (rays.amax(1) - rays.amin(1)).amax(1).clamp(min=1e-6)
        off = torch.linalg.vector_norm(there - rays, dim=-1) / side[:, None]
        sum_off += float((off.clamp(max=1.0) * sure).sum())
        sum_sure += float(sure.sum())
    return sum_off / max(sum_sure, 1e-9)
