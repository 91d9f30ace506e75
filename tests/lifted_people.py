"""Made people as a lifter has them: joints of h36m17 that err by so much, and a camera's 2D."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from jaxtyping import Bool
from scipy.ndimage import gaussian_filter1d

from poise.cameras import Camera, look_at
from poise.conversions import convert
from poise.data.maker import improvise
from poise.motion import Body, Keypoints, Motion
from poise.skeletons import H36M17

WANDER = 0.3  # s: a lifter errs alike in frames that are nearer to each other than that
PIXELS = (1920, 1080)


@dataclass(frozen=True)
class Made:
    """A person whose every joint is known, and what of the feet stands when."""

    body: Body
    contacts: dict[str, Bool[np.ndarray, " time"]]

    @property
    def lifted(self) -> Motion:
        """What a faultless lifter would say."""
        return convert(self.body.motion, H36M17)


@cache
def made(action: str = "walk", frames: int = 120, seed: int = 1, start: int = 0) -> Made:
    """The first frames of somebody who does that."""
    performance = improvise([0, seed], (start + frames) / 30, (action,), 30.0)
    part = slice(start, start + frames)
    contacts = {joint: down[part] for joint, down in performance.contacts.items()}
    return Made(performance.body[part], contacts)


def erring(motion: Motion, size: float, seed: int = 0) -> Motion:
    """The motion with slow errors of this size (m, each axis) beside its root, told as sigma."""
    root = list(motion.skeleton.root)
    errors = _slow(np.random.default_rng(seed), (len(motion), len(motion.skeleton), 3))
    errors[:, root] = 0
    sigma = np.full(errors.shape[:2], size)
    sigma[:, root] = 0
    return replace(motion, xyz=motion.xyz + size * errors, sigma=sigma)


def filmed(motion: Motion, size: float, noise_px: float, seed: int = 0) -> tuple[Motion, Keypoints]:
    """The motion as it is lifted from a camera's picture, its root astray too, and its 2D track."""
    rng = np.random.default_rng(seed)
    middle = motion.xyz.reshape(-1, 3).mean(axis=0)
    camera = Camera.from_field_of_view(*PIXELS, horizontal_deg=60)
    camera = camera.at(look_at(middle + np.array([0.5, -5.0, 0.4]), middle))
    xy = camera.project(camera.to_camera(motion.xyz.astype(np.float64)))
    track = Keypoints(
        xy=xy + rng.normal(0, noise_px, xy.shape),
        skeleton=motion.skeleton,
        image_size=PIXELS,
        fps=motion.fps,
        score=np.full(xy.shape[:2], 0.9),
        times=motion.times,
    )
    lifted = erring(replace(motion, camera=camera), size, seed)
    astray = 0.05 * _slow(rng, (len(motion), 1, 3))
    return replace(lifted, xyz=lifted.xyz + astray), track


def _slow(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Errors of size 1 that wander."""
    width = WANDER * 30
    far = round(4 * width)
    noise = rng.normal(0, 1, (shape[0] + 2 * far, *shape[1:]))
    slow = gaussian_filter1d(noise, width, axis=0)[far:-far]
    return slow * np.sqrt(2 * np.sqrt(np.pi) * width)
