"""What bones are called, family by family: from a name to the part of the body and its side."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

SIDES = ("left", "right")
LIMBS = ("clavicle", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "ball")
"""Named after the joint where the bone begins, as in our own skeletons: `left_hip` is a thigh."""

PARTS = ("pelvis", "spine", "neck", "head", *(f"{side}_{limb}" for side in SIDES for limb in LIMBS))
"""What a bone can be; `spine` and `neck` may be several bones."""

_WORDS: dict[str, tuple[str, ...]] = {
    "hip": ("thigh", "upleg", "upperleg", "legupper", "femur", "thighbend", "uleg"),
    "knee": ("shin", "calf", "lowerleg", "leglower", "lowleg", "knee", "tibia", "crus"),
    "ankle": ("foot", "ankle"),
    "ball": ("toe", "toes", "toebase", "ball"),
    "shoulder": ("upperarm", "armupper", "uparm", "shldr", "shldrbend", "humerus"),
    "elbow": ("forearm", "lowerarm", "armlower", "lowarm", "forearmbend", "elbow", "radius"),
    "wrist": ("hand", "wrist"),
    "clavicle": ("clavicle", "collar", "clav", "collarbone"),
}
_MIDDLE: dict[str, tuple[str, ...]] = {
    "pelvis": ("hips", "hip", "pelvis"),
    "head": ("head", "skull"),
}
_BY_WORD = {word: part for part, words in _WORDS.items() for word in words}
_MIDDLE_BY_WORD = {word: part for part, words in _MIDDLE.items() for word in words}
# They mean another bone in every family; `matching` decides when it knows what else there is.
_LOOSE = ("leg", "arm", "shoulder", "hip")
# Of the family or the program, not of the bone; Rigify's further bones (MCH, tweak) stay words.
_FAMILY = (
    *("mixamorig", "bip", "j", "def", "org", "cc", "base", "valvebiped", "bone", "jnt", "joint"),
    *("b", "c", "sk", "rig", "character", "armature", "bn", "biped"),
)
_SIDE = {"left": "left", "l": "left", "right": "right", "r": "right"}


@dataclass(frozen=True)
class Meaning:
    """What a name tells of a bone; `sure` is False for words whose part depends on the others."""

    part: str
    side: str | None = None  # None: the middle
    sure: bool = True


def meaning(name: str) -> Meaning | None:
    """What a bone's name tells, if anything.

    >>> meaning("mixamorig:LeftUpLeg"), meaning("Bip01 R Calf"), meaning("LeftArm")
    (Meaning('hip', 'left'), Meaning('knee', 'right'), Meaning('arm', 'left', sure=False))
    """
    words = [word.lower() for word in _split(name)]
    sides = {_SIDE[word] for word in words if word in _SIDE}
    rest = [word for word in words if word not in _SIDE]
    while len(rest) > 1 and rest[0] in _FAMILY:
        rest.pop(0)
    key = "".join(rest)
    if not sides:
        if key in _MIDDLE_BY_WORD:
            return Meaning(_MIDDLE_BY_WORD[key])
        side, key = _leading_side(key)
        sides = {side} if side else set()
    if len(sides) != 1 or not (key in _LOOSE or key in _BY_WORD):
        return None
    return Meaning(_BY_WORD.get(key, key), sides.pop(), key not in _LOOSE)


def rank(name: str) -> int:
    """Which of several bones of one meaning moves the skin: 0 the likeliest (Rigify's DEF-)."""
    return {"DEF": 0, "ORG": 2}.get(name[:3], 1) if name[3:4] in ("-", "_") else 1


def _leading_side(key: str) -> tuple[str | None, str]:
    """Names in one case: `lfemur`, `rhipjoint`, `leftarm`."""
    for start, side in (("left", "left"), ("right", "right"), ("l", "left"), ("r", "right")):
        rest = key.removeprefix(start)
        if rest != key and (rest in _LOOSE or rest in _BY_WORD):
            return side, rest
    return None, key


def _split(name: str) -> Iterator[str]:
    """The words of a name, by capitals, dots, bars and digits; without its namespace and digits."""
    name = re.split(r"[:|]", name)[-1]
    # A side's letter behind a word in small letters: "thighL", "footR".
    yield from re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
