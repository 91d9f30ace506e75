"""What the vocabulary's values are held to where they are made: shapes, numbers, timestamps."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from poise.errors import PoiseError
from poise.skeletons import Skeleton


def points(value: Any, name: str, dimensions: int) -> np.ndarray:
    kind = type(value).__name__
    array = numbers(kind, name, getattr(value, name))
    if array.ndim != 3 or array.shape[2] != dimensions:
        raise PoiseError(f"{kind}: {name} has shape {array.shape}, not (time, joint, {dimensions})")
    if len(array) == 0:
        raise PoiseError(f"{kind}: {name} has no frames")
    if array.shape[1] != len(value.skeleton):
        raise PoiseError(
            f"{kind}: {name} has {array.shape[1]} joints, but skeleton {value.skeleton.name} "
            f"has {len(value.skeleton)}"
        )
    if np.isinf(array).any():
        raise PoiseError(f"{kind}: {name} holds infinite values; NaN is the mark of the unknown")
    store(value, name, array)
    return array


def numbers(kind: str, name: str, values: Any) -> np.ndarray:
    """A read-only float array; float64 stays what it is, all else becomes float32."""
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise PoiseError(f"{kind}: {name} is not made of numbers (dtype {array.dtype})")
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float32)
    if array.flags.writeable:  # a copy of our own: what is frozen does not change from outside
        array = array.copy()
        array.flags.writeable = False
    return array


def store(value: Any, name: str, array: np.ndarray) -> None:
    object.__setattr__(value, name, array)


def expect(kind: str, name: str, array: np.ndarray, shape: Sequence[int]) -> None:
    if array.shape != tuple(shape):
        raise PoiseError(f"{kind}: {name} has shape {array.shape}, not {tuple(shape)}")


def check_time(value: Any) -> None:
    kind, frames = type(value).__name__, len(value)
    object.__setattr__(value, "fps", float(value.fps))
    if not (np.isfinite(value.fps) and value.fps > 0):
        raise PoiseError(f"{kind}: {value.fps} is not a frame rate")
    if value.times is None:
        store(value, "times", np.arange(frames) / value.fps)
        return
    times = numbers(kind, "times", value.times).astype(np.float64)
    expect(kind, "times", times, (frames,))
    if not (np.isfinite(times).all() and np.all(np.diff(times) > 0)):
        raise PoiseError(f"{kind}: times must be finite and grow from frame to frame")
    store(value, "times", numbers(kind, "times", times))


def part_of(value: Any, frames: slice) -> dict[str, Any]:
    """Rate and timestamps of some of the frames."""
    if not isinstance(frames, slice):
        raise PoiseError(f"{type(value).__name__}: take frames as a slice, such as [10:20]")
    step = 1 if frames.step is None else frames.step
    if step < 1:
        raise PoiseError(f"{type(value).__name__}: time runs forward; a step of {step} does not")
    return {"fps": value.fps / step, "times": value.times[frames]}


def other_sides(skeleton: Skeleton) -> list[int]:
    if not skeleton.left:
        raise PoiseError(
            f"skeleton {skeleton.name}: which joints are left and which are right is not known "
            "by their names; convert it to a named joint set first"
        )
    return list(skeleton.mirror)


def shape_of(array: np.ndarray) -> str:
    return "x".join(map(str, array.shape))
