"""A BVH file as a rig: its skeleton is read, and new motion written under the very same header."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

from poise.data.bvh import read_bvh
from poise.data.bvh_guesses import METRES, guess_unit
from poise.data.bvh_header import BvhJoint, parse_header
from poise.errors import PoiseError
from poise.files import PathLike, naming, read_text, write_aside
from poise.geometry.axes import Up, y_up, z_up
from poise.geometry.rotations import (
    euler_to_matrix,
    matrix_to_euler,
    matrix_to_quaternion,
)
from poise.motion import Body
from poise.resampling import is_regular
from poise.retarget.anatomy import is_standing
from poise.retarget.matching import Mapped, match
from poise.retarget.rig import Rig, rig_in_frame
from poise.skeletons import Skeleton


@dataclass(frozen=True, eq=False, kw_only=True)
class BvhRig:
    """The rig, and of its file what a new motion needs."""

    rig: Rig
    path: Path
    header: str  # up to the line MOTION, as written
    joints: tuple[BvhJoint, ...]  # without End Sites, in the rig's order
    metres: float  # in one unit of the file
    up: Up
    absolute: bool  # the root's positions replace its OFFSET


def read_bvh_rig(path: PathLike, own: Mapped | None = None) -> BvhRig:
    """The skeleton of a BVH file in its zero pose, or in its first frame where that is none."""
    text = read_text(path)
    header = parse_header(path, text)
    kept = [i for i, joint in enumerate(header.joints) if not joint.end_site]
    new = {old: place for place, old in enumerate(kept)} | {-1: -1}
    joints = tuple(header.joints[i] for i in kept)
    offsets = np.array([joint.offset for joint in header.joints], float)
    unit, why = guess_unit(header.joints, offsets)
    places = np.zeros_like(offsets)
    for i, joint in enumerate(header.joints):
        if joint.parent >= 0:
            places[i] = places[joint.parent] + METRES[unit] * offsets[i]
    parents = tuple(new[joint.parent] for joint in joints)
    skeleton = Skeleton("bvh", _names(path, joints), parents)
    tips = [(new[joint.parent], i) for i, joint in enumerate(header.joints) if joint.end_site]
    with naming(path):
        up = _up(skeleton, places[kept], own)
    places = z_up(places) if up == "y" else places
    rig = Rig(
        skeleton=skeleton,
        places=places[kept],
        turns=np.tile(np.eye(3), (len(kept), 1, 1)),
        tips=tuple((joint, tuple(places[end])) for joint, end in tips),
        movable=frozenset(
            place
            for place, joint in enumerate(joints)
            if sum("position" in channel for channel in joint.channels) == 3
        ),
        assumed=(why,),
    )
    if not rig.movable or rig.skeleton.order[0] not in rig.movable:
        raise PoiseError(
            f"{path}: its root {joints[0].name} has no position channels, so the figure cannot "
            "walk; export it with Xposition Yposition Zposition on the root"
        )
    if not is_standing(rig, match(rig, own)):
        rig = _in_first_frame(path, rig, header.frames, up)
    return BvhRig(
        rig=rig,
        path=Path(path),
        header=text[: text.rindex("MOTION", 0, header.start)],
        joints=joints,
        metres=METRES[unit],
        up=up,
        absolute=_absolute(path, joints[0], header.frames),
    )


def write_bvh_motion(path: PathLike, file: BvhRig, body: Body) -> None:
    """A BVH file with the rig's own header and the motion of a body on that rig."""
    if not is_regular(body.motion):
        raise PoiseError(
            "a BVH file has one frame time, and the motion's frames are not evenly spaced; "
            "resample it first (poise.resampling.resample)"
        )
    table = _table(file, body)
    rate = f"Frames: {len(table)}\nFrame Time: {1 / body.motion.fps:.9g}\n"
    with write_aside(path) as scratch, scratch.open("w", encoding="utf-8", newline="\n") as out:
        out.write(f"{file.header}MOTION\n{rate}")
        np.savetxt(out, table, fmt="%.6f")


def _in_first_frame(path: PathLike, rig: Rig, frames: int, up: Up) -> Rig:
    """The rig as it stands in its file's first frame."""
    if frames == 0:
        raise PoiseError(
            f"{path}: in its zero pose all bones lie along one axis, and it has no frame that "
            "tells how the figure stands; export it with one frame of its T pose"
        )
    shown = rig_in_frame(read_bvh(path, up=up, end_sites=True), 0)
    kept = [shown.skeleton.index(name) for name in rig.skeleton.joints]
    ends = [place for place in range(len(shown.skeleton)) if place not in kept]
    parents = shown.skeleton.parents
    return replace(
        rig,
        places=shown.places[kept],
        turns=shown.turns[kept],
        tips=tuple((kept.index(parents[end]), tuple(shown.places[end])) for end in ends),
        assumed=(
            *rig.assumed,
            "in its zero pose all bones lie along one axis: its first frame is taken for the rest "
            "pose",
        ),
    )


def _table(file: BvhRig, body: Body) -> Float[np.ndarray, "time channel"]:
    """Every channel's numbers, in the file's own unit and axes."""
    places, world = body.pose()
    world = world @ file.rig.turns
    if file.up == "y":
        places = y_up(places)
        turn = y_up(np.eye(3)).T  # its columns are the axes of z up, seen with y up
        world = turn @ world @ turn.T
    places = places / file.metres
    skeleton = file.rig.skeleton
    shown = np.empty_like(world)  # what the channels that there are can show of the turns
    angles: list[np.ndarray] = []
    for index, joint in enumerate(file.joints):
        parent = skeleton.parents[index]
        above = np.eye(3) if parent < 0 else shown[:, parent]
        own = np.swapaxes(np.broadcast_to(above, world[:, index].shape), -1, -2) @ world[:, index]
        order = "".join(channel[0].lower() for channel in joint.channels if "rot" in channel)
        found, turn = _angles(own, order)
        angles.append(found)
        shown[:, index] = above @ turn
    whole = [index for index, found in enumerate(angles) if found.shape[1] == 3]
    if whole:
        steady = _steady(np.stack([angles[index] for index in whole], axis=1))
        for place, index in enumerate(whole):
            angles[index] = steady[:, place]
    columns = []
    for index, joint in enumerate(file.joints):
        path = _position(file, index, places, shown)
        turns = iter(np.rad2deg(np.unwrap(angles[index], axis=0)).T)
        for channel in joint.channels:
            rot = "rotation" in channel
            columns.append(next(turns) if rot else path[:, "XYZ".index(channel[0])])
    return np.stack(columns, axis=-1) + 0.0  # no -0


def _position(
    file: BvhRig,
    index: int,
    places: Float[np.ndarray, "time joint 3"],
    shown: Float[np.ndarray, "time joint 3 3"],
) -> Float[np.ndarray, "time 3"]:
    """A joint's place as its position channels say it."""
    parent, offset = file.rig.skeleton.parents[index], np.array(file.joints[index].offset)
    if parent < 0:
        return places[:, index] - (0 if file.absolute else offset)
    arm = places[:, index] - places[:, parent]
    return (np.swapaxes(shown[:, parent], -1, -2) @ arm[..., None])[..., 0]


def _angles(
    R: Float[np.ndarray, "time 3 3"], order: str
) -> tuple[Float[np.ndarray, "time axes"], Float[np.ndarray, "time 3 3"]]:
    """The angles of the channels that a joint has, and the turn that they make."""
    if len(order) == 3:
        return matrix_to_euler(R, order), R
    if not order:
        return np.zeros((len(R), 0)), np.tile(np.eye(3), (len(R), 1, 1))
    if len(order) == 1:
        q = matrix_to_quaternion(R)
        angle = 2 * np.arctan2(q[:, 1 + "xyz".index(order)], q[:, 0])
        angles = angle[:, None]
    else:
        third = next(axis for axis in "xyz" if axis not in order)
        angles = matrix_to_euler(R, order + third)[:, :2]
    return angles, euler_to_matrix(angles, order)


def _steady(angles: Float[np.ndarray, "time joint 3"]) -> Float[np.ndarray, "time joint 3"]:
    """Of the two triples of angles for each turn the one nearer to the frame before."""
    for frame in range(1, len(angles)):
        before, first = angles[frame - 1], angles[frame]
        other = np.array([1, -1, 1]) * first + np.pi
        both = np.stack([first, other])
        both -= 2 * np.pi * np.round((both - before) / (2 * np.pi))
        far = np.abs(both - before).sum(axis=-1)
        angles[frame] = np.where((far[1] < far[0])[:, None], both[1], both[0])
    return angles


def _names(path: PathLike, joints: tuple[BvhJoint, ...]) -> tuple[str, ...]:
    names = [joint.name for joint in joints]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise PoiseError(
            f"{path}: two joints are called {twice}; give them different names, so that it is "
            "clear which is meant"
        )
    return tuple(names)


def _up(skeleton: Skeleton, places: Float[np.ndarray, "joint 3"], own: Mapped | None) -> Up:
    """Which axis of the file is up: the one along which the figure stands."""
    rig = Rig(skeleton=skeleton, places=places, turns=np.tile(np.eye(3), (len(places), 1, 1)))
    limbs = match(rig, own).limbs
    legs = places[[limbs["left_hip"], limbs["right_hip"]]].mean(axis=0)
    legs = legs - places[[limbs["left_knee"], limbs["right_knee"]]].mean(axis=0)
    return "z" if abs(legs[2]) > 2 * abs(legs[1]) else "y"


def _absolute(path: PathLike, root: BvhJoint, frames: int) -> bool:
    """Whether the file's own frames count from the origin, not from the root's OFFSET."""
    if not np.any(root.offset) or frames == 0:
        return False
    as_read, added = read_bvh(path), read_bvh(path, root="added")
    return bool(np.abs(as_read.motion.xyz - added.motion.xyz).max() > 0)
