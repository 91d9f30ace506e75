"""A video that FFmpeg decodes: a file, a pipe or a camera."""

import logging
import math
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from fractions import Fraction
from itertools import chain
from pathlib import Path
from types import TracebackType
from weakref import WeakSet

import av
from av.container import InputContainer

from poise.errors import PoiseError
from poise.video.frames import Frames, stream_of
from poise.video.metadata import (
    camera_of,
    cut_short,
    fingerprint_of,
    pixel_aspect_of,
    rate_of,
    seconds_of,
)
from poise.video.upright import Painter, turn_of
from poise.video.video import Picture, fitted

_log = logging.getLogger(__name__)

NOT_AS_IT_COMES = (
    "is not a video, or not one that can be shown as it comes (an MP4 has its index at its end); "
    "name the file, or send Matroska"
)


class StreamVideo:
    """A `Video` of what `opened` opens; a `path` can be opened again, anything else is live."""

    def __init__(
        self, name: str, opened: Callable[[], InputContainer], path: Path | None = None
    ) -> None:
        self.name, self._opened, self._path = name, opened, path
        self.live = path is None
        self.fingerprint = "" if path is None else fingerprint_of(path)
        self.skipped = 0
        self.broken: str | None = None
        self._warned: set[str] = set()
        self._closed = False
        self._running: WeakSet[Generator[Picture, None, None]] = WeakSet()
        self._container: InputContainer | None = opened()
        try:
            self._look(self._container)
        except BaseException:
            self._container.close()
            raise
        if not self.live:
            self._container.close()
            self._container = None

    def __repr__(self) -> str:
        length = "" if self.seconds is None else f", {self.seconds:.1f} s"
        return f"Video({self.name}: {self.width}x{self.height} px, {self.fps:g} fps{length})"

    def __enter__(self) -> "StreamVideo":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close what is open. Pictures that somebody still iterates over end."""
        self._closed = True
        in_use = False
        for running in list(self._running):
            try:
                running.close()
            except ValueError:  # by another thread: it ends at its next picture
                in_use = True
        if self._container is not None and not in_use:
            self._container.close()
            self._container = None

    def pictures(
        self, *, largest: int | None = None, after: float | None = None, first_number: int = 0
    ) -> Generator[Picture]:
        """All pictures in their order; see `Video`."""
        size = fitted(self.width, self.height, largest)
        if self._closed:
            raise PoiseError(f"{self.name}: is closed; open it again")
        if self.live and after is not None:
            raise PoiseError(f"{self.name}: is live, there is no going back; give a file")
        if self.live and self._rest is None:
            raise PoiseError(f"{self.name}: is live and has been seen; open it again")
        running = self._pictures(size, after, first_number)
        self._running.add(running)
        return running

    def _look(self, container: InputContainer) -> None:
        """Everything that is known from the beginning: the container and its first picture."""
        stream = stream_of(container, self.name)
        self.fps = rate_of(stream)
        self._tick = stream.time_base or Fraction(1, 1000)
        self._watched = Frames(container, stream, self.fps)
        frames = self._watched.run()
        first = next(frames, None)
        if first is None and self.live:
            raise PoiseError(f"{self.name}: {NOT_AS_IT_COMES}")
        if first is None:
            why = "its pictures are damaged" if self._watched.damaged else "it holds no pictures"
            raise PoiseError(f"{self.name}: cannot be shown, {why}; copy or record it again")
        self._begin, frame = first
        self._rest = chain([first], frames) if self.live else None
        self._turn = turn_of(frame)
        square = (max(1, round(frame.width * pixel_aspect_of(stream))), frame.height)
        self.width, self.height = self._turn.size(*square)
        self.seconds = None if self.live else seconds_of(container, stream)
        self.frames = None if self.live else stream.frames or None
        if self.frames is None and self.seconds is not None:
            self.frames = max(1, round(self.seconds * self.fps))
        said = {**container.metadata, **stream.metadata}
        self.camera = camera_of(said, self.width, self.height)

    def _pictures(
        self, size: tuple[int, int], after: float | None, first_number: int
    ) -> Generator[Picture, None, None]:
        paint = Painter(self._turn.size(*size), self._turn)
        time, number = after or 0.0, first_number
        with ExitStack() as stack:
            for tick, frame in self._ticking(after, stack):
                time = self._time(tick)
                yield Picture(paint(frame, self.name), time, number)
                number += 1
                if self._closed:
                    return
            self._say_what_was_wrong(time)

    def _ticking(
        self, after: float | None, stack: ExitStack
    ) -> Iterator[tuple[int, av.VideoFrame]]:
        """The frames from the first on, or from `after` on, of a container that `stack` closes."""
        if self._path is None:
            assert self._container is not None
            rest, self._rest = self._rest, None
            stack.enter_context(self._container)
            return rest or iter(())
        self._watched = frames = self._frames(stack)
        if after is None:
            return frames.run()
        tick = self._tick_at(after)
        if tick > self._begin and not frames.seek(tick):
            self._watched = frames = self._frames(stack)
        return frames.run(tick)

    def _frames(self, stack: ExitStack) -> Frames:
        container = stack.enter_context(self._opened())
        return Frames(container, stream_of(container, self.name), self.fps)

    def _time(self, tick: int) -> float:
        return float((tick - self._begin) * self._tick)

    def _tick_at(self, time: float) -> int:
        """The last tick that is not later than `time`, however times are rounded."""
        tick = self._begin + math.floor(time / self._tick)
        while self._time(tick) > time:
            tick -= 1
        while self._time(tick + 1) <= time:
            tick += 1
        return tick

    def _say_what_was_wrong(self, time: float) -> None:
        """At the end: what was left out, and whether more was promised."""
        frames = self._watched
        self.skipped = frames.damaged + frames.backward
        for count, what in (
            (frames.damaged, "damaged and left out"),
            (frames.backward, "left out: the time is not after that of the one before"),
        ):
            if count:
                self._warn(f"{count} picture{' is' if count == 1 else 's are'} {what}")
        if self._path is None:
            short = frames.stopped is not None
        else:
            end = time + 1 / self.fps
            short = self.seconds is not None and end < 0.9 * self.seconds - 0.5
            short |= frames.stopped is not None or cut_short(self._path, frames.stream)
        if short:
            of = f" of {self.seconds:.1f} s" if self.seconds else ""
            self.broken = f"breaks off after {time:.1f} s{of}"
            self._warn(f"{self.broken}; the rest is missing")

    def _warn(self, words: str) -> None:
        """Say it in the log, once for all looks at this video."""
        if words not in self._warned:
            self._warned.add(words)
            _log.warning("%s: %s", self.name, words)
