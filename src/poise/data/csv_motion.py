"""CSV tables that poise wrote: places of joints, with unit and axes in the header.

>>> read_csv("walk.csv")[0]
Motion(97x27x3 m, figure27, 30 fps, world frame, placed, with sigma)
"""

import re
from collections.abc import Iterator
from typing import Literal

import numpy as np
from jaxtyping import Float

from poise.data.markers import even_times, joint_set
from poise.data.numbers import LARGEST, cells
from poise.errors import PoiseError
from poise.files import PathLike, read_text
from poise.geometry.axes import z_up
from poise.motion import Frame, Motion

_PLACE = re.compile(r"(.+)_([xyz])(_up|_down)?_(m|cm|mm)")
_SIGMA = re.compile(r"(.+)_sigma_(m|cm|mm)")
_METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001}

Vertical = Literal["y_up", "z_up", "y_down"]
_VERTICALS: dict[str, Vertical] = {"y_up": "y_up", "z_up": "z_up", "y_down": "y_down"}


def looks_like_csv(text: str) -> bool:
    """Whether the first line is a header of ours."""
    return bool(re.match(r"(person,)?time_s,[^\n]*_x(_up)?_(m|cm|mm),", text))


def read_csv(path: PathLike, *, native_fps: float | None = None) -> list[Motion]:
    """Everybody in a table that `write_csv` wrote; an empty cell is unknown."""
    text = read_text(path)
    if not looks_like_csv(text):
        raise PoiseError(
            f"{path}: its header is not one of poise: time_s, then NAME_x_m, NAME_y_m, NAME_z_up_m "
            "for every joint"
        )
    head, _, _ = text.partition("\n")
    header = head.split(",")
    table = _table(path, text, header)
    several = header[0] == "person"
    if several and not np.all(np.diff(table[:, 0]) >= 0):
        raise PoiseError(f"{path}: people do not stand below each other; sort it by person, time")
    names, columns, sigmas, metres, vertical = _columns(path, header)
    skeleton, order = joint_set(names, "csv")
    frame: Frame = "camera" if vertical == "y_down" else "world"
    motions = []
    for who in np.unique(table[:, 0]) if several else (None,):
        rows = table if who is None else table[table[:, 0] == who]
        fps, times, assumed = _clock(path, rows[:, int(several)], native_fps)
        xyz = rows[:, columns][:, order] * metres
        xyz[np.isnan(xyz).any(axis=-1)] = np.nan
        sigma = None if sigmas is None else rows[:, sigmas][:, order] * metres
        motions.append(
            Motion(
                xyz=(z_up(xyz) if vertical == "y_up" else xyz).astype(np.float32),
                skeleton=skeleton,
                fps=fps,
                frame=frame,
                placed=bool(np.nanmax(np.abs(skeleton.root_of(xyz)), initial=0) > 0),
                sigma=None if sigma is None else _positive(path, sigma).astype(np.float32),
                times=times,
                assumed=tuple(assumed),
            )
        )
    return motions


def _columns(
    path: PathLike, header: list[str]
) -> tuple[list[str], list[list[int]], list[int] | None, float, Vertical]:
    """Joints, the columns of their places and of their sigma, the unit, the vertical axis."""
    places: dict[str, dict[str, int]] = {}
    spread: dict[str, int] = {}
    units, verticals = set(), set()
    for column, word in enumerate(header):
        if word in ("person", "time_s") and column < 2:
            continue
        if found := _SIGMA.fullmatch(word):
            spread[found[1]] = column
            units.add(found[2])
        elif found := _PLACE.fullmatch(word):
            places.setdefault(found[1], {})[found[2]] = column
            units.add(found[4])
            verticals |= {found[2] + found[3]} if found[3] else set()
        else:
            raise PoiseError(
                f"{path}: line 1: column {word[:40]!r} is none of poise; take it out to read the "
                "file"
            )
    vertical = _VERTICALS.get(verticals.pop()) if len(verticals) == 1 else None
    if len(units) != 1 or vertical is None:
        raise PoiseError(
            f"{path}: line 1: one unit and one vertical axis must be said by all names"
        )
    for name, axes in places.items():
        if set(axes) != set("xyz"):
            raise PoiseError(f"{path}: line 1: {name[:40]} has not one column for each of x, y, z")
    if spread and spread.keys() != places.keys():
        raise PoiseError(f"{path}: line 1: sigma stands for some joints and not for all")
    names = list(places)
    columns = [[places[name][axis] for axis in "xyz"] for name in names]
    sigmas = [spread[name] for name in names] if spread else None
    return names, columns, sigmas, _METRES[units.pop()], vertical


def _table(path: PathLike, text: str, header: list[str]) -> Float[np.ndarray, "row column"]:
    if len(set(header)) < len(header):
        raise PoiseError(f"{path}: line 1: two columns have the same name")
    rows = list(_rows(path, text, len(header)))
    if not rows:
        raise PoiseError(f"{path}: holds no frames; export it again")
    table = np.array(rows)
    leading = table[:, : 1 + (header[0] == "person")]
    if np.nanmax(np.abs(table), initial=0) > LARGEST or np.isnan(leading).any():
        raise PoiseError(f"{path}: holds numbers that are no places or times; it is damaged")
    return table


def _rows(path: PathLike, text: str, columns: int) -> Iterator[list[float]]:
    for line, row in enumerate(text.split("\n")[1:], 2):
        if not row.strip():
            continue
        words = row.split(",")
        if len(words) != columns:
            raise PoiseError(
                f"{path}: line {line}: {len(words)} cells, where {columns} belong; the file is cut "
                "short or damaged"
            )
        yield cells(path, line, row, words)
    if not text.endswith("\n"):
        raise PoiseError(f"{path}: ends within its last line; fetch or export it again")


def _clock(
    path: PathLike, times: Float[np.ndarray, " time"], native_fps: float | None
) -> tuple[float, Float[np.ndarray, " time"], list[str]]:
    """Frame rate and timestamps, which the table rounds to a nanosecond."""
    if native_fps is not None:
        told = [f"{native_fps:g} frames per second as given"]
        return native_fps, np.arange(len(times)) / native_fps, told
    if len(times) == 1:
        return 30.0, times, ["30 frames per second: one frame does not say"]
    if not np.all(np.diff(times) > 0):
        raise PoiseError(f"{path}: its times do not grow from frame to frame; sort or export it")
    fps = 1 / float(np.median(np.diff(times)))
    mean = (len(times) - 1) / float(times[-1] - times[0])
    if abs(mean / fps - 1) < 1e-3:  # even: the whole span says it more exactly than one step
        fps = mean
    for nice in (round(fps), round(fps, 2), round(fps * 1.001) / 1.001):
        if nice and abs(fps / nice - 1) < 1e-6:
            fps = nice
            break
    return float(fps), even_times(times, fps), []


def _positive(
    path: PathLike, sigma: Float[np.ndarray, "time joint"]
) -> Float[np.ndarray, "time joint"]:
    if np.any(sigma < 0):
        raise PoiseError(f"{path}: a sigma is negative; it is a standard deviation")
    return sigma
