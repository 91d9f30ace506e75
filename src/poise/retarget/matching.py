"""Which bone of a rig is which part of the body: by names, and by what hangs on what."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from poise.errors import PoiseError, did_you_mean
from poise.files import PathLike, read_text
from poise.retarget.names import PARTS, SIDES, meaning, rank
from poise.retarget.rig import Rig

_CHAINS = (("hip", "knee", "ankle", "ball"), ("shoulder", "elbow", "wrist"))
_MANY = ("spine", "neck")

Mapped = Mapping[str, str | None]
"""Bone -> part, or None for a bone that is to be left alone."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """The joints of a rig by part."""

    pelvis: int
    spine: tuple[int, ...]  # above the pelvis, up to where arms and neck begin
    neck: tuple[int, ...]
    head: int | None
    limbs: Mapping[str, int]  # "left_hip" and so on
    notes: tuple[str, ...] = ()  # what could not be matched, in words

    def joints(self) -> dict[int, str]:
        """The part of each joint that has one."""
        found = {self.pelvis: "pelvis"}
        found |= dict.fromkeys(self.spine, "spine") | dict.fromkeys(self.neck, "neck")
        if self.head is not None:
            found[self.head] = "head"
        return found | {joint: part for part, joint in self.limbs.items()}


def read_map(path: PathLike) -> dict[str, str | None]:
    """A user's own table of bones and parts: {"Bein_oben_L": "left_hip", "Propeller": null}."""
    try:
        table = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise PoiseError(f"{path}: not a JSON file: {error}") from error
    if not isinstance(table, dict) or not all(
        part is None or isinstance(part, str) for part in table.values()
    ):
        raise PoiseError(
            f'{path}: a table of bones and parts belongs here, such as {{"UpLeg_L": "left_hip"}}'
        )
    return table


def match(rig: Rig, own: Mapped | None = None) -> Match:
    """The parts of a rig; `own` goes before what the names tell."""
    own = own or {}
    _check(rig, own)
    single = _by_name(rig, own)
    notes: list[str] = []
    _keep_order(rig, single, notes)
    _need_legs(rig, single)
    thighs = [single["left_hip"], single["right_hip"]]
    arms = [single[f"{side}_shoulder"] for side in SIDES if f"{side}_shoulder" in single]
    upper = arms + ([single["head"]] if "head" in single else [])
    pelvis = single.pop("pelvis", None)
    if pelvis is None or not all(pelvis in rig.above(joint) for joint in (*thighs, *upper)):
        pelvis = _pelvis(rig, thighs, upper, pelvis)
    chest, spine = _spine(rig, pelvis, arms, single.get("head"), own)
    head, neck = _neck(rig, chest, single.pop("head", None), arms, thighs, own)
    for side in SIDES:
        clavicle = _clavicle(rig, chest, single, side)
        if clavicle is not None:
            single.setdefault(f"{side}_clavicle", clavicle)
    found = Match(pelvis=pelvis, spine=spine, neck=neck, head=head, limbs=single)
    return replace(found, notes=(*notes, *_missing(found)))


def _check(rig: Rig, own: Mapped) -> None:
    for bone, part in own.items():
        if bone not in rig.skeleton.joints:
            raise PoiseError(
                f"the map speaks of a bone {bone!r}, which the rig has not"
                f"{did_you_mean(bone, rig.skeleton.joints)}"
            )
        if part is not None and part not in PARTS:
            raise PoiseError(
                f"the map calls {bone} {part!r}, which is no part{did_you_mean(part, PARTS)}"
            )
    parts = [part for part in own.values() if part and part not in _MANY]
    twice = next((part for part in parts if parts.count(part) > 1), None)
    if twice:
        both = " and ".join(bone for bone, part in own.items() if part == twice)
        raise PoiseError(f"the map calls both {both} {twice}; there is one")


def _by_name(rig: Rig, own: Mapped) -> dict[str, int]:
    """One joint for each part whose name is known."""
    said: dict[str, list[int]] = {}
    loose: dict[str, list[int]] = {}
    for joint, name in enumerate(rig.skeleton.joints):
        if name in own or (found := meaning(name)) is None:
            continue
        part = found.part if found.side is None else f"{found.side}_{found.part}"
        (said if found.sure else loose).setdefault(part, []).append(joint)
    said |= {
        told: [rig.skeleton.index(bone)]
        for bone, told in own.items()
        if told is not None and told not in _MANY
    }
    for side in SIDES:
        # What a family calls "shoulder" begins the arm where nothing else does, and so on.
        for word, parts in (
            ("hip", ("hip",)),
            ("leg", ("hip", "knee")),
            ("arm", ("shoulder", "elbow")),
            ("shoulder", ("shoulder", "clavicle")),
        ):
            free = [f"{side}_{part}" for part in parts]
            free = [part for part in free if part not in said]
            if f"{side}_{word}" in loose and free:
                said[free[0]] = loose[f"{side}_{word}"]
    chosen = {part: _one(rig, part, joints) for part, joints in said.items()}
    return {part: joint for part, joint in chosen.items() if joint is not None}


def _one(rig: Rig, part: str, joints: list[int]) -> int | None:
    """Of several joints of one meaning the one that moves the skin, the first of its chain."""
    names = rig.skeleton.joints
    best = min(rank(names[joint]) for joint in joints)
    joints = [joint for joint in joints if rank(names[joint]) == best]
    first = [joint for joint in joints if all(joint in rig.above(other) for other in joints)]
    if first:
        return first[0]
    if part.endswith("_ball"):  # toes one by one: they follow the foot
        return None
    both = " and ".join(names[joint] for joint in joints[:3])
    raise PoiseError(
        f"the bones {both} all look like {part}; say which it is in a map, with null for the "
        f'others: {{"{names[joints[0]]}": "{part}", "{names[joints[1]]}": null}}'
    )


def _keep_order(rig: Rig, single: dict[str, int], notes: list[str]) -> None:
    """A knee hangs on its hip: parts that do not hang on the one before are given up, and said."""
    for side in SIDES:
        for chain in _CHAINS:
            known = [f"{side}_{part}" for part in chain if f"{side}_{part}" in single]
            for upper, lower in pairwise(known):
                if upper in single and single[upper] not in rig.above(single[lower]):
                    names = rig.skeleton.joints
                    notes.append(
                        f"{names[single[lower]]} is not taken as {lower}: it does not hang on "
                        f"{names[single[upper]]}"
                    )
                    del single[lower]


def _need_legs(rig: Rig, single: Mapping[str, int]) -> None:
    wanted = [f"{side}_{part}" for side in SIDES for part in ("hip", "knee")]
    missing = [part for part in wanted if part not in single]
    if missing:
        bones = ", ".join(rig.skeleton.joints[:12])
        raise PoiseError(
            f"no bone is recognised as {' or '.join(missing)}, and without legs nothing can be "
            f"carried over; name them in a map. Bones are {bones}"
            f"{', ...' if len(rig.skeleton) > 12 else ''}"
        )


def _pelvis(rig: Rig, thighs: list[int], upper: list[int], named: int | None) -> int:
    """Where the ways down to the legs and up to arms and head part."""
    meeting = _meeting(rig, [*thighs, *upper]) if upper else _meeting(rig, thighs)
    if meeting is None or meeting in thighs:
        words = f"; {rig.skeleton.joints[named]} does not carry them" if named is not None else ""
        raise PoiseError(f"the legs hang on no pelvis{words}; parent them to one bone in the rig")
    return meeting


def _meeting(rig: Rig, joints: list[int]) -> int | None:
    """The lowest joint that all hang on."""
    shared = [one for one in rig.above(joints[0]) if all(one in rig.above(j) for j in joints)]
    return shared[0] if shared else None


def _between(rig: Rig, upper: int, lower: int) -> list[int]:
    """The joints from one down to another, both left out."""
    way = rig.above(lower)
    return way[1 : way.index(upper)][::-1] if upper in way[1:] else []


def _spine(
    rig: Rig, pelvis: int, arms: list[int], head: int | None, own: Mapped
) -> tuple[int, tuple[int, ...]]:
    """Where arms and neck begin, and the bones from the pelvis up to there."""
    names = rig.skeleton.joints
    given = [joint for joint in rig.below(pelvis) if own.get(names[joint]) == "spine"]
    if given:
        return given[-1], tuple(given)
    if arms:
        chest = _meeting(rig, arms) if len(arms) > 1 else _unsided(rig, arms[0])
    else:
        chest = rig.skeleton.parents[head] if head is not None else pelvis
    chest = pelvis if chest is None or pelvis not in rig.above(chest) else chest
    while chest != pelvis and ("neck" in names[chest].lower() or own.get(names[chest]) == "neck"):
        chest = rig.skeleton.parents[chest]  # Biped hangs its clavicles on the neck
    chain = [] if chest == pelvis else [*_between(rig, pelvis, chest), chest]
    return chest, tuple(joint for joint in chain if names[joint] not in own)


def _unsided(rig: Rig, arm: int) -> int:
    """The first joint above an arm that belongs to no side, where there is one arm only."""
    mirror = rig.skeleton.mirror
    above = rig.above(arm)[1:]
    return next((joint for joint in above[1:] if mirror[joint] == joint), above[-1])


def _neck(
    rig: Rig, chest: int, head: int | None, arms: list[int], legs: list[int], own: Mapped
) -> tuple[int | None, tuple[int, ...]]:
    names = rig.skeleton.joints
    given = [joint for joint in rig.below(chest) if own.get(names[joint]) == "neck"]
    if head is None and not given:
        # Rigify numbers one chain from the hips to the head.
        chain = []
        limbs = {above for joint in (*arms, *legs) for above in rig.above(joint)}
        at: int | None = chest
        while at is not None:
            further = [child for child in rig.children(at) if child not in limbs]
            at = next((child for child in further if _is_trunk(names[child])), None)
            chain += [] if at is None else [at]
        return (chain[-1], tuple(chain[:-1])) if chain else (None, ())
    if given:
        return head, tuple(given)
    between = [] if head is None else _between(rig, chest, head)
    return head, tuple(joint for joint in between if names[joint] not in own)


def _is_trunk(name: str) -> bool:
    return any(word in name.lower() for word in ("neck", "spine"))


def _clavicle(rig: Rig, chest: int, single: Mapping[str, int], side: str) -> int | None:
    arm = single.get(f"{side}_shoulder")
    between = [] if arm is None else _between(rig, chest, arm)
    between = [joint for joint in between if not _is_trunk(rig.skeleton.joints[joint])]
    return between[0] if between else None


def _missing(found: Match) -> list[str]:
    """What has no bone, but for toes, necks and collar bones: many rigs have none."""
    parts = set(found.joints().values()) | {"neck"}
    rare = ("_ball", "_clavicle")
    without = [part for part in PARTS if part not in parts and not part.endswith(rare)]
    if not without:
        return []
    return [f"no bone is recognised as {', '.join(without)}; a map can name them"]
