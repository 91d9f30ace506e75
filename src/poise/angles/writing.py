"""Joint angles as a plain table that every spreadsheet and statistics program opens."""

import numpy as np

from poise.angles.table import AngleTable
from poise.files import PathLike, write_aside


def write_angles(path: PathLike, table: AngleTable) -> None:
    """Write a CSV: a row for each frame, an angle and its sigma side by side, in degrees.

    Frames in which nobody was seen have empty cells.
    """
    names, columns = ["time_s"], []
    for place, name in enumerate(table.names):
        names.append(f"{name}_deg")
        columns.append(table.degrees[:, place])
        if table.sigma is not None:
            names.append(f"{name}_sigma_deg")
            columns.append(table.sigma[:, place])
    cells = np.char.mod("%.4f", np.stack(columns, axis=-1))
    cells = np.where(cells == "-0.0000", "0.0000", np.where(cells == "nan", "", cells))
    times = np.char.mod("%.6f", table.times)
    lines = [",".join([time, *row]) for time, row in zip(times, cells, strict=True)]
    with write_aside(path) as scratch:
        scratch.write_text("\n".join([",".join(names), *lines, ""]), encoding="ascii", newline="\n")
