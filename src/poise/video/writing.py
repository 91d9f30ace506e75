"""Pictures as a video that plays everywhere: H.264 in MP4."""

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from av.video.stream import VideoStream
from jaxtyping import UInt8

from poise.errors import PoiseError
from poise.files import PathLike, cannot_write, write_aside

_log = logging.getLogger(__name__)

_TICKS = 90_000  # a second: all usual rates and times to 11 microseconds
_MPEG4_TICKS = 60_000  # it knows no more than 65,535
_BT709, _LIMITED = 1, 1  # AVCOL_SPC_BT709 and its kin, AVCOL_RANGE_MPEG


class VideoWriter:
    """What `write_video` gives: add pictures in their order."""

    def __init__(self, name: str, scratch: Path, width: int, height: int, fps: float) -> None:
        self.name, self.width, self.height, self.fps = name, width, height, fps
        self.count = 0
        self._latest = -1
        self._reformatter = VideoReformatter()
        self._container = av.open(
            str(scratch), "w", format="mp4", options={"movflags": "+faststart"}
        )
        try:
            self._stream = self._new_stream()
        except BaseException:
            self._container.close()
            raise

    def __repr__(self) -> str:
        return f"VideoWriter({self.name}: {self.width}x{self.height} px, {self.count} pictures)"

    def add(self, rgb: UInt8[np.ndarray, "height width 3"], time: float | None = None) -> None:
        """One picture, at so many seconds; without times they follow each other at `fps`."""
        if rgb.shape != (self.height, self.width, 3):
            raise PoiseError(
                f"{self.name}: a picture of {rgb.shape[1]}x{rgb.shape[0]} pixels, in a video of "
                f"{self.width}x{self.height}"
            )
        if time is not None and not math.isfinite(time):
            raise PoiseError(f"{self.name}: picture {self.count}: {time} s is not a time")
        tick = round((self.count / self.fps if time is None else time) * _TICKS)
        if tick <= self._latest:
            raise PoiseError(
                f"{self.name}: picture {self.count} at {time} s is not after the one before"
            )
        if self.height % 2 or self.width % 2:  # H.264 halves the colours: the edge is doubled
            rgb = np.pad(rgb, ((0, self.height % 2), (0, self.width % 2), (0, 0)), mode="edge")
        frame = self._reformatter.reformat(
            av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb)),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )
        frame.pts, frame.time_base = tick, Fraction(1, _TICKS)
        frame.duration = round(_TICKS / self.fps)
        self._container.mux(self._stream.encode(frame))
        self._latest = tick
        self.count += 1

    def finish(self) -> None:
        """Write what the encoder still holds."""
        if not self.count:
            raise PoiseError(f"{self.name}: no pictures to write")
        self._container.mux(self._stream.encode(None))

    def close(self) -> None:
        """Close the file, finished or not."""
        self._container.close()

    def _new_stream(self) -> VideoStream:
        rate = Fraction(self.fps).limit_denominator(1001)
        if "libx264" in av.codecs_available:
            options = {"preset": "veryfast", "crf": "20"}
            stream = self._container.add_stream("libx264", rate=rate, options=options)
            ticks = _TICKS
        elif "mpeg4" in av.codecs_available:
            _log.warning("%s: H.264 (libx264) is missing here; MPEG-4 is written", self.name)
            stream = self._container.add_stream("mpeg4", rate=rate)
            stream.bit_rate = int(self.width * self.height * min(self.fps, 60) / 4)  # 7 Mb for 720p
            ticks = _MPEG4_TICKS
        else:
            raise PoiseError(
                f"{self.name}: this PyAV can write neither H.264 nor MPEG-4; install PyAV from PyPI"
            )
        stream.width, stream.height = self.width + self.width % 2, self.height + self.height % 2
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        stream.max_b_frames = 0  # else the length of a variable rate is written wrongly
        context.time_base = Fraction(1, ticks)
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED
        return stream


@contextmanager
def write_video(path: PathLike, width: int, height: int, fps: float) -> Iterator[VideoWriter]:
    """An MP4 that is there, whole, when the block ends well, and not at all if it does not.

    >>> with write_video("seen.mp4", 1280, 720, fps=30) as writer:
    ...     writer.add(rgb, time=0.0)
    """
    name = str(path)
    if Path(path).suffix.lower() not in (".mp4", ".m4v"):
        raise PoiseError(f"{name}: videos are written as MP4; give it a name that ends in .mp4")
    if width < 1 or height < 1 or not 0 < fps <= 1000:
        raise PoiseError(f"{name}: {width}x{height} pixels at {fps:g} a second is not a video")
    with write_aside(path) as scratch:
        try:
            writer = VideoWriter(name, scratch, width, height, fps)
            try:
                yield writer
                writer.finish()
            finally:
                writer.close()
        except FFmpegError as error:
            if isinstance(error, OSError):
                raise cannot_write(path, error) from error
            raise PoiseError(f"{name}: cannot be written: {error.strerror}") from error
