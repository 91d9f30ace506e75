"""What each program wants to be given: formats, unit, axes, rest pose and names of bones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from poise.errors import PoiseError, did_you_mean
from poise.geometry.axes import Up

Unit = Literal["m", "cm", "mm"]
Rest = Literal["T", "A"]

PER_METRE: dict[str, float] = {"m": 1.0, "cm": 100.0, "mm": 1000.0}


@dataclass(frozen=True, kw_only=True)
class Target:
    """One program. `names` are its names for the joints of figure27; None is no bone there."""

    name: str
    words: str  # for help texts
    formats: tuple[str, ...]
    unit: Unit  # of formats that leave it open; a GLB is in metres, always
    up: Up  # the same; a GLB is y up, always
    rest: Rest
    names: Mapping[str, str | None] = field(default_factory=dict)
    apart: bool = False  # a file for each person, also where the format could hold all


def _bones(
    middle: dict[str, str], limbs: dict[str, str], left: str, right: str
) -> Mapping[str, str | None]:
    """Names of both sides: "{}Arm" with "Left" is LeftArm. Points of the surface are no bones."""
    names: dict[str, str | None] = {"nose": None, **middle}
    for side, word in (("left", left), ("right", right)):
        names |= {f"{side}_{joint}": name.format(word) for joint, name in limbs.items()}
        names[f"{side}_heel"] = None
    return MappingProxyType(names)


# In all of these a bone is called after the joint that it begins at. figure27's `thorax` is the
# base of the neck, `skull` the top of it, `head` the crown; `hand` are the knuckles.

BLENDER = Target(
    name="blender",
    words="GLB and BVH, metres, names with .L and .R",
    formats=("glb", "bvh"),
    unit="m",
    # Blender's BVH import turns y-up files upright by default (Forward -Z, Up Y).
    up="y",
    rest="T",
    # The suffixes are what Blender's X-axis mirror and "Paste Flipped" look for (manual, Armatures,
    # Bones, Editing, Naming); the words are those of Rigify's human meta-rig without numbers.
    names=_bones(
        {
            "pelvis": "hips",
            "lumbar": "spine",
            "spine": "chest",
            "thorax": "neck",
            "skull": "head",
            "head": "head_end",
        },
        {
            "clavicle": "shoulder.{}",
            "shoulder": "upper_arm.{}",
            "elbow": "forearm.{}",
            "wrist": "hand.{}",
            "hand": "hand_end.{}",
            "hip": "thigh.{}",
            "knee": "shin.{}",
            "ankle": "foot.{}",
            "ball": "toe.{}",
        },
        "L",
        "R",
    ),
)

UNITY = Target(
    name="unity",
    words="GLB, T pose, names of Unity's humanoid avatar",
    formats=("glb",),
    apart=True,  # an avatar is of one skeleton
    unit="m",
    up="y",
    # A humanoid avatar is made from a T pose (manual, "Configuring the Avatar").
    rest="T",
    # UnityEngine.HumanBodyBones; importers find bones that are called so by themselves.
    names=_bones(
        {
            "pelvis": "Hips",
            "lumbar": "Spine",
            "spine": "Chest",
            "thorax": "Neck",
            "skull": "Head",
            "head": "HeadTop_End",  # no bone of an avatar: it carries the figure's head
        },
        {
            "clavicle": "{}Shoulder",
            "shoulder": "{}UpperArm",
            "elbow": "{}LowerArm",
            "wrist": "{}Hand",
            "hand": "{}Hand_End",
            "hip": "{}UpperLeg",
            "knee": "{}LowerLeg",
            "ankle": "{}Foot",
            "ball": "{}Toes",
        },
        "Left",
        "Right",
    ),
)

UNREAL = Target(
    name="unreal",
    words="GLB, A pose, names of the Unreal mannequin",
    formats=("glb",),
    apart=True,  # a Skeleton asset is of one rig
    unit="m",
    up="y",
    # Manny and Quinn stand in an A pose; the retargeter compares rest poses.
    rest="A",
    # SK_Mannequin's bones. Ours has two joints between pelvis and neck, UE4's has three and UE5's
    # five: the retargeter maps chains (pelvis, spine, neck, ...), not single bones.
    names=_bones(
        {
            "pelvis": "pelvis",
            "lumbar": "spine_01",
            "spine": "spine_02",
            "thorax": "neck_01",
            "skull": "head",
            "head": "head_end",
        },
        {
            "clavicle": "clavicle_{}",
            "shoulder": "upperarm_{}",
            "elbow": "lowerarm_{}",
            "wrist": "hand_{}",
            "hand": "hand_end_{}",
            "hip": "thigh_{}",
            "knee": "calf_{}",
            "ankle": "foot_{}",
            "ball": "ball_{}",
        },
        "l",
        "r",
    ),
)

MIXAMO = Target(
    name="mixamo",
    words="BVH, centimetres, names with mixamorig:",
    formats=("bvh",),
    unit="cm",
    up="y",
    rest="T",
    # As the files of Mixamo's own auto-rigger are named; it has one more bone, Spine2.
    names=_bones(
        {
            "pelvis": "mixamorig:Hips",
            "lumbar": "mixamorig:Spine",
            "spine": "mixamorig:Spine1",
            "thorax": "mixamorig:Neck",
            "skull": "mixamorig:Head",
            "head": "mixamorig:HeadTop_End",
        },
        {
            "clavicle": "mixamorig:{}Shoulder",
            "shoulder": "mixamorig:{}Arm",
            "elbow": "mixamorig:{}ForeArm",
            "wrist": "mixamorig:{}Hand",
            "hand": "mixamorig:{}HandMiddle1",
            "hip": "mixamorig:{}UpLeg",
            "knee": "mixamorig:{}Leg",
            "ankle": "mixamorig:{}Foot",
            "ball": "mixamorig:{}ToeBase",
        },
        "Left",
        "Right",
    ),
)

OPENSIM = Target(
    name="opensim",
    words="TRC with all joints as markers, MOT with joint angles",
    formats=("trc", "mot"),
    # As in the files that come with OpenSim: millimetres, and the ground's y axis points up
    # (user's guide, "Marker (.trc) Files" and "Coordinate Systems").
    unit="mm",
    up="y",
    rest="T",
)

TARGETS: dict[str, Target] = {
    target.name: target for target in (BLENDER, UNITY, UNREAL, MIXAMO, OPENSIM)
}


def target(name: str) -> Target:
    """One of the targets by its name."""
    if name in TARGETS:
        return TARGETS[name]
    raise PoiseError(f"no target is called {name!r}{did_you_mean(name, list(TARGETS))}")
