"""Frames in which a person is unknown, filled: rig files have no mark for them.

>>> bridged(body).bridged
((2.1, 3.4),)
"""

from dataclasses import replace
from typing import overload

import numpy as np
from jaxtyping import Bool, Float

from poise.errors import PoiseError
from poise.geometry.rotations import slerp
from poise.motion import Body, Motion

Span = tuple[float, float]
"""From the first filled frame to the next one that was known, in seconds."""


@overload
def bridged(person: Body) -> Body: ...
@overload
def bridged(person: Motion) -> Motion: ...
@overload
def bridged(person: Body | Motion) -> Body | Motion: ...
def bridged(person: Body | Motion) -> Body | Motion:
    """The same without unknown frames: joints turn, and the root moves, gently across every gap.

    Before the first and after the last known frame the pose stays as it is there. Known frames
    stay as they are, and sigma stays NaN where something was filled. `Body.bridged` and
    `Motion.assumed` say what was.
    """
    if isinstance(person, Motion):
        return _bridged_motion(person)
    return _bridged_body(person)


def has_gaps(person: Body | Motion) -> bool:
    """Whether `bridged` would change anything."""
    if isinstance(person, Motion):
        return bool(np.isnan(person.xyz).any())
    return any(np.isnan(values).any() for values in (person.rotations, person.motion.xyz))


def _bridged_body(body: Body) -> Body:
    if not has_gaps(body):
        return body
    motion, skeleton = body.motion, body.motion.skeleton
    root = skeleton.order[0]
    turned = np.isfinite(body.rotations).all(axis=-1)  # (time, joint)
    placed = np.isfinite(motion.xyz[:, root]).all(axis=-1)
    if not placed.any():
        raise PoiseError(
            f"where {skeleton.joints[root]} is, is not known in any frame, so there is nothing to "
            "bridge; was the person found?"
        )
    never = ~turned.any(axis=0)
    rotations = body.rotations.astype(np.float64)
    for joint in _at(~turned.all(axis=0)):
        if never[joint]:
            rotations[:, joint] = (1, 0, 0, 0)
            continue
        before, after, share = _across(turned[:, joint], motion.times)
        values = body.rotations[:, joint].astype(np.float64)
        filled = slerp(values[before], values[after], share)
        rotations[:, joint] = np.where(turned[:, joint, None], values, filled)
    xyz = motion.xyz.astype(np.float64)
    before, after, share = _across(placed, motion.times)
    path = xyz[before, root] + share[:, None] * (xyz[after, root] - xyz[before, root])
    xyz[:, root] = np.where(placed[:, None], xyz[:, root], path)
    moved = replace(body, motion=replace(motion, xyz=xyz), rotations=rotations)
    known = np.isfinite(xyz).all(axis=-1, keepdims=True)
    xyz = np.where(known, xyz, moved.pose()[0])
    nowhere = np.flatnonzero(np.isnan(xyz).any(axis=(0, 2)))
    if len(nowhere):
        raise PoiseError(
            f"the length of the bone to {skeleton.joints[nowhere[0]]} is not known in all "
            "frames, so it cannot be filled in; drop the joint (poise.export.naming.with_names)"
        )
    spans = _spans(~(placed & turned[:, ~never].all(axis=1)), motion.times)
    told = [f"{skeleton.joints[joint]} is not known in any frame: it rests" for joint in _at(never)]
    return replace(
        body,
        motion=replace(motion, xyz=xyz.astype(motion.xyz.dtype), assumed=(*motion.assumed, *told)),
        rotations=rotations.astype(body.rotations.dtype),
        bridged=_joined([*body.bridged, *spans]),
    )


def _bridged_motion(motion: Motion) -> Motion:
    """Each joint on its own; one that is not known in any frame stays unknown."""
    known = np.isfinite(motion.xyz).all(axis=-1)
    if known.all():
        return motion
    if not known.any():
        raise PoiseError("no joint is known in any frame, so there is nothing to bridge")
    xyz = motion.xyz.copy()
    seen = known.any(axis=0)
    for joint in _at(seen & ~known.all(axis=0)):
        before, after, share = _across(known[:, joint], motion.times)
        values = motion.xyz[:, joint].astype(np.float64)
        filled = values[before] + share[:, None] * (values[after] - values[before])
        xyz[:, joint] = np.where(known[:, joint, None], values, filled)
    spans = _spans(~known[:, seen].all(axis=1), motion.times)
    told = [f"filled in from {start:.3f} to {stop:.3f} s" for start, stop in spans]
    return replace(motion, xyz=xyz, assumed=(*motion.assumed, *told))


def _across(
    known: Bool[np.ndarray, " time"], times: Float[np.ndarray, " time"]
) -> tuple[np.ndarray, np.ndarray, Float[np.ndarray, " time"]]:
    """For every frame the known ones before and after, and how far between, eased at both ends."""
    places = np.flatnonzero(known)
    frames = np.arange(len(known))
    after = places[np.clip(np.searchsorted(places, frames), 0, len(places) - 1)]
    before = places[np.clip(np.searchsorted(places, frames, side="right") - 1, 0, None)]
    span = times[after] - times[before]
    part = np.clip((times - times[before]) / np.where(span > 0, span, 1), 0, 1)
    return before, after, part * part * (3 - 2 * part)


def _spans(filled: Bool[np.ndarray, " time"], times: Float[np.ndarray, " time"]) -> list[Span]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], filled, [False]]).astype(int)))
    last = len(times) - 1
    return [
        (float(times[start]), float(times[min(stop, last)]))
        for start, stop in edges.reshape(-1, 2).tolist()
    ]


def _joined(spans: list[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for start, stop in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], stop))
        else:
            joined.append((start, stop))
    return tuple(joined)


def _at(flags: Bool[np.ndarray, " joint"]) -> list[int]:
    return np.flatnonzero(flags).tolist()
