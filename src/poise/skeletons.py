"""Joint sets by name: which joints, who hangs on whom, which is whose mirror image.

`poise.conversions` turns one set into another; docs/conventions.md has a picture of each.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError, did_you_mean


@dataclass(frozen=True)
class Skeleton:
    """A named set of joints in a fixed order.

    >>> H36M17.index("left_wrist")
    13
    """

    name: str
    joints: tuple[str, ...]
    parents: tuple[int, ...]  # -1 for a joint that hangs on nothing; any order is allowed
    links: tuple[tuple[int, int], ...] = ()  # further lines to draw, where no bone is

    def __post_init__(self) -> None:
        count = len(self.joints)
        if count == 0 or len(self.parents) != count:
            raise PoiseError(
                f"skeleton {self.name}: {count} joints but {len(self.parents)} parents"
            )
        if len(set(self.joints)) != count:
            raise PoiseError(f"skeleton {self.name}: two joints have the same name")
        if any(not -1 <= parent < count for parent in self.parents):
            raise PoiseError(f"skeleton {self.name}: a parent is not one of its {count} joints")
        if len(self.order) != count:
            raise PoiseError(f"skeleton {self.name}: its parents go round in a circle")

    def __len__(self) -> int:
        return len(self.joints)

    def __repr__(self) -> str:
        return f"Skeleton({self.name}, {len(self)} joints)"

    @cached_property
    def order(self) -> tuple[int, ...]:
        """The joints so that every parent comes before its children."""
        order: list[int] = [joint for joint, parent in enumerate(self.parents) if parent < 0]
        for joint in order:  # grows while we walk it
            order += [child for child, parent in enumerate(self.parents) if parent == joint]
        return tuple(order)

    @cached_property
    def mirror(self) -> tuple[int, ...]:
        """For each joint the one on the other side; joints of the middle are their own."""
        places = {name: place for place, name in enumerate(self.joints)}
        return tuple(
            next((places[other] for _, other in _sides(name) if other in places), place)
            for name, place in places.items()
        )

    @cached_property
    def bones(self) -> tuple[tuple[int, int], ...]:
        """(parent, child) of every joint that has a parent."""
        return tuple((parent, child) for child, parent in enumerate(self.parents) if parent >= 0)

    @cached_property
    def left(self) -> tuple[int, ...]:
        """The joints of the person's left side; none where the names do not tell."""
        sided = (place for place, other in enumerate(self.mirror) if other != place)
        return tuple(
            place
            for place in sided
            if any(
                is_left and other == self.joints[self.mirror[place]]
                for is_left, other in _sides(self.joints[place])
            )
        )

    @property
    def right(self) -> tuple[int, ...]:
        """The joints of the person's right side, in the order of `left`."""
        return tuple(self.mirror[joint] for joint in self.left)

    @cached_property
    def root(self) -> tuple[int, ...]:
        """The joints whose mean is the root: the pelvis, or both hips where there is none."""
        for place in self.order:
            words = re.split(r"[^a-z]+", self.joints[place].lower())
            if words[-1] in ("pelvis", "hips", "hip") and self.mirror[place] == place:
                return (place,)
        if "left_hip" in self.joints and "right_hip" in self.joints:
            return (self.joints.index("left_hip"), self.joints.index("right_hip"))
        return (self.order[0],)

    def index(self, joint: str) -> int:
        """The place of a joint by its name."""
        try:
            return self.joints.index(joint)
        except ValueError:
            hint = did_you_mean(joint, self.joints)
            raise PoiseError(f"skeleton {self.name} has no joint {joint!r}{hint}") from None

    def root_of(self, points: Float[np.ndarray, "*time joint d"]) -> Float[np.ndarray, "*time d"]:
        """Where the root is, given all joints."""
        return points[..., list(self.root), :].mean(axis=-2)

    def to_dict(self) -> dict[str, Any]:
        """What a file needs to know; `from_dict` reads it back."""
        return {
            "name": self.name,
            "joints": list(self.joints),
            "parents": list(self.parents),
            "links": [list(link) for link in self.links],
        }

    @staticmethod
    def from_dict(data: dict[str, Any]) -> "Skeleton":
        """The skeleton that `to_dict` described."""
        try:
            return Skeleton(
                str(data["name"]),
                tuple(str(joint) for joint in data["joints"]),
                tuple(int(parent) for parent in data["parents"]),
                tuple((int(a), int(b)) for a, b in data.get("links", ())),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise PoiseError(f"not the description of a skeleton: {error!r}") from error


def _sides(name: str) -> Iterator[tuple[bool, str]]:
    """How a joint's name may tell its side: (whether that is the left, the name on the other side).

    By word (`left_hip`, `mixamorig:LeftArm`), by a letter that stands alone or before a capital
    (`arm.L`, `upperarm_l`, `Bip01 R Thigh`, `lShldr`), or by the first letter (`lfemur`).
    """
    for left, right in (("Left", "Right"), ("left", "right"), ("LEFT", "RIGHT")):
        if left in name:
            yield True, name.replace(left, right, 1)
        if right in name:
            yield False, name.replace(right, left, 1)
    alone = [found.start() for found in re.finditer(r"(?<![A-Za-z])[LRlr](?![a-z])", name)]
    for place in (*alone, *([0] if name[:1] in ("l", "r") else [])):
        letter = name[place]
        other = {"L": "R", "R": "L", "l": "r", "r": "l"}[letter]
        yield letter in "Ll", name[:place] + other + name[place + 1 :]


def skeleton(name: str) -> Skeleton:
    """One of the named skeletons."""
    if name in SKELETONS:
        return SKELETONS[name]
    raise PoiseError(f"no skeleton is called {name!r}{did_you_mean(name, list(SKELETONS))}")


def _tree(name: str, *bones: str, links: str = "") -> Skeleton:
    """A skeleton from words `joint<parent`, in the order of the joints; a root has no `<`."""
    pairs = [bone.partition("<") for line in bones for bone in line.split()]
    joints = tuple(joint for joint, _, _ in pairs)
    parents = tuple(joints.index(parent) if parent else -1 for _, _, parent in pairs)
    extra = [link.split("-") for link in links.split()]
    return Skeleton(
        name, joints, parents, tuple((joints.index(a), joints.index(b)) for a, b in extra)
    )


H36M17 = _tree(
    "h36m17",
    "pelvis right_hip<pelvis right_knee<right_hip right_ankle<right_knee",
    "left_hip<pelvis left_knee<left_hip left_ankle<left_knee",
    "spine<pelvis thorax<spine nose<thorax head<nose",
    "left_shoulder<thorax left_elbow<left_shoulder left_wrist<left_elbow",
    "right_shoulder<thorax right_elbow<right_shoulder right_wrist<right_elbow",
)
"""Human3.6M, as the lifters use it: `thorax` is the base of the neck, `head` the top."""

H36M16 = _tree(
    "h36m16",
    "pelvis right_hip<pelvis right_knee<right_hip right_ankle<right_knee",
    "left_hip<pelvis left_knee<left_hip left_ankle<left_knee",
    "spine<pelvis thorax<spine head<thorax",
    "left_shoulder<thorax left_elbow<left_shoulder left_wrist<left_elbow",
    "right_shoulder<thorax right_elbow<right_shoulder right_wrist<right_elbow",
)
"""h36m17 without the nose: the joint set of the domain-adaptation papers."""

COCO17 = _tree(
    "coco17",
    "nose left_eye<nose right_eye<nose left_ear<left_eye right_ear<right_eye",
    "left_shoulder<nose right_shoulder<nose left_elbow<left_shoulder right_elbow<right_shoulder",
    "left_wrist<left_elbow right_wrist<right_elbow left_hip<left_shoulder right_hip<right_shoulder",
    "left_knee<left_hip right_knee<right_hip left_ankle<left_knee right_ankle<right_knee",
    links="left_shoulder-right_shoulder left_hip-right_hip",
)
"""The COCO keypoints: most 2D detectors."""

BODY25 = _tree(
    "body25",
    "nose<neck neck<pelvis right_shoulder<neck right_elbow<right_shoulder right_wrist<right_elbow",
    "left_shoulder<neck left_elbow<left_shoulder left_wrist<left_elbow pelvis",
    "right_hip<pelvis right_knee<right_hip right_ankle<right_knee",
    "left_hip<pelvis left_knee<left_hip left_ankle<left_knee",
    "right_eye<nose left_eye<nose right_ear<right_eye left_ear<left_eye",
    "left_big_toe<left_ankle left_small_toe<left_big_toe left_heel<left_ankle",
    "right_big_toe<right_ankle right_small_toe<right_big_toe right_heel<right_ankle",
)
"""OpenPose's BODY_25 (also called COCO-25)."""

HALPE26 = _tree(
    "halpe26",
    "nose<head left_eye<nose right_eye<nose left_ear<left_eye right_ear<right_eye",
    "left_shoulder<neck right_shoulder<neck left_elbow<left_shoulder right_elbow<right_shoulder",
    "left_wrist<left_elbow right_wrist<right_elbow left_hip<pelvis right_hip<pelvis",
    "left_knee<left_hip right_knee<right_hip left_ankle<left_knee right_ankle<right_knee",
    "head<neck neck<pelvis pelvis",
    "left_big_toe<left_ankle right_big_toe<right_ankle",
    "left_small_toe<left_big_toe right_small_toe<right_big_toe",
    "left_heel<left_ankle right_heel<right_ankle",
)
"""Halpe's body set: AlphaPose, RTMPose with feet."""

BLAZEPOSE33 = _tree(
    "blazepose33",
    "nose left_eye_inner<nose left_eye<left_eye_inner left_eye_outer<left_eye",
    "right_eye_inner<nose right_eye<right_eye_inner right_eye_outer<right_eye",
    "left_ear<left_eye_outer right_ear<right_eye_outer left_mouth<nose right_mouth<nose",
    "left_shoulder<nose right_shoulder<nose left_elbow<left_shoulder right_elbow<right_shoulder",
    "left_wrist<left_elbow right_wrist<right_elbow left_pinky<left_wrist right_pinky<right_wrist",
    "left_index<left_wrist right_index<right_wrist left_thumb<left_wrist right_thumb<right_wrist",
    "left_hip<left_shoulder right_hip<right_shoulder left_knee<left_hip right_knee<right_hip",
    "left_ankle<left_knee right_ankle<right_knee left_heel<left_ankle right_heel<right_ankle",
    "left_foot_index<left_ankle right_foot_index<right_ankle",
    links="left_shoulder-right_shoulder left_hip-right_hip left_mouth-right_mouth",
)
"""MediaPipe's pose landmarks."""

MPI3DHP28 = _tree(
    "mpi3dhp28",
    "spine3<spine2 spine4<spine3 spine2<spine spine<pelvis pelvis",
    "neck<spine4 head<neck head_top<head",
    "left_clavicle<spine4 left_shoulder<left_clavicle left_elbow<left_shoulder",
    "left_wrist<left_elbow left_hand<left_wrist",
    "right_clavicle<spine4 right_shoulder<right_clavicle right_elbow<right_shoulder",
    "right_wrist<right_elbow right_hand<right_wrist",
    "left_hip<pelvis left_knee<left_hip left_ankle<left_knee left_foot<left_ankle",
    "left_toe<left_foot",
    "right_hip<pelvis right_knee<right_hip right_ankle<right_knee right_foot<right_ankle",
    "right_toe<right_foot",
)
"""MPI-INF-3DHP, all its annotated joints."""

MPI3DHP17 = _tree(
    "mpi3dhp17",
    "head_top<head neck<spine",
    "right_shoulder<neck right_elbow<right_shoulder right_wrist<right_elbow",
    "left_shoulder<neck left_elbow<left_shoulder left_wrist<left_elbow",
    "right_hip<pelvis right_knee<right_hip right_ankle<right_knee",
    "left_hip<pelvis left_knee<left_hip left_ankle<left_knee",
    "pelvis spine<pelvis head<neck",
)
"""MPI-INF-3DHP's test joints, in their order; the root is joint 14."""

HUMANEVA15 = _tree(
    "humaneva15",
    "pelvis thorax<pelvis left_shoulder<thorax left_elbow<left_shoulder left_wrist<left_elbow",
    "right_shoulder<thorax right_elbow<right_shoulder right_wrist<right_elbow",
    "left_hip<pelvis left_knee<left_hip left_ankle<left_knee",
    "right_hip<pelvis right_knee<right_hip right_ankle<right_knee",
    "head<thorax",
)
"""HumanEva's 15 joints."""

SMPL24 = _tree(
    "smpl24",
    "pelvis left_hip<pelvis right_hip<pelvis spine1<pelvis left_knee<left_hip right_knee<right_hip",
    "spine2<spine1 left_ankle<left_knee right_ankle<right_knee spine3<spine2",
    "left_foot<left_ankle right_foot<right_ankle neck<spine3",
    "left_collar<spine3 right_collar<spine3 head<neck",
    "left_shoulder<left_collar right_shoulder<right_collar",
    "left_elbow<left_shoulder right_elbow<right_shoulder",
    "left_wrist<left_elbow right_wrist<right_elbow left_hand<left_wrist right_hand<right_wrist",
)
"""The joints of the SMPL body model."""

CMU31 = _tree(
    "cmu31",
    "root lhipjoint<root lfemur<lhipjoint ltibia<lfemur lfoot<ltibia ltoes<lfoot",
    "rhipjoint<root rfemur<rhipjoint rtibia<rfemur rfoot<rtibia rtoes<rfoot",
    "lowerback<root upperback<lowerback thorax<upperback",
    "lowerneck<thorax upperneck<lowerneck head<upperneck",
    "lclavicle<thorax lhumerus<lclavicle lradius<lhumerus lwrist<lradius lhand<lwrist",
    "lfingers<lhand lthumb<lwrist",
    "rclavicle<thorax rhumerus<rclavicle rradius<rhumerus rwrist<rradius rhand<rwrist",
    "rfingers<rhand rthumb<rwrist",
)
"""CMU's ASF skeleton. A joint is the END of the bone of that name (`lfemur` is the left knee)."""

CMU38 = _tree(
    "cmu38",
    "hips lhipjoint<hips lupleg<lhipjoint lleg<lupleg lfoot<lleg ltoebase<lfoot ltoeend<ltoebase",
    "rhipjoint<hips rupleg<rhipjoint rleg<rupleg rfoot<rleg rtoebase<rfoot rtoeend<rtoebase",
    "lowerback<hips spine<lowerback spine1<spine neck<spine1 neck1<neck head<neck1 headend<head",
    "lshoulder<spine1 larm<lshoulder lforearm<larm lhand<lforearm lfingerbase<lhand",
    "lindex<lfingerbase lindexend<lindex lthumb<lhand lthumbend<lthumb",
    "rshoulder<spine1 rarm<rshoulder rforearm<rarm rhand<rforearm rfingerbase<rhand",
    "rindex<rfingerbase rindexend<rindex rthumb<rhand rthumbend<rthumb",
)
"""CMU's joints as the cgspeed BVHs and the exponential-map files have them: bone STARTS."""

FIGURE27 = _tree(
    "figure27",
    "pelvis lumbar<pelvis spine<lumbar thorax<spine skull<thorax nose<skull head<skull",
    "left_clavicle<spine left_shoulder<left_clavicle left_elbow<left_shoulder",
    "left_wrist<left_elbow left_hand<left_wrist",
    "right_clavicle<spine right_shoulder<right_clavicle right_elbow<right_shoulder",
    "right_wrist<right_elbow right_hand<right_wrist",
    "left_hip<pelvis left_knee<left_hip left_ankle<left_knee left_heel<left_ankle",
    "left_ball<left_ankle",
    "right_hip<pelvis right_knee<right_hip right_ankle<right_knee right_heel<right_ankle",
    "right_ball<right_ankle",
)
"""The motion maker's figure: h36m17 by name, and what moves it (lumbar, skull, feet, hands)."""

SKELETONS: dict[str, Skeleton] = {
    item.name: item
    for item in (
        H36M17,
        H36M16,
        COCO17,
        BODY25,
        HALPE26,
        BLAZEPOSE33,
        MPI3DHP28,
        MPI3DHP17,
        HUMANEVA15,
        SMPL24,
        CMU31,
        CMU38,
        FIGURE27,
    )
}
