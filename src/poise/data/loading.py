"""Any motion file, told by its content."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from poise.conversions import convert
from poise.data.asf import Asf
from poise.data.asf_amc import read_amc
from poise.data.bvh import read_bvh
from poise.data.c3d import read_c3d
from poise.data.cmu import is_cgspeed, knows, to_h36m17
from poise.data.csv_motion import looks_like_csv, read_csv
from poise.data.expmap import looks_like_expmap, read_expmap
from poise.data.glb import read_glb
from poise.data.posing import rate_given
from poise.data.trc import read_trc
from poise.errors import PoiseError
from poise.files import PathLike, npz_kind, read_bytes
from poise.motion import Body, Motion
from poise.resampling import check_rate, resample
from poise.skeletons import CMU31, CMU38, FIGURE27, Skeleton
from poise.skeletons import skeleton as skeleton_named

Kind = Literal["bvh", "amc", "asf", "expmap", "npz", "glb", "c3d", "trc", "csv", "other"]

_KNOWN = ".bvh, .amc, .glb, .gltf, .c3d, .trc, a .csv or .npz of poise, or exponential maps in .txt"


def load(
    path: PathLike,
    skeleton: Skeleton | str | None = None,
    fps: float | None = None,
    *,
    native_fps: float | None = None,
    asf: Asf | PathLike | None = None,
) -> Motion:
    """A file of motion: BVH, AMC, glTF, C3D, TRC, exponential maps, or poise's own .npz or .csv.

    >>> motion = load("02_01.amc", skeleton="h36m17", fps=30)

    What it is, its content says; it may be gzipped. A file of several people is for `load_people`.

    `skeleton` converts the joints and `fps` resamples. `native_fps` is the file's own frame rate,
    where it is not known or wrong there. `asf` is the subject's skeleton: exponential maps need
    it, AMC files that have none beside them too, and cgspeed BVHs gain a bone by it.
    """
    target = skeleton_named(skeleton) if isinstance(skeleton, str) else skeleton
    if fps is not None:
        check_rate(fps)
    value = _read(path, native_fps, asf)
    if target and isinstance(value, Body) and is_cgspeed(value) and kind_of(path) == "bvh":
        value = read_bvh(path, native_fps=native_fps, end_sites=True)  # one of them is the crown
    try:
        motion = joints_of(value, target, asf)
    except PoiseError as error:
        raise PoiseError(f"{path}: {error}") from error
    return motion if fps is None else resample(motion, fps)


def load_body(
    path: PathLike, *, native_fps: float | None = None, asf: Asf | PathLike | None = None
) -> Body:
    """The same with the rotations of the joints, for files that have them."""
    value = _read(path, native_fps, asf)
    if isinstance(value, Motion):
        raise PoiseError(
            f"{path}: holds joint positions without rotations; read it with poise.load"
        )
    return value


def load_people(
    path: PathLike, *, native_fps: float | None = None, asf: Asf | PathLike | None = None
) -> list[Motion | Body]:
    """Everybody in a file, with the rotations of the joints where it has them.

    >>> first, second = load_people("dance.c3d")
    """
    if native_fps is not None:
        check_rate(native_fps)
    match kind_of(path):
        case "c3d":
            return [*read_c3d(path, native_fps=native_fps)]
        case "trc":
            return [*read_trc(path, native_fps=native_fps)]
        case "csv":
            return [*read_csv(path, native_fps=native_fps)]
        case "glb":
            return [_at_rate(body, native_fps) for body in read_glb(path)]
        case kind:
            return [_read_one(path, kind, native_fps, asf)]


def joints_of(
    value: Motion | Body, target: Skeleton | None, asf: Asf | PathLike | None = None
) -> Motion:
    """The motion of a file's content on another joint set, by the best way there is."""
    motion = value.motion if isinstance(value, Body) else value
    if target is None:
        # The bones' ends are CMU's own joint set; the starts serve a body's rotations.
        starts = isinstance(value, Body) and motion.skeleton == CMU38
        return convert(motion, CMU31) if starts else motion
    if (motion.skeleton.joints, motion.skeleton.parents) == (FIGURE27.joints, FIGURE27.parents):
        motion = replace(motion, skeleton=FIGURE27)  # a rig file that poise wrote
    if isinstance(value, Body) and knows(value) and target not in (motion.skeleton, CMU31):
        motion = to_h36m17(value, asf)
    return convert(motion, target)


def kind_of(path: PathLike) -> Kind:
    """What a file holds, by its first lines, or by its name where these do not tell."""
    if Path(path).is_dir():
        raise PoiseError(f"{path}: is a folder; open it with poise.data.MotionLibrary.open")
    start = read_bytes(path, 8192)
    if not start.strip():
        raise PoiseError(f"{path}: is empty; fetch or export it again")
    text = start.decode("utf-8-sig", errors="replace")
    name = Path(path).name.lower().removesuffix(".gz")
    if start[:2] == b"PK":
        return "npz"
    if start[:4] == b"glTF":
        return "glb"
    if start[1:2] == b"\x50" and start[0] < 32:  # the block of its parameters, and its mark
        return "c3d"
    if text.startswith("PathFileType"):
        return "trc"
    if looks_like_csv(text):
        return "csv"
    if re.match(r"\s*HIERARCHY\b", text, re.I):
        return "bvh"
    if re.search(r"^[ \t]*:(units|root|bonedata)\b", text, re.M | re.I):
        return "asf"
    if re.search(r"^(#!OML|[ \t]*:FULLY-SPECIFIED)", text, re.M | re.I):
        return "amc"
    if looks_like_expmap(text):
        return "expmap"
    if name.endswith(".gltf"):
        return "glb"
    for kind in ("bvh", "amc", "asf", "npz", "glb", "c3d", "trc", "csv"):
        if name.endswith(f".{kind}"):
            return kind
    return "other"


def _read(path: PathLike, native_fps: float | None, asf: Asf | PathLike | None) -> Motion | Body:
    people = load_people(path, native_fps=native_fps, asf=asf)
    if len(people) == 1:
        return people[0]
    raise PoiseError(
        f"{path}: holds {len(people)} people; read them all with poise.data.load_people"
    )


def _read_one(
    path: PathLike, kind: Kind, native_fps: float | None, asf: Asf | PathLike | None
) -> Motion | Body:
    """Files that hold one person."""
    match kind:
        case "bvh":
            return read_bvh(path, native_fps=native_fps)
        case "amc":
            return read_amc(path, asf, native_fps=native_fps)
        case "npz":
            return _read_npz(path, native_fps)
        case "asf":
            raise PoiseError(f"{path}: is a skeleton without motion; load an .amc file beside it")
        case "expmap":
            if asf is None:
                raise PoiseError(
                    f"{path}: holds angles without a body; name the skeleton of its subject: "
                    "asf='35.asf'"
                )
            return read_expmap(path, asf, native_fps=native_fps)
        case _:
            raise PoiseError(f"{path}: not a motion file that is known: {_KNOWN}")


def _read_npz(path: PathLike, native_fps: float | None) -> Motion | Body:
    kind = npz_kind(path)
    if kind == "Keypoints":
        raise PoiseError(f"{path}: holds 2D keypoints, no motion; lift them first")
    if kind == "MotionLibrary":
        raise PoiseError(f"{path}: holds many motions; open it with poise.data.MotionLibrary.open")
    return _at_rate(Body.load(path) if kind == "Body" else Motion.load(path), native_fps)


def _at_rate(value: Motion | Body, native_fps: float | None) -> Motion | Body:
    """The same frames at the rate that was given."""
    if native_fps is None:
        return value
    motion = value.motion if isinstance(value, Body) else value
    assumed = (*motion.assumed, *rate_given(native_fps, motion.fps))
    motion = replace(
        motion, fps=native_fps, times=np.arange(len(motion)) / native_fps, assumed=assumed
    )
    return replace(value, motion=motion) if isinstance(value, Body) else motion
