"""From a decoded frame to pixels that are upright: turn, size and colours."""

from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from av.sidedata.sidedata import Type
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter
from jaxtyping import UInt8

from poise.errors import PoiseError

_HD = 720  # lines from which on colours that do not say what they are are BT.709, by custom
_UNSAID = 2  # AVCOL_SPC_UNSPECIFIED


@dataclass(frozen=True)
class Turn:
    """One of the eight ways to lay a picture on a table: swap the sides, then mirror."""

    swapped: bool = False  # rows become columns
    flipped_x: bool = False
    flipped_y: bool = False

    def size(self, width: int, height: int) -> tuple[int, int]:
        """The size of what has been turned; its own inverse."""
        return (height, width) if self.swapped else (width, height)

    def apply(
        self, rgb: UInt8[np.ndarray, "height width 3"]
    ) -> UInt8[np.ndarray, "new_height new_width 3"]:
        """The picture, turned."""
        if self.swapped:
            rgb = rgb.swapaxes(0, 1)
        if self.flipped_x:
            rgb = rgb[:, ::-1]
        if self.flipped_y:
            rgb = rgb[::-1]
        return np.ascontiguousarray(rgb)


_QUARTERS = (  # counter-clockwise
    Turn(),
    Turn(swapped=True, flipped_y=True),
    Turn(flipped_x=True, flipped_y=True),
    Turn(swapped=True, flipped_x=True),
)


def turn_of(frame: av.VideoFrame) -> Turn:
    """What the display matrix of a decoded frame asks for."""
    try:
        side_data: Any = frame.side_data  # PyAV's own types say it is a dictionary of numbers
    except ValueError:  # there is something beside it that PyAV does not know, such as EXIF
        return _QUARTERS[round(frame.rotation / 90) % 4]
    if Type.DISPLAYMATRIX not in side_data:
        return Turn()
    # Rows (a b u) (c d v) (x y w) with x' = a x + c y and y' = b x + d y, y down.
    matrix = np.frombuffer(bytes(side_data[Type.DISPLAYMATRIX]), np.int32)
    a, b, _, c, d = (int(n) for n in matrix[:5])
    swapped = abs(b) + abs(c) > abs(a) + abs(d)  # in between: the nearest quarter
    return Turn(swapped, (c if swapped else a) < 0, (b if swapped else d) < 0)


class Painter:
    """Frames as RGB of one size, upright. `size` is that before the turn."""

    def __init__(self, size: tuple[int, int], turn: Turn) -> None:
        self._size, self._turn = size, turn
        self._reformatter = VideoReformatter()

    def __call__(self, frame: av.VideoFrame, name: str) -> UInt8[np.ndarray, "height width 3"]:
        width, height = self._size
        hd = frame.colorspace == _UNSAID and not frame.format.is_rgb and frame.height >= _HD
        smaller = width < frame.width or height < frame.height
        try:
            rgb = self._reformatter.reformat(
                frame,
                *(width, height, "rgb24"),
                src_colorspace=Colorspace.ITU709 if hd else None,
                interpolation=Interpolation.AREA if smaller else Interpolation.BILINEAR,
                threads=1,  # the same pixels on every machine, and the decoder has the other cores
            )
        except (FFmpegError, ValueError) as error:
            raise PoiseError(
                f"{name}: its colours ({frame.format.name}) cannot be converted; "
                "save it as H.264 MP4"
            ) from error
        return self._turn.apply(rgb.to_ndarray())
