"""Motion on rigs of other names, other rest poses, other axes and other proportions."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise.errors import PoiseError
from poise.motion import Body, Motion
from poise.retarget.matching import match
from poise.retarget.retargeting import Retargeted, retarget
from poise.retarget.rig import rig_of_body
from poise.skeletons import FIGURE27
from rigs_of_others import FAMILIES, rig_of, slide, walk

LIMBS = tuple(
    (f"{side}_{upper}", f"{side}_{lower}")
    for side in ("left", "right")
    for upper, lower in (
        ("shoulder", "elbow"),
        ("elbow", "wrist"),
        ("hip", "knee"),
        ("knee", "ankle"),
        ("ankle", "ball"),
    )
)


def directions(body: Body, names: dict[str, str]) -> np.ndarray:
    """Where all limbs point."""
    skeleton, xyz = body.motion.skeleton, body.motion.xyz.astype(float)
    found = [
        xyz[:, skeleton.index(names[lower])] - xyz[:, skeleton.index(names[upper])]
        for upper, lower in LIMBS
    ]
    bones = np.stack(found, axis=1)
    return bones / np.linalg.norm(bones, axis=-1, keepdims=True)


OURS = {name: name for name in FIGURE27.joints}


def test_our_own_rig_moves_as_the_source_does() -> None:
    body = walk()
    done = retarget(body, rig_of_body(body))
    np.testing.assert_allclose(done.body.motion.xyz, body.motion.xyz, atol=1e-4)
    np.testing.assert_allclose(done.body.pose()[0], body.motion.xyz, atol=1e-4)
    np.testing.assert_allclose(np.abs((done.body.rotations * body.rotations).sum(-1)), 1, atol=1e-5)
    assert done.scale == pytest.approx(1)
    assert done.notes == ()
    assert done.body.contacts == body.contacts


@settings(max_examples=25, deadline=None)
@given(
    family=st.sampled_from(list(FAMILIES)),
    scale=st.floats(0.3, 3),
    yaw=st.floats(-3.1, 3.1),
    arms_down=st.floats(-0.3, 1.5),
    seed=st.integers(0, 2**16),
)
def test_limbs_point_where_the_sources_do(
    family: str, scale: float, yaw: float, arms_down: float, seed: int
) -> None:
    body = walk(2.0)
    rig = rig_of(family, body, scale=scale, yaw=yaw, arms_down=arms_down, seed=seed)
    done = retarget(body, rig)
    want = directions(body, OURS)
    np.testing.assert_allclose(directions(done.body, dict(FAMILIES[family])), want, atol=1e-3)
    # All is scaled, so the way is, from where it began, and the feet are as high over the floor.
    assert done.scale == pytest.approx(scale)
    pelvis = done.body.motion.xyz[:, done.match.pelvis]
    own = body.motion.xyz[:, 0]
    np.testing.assert_allclose(pelvis[:, 2], scale * own[:, 2], atol=2e-3 * scale)
    np.testing.assert_allclose(
        pelvis[-1, :2] - pelvis[0, :2], scale * (own[-1, :2] - own[0, :2]), atol=2e-3 * scale
    )


def test_the_bend_of_the_spine_is_shared_by_as_many_bones_as_there_are() -> None:
    body = walk(2.0)
    for without in ((), ("lumbar",), ("lumbar", "spine"), ("thorax",), ("lumbar", "thorax")):
        rig = rig_of("mixamo", body, without=without, seed=3)
        done = retarget(body, rig)
        _, turned = done.body.pose()
        _, own = body.pose()
        for joint, part in (("skull", "head"), ("left_wrist", "left_wrist")):
            bone = rig.skeleton.index(FAMILIES["mixamo"][joint])
            assert done.match.joints()[bone] == part
            np.testing.assert_allclose(turned[:, bone], own[:, FIGURE27.index(joint)], atol=1e-4)
        if "spine" not in without:
            chest = turned[:, rig.skeleton.index(FAMILIES["mixamo"]["spine"])]
            np.testing.assert_allclose(chest, own[:, FIGURE27.index("spine")], atol=1e-4)


def test_a_rig_without_spine_neck_and_collar_bones_works() -> None:
    body = walk(2.0)
    bare = ("lumbar", "spine", "thorax", "left_clavicle", "right_clavicle")
    done = retarget(body, rig_of("unreal", body, without=bare))
    np.testing.assert_allclose(
        directions(done.body, dict(FAMILIES["unreal"])), directions(body, OURS), atol=1e-3
    )
    assert "no bone is recognised as spine;" in done.notes[-1]


def test_more_spine_bones_bend_evenly_between_ours() -> None:
    body = walk(2.0)
    rig = rig_of_body(body)
    from poise.retarget.rig import Rig
    from poise.skeletons import Skeleton

    names = [*FIGURE27.joints, "extra"]
    parents = list(FIGURE27.parents)
    lumbar, spine = FIGURE27.index("lumbar"), FIGURE27.index("spine")
    parents.append(lumbar)
    parents[spine] = len(names) - 1
    places = np.vstack([rig.places, rig.places[[lumbar, spine]].mean(axis=0)])
    longer = Rig(
        skeleton=Skeleton("longer", tuple(names), tuple(parents)),
        places=places,
        turns=np.tile(np.eye(3), (len(names), 1, 1)),
    )
    done = retarget(body, longer)
    assert [names[joint] for joint in done.match.spine] == ["lumbar", "extra", "spine"]
    _, turned = done.body.pose()
    angles = [
        np.arccos(np.clip((np.einsum("tij,tij->t", turned[:, a], turned[:, b]) - 1) / 2, -1, 1))
        for a, b in ((0, lumbar), (lumbar, len(names) - 1), (len(names) - 1, spine))
    ]
    whole = body.pose()[1]
    ours = [
        np.arccos(np.clip((np.einsum("tij,tij->t", whole[:, a], whole[:, b]) - 1) / 2, -1, 1))
        for a, b in ((0, lumbar), (lumbar, spine))
    ]
    np.testing.assert_allclose(angles[0], 2 / 3 * ours[0], atol=2e-3)
    np.testing.assert_allclose(angles[2], 2 / 3 * ours[1], atol=2e-3)


def _others_legs(body: Body, thigh: float, shin: float, hips: float, foot: float) -> Body:
    offsets = np.array(body.offsets, float)
    factors = {"hip": hips, "knee": thigh, "ankle": shin, "ball": foot, "heel": foot}
    for side in ("left", "right"):
        for part, factor in factors.items():
            joint = FIGURE27.index(f"{side}_{part}")
            offsets[joint, : 2 if part in ("ball", "heel") else 3] *= factor
    return replace(body, offsets=offsets.astype(np.float32))


def _worst_slide(body: Body, done: Retargeted, offsets: np.ndarray) -> float:
    worst = 0.0
    for side in ("left", "right"):
        joint = f"{side}_ball"
        spans = [(one.start, one.stop) for one in body.contacts if one.joint == joint]
        ankle, place = FIGURE27.index(f"{side}_ankle"), offsets[FIGURE27.index(joint)]
        worst = max(worst, slide(done.body, ankle, place, spans))
    return worst


@settings(max_examples=15, deadline=None)
@given(
    thigh=st.floats(0.6, 1.3),
    shin=st.floats(0.6, 1.3),
    hips=st.floats(0.6, 1.6),
    foot=st.floats(0.7, 1.5),
)
def test_feet_that_stand_do_not_slide_on_other_legs(
    thigh: float, shin: float, hips: float, foot: float
) -> None:
    body = walk(4.0)
    other = _others_legs(body, thigh, shin, hips, foot)
    done = retarget(body, rig_of_body(other))
    assert _worst_slide(body, done, other.offsets) < 0.01
    # What the correction adds is no jerk: steps from frame to frame change as before.
    jerk = np.abs(np.diff(done.body.motion.xyz, 3, axis=0)).max()
    free = np.abs(
        np.diff(retarget(body, rig_of_body(other), feet=False).body.motion.xyz, 3, axis=0)
    )
    assert jerk < free.max() + 0.05
    # Bones keep their lengths.
    np.testing.assert_allclose(done.body.pose()[0], done.body.motion.xyz, atol=1e-4)


def test_toes_stay_on_the_floor_while_the_heel_rises() -> None:
    body = walk(4.0)
    rig = rig_of("mixamo", body)
    toe, foot = (rig.skeleton.index(f"mixamorig:Left{name}") for name in ("ToeBase", "Foot"))
    tip = rig.places[toe] + [0, -0.06, 0]
    done = retarget(body, replace(rig, tips=((toe, tuple(tip)),)))
    places, turned = done.body.pose()
    times = body.motion.times
    stands = [one for one in body.contacts if one.joint == "left_ball"]
    rises = 0.0
    for one in stands:
        inside = (times >= one.start - 1e-6) & (times <= one.stop + 1e-6)
        heights = (turned[inside, toe] @ [0, -0.06, 0.0])[:, 2]
        assert np.abs(heights).max() < 0.005
        rises = max(rises, float((turned[inside, foot] @ [0, 0.1, 0])[:, 2].max()))
    assert rises > 0.02  # or there would be nothing to see
    assert np.isfinite(places).all()


def test_without_the_foot_fix_they_do_slide() -> None:
    body = walk(4.0)
    other = _others_legs(body, 0.7, 1.1, 1.3, 1.3)
    free = retarget(body, rig_of_body(other), feet=False)
    assert _worst_slide(body, free, other.offsets) > 0.02


def test_one_frame_is_motion_enough() -> None:
    body = walk(2.0)[:1]
    done = retarget(body, rig_of("mixamo", body, scale=0.5))
    assert len(done.body) == 1
    assert np.isfinite(done.body.motion.xyz).all()


def test_a_motion_without_its_path_is_refused() -> None:
    body = walk(2.0)
    adrift = replace(body, motion=body.motion.relative())
    with pytest.raises(PoiseError, match="not placed in the world"):
        retarget(adrift, rig_of("mixamo", body))


def test_a_skeleton_that_is_no_figure_is_refused_as_such() -> None:
    body = walk(2.0)
    skeleton = replace(FIGURE27, joints=tuple(f"b{i}" for i in range(27)))
    motion = Motion(xyz=body.motion.xyz, skeleton=skeleton, fps=30.0, frame="world", placed=True)
    with pytest.raises(PoiseError, match="the motion's own skeleton: no bone is recognised as"):
        retarget(replace(body, motion=motion, contacts=()), rig_of("mixamo", body))


def test_the_source_may_be_any_rig_too() -> None:
    body = walk(2.0)
    first = retarget(body, rig_of("cgspeed", body, arms_down=0.8)).body
    assert match(rig_of_body(first)).notes == ()
    back = retarget(first, rig_of_body(body))
    np.testing.assert_allclose(directions(back.body, OURS), directions(body, OURS), atol=1e-3)
