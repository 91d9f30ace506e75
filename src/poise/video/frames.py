"""From a container to frames in order: what is damaged is left out and counted."""

import logging
from collections.abc import Iterator
from fractions import Fraction

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition
from av.video.stream import VideoStream

from poise.errors import PoiseError

_log = logging.getLogger(__name__)

# Containers that carry the time of every picture. Elsewhere times are pieced together on the way,
# and a run from the middle would have others than one from the start.
_TIMED = ("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "mpegts", "flv")
_STEPS_BACK = (0.0, 1.0, 4.0, 16.0)  # seconds: not every container seeks to where it is asked


def stream_of(container: InputContainer, name: str) -> VideoStream:
    """The video of a container: the default or largest one; covers of sound files are none."""
    still = Disposition.attached_pic | Disposition.timed_thumbnails
    streams = [stream for stream in container.streams.video if not stream.disposition & still]
    if not streams:
        sound = ", only sound" if container.streams.audio else ""
        raise PoiseError(f"{name}: there is no video in it{sound}; give a video")
    known = [stream for stream in streams if stream.codec_context is not None]
    if not known:
        raise PoiseError(
            f"{name}: its video is coded in a way that is not known here; save it as H.264 MP4"
        )
    stream = max(
        known, key=lambda s: (bool(s.disposition & Disposition.default), s.width * s.height)
    )
    if len(known) > 1:
        size = (stream.width, stream.height)
        _log.info("%s: has %d videos in it; that of %dx%d px is taken", name, len(known), *size)
    stream.thread_type = "AUTO"
    return stream


class Frames:
    """The frames of one stream, whole and with growing times, and what was wrong with the rest.

    A frame comes with its time in ticks of the stream, or its count where there are no times.
    """

    def __init__(self, container: InputContainer, stream: VideoStream, fps: float) -> None:
        self.container, self.stream = container, stream
        tick = stream.time_base or Fraction(1, 1000)
        self._step = max(1, round(1 / (fps * tick)))
        self._first: Packet | None = None  # read while seeking
        self.damaged = 0  # frames or packets that could not be decoded
        self.backward = 0  # frames that were not later than the one before
        self.stopped: str | None = None  # why reading stopped before the end

    def run(self, after: int | None = None) -> Iterator[tuple[int, av.VideoFrame]]:
        """All frames from where the container stands, or those of them later than `after`."""
        latest, previous = after, None
        for frame in self._decode():
            tick = frame.pts
            if tick is None:  # one frame on: raw streams have no times at all
                tick = 0 if previous is None else previous + self._step
            previous = tick
            if latest is not None and tick <= latest:
                self.backward += after is None or latest > after
                continue
            latest = tick
            yield tick, frame

    def seek(self, after: int) -> bool:
        """To the key frame at or before a tick, from which on decoding gives what it always gives.

        False where there is no such thing: then the container has to be opened anew.
        """
        tick = self.stream.time_base or Fraction(1, 1000)
        if self.container.format.name not in _TIMED:
            return False
        for back in _STEPS_BACK:
            wanted = after - round(back / tick)
            if wanted <= (self.stream.start_time or 0):
                return False
            try:
                self.container.seek(wanted, stream=self.stream)
                packets = self.container.demux(self.stream)
                key = next((packet for packet in packets if packet.is_keyframe), None)
            except FFmpegError:
                return False
            if key is not None and key.pts is not None and key.pts <= after:
                self._first = key
                return True
        return False

    def _decode(self) -> Iterator[av.VideoFrame]:
        for packet in self._packets():
            try:
                frames = self.stream.decode(packet if packet.size else None)
            except EOFError:
                return
            except FFmpegError:
                self.damaged += 1
                continue
            for frame in frames:
                if frame.is_corrupt:
                    self.damaged += 1
                else:
                    yield frame

    def _packets(self) -> Iterator[Packet]:
        if self._first is not None:
            yield self._first
        try:
            yield from self.container.demux(self.stream)
        except FFmpegError as error:
            self.stopped = error.strerror or str(error)
            yield Packet()  # empty: the decoder gives what it still holds
