"""What is seen: a picture, and the video that it comes from."""

from collections.abc import Generator
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt8

from poise.cameras import Camera
from poise.errors import PoiseError


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture of a video, upright."""

    rgb: UInt8[np.ndarray, "height width 3"]
    time: float  # seconds since the first picture
    number: int  # 0 for the first

    def __repr__(self) -> str:
        height, width, _ = self.rgb.shape
        return f"Picture({width}x{height} px, number {self.number}, at {self.time:.3f} s)"


@runtime_checkable
class Video(Protocol):
    """What `open_video` gives. It is a context manager: leaving it closes all files.

    What is known before the pictures are seen comes from the container, which may be wrong;
    `skipped` and `broken` are known once `pictures` has come to its end.
    """

    name: str  # for messages: the path as it was given, "camera 0", "standard input"
    width: int  # upright, in square pixels: what `pictures` gives without `largest`
    height: int
    fps: float  # the average of a variable rate
    frames: int | None  # an estimate
    seconds: float | None  # an estimate
    camera: Camera | None  # of the full size, where the file says the focal length
    live: bool  # a webcam or a pipe: seen once, no seeking
    fingerprint: str  # of the content, for resuming; "" if live
    skipped: int  # pictures that could not be decoded, or whose time was not after the last one's
    broken: str | None  # why there is less than the file promises, in words

    def pictures(
        self, *, largest: int | None = None, after: float | None = None, first_number: int = 0
    ) -> Generator[Picture]:
        """All pictures in their order, decoded as they are asked for.

        `largest` scales down to that longer side, never up. `after` gives only the pictures later
        than so many seconds, the same to the bit as in a run from the start, counted from
        `first_number` on.
        """
        ...

    def close(self) -> None:
        """Close what is open. Pictures that somebody still iterates over end."""
        ...

    def __enter__(self) -> "Video": ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def fitted(width: int, height: int, largest: int | None) -> tuple[int, int]:
    """The size with a longer side of `largest` at most, and the same shape."""
    if largest is not None and largest < 1:
        raise PoiseError(f"largest: {largest} pixels is not a size; give 1 or more")
    longer = max(width, height)
    if largest is None or longer <= largest:
        return width, height
    return max(1, round(width * largest / longer)), max(1, round(height * largest / longer))
