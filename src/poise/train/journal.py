"""What a training says of itself: one JSON object a line, and TensorBoard's files on request."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from poise.errors import PoiseError
from poise.files import cannot_read, cannot_write, write_aside


class Journal:
    """Lines with a `step`; a training that goes on drops the lines it will write again."""

    def __init__(self, folder: Path, step: int = 0, tensorboard: bool = False) -> None:
        self.path = folder / "log.jsonl"
        kept = [line for line in _lines(self.path) if line.get("step", 0) <= step]
        with write_aside(self.path) as scratch:
            scratch.write_text("".join(json.dumps(line) + "\n" for line in kept))
        self._board = _board(folder, step) if tensorboard else None

    def write(self, step: int, **values: Any) -> None:
        """Add a line; numbers in it, also in tables within tables, go to TensorBoard."""
        try:
            with self.path.open("a") as file:
                file.write(json.dumps({"step": step, **values}) + "\n")
        except OSError as error:
            raise cannot_write(self.path, error) from error
        if self._board is not None:
            for name, value in _numbers(values):
                self._board.add_scalar(name, value, step)
            self._board.flush()

    def close(self) -> None:
        """Nothing is written after this."""
        if self._board is not None:
            self._board.close()


def _lines(path: Path) -> list[dict[str, Any]]:
    """What was written before; a killed process may have left half a line at the end."""
    try:
        text = path.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise cannot_read(path, error) from error
    found = []
    for line in text.splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            break
        if not isinstance(value, dict):
            break
        found.append(value)
    return found


def _numbers(values: Mapping[str, Any], within: str = "") -> list[tuple[str, float]]:
    found = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            found += _numbers(value, f"{within}{name}/")
        elif isinstance(value, int | float):
            found.append((within + name, float(value)))
    return found


def _board(folder: Path, step: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise PoiseError(
            "TensorBoard is not installed: pip install 'poise[tensorboard]'"
        ) from error
    return SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1)
