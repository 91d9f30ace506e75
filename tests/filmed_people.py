"""People of the motion maker before a camera: what a perfect lifter answers, and the picture."""

from functools import cache

import numpy as np

from poise.cameras import Camera, look_at
from poise.data.maker import make
from poise.motion import Keypoints, Motion
from poise.skeletons import H36M17

FROM_THE_SIDE = look_at([1, -7, 1.5], [0.3, 0.0, 0.9], roll=0.02)
PHONE = Camera.from_field_of_view(1920, 1080, horizontal_deg=66).at(FROM_THE_SIDE)


@cache
def person(action: str, seed: int = 0, seconds: float = 5.0) -> np.ndarray:
    """World joints of somebody who does this, about the origin."""
    library = make(seconds, seed=seed, actions=[action])
    xyz = library[next(iter(library)).key].xyz.astype(np.float64)
    middle = (xyz[:, 0].min(axis=0) + xyz[:, 0].max(axis=0)) / 2
    return xyz - [middle[0], middle[1], 0.0]


def filmed(
    xyz: np.ndarray, camera: Camera = PHONE, fps: float = 30.0, noise_px: float = 0.0
) -> tuple[Motion, Keypoints]:
    """The root-relative truth, and the track of its joints."""
    seen = camera.to_camera(xyz)
    times = np.arange(len(xyz)) / fps
    xy = camera.project(seen)
    xy = xy + np.random.default_rng(0).normal(size=xy.shape) * noise_px
    relative = seen - seen[:, :1]
    motion = Motion(
        xyz=relative, skeleton=H36M17, fps=fps, times=times, frame="camera", placed=False
    )
    size = camera.width, camera.height
    track = Keypoints(xy=xy, skeleton=H36M17, fps=fps, times=times, image_size=size, camera=camera)
    return motion, track


def path_error(placed: Motion, xyz: np.ndarray, camera: Camera = PHONE) -> float:
    """Mean distance of the root from the truth, in the camera's frame, where it is known."""
    assert placed.camera is not None
    off = placed.to_camera(placed.camera).xyz[:, 0] - camera.to_camera(xyz)[:, 0]
    return float(np.nanmean(np.linalg.norm(off, axis=1)))


def up_error_deg(placed: Motion, camera: Camera = PHONE) -> float:
    """How far the world's up is from the true one."""
    assert placed.camera is not None
    here, there = placed.camera.T_camera_world, camera.T_camera_world
    assert here is not None
    assert there is not None
    return float(np.rad2deg(np.arccos(np.clip(here[:3, 2] @ there[:3, 2], -1, 1))))


def lowest_ankle(xyz: np.ndarray) -> float:
    """Where the feet stand, in the height of the ankles."""
    feet = [H36M17.index("left_ankle"), H36M17.index("right_ankle")]
    return float(np.nanpercentile(xyz[:, feet, 2].min(axis=1), 10))
