"""Which bone is which part, in all families; and what is said where that is not clear."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from poise.errors import PoiseError
from poise.retarget.matching import match, read_map
from poise.retarget.names import meaning
from poise.retarget.rig import Rig
from poise.skeletons import SMPL24, Skeleton
from rigs_of_others import FAMILIES, rig_of, walk

TRUNK = {"lumbar": "spine", "spine": "spine", "thorax": "neck", "skull": "head"}
OWN_ENDS = ("left_heel", "right_heel", "left_hand", "right_hand")  # of our figure, parts of nothing


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_recognised(family: str) -> None:
    rig = rig_of(family, walk(2.0))
    found = match(rig)
    ours = {name: joint for joint, name in FAMILIES[family].items()}
    for place, part in found.joints().items():
        joint = ours[rig.skeleton.joints[place]]
        assert part == TRUNK.get(joint, joint)
    ends = len(OWN_ENDS) if family == "ours" else 0
    assert len(found.joints()) == len(rig.skeleton) - ends
    assert found.notes == ()


@pytest.mark.parametrize(
    "name",
    [
        *("LeftUpLeg_ik", "thigh_twist_01_l", "MCH-thigh.L", "thigh_ik_target.L", "lhipjoint"),
        *("HeadTop_End", "lEye", "Ponytail", "Tail", "LeftHandThumb1", "index_01_l", "Lamp"),
    ],
)
def test_helpers_and_fingers_have_no_part(name: str) -> None:
    assert meaning(name) is None


def tree(*bones: str) -> Rig:
    """A rig from words `bone<parent`, each bone a little beside its parent."""
    pairs = [bone.partition("<") for bone in bones]
    names = tuple(name for name, _, _ in pairs)
    parents = tuple(names.index(parent) if parent else -1 for _, _, parent in pairs)
    places = np.zeros((len(names), 3))
    for place, (name, parent) in enumerate(zip(names, parents, strict=True)):
        side = -0.1 if "R" in name.split(".")[-1] or "Right" in name else 0.1
        down = any(word in name for word in ("hin", "oot", "Leg", "nee"))
        step = np.array([side if "." in name or "Left" in name or "Right" in name else 0, 0, 0.2])
        places[place] = step * [1, 1, -2 if down else 1] + (places[parent] if parent >= 0 else 0)
    return Rig(
        skeleton=Skeleton("tree", names, parents),
        places=places,
        turns=np.tile(np.eye(3), (len(names), 1, 1)),
    )


LEGS = ("thigh.L<hips", "shin.L<thigh.L", "thigh.R<hips", "shin.R<thigh.R")


def test_of_one_name_the_bone_that_moves_the_skin_is_taken_and_the_first_of_a_chain() -> None:
    rig = tree(
        "hips",
        *LEGS,
        "DEF-thigh.L<hips",
        "DEF-thigh.L.001<DEF-thigh.L",
        "DEF-shin.L<DEF-thigh.L.001",
    )
    found = match(rig)
    assert rig.skeleton.joints[found.limbs["left_hip"]] == "DEF-thigh.L"
    assert rig.skeleton.joints[found.limbs["left_knee"]] == "DEF-shin.L"
    assert rig.skeleton.joints[found.limbs["right_hip"]] == "thigh.R"


def test_two_bones_of_one_name_side_by_side_are_asked_about() -> None:
    rig = tree("hips", *LEGS, "Thigh_L<hips")
    with pytest.raises(PoiseError, match="the bones thigh.L and Thigh_L all look like left_hip"):
        match(rig)
    assert match(rig, {"Thigh_L": None}).limbs["left_hip"] == 1


def test_a_shin_that_hangs_elsewhere_is_none() -> None:
    rig = tree("hips", *LEGS[:3], "shin.R<hips")
    with pytest.raises(PoiseError, match="no bone is recognised as right_knee"):
        match(rig)
    rig = tree("hips", *LEGS, "foot.L<hips")
    found = match(rig)
    assert "left_ankle" not in found.limbs
    assert found.notes[0] == "foot.L is not taken as left_ankle: it does not hang on shin.L"


def test_a_rig_without_legs_is_refused_with_its_bones() -> None:
    with pytest.raises(PoiseError, match="without legs nothing can be carried over") as refusal:
        match(tree("a", "b<a", "c<b"))
    assert "Bones are a, b, c" in str(refusal.value)


def test_legs_on_no_common_bone_are_refused() -> None:
    rig = tree("thigh.L", "shin.L<thigh.L", "thigh.R", "shin.R<thigh.R")
    with pytest.raises(PoiseError, match="the legs hang on no pelvis"):
        match(rig)


def test_thighs_of_a_spine_and_collar_bones_of_a_neck_are_found_their_places() -> None:
    # 3ds Max Biped's old way.
    rig = tree(
        *("Bip01", "Bip01 Pelvis<Bip01", "Bip01 Spine<Bip01 Pelvis", "Bip01 Spine1<Bip01 Spine"),
        *("Bip01 Neck<Bip01 Spine1", "Bip01 Head<Bip01 Neck"),
        *(
            bone.format(side)
            for side in "LR"
            for bone in (
                "Bip01 {0} Thigh<Bip01 Spine",
                "Bip01 {0} Calf<Bip01 {0} Thigh",
                "Bip01 {0} Clavicle<Bip01 Neck",
                "Bip01 {0} UpperArm<Bip01 {0} Clavicle",
            )
        ),
    )
    found = match(rig)
    names = rig.skeleton.joints
    assert names[found.pelvis] == "Bip01 Pelvis"
    assert [names[joint] for joint in found.spine] == ["Bip01 Spine", "Bip01 Spine1"]
    assert [names[joint] for joint in found.neck] == ["Bip01 Neck"]
    assert names[found.limbs["left_clavicle"]] == "Bip01 L Clavicle"


def test_smpl_is_known_as_well() -> None:
    count = len(SMPL24)
    rig = Rig(skeleton=SMPL24, places=np.zeros((count, 3)), turns=np.tile(np.eye(3), (count, 1, 1)))
    found = match(rig)
    assert [SMPL24.joints[joint] for joint in found.spine] == ["spine1", "spine2", "spine3"]
    assert SMPL24.joints[found.limbs["left_clavicle"]] == "left_collar"
    assert SMPL24.joints[found.limbs["left_wrist"]] == "left_wrist"
    assert SMPL24.joints[found.limbs["left_ankle"]] == "left_ankle"


def test_a_map_goes_before_the_names(tmp_path: Path) -> None:
    rig = rig_of("mixamo", walk(2.0))
    names = tuple(f"Knochen_{i}" for i in range(len(rig.skeleton)))
    foreign = replace(rig, skeleton=replace(rig.skeleton, joints=names))
    table = {new: part for new, part in zip(names, _parts(rig), strict=True) if part}
    (tmp_path / "map.json").write_text(json.dumps(table | {names[-1]: None}))
    own = read_map(tmp_path / "map.json")
    want = {joint: part for joint, part in match(rig).joints().items() if joint != len(names) - 1}
    assert match(foreign, own).joints() == want


def _parts(rig: Rig) -> list[str | None]:
    found = match(rig).joints()
    return [found.get(joint) for joint in range(len(rig.skeleton))]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "map.json: not a JSON file"),
        ("[1]", "a table of bones and parts belongs here"),
        ('{"a": 1}', "a table of bones and parts belongs here"),
    ],
)
def test_a_map_that_is_none_is_said(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "map.json").write_text(text)
    with pytest.raises(PoiseError, match=words):
        read_map(tmp_path / "map.json")


def test_what_a_map_gets_wrong_is_said() -> None:
    rig = tree("hips", *LEGS)
    with pytest.raises(PoiseError, match="a bone 'tigh.L', which the rig has not; did you mean"):
        match(rig, {"tigh.L": "left_hip"})
    with pytest.raises(PoiseError, match="'left_leg', which is no part; did you mean"):
        match(rig, {"thigh.L": "left_leg"})
    with pytest.raises(PoiseError, match="both thigh.L and thigh.R left_hip"):
        match(rig, {"thigh.L": "left_hip", "thigh.R": "left_hip"})
