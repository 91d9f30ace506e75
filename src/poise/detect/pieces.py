"""Finished pieces of a detection, kept in a folder: what was killed goes on where it was."""

import json
from pathlib import Path

from poise.detect.detections import Detections
from poise.errors import PoiseError
from poise.files import cannot_read, write_aside

_ABOUT = "about.json"


class Pieces:
    """A folder of finished pieces of one video seen by one detector.

    What lies there of another video, or of other settings, is removed.
    """

    def __init__(self, folder: Path, about: dict[str, object]) -> None:
        self._folder = folder
        text = json.dumps(about, sort_keys=True)
        try:
            if (folder / _ABOUT).read_text(encoding="utf-8") == text:
                return
            self.clear()
        except FileNotFoundError:
            pass
        except UnicodeDecodeError:
            self.clear()
        except OSError as error:
            raise cannot_read(folder / _ABOUT, error) from error
        with write_aside(folder / _ABOUT) as scratch:
            scratch.write_text(text, encoding="utf-8")

    def load(self, number: int) -> Detections | None:
        """A finished piece; None if it is not there, or is damaged."""
        path = self._path(number)
        try:
            return Detections.load(path) if path.exists() else None
        except PoiseError:
            return None

    def save(self, number: int, piece: Detections) -> None:
        """Keep a finished piece."""
        piece.save(self._path(number))

    def clear(self) -> None:
        """Remove what was kept, and the folder if nothing else is in it."""
        for path in [*self._folder.glob("piece-*.npz"), self._folder / _ABOUT]:
            path.unlink(missing_ok=True)
        if self._folder.is_dir() and not any(self._folder.iterdir()):
            self._folder.rmdir()

    def _path(self, number: int) -> Path:
        return self._folder / f"piece-{number:06d}.npz"
