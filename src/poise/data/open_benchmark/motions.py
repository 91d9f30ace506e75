"""The motion that the benchmark films: any library of world motion on the 17 joints, at 30 fps."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError
from poise.motion import Motion
from poise.skeletons import H36M17

FPS = 30.0
_OFFICIAL = {  # content of version 1 of the CMU motion on 17 joints
    "train": "aef41c13f3ebcb5271156507d45e4a5d939e76b7de5158ab64a01da671a017fe",
    "val": "ff057a9e4835efb18c719b3900e661334ebaca14f28375c78994148c931251c6",
    "test": "fbf973397d333a892d055f8c3221482acd7a6dc6dd398720a56427045a507a95",
}


@runtime_checkable
class Clip(Protocol):
    """What is known about a clip before its motion is read."""

    @property
    def key(self) -> str: ...
    @property
    def subject(self) -> int | str | None: ...
    @property
    def split(self) -> str: ...
    @property
    def frames(self) -> int: ...
    @property
    def fps(self) -> float: ...


@runtime_checkable
class Library(Protocol):
    """Clips, and the motion of each by its key."""

    def __iter__(self) -> Iterator[Clip]: ...
    def __getitem__(self, key: str, /) -> Motion: ...


def joints_of(library: Library, clip: Clip) -> Float[np.ndarray, "time 17 3"]:
    """A clip's joints in the world (float64), or what is wrong with them in words."""
    motion = library[clip.key]
    place, skeleton = f"clip {clip.key}", motion.skeleton
    if skeleton.joints != H36M17.joints:
        raise PoiseError(
            f"{place}: has {len(skeleton)} joints ({skeleton.name}), the benchmark films h36m17; "
            "convert it first (poise.conversions)"
        )
    if motion.frame != "world" or not motion.placed:
        raise PoiseError(f"{place}: must be placed in the world (z up) to be filmed, not {motion}")
    if abs(motion.fps - FPS) > 1e-3:
        raise PoiseError(f"{place}: has {motion.fps:g} fps, the benchmark 30; resample it first")
    if len(motion) != clip.frames:
        raise PoiseError(
            f"{place}: has {len(motion)} frames where its library announces {clip.frames}; "
            "make the library again"
        )
    if len(motion) < 2:
        raise PoiseError(f"{place}: has 1 frame, but a velocity needs 2; leave the clip out")
    unknown = np.isnan(motion.xyz).any(axis=-1)
    if unknown.any():
        frame, joint = np.argwhere(unknown)[0]
        raise PoiseError(
            f"{place}: {H36M17.joints[joint]} is unknown (NaN) in frame {frame}, and in "
            f"{unknown.sum() - 1} more places; fill the gaps or cut the clip there"
        )
    return motion.xyz.astype(np.float64)


def official(library: Library, split: str) -> bool:
    """Whether a split is the motion that published numbers are measured on, to the bit."""
    keys = [clip.key for clip in library if clip.split == split]
    return content_hash(library, keys) == _OFFICIAL.get(split)


def content_hash(library: Library, keys: Iterable[str]) -> str:
    """SHA-256 of these clips' names and joints: equal hashes mean equal motion."""
    digest = hashlib.sha256()
    for key in sorted(keys):
        digest.update(key.encode("utf-8"))
        digest.update(np.ascontiguousarray(library[key].xyz, dtype="<f4").tobytes())
    return digest.hexdigest()
