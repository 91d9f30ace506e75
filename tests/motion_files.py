"""Motion files for tests, written plainly, and their slow, plain forward kinematics."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from poise.skeletons import CMU31

TURNS = ("Xrotation", "Yrotation", "Zrotation")
PLACES = ("Xposition", "Yposition", "Zposition")


@dataclass
class Joint:
    """One joint of a BVH file; `end` is the offset of its End Site, if it has one."""

    name: str
    parent: int
    offset: tuple[float, ...]
    channels: tuple[str, ...] = TURNS
    end: tuple[float, ...] | None = None


def person(scale: float = 1.0) -> list[Joint]:
    """A small rig about as large as a person, in metres times `scale`."""
    root = (*PLACES, "Zrotation", "Xrotation", "Yrotation")
    rig = [
        ("Hips", -1, (0, 0, 0), root, None),
        ("Spine", 0, (0, 0.3, 0), TURNS, None),
        ("Head", 1, (0, 0.3, 0.02), TURNS, (0, 0.2, 0)),
        ("LeftArm", 1, (0.2, 0.2, 0), TURNS, None),
        ("LeftHand", 3, (0.55, 0, 0), ("Yrotation",), (0.15, 0, 0)),
        ("LeftLeg", 0, (0.1, -0.05, 0), TURNS, None),
        ("LeftFoot", 5, (0, -0.85, 0), TURNS, (0, 0, 0.2)),
    ]
    return [
        Joint(
            name,
            parent,
            tuple(scale * x for x in offset),
            channels,
            None if end is None else tuple(scale * x for x in end),
        )
        for name, parent, offset, channels, end in rig
    ]


def channel_count(joints: list[Joint]) -> int:
    return sum(len(joint.channels) for joint in joints)


def frames_for(joints: list[Joint], count: int, seed: int = 0) -> np.ndarray:
    """Random channel values, rounded as files have them."""
    rng = np.random.default_rng(seed)
    return rng.uniform(-90, 90, (count, channel_count(joints))).round(5)


def bvh_text(joints: list[Joint], frames: np.ndarray, frame_time: str = "0.01") -> str:
    lines = ["HIERARCHY"]

    def block(index: int, depth: int) -> None:
        joint, tabs = joints[index], "\t" * depth
        word = "ROOT" if joint.parent < 0 else "JOINT"
        lines.extend([f"{tabs}{word} {joint.name}", f"{tabs}{{"])
        lines.append(f"{tabs}\tOFFSET " + " ".join(f"{x:.9g}" for x in joint.offset))
        if joint.channels:
            lines.append(f"{tabs}\tCHANNELS {len(joint.channels)} " + " ".join(joint.channels))
        if joint.end is not None:
            offset = " ".join(f"{x:.9g}" for x in joint.end)
            lines.extend([f"{tabs}\tEnd Site", f"{tabs}\t{{", f"{tabs}\t\tOFFSET {offset}"])
            lines.append(f"{tabs}\t}}")
        for child, other in enumerate(joints):
            if other.parent == index:
                block(child, depth + 1)
        lines.append(f"{tabs}}}")

    block(0, 0)
    lines += ["MOTION", f"Frames: {len(frames)}", f"Frame Time: {frame_time}"]
    lines += [" ".join(f"{x:.9g}" for x in row) for row in frames]
    return "\n".join(lines) + "\n"


def slow_bvh(joints: list[Joint], frames: np.ndarray) -> np.ndarray:
    """Where all joints are, frame by frame and joint by joint, in the file's own axes and unit.

    `joints` must stand in the file's order: depth first.
    """
    xyz = np.zeros((len(frames), len(joints), 3))
    for frame, row in enumerate(frames):
        values = iter(row)
        turned: list[Rotation] = []
        for index, joint in enumerate(joints):
            place, local = np.array(joint.offset, float), Rotation.identity()
            for channel in joint.channels:
                value = next(values)
                axis = "XYZ".index(channel[0])
                if channel.endswith("rotation"):
                    local = local * Rotation.from_rotvec(np.deg2rad(value) * np.eye(3)[axis])
                elif index == 0:
                    place[axis] += value
                else:
                    place[axis] = value
            if joint.parent < 0:
                turned.append(local)
                xyz[frame, index] = place
            else:
                turned.append(turned[joint.parent] * local)
                xyz[frame, index] = xyz[frame, joint.parent] + turned[joint.parent].apply(place)
    return xyz


@dataclass
class Bone:
    """One bone of an ASF file."""

    name: str
    parent: str
    direction: tuple[float, ...]
    length: float
    axis: tuple[float, ...] = (0.0, 0.0, 0.0)
    dof: tuple[str, ...] = ("rx", "ry", "rz")


def cmu_bones(seed: int = 0) -> list[Bone]:
    """CMU's bones with random directions, lengths, axes and degrees of freedom."""
    rng = np.random.default_rng(seed)
    bones = []
    for joint in range(1, len(CMU31)):
        direction = rng.normal(size=3)
        direction /= np.linalg.norm(direction)
        dof = tuple(axis for axis in ("rx", "ry", "rz") if rng.random() < 0.7)
        bones.append(
            Bone(
                CMU31.joints[joint],
                CMU31.joints[CMU31.parents[joint]],
                tuple(direction.round(6)),
                round(float(rng.uniform(1, 6)), 4),
                tuple(rng.uniform(-180, 180, 3).round(4)),
                dof,
            )
        )
    return bones


def asf_text(bones: list[Bone], length: float = 0.45, angle: str = "deg") -> str:
    lines = ["# a skeleton", ":version 1.10", ":units", f"  length {length}", f"  angle {angle}"]
    lines += [":root", "  order TX TY TZ RX RY RZ", "  axis XYZ"]
    lines += ["  position 0 0 0", "  orientation 0 0 0", ":bonedata"]
    for number, bone in enumerate(bones, start=1):
        axis = np.deg2rad(bone.axis) if angle == "rad" else bone.axis
        lines += ["  begin", f"    id {number}", f"    name {bone.name}"]
        lines += ["    direction " + " ".join(f"{x:.9g}" for x in bone.direction)]
        lines += [f"    length {bone.length:.9g}"]
        lines += ["    axis " + " ".join(f"{x:.9g}" for x in axis) + "  XYZ"]
        if bone.dof:
            lines += ["    dof " + " ".join(bone.dof), "    limits (-160.0 20.0)"]
            lines += ["           (-70.0 70.0)"] * (len(bone.dof) - 1)
        lines += ["  end"]
    lines += [":hierarchy", "  begin"]
    for parent in dict.fromkeys(bone.parent for bone in bones):
        children = [bone.name for bone in bones if bone.parent == parent]
        lines += [f"    {parent} " + " ".join(children)]
    return "\n".join([*lines, "  end"]) + "\n"


def amc_frames(bones: list[Bone], count: int, seed: int = 0) -> list[dict[str, np.ndarray]]:
    """Random values of all bones that move."""
    rng = np.random.default_rng(seed)
    return [
        {"root": rng.uniform(-20, 20, 6).round(4)}
        | {bone.name: rng.uniform(-90, 90, len(bone.dof)).round(4) for bone in bones if bone.dof}
        for _ in range(count)
    ]


def amc_text(frames: list[dict[str, np.ndarray]], radians: bool = False, first: int = 1) -> str:
    lines = ["#!OML:ASF", ":FULLY-SPECIFIED", ":RADIANS" if radians else ":DEGREES"]
    for number, frame in enumerate(frames, start=first):
        lines.append(str(number))
        for bone, values in frame.items():
            angles = np.deg2rad(values) if radians else values
            if bone == "root":  # three lengths before the angles
                angles = np.concatenate([values[:3], angles[3:]])
            lines.append(f"{bone} " + " ".join(f"{x:.9g}" for x in angles))
    return "\n".join(lines) + "\n"


def slow_amc(
    bones: list[Bone], frames: list[dict[str, np.ndarray]], metres: float
) -> dict[str, np.ndarray]:
    """The END of every bone in every frame, in metres with y up."""
    ends = {name: np.zeros((len(frames), 3)) for name in ["root", *(bone.name for bone in bones)]}
    for frame, values in enumerate(frames):
        root = values["root"]
        world = {"root": Rotation.from_euler("xyz", root[3:], degrees=True)}
        ends["root"][frame] = root[:3] * metres
        for bone in bones:
            C = Rotation.from_euler("xyz", bone.axis, degrees=True)
            M = Rotation.identity()
            for channel, value in zip(bone.dof, values.get(bone.name, ()), strict=True):
                M = Rotation.from_euler(channel[1], value, degrees=True) * M
            world[bone.name] = world[bone.parent] * C * M * C.inv()
            vector = np.array(bone.direction) * bone.length * metres
            ends[bone.name][frame] = ends[bone.parent][frame] + world[bone.name].apply(vector)
    return ends


def expmap_text(root: np.ndarray, vectors: np.ndarray) -> str:
    rows = np.concatenate([root, vectors.reshape(len(vectors), -1)], axis=1)
    return "".join(",".join(f"{x:.9g}" for x in row) + "\n" for row in rows)


def write(path: Path, text: str, packed: bool = False) -> Path:
    data = text.encode()
    path.write_bytes(gzip.compress(data) if packed else data)
    return path
