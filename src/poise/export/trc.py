"""TRC: places of markers as a table with tabs, as OpenSim and Motion Analysis' programs read it.

>>> write_trc("walk.trc", [motion])                # millimetres, y up

With y up the axes are those of OpenSim's ground, as in our .mot files: x forward and z to the right
for somebody who faces -y here.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from poise.export.targets import Unit
from poise.export.together import in_unit, refuse_twins, together
from poise.files import PathLike, naming, write_aside
from poise.geometry.axes import Up
from poise.motion import Body, Motion

_DECIMALS = {"m": 7, "cm": 5, "mm": 4}  # a tenth of a micrometre


def write_trc(
    path: PathLike, people: Sequence[Body | Motion], *, unit: Unit = "mm", up: Up = "y"
) -> None:
    """Write all joints as markers; of several people those of person 2 begin with `person2_`.

    An unknown joint is left blank, which OpenSim takes for a missing marker.
    """
    with naming(path):
        table = together(people, "_")
        # A blank ends a name for some readers, though tabs stand between them.
        labels = [re.sub(r"\s+", "_", label) for label in table.labels]
        refuse_twins(labels, "a TRC file, whose names have no blanks")
        x, y, z = np.moveaxis(table.xyz, -1, 0)
        xyz = in_unit(np.stack([-y, x, z], axis=-1) if up == "y" else table.xyz, unit, up)
    frames, rate = len(xyz), f"{table.fps:.9g}"
    axes = (f"{axis}{number}" for number in range(1, len(labels) + 1) for axis in "XYZ")
    head = [
        f"PathFileType\t4\t(X/Y/Z)\t{Path(path).name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame"
        "\tOrigNumFrames",
        f"{rate}\t{rate}\t{frames}\t{len(labels)}\t{unit}\t{rate}\t1\t{frames}",
        "Frame#\tTime\t" + "\t\t\t".join(labels) + "\t\t",
        "\t\t" + "\t".join(axes),
        "",
    ]
    digits = _DECIMALS[unit]
    values = xyz.reshape(frames, -1).round(digits) + 0.0  # without "-0.0000"
    known = np.isfinite(xyz).all(axis=2)
    line = "\t".join([f"%.{digits}f"] * values.shape[1])
    rows = []
    for number, (time, row) in enumerate(zip(table.times.tolist(), values, strict=True), 1):
        text = line % tuple(row.tolist())
        if not known[number - 1].all():
            words = np.array(text.split("\t"), object).reshape(-1, 3)
            words[~known[number - 1]] = ""
            text = "\t".join(words.ravel())
        rows.append(f"{number}\t{time:.6f}\t{text}")
    with write_aside(path) as scratch:
        scratch.write_text("\n".join([*head, *rows, ""]), encoding="utf-8", newline="\n")
