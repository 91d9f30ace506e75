"""What a detector is: it looks at pictures one after the other and says where people are."""

from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, UInt8

from poise.skeletons import Skeleton

Found = tuple[Float[np.ndarray, "people joint 2"], Float[np.ndarray, "people joint"]]
"""Everybody in one picture: pixels, and how sure each joint is, from 0 to 1."""


@runtime_checkable
class Watch(Protocol):
    """A detector that follows one stretch of video, and may remember what it saw before."""

    def see(self, rgb: UInt8[np.ndarray, "height width 3"], time: float) -> Found:
        """Everybody in the next picture; `time` in seconds grows from picture to picture."""


@runtime_checkable
class Detector(Protocol):
    """Finds people in pictures; each stretch of video is watched on its own, by one thread."""

    name: str
    skeleton: Skeleton

    def watch(self) -> AbstractContextManager[Watch]:
        """Begin to look at a stretch of video."""
