"""Real pixels that the detector finds a person in: its own test picture."""

from pathlib import Path

import numpy as np
from PIL import Image

import poise.detect
from poise.video import write_video

SOMEBODY = Path(poise.detect.__file__).parent / "models" / "somebody.jpg"


def somebody() -> np.ndarray:
    with Image.open(SOMEBODY) as picture:
        return np.asarray(picture.convert("RGB"))


def film(path: Path, pictures: list[np.ndarray], fps: float = 30) -> Path:
    height, width, _ = pictures[0].shape
    with write_video(path, width, height, fps) as out:
        for number, picture in enumerate(pictures):
            out.add(picture, number / fps)
    return path


def swaying(frames: int) -> list[np.ndarray]:
    """The person of the test picture, who goes from side to side."""
    picture = somebody()
    wide = np.pad(picture, ((0, 0), (100, 100), (0, 0)), mode="edge")
    starts = (100 + 60 * np.sin(np.arange(frames) / 15)).astype(int)
    return [np.ascontiguousarray(wide[:, start : start + 208]) for start in starts]
