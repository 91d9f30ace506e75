"""From root-relative motion and its picture to a place in the world."""

import numpy as np
import pytest

from poise.cameras import Camera, look_at
from poise.errors import PoiseError
from poise.motion import Keypoints, Motion
from poise.refine import place
from poise.skeletons import H36M17
from walker import walking

PHONE = Camera.from_field_of_view(1920, 1080, horizontal_deg=66)


def filmed(
    xyz: np.ndarray, camera: Camera, fps: float = 30.0, noise_px: float = 0.0
) -> tuple[Motion, Keypoints]:
    """What a perfect lifter answers, and the picture it was made from."""
    seen = camera.to_camera(xyz)
    times = np.arange(len(xyz)) / fps
    more = {"skeleton": H36M17, "fps": fps, "times": times}
    xy = camera.project(seen)
    xy = xy + np.random.default_rng(0).normal(scale=noise_px, size=xy.shape) if noise_px else xy
    relative = seen - seen[:, :1]
    motion = Motion(xyz=relative, frame="camera", placed=False, **more)
    size = camera.width, camera.height
    return motion, Keypoints(xy=xy, image_size=size, camera=camera, **more)


def test_a_walk_comes_back() -> None:
    xyz = walking(4).xyz.astype(np.float64)
    camera = PHONE.at(look_at([1, -6, 1.5], [0.5, 0, 0.9], roll=0.02))
    motion, track = filmed(xyz, camera)
    (placed,) = place([motion], [track])
    assert placed.placed
    assert placed.frame == "world"
    assert placed.camera is not None
    path = placed.to_camera(placed.camera).xyz[:, 0]
    assert np.linalg.norm(path - camera.to_camera(xyz)[:, 0], axis=1).mean() < 0.05


def test_nobody_is_placed_nowhere() -> None:
    assert place([], []) == []
    with pytest.raises(PoiseError, match="one of each"):
        place([], [], heights_m=[1.8])
