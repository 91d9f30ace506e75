"""A video made of photos: one, or a folder of them."""

import hashlib
import logging
import re
import warnings
from collections.abc import Generator, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps

from poise.cameras import Camera
from poise.errors import PoiseError
from poise.files import cannot_read
from poise.video.metadata import USUAL_FPS
from poise.video.video import Picture, fitted

_log = logging.getLogger(__name__)

PHOTOS = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm")
_ON_ITS_SIDE = (5, 6, 7, 8)  # EXIF orientations


class PhotoVideo:
    """A `Video` of photos that all have one size."""

    live = False
    skipped = 0
    broken: str | None = None

    def __init__(self, name: str, paths: Sequence[Path], fps: float | None = None) -> None:
        self.name, self._paths = name, list(paths)
        if fps is None and len(paths) > 1:
            _log.info("%s: a folder has no frame rate; %g a second are assumed", name, USUAL_FPS)
        self.fps = fps or USUAL_FPS
        self.frames: int | None = len(paths)
        self.seconds: float | None = len(paths) / self.fps
        self.width, self.height = _size(paths[0])
        self.camera = Camera.from_photo(paths[0])
        digest = hashlib.sha256()
        for path in paths:
            about = path.stat()
            digest.update(f"{path.name}\0{about.st_size} {about.st_mtime_ns}\0".encode())
        self.fingerprint = digest.hexdigest()[:32]
        self._closed = False

    def __repr__(self) -> str:
        return f"Video({self.name}: {self.frames} photos, {self.width}x{self.height} px)"

    def __enter__(self) -> "PhotoVideo":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Pictures that somebody still iterates over end."""
        self._closed = True

    def pictures(
        self, *, largest: int | None = None, after: float | None = None, first_number: int = 0
    ) -> Generator[Picture]:
        """All pictures in their order; see `Video`."""
        size = fitted(self.width, self.height, largest)
        if self._closed:
            raise PoiseError(f"{self.name}: is closed; open it again")
        return self._pictures(size, after, first_number)

    def _pictures(
        self, size: tuple[int, int], after: float | None, number: int
    ) -> Generator[Picture]:
        for index, path in enumerate(self._paths):
            time = index / self.fps
            if after is not None and time <= after:
                continue
            if self._closed:
                return
            yield Picture(_read(path, (self.width, self.height), size), time, number)
            number += 1


def photos_in(folder: Path) -> list[Path]:
    """The photos of a folder, photo 9 before photo 10."""
    try:
        paths = [p for p in folder.iterdir() if p.suffix.lower() in PHOTOS and p.name[0] != "."]
    except OSError as error:
        raise cannot_read(folder, error) from error
    if not paths:
        raise PoiseError(f"{folder}: there are no photos in this folder ({', '.join(PHOTOS)})")
    return sorted(paths, key=lambda path: (_natural(path.stem), path.name))


def _natural(name: str) -> list[tuple[int, str]]:
    parts = re.split(r"([0-9]+)", name.lower())
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _open(path: Path) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a large photo, and of odd metadata
            return Image.open(path)
    except Image.DecompressionBombError as error:
        raise PoiseError(f"{path}: is too large ({error}); scale it down") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> PoiseError:
    if isinstance(error, OSError) and error.errno is not None:
        return cannot_read(path, error)
    return PoiseError(f"{path}: not an image, or a damaged one; copy it again")


def _size(path: Path) -> tuple[int, int]:
    with _open(path) as photo:
        turned = photo.getexif().get(0x0112) in _ON_ITS_SIDE
        return photo.size[::-1] if turned else photo.size


def _read(
    path: Path, full: tuple[int, int], wanted: tuple[int, int]
) -> UInt8[np.ndarray, "height width 3"]:
    with _open(path) as photo:
        if photo.mode == "RGB" and wanted != full:
            photo.draft("RGB", (max(wanted), max(wanted)))  # a JPEG decodes to less by itself
        try:
            upright = ImageOps.exif_transpose(photo)
        except (OSError, ValueError, SyntaxError) as error:
            raise _damaged(path, error) from error
        size = _size(path)
        if size != full:
            raise PoiseError(
                f"{path}: is {size[0]}x{size[1]} pixels, where the first photo has "
                f"{full[0]}x{full[1]}; a folder's photos are of one size"
            )
        picture = _rgb(upright)
    if picture.size != wanted:
        picture = picture.resize(wanted, Image.Resampling.BOX, reducing_gap=None)
    return np.array(picture)


def _rgb(photo: Image.Image) -> Image.Image:
    if photo.mode.startswith(("I", "F")):  # 16 bits: Pillow would cut off, not scale
        deep = np.asarray(photo, np.float64) / (257 if photo.mode != "F" else 1 / 255)
        return Image.fromarray(deep.clip(0, 255).astype(np.uint8)).convert("RGB")
    if photo.has_transparency_data:  # what is under it has any colour
        clear = photo.convert("RGBA")
        ground = Image.new("RGBA", clear.size, "black")
        return Image.alpha_composite(ground, clear).convert("RGB")
    return photo.convert("RGB")
