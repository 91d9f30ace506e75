"""BVH: one person, as nearly every program for animation reads it.

>>> write_bvh("walk.bvh", body)                   # centimetres, y up: the usual
>>> write_bvh("walk.bvh", body, unit="m", up="z")
"""

import re
from collections.abc import Iterator
from typing import Literal

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError, did_you_mean
from poise.export.rig_ready import Rig, leaf_ends, rig_of
from poise.files import PathLike, naming, write_aside
from poise.geometry.axes import Up, y_up
from poise.geometry.rotations import about
from poise.motion import Body

BvhUnit = Literal["m", "cm", "mm"]

_PER_METRE = {"m": 1.0, "cm": 100.0, "mm": 1000.0}
_DECIMALS = {"m": 8, "cm": 6, "mm": 5}  # a hundredth of a micrometre: long chains add it up
_POSITIONS = "Xposition Yposition Zposition"
_ROTATIONS = "Zrotation Xrotation Yrotation"  # the order that most programs write


def write_bvh(path: PathLike, body: Body, *, unit: BvhUnit = "cm", up: Up = "y") -> None:
    """Write one person as a BVH file; every joint stands where `body.pose()` says.

    The root's OFFSET is zero and its channels are its whole path, so programs that add the two
    and programs that replace one by the other agree. `poise.load` reads it back.
    """
    if unit not in _PER_METRE:
        raise PoiseError(f"no length unit is called {unit!r}{did_you_mean(unit, [*_PER_METRE])}")
    if up not in ("y", "z"):
        raise PoiseError(f"up is 'y' or 'z', not {up!r}")
    with naming(path):
        rig = rig_of(body)
        names = _names(rig)
        order = _depth_first(rig)
    text = "\n".join(
        [
            "HIERARCHY",
            *_hierarchy(rig, names, order[0], unit, up),
            "MOTION",
            f"Frames: {len(body)}",
            f"Frame Time: {1 / rig.fps:.8f}",
            *_frames(rig, order, unit, up),
            "",
        ]
    )
    with write_aside(path) as scratch:
        scratch.write_text(text, encoding="utf-8", newline="\n")


def _names(rig: Rig) -> list[str]:
    """Joint names without blanks and braces, which would end a name in the file."""
    names = [re.sub(r"[\s{}]+", "_", name.strip()) or "_" for name in rig.skeleton.joints]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise PoiseError(
            f"two joints would both be called {twice[0]} in a BVH file, whose names have no "
            "blanks; rename one with poise.export.naming.with_names"
        )
    return names


def _depth_first(rig: Rig) -> list[int]:
    skeleton = rig.skeleton
    roots = [joint for joint, parent in enumerate(skeleton.parents) if parent < 0]
    if len(roots) > 1:
        raise PoiseError(
            f"skeleton {skeleton.name} has {len(roots)} roots "
            f"({', '.join(skeleton.joints[joint] for joint in roots)}), but a BVH file holds one "
            "tree of joints; write GLB or USD"
        )
    order, waiting = [], roots
    while waiting:
        joint = waiting.pop()
        order.append(joint)
        waiting += [c for c in reversed(range(len(skeleton))) if skeleton.parents[c] == joint]
    return order


def _hierarchy(rig: Rig, names: list[str], root: int, unit: BvhUnit, up: Up) -> Iterator[str]:
    ends = leaf_ends(rig)

    def offset(vector: Float[np.ndarray, "3"]) -> str:
        return "OFFSET " + " ".join(_number(x, unit) for x in _turned(vector, up))

    # By hand and not by recursion: chains may be longer than Python's stack.
    waiting: list[tuple[int | None, int]] = [(root, 0)]
    while waiting:
        joint, depth = waiting.pop()
        tabs = "\t" * depth
        if joint is None:
            yield f"{tabs}}}"
            continue
        channels = f"6 {_POSITIONS} {_ROTATIONS}" if joint in rig.moving else f"3 {_ROTATIONS}"
        yield f"{tabs}{'JOINT' if depth else 'ROOT'} {names[joint]}"
        yield f"{tabs}{{"
        yield f"{tabs}\t{offset(rig.rest[joint])}"
        yield f"{tabs}\tCHANNELS {channels}"
        if joint in ends:
            yield f"{tabs}\tEnd Site"
            yield f"{tabs}\t{{"
            yield f"{tabs}\t\t{offset(ends[joint])}"
            yield f"{tabs}\t}}"
        waiting.append((None, depth))
        parents = rig.skeleton.parents
        waiting += [(c, depth + 1) for c in reversed(range(len(names))) if parents[c] == joint]


def _frames(rig: Rig, order: list[int], unit: BvhUnit, up: Up) -> Iterator[str]:
    matrices = rig.matrices
    if up == "y":
        turn = y_up(np.eye(3)).T  # a point x of ours is turn @ x there
        matrices = turn @ matrices @ turn.T
    angles = np.rad2deg(_flowing(_zxy(matrices)))
    columns = []
    for joint in order:
        if joint in rig.moving:
            columns.append(_turned(rig.path[:, joint], up) * _PER_METRE[unit])
        columns.append(angles[:, joint])
    digits = _DECIMALS[unit]
    # Rounded here and zero added: "-0.000000" would be a difference without a meaning.
    table = np.concatenate(columns, axis=1).round(digits) + 0.0
    line = " ".join([f"%.{digits}f"] * table.shape[1])
    for row in table.tolist():
        yield line % tuple(row)


def _zxy(R: Float[np.ndarray, "time joint 3 3"]) -> Float[np.ndarray, "time joint 3"]:
    """Angles with R = Rz Rx Ry, exact in every pose.

    Near straight up the first angle is any; the others are measured after it has been undone.
    """
    first = np.arctan2(-R[..., 0, 1], R[..., 1, 1])
    rest = about("z", -first) @ R
    middle = np.arctan2(rest[..., 2, 1], rest[..., 1, 1])
    last = np.arctan2(rest[..., 0, 2], rest[..., 0, 0])
    return np.stack([first, middle, last], axis=-1)


def _flowing(angles: Float[np.ndarray, "time joint 3"]) -> Float[np.ndarray, "time joint 3"]:
    """The same rotations, each by those angles that are nearest to the frame before.

    Programs draw curves from number to number; a step of 360 degrees would be a spin there.
    """
    flowing = angles.copy()
    other = np.stack([angles[..., 0] + np.pi, np.pi - angles[..., 1], angles[..., 2] + np.pi], -1)
    both = np.stack([angles, other])
    joints = np.arange(angles.shape[1])
    for frame in range(1, len(angles)):
        before = flowing[frame - 1]
        step = both[:, frame] - before
        step -= 2 * np.pi * np.round(step / (2 * np.pi))
        nearer = np.abs(step).sum(axis=-1).argmin(axis=0)
        flowing[frame] = before + step[nearer, joints]
    return flowing


def _turned(points: Float[np.ndarray, "*n 3"], up: Up) -> Float[np.ndarray, "*n 3"]:
    return y_up(points) if up == "y" else points


def _number(metres: float, unit: BvhUnit) -> str:
    return f"{round(metres * _PER_METRE[unit], _DECIMALS[unit]) + 0.0:.{_DECIMALS[unit]}f}"
