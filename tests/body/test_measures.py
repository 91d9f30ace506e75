"""Sliding feet, sunken joints and bones that breathe are measured as they were made."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise.body.measures import contact_slides, deepest, length_spread
from poise.geometry.rotations import euler_to_quaternion, multiply
from poise.motion import Body, Contact, Motion
from poise.skeletons import FIGURE27
from solved import walker

WALK = walker()


def moved(body: Body, away: np.ndarray) -> Body:
    """The body with its root's path moved, one shift for each frame."""
    xyz = body.motion.xyz + away[:, None].astype(np.float32)
    return replace(body, motion=replace(body.motion, xyz=xyz))


def test_made_feet_stand_still() -> None:
    slides = contact_slides(WALK)
    assert len(slides) == len(WALK.contacts) > 20
    assert max(slides) < 1e-3


@given(st.floats(0.001, 0.2), st.floats(-np.pi, np.pi))
def test_a_slide_is_the_largest_way_from_the_mean_place(far: float, way: float) -> None:
    """One frame of n is `far` off: the mean moves by far / n, and that frame is the worst."""
    still = Body(
        motion=Motion(
            xyz=np.zeros((8, 27, 3)), skeleton=FIGURE27, fps=10, frame="world", placed=True
        ),
        rotations=np.tile([1.0, 0, 0, 0], (8, 27, 1)),
        offsets=np.zeros((27, 3)),
        model="figure",
        contacts=(Contact(0.2, 0.6, "left_heel"), Contact(0.0, 0.1, "left_ball")),
    )
    away = np.zeros((8, 3))
    away[6] = far * np.array([np.cos(way), np.sin(way), 0])  # at 0.6 s, which still counts
    away[3, 2] = 5.0  # upwards is no slide
    slides = contact_slides(moved(still, away))
    assert slides == pytest.approx([far * 4 / 5, 0], abs=1e-7)


@given(st.floats(-np.pi, np.pi), st.floats(-5, 5))
def test_the_measures_do_not_depend_on_where_somebody_walks(turn: float, shift: float) -> None:
    drift = np.linspace(0, 0.5, len(WALK))[:, None] * [1.0, 0.3, 0]
    sliding = moved(WALK, drift)
    quarter = euler_to_quaternion(np.array([turn]), "z")
    rotations = sliding.rotations.astype(np.float64)
    rotations[:, 0] = multiply(np.broadcast_to(quarter, rotations[:, 0].shape), rotations[:, 0])
    sin, cos = np.sin(turn), np.cos(turn)
    R = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    xyz = sliding.motion.xyz.astype(np.float64) @ R.T + [shift, -shift, 0]
    turned = replace(sliding, rotations=rotations, motion=replace(sliding.motion, xyz=xyz))
    assert contact_slides(turned) == pytest.approx(contact_slides(sliding), abs=2e-5)
    assert deepest(turned) == pytest.approx(deepest(sliding), abs=2e-5)


def test_sinking_is_as_deep_as_the_deepest_joint() -> None:
    assert deepest(WALK) < 1e-3
    down = np.zeros((len(WALK), 3))
    down[100, 2] = -0.04
    lowest = WALK.pose()[0][100, :, 2].min()
    assert deepest(moved(WALK, down)) == pytest.approx(0.04 - lowest, abs=1e-5)
    assert deepest(moved(WALK, down + np.array([0, 0, 1]))) == 0


def test_bones_of_a_body_are_constant_and_those_of_joints_are_not() -> None:
    assert length_spread(WALK.motion).max() < 1e-5
    breath = 1 + 0.1 * np.sin(np.arange(len(WALK)))[:, None]
    motion = WALK.motion
    xyz = motion.xyz.astype(np.float64)
    hip, knee = motion.skeleton.index("left_hip"), motion.skeleton.index("left_knee")
    xyz[:, knee] = xyz[:, hip] + breath * (xyz[:, knee] - xyz[:, hip])
    spread = length_spread(replace(motion, xyz=xyz))
    bone = motion.skeleton.bones.index((hip, knee))
    assert spread[bone] == pytest.approx(breath.std() / breath.mean(), rel=1e-4)
    assert np.flatnonzero(spread > 1e-5)[0] == bone  # the only one besides the shin
    assert (spread > 1e-5).sum() == 2


def test_what_is_not_known_is_left_out_or_nan() -> None:
    xyz, rotations = WALK.motion.xyz.copy(), WALK.rotations.copy()
    xyz[50:], rotations[50:] = np.nan, np.nan
    half = replace(WALK, motion=replace(WALK.motion, xyz=xyz), rotations=rotations)
    slides = np.array(contact_slides(half))
    stops = np.array([contact.start for contact in half.contacts])
    late = stops > half.motion.times[49]
    assert np.isnan(slides[late]).all()
    assert (slides[~late] < 1e-3).all()
    assert deepest(half) < 1e-3
    assert length_spread(half.motion).max() < 1e-5
    nobody = replace(
        WALK,
        motion=replace(WALK.motion, xyz=np.full_like(xyz, np.nan)),
        rotations=np.full_like(rotations, np.nan),
    )
    assert np.isnan(deepest(nobody))
    assert np.isnan(length_spread(nobody.motion)).all()
    assert np.isnan(deepest(replace(WALK, motion=WALK.motion.relative())))
