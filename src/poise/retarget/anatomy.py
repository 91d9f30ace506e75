"""Where a rig's limbs point at rest, how long its legs are, and which way it faces."""

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError
from poise.retarget.matching import Match
from poise.retarget.names import SIDES
from poise.retarget.rig import Rig

_NEXT = {"hip": "knee", "knee": "ankle", "shoulder": "elbow", "elbow": "wrist"}
_ANKLE = 0.093  # height of the ankle over the sole, of the leg's length, where nothing tells it
_SHORT = 1e-6  # metres: what is nearer has no direction


def pointing(rig: Rig, found: Match, part: str) -> Float[np.ndarray, "3"] | None:
    """The direction of a limb's bone at rest, in the world; None where the rig does not tell it."""
    side, _, limb = part.partition("_")
    joint = found.limbs.get(part)
    if joint is None:
        return None
    if limb in _NEXT:
        end = found.limbs.get(f"{side}_{_NEXT[limb]}")
        return None if end is None else _unit(rig.places[end] - rig.places[joint])
    if limb == "wrist":
        return _hand(rig, joint)
    if limb == "ankle":
        ball = ball_of(rig, found, side)
        return None if ball is None else _unit(ball - rig.places[joint])
    return None


def ball_of(rig: Rig, found: Match, side: str) -> Float[np.ndarray, "3"] | None:
    """Where a foot bends: its toe bone, or the middle of its toes, or its tip."""
    if f"{side}_ball" in found.limbs:
        return rig.places[found.limbs[f"{side}_ball"]]
    ankle = found.limbs.get(f"{side}_ankle")
    ends = [] if ankle is None else rig.ends(ankle)
    toes = [place for name, place in ends if "heel" not in name.lower()]
    return np.mean(toes, axis=0) if toes else None


def soles(rig: Rig, found: Match) -> float:
    """The height of the floor that the rig stands on at rest."""
    if rig.floor is not None:
        return rig.floor
    ankles = [found.limbs[f"{s}_ankle"] for s in SIDES if f"{s}_ankle" in found.limbs]
    knees = [found.limbs[f"{side}_knee"] for side in SIDES]
    low = [rig.places[joint, 2] for top in (ankles or knees) for joint in rig.below(top)]
    low += [place[2] for joint, place in rig.tips if any(a in rig.above(joint) for a in ankles)]
    return float(min(low))


def ankle_height(rig: Rig, found: Match) -> float:
    """Of the ankles over the floor at rest."""
    leg = leg_length(rig, found)
    ankles = [found.limbs[f"{s}_ankle"] for s in SIDES if f"{s}_ankle" in found.limbs]
    if not ankles:
        return _ANKLE * leg
    height = float(rig.places[ankles, 2].mean()) - soles(rig, found)
    # Bones that end at the ankle do not tell where the sole is, nor do feet that hang down.
    return height if 0.02 * leg < height < 0.3 * leg else _ANKLE * leg


def leg_length(rig: Rig, found: Match) -> float:
    """From the hip over the knee to the ankle, the mean of both legs."""
    length = 0.0
    for side in SIDES:
        way = [found.limbs.get(f"{side}_{part}") for part in ("hip", "knee", "ankle")]
        joints = [joint for joint in way if joint is not None]
        bones = np.linalg.norm(np.diff(rig.places[joints], axis=0), axis=-1)
        if bones.min() < _SHORT:
            raise PoiseError(
                f"the {side} leg of the rig has a bone without length: two of its joints are at "
                "one place at rest"
            )
        # A shin whose end nobody tells is as long as its thigh.
        length += float(bones.sum()) * (2 if len(joints) == 2 else 1) / 2
    return length


def is_standing(rig: Rig, found: Match) -> bool:
    """Whether the legs point away from head and shoulders at rest.

    The zero pose of some BVH files (iClone's) has all bones along one axis: no pose of a person.
    """
    tops = [found.limbs[f"{s}_shoulder"] for s in SIDES if f"{s}_shoulder" in found.limbs]
    tops = tops if found.head is None else [found.head]
    if not tops:
        return True
    start = hips(rig, found)
    legs = rig.places[[found.limbs["left_knee"], found.limbs["right_knee"]]].mean(axis=0) - start
    return bool(legs @ (rig.places[tops].mean(axis=0) - start) < 0)


def hips(rig: Rig, found: Match) -> Float[np.ndarray, "3"]:
    """The middle of both hip joints at rest."""
    return rig.places[[found.limbs["left_hip"], found.limbs["right_hip"]]].mean(axis=0)


def facing(rig: Rig, found: Match) -> Float[np.ndarray, "3 3"]:
    """The figure's own axes at rest, as columns: to its left, to its back, up.

    Up is the axis of the world nearest to the way from the feet to the shoulders, so that a
    figure which stoops at rest is not straightened.
    """
    top = hips(rig, found)
    feet = [found.limbs.get(f"{s}_ankle", found.limbs[f"{s}_knee"]) for s in SIDES]
    trunk = top - rig.places[feet].mean(axis=0)
    nearest = int(np.abs(trunk).argmax())
    up = np.zeros(3)
    up[nearest] = np.sign(trunk[nearest])
    left = np.zeros(3)
    for part in ("hip", "shoulder"):
        pair = [found.limbs.get(f"{side}_{part}") for side in SIDES]
        if None not in pair:
            across = rig.places[pair[0]] - rig.places[pair[1]]
            left += across / max(np.linalg.norm(across), _SHORT)
    left -= (left @ up) * up
    if not up.any() or np.linalg.norm(left) < 0.1:
        raise PoiseError(
            "the rest pose of the rig does not tell left from right: its hips are at one place; "
            "rigs are recognised standing"
        )
    left /= np.linalg.norm(left)
    return np.stack([left, np.cross(up, left), up], axis=-1)


def _hand(rig: Rig, wrist: int) -> Float[np.ndarray, "3"] | None:
    """Towards the middle finger, or the middle of all but the thumb."""
    ends = [(name.lower(), place) for name, place in rig.ends(wrist) if "thumb" not in name.lower()]
    ends = [(name, place) for name, place in ends if name.find("middle") >= 0] or ends
    if not ends:
        return None
    return _unit(np.mean([place for _, place in ends], axis=0) - rig.places[wrist])


def _unit(vector: Float[np.ndarray, "3"]) -> Float[np.ndarray, "3"] | None:
    length = float(np.linalg.norm(vector))
    return None if length < _SHORT else vector / length
