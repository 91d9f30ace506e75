"""One photo, and folders of them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from poise.errors import PoiseError
from poise.video import open_video
from video_files import card, corners, middle


def test_a_folder_in_its_natural_order(tmp_path: Path) -> None:
    folder = tmp_path / "a folder ✓"
    folder.mkdir()
    for number in range(12):
        Image.fromarray(card(number)).save(folder / f"IMG {number}.png")
    (folder / "notes.txt").write_text("not a photo")
    (folder / "._IMG 3.png").write_bytes(b"what a Mac leaves behind")
    with open_video(folder) as video:
        assert (video.width, video.height, video.fps, video.frames) == (64, 48, 30, 12)
        pictures = list(video.pictures())
        rest = list(video.pictures(after=pictures[4].time, first_number=5))
        before = video.fingerprint
    assert [middle(p.rgb) for p in pictures] == list(range(12))
    assert np.array_equal(pictures[3].rgb, card(3))
    assert [(p.number, p.time) for p in rest] == [(p.number, p.time) for p in pictures[5:]]
    Image.fromarray(card(0)).save(folder / "IMG 12.png")
    with open_video(folder, fps=10) as video:
        assert [p.time for p in video.pictures()] == [n / 10 for n in range(13)]
        assert before != video.fingerprint


def test_one_photo(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(card(3)).save(path)
    with open_video(path) as video:
        (picture,) = video.pictures()
        (small,) = video.pictures(largest=32)
        assert (video.frames, video.camera) == (1, None)
    assert np.array_equal(picture.rgb, card(3))
    assert small.rgb.shape == (24, 32, 3)
    assert corners(small.rgb) == corners(picture.rgb)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_upright(tmp_path: Path, orientation: int) -> None:
    """A photo stored in any of the eight ways is shown as it was seen."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = Image.fromarray(card(width=400, height=300))
    if orientation in undo:
        stored = stored.transpose(undo[orientation])
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.FocalLengthIn35mmFilm] = 26
    for name in ("a.jpg", "without a suffix"):
        stored.save(tmp_path / name, format="JPEG", exif=exif, quality=95)
        with open_video(tmp_path / name) as video:
            assert (video.width, video.height) == (400, 300)
            for largest in (None, 100):
                (picture,) = video.pictures(largest=largest)
                assert corners(picture.rgb) == corners(card())
            assert video.camera is not None
            assert video.camera.fx == pytest.approx(26 * 500 / np.hypot(36, 24))
            assert video.camera.width == 400
    if orientation in (1, 3, 6, 8):  # FFmpeg knows them too
        (tmp_path / "a.jpg").rename(tmp_path / "a.mjpg")
        with open_video(tmp_path / "a.mjpg") as video:
            (picture,) = video.pictures()
        assert corners(picture.rgb) == corners(card())


def test_grey_deep_and_clear_photos(tmp_path: Path) -> None:
    grey = np.linspace(0, 255, 64 * 48).reshape(48, 64).astype(np.uint8)
    stacked = np.repeat(grey[..., None], 3, axis=-1)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    Image.fromarray(grey.astype(np.uint16) * 257).save(tmp_path / "deep.png")
    Image.fromarray(card()).quantize(8).save(tmp_path / "few.png")
    clear = np.dstack([card(), np.zeros((48, 64), np.uint8)])
    clear[:10, :, 3] = 255
    Image.fromarray(clear).save(tmp_path / "clear.png")
    for name in ("grey.png", "deep.png"):
        with open_video(tmp_path / name) as video:
            (picture,) = video.pictures()
        assert np.abs(picture.rgb.astype(int) - stacked).max() <= 1, name
    with open_video(tmp_path / "few.png") as video:
        (picture,) = video.pictures()
        assert corners(picture.rgb) == corners(card())
    with open_video(tmp_path / "clear.png") as video:
        (picture,) = video.pictures()
    assert np.array_equal(picture.rgb[:10], card()[:10])
    assert picture.rgb[10:].max() == 0  # what cannot be seen is black


def test_what_is_wrong_with_photos(tmp_path: Path) -> None:
    Image.fromarray(card()).save(tmp_path / "1.png")
    Image.fromarray(card(width=32)).save(tmp_path / "2.png")
    with (
        open_video(tmp_path) as video,
        pytest.raises(PoiseError, match="2.png: is 32x48 pixels, where the first photo has 64x48"),
    ):
        list(video.pictures())
    (tmp_path / "2.png").write_bytes((tmp_path / "1.png").read_bytes()[:80])
    with (
        open_video(tmp_path) as video,
        pytest.raises(PoiseError, match="2.png: not an image, or a damaged one; copy it again"),
    ):
        list(video.pictures())
    (tmp_path / "2.png").write_text("a text")
    with pytest.raises(PoiseError, match="2.png: not an image"):
        open_video(tmp_path / "2.png")
    with pytest.raises(PoiseError, match="0 frames a second is not a rate"):
        open_video(tmp_path, fps=0)
    (tmp_path / "IMG.HEIC").write_bytes(b"\0\0\0\x18ftypheic")
    with pytest.raises(PoiseError, match="IMG.HEIC: HEIC photos are not read; save it as JPEG"):
        open_video(tmp_path / "IMG.HEIC")
