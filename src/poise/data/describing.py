"""What a file or a folder is, in a table that people and programs can read."""

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from poise.data.asf import read_asf
from poise.data.download import manifest
from poise.data.expmap import expmap_length
from poise.data.library import MOCAP17_SHA256, MotionLibrary
from poise.data.loading import kind_of, load, load_people
from poise.data.motion_pack import is_pack
from poise.errors import PoiseError
from poise.files import PathLike, naming, npz_kind, read_arrays
from poise.motion import Body, Keypoints, Motion

Facts = dict[str, Any]
"""Plain values by name, in the order they are to be shown."""


def describe(path: PathLike) -> Facts:
    """What is there: one motion, 2D keypoints, a library of clips, filmed views.

    >>> describe("walk.bvh")["seconds"]
    """
    path = Path(path)
    if path.is_dir():
        return _folder(path)
    match kind_of(path):
        case "npz":
            return _npz(path)
        case "asf":
            asf = read_asf(path)
            return {"what": "a skeleton without motion (ASF)", "joints": len(asf.skeleton)}
        case "expmap":
            frames, fps = expmap_length(path)
            return {
                "what": "exponential maps: angles that need a skeleton (ASF)",
                "frames": frames,
                "assumed": [f"{fps:g} frames per second, as at CMU: the file does not say"],
            }
        case "c3d" | "trc" | "csv" | "glb" as kind:
            people = load_people(path)
            turned = " with rotations" if isinstance(people[0], Body) else ""
            if len(people) > 1:
                return {"what": f"motion{turned} of {len(people)} people ({kind.upper()})"}
            return {"what": f"one motion{turned} ({kind.upper()})"} | _motion(load(path))
        case kind:
            return {"what": f"one motion with rotations ({kind.upper()})"} | _motion(load(path))


def _npz(path: Path) -> Facts:
    match npz_kind(path):
        case "Motion":
            return {"what": "one motion"} | _motion(Motion.load(path))
        case "Body":
            body = Body.load(path)
            facts = {"what": f"one motion with rotations ({body.model})"}
            return facts | _motion(body.motion)
        case "Keypoints":
            return {"what": "2D keypoints"} | _keypoints(Keypoints.load(path))
        case "MotionLibrary":
            return {"what": "a library of motions"} | _library(MotionLibrary.open(path))
        case "OpenBenchmarkViews":
            about, arrays = read_arrays(path, only=("xy",))
            with naming(path):
                cameras, frames = arrays["xy"].shape[:2]
                facts = {"what": "one segment of the open benchmark, filmed"}
                return facts | {"segment": about["segment"], "cameras": cameras, "frames": frames}
        case _:
            raise PoiseError(f"{path}: an .npz that poise did not write")


def _motion(motion: Motion) -> Facts:
    known = np.isfinite(motion.xyz).all(axis=-1)
    up = motion.xyz[..., 2] if motion.frame == "world" else -motion.xyz[..., 1]
    span = [float(np.nanmin(up)), float(np.nanmax(up))] if known.any() else []
    walked = np.linalg.norm(np.diff(motion.root, axis=0), axis=-1)
    return {
        "frames": len(motion),
        "seconds": _seconds(len(motion) / motion.fps),
        "fps": motion.fps,
        "skeleton": motion.skeleton.name,
        "joints": len(motion.skeleton),
        "frame": f"{motion.frame}, {'placed' if motion.placed else 'root-relative'}",
        "height_m": [round(height, 3) + 0.0 for height in span],  # a wrong unit shows here first
        "path_of_root_m": round(float(np.nansum(walked)), 3),
        "unknown_percent": _percent(1 - known.mean()),
        "uncertainty": "known" if motion.sigma is not None else "not known",
        "camera": repr(motion.camera) if motion.camera else "not known",
        "assumed": list(motion.assumed),
    }


def _keypoints(track: Keypoints) -> Facts:
    width, height = track.image_size
    return {
        "frames": len(track),
        "seconds": _seconds(len(track) / track.fps),
        "fps": track.fps,
        "skeleton": track.skeleton.name,
        "joints": len(track.skeleton),
        "image": f"{width} x {height} px",
        "mean_score": round(float(track.score.mean()), 3),
        "not_seen_percent": _percent(np.isnan(track.xy).any(axis=-1).mean()),
        "camera": repr(track.camera) if track.camera else "not known",
    }


def _library(library: MotionLibrary) -> Facts:
    clips = list(library)
    first = library[clips[0].key]
    rates = sorted({clip.fps for clip in clips})
    splits: dict[str, Facts] = {}
    for split in dict.fromkeys(clip.split for clip in clips):
        chosen = [clip for clip in clips if clip.split == split]
        splits[split or "none"] = {
            "clips": len(chosen),
            "seconds": _seconds(sum(clip.seconds for clip in chosen)),
            "subjects": len({clip.subject for clip in chosen}),
        }
    return {
        "clips": len(clips),
        "seconds": _seconds(library.seconds),
        "fps": rates[0] if len(rates) == 1 else rates,
        "skeleton": first.skeleton.name,
        "joints": len(first.skeleton),
        "frame": f"{first.frame}, {'placed' if first.placed else 'root-relative'}",
        "assumed": list(first.assumed),
        "sources": dict(Counter(clip.source for clip in clips if clip.source)),
        "splits": splits,
        "keys": [clip.key for clip in clips],
        "actions": actions_of(library),
    }


def actions_of(library: MotionLibrary) -> dict[str, Facts]:
    """For each action: in how many clips it is, and how long these are, the longest first."""
    seconds: dict[str, list[float]] = defaultdict(list)
    for clip in library:
        for action in filter(None, clip.action.split(", ")):
            seconds[action].append(clip.seconds)
    ordered = sorted(seconds.items(), key=lambda item: (-sum(item[1]), item[0]))
    return {
        name: {"clips": len(lengths), "seconds": _seconds(sum(lengths))}
        for name, lengths in ordered
    }


def _folder(path: Path) -> Facts:
    if is_pack(path):
        library = MotionLibrary.open(path)
        official = library.content_hash() == MOCAP17_SHA256
        version = "version 1, as published" if official else "NOT the content of version 1"
        return {"what": f"the mocap17 pack, {version}"} | _library(library)
    views = sorted(path.glob("*@*.npz"))
    if views and npz_kind(views[0]) == "OpenBenchmarkViews":
        size = sum(view.stat().st_size for view in views)
        return {
            "what": "views of the open benchmark",
            "segments": len(views),
            "megabytes": round(size / 1e6, 1),
        }
    facts = {"what": "a folder of motion files"} | _library(MotionLibrary.open(path))
    if origin := manifest(path):
        facts |= {"what": origin["title"], "licence": origin["licence"], "credit": origin["credit"]}
    return facts


def _seconds(seconds: float) -> float:
    return round(float(seconds), 2)


def _percent(share: float) -> float:
    return round(100 * float(share), 1)
