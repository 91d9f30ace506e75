"""`poise angles`: the joint angles of one person, and how they walk."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import tyro

from poise.errors import PoiseError
from poise.tables import table

if TYPE_CHECKING:
    from poise.angles import AngleTable, Gait
    from poise.motion import Body

_STILL = 0.05  # degrees: an angle that moves less is one that the figure does not have

# What is printed of a gait: (field, words, how much larger the unit's number is, decimals).
_GAIT = (
    ("cadence", "cadence (steps/min)", 1, 1),
    ("speed", "speed (m/s)", 1, 2),
    ("step_length", "step length (mm)", 1000, 0),
    ("step_width", "step width (mm)", 1000, 0),
    ("step_time", "step time (s)", 1, 2),
    ("stride_length", "stride length (mm)", 1000, 0),
    ("stride_time", "stride time (s)", 1, 2),
    ("stance_share", "stance (% of the stride)", 100, 1),
)


def angles(
    path: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="PATH")],
    *,
    out: Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="")] = None,
    format: Literal["csv", "mot"] = "csv",
    gait: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
) -> None:
    """Write somebody's joint angles over time, and say how far each joint goes and how they walk.

    Angles are those of the International Society of Biomechanics, in degrees; docs/angles.md has
    a picture. Each comes with its standard deviation, where that is known.

    Example: poise angles video.poise/person1.npz

    Args:
        path: A person that `poise lift` left, or another file of motion.
        out: The table to write; without it, NAME.angles.csv or NAME.mot in this folder.
        format: csv, or mot for OpenSim; a FILE.mot is one anyway.
        gait: If there are no numbers of gait, say why.
    """
    from poise.angles import joint_angles

    chosen = "mot" if out and out.suffix.lower() == ".mot" else format
    name = path.name.lstrip(".").partition(".")[0]
    target = out or Path(f"{name}.mot" if chosen == "mot" else f"{name}.angles.csv")
    body = _body(path)
    found = joint_angles(body)
    if not np.isfinite(found.degrees).any():
        raise PoiseError(f"{path}: nobody is seen in any of its {len(body)} frames")
    _write(target, chosen, body, found)
    print(_ranges(found))
    _tell_gait(body, why=gait)
    print(f"\nwritten: {target}")


def _body(path: Path) -> "Body":
    """What a file holds, as a body on figure27; positions and other rigs are solved first."""
    from poise.data.loading import kind_of, load, load_body
    from poise.files import npz_kind
    from poise.skeletons import FIGURE27

    if kind_of(path) != "npz" or npz_kind(path) == "Body":
        body = load_body(path)
        skeleton = body.motion.skeleton
        if (skeleton.joints, skeleton.parents) == (FIGURE27.joints, FIGURE27.parents):
            return body
    from poise.body import solve

    return solve(load(path, skeleton="h36m17"))


def _write(target: Path, chosen: str, body: "Body", found: "AngleTable") -> None:
    from poise.angles.writing import write_angles
    from poise.export.gaps import bridged, has_gaps
    from poise.export.mot import write_mot

    if chosen == "csv":
        write_angles(target, found)
        return
    if has_gaps(body):
        body = bridged(body)
        print(
            "nobody was seen for a while; filled in, as its header says, since a .mot has no mark",
            file=sys.stderr,
        )
    write_mot(target, body)


def _ranges(found: "AngleTable") -> str:
    """The angles that move, from where to where, and how sure they are on average."""
    rows, still = [], []
    for place, name in enumerate(found.names):
        values = found.degrees[:, place]
        values = values[np.isfinite(values)]
        if np.ptp(values) < _STILL:
            still.append(name)
            continue
        row: list[object] = [name, *(_tenths(x) for x in (values.min(), values.max()))]
        row.append(_tenths(np.ptp(values)))
        if found.sigma is not None:
            row.append(_tenths(np.nanmean(found.sigma[:, place])))
        rows.append(row)
    header = ("degrees", "least", "most", "range", "sigma")[: 4 + (found.sigma is not None)]
    lines = [table(rows, header=header)]
    if still:
        lines.append(f"never moved: {', '.join(still)}")
    return "\n".join(lines)


def _tell_gait(body: "Body", why: bool) -> None:
    from poise.angles import gait_or_why

    walk = gait_or_why(body)
    if not isinstance(walk, str):
        print(f"\n{_gait_table(walk)}")
    elif why:
        print(f"\nno gait: {walk}")


def _gait_table(walk: "Gait") -> str:
    rows = []
    for field, words, scale, decimals in _GAIT:
        one = getattr(walk, field)
        numbers = (one.mean, one.spread, one.left, one.right)
        shown = [_number(scale * number, decimals) for number in numbers]
        rows.append([words, *shown, _number(one.asymmetry, 0)])
    heads = ("mean", "spread", "left", "right", "right more (%)")
    widths = [max(len(head), *(len(row[at]) for row in rows)) for at, head in enumerate(heads, 1)]
    lines = [
        [first, *(word.rjust(width) for word, width in zip(rest, widths, strict=True))]
        for first, *rest in [[f"gait, {walk.steps} steps", *heads], *rows]
    ]
    return table(lines)


def _tenths(value: float) -> float:
    return round(float(value), 1) + 0.0  # a minus before nothing goes away


def _number(value: float, decimals: int) -> str:
    return f"{round(value, decimals) + 0.0:.{decimals}f}" if np.isfinite(value) else "-"
