"""Many motions in one file: the mocap17 pack, and what `MotionLibrary.save` writes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from poise.data.clips import Clip, Entry
from poise.errors import PoiseError
from poise.files import PathLike, load_npz, naming, read_arrays, read_text, save_npz
from poise.motion import Motion
from poise.resampling import is_regular
from poise.skeletons import H36M17, Skeleton

MOCAP17_SHA256 = "950781566180666275a8a705ea5a212803bff9770ee80c2d75dd57f30ee4f8fe"
"""The content of version 1 of the mocap17 pack: `MotionLibrary.content_hash` of all its clips."""

_SCHEMA = "MotionLibrary/1"


def is_pack(folder: PathLike) -> bool:
    """Whether a folder holds the mocap17 pack."""
    folder = Path(folder)
    return (folder / "cmu17.npz").is_file() and (folder / "index.json").is_file()


def pack_entries(folder: PathLike) -> list[Entry]:
    """The clips of the mocap17 pack: arrays in one file, what they are in another."""
    index, pack = Path(folder) / "index.json", Path(folder) / "cmu17.npz"
    with naming(index):
        about = json.loads(read_text(index))
        parents, clips = tuple(about["parents"]), [_clip(record) for record in about["clips"]]
    if parents != H36M17.parents:
        raise PoiseError(f"{index}: its joints are not those of {H36M17.name}")
    _, arrays = read_arrays(pack)
    entries = []
    for clip in clips:
        if clip.key not in arrays:
            raise PoiseError(f"{pack}: clip {clip.key} is missing; fetch the pack again")
        xyz, shape = arrays[clip.key], (clip.frames, len(H36M17), 3)
        if xyz.shape != shape or xyz.dtype.kind != "f" or not np.isfinite(xyz).all():
            raise PoiseError(
                f"{pack}: clip {clip.key} has shape {xyz.shape}, not {shape} as the index says, or "
                "is not made of finite numbers; fetch the pack again"
            )
        motion = Motion(xyz=xyz, skeleton=H36M17, fps=clip.fps, frame="world", placed=True)
        entries.append(Entry(stored=clip, origin=motion))
    return entries


def write_library(path: PathLike, entries: Iterable[tuple[Clip, Motion]]) -> None:
    """One .npz: all frames one after the other, and a table of the clips."""
    records: list[dict[str, Any]] = []
    parts: list[np.ndarray] = []
    skeleton: Skeleton | None = None
    for clip, motion in entries:
        skeleton = skeleton or motion.skeleton
        if motion.skeleton != skeleton:
            raise PoiseError(
                f"clip {clip.key} is on {motion.skeleton.name}, others before it on "
                f"{skeleton.name}: {_difference(motion.skeleton, skeleton)}; bring them onto one "
                "first, as with library.on('h36m17')"
            )
        if motion.sigma is not None or motion.camera is not None or not is_regular(motion):
            raise PoiseError(
                f"clip {clip.key} has a camera, uncertainties or irregular timestamps, which a "
                "library's file does not keep; save it by itself: library[key].save(path)"
            )
        kept = {"frame": motion.frame, "placed": motion.placed, "assumed": list(motion.assumed)}
        records.append(asdict(clip) | kept)
        parts.append(motion.xyz)
    if skeleton is None:
        raise PoiseError(f"{path}: a library without clips is not saved")
    about = {"skeleton": skeleton.to_dict(), "clips": records}
    save_npz(path, _SCHEMA, about, xyz=np.concatenate(parts))


def read_library(path: PathLike) -> list[Entry]:
    """What `write_library` wrote."""
    about, arrays = load_npz(path, _SCHEMA)
    entries, start = [], 0
    with naming(path):
        skeleton, xyz = Skeleton.from_dict(about["skeleton"]), arrays["xyz"]
        for record in about["clips"]:
            clip = _clip(record)
            motion = Motion(
                xyz=xyz[start : start + clip.frames],
                skeleton=skeleton,
                fps=clip.fps,
                frame=record["frame"],
                placed=bool(record["placed"]),
                assumed=tuple(record["assumed"]),
            )
            start += clip.frames
            entries.append(Entry(stored=clip, origin=motion))
        if start != len(xyz) or not entries:
            raise ValueError(f"{len(xyz)} frames, where its clips have {start}")
    return entries


def _difference(own: Skeleton, theirs: Skeleton) -> str:
    """In what one clip's joints differ from those of the clips before it."""
    more = [joint for joint in own.joints if joint not in theirs.joints]
    less = [joint for joint in theirs.joints if joint not in own.joints]
    told = [
        f"{verb} {', '.join(joints[:3])}{f' and {len(joints) - 3} more' if joints[3:] else ''}"
        for verb, joints in (("has", more), ("lacks", less))
        if joints
    ]
    if told:
        return f"it {' and '.join(told)}"
    if own.joints != theirs.joints:
        return "its joints stand in another order"
    for joint, mine, other in zip(own.joints, own.parents, theirs.parents, strict=True):
        if mine != other:
            hangs = [own.joints[parent] if parent >= 0 else "nothing" for parent in (mine, other)]
            return f"its {joint} hangs on {hangs[0]}, theirs on {hangs[1]}"
    return "their joints are the same, the name or the lines drawn are not"


def _clip(record: Mapping[str, Any]) -> Clip:
    frames, fps, subject = int(record["frames"]), float(record["fps"]), record["subject"]
    if frames < 1 or not 0 < fps < 1e5:
        raise ValueError(f"clip {record['key']} has {frames} frames at {fps} fps")
    return Clip(
        key=str(record["key"]),
        frames=frames,
        fps=fps,
        subject=subject if subject is None or isinstance(subject, int) else str(subject),
        action=str(record["action"]),
        split=str(record["split"]),
        source=str(record["source"]),
    )
