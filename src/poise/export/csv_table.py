"""CSV: a row for each frame, a column for each number, and a header that says unit and axes.

>>> write_csv("walk.csv", [motion])
>>> # time_s,pelvis_x_m,pelvis_y_m,pelvis_z_up_m,pelvis_sigma_m,left_hip_x_m, ...
"""

from collections.abc import Iterator, Sequence

import numpy as np

from poise.errors import PoiseError
from poise.export.targets import PER_METRE, Unit
from poise.export.together import check_axes, in_unit, motion_of
from poise.files import PathLike, naming, write_aside
from poise.geometry.axes import Up
from poise.motion import Body, Motion

_DECIMALS = {"m": 7, "cm": 5, "mm": 4}  # a tenth of a micrometre


def write_csv(
    path: PathLike, people: Sequence[Body | Motion], *, unit: Unit = "m", up: Up = "z"
) -> None:
    """Write one table; several people stand below each other, with a first column `person`.

    The first line is the header and there is no comment, so that every program reads the file. The
    vertical axis has `up` in its columns' names, or `down` in a camera's frame, which stays as it
    is. Unknown is an empty cell; `sigma` is there if it is known of anybody.
    """
    motions = [motion_of(person) for person in people]
    if not motions:
        raise PoiseError("there is nobody to write")
    with naming(path):
        check_axes(unit, up)
        first = motions[0]
        for number, motion in enumerate(motions, 1):
            if motion.skeleton.joints != first.skeleton.joints or motion.frame != first.frame:
                raise PoiseError(
                    f"person {number} has other joints, or another frame, than person 1, so they "
                    "do not go into one table; write a file for each"
                )
        for joint in first.skeleton.joints:
            if any(mark in joint for mark in ',"\r\n'):
                raise PoiseError(f"joint {joint!r}: a name in a CSV has no commas and quotes")
    sigma = any(motion.sigma is not None for motion in motions)
    vertical = {"x": "", "y": "_down" if first.frame == "camera" else "", "z": ""}
    if first.frame == "world":
        vertical[up] = "_up"
    header = ["person"] if len(motions) > 1 else []
    header.append("time_s")
    for joint in first.skeleton.joints:
        header += [f"{joint}_{axis}{vertical[axis]}_{unit}" for axis in "xyz"]
        header += [f"{joint}_sigma_{unit}"] * sigma
    with write_aside(path) as scratch, scratch.open("w", encoding="utf-8", newline="\n") as file:
        file.write(",".join(header) + "\n")
        for number, motion in enumerate(motions, 1):
            before = f"{number}," if len(motions) > 1 else ""
            file.writelines(before + row for row in _rows(motion, unit, up, sigma))


def _rows(motion: Motion, unit: Unit, up: Up, sigma: bool) -> Iterator[str]:
    xyz = motion.xyz.astype(np.float64)
    own = up if motion.frame == "world" else "z"  # a camera's axes are not turned
    table = in_unit(xyz, unit, own)
    if sigma:
        spread = np.full(xyz.shape[:2], np.nan) if motion.sigma is None else motion.sigma
        table = np.concatenate([table, spread[..., None] * PER_METRE[unit]], axis=2)
    digits = _DECIMALS[unit]
    values = table.reshape(len(motion), -1).round(digits) + 0.0
    line = ",".join([f"%.{digits}f"] * values.shape[1])
    for time, row in zip(motion.times.tolist(), values.tolist(), strict=True):
        yield f"{time:.9f},{(line % tuple(row)).replace('nan', '')}\n"
