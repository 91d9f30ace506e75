"""A made walk with its foot contacts, and rigs to carry it over to."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np

from poise.data.maker import improvise
from poise.geometry.rotations import about
from poise.motion import Body, Contact
from poise.retarget.rig import Rig, rig_of_body
from poise.skeletons import FIGURE27, Skeleton


@cache
def walk(seconds: float = 5.0, seed: int = 1) -> Body:
    made = improvise([0, seed], seconds, ("walk",), 30.0)
    times = made.body.motion.times
    contacts = []
    for joint, down in made.contacts.items():
        edges = np.flatnonzero(np.diff(np.concatenate([[0], down.astype(int), [0]])))
        for start, stop in zip(edges[::2], edges[1::2] - 1, strict=True):
            contacts.append(Contact(float(times[start]), float(times[stop]), joint))
    return replace(made.body, contacts=tuple(sorted(contacts)))


SPINE = ("lumbar", "spine", "thorax", "skull")
LEFT = ("clavicle", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "ball")


def _family(root: str, spine: str, limbs: str, left: str, right: str) -> dict[str, str]:
    """Names for our figure's joints: `{}` in a limb's name is its side."""
    names = {"pelvis": root} | dict(zip(SPINE, spine.split(","), strict=True))
    for side, word in (("left", left), ("right", right)):
        for part, name in zip(LEFT, limbs.split(","), strict=True):
            names[f"{side}_{part}"] = name.format(word)
    return names


FAMILIES: dict[str, Mapping[str, str]] = {
    "mixamo": _family(
        "mixamorig:Hips",
        "mixamorig:Spine,mixamorig:Spine1,mixamorig:Neck,mixamorig:Head",
        "mixamorig:{0}Shoulder,mixamorig:{0}Arm,mixamorig:{0}ForeArm,mixamorig:{0}Hand,"
        "mixamorig:{0}UpLeg,mixamorig:{0}Leg,mixamorig:{0}Foot,mixamorig:{0}ToeBase",
        "Left",
        "Right",
    ),
    "unreal": _family(
        "pelvis",
        "spine_01,spine_02,neck_01,head",
        "clavicle_{0},upperarm_{0},lowerarm_{0},hand_{0},thigh_{0},calf_{0},foot_{0},ball_{0}",
        "l",
        "r",
    ),
    "blender": _family(
        "hips",
        "spine,chest,neck,head",
        "shoulder.{0},upper_arm.{0},forearm.{0},hand.{0},thigh.{0},shin.{0},foot.{0},toe.{0}",
        "L",
        "R",
    ),
    "rigify": _family(
        "DEF-spine",
        "DEF-spine.001,DEF-spine.002,DEF-spine.003,DEF-spine.004",
        "DEF-shoulder.{0},DEF-upper_arm.{0},DEF-forearm.{0},DEF-hand.{0},DEF-thigh.{0},"
        "DEF-shin.{0},DEF-foot.{0},DEF-toe.{0}",
        "L",
        "R",
    ),
    "vrm": _family(
        "J_Bip_C_Hips",
        "J_Bip_C_Spine,J_Bip_C_Chest,J_Bip_C_Neck,J_Bip_C_Head",
        "J_Bip_{0}_Shoulder,J_Bip_{0}_UpperArm,J_Bip_{0}_LowerArm,J_Bip_{0}_Hand,"
        "J_Bip_{0}_UpperLeg,J_Bip_{0}_LowerLeg,J_Bip_{0}_Foot,J_Bip_{0}_ToeBase",
        "L",
        "R",
    ),
    "biped": _family(
        "Bip01 Pelvis",
        "Bip01 Spine,Bip01 Spine1,Bip01 Neck,Bip01 Head",
        "Bip01 {0} Clavicle,Bip01 {0} UpperArm,Bip01 {0} Forearm,Bip01 {0} Hand,"
        "Bip01 {0} Thigh,Bip01 {0} Calf,Bip01 {0} Foot,Bip01 {0} Toe0",
        "L",
        "R",
    ),
    "cgspeed": _family(
        "Hips",
        "LowerBack,Spine,Neck,Head",
        "{0}Shoulder,{0}Arm,{0}ForeArm,{0}Hand,{0}UpLeg,{0}Leg,{0}Foot,{0}ToeBase",
        "Left",
        "Right",
    ),
    "daz": _family(
        "hip",
        "abdomen,chest,neck,head",
        "{0}Collar,{0}Shldr,{0}ForeArm,{0}Hand,{0}Thigh,{0}Shin,{0}Foot,{0}Toe",
        "l",
        "r",
    ),
    "makehuman": _family(
        "root",
        "spine05,spine04,neck01,head",
        "clavicle.{0},upperarm01.{0},lowerarm01.{0},wrist.{0},upperleg01.{0},lowerleg01.{0},"
        "foot.{0},toe1-1.{0}",
        "L",
        "R",
    ),
    "joints": _family(
        "Hips",
        "Chest,Chest2,Neck,Head",
        "{0}Collar,{0}Shoulder,{0}Elbow,{0}Wrist,{0}Hip,{0}Knee,{0}Ankle,{0}Toe",
        "Left",
        "Right",
    ),
    "ours": {name: name for name in FIGURE27.joints if name not in ("nose", "head")},
}


def rig_of(
    family: str,
    body: Body,
    *,
    scale: float = 1.0,
    yaw: float = 0.0,
    arms_down: float = 0.0,
    without: tuple[str, ...] = (),
    seed: int | None = None,
) -> Rig:
    """Our figure at rest under other names: larger, facing elsewhere, arms down, axes at random."""
    names = FAMILIES[family]
    source = rig_of_body(body)
    kept = [j for j in FIGURE27.order if FIGURE27.joints[j] in names]
    kept = [j for j in kept if FIGURE27.joints[j] not in without]
    parents = []
    for joint in kept:
        parent = FIGURE27.parents[joint]
        while parent >= 0 and parent not in kept:
            parent = FIGURE27.parents[parent]
        parents.append(kept.index(parent) if parent >= 0 else -1)
    places = source.places.copy()
    for side, sign in (("left", 1), ("right", -1)):
        shoulder = FIGURE27.index(f"{side}_shoulder")
        for joint in source.below(shoulder):
            arm = places[joint] - places[shoulder]
            places[joint] = places[shoulder] + about("y", np.array(sign * arms_down)) @ arm
    turn = about("z", np.array(yaw))
    rng = np.random.default_rng(seed)
    turns = np.tile(np.eye(3), (len(kept), 1, 1))
    if seed is not None:
        turns = np.array([_random_turn(rng) for _ in kept])
    return Rig(
        skeleton=Skeleton(family, tuple(names[FIGURE27.joints[j]] for j in kept), tuple(parents)),
        places=scale * places[kept] @ turn.T,
        turns=turns,
    )


def _random_turn(rng: np.random.Generator) -> np.ndarray:
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return q * np.linalg.det(q)


def slide(body: Body, ankle: int, foot: np.ndarray, spans: list[tuple[float, float]]) -> float:
    """How far a point under a foot moves on the floor while it stands, at most."""
    xyz, turned = body.pose()
    point = xyz[:, ankle] + turned[:, ankle] @ foot
    worst = 0.0
    for start, stop in spans:
        inside = (body.motion.times >= start - 1e-6) & (body.motion.times <= stop + 1e-6)
        part = point[inside]
        worst = max(worst, float(np.linalg.norm(part - part.mean(axis=0), axis=-1).max()))
    return worst
