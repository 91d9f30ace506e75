"""C3D files of movement laboratories: Intel, DEC and SGI/MIPS, integers and floats.

>>> read_c3d("gait.c3d")
[Motion(320x39x3 m, c3d, 100 fps, world frame, placed)]
"""

import numpy as np
from jaxtyping import Float

from poise.data.c3d_header import C3dHeader, read_header
from poise.data.markers import marker_motions
from poise.data.numbers import LARGEST
from poise.errors import PoiseError
from poise.files import PathLike, read_bytes
from poise.geometry.axes import Up
from poise.motion import Motion

_METRES = {"mm": 0.001, "cm": 0.01, "m": 1.0, "in": 0.0254, "inch": 0.0254, "inches": 0.0254}
_METRES |= {"millimeters": 0.001, "meters": 1.0, "metres": 1.0}


def read_c3d(path: PathLike, *, native_fps: float | None = None) -> list[Motion]:
    """Everybody in a C3D file; points that are marked as invalid are unknown.

    Several people are told by their labels (`Bob:LKNE`). Analog channels are left out.
    """
    data = read_bytes(path)
    header = read_header(path, data)
    xyz = _points(path, header, data)
    assumed: list[str] = []
    fps = float(np.round(native_fps or header.fps, 4))  # of single precision in the file
    if native_fps:
        assumed.append(f"{native_fps:g} frames per second as given, the file says {header.fps:g}")
    if not 0 < fps <= 1e5:  # NaN as well
        raise PoiseError(f"{path}: {fps:g} is not a frame rate; load it with native_fps=...")
    up = _up(header, assumed)
    metres = _metres(path, header, assumed)
    return marker_motions(
        labels=_labels(header),
        xyz=xyz * metres,
        times=(max(header.first - 1, 0) + np.arange(len(xyz))) / fps,
        fps=fps,
        kind="c3d",
        up=up,
        assumed=assumed,
    )


def _points(path: PathLike, header: C3dHeader, data: bytes) -> Float[np.ndarray, "time point 3"]:
    """Places in the file's unit, NaN where a point is invalid."""
    numbers = header.points * 4 + header.analog  # in a frame
    size = 4 if header.scale < 0 else 2
    there = max(len(data) - header.start, 0) // (numbers * size)
    if header.frames < 1:
        raise PoiseError(f"{path}: holds no frames; export it again")
    if there < header.frames:
        raise PoiseError(
            f"{path}: should hold {header.frames} frames, but ends after {there}; fetch or export "
            "it again"
        )
    part = data[header.start : header.start + header.frames * numbers * size]
    values = header.reals(part) if size == 4 else header.integers(part)
    table = values.reshape(header.frames, numbers)[:, : header.points * 4]
    table = table.reshape(header.frames, header.points, 4).astype(np.float64)
    xyz = table[..., :3] * (1.0 if size == 4 else header.scale)
    # The fourth number is negative for a point that was not seen; else cameras and residual.
    xyz[~(table[..., 3] >= 0) | ~np.isfinite(xyz).all(axis=-1)] = np.nan
    if np.nanmax(np.abs(xyz), initial=0) > LARGEST:
        raise PoiseError(f"{path}: holds numbers that are no places; it is damaged")
    return xyz


def _labels(header: C3dHeader) -> list[str]:
    labels: list[str] = []
    number = 1
    while more := header.texts(f"POINT:LABELS{'' if number == 1 else number}"):
        labels += more
        number += 1
    labels = labels[: header.points]
    labels += [""] * (header.points - len(labels))
    return [label or f"*{place}" for place, label in enumerate(labels, 1)]


def _up(header: C3dHeader, assumed: list[str]) -> Up:
    screen = "".join(header.texts("POINT:Y_SCREEN")).strip().upper().lstrip("+")
    if screen not in ("Y", "Z"):
        assumed.append("z is up: the file does not say")
    return "y" if screen == "Y" else "z"


def _metres(path: PathLike, header: C3dHeader, assumed: list[str]) -> float:
    units = header.texts("POINT:UNITS")
    unit = units[0].lower() if units else ""
    if not unit:
        assumed.append("1 file unit is 1 mm: the file does not say")
        return _METRES["mm"]
    if unit not in _METRES:
        raise PoiseError(f"{path}: {unit[:20]!r} is no unit of length that is known")
    return _METRES[unit]
