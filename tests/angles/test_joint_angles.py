"""Joint angles: what positive means, the maker's own angles, SciPy as a second opinion, gaps."""

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from poise.anatomy.pose import joint_angles as makers_angles
from poise.angles import joint_angles
from poise.angles.definitions import JOINTS
from poise.angles.sequences import turns
from poise.data.maker import improvise
from poise.errors import PoiseError
from poise.geometry.rotations import quaternion_to_matrix
from poise.motion import Body
from poise.skeletons import FIGURE27, H36M17
from posed_bodies import posed

# What moves in the rest pose (x to the left, y to the back, z up, palms down), and the one angle
# that it makes: (angle, joint, degrees about x, y, z for the left one, degrees it must be).
MOVES = [
    ("pelvis_tilt", "pelvis", (20, 0, 0), 20),
    ("pelvis_obliquity", "pelvis", (0, 20, 0), 20),
    ("pelvis_rotation", "pelvis", (0, 0, 20), 20),
    ("trunk_flexion", "lumbar", (20, 0, 0), 20),
    ("trunk_bending", "spine", (0, 20, 0), 20),
    ("trunk_rotation", "spine", (0, 0, 20), 20),
    ("neck_flexion", "thorax", (20, 0, 0), 20),
    ("neck_bending", "skull", (0, 20, 0), 20),
    ("neck_rotation", "skull", (0, 0, 20), 20),
    ("hip_flexion_l", "left_hip", (-30, 0, 0), 30),
    ("hip_adduction_l", "left_hip", (0, 30, 0), 30),
    ("hip_rotation_l", "left_hip", (0, 0, -30), 30),
    ("knee_flexion_l", "left_knee", (110, 0, 0), 110),
    ("ankle_dorsiflexion_l", "left_ankle", (-25, 0, 0), 25),
    ("ankle_inversion_l", "left_ankle", (0, 25, 0), 25),
    ("ankle_rotation_l", "left_ankle", (0, 0, -25), 25),
    ("shoulder_plane_l", "left_shoulder", (0, 0, -90), 90),
    ("shoulder_elevation_l", "left_shoulder", (0, 70, 0), 20),
    ("shoulder_rotation_l", "left_shoulder", (40, 0, 0), 40),
    ("elbow_flexion_l", "left_elbow", (0, 0, -120), 120),
    ("forearm_pronation_l", "left_elbow", (40, 0, 0), 40),
    ("wrist_flexion_l", "left_wrist", (0, 50, 0), 50),
    ("wrist_deviation_l", "left_wrist", (0, 0, 20), 20),
]


@pytest.mark.parametrize(("angle", "joint", "degrees", "expected"), MOVES)
def test_one_move_makes_one_angle(
    angle: str, joint: str, degrees: tuple[float, float, float], expected: float
) -> None:
    check_single(angle, joint, np.array(degrees), expected)
    if angle.endswith("_l"):  # the right one in the mirror: turns about y and z go the other way
        right = np.array(degrees) * [1, -1, -1]
        check_single(f"{angle[:-2]}_r", joint.replace("left", "right"), right, expected)


def check_single(angle: str, joint: str, degrees: np.ndarray, expected: float) -> None:
    table, rest = joint_angles(posed({joint: degrees})), joint_angles(posed({}))
    assert table[angle][0] == pytest.approx(expected, abs=1e-6)
    allowed = {angle, angle.replace("pelvis", "thorax"), angle.replace("trunk", "thorax")}
    allowed |= {"thorax_tilt"} if angle == "trunk_flexion" else set()
    allowed |= {"thorax_obliquity"} if angle == "trunk_bending" else set()
    for name in set(table.names) - allowed:
        assert table[name][0] == pytest.approx(rest[name][0], abs=1e-6), name


def test_standing_in_a_t_makes_zeros_but_for_raised_arms() -> None:
    table = joint_angles(posed({}))
    raised = [name.startswith("shoulder_elevation") for name in table.names]
    np.testing.assert_allclose(table.degrees[0], np.where(raised, 90.0, 0.0), atol=1e-9)
    assert "elbow" not in table.definitions[table.index("hip_flexion_l")]
    assert table.definitions[table.index("knee_flexion_r")].startswith("shank against thigh")


def test_hinges_are_exactly_the_makers() -> None:
    body = improvise([3, 1], 12.0, ("walk", "squat", "kick", "punch", "dance")).body
    table = joint_angles(body)
    made = makers_angles(quaternion_to_matrix(body.rotations.astype(np.float64)))
    for side in ("left", "right"):
        s = side[0]
        expected = {
            f"knee_flexion_{s}": made[f"{side}_knee"][:, 0],
            f"elbow_flexion_{s}": made[f"{side}_elbow"][:, 0],
            f"hip_flexion_{s}": made[f"{side}_hip"][:, 0],
            f"hip_adduction_{s}": -made[f"{side}_hip"][:, 1],
            f"hip_rotation_{s}": -made[f"{side}_hip"][:, 2],
            f"ankle_dorsiflexion_{s}": made[f"{side}_ankle"][:, 0],
            f"ankle_inversion_{s}": -made[f"{side}_ankle"][:, 1],
            f"ankle_rotation_{s}": -made[f"{side}_ankle"][:, 2],
        }
        for name, radians in expected.items():
            np.testing.assert_allclose(table[name], np.rad2deg(radians), atol=1e-4, err_msg=name)
        assert np.ptp(table[f"knee_flexion_{s}"]) > 60
        assert np.abs(table[f"forearm_pronation_{s}"]).max() < 1e-4


@given(seed=st.integers(0, 2**16))
@settings(max_examples=30, deadline=None)
def test_right_legs_and_trunk_agree_with_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = ("pelvis", "lumbar", "spine", "right_hip", "right_ankle")
    turn = {name: Rotation.from_rotvec(rng.normal(0, 0.35, 3)) for name in names}
    table = joint_angles(posed(turn))
    axes = Rotation.from_matrix([[0, -1, 0], [0, 0, 1], [-1, 0, 0]])  # into forward, up, right

    def euler(order: Literal["ZXY", "YXZ"], R: Rotation) -> np.ndarray:
        return (axes * R * axes.inv()).as_euler(order, degrees=True)

    told = [
        *("hip_flexion_r", "hip_adduction_r", "hip_rotation_r"),
        *("ankle_dorsiflexion_r", "ankle_inversion_r", "ankle_rotation_r"),
    ]
    found = [table[name][0] for name in told]
    expected = [*euler("ZXY", turn["right_hip"]), *euler("ZXY", turn["right_ankle"])]
    np.testing.assert_allclose(found, expected, atol=1e-4)
    found = [table[f"trunk_{name}"][0] for name in ("flexion", "bending", "rotation")]
    bent = euler("ZXY", turn["lumbar"] * turn["spine"]) * [-1, -1, 1]
    np.testing.assert_allclose(found, bent, atol=1e-4)
    found = [table[f"thorax_{name}"][0] for name in ("rotation", "obliquity", "tilt")]
    upright = euler("YXZ", turn["pelvis"] * turn["lumbar"] * turn["spine"]) * [1, -1, -1]
    np.testing.assert_allclose(found, upright, atol=1e-4)


@given(angles=st.tuples(st.floats(-3.1, 3.1), st.floats(0, np.pi), st.floats(-3.1, 3.1)))
@settings(deadline=None)
def test_plane_elevation_and_rotation_make_the_same_turn_again(
    angles: tuple[float, float, float],
) -> None:
    plane, elevation, rotation = angles
    R = Rotation.from_euler("YXY", [plane, -elevation, rotation]).as_matrix()
    first, middle, last = turns(R, "yxy")
    assert -np.pi <= middle <= 0
    again = Rotation.from_euler("YXY", [first, middle, last]).as_matrix()
    np.testing.assert_allclose(again, R, atol=1e-6)


def test_a_mirror_swaps_the_sides() -> None:
    body = improvise([5, 2], 6.0, ("dance",)).body
    one, other = joint_angles(body), joint_angles(body.mirrored())
    for name in one.names:
        if name.endswith(("_l", "_r")):
            twin = name[:-1] + {"l": "r", "r": "l"}[name[-1]]
            np.testing.assert_allclose(other[twin], one[name], atol=1e-3, err_msg=name)
        elif name.endswith(("_flexion", "_tilt")):
            np.testing.assert_allclose(other[name], one[name], atol=1e-3, err_msg=name)
        else:
            np.testing.assert_allclose(other[name], -one[name], atol=1e-3, err_msg=name)


def test_where_somebody_walks_to_changes_nothing_but_their_heading() -> None:
    body = improvise([0, 1], 4.0, ("walk",)).body
    turned = turned_about_z(body, 100.0)
    one, other = joint_angles(body), joint_angles(turned)
    for name in one.names:
        added = 100.0 if name in ("pelvis_rotation", "thorax_rotation") else 0.0
        away = (other[name] - one[name] - added + 180) % 360 - 180
        np.testing.assert_allclose(away, 0, atol=1e-3, err_msg=name)


def turned_about_z(body: Body, degrees: float) -> Body:
    turn = Rotation.from_euler("z", degrees, degrees=True)
    root = FIGURE27.index("pelvis")
    rotations = body.rotations.astype(np.float64)
    own = Rotation.from_quat(rotations[:, root], scalar_first=True)
    rotations[:, root] = (turn * own).as_quat(scalar_first=True)
    xyz = body.motion.xyz.astype(np.float64) @ turn.as_matrix().T
    return replace(body, motion=replace(body.motion, xyz=xyz), rotations=rotations)


def test_turning_on_and_on_is_counted_over_gaps() -> None:
    heading = np.arange(0, 900, 10.0)
    body = posed({"pelvis": np.stack([0 * heading, 0 * heading, heading], -1)}, frames=90)
    rotations, xyz = body.rotations.copy(), body.motion.xyz.copy()
    rotations[30:40], xyz[30:40] = np.nan, np.nan
    table = joint_angles(replace(body, rotations=rotations, motion=replace(body.motion, xyz=xyz)))
    assert np.isnan(table.degrees[30:40]).all()
    known = np.r_[0:30, 40:90]
    np.testing.assert_allclose(table["pelvis_rotation"][known], heading[known], atol=1e-6)
    assert np.isfinite(table.degrees[known]).all()


def test_a_knee_far_beyond_a_right_angle_does_not_jump() -> None:
    bent = np.linspace(0, 175, 50)
    body = posed({"left_knee": np.stack([bent, 0 * bent, 0 * bent], -1)}, frames=50)
    np.testing.assert_allclose(joint_angles(body)["knee_flexion_l"], bent, atol=1e-6)


def test_without_a_world_nothing_is_said_about_down() -> None:
    body = posed({"left_knee": np.array([40, 0, 0])})
    seen = replace(body, motion=replace(body.motion, frame="camera"))
    table = joint_angles(seen)
    assert not [name for name in table.names if name.startswith(("pelvis", "thorax"))]
    assert table["knee_flexion_l"][0] == pytest.approx(40)


def test_every_joint_of_the_definitions_is_one_of_the_figure() -> None:
    for joint in JOINTS:
        np.testing.assert_allclose(np.linalg.det(joint.near), 1)
        np.testing.assert_allclose(np.linalg.det(joint.far), 1)
        for link in joint.chain:
            assert (f"left_{link}" if joint.sided else link) in FIGURE27.joints


def test_other_skeletons_and_rest_poses_are_refused_in_words() -> None:
    body = posed({})
    narrow = replace(
        body,
        motion=replace(body.motion, xyz=body.motion.xyz[:, :17], skeleton=H36M17),
        rotations=body.rotations[:, :17],
        offsets=body.offsets[:17],
    )
    with pytest.raises(PoiseError, match=r"on figure27, not on h36m17; solve its motion first"):
        joint_angles(narrow)
    hanging = body.offsets.copy()
    hanging[FIGURE27.index("left_elbow")] = [0.2, 0, -0.2]
    with pytest.raises(PoiseError, match=r"rest pose .* left_elbow stands elsewhere"):
        joint_angles(replace(body, offsets=hanging))
    with pytest.raises(PoiseError, match="no angle is called 'knee_l'; did you mean"):
        joint_angles(body)["knee_l"]
