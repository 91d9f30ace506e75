"""C3D: the file of movement laboratories: places of points in binary, and events.

>>> write_c3d("walk.c3d", [body])                  # millimetres, z up, Intel floats

Written from the user guide of the format (c3d.org): header, parameters,
data, in blocks of 512 bytes.
"""

import struct
from collections.abc import Sequence

import numpy as np

from poise.export.c3d_events import event_group
from poise.export.c3d_parameters import (
    BLOCK,
    Value,
    floats,
    integers,
    parameter_section,
    text,
    texts,
)
from poise.export.targets import Unit
from poise.export.together import Together, in_unit, names_of, refuse_twins, together
from poise.files import PathLike, naming, write_aside
from poise.geometry.axes import Up
from poise.motion import Body, Motion

_MOST_FRAMES = 65535  # what 16 bits count to; longer files say their length elsewhere too
_LABELS = 255  # in one parameter; more go into LABELS2, LABELS3, ...
_STEPS = 32000  # between zero and the farthest coordinate, if a program makes integers of it


def write_c3d(
    path: PathLike, people: Sequence[Body | Motion], *, unit: Unit = "mm", up: Up = "z"
) -> None:
    """Write all joints as points; of several people they are called `person1:left_knee`.

    As the format has it, an unknown point has the residual -1 and one that was not measured but
    computed, as all of ours are, 0. Feet that begin and end to stand are events, "Foot Strike" and
    "Foot Off". Sigma has no place in this format; it is in CSV and JSON.
    """
    with naming(path):
        table = together(people, ":")
        refuse_twins(table.labels, "a C3D file")
        xyz = in_unit(table.xyz, unit, up)
        first = round(table.times[0] * table.fps) + 1
        if first < 1 or first + len(xyz) - 1 > _MOST_FRAMES:  # more than the header can count to
            first = 1
        # Negative says floats; they are not scaled by it.
        scale = -float(np.nanmax(np.abs(xyz), initial=1.0)) / _STEPS
        # DATA_START stands within what it depends on, so the section is made twice.
        groups = _groups(people, table, first)
        groups["POINT"] |= {
            "SCALE": floats(scale),
            "UNITS": texts([unit]),
            # How a screen shows it: x to the right, the vertical axis up.
            "X_SCREEN": text("+X"),
            "Y_SCREEN": text("+Z" if up == "z" else "+Y"),
            "DATA_START": integers(0),
        }
        # Where the data start depends on the section that says it: its length is measured first.
        start = 2 + len(parameter_section(groups)) // BLOCK
        groups["POINT"]["DATA_START"] = integers(start)
        section = parameter_section(groups)
    frames, points = xyz.shape[:2]
    header = _header(points, first, frames, scale, start, table.fps)
    known = np.isfinite(xyz).all(axis=2)
    data = np.zeros((frames, points, 4), "<f4")
    data[..., :3] = np.where(known[..., None], xyz, 0)
    data[..., 3] = np.where(known, 0, -1)
    with write_aside(path) as scratch, scratch.open("wb") as file:
        file.write(header)
        file.write(section)
        file.write(data.tobytes())
        file.write(b"\0" * (-data.nbytes % BLOCK))


def _header(points: int, first: int, frames: int, scale: float, start: int, fps: float) -> bytes:
    last = min(first + frames - 1, _MOST_FRAMES)
    # Parameters begin in block 2; 80 marks a C3D file; no analog channels (but a rate, one sample a
    # frame); no gaps interpolated.
    head = struct.pack("<BBHHHHHfHHf", 2, 80, points, 0, first, last, 0, scale, start, 1, fps)
    # Word 150: labels of events would have four letters; there are none in the header.
    return head + b"\0" * (298 - len(head)) + struct.pack("<H", 12345) + b"\0" * 212


def _groups(
    people: Sequence[Body | Motion], table: Together, first: int
) -> dict[str, dict[str, Value]]:
    frames, count = table.xyz.shape[:2]
    point = {
        "USED": integers(count),
        "FRAMES": integers(min(frames, _MOST_FRAMES)),
        "RATE": floats(table.fps),
    }
    for number, begin in enumerate(range(0, count, _LABELS), 1):
        more = "" if number == 1 else str(number)
        own = table.labels[begin : begin + _LABELS]
        point |= {f"LABELS{more}": texts(own), f"DESCRIPTIONS{more}": texts([""] * len(own))}
    groups = {"POINT": point}
    if frames > _MOST_FRAMES:
        # The two ways in which programs write longer files: C-Motion's and Vicon's.
        point["LONG_FRAMES"] = floats(frames)
        groups["TRIAL"] = {
            "ACTUAL_START_FIELD": integers([first & 0xFFFF, first >> 16]),
            "ACTUAL_END_FIELD": integers(
                [(first + frames - 1) & 0xFFFF, (first + frames - 1) >> 16]
            ),
        }
    groups["ANALOG"] = {
        "USED": integers(0),
        "GEN_SCALE": floats(1.0),
        "RATE": floats(table.fps),
        "LABELS": texts([]),
        "DESCRIPTIONS": texts([]),
        "UNITS": texts([]),
        "SCALE": floats([]),
        "OFFSET": integers([]),
    }
    groups["FORCE_PLATFORM"] = {"USED": integers(0)}
    names = names_of(len(people))
    groups["SUBJECTS"] = {
        "USED": integers(len(people)),
        "NAMES": texts(names),
        "USES_PREFIXES": integers(int(len(people) > 1)),
        "LABEL_PREFIXES": texts([f"{name}:" if len(people) > 1 else "" for name in names]),
    }
    # Events count from the time of frame 1.
    groups["EVENT"] = event_group(people, names, table.times[0] - (first - 1) / table.fps)
    groups["MANUFACTURER"] = {"COMPANY": text("poise"), "SOFTWARE": text("poise")}
    return groups
