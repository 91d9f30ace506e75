"""Joint angles, legs and arms: the geometry under every performance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise.anatomy.figure import LIMITS, SIDES, Proportions, draw_proportions, out
from poise.anatomy.pose import angles, beyond_limits, rotation
from poise.data.maker.arms import HANGING, reach, solve_arm
from poise.data.maker.legs import (
    bend_ankle,
    bend_leg,
    cover,
    heel_to_raise,
    hip_place,
    longest,
    roll_sole,
)
from poise.geometry.rotations import about
from poise.skeletons import FIGURE27

BODY = Proportions()


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", LIMITS)
@given(share=st.lists(st.floats(0, 1), min_size=3, max_size=3))
@settings(max_examples=25, deadline=None)
def test_angles_are_read_back(kind: str, side: str, share: list[float]) -> None:
    low, high = LIMITS[kind].T
    given_angles = low + np.array(share)[: len(low)] * (high - low)
    found = angles(kind, rotation(kind, given_angles[None], side), side)[0]
    np.testing.assert_allclose(found, given_angles, atol=1e-9)


@pytest.mark.parametrize("kind", ["leg", "knee", "ankle", "arm", "clavicle", "elbow", "wrist"])
def test_right_limbs_mirror_left_ones(kind: str) -> None:
    a = LIMITS[kind].mean(axis=1)[None] + 0.2
    flip = np.diag([-1.0, 1, 1])
    mirrored = flip @ rotation(kind, a, "left") @ flip
    np.testing.assert_allclose(rotation(kind, a, "right"), mirrored, atol=1e-12)


def test_positive_angles_move_as_they_are_called() -> None:
    deg = np.deg2rad
    down, right_angle = np.array([0, 0, -1.0]), deg([[90.0]])
    thigh = rotation("leg", deg([[60.0, 0, 0]]))[0] @ down
    assert thigh[1] < -0.8, "a bent hip brings the thigh to the front (-y)"
    thigh = rotation("leg", deg([[0, 40.0, 0]]))[0] @ down
    assert thigh[0] > 0.6, "a left leg goes out to the left (+x)"
    shin = rotation("knee", right_angle)[0] @ down
    assert shin[1] > 0.99, "a bent knee brings the shin to the back"
    arm = rotation("arm", deg([[80.0, 0, 0]]))[0] @ [1.0, 0, 0]
    assert arm[2] > 0.9, "a lifted arm points up"
    arm = rotation("arm", deg([[0, 90.0, 0]]))[0] @ [1.0, 0, 0]
    assert arm[1] < -0.99, "an arm that goes forward points to the front"
    forearm = rotation("elbow", right_angle)[0] @ [1.0, 0, 0]
    assert forearm[1] < -0.99, "from the T-pose the forearm bends to the front"
    head = rotation("neck", deg([[30.0, 0, 0]]))[0] @ [0, 0, 1.0]
    assert head[1] < -0.4, "a nod goes forward"
    nose = rotation("neck", deg([[0, 0, 30.0]]))[0] @ [0, -1.0, 0]
    assert nose[0] > 0.4, "a positive turn looks to the left"


def test_limits_are_noticed() -> None:
    local = np.tile(np.eye(3), (3, len(FIGURE27), 1, 1))
    assert beyond_limits(local) == 0
    local[1, FIGURE27.index("right_knee")] = about("x", np.array(-0.2))  # bent the wrong way
    assert beyond_limits(local) == pytest.approx(0.2)


@pytest.mark.parametrize("side", SIDES)
def test_legs_bring_the_foot_to_its_place(side: str) -> None:
    rng = np.random.default_rng(0)
    count = 50
    root = np.tile([0, 0, 0.78], (count, 1))
    pelvis = about("z", rng.normal(0, 0.1, count)) @ about("x", rng.normal(0.1, 0.1, count))
    hip = hip_place(side, root, pelvis, BODY)
    place = np.column_stack(
        [
            0.12 * out(side) + rng.normal(0, 0.04, count),
            rng.uniform(-0.25, 0.05, count),
            np.zeros(count),
        ]
    )
    foot = roll_sole(place, rng.normal(0, 0.1, count), rng.uniform(0, 0.3, count), BODY)
    hip_turn, knee_turn, shin = bend_leg(side, pelvis, hip, foot, BODY)
    thigh = pelvis @ hip_turn
    np.testing.assert_allclose(thigh @ knee_turn, shin, atol=1e-12)
    ankle = hip - BODY.thigh * thigh[..., 2] - BODY.shin * shin[..., 2]
    np.testing.assert_allclose(ankle, foot.ankle, atol=1e-9)
    np.testing.assert_allclose(shin @ bend_ankle(side, shin, foot), foot.axes, atol=1e-9)
    knee = hip - BODY.thigh * thigh[..., 2]
    ahead = knee - (hip + ankle) / 2
    assert (np.einsum("tk,tk->t", ahead, -foot.axes[..., 1]) > 0).all(), "knees point forward"


def test_out_of_reach_the_leg_stretches_towards_the_foot() -> None:
    pelvis, hip = np.eye(3)[None], np.array([[0.1, 0, 2.0]])
    foot = roll_sole(np.array([[0.1, 0, 0.0]]), np.zeros(1), np.zeros(1), BODY)
    hip_turn, _, shin = bend_leg("left", pelvis, hip, foot, BODY)
    ankle = hip - BODY.thigh * (pelvis @ hip_turn)[..., 2] - BODY.shin * shin[..., 2]
    assert np.linalg.norm(ankle - hip) == pytest.approx(longest(BODY), abs=1e-9)


def test_the_sole_rolls_on_ball_and_heel() -> None:
    place, zero = np.tile([0.3, 0.4, 0.0], (3, 1)), np.zeros(3)
    foot = roll_sole(place, zero, np.deg2rad([-20.0, 0, 40]), BODY)
    heel = foot.ankle + foot.axes @ [0, BODY.heel, -BODY.ankle]
    ball = foot.ankle + foot.axes @ [0, -BODY.ball, -BODY.ankle]
    np.testing.assert_allclose(heel[0], heel[1], atol=1e-12)
    np.testing.assert_allclose(ball[2], ball[1], atol=1e-12)
    assert ball[0, 2] > 0.05, "toes up"
    assert heel[2, 2] > 0.05, "heel up"


def test_a_shin_that_leans_far_asks_for_the_heel() -> None:
    axes = np.eye(3)[None]
    foot = roll_sole(np.zeros((1, 3)), np.zeros(1), np.zeros(1), BODY)
    leaning = about("x", np.deg2rad([60.0]))
    assert heel_to_raise("left", axes, foot)[0] == 0
    assert np.rad2deg(heel_to_raise("left", leaning, foot)[0]) == pytest.approx(20, abs=1)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.integers(1, 8))
@settings(max_examples=100, deadline=None)
def test_a_cover_is_nowhere_below(values: list[float], reach_frames: int) -> None:
    needed = np.array(values)
    assert (cover(needed, reach_frames) >= needed - 1e-12).all()


@pytest.mark.parametrize("side", SIDES)
def test_arms_bring_the_hand_to_its_place(side: str) -> None:
    rng = np.random.default_rng(1)
    wanted = rng.normal(0, 1, (200, 3)) * [0.15, 0.15, 0.2] + [0.25 * out(side), -0.25, 0]
    hint = np.tile(np.array(HANGING) * [out(side), -1, 1], (200, 1))
    arm, elbow = solve_arm(side, wanted, hint, BODY)
    upper = rotation("arm", arm, side)
    fore = upper @ rotation("elbow", elbow, side)
    x = np.array([out(side), 0, 0])
    found = BODY.upper_arm * upper @ x + BODY.forearm * fore @ x
    # Where the limits allow it the hand is there; elsewhere the arm stays inside the limits.
    free = np.abs(np.linalg.norm(wanted, axis=1) - 0.36) < 0.13
    low, high = LIMITS["arm"].T
    inside = ((arm > low + 1e-3) & (arm < high - 1e-3)).all(axis=1) & free
    assert inside.sum() > 60
    np.testing.assert_allclose(found[inside], wanted[inside], atol=1e-6)
    assert ((arm >= low) & (arm <= high)).all()


def test_reach_is_the_same_for_both_sides() -> None:
    place = (0.2, 0.6, 0.3)
    left, right = reach("left", place, BODY), reach("right", place, BODY)
    assert left["left_arm"] == pytest.approx(right["right_arm"])


def test_people_differ_but_stay_people() -> None:
    rng = np.random.default_rng(0)
    people = [draw_proportions(rng) for _ in range(200)]
    heights = [p.ankle + p.leg + p.lumbar + p.spine + p.thorax + p.neck + p.head for p in people]
    assert 1.35 < min(heights) < 1.55
    assert 1.75 < max(heights) < 2.1
    assert np.std([p.forearm / p.upper_arm for p in people]) > 0.03
