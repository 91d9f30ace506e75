"""Any motion file, told by its content."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from poise.conversions import convert
from poise.data.asf_amc import read_amc
from poise.data.bvh import read_bvh
from poise.data.cmu import is_cgspeed, knows, to_h36m17
from poise.data.expmap import looks_like_expmap
from poise.errors import PoiseError
from poise.files import PathLike, npz_kind, read_bytes
from poise.motion import Body, Motion
from poise.skeletons import CMU31, CMU38, Skeleton
from poise.skeletons import skeleton as skeleton_named

Kind = Literal["bvh", "amc", "asf", "expmap", "npz", "other"]


def load(
    path: PathLike, skeleton: Skeleton | str | None = None, fps: float | None = None
) -> Motion:
    """A motion file: .bvh or .amc (its .asf beside it), gzipped or not, or poise's own .npz.

    >>> motion = load("02_01.amc", skeleton="h36m17")

    `skeleton` converts the joints. `fps` overrides the file's frame rate; AMC files have none.
    """
    target = skeleton_named(skeleton) if isinstance(skeleton, str) else skeleton
    value = _read(path, fps)
    if target and isinstance(value, Body) and is_cgspeed(value) and kind_of(path) == "bvh":
        value = read_bvh(path, fps=fps, end_sites=True)  # one of them is the crown
    try:
        return joints_of(value, target)
    except PoiseError as error:
        raise PoiseError(f"{path}: {error}") from error


def load_body(path: PathLike, fps: float | None = None) -> Body:
    """The same with the rotations of the joints, for files that have them."""
    value = _read(path, fps)
    if isinstance(value, Motion):
        raise PoiseError(
            f"{path}: holds joint positions without rotations; read it with poise.load"
        )
    return value


def joints_of(value: Motion | Body, target: Skeleton | None) -> Motion:
    """The motion of a file's content on another joint set, by the best way there is."""
    motion = value.motion if isinstance(value, Body) else value
    if target is None:
        # The bones' ends are CMU's own joint set; the starts serve the rotations.
        return convert(motion, CMU31) if motion.skeleton == CMU38 else motion
    if isinstance(value, Body) and knows(value) and target not in (motion.skeleton, CMU31):
        motion = to_h36m17(value)
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
    if re.match(r"\s*HIERARCHY\b", text, re.I):
        return "bvh"
    if re.search(r"^[ \t]*:(units|root|bonedata)\b", text, re.M | re.I):
        return "asf"
    if re.search(r"^(#!OML|[ \t]*:FULLY-SPECIFIED)", text, re.M | re.I):
        return "amc"
    if looks_like_expmap(text):
        return "expmap"
    for kind in ("bvh", "amc", "asf", "npz"):
        if name.endswith(f".{kind}"):
            return kind
    return "other"


def _read(path: PathLike, fps: float | None) -> Motion | Body:
    match kind_of(path):
        case "bvh":
            return read_bvh(path, fps=fps)
        case "amc":
            return read_amc(path, fps=fps)
        case "npz":
            return _read_npz(path, fps)
        case "asf":
            raise PoiseError(f"{path}: is a skeleton without motion; load an .amc file beside it")
        case "expmap":
            raise PoiseError(
                f"{path}: holds angles without a body; choose a skeleton for it: "
                "poise.data.read_expmap(path, '35.asf')"
            )
        case _:
            raise PoiseError(f"{path}: not a motion file that is known: .bvh, .amc or .npz")


def _read_npz(path: PathLike, fps: float | None) -> Motion | Body:
    kind = npz_kind(path)
    if kind == "Keypoints":
        raise PoiseError(f"{path}: holds 2D keypoints, no motion; lift them first")
    if kind == "MotionLibrary":
        raise PoiseError(f"{path}: holds many motions; open it with poise.data.MotionLibrary.open")
    value = Body.load(path) if kind == "Body" else Motion.load(path)
    if fps is None:
        return value
    motion = value.motion if isinstance(value, Body) else value
    motion = replace(motion, fps=fps, times=np.arange(len(motion)) / fps)
    return replace(value, motion=motion) if isinstance(value, Body) else motion
