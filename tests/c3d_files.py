"""C3D files by hand, for any processor, as the user guide of the format describes them."""

import struct
from collections.abc import Sequence

import numpy as np

INTEL, DEC, MIPS = 84, 85, 86


def dec_float(value: float) -> bytes:
    """One VAX F number: sign, 8 bits of exponent (counted from 128), 23 of fraction (0.1...)."""
    if value == 0:
        return b"\0\0\0\0"
    fraction, exponent = np.frexp(np.float32(value))
    bits = round(abs(float(fraction)) * 2**24) & 0x7FFFFF
    word = (int(value < 0) << 31) | ((int(exponent) + 128) << 23) | bits
    return struct.pack("<HH", word >> 16, word & 0xFFFF)


def real(value: float, processor: int) -> bytes:
    """One float."""
    if processor == DEC:
        return dec_float(value)
    return struct.pack(">f" if processor == MIPS else "<f", value)


def c3d_bytes(
    xyz: np.ndarray,
    labels: Sequence[str],
    *,
    processor: int = INTEL,
    scale: float = -1.0,
    analog: int = 0,
    unit: str = "mm",
    screen: str = "+Z",
    fps: float = 100.0,
    first: int = 1,
    more: Sequence[tuple[str, str, bytes]] = (),
) -> bytes:
    """A file with these points (in its unit, NaN for invalid ones); a positive scale: integers."""
    order = ">" if processor == MIPS else "<"
    frames, points = xyz.shape[:2]

    def record(name: str, number: int, content: bytes) -> bytes:
        head = struct.pack("<bb", len(name), number) + name.encode()
        return head + struct.pack(order + "H", len(content) + 3) + content + b"\0"

    def integer(value: int) -> bytes:
        return b"\x02\x00" + struct.pack(order + "H", value)

    def words(given: Sequence[str]) -> bytes:
        width = max(len(word) for word in given)
        body = b"".join(word.encode().ljust(width) for word in given)
        return struct.pack("<bBBB", -1, 2, width, len(given)) + body

    def section(start: int) -> bytes:
        body = record("POINT", -1, b"") + record("TRIAL", -2, b"")
        # Locked parameters have a negative length of their name.
        locked = bytearray(record("USED", 1, integer(points)))
        locked[0] = 256 - 4
        body += bytes(locked)
        body += record("FRAMES", 1, integer(min(frames, 65535)))
        body += record("DATA_START", 1, integer(start))
        body += record("SCALE", 1, b"\x04\x00" + real(scale, processor))
        body += record("RATE", 1, b"\x04\x00" + real(fps, processor))
        if unit:
            body += record("UNITS", 1, words([unit]))
        if screen:
            body += record("Y_SCREEN", 1, words([screen]))
        for part in range(0, len(labels), 255):
            name = "LABELS" if part == 0 else f"LABELS{part // 255 + 1}"
            body += record(name, 1, words(labels[part : part + 255]))
        for group, name, content in more:
            body += record(name, {"POINT": 1, "TRIAL": 2}[group], content)
        body += b"\0\0"
        blocks = -(-(len(body) + 4) // 512)
        return (struct.pack("<BBBB", 1, 80, blocks, processor) + body).ljust(blocks * 512, b"\0")

    start = 2 + len(section(0)) // 512
    last = min(first + frames - 1, 65535)
    head = struct.pack("<BB", 2, 80)
    head += struct.pack(order + "HHHHH", points, analog, first, last, 0)
    head += real(scale, processor) + struct.pack(order + "HH", start, min(analog, 1))
    head += real(fps, processor)
    if processor == INTEL and scale < 0 and not analog:  # long files, faster
        known = np.isfinite(xyz).all(axis=2, keepdims=True)
        table = np.concatenate([np.where(known, xyz, 0), np.where(known, 0, -1)], axis=2)
        return head.ljust(512, b"\0") + section(start) + table.astype("<f4").tobytes()
    data = b""
    for frame in xyz:
        for place in frame:
            known = bool(np.isfinite(place).all())
            numbers = [*(place if known else (0, 0, 0)), 0 if known else -1]
            if scale < 0:
                data += b"".join(real(float(number), processor) for number in numbers)
            else:
                whole = [round(number / scale) for number in numbers[:3]]
                data += struct.pack(order + "hhhh", *whole, int(numbers[3]))
        channel = real(0.5, processor) if scale < 0 else struct.pack(order + "h", 7)
        data += channel * analog
    return head.ljust(512, b"\0") + section(start) + data
