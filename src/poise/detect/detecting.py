"""Everybody in a video: pieces of it on all cores, with memory that does not grow with it."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import islice

import numpy as np

from poise.detect.detections import Detections
from poise.detect.detector import Detector
from poise.detect.pieces import Pieces
from poise.errors import PoiseError
from poise.video import Picture, Video, ahead

PIECE = 75  # pictures: 2.5 s. Each piece is watched on its own, so cores and resumed runs agree
_WARM_UP = 4  # pictures seen before a piece, finds dropped: the detector gets its bearings
_LARGEST = 1280  # pixels of the longer side: the detector looks at 256 pixels of a person
_AHEAD = 8  # pictures decoded ahead

Progress = Callable[[str, float, str], None]


def detect(
    video: Video,
    detector: Detector,
    *,
    workers: int | None = None,
    pieces: Pieces | None = None,
    seconds: float | None = None,
    progress: Progress | None = None,
) -> Detections:
    """Everybody in every frame of a video, up to so many seconds of it.

    The answer does not depend on how many workers there are, nor on whether pieces of an earlier
    run were at hand. Of a live source, Ctrl-C ends the recording, and what was seen is given.
    """
    done: list[Detections] = []
    while pieces is not None and not video.live and (kept := pieces.load(len(done))) is not None:
        done.append(kept)
        if len(kept.times) < PIECE:  # the last one: after it the video ends
            return joined(done, video, detector)
    workers = workers or os.cpu_count() or 1
    with (
        ThreadPoolExecutor(workers, "detecting") as crew,
        closing(_pictures(video, done, seconds)) as pictures,
    ):
        waiting: deque[Future[Detections]] = deque()

        def finish() -> None:
            piece = waiting.popleft().result()
            if pieces is not None and not video.live:
                pieces.save(len(done), piece)
            done.append(piece)
            if progress:
                seen = float(piece.times[-1])
                share = seen / video.seconds if video.seconds else 0.0
                progress("watching", min(share, 1.0), f"{seen:.0f} s")

        try:
            for before, piece in _cut(pictures, warm=bool(done)):
                waiting.append(crew.submit(_watch, detector, video, before, piece))
                if len(waiting) > workers:  # more pictures in memory would not make it faster
                    finish()
        except KeyboardInterrupt:
            if not video.live:
                for each in waiting:
                    each.cancel()
                raise
        while waiting:
            finish()
    return joined(done, video, detector)


def joined(pieces: Sequence[Detections], video: Video, detector: Detector) -> Detections:
    """One value of all pieces, in pixels of the video."""
    if not pieces:
        raise PoiseError(f"{video.name}: has no pictures")
    before = np.cumsum([0, *(len(piece.times) for piece in pieces)])
    return Detections(
        xy=np.concatenate([piece.xy for piece in pieces]),
        score=np.concatenate([piece.score for piece in pieces]),
        frame=np.concatenate([p.frame + n for p, n in zip(pieces, before, strict=False)]),
        times=np.concatenate([piece.times for piece in pieces]),
        skeleton=detector.skeleton,
        image_size=(video.width, video.height),
        fps=video.fps,
        camera=video.camera,
    )


def _pictures(
    video: Video, done: Sequence[Detections], seconds: float | None
) -> Generator[Picture]:
    """The pictures after those that are done, and before them what the next piece warms up on."""
    if done:
        number = sum(len(piece.times) for piece in done) - _WARM_UP
        after = float(done[-1].times[-_WARM_UP - 1])
        source = video.pictures(largest=_LARGEST, after=after, first_number=number)
    else:
        source = video.pictures(largest=_LARGEST)
    with closing(ahead(source, _AHEAD)) as pictures:
        for picture in pictures:
            if seconds is not None and picture.time >= seconds:
                return
            yield picture


def _cut(pictures: Iterator[Picture], warm: bool) -> Iterator[tuple[list[Picture], list[Picture]]]:
    """Pieces, each with the pictures before it."""
    before = list(islice(pictures, _WARM_UP)) if warm else []
    while piece := list(islice(pictures, PIECE)):
        yield before, piece
        before = piece[-_WARM_UP:]


def _watch(
    detector: Detector, video: Video, before: list[Picture], piece: list[Picture]
) -> Detections:
    """The finds of one piece."""
    finds, frames = [], []
    with detector.watch() as watch:
        for number, picture in enumerate((*before, *piece), -len(before)):
            xy, score = watch.see(picture.rgb, picture.time)
            if number >= 0:
                height, width = picture.rgb.shape[:2]
                scale = np.array([video.width / width, video.height / height], np.float32)
                finds.append((xy * scale, score))
                frames += [number] * len(xy)
    return Detections(
        xy=np.concatenate([xy for xy, _ in finds]),
        score=np.concatenate([score for _, score in finds]),
        frame=np.array(frames, np.int64),
        times=np.array([picture.time for picture in piece]),
        skeleton=detector.skeleton,
        image_size=(video.width, video.height),
        fps=video.fps,
    )
