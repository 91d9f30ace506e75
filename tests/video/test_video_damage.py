"""What is wrong with a file is said in words, and what is whole of it is given."""

import logging
import os
import subprocess
import sys
import threading
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from poise.errors import PoiseError
from poise.video import open_video
from video_files import card, film, middle


def refused(source: object) -> str:
    with pytest.raises(PoiseError) as caught:
        open_video(source)  # type: ignore[arg-type]
    words = str(caught.value)
    assert "\n" not in words
    return words


def test_what_is_no_video(tmp_path: Path) -> None:
    assert refused(tmp_path / "a.mp4") == f"{tmp_path / 'a.mp4'}: cannot read: no such file"
    (tmp_path / "empty.mp4").touch()
    assert "empty.mp4: is empty (0 bytes); copy or record it again" in refused(
        tmp_path / "empty.mp4"
    )
    texts = ("hello\n" * 50, "#EXTM3U\n#EXTINF:1,\n/etc/passwd\n", "ffconcat version 1.0\nfile a\n")
    for text in (*texts, "\x1b[31mcolours\x1b[0m\n" * 9):
        for name in ("text.mp4", "text.txt", "text.ans"):
            (tmp_path / name).write_text(text)
            assert f"{name}: not a video, or a damaged one" in refused(tmp_path / name)
    (tmp_path / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(50_000))
    assert "noise.mp4: " in refused(tmp_path / "noise.mp4")
    assert "no photos in this folder" in refused(tmp_path / "..")
    assert "not the name of a file" in refused("a\0b.mp4")
    assert "addresses are not read; download the video first" in refused("https://a.org/b.mp4")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 2)
    path.chmod(0)
    assert "a.mp4: cannot read: no permission to read it" in refused(path)


def test_a_recording_that_was_not_finished(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 30)  # its index is at its end
    whole = path.read_bytes()
    for cut in (400, len(whole) // 2):
        path.write_bytes(whole[:-cut])
        assert "the recording was not finished, its index is missing" in refused(path)


def noise(count: int, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 256, (48, 64, 3), np.uint8) for _ in range(count)]


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi"])
def test_a_video_that_breaks_off(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    codec = "mpeg4" if name == "a.avi" else "libx264"
    path = film(
        tmp_path / name,
        pictures=noise(100),
        codec=codec,
        container={"movflags": "+faststart"} if name == "a.mp4" else {},
    )
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with open_video(path) as video, caplog.at_level(logging.WARNING):
        pictures = list(video.pictures())
        assert 10 < len(pictures) < 60
        assert video.broken is not None
        assert video.broken.startswith("breaks off after ")
        assert video.broken.endswith(" of 4.0 s" if codec == "libx264" else " s")
    (*_, last) = caplog.messages
    assert last == f"{path}: {video.broken}; the rest is missing"


def test_a_whole_video_is_not_called_broken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for name in ("a.mp4", "a.mkv", "a.ts", "a.flv"):
            for count in (10, 30):
                with open_video(film(tmp_path / name, count)) as video:
                    assert len(list(video.pictures())) == count
                    assert (video.broken, video.skipped) == (None, 0)
    assert caplog.messages == []


def test_damage_in_the_middle(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = film(tmp_path / "a.mov", 50, codec="mjpeg", form="yuvj420p", pictures=noise(50))
    data = bytearray(path.read_bytes())
    middle_of_it = len(data) // 2
    size = len(data) // 50
    data[middle_of_it : middle_of_it + 3 * size] = bytes(3 * size)
    path.write_bytes(data)
    with open_video(path) as video, caplog.at_level(logging.WARNING):
        pictures = list(video.pictures())
        assert 2 <= video.skipped <= 5
        assert len(list(video.pictures(largest=8))) == len(pictures)  # and it is said once
        assert len(pictures) + video.skipped == 50
        assert video.broken is None
    assert caplog.messages == [f"{path}: {video.skipped} pictures are damaged and left out"]
    assert pictures[-1].time == pytest.approx(49 / 25)  # those after it are where they were


@pytest.mark.parametrize("seed", range(6))
def test_any_damage_ends_well(tmp_path: Path, seed: int) -> None:
    """Scattered bytes of any kind: pictures or words, times that grow, nothing else."""
    rng = np.random.default_rng(seed)
    name, codec = (("a.mp4", "libx264"), ("a.mkv", "libx264"), ("a.ts", "mpeg2video"))[seed % 3]
    path = film(tmp_path / name, codec=codec, pictures=noise(40))
    data = np.frombuffer(path.read_bytes(), np.uint8).copy()
    places = rng.integers(len(data) // 10, len(data) * 9 // 10, 40)
    data[places] = rng.integers(0, 256, 40)
    path.write_bytes(data.tobytes())
    try:
        with open_video(path) as video:
            pictures = list(video.pictures(largest=32))
    except PoiseError as error:
        assert str(error).startswith(str(path))
        return
    assert all(a.time < b.time for a, b in pairwise(pictures))
    assert {p.rgb.shape for p in pictures} <= {(24, 32, 3)}


def test_times_that_run_backwards(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for number, milliseconds in enumerate((0, 40, 40, 20, 120, 160)):
            frame = av.VideoFrame.from_ndarray(card(number)).reformat(format="yuvj420p")
            (packet,) = stream.encode(frame)
            packet.time_base = Fraction(1, 1000)
            packet.pts = packet.dts = milliseconds
            try:
                file.mux(packet)
            except ValueError:  # Matroska takes no time that runs back
                continue
    with open_video(path) as video, caplog.at_level(logging.WARNING):
        pictures = list(video.pictures())
    assert [p.time for p in pictures] == [0, 0.04, 0.12, 0.16]
    assert [p.number for p in pictures] == [0, 1, 2, 3]
    assert [middle(p.rgb) for p in pictures] == [0, 1, 4, 5]
    assert video.skipped >= 1
    assert "left out: the time is not after that of the one before" in caplog.text


def test_a_file_that_grows(tmp_path: Path) -> None:
    whole = film(tmp_path / "whole.ts", pictures=noise(60)).read_bytes()
    path = tmp_path / "a.ts"
    path.write_bytes(whole[: len(whole) // 2 // 188 * 188])
    with open_video(path) as video:
        before = len(list(video.pictures()))
        path.write_bytes(whole)
        assert before < len(list(video.pictures())) == 60


def test_a_file_that_goes_away(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 20)
    with open_video(path) as video:
        pictures = video.pictures()
        next(pictures)
        path.unlink()
        assert len(list(pictures)) == 19
        with pytest.raises(PoiseError, match="a.mp4: cannot read: no such file"):
            next(video.pictures())


def test_no_file_stays_open(tmp_path: Path) -> None:
    def files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    if not Path("/proc/self/fd").exists():
        pytest.skip("no list of open files here")
    path = film(tmp_path / "a.mp4", 20)
    (tmp_path / "bad.mp4").write_bytes(path.read_bytes()[:600])
    before = files()
    with open_video(path) as video:
        assert files() == before
        pictures = video.pictures()
        next(pictures)
        assert files() == before + 1
    assert files() == before
    refused(tmp_path / "bad.mp4")
    with open_video(path) as video:
        for picture in video.pictures(after=0.2):
            if picture.time > 0.3:
                break
        assert files() == before


def test_nothing_of_ffmpeg_is_in_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for seed in range(3):
        test_any_damage_ends_well(tmp_path, seed)
    assert capfd.readouterr() == ("", "")


def test_a_pipe_is_seen_once(tmp_path: Path) -> None:
    path, pipe = film(tmp_path / "a.mkv", 30), tmp_path / "pipe"
    os.mkfifo(pipe)
    feed = threading.Thread(target=lambda: pipe.write_bytes(path.read_bytes()))
    feed.start()
    with open_video(pipe) as video:
        assert (video.live, video.fingerprint, video.frames, video.seconds) == (
            True,
            "",
            None,
            None,
        )
        with pytest.raises(PoiseError, match="is live, there is no going back"):
            video.pictures(after=0.1)
        assert [middle(p.rgb) for p in video.pictures()] == [n % 20 for n in range(30)]
        with pytest.raises(PoiseError, match="is live and has been seen"):
            video.pictures()
    feed.join()


def test_a_pipe_that_ends_with_what_is_needed_first(tmp_path: Path) -> None:
    path, pipe = film(tmp_path / "a.mp4", pictures=noise(200)), tmp_path / "pipe"
    os.mkfifo(pipe)

    def write() -> None:
        with suppress(BrokenPipeError):
            pipe.write_bytes(path.read_bytes())

    feed = threading.Thread(target=write)
    feed.start()
    assert "an MP4 has its index at its end" in refused(pipe)
    feed.join()


def test_standard_input(tmp_path: Path) -> None:
    look = (
        "from poise.video import open_video\n"
        "with open_video('-') as v: print(v.name, v.live, len(list(v.pictures())))"
    )
    # Through input=: a file as standard input could be sought in.
    data = film(tmp_path / "a.mkv", 30).read_bytes()
    done = subprocess.run([sys.executable, "-c", look], input=data, capture_output=True)
    assert done.stdout.split(b"\n")[0] == b"standard input True 30", done.stderr


def test_a_camera_that_is_not_there() -> None:
    for source in (97, "97"):
        words = refused(source)
        assert words.startswith("camera 97: cannot be opened; ")
