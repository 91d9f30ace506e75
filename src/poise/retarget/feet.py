"""Feet that stood on the floor stand there again, though the legs have other lengths."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from poise.geometry.rotations import vector_to_matrix
from poise.motion import Contact
from poise.retarget.anatomy import ankle_height, ball_of, facing, leg_length
from poise.retarget.carrying import Turns, shortest
from poise.retarget.matching import Match
from poise.retarget.names import SIDES, meaning
from poise.retarget.rig import Rig

_EASE = 0.25  # seconds in which a foot that has left the floor goes over to its own path
_STRETCHED = 0.9995  # of its length: a leg is not pulled straighter than that
_LEFT_ALONE = 1e-3  # metres: feet that are off by less stay as they are
_TOES_BEND = 1.0  # radians up which toes bend, at most
_TOES_EASE = 0.12  # seconds in which they go over to the line of the foot
_SMOOTH = 0.12  # seconds over which the hips go down where a leg is too short

Mask = Bool[np.ndarray, " time"]
Path = Float[np.ndarray, "time 3"]


@dataclass(frozen=True, eq=False)
class Sole:
    """A point under a foot: from the ankle, at rest; and when it is on the floor."""

    place: Float[np.ndarray, "3"]
    down: Mask


def soles_down(
    source: Rig,
    have: Match,
    target: Rig,
    want: Match,
    contacts: Sequence[Contact],
    times: Float[np.ndarray, " time"],
) -> dict[str, list[Sole]]:
    """The points under the target's feet that stand when the source's do."""
    scale = leg_length(target, want) / leg_length(source, have)
    back = facing(target, want) @ facing(source, have).T
    height = ankle_height(target, want)
    half = float(np.median(np.diff(times))) / 2 if len(times) > 1 else 1.0
    found: dict[str, list[Sole]] = {side: [] for side in SIDES}
    for side in SIDES:
        ankle, own = have.limbs.get(f"{side}_ankle"), want.limbs.get(f"{side}_ankle")
        if ankle is None or own is None:
            continue
        up, front = facing(target, want)[:, 2], -facing(target, want)[:, 1]
        ball = ball_of(target, want, side)
        for name in dict.fromkeys(contact.joint for contact in contacts):
            joint = source.skeleton.index(name)
            if ankle not in source.above(joint):
                continue
            place = scale * back @ (source.places[joint] - source.places[ankle])
            if ball is not None and place @ front > 0.02 * scale:
                place = ball - target.places[own]
            place = place - (place @ up + height) * up  # on the sole
            down = np.zeros(len(times), bool)
            for contact in contacts:
                if contact.joint == name:
                    down |= (times >= contact.start - half) & (times <= contact.stop + half)
            if down.any():
                found[side].append(Sole(place, down))
        # Last the point that lies farthest to the front: over it a foot rolls off.
        found[side].sort(key=lambda sole: float(sole.place @ front))
    return found


def planted(
    ankle: Path, foot: Turns, points: Sequence[Sole], times: Float[np.ndarray, " time"]
) -> Path:
    """By how much the ankle has to move in each frame so that no point on the floor slides."""
    moved = np.zeros_like(ankle)
    standing = np.any([point.down for point in points], axis=0)
    spans = _runs(standing)
    arms = np.stack([np.einsum("tij,j->ti", foot, point.place) for point in points])
    down = np.stack([point.down for point in points])
    for start, stop in spans:
        place = np.array(ankle[start:stop])
        for frame in range(start + 1, stop):
            both = np.flatnonzero(down[:, frame] & down[:, frame - 1])
            held = both[-1] if len(both) else np.flatnonzero(down[:, frame - 1])[-1]
            step = arms[held, frame - 1] - arms[held, frame]
            place[frame - start] = place[frame - start - 1] + step
        place += (ankle[start:stop] - place).mean(axis=0)
        heights = np.where(down[:, start:stop], arms[:, start:stop, 2], np.inf).min(axis=0)
        place[:, 2] = -heights
        moved[start:stop] = place - ankle[start:stop]
    return _eased(moved, spans, times)


def lowered(
    hip: Path,
    goal: Path,
    reach: Float[np.ndarray, " time"],
    standing: Mask,
    times: Float[np.ndarray, " time"],
) -> Float[np.ndarray, " time"]:
    """How far the hips have to go down, smoothly, for a standing foot to be within reach."""
    arm = goal - hip
    level = np.minimum((arm[:, :2] ** 2).sum(axis=-1), reach**2)
    need = np.maximum(-arm[:, 2] - np.sqrt(reach**2 - level), 0)
    need = np.where(standing & (np.linalg.norm(arm, axis=-1) > reach), need, 0)
    if not need.any() or len(times) < 2:
        return need
    step = float(np.median(np.diff(times)))
    half = max(round(_SMOOTH / step), 1)
    # The most within twice the window, then its mean: nowhere less than what is needed.
    wide = np.lib.stride_tricks.sliding_window_view(np.pad(need, 2 * half), 2 * half + 1).max(-1)
    weights = np.hanning(2 * half + 3)[1:-1]
    return np.convolve(wide, weights / weights.sum(), mode="valid")


def bent(
    hip: Path,
    knee: Path,
    ankle: Path,
    goal: Path,
    front: Path,
) -> tuple[Turns, Turns]:
    """How thigh and shin turn further so that the ankle comes to its goal; the knee stays in front.

    Lengths stay. A goal out of reach is reached for.
    """
    upper = np.linalg.norm(knee - hip, axis=-1, keepdims=True)
    lower = np.linalg.norm(ankle - knee, axis=-1, keepdims=True)
    way = goal - hip
    far = np.maximum(np.linalg.norm(way, axis=-1, keepdims=True), 1e-6)
    way = way / far
    far = np.clip(far, np.abs(upper - lower) + 1e-6, upper + lower - 1e-9)
    # A straight leg tells no plane to bend in: what is in front does.
    side = (knee - hip) + 1e-3 * (upper + lower) * front
    side -= (side * way).sum(axis=-1, keepdims=True) * way
    side /= np.maximum(np.linalg.norm(side, axis=-1, keepdims=True), 1e-9)
    cos = np.clip((upper**2 + far**2 - lower**2) / (2 * upper * far), -1, 1)
    there = hip + upper * (cos * way + np.sqrt(1 - cos**2) * side)
    end = hip + far * way
    thigh = shortest((knee - hip) / upper, (there - hip) / upper)
    shin = shortest(
        (ankle - knee) / lower, (end - there) / np.linalg.norm(end - there, axis=-1)[:, None]
    )
    return thigh, shin


def flat_toes(
    foot: Turns, front: Float[np.ndarray, "3"], down: Mask, times: Float[np.ndarray, " time"]
) -> Turns:
    """How toes turn that stay on the floor while the heel rises; otherwise they follow the foot."""
    ahead = foot @ front
    sinks = np.clip(np.arcsin(np.clip(-ahead[:, 2], -1, 1)), 0, _TOES_BEND)
    on_floor = times[down]
    after = np.searchsorted(on_floor, times).clip(max=len(on_floor) - 1)
    away = np.minimum(np.abs(on_floor[after] - times), np.abs(on_floor[after - 1] - times))
    share = np.clip(1 - away / _TOES_EASE, 0, 1)
    across = np.cross(ahead, [0, 0, 1])
    across /= np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-6)
    return vector_to_matrix(across * (sinks * share**2 * (3 - 2 * share))[:, None]) @ foot


def toes_of(rig: Rig, found: Match, side: str) -> list[int]:
    """The bones of a side's toes, one or several, that move anything."""
    ankle = found.limbs[f"{side}_ankle"]
    told = [found.limbs[f"{side}_ball"]] if f"{side}_ball" in found.limbs else rig.children(ankle)
    toes = []
    for joint in told:
        about = meaning(rig.skeleton.joints[joint])
        named = joint in found.limbs.values() or (about is not None and about.part == "ball")
        # A bone that ends without a tip moves nothing unless a mesh hangs on it.
        if named and (rig.floor is not None or rig.ends(joint)):
            toes.append(joint)
    return toes


def worth_it(moved: Path) -> bool:
    """Whether a foot is off by what can be seen."""
    return bool(np.linalg.norm(moved, axis=-1).max() > _LEFT_ALONE)


def reach_of(hip: Path, knee: Path, ankle: Path) -> Float[np.ndarray, " time"]:
    """How far a leg goes: almost straight, or as straight as it was."""
    whole = np.linalg.norm(knee - hip, axis=-1) + np.linalg.norm(ankle - knee, axis=-1)
    return np.clip(np.linalg.norm(ankle - hip, axis=-1), _STRETCHED * whole, whole * (1 - 1e-9))


def _eased(moved: Path, spans: list[tuple[int, int]], times: np.ndarray) -> Path:
    """Between two stands the correction of the one fades out and that of the other in."""
    total = np.array(moved)
    for place, (start, stop) in enumerate(spans):
        before = times[start] - times[spans[place - 1][1] - 1] if place else np.inf
        after = times[spans[place + 1][0]] - times[stop - 1] if place + 1 < len(spans) else np.inf
        for frame, wait, sign in ((start, before, -1), (stop - 1, after, 1)):
            ease = min(_EASE, wait)
            since = sign * (times - times[frame])
            inside = (since > 0) & (since < ease)
            share = 1 - since[inside] / ease
            total[inside] += (share**2 * (3 - 2 * share))[:, None] * moved[frame]
    return total


def _runs(mask: Mask) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
