"""Header and parameters of a C3D file, in the bytes of any of its three processors."""

import struct
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError
from poise.files import PathLike

BLOCK = 512  # bytes
_INTEL, _DEC, _MIPS = 84, 85, 86
_MOST_FRAMES = 65535

Parameters = dict[str, list[str] | list[float]]


@dataclass(frozen=True)
class C3dHeader:
    """What a file says about its data; `integer` and `real` read numbers of its processor."""

    processor: int
    points: int
    analog: int  # numbers between the points of two frames
    first: int  # the number of the first frame
    frames: int
    scale: float  # of integers; negative: the data are floats
    start: int  # the byte at which the data begin
    fps: float
    parameters: Parameters  # "POINT:LABELS"; integers unsigned

    def reals(self, data: bytes) -> Float[np.ndarray, " count"]:
        """32-bit floats."""
        return _reals(data, self.processor)

    def integers(self, data: bytes) -> np.ndarray:
        """Signed 16-bit integers."""
        return np.frombuffer(data, ">i2" if self.processor == _MIPS else "<i2")

    def texts(self, name: str) -> list[str]:
        """A parameter made of texts; none if it is not there."""
        return [word for word in self.parameters.get(name, []) if isinstance(word, str)]


def read_header(path: PathLike, data: bytes) -> C3dHeader:
    """The header of a file's bytes, or what is wrong with it."""
    if len(data) < 2 * BLOCK or data[1] != 80:
        raise PoiseError(f"{path}: is not a C3D file, or cut short within its header")
    section = (data[0] - 1) * BLOCK
    if section < BLOCK or section + 4 > len(data):
        raise PoiseError(f"{path}: its parameters lie outside of the file; it is damaged")
    processor = data[section + 3]
    if processor not in (_INTEL, _DEC, _MIPS):
        raise PoiseError(
            f"{path}: is written for processor {processor - 83}, where 1 (Intel), 2 (DEC) and 3 "
            "(SGI/MIPS) are known; it is damaged"
        )
    order = ">" if processor == _MIPS else "<"
    points, analog, first, last = struct.unpack(f"{order}4H", data[2:10])
    scale, rate = (float(_reals(data[at : at + 4], processor)[0]) for at in (12, 20))
    (start,) = struct.unpack(f"{order}H", data[16:18])
    parameters = _parameters(path, data[section:], processor)

    def one(name: str) -> float | None:
        values = parameters.get(f"POINT:{name}", [])
        return float(values[0]) if values and not isinstance(values[0], str) else None

    used = one("USED")
    if used is not None and used != points:
        raise PoiseError(
            f"{path}: its header says {points} points, POINT:USED {used:g}; it is damaged"
        )
    if points == 0:
        raise PoiseError(f"{path}: holds no points; export it with 3D data")
    first, frames = _frames(first, last, parameters, one("FRAMES"), one("LONG_FRAMES"))
    return C3dHeader(
        processor=processor,
        points=points,
        analog=analog,
        first=first,
        frames=frames,
        scale=one("SCALE") or scale,
        start=(start or int(one("DATA_START") or 0) or 1) * BLOCK - BLOCK,
        fps=one("RATE") or rate,
        parameters=parameters,
    )


def _frames(
    first: int, last: int, parameters: Parameters, said: float | None, long: float | None
) -> tuple[int, int]:
    """First frame and count; files of more than 65535 say it in one of two further ways."""
    frames = last - first + 1 if said is None else round(said) if np.isfinite(said) else 0
    if _MOST_FRAMES in (last, frames) or frames < 1:
        bounds = [parameters.get(f"TRIAL:ACTUAL_{end}_FIELD", []) for end in ("START", "END")]
        if all(len(bound) == 2 for bound in bounds):
            begin, end = (int(low) + (int(high) << 16) for low, high in bounds)
            first, frames = begin, end - begin + 1
        if long is not None and np.isfinite(long) and long > frames:
            frames = round(long)
    return first, frames


def _parameters(path: PathLike, section: bytes, processor: int) -> Parameters:
    groups: dict[int, str] = {}
    found: list[tuple[int, str, list[str] | list[float]]] = []
    damaged = PoiseError(f"{path}: its parameters are damaged; fetch or export it again")
    order = ">" if processor == _MIPS else "<"
    at = 4
    while at + 2 <= len(section):
        length, number = struct.unpack("<bb", section[at : at + 2])
        length = abs(length)  # negative: locked against changes by hand
        if length == 0:
            break
        after = at + 2 + length
        name = section[at + 2 : after].decode("ascii", errors="replace").strip().upper()
        if after + 2 > len(section):
            raise damaged
        (offset,) = struct.unpack(f"{order}H", section[after : after + 2])
        if number < 0:
            groups[-number] = name
        elif number > 0:
            found.append((number, name, _value(section[after + 2 :], processor, damaged)))
        if offset == 0:
            break
        if offset < 2:
            raise damaged
        at = after + offset
    return {f"{groups.get(number, '')}:{name}": value for number, name, value in found}


def _value(data: bytes, processor: int, damaged: PoiseError) -> list[str] | list[float]:
    if len(data) < 2:
        raise damaged
    kind, count = struct.unpack("<bB", data[:2])
    dimensions = list(data[2 : 2 + count])
    size = int(np.prod(dimensions, dtype=np.int64)) if count else 1
    if kind not in (-1, 1, 2, 4) or count > 7 or len(dimensions) < count:
        raise damaged
    data = data[2 + count : 2 + count + size * abs(kind)]
    if len(data) < size * abs(kind):
        raise damaged
    if kind == -1:
        width = dimensions[0] if dimensions else 1
        words = [data[i : i + width] for i in range(0, size, width)] if width else []
        return [word.decode("utf-8", errors="replace").strip(" \0") for word in words]
    if kind == 4:
        return _reals(data, processor).tolist()
    types = {1: "u1", 2: ">u2" if processor == _MIPS else "<u2"}
    return np.frombuffer(data, types[kind]).astype(float).tolist()


def _reals(data: bytes, processor: int) -> Float[np.ndarray, " count"]:
    if processor == _DEC:
        # VAX F: the two halves the other way round, and the exponent counts from 2 more.
        halves = np.frombuffer(data, "<u2").reshape(-1, 2)[:, ::-1]
        values = np.ascontiguousarray(halves).view("<f4")[:, 0]
    else:
        values = np.frombuffer(data, ">f4" if processor == _MIPS else "<f4")
    with np.errstate(invalid="ignore"):  # damaged files hold NaNs of all kinds
        return values.astype(np.float64) / (4 if processor == _DEC else 1)
