"""Joint names for other programs: what is renamed, dropped and refused."""

from dataclasses import replace

import numpy as np
import pytest

from poise.data.maker import improvise
from poise.errors import PoiseError
from poise.export.naming import with_names
from poise.export.targets import TARGETS, Target, target
from poise.motion import Contact
from poise.skeletons import FIGURE27

WALK = improvise([3], 1.0, ("walk",), 30.0).body
RIGS = [one for one in TARGETS.values() if one.names]


@pytest.mark.parametrize("program", RIGS, ids=lambda one: one.name)
def test_every_target_names_all_joints_and_both_sides(program: Target) -> None:
    assert set(program.names) == set(FIGURE27.joints)
    body = with_names(WALK, program.names)
    skeleton = body.motion.skeleton
    assert len(skeleton) == len(FIGURE27) - 3  # nose and heels are no bones
    assert len(skeleton.left) == len(skeleton.right) == 9
    for old, new in program.names.items():
        if new is None:
            continue
        place, before = skeleton.index(new), FIGURE27.index(old)
        np.testing.assert_array_equal(body.motion.xyz[:, place], WALK.motion.xyz[:, before])
        parent = FIGURE27.parents[before]
        expected = (
            -1 if parent < 0 else skeleton.index(program.names[FIGURE27.joints[parent]] or "")
        )
        assert skeleton.parents[place] == expected
        if old.startswith("left"):
            twin = program.names[old.replace("left", "right")]
            assert skeleton.joints[skeleton.mirror[place]] == twin
    np.testing.assert_allclose(body.pose()[0], body.motion.xyz, atol=1e-4)
    # The mirror image of the renamed is the renamed mirror image.
    one, other = body.mirrored(), with_names(WALK.mirrored(), program.names)
    np.testing.assert_array_equal(one.motion.xyz, other.motion.xyz)
    np.testing.assert_array_equal(one.rotations, other.rotations)


def test_contacts_go_along_and_a_dropped_joints_contact_is_its_parents() -> None:
    standing = replace(
        WALK,
        contacts=(
            Contact(0.0, 0.4, "left_heel"),
            Contact(0.2, 0.6, "left_ankle"),
            Contact(0.7, 0.9, "left_heel"),
            Contact(0.1, 0.5, "right_ball"),
        ),
    )
    assert with_names(standing, TARGETS["unreal"].names).contacts == (
        Contact(0.0, 0.6, "foot_l"),
        Contact(0.1, 0.5, "ball_r"),
        Contact(0.7, 0.9, "foot_l"),
    )


def test_rotation_sigma_and_sigma_go_along() -> None:
    sigma = np.arange(27.0)[None].repeat(len(WALK), 0)
    spread = sigma[..., None].repeat(3, -1)
    known = replace(WALK, motion=replace(WALK.motion, sigma=sigma), rotation_sigma=spread)
    body = with_names(known, {"nose": None, "head": "crown"})
    assert body.motion.sigma is not None
    assert body.rotation_sigma is not None
    assert body.motion.sigma[0].tolist() == [x for x in range(27) if x != 5]
    assert body.rotation_sigma[0, :, 1].tolist() == [x for x in range(27) if x != 5]
    assert body.motion.skeleton.joints[5] == "crown"


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        (
            {"left_hip": "leg", "right_hip": "leg"},
            "left_hip and right_hip would both be called leg",
        ),
        ({"left_hip": "pelvis"}, "pelvis and left_hip would both be called pelvis"),
        ({"left_knee": None}, "left_knee cannot be dropped: left_ankle hangs on it"),
        ({"left_hipp": "a"}, "no joint 'left_hipp' to rename; did you mean 'left_hip'?"),
        ({"left_hip": " "}, "left_hip: its new name is blank"),
        (dict.fromkeys(FIGURE27.joints), "no joint would be left"),
    ],
)
def test_what_cannot_be_renamed_is_said(mapping: dict[str, str | None], words: str) -> None:
    with pytest.raises(PoiseError) as refusal:
        with_names(WALK, mapping)
    assert words in str(refusal.value)


def test_an_unknown_target_gets_a_hint() -> None:
    with pytest.raises(PoiseError, match="no target is called 'blendr'; did you mean 'blender'?"):
        target("blendr")
