"""Videos of all kinds, as pictures that are upright and in time."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from poise.errors import PoiseError
from poise.video import Picture, open_video
from video_files import card, corners, film, middle, sound

UPRIGHT = ("red", "green", "blue", "white")


def seen(source: object, **wanted: int) -> list[Picture]:
    with open_video(source) as video:  # type: ignore[arg-type]
        return list(video.pictures(**wanted))


def test_a_video_says_what_it_is(tmp_path: Path) -> None:
    path = film(tmp_path / "walk.mp4", 20)
    with open_video(path) as video:
        assert (video.width, video.height, video.fps) == (64, 48, 25)
        assert (video.frames, video.live, video.camera, video.broken) == (20, False, None, None)
        assert video.seconds == pytest.approx(0.8)
        assert video.name == str(path)
        assert repr(video) == f"Video({path}: 64x48 px, 25 fps, 0.8 s)"
        pictures = list(video.pictures())
    assert [p.number for p in pictures] == list(range(20))
    assert [p.time for p in pictures] == [float(n * Fraction(1, 25)) for n in range(20)]
    assert [middle(p.rgb) for p in pictures] == list(range(20))
    assert all(corners(p.rgb) == UPRIGHT for p in pictures)
    assert repr(pictures[3]) == "Picture(64x48 px, number 3, at 0.120 s)"


@pytest.mark.parametrize(
    ("name", "codec", "form"),
    [
        ("a.avi", "mpeg4", "yuv420p"),
        ("a.mkv", "ffv1", "yuv420p10le"),
        ("b.mkv", "ffv1", "bgra"),
        ("c.mkv", "ffv1", "yuv444p"),
        ("a.ts", "libx264", "yuv420p"),
        ("a.h264", "libx264", "yuv420p"),  # no times at all
        ("a.mpg", "mpeg2video", "yuv420p"),
        ("a.webm", "libvpx-vp9", "yuv420p"),
        ("a.mov", "prores_ks", "yuv422p10le"),
        ("b.mov", "mjpeg", "yuvj420p"),  # full range
        ("a.flv", "libx264", "yuv420p"),
    ],
)
def test_containers_and_codings(tmp_path: Path, name: str, codec: str, form: str) -> None:
    pictures = seen(film(tmp_path / name, 10, codec=codec, form=form))
    assert [middle(p.rgb) for p in pictures] == list(range(10))
    assert corners(pictures[0].rgb) == UPRIGHT
    assert np.diff([p.time for p in pictures]) == pytest.approx(np.full(9, 0.04), abs=1e-3)
    white = pictures[0].rgb[-4, -4]
    assert white.min() > 250, f"white came out as {white}"


def test_grey_is_grey(tmp_path: Path) -> None:
    (first, *_) = seen(film(tmp_path / "a.mkv", 2, codec="ffv1", form="gray"))
    assert (first.rgb == first.rgb[..., :1]).all()
    assert first.rgb[-4, -4, 0] > 250
    assert first.rgb[24, 32, 0] < 5


def test_colours_of_hd_are_those_of_hd(tmp_path: Path) -> None:
    """A file that does not say: BT.709 from 720 lines on, BT.601 below, as everybody has it."""
    for height, colours in ((720, "ITU709"), (480, "ITU601")):
        with av.open(str(tmp_path / "a.mkv"), "w") as file:
            stream = file.add_stream("ffv1", rate=25)
            stream.width, stream.height, stream.pix_fmt = 16, height, "yuv444p"
            green = np.full((height, 16, 3), (20, 200, 40), np.uint8)
            frame = av.VideoFrame.from_ndarray(green).reformat(
                format="yuv444p", dst_colorspace=colours
            )
            frame.colorspace = 2
            file.mux(stream.encode(frame))
            file.mux(stream.encode(None))
        (picture,) = seen(tmp_path / "a.mkv")
        assert np.abs(picture.rgb.astype(int) - (20, 200, 40)).max() <= 4, colours


@pytest.mark.parametrize(
    ("turn", "mirrored", "shown"),
    [
        (0, False, UPRIGHT),
        (90, False, ("green", "white", "red", "blue")),
        (180, False, ("white", "blue", "green", "red")),
        (270, False, ("blue", "red", "white", "green")),
        (0, True, ("green", "red", "white", "blue")),
        (90, True, ("white", "green", "blue", "red")),
        (180, True, ("blue", "white", "red", "green")),
        (270, True, ("red", "blue", "green", "white")),
    ],
)
def test_the_display_matrix_turns_and_mirrors(
    tmp_path: Path, turn: int, mirrored: bool, shown: tuple[str, ...]
) -> None:
    with open_video(film(tmp_path / "a.mp4", 3, turn=turn, mirrored=mirrored)) as video:
        size = (64, 48) if turn in (0, 180) else (48, 64)
        assert (video.width, video.height) == size
        for largest in (None, 32):
            for picture in video.pictures(largest=largest):
                assert corners(picture.rgb) == shown
                height, width, _ = picture.rgb.shape
                assert (width, height) == (size if largest is None else (size[0] / 2, size[1] / 2))


def test_largest_never_scales_up(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 2)
    assert seen(path, largest=1000)[0].rgb.shape == (48, 64, 3)
    assert seen(path, largest=16)[0].rgb.shape == (12, 16, 3)
    assert seen(path, largest=1)[0].rgb.shape == (1, 1, 3)
    with pytest.raises(PoiseError, match="largest: 0 pixels is not a size"):
        seen(path, largest=0)


@pytest.mark.parametrize("size", [(10, 10), (63, 47), (2, 2), (1, 1), (17, 129)])
def test_small_and_odd_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    white = np.full((size[1], size[0], 3), 255, np.uint8)
    path = film(tmp_path / "a.mkv", codec="ffv1", form="yuv444p", size=size, pictures=[white] * 2)
    pictures = seen(path)
    assert [p.rgb.shape for p in pictures] == [(size[1], size[0], 3)] * 2
    assert pictures[1].rgb.min() > 250


def test_oblong_pixels_become_square(tmp_path: Path) -> None:
    with open_video(film(tmp_path / "a.mp4", 2, aspect=Fraction(3, 2))) as video:
        assert (video.width, video.height) == (96, 48)
        (first, _) = video.pictures()
    assert first.rgb.shape == (48, 96, 3)
    assert corners(first.rgb) == UPRIGHT


def test_a_variable_rate_keeps_its_times(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.05, 0.3, 0.31, 1.0, 1.5]
    pictures = seen(film(tmp_path / "a.mp4", 7, times=times))
    assert [p.time for p in pictures] == pytest.approx(times, abs=2e-5)
    assert [middle(p.rgb) for p in pictures] == list(range(7))


def test_time_begins_at_the_first_picture(tmp_path: Path) -> None:
    pictures = seen(film(tmp_path / "a.mkv", 3, times=[5.0, 5.1, 5.2]))
    assert [p.time for p in pictures] == pytest.approx([0, 0.1, 0.2], abs=1e-3)


def test_the_focal_length_of_phones(tmp_path: Path) -> None:
    key = "com.apple.quicktime.camera.focal_length.35mm_equivalent"
    tags = {"movflags": "use_metadata_tags"}
    path = film(tmp_path / "a.mov", 2, metadata={key: "26"}, container=tags, turn=90)
    with open_video(path) as video:
        assert video.camera is not None
        assert (video.camera.width, video.camera.height) == (48, 64)
        assert video.camera.fx == pytest.approx(26 * 80 / np.hypot(36, 24))
    for nonsense in ("0", "far", "1.2.3", "nan"):
        with open_video(
            film(tmp_path / "b.mov", 2, metadata={key: nonsense}, container=tags)
        ) as video:
            assert video.camera is None


def test_of_several_videos_the_default_one(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as file:
        streams = []
        for size, default in (((32, 32), False), ((64, 48), True), ((128, 96), False)):
            stream = file.add_stream("ffv1", rate=25)
            stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
            if default:
                stream.disposition = av.stream.Disposition.default
            streams.append((stream, size))
        for number in range(3):
            for stream, size in streams:
                file.mux(stream.encode(av.VideoFrame.from_ndarray(card(number, *size))))
        for stream, _ in streams:
            file.mux(stream.encode(None))
    pictures = seen(path)
    assert [p.rgb.shape for p in pictures] == [(48, 64, 3)] * 3


@pytest.mark.parametrize("cover", [False, True])
def test_sound_is_no_video(tmp_path: Path, cover: bool) -> None:
    path = sound(tmp_path / "song.mp4", cover)
    with pytest.raises(PoiseError, match="song.mp4: there is no video in it, only sound"):
        open_video(path)


def test_names_with_anything_in_them(tmp_path: Path) -> None:
    for name in ("a b.mp4", "Łódź 東京 🎥.mp4", "100%d.mp4", "a:b.mp4", "concat:x.mp4", "-.mp4"):
        path = film(tmp_path / "plain.mp4", 2).rename(tmp_path / name)
        assert len(seen(path)) == 2, name


def test_two_looks_at_once(tmp_path: Path) -> None:
    with open_video(film(tmp_path / "a.mp4", 6)) as video:
        pairs = list(zip(video.pictures(), video.pictures(largest=32), strict=True))
    assert [(a.number, b.number) for a, b in pairs] == [(n, n) for n in range(6)]


def test_a_closed_video_is_closed(tmp_path: Path) -> None:
    with open_video(film(tmp_path / "a.mp4", 6)) as video:
        pictures = video.pictures()
        next(pictures)
    assert list(pictures) == []
    with pytest.raises(PoiseError, match="is closed"):
        video.pictures()


def test_the_fingerprint_tells_contents_apart(tmp_path: Path) -> None:
    first = film(tmp_path / "a.mp4", 6)
    with open_video(first) as video, open_video(first) as again:
        assert video.fingerprint == again.fingerprint != ""
        before = video.fingerprint
    film(first, 7)
    with open_video(first) as video:
        assert video.fingerprint != before
