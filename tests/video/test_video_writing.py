"""Pictures as a video, and back."""

import logging
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import av
import numpy as np
import pytest

from poise.errors import PoiseError
from poise.video import Picture, ahead, open_video, write_video
from video_files import card, corners


def test_there_and_back(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.05, 0.3, 0.31, 1.0]
    with write_video(tmp_path / "a b.mp4", 64, 48, fps=25) as writer:
        for number, moment in enumerate(times):
            writer.add(card(number), moment)
        assert repr(writer).endswith("a b.mp4: 64x48 px, 6 pictures)")
    with open_video(tmp_path / "a b.mp4") as video:
        pictures = list(video.pictures())
        assert video.seconds == pytest.approx(1.04, abs=0.01)
    assert [p.time for p in pictures] == pytest.approx(times, abs=1e-4)
    for number, picture in enumerate(pictures):
        assert np.abs(picture.rgb[::11, ::13].astype(int) - card(number)[::11, ::13]).mean() < 6
    assert [p.name for p in tmp_path.iterdir()] == ["a b.mp4"]


@pytest.mark.parametrize("fps", [30, 29.97, 30000 / 1001, 23.976, 120, 12.5])
def test_rates(tmp_path: Path, fps: float) -> None:
    with write_video(tmp_path / "a.mp4", 64, 48, fps) as writer:
        for number in range(20):
            writer.add(card(number))
    with open_video(tmp_path / "a.mp4") as video:
        assert video.fps == pytest.approx(fps, rel=2e-3)
        assert video.frames == 20
        assert [p.time for p in video.pictures()] == pytest.approx(np.arange(20) / fps, abs=1e-5)


@pytest.mark.parametrize("size", [(63, 47), (1, 1), (64, 47), (17, 16)])
def test_odd_sizes_become_even(tmp_path: Path, size: tuple[int, int]) -> None:
    picture = card(0, 64, 48)[: size[1], : size[0]]
    with write_video(tmp_path / "a.mp4", *size, fps=25) as writer:
        writer.add(picture)
    with open_video(tmp_path / "a.mp4") as video:
        assert (video.width, video.height) == (size[0] + size[0] % 2, size[1] + size[1] % 2)
        (seen,) = video.pictures()
    assert np.abs(seen.rgb[-1, -1].astype(int) - picture[-1, -1]).max() < 30


def test_it_plays_before_it_is_loaded(tmp_path: Path) -> None:
    with write_video(tmp_path / "a.mp4", 64, 48, fps=25) as writer:
        writer.add(card())
    data = (tmp_path / "a.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(tmp_path / "a.mp4")) as file:
        stream = file.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")


def test_what_was_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_text("precious")

    def write(*moments: float, width: int = 64, then: Exception | None = None) -> None:
        with write_video(path, 64, 48, fps=25) as writer:
            for moment in moments:
                writer.add(card(width=width), moment)
            if then is not None:
                raise then

    with pytest.raises(ZeroDivisionError):
        write(0.0, then=ZeroDivisionError())
    with pytest.raises(PoiseError, match="a.mp4: no pictures to write"):
        write()
    with pytest.raises(PoiseError, match="picture 1 at 0.5 s is not after the one before"):
        write(0.5, 0.5)
    with pytest.raises(PoiseError, match="a picture of 32x48 pixels, in a video of 64x48"):
        write(0.0, width=32)
    with pytest.raises(PoiseError, match="picture 0: nan s is not a time"):
        write(float("nan"))
    assert path.read_text() == "precious"
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]


def test_what_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path, words in (
        (tmp_path / "a.gif", "a.gif: videos are written as MP4"),
        (tmp_path / "file" / "a.mp4", "a.mp4: cannot write: a part of that path is a file"),
    ):
        with pytest.raises(PoiseError, match=words), write_video(path, 64, 48, 25):
            pass
    for size in ((0, 5, 25), (5, 5, 0), (5, 5, float("nan"))):
        with pytest.raises(PoiseError, match="is not a video"), write_video("a.mp4", *size):
            pass


def test_without_h264(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(av, "codecs_available", {"mpeg4"})
    with (
        caplog.at_level(logging.WARNING),
        write_video(tmp_path / "a.mp4", 64, 48, fps=25) as writer,
    ):
        for number in range(5):
            writer.add(card(number), number / 25 + 0.001 * number)
    assert "H.264 (libx264) is missing here; MPEG-4 is written" in caplog.text
    with open_video(tmp_path / "a.mp4") as video:
        pictures = list(video.pictures())
    assert [p.time for p in pictures] == pytest.approx(np.arange(5) * 0.041, abs=1e-3)
    assert corners(pictures[0].rgb) == corners(card())
    monkeypatch.setattr(av, "codecs_available", set())
    with pytest.raises(PoiseError, match="neither H.264"), write_video("a.mp4", 64, 48, 25):
        pass


def test_the_same_pictures_are_the_same_file(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        with write_video(tmp_path / name, 64, 48, fps=25) as writer:
            for number in range(10):
                writer.add(card(number))
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "ahead"]


def test_ahead_gives_the_same_items() -> None:
    for count in (1, 3, 100):
        assert list(ahead(iter(range(50)), count)) == list(range(50))
        assert list(ahead((n for n in range(5)), count)) == list(range(5))
    assert list(ahead(iter([None, (1,), ValueError()]), 2))[:2] == [None, (1,)]
    with pytest.raises(PoiseError, match="ahead: 0 items is no lead"):
        ahead(iter([]), 0)
    assert threads() == []


def test_ahead_is_bounded() -> None:
    made = []

    def numbers() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    with closing(ahead(numbers(), 4)) as items:
        assert next(items) == 0
        deadline = time.monotonic() + 5
        while len(made) < 5 and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(0.05)
        assert made == [0, 1, 2, 3, 4]
    assert threads() == []


def test_what_goes_wrong_ahead_comes_out() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise PoiseError("a.mp4: is damaged")

    given = ahead(items(), 5)
    assert next(given) == 1
    with pytest.raises(PoiseError, match="a.mp4: is damaged"):
        next(given)
    assert threads() == []


def test_closing_early_closes_the_source() -> None:
    ended = threading.Event()

    def items() -> Iterator[int]:
        try:
            yield from range(1000)
        finally:
            ended.set()

    for item in ahead(items(), 3):
        if item == 5:
            break
    assert ended.is_set()
    assert threads() == []


def test_closing_a_video_that_is_read_ahead(tmp_path: Path) -> None:
    with write_video(tmp_path / "a.mp4", 64, 48, fps=25) as writer:
        for number in range(60):
            writer.add(card(number))
    with open_video(tmp_path / "a.mp4") as video:
        pictures = ahead(video.pictures(), 2)
        assert next(pictures).number == 0
    assert len(list(pictures)) < 60
    assert threads() == []


def test_memory_does_not_grow_with_the_video(tmp_path: Path) -> None:
    with write_video(tmp_path / "a.mp4", 64, 48, fps=25) as writer:
        for number in range(100):
            writer.add(card(number))
    seen: list[weakref.ref[np.ndarray]] = []
    most = 0

    def watched(pictures: Iterator[Picture]) -> Iterator[Picture]:
        for picture in pictures:
            seen.append(weakref.ref(picture.rgb))
            yield picture

    with open_video(tmp_path / "a.mp4") as video:
        for _ in ahead(watched(video.pictures()), 4):
            most = max(most, sum(each() is not None for each in seen))
    assert len(seen) == 100
    assert most <= 4 + 3  # those ahead, the one in hand, and what the loops still hold
