"""Small libraries of made motion."""

import numpy as np

from poise.cameras import Camera
from poise.data.library import MotionLibrary
from poise.data.open_benchmark import View
from poise.geometry.rotations import about
from poise.motion import Motion
from poise.skeletons import H36M17
from walker import walking


def stroll(frames: int, seed: int = 0) -> np.ndarray:
    """The walker on a way of its own, its limbs a little out of step."""
    rng = np.random.default_rng(seed)
    xyz = walking(frames / 30).xyz.astype(np.float64)
    turn = about("z", rng.uniform(0, 2 * np.pi, ()))
    wobble = np.sin(np.arange(frames)[:, None, None] / 30 + rng.uniform(0, 6, (17, 3)))
    return (xyz @ turn.T + 0.02 * wobble).astype(np.float32)


def few_clips(
    joints: dict[str, np.ndarray], subjects: dict[str, int | str] | None = None, split: str = "test"
) -> MotionLibrary:
    motions = {
        key: Motion(xyz=xyz, skeleton=H36M17, fps=30, frame="world", placed=True)
        for key, xyz in joints.items()
    }
    return MotionLibrary.of(motions, subject=subjects, split=split)


def truth(view: View) -> np.ndarray:
    assert view.target is not None
    return view.target.xyz


def lens(view: View) -> Camera:
    assert view.keypoints.camera is not None
    return view.keypoints.camera
