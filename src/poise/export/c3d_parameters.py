"""The parameter section of a C3D file: named numbers and texts in groups."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from poise.errors import PoiseError

BLOCK = 512  # bytes
_MOST_BLOCKS = 255
_LONGEST_TEXT = 255  # bytes
_INTEL = 84
_TEXT, _INTEGER, _FLOAT = -1, 2, 4  # bytes of one value; -1 for text


@dataclass(frozen=True)
class Value:
    """One parameter: its type, its dimensions (the first runs fastest), its bytes."""

    kind: int
    dimensions: tuple[int, ...]
    data: bytes


Group = dict[str, Value]


def texts(words: Sequence[str]) -> Value:
    """A list of texts, padded to the longest."""
    encoded = [word.encode() for word in words]
    width = max(map(len, encoded), default=0)
    for word, code in zip(words, encoded, strict=True):
        if len(code) > _LONGEST_TEXT:
            raise PoiseError(
                f"{word[:40]}...: a name in a C3D file has at most {_LONGEST_TEXT} bytes; shorten "
                "it with poise.export.with_names"
            )
    if len(words) > 255:
        raise PoiseError(f"{len(words)} texts do not fit into one C3D parameter, 255 do")
    data = b"".join(code.ljust(width) for code in encoded)
    return Value(_TEXT, (width, len(words)), data)


def text(word: str) -> Value:
    """One text."""
    return Value(_TEXT, (len(word.encode()),), word.encode())


def integers(values: int | Sequence[int]) -> Value:
    """16 bits each, read as signed or unsigned as their meaning has it."""
    array = np.atleast_1d(np.asarray(values)).astype("<u2")
    return Value(_INTEGER, () if isinstance(values, int) else array.shape, array.tobytes())


def floats(values: float | Sequence[float] | np.ndarray) -> Value:
    """32 bits each; of a matrix the last index runs fastest, as in NumPy."""
    array = np.asarray(values, "<f4")
    return Value(_FLOAT, array.shape[::-1], array.tobytes())


def parameter_section(groups: Mapping[str, Mapping[str, Value]]) -> bytes:
    """All groups, in whole blocks."""
    body = b""
    for number, (group, values) in enumerate(groups.items(), 1):
        body += _record(group, -number, b"")
        for name, value in values.items():
            head = struct.pack("<bB", value.kind, len(value.dimensions))
            body += _record(name, number, head + bytes(value.dimensions) + value.data)
    body += b"\0\0"  # a name of no length ends it
    blocks = -(-(len(body) + 4) // BLOCK)
    if blocks > _MOST_BLOCKS:
        raise PoiseError("too many names for one C3D file; write fewer people into it")
    section = struct.pack("<BBBB", 1, 80, blocks, _INTEL) + body
    return section.ljust(blocks * BLOCK, b"\0")


def _record(name: str, number: int, content: bytes) -> bytes:
    """A group (negative number) or a parameter; the offset leads to the next record."""
    code = name.encode("ascii")
    # It counts from its own place: two bytes of it, the content, a description of no length.
    offset = 2 + len(content) + 1
    return (
        struct.pack("<bb", len(code), number) + code + struct.pack("<H", offset) + content + b"\0"
    )
