"""TRC files: the places of markers, as OpenSim and Motion Analysis' programs write them.

>>> read_trc("walk.trc")[0].assumed
('y is up: TRC files do not say',)
"""

import numpy as np

from poise.data.markers import even_times, marker_motions
from poise.data.numbers import LARGEST, LONGEST_NAME, cells
from poise.errors import PoiseError
from poise.files import PathLike, read_text
from poise.geometry.axes import Up
from poise.motion import Motion

METRES = {"mm": 0.001, "cm": 0.01, "m": 1.0, "in": 0.0254, "inches": 0.0254, "meters": 1.0}


def read_trc(path: PathLike, *, up: Up = "y", native_fps: float | None = None) -> list[Motion]:
    """Everybody in a TRC file, plain or gzipped; a blank is an unknown marker.

    `up` is the vertical axis, which the file does not say; `native_fps` replaces the rate it says.
    """
    if up not in ("y", "z"):
        raise PoiseError(f"up is 'y' or 'z', not {up!r}")
    text = read_text(path)
    lines = text.split("\n")
    if not lines[0].startswith("PathFileType"):
        raise PoiseError(f"{path}: does not begin with PathFileType; it is not a TRC file")
    if len(lines) < 6:
        raise PoiseError(f"{path}: ends within its header; fetch or export it again")
    said = dict(zip(_words(lines[1]), _words(lines[2]), strict=False))
    labels = [word for word in _words(lines[3])[2:] if word]
    _check_labels(path, labels, said)
    assumed = [] if up == "z" else ["y is up: TRC files do not say"]
    unit = said.get("Units", "").lower()
    if not unit:
        assumed.append("1 file unit is 1 mm: the file does not say")
    elif unit not in METRES:
        raise PoiseError(f"{path}: line 3: {unit[:20]!r} is no unit that is known: mm, cm, m, in")
    table = _table(path, text, lines, 2 + 3 * len(labels))
    assumed += _count_frames(path, said, len(table))
    fps = native_fps or _rate(path, said, table[:, 1])
    times = table[:, 1]
    if native_fps or not np.all(np.diff(times) > 0):
        if not native_fps:
            raise PoiseError(f"{path}: its times do not grow from frame to frame; export it again")
        times = np.arange(len(table)) / native_fps
        assumed.append(f"{native_fps:g} frames per second as given")
    xyz = table[:, 2:].reshape(len(table), -1, 3) * METRES[unit or "mm"]
    xyz[np.isnan(xyz).any(axis=-1)] = np.nan
    if up == "y":  # OpenSim's ground: who walks along its x faces -y here
        x, y, z = np.moveaxis(xyz, -1, 0)
        xyz = np.stack([-z, y, x], axis=-1)
    return marker_motions(
        labels=labels,
        xyz=xyz,
        times=even_times(times, fps),
        fps=fps,
        kind="trc",
        up=up,
        assumed=assumed,
    )


def _words(line: str) -> list[str]:
    """The fields of a line; files from other hands have blanks where tabs belong."""
    return [word.strip() for word in line.split("\t")] if "\t" in line else line.split()


def _check_labels(path: PathLike, labels: list[str], said: dict[str, str]) -> None:
    if not labels:
        raise PoiseError(f"{path}: line 4: names no markers; fetch or export it again")
    if max(map(len, labels)) > LONGEST_NAME:
        raise PoiseError(f"{path}: line 4: a name of more than {LONGEST_NAME} letters; damaged")
    count = said.get("NumMarkers", "")
    if count != str(len(labels)):
        raise PoiseError(
            f"{path}: line 3: NumMarkers says {count[:20]!r}, but line 4 names {len(labels)}; "
            "the file is damaged"
        )


def _table(path: PathLike, text: str, lines: list[str], columns: int) -> np.ndarray:
    """Frame number, time and places of all rows, NaN for what is blank."""
    rows = []
    for place, line in enumerate(lines[5:], 6):
        if not line.strip():
            continue
        words = _words(line)
        while len(words) > columns and not words[-1]:
            words.pop()
        # Blanks at the end of a line may have been cut away; a cut file ends within a line.
        cut = len(words) < columns and not any(lines[place:]) and not text.endswith("\n")
        if len(words) > columns or cut or not (words[0] and len(words) > 1 and words[1]):
            raise PoiseError(
                f"{path}: line {place}: {len(words)} fields, where {columns} belong (frame, time "
                "and three for each marker); the file is cut short or damaged"
            )
        row = cells(path, place, line, words)
        rows.append(row + [np.nan] * (columns - len(row)))
    if not rows:
        raise PoiseError(f"{path}: holds no frames; export it again")
    table = np.array(rows)
    if np.nanmax(np.abs(table), initial=0) > LARGEST or np.isnan(table[:, :2]).any():
        raise PoiseError(f"{path}: holds numbers that are no places or times; it is damaged")
    return table


def _count_frames(path: PathLike, said: dict[str, str], found: int) -> list[str]:
    count = said.get("NumFrames", "")
    if not count.isdecimal():
        raise PoiseError(f"{path}: line 3: NumFrames says {count[:20]!r}; the file is damaged")
    if int(count[:12]) > found:
        raise PoiseError(
            f"{path}: line 3: NumFrames says {count[:12]}, but the file ends after frame {found}; "
            f"fetch or export it again, or write {found} there to use what is left"
        )
    more = int(count[:12]) < found
    return [f"all {found} frames are meant, though NumFrames says {count[:12]}"] if more else []


def _rate(path: PathLike, said: dict[str, str], times: np.ndarray) -> float:
    word = said.get("DataRate", "")
    try:
        fps = float(word)
    except ValueError:
        fps = 0.0
    if not 0 < fps <= 1e5:
        raise PoiseError(
            f"{path}: line 3: {word[:20]!r} is not a frame rate; load it with native_fps=..."
        )
    return fps
