"""Everybody who was found in every frame, before it is known who is who."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from poise.cameras import Camera
from poise.errors import PoiseError
from poise.files import PathLike, load_npz, naming, save_npz
from poise.skeletons import Skeleton

_SCHEMA = "Detections/1"


@dataclass(frozen=True, eq=False, kw_only=True)
class Detections:
    """What a detector says about a video: found people, frame by frame, in no order.

    A person who was found in ten frames is there ten times. `poise.track.people` makes Keypoints of
    it, one for each person.
    """

    xy: Float[np.ndarray, "found joint 2"]  # pixels; NaN where a joint was not seen
    score: Float[np.ndarray, "found joint"]  # 0 guessed or not seen .. 1 sure
    frame: Int[np.ndarray, " found"]  # in which frame, an index into `times`; never decreases
    times: Float[np.ndarray, " time"]  # seconds, of all frames, those without anybody too
    skeleton: Skeleton
    image_size: tuple[int, int]  # width, height
    fps: float
    camera: Camera | None = None

    def __post_init__(self) -> None:
        found = len(self.frame)
        joints = len(self.skeleton)
        for name, shape in (("xy", (found, joints, 2)), ("score", (found, joints))):
            if getattr(self, name).shape != shape:
                raise PoiseError(
                    f"Detections: {name} has shape {getattr(self, name).shape}, not {shape}"
                )
        if found and not (
            self.frame[0] >= 0
            and self.frame[-1] < len(self.times)
            and np.all(np.diff(self.frame) >= 0)
        ):
            raise PoiseError("Detections: frame must grow, from 0 to the last of times")

    def __repr__(self) -> str:
        width, height = self.image_size
        return (
            f"Detections({len(self.frame)} found in {len(self.times)} frames, "
            f"{self.skeleton.name}, {self.fps:g} fps, image {width}x{height})"
        )

    def save(self, path: PathLike) -> None:
        """Write one .npz; `Detections.load` reads it back."""
        about = {
            "skeleton": self.skeleton.to_dict(),
            "image_size": list(self.image_size),
            "fps": self.fps,
            "camera": None if self.camera is None else self.camera.to_dict(),
        }
        arrays = {"xy": self.xy, "score": self.score, "frame": self.frame, "times": self.times}
        save_npz(path, _SCHEMA, about, **arrays)

    @classmethod
    def load(cls, path: PathLike) -> "Detections":
        """Read what `save` wrote."""
        about, arrays = load_npz(path, _SCHEMA)
        with naming(path):
            return cls(
                **arrays,
                skeleton=Skeleton.from_dict(about["skeleton"]),
                image_size=(int(about["image_size"][0]), int(about["image_size"][1])),
                fps=float(about["fps"]),
                camera=None if about["camera"] is None else Camera.from_dict(about["camera"]),
            )
