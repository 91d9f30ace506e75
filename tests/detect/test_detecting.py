"""Pieces of a video on several cores: the same answer however it was cut, killed and resumed."""

import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import numpy as np
import pytest

from poise.cameras import Camera
from poise.detect import Detections, Pieces, detect, detector
from poise.detect.detecting import PIECE
from poise.detect.detector import Found, Watch
from poise.errors import PoiseError
from poise.skeletons import COCO17
from poise.video import Picture


class Memory:
    """A video of so many pictures, each of one brightness."""

    name, fps, live, skipped = "memory", 30.0, False, 0
    broken: str | None = None
    width, height, fingerprint = 1920, 1080, "one"
    frames: int | None = None
    camera: Camera | None = None

    def __init__(self, count: int, breaks_at: int | None = None) -> None:
        self.count, self._breaks_at = count, breaks_at
        self.seconds: float | None = count / 30
        self.decoded: list[int] = []

    def pictures(
        self, *, largest: int | None = None, after: float | None = None, first_number: int = 0
    ) -> Generator[Picture]:
        number = first_number
        for at in range(self.count):
            if after is not None and at / 30 <= after:
                continue
            if at == self._breaks_at:
                raise KeyboardInterrupt
            self.decoded.append(at)
            rgb = np.full((9, 16, 3), at % 251, np.uint8)
            yield Picture(rgb=rgb, time=at / 30, number=number)
            number += 1

    def close(self) -> None: ...

    def __enter__(self) -> "Memory":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Counting:
    """Finds as many people as the brightness says, one step late: it remembers one picture."""

    name, skeleton = "counting", COCO17

    def __init__(self) -> None:
        self.most_at_once = self._now = 0
        self._lock = threading.Lock()

    @contextmanager
    def watch(self) -> Iterator[Watch]:
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        yield self.Eye()
        with self._lock:
            self._now -= 1

    class Eye:
        before = 0

        def see(self, rgb: np.ndarray, time: float) -> Found:
            bright, self.before = self.before, int(rgb[0, 0, 0])
            people = bright % 3
            xy = np.full((people, 17, 2), 4.0, np.float32) + bright
            return xy, np.full((people, 17), 0.5, np.float32)


def same(one: Detections, other: Detections) -> None:
    for name in ("xy", "score", "frame", "times"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_all_frames_once_and_in_order() -> None:
    count = 2 * PIECE + 7
    found = detect(Memory(count), Counting(), workers=1)
    np.testing.assert_allclose(found.times, np.arange(count) / 30)
    people = np.bincount(found.frame, minlength=count)
    np.testing.assert_array_equal(people[1:], np.arange(count - 1) % 3)


def test_pixels_are_those_of_the_video_not_of_the_smaller_picture() -> None:
    found = detect(Memory(3), Counting(), workers=1)
    np.testing.assert_allclose(found.xy[0], 5 * 120)
    assert found.image_size == (1920, 1080)


@pytest.mark.parametrize("workers", [2, 3, 5])
def test_workers_do_not_matter(workers: int) -> None:
    alone = detect(Memory(4 * PIECE + 1), Counting(), workers=1)
    same(detect(Memory(4 * PIECE + 1), Counting(), workers=workers), alone)


def test_two_workers_watch_at_once() -> None:
    class Slow(Counting):
        class Eye(Counting.Eye):
            def see(self, rgb: np.ndarray, time_s: float) -> Found:
                time.sleep(0.001)
                return super().see(rgb, time_s)

    slow = Slow()
    detect(Memory(4 * PIECE), slow, workers=2)
    assert slow.most_at_once == 2


@pytest.mark.parametrize("killed_at", [10, PIECE + 1, 3 * PIECE + 5])
def test_what_was_killed_goes_on(tmp_path: Path, killed_at: int) -> None:
    count = 4 * PIECE + 20
    whole = detect(Memory(count), Counting(), workers=2)
    with pytest.raises(KeyboardInterrupt):
        detect(
            Memory(count, breaks_at=killed_at),
            Counting(),
            workers=2,
            pieces=Pieces(tmp_path / "work", {"of": "one"}),
        )
    again = Memory(count)
    same(
        detect(again, Counting(), workers=2, pieces=Pieces(tmp_path / "work", {"of": "one"})), whole
    )
    done_before = max(0, killed_at // PIECE - 3)  # the pieces that were under way are lost
    assert again.decoded[0] >= done_before * PIECE - 10


def test_nothing_is_watched_twice(tmp_path: Path) -> None:
    pieces = Pieces(tmp_path / "work", {"of": "one"})
    whole = detect(Memory(PIECE + 20), Counting(), pieces=pieces)
    again = Memory(PIECE + 20)
    same(detect(again, Counting(), pieces=Pieces(tmp_path / "work", {"of": "one"})), whole)
    assert again.decoded == []


def test_pieces_of_something_else_are_not_taken(tmp_path: Path) -> None:
    detect(Memory(PIECE), Counting(), pieces=Pieces(tmp_path / "work", {"of": "one"}))
    other = Pieces(tmp_path / "work", {"of": "other"})
    assert other.load(0) is None


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 no"])
def test_a_damaged_piece_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    whole = detect(Memory(90), Counting(), pieces=Pieces(tmp_path / "work", {"of": "one"}))
    (tmp_path / "work" / "piece-000000.npz").write_bytes(damage)
    same(detect(Memory(90), Counting(), pieces=Pieces(tmp_path / "work", {"of": "one"})), whole)


def test_pieces_are_cleared_away(tmp_path: Path) -> None:
    pieces = Pieces(tmp_path / "work", {"of": "one"})
    detect(Memory(PIECE + 5), Counting(), pieces=pieces)
    pieces.clear()
    assert list(tmp_path.iterdir()) == []


def test_only_so_many_seconds() -> None:
    video = Memory(10 * PIECE)
    found = detect(video, Counting(), seconds=1.5)
    assert len(found.times) == 45
    assert max(video.decoded) < 70, "what is not wanted is not decoded either"


def test_a_live_source_ends_with_ctrl_c() -> None:
    live = Memory(500, breaks_at=150)
    live.live = True
    found = detect(live, Counting(), workers=2)
    assert len(found.times) == 2 * PIECE


def test_a_video_without_pictures() -> None:
    with pytest.raises(PoiseError, match="memory: has no pictures"):
        detect(Memory(0), Counting())


def test_a_detector_s_error_comes_out() -> None:
    class Broken(Counting):
        class Eye(Counting.Eye):
            def see(self, rgb: np.ndarray, time: float) -> Found:
                raise PoiseError("no eyes")

    with pytest.raises(PoiseError, match="no eyes"):
        detect(Memory(3 * PIECE), Broken(), workers=2)


def test_an_unknown_detector_gets_a_hint() -> None:
    with pytest.raises(PoiseError, match="did you mean 'blazepose'"):
        detector("blazpose")


def test_detections_come_back_from_their_file(tmp_path: Path) -> None:
    found = detect(Memory(30), Counting())
    found.save(tmp_path / "found.npz")
    back = Detections.load(tmp_path / "found.npz")
    same(back, found)
    assert (back.fps, back.image_size, back.skeleton) == (30, (1920, 1080), COCO17)
