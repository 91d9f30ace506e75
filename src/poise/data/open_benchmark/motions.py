"""The motion that the benchmark films: any library of world motion on the 17 joints, at 30 fps."""

import numpy as np
from jaxtyping import Float

from poise.data.library import Clip, MotionLibrary
from poise.errors import PoiseError
from poise.skeletons import H36M17

VERSION = 1  # of the benchmark's text and motion: numbers compare within one version only
FPS = 30.0
_OFFICIAL = {  # content of version 1 of the CMU motion on 17 joints
    "train": "aef41c13f3ebcb5271156507d45e4a5d939e76b7de5158ab64a01da671a017fe",
    "val": "ff057a9e4835efb18c719b3900e661334ebaca14f28375c78994148c931251c6",
    "test": "fbf973397d333a892d055f8c3221482acd7a6dc6dd398720a56427045a507a95",
}


# How CMU's subjects are split; everyone else is for training.
_SUBJECTS = {"val": {7, 10, 11}, "test": {2, 3, 49}}


def ready(library: MotionLibrary) -> MotionLibrary:
    """Any library as the benchmark films it: on the 17 joints, at 30 fps, with splits.

    Where no clip has a split, subjects are taken for CMU's numbers and split as the benchmark does.

    >>> library = ready(MotionLibrary.open("data/cmu"))
    """
    library = library.on(H36M17).at(FPS)
    if any(clip.split for clip in library):
        return library
    present = {clip.subject for clip in library}
    return library.with_splits(
        val=[subject for subject in _SUBJECTS["val"] if subject in present],
        test=[subject for subject in _SUBJECTS["test"] if subject in present],
    )


def joints_of(library: MotionLibrary, clip: Clip) -> Float[np.ndarray, "time 17 3"]:
    """A clip's joints in the world, or what is wrong with them in words.

    In the digits that files keep and hashes see (float32), to compute with in float64.
    """
    motion = library[clip.key]
    place, skeleton = f"clip {clip.key}", motion.skeleton
    if skeleton.joints != H36M17.joints:
        raise PoiseError(
            f"{place}: has {len(skeleton)} joints ({skeleton.name}), the benchmark films h36m17; "
            "convert it first: library.on('h36m17')"
        )
    if motion.frame != "world" or not motion.placed:
        raise PoiseError(f"{place}: must be placed in the world (z up) to be filmed, not {motion}")
    if abs(motion.fps - FPS) > 1e-3:
        raise PoiseError(
            f"{place}: has {motion.fps:g} fps, the benchmark 30; resample it first: library.at(30)"
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
    return motion.xyz.astype(np.float32).astype(np.float64)


def official(library: MotionLibrary, split: str) -> bool:
    """Whether a split is the motion that published numbers are measured on, to the bit.

    >>> official(library, "test")
    """
    return library.select(split=split).content_hash() == _OFFICIAL.get(split)


def standing(library: MotionLibrary, split: str) -> str:
    """What numbers that are measured on a split may be compared with, in words."""
    if official(library, split):
        return f"official motion, version {VERSION}"
    return "other motion: not comparable with published numbers"
