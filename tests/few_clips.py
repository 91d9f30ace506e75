"""Small libraries of motion for tests: made ones, and the real pack read in the plainest way."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from poise.motion import Motion
from poise.skeletons import H36M17


@dataclass(frozen=True)
class OneClip:
    key: str
    frames: int
    split: str = "test"
    subject: int | None = None
    fps: float = 30.0


class FewClips:
    """Clips with their joints in the world."""

    def __init__(self, joints: dict[str, np.ndarray], clips: list[OneClip] | None = None) -> None:
        self.joints = joints
        self.clips = clips or [OneClip(key, len(xyz)) for key, xyz in joints.items()]

    def __iter__(self) -> Iterator[OneClip]:
        return iter(self.clips)

    def __getitem__(self, key: str) -> Motion:
        return Motion(xyz=self.joints[key], skeleton=H36M17, fps=30, frame="world", placed=True)


def real_pack(folder: Path) -> FewClips:
    index = json.loads((folder / "index.json").read_text())["clips"]
    fields = ("key", "frames", "split", "subject")
    with np.load(folder / "cmu17.npz") as file:
        joints = {key: file[key] for key in file.files}
    return FewClips(joints, [OneClip(**{name: clip[name] for name in fields}) for clip in index])


def stroll(frames: int, seed: int = 0) -> np.ndarray:
    """A figure that walks along and sways: not a good walk, but 17 joints in sensible places."""
    rng = np.random.default_rng(seed)
    t = np.arange(frames)[:, None] / 30
    names = H36M17.joints
    height = {"hip": 0.9, "knee": 0.5, "ankle": 0.08, "spine": 1.1, "thorax": 1.4, "nose": 1.5}
    height |= {"pelvis": 0.9, "head": 1.65, "shoulder": 1.35, "elbow": 1.1, "wrist": 0.9}
    side = np.array([name.startswith("left") * 1.0 - name.startswith("right") for name in names])
    z = np.array([height[name.split("_")[-1]] for name in names])
    swing = 0.1 * rng.uniform(0.5, 1.5, 17) * np.sin(2 * np.pi * t + side * np.pi / 2)
    x = np.broadcast_to(0.15 * side, swing.shape)
    return np.stack([x, swing - 0.8 * t, z + 0.1 * swing], axis=-1).astype(np.float32)
