"""Videos for an invented detector: each picture says its number, and the detector knows who is."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from poise.cameras import Camera, look_at
from poise.data.maker import improvise
from poise.detect.detector import Found, Watch
from poise.motion import Motion
from poise.skeletons import H36M17
from poise.video import write_video

SIZE = (320, 180)  # of the pictures, and of what the detector says
_BITS, _BLOCK = 12, 16  # of a picture's number, and pixels of each


def actor(seed: int, seconds: float = 4.0, action: str = "walk") -> Motion:
    """Somebody who moves, in the world."""
    from poise.conversions import convert

    return convert(improvise([seed], seconds, [action]).body.motion, H36M17)


def camera_before(motions: Sequence[Motion], distance: float = 6.0) -> Camera:
    """One that has everybody in its picture."""
    places = np.concatenate([motion.xyz.reshape(-1, 3) for motion in motions])
    middle = (places.min(axis=0) + places.max(axis=0)) / 2
    position = middle + np.array([0.3, -distance, 0.4])
    camera = Camera.from_field_of_view(*SIZE, horizontal_deg=60)
    return camera.at(look_at(position, middle))


def stage(path: Path, frames: int, fps: float = 30) -> Path:
    """A video of so many pictures, black and white blocks that say each one's number."""
    with write_video(path, *SIZE, fps) as out:
        for number in range(frames):
            picture = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
            for bit in range(_BITS):
                if number >> bit & 1:
                    picture[:_BLOCK, bit * _BLOCK : (bit + 1) * _BLOCK] = 255
            out.add(picture, number / fps)
    return path


def number_of(rgb: np.ndarray) -> int:
    """What a picture says, also after it was coded and scaled."""
    blocks = rgb[4 : _BLOCK - 4, : _BITS * _BLOCK].mean(axis=(0, 2)).reshape(_BITS, _BLOCK)
    return sum(1 << bit for bit in np.flatnonzero(blocks[:, 4:-4].mean(axis=1) > 128).tolist())


class Knowing:
    """A detector that knows where everybody is, and in which frames it finds them."""

    name, skeleton = "knowing", H36M17

    def __init__(
        self,
        motions: Sequence[Motion],
        camera: Camera,
        blind: Sequence[range] = (),
        noise_px: float = 0.0,
    ) -> None:
        self._xy = [camera.project(camera.to_camera(m.xyz.astype(float))) for m in motions]
        self._blind, self._noise = blind, noise_px
        self.seen: list[int] = []

    @contextmanager
    def watch(self) -> Iterator[Watch]:
        yield self

    def see(self, rgb: np.ndarray, time: float) -> Found:
        number = number_of(rgb)
        self.seen.append(number)
        here = [xy[number] for xy in self._xy if number < len(xy)]
        if not here or any(number in span for span in self._blind):
            return np.zeros((0, 17, 2), np.float32), np.zeros((0, 17), np.float32)
        shake = np.random.default_rng(number).normal(0, self._noise, (len(here), 17, 2))
        xy = np.array(here)[:: 1 if number % 2 else -1] + shake  # in no order
        return xy.astype(np.float32), np.full(xy.shape[:2], 0.9, np.float32)
