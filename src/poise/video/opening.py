"""What a source is: a file, a folder of pictures, a pipe or a camera."""

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError

from poise.errors import PoiseError
from poise.files import PathLike, cannot_read
from poise.video.device import open_camera
from poise.video.photos import PHOTOS, PhotoVideo, photos_in
from poise.video.stream import NOT_AS_IT_COMES, StreamVideo
from poise.video.video import Video

_PHOTO_HEADS = (b"\xff\xd8\xff", b"\x89PNG")
_HEIC_HEADS = (b"ftypheic", b"ftypheix", b"ftypmif1")
_NO_VIDEO = ("tty", "bin", "xbin", "adf", "idf")  # FFmpeg would draw a text as a picture


def open_video(source: PathLike | int, *, fps: float | None = None) -> Video:
    """A video file, a photo, a folder of photos, a camera by its number, or "-" for a pipe.

    `fps` is for folders, which do not say theirs (30 if it is not given).

    >>> with open_video("walk.mp4") as video:
    ...     times = [picture.time for picture in video.pictures()]
    """
    if isinstance(source, int):
        return StreamVideo(f"camera {source}", lambda: open_camera(source))
    text = os.fspath(source)
    if text == "-":
        return StreamVideo("standard input", lambda: _open("pipe:0", "standard input"))
    path = Path(text)
    try:
        kind = path.stat().st_mode
    except FileNotFoundError as error:
        if text.isascii() and text.isdigit():
            return open_video(int(text))
        if "://" in text:
            raise PoiseError(f"{text}: addresses are not read; download the video first") from error
        raise cannot_read(path, error) from error
    except (OSError, ValueError) as error:  # ValueError: a name with a zero in it
        raise _unreadable(path, error) from error
    if fps is not None and not 0 < fps <= 1000:
        raise PoiseError(f"{path}: {fps:g} frames a second is not a rate; give 1 to 1000")
    if stat.S_ISDIR(kind):
        return PhotoVideo(text, photos_in(path), fps)
    if stat.S_ISCHR(kind) and sys.platform == "linux":
        return StreamVideo(text, lambda: open_camera(path))
    if not stat.S_ISREG(kind):
        return StreamVideo(text, lambda: _open(f"file:{path.resolve()}", text))
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError as error:
        raise cannot_read(path, error) from error
    if not head:
        raise PoiseError(f"{path}: is empty (0 bytes); copy or record it again")
    if path.suffix.lower() in PHOTOS or (not path.suffix and head.startswith(_PHOTO_HEADS)):
        return PhotoVideo(text, [path], fps)
    if head[4:] in _HEIC_HEADS:
        raise PoiseError(f"{path}: HEIC photos are not read; save it as JPEG")
    # "file:" because FFmpeg takes the "a:" of "a:b.mp4" for a kind of address.
    return StreamVideo(text, lambda: _open(f"file:{path.resolve()}", text, path), path)


def _unreadable(path: Path, error: Exception) -> PoiseError:
    if isinstance(error, OSError):
        return cannot_read(path, error)
    return PoiseError(f"{str(path)!r}: is not the name of a file")


def _open(address: str, name: str, path: Path | None = None) -> InputContainer:
    try:
        container = av.open(
            address,
            metadata_errors="replace",
            # A text can be a list of other places to read; those outside stay outside.
            container_options={"protocol_whitelist": "file,pipe,crypto,data"},
        )
    except FFmpegError as error:
        if isinstance(error, OSError) and path is not None and not path.is_file():
            raise cannot_read(path, error) from error
        raise PoiseError(f"{name}: {_why_not(path)}") from error
    if container.format.name in _NO_VIDEO:
        container.close()
        raise PoiseError(f"{name}: {_why_not(path)}")
    return container


def _why_not(path: Path | None) -> str:
    if path is None:
        return NOT_AS_IT_COMES
    with suppress(OSError):
        boxes = _boxes(path)
        if "mdat" in boxes and "moov" not in boxes:  # the pictures, and what says where they are
            return (
                "the recording was not finished, its index is missing; copy it again, or mend it "
                "with a tool such as untrunc"
            )
    return "not a video, or a damaged one; copy it again, or save it as H.264 MP4"


def _boxes(path: Path) -> list[str]:
    """The names of the outermost parts of an MP4 that are whole; empty if it is none."""
    names: list[str] = []
    size = path.stat().st_size
    with path.open("rb") as file:
        place = 0
        while place + 8 <= size and len(names) < 1000:
            file.seek(place)
            head = file.read(16)
            length, name = int.from_bytes(head[:4], "big"), head[4:8]
            if length == 1:
                length = int.from_bytes(head[8:16], "big")
            if not names and name not in (b"ftyp", b"wide", b"mdat", b"free", b"skip"):
                return []
            if length < 8:  # up to the end, or nonsense
                return [*names, name.decode("latin-1")]
            place += length
            if place <= size or name == b"mdat":
                names.append(name.decode("latin-1"))
    return names
