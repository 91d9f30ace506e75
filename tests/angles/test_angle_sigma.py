"""How sure angles are: against sampled errors, and near where an angle loses its meaning."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from poise.angles import joint_angles
from poise.data.maker import improvise
from poise.skeletons import FIGURE27
from posed_bodies import posed

SAMPLES = 6000


def test_sigma_is_the_spread_of_sampled_errors() -> None:
    rng = np.random.default_rng(1)
    made = improvise([2, 4], 2.0, ("squat", "wave")).body
    pose = Rotation.from_quat(made.rotations[40].astype(np.float64), scalar_first=True)
    sigma = rng.uniform(0.005, 0.03, (len(FIGURE27), 3))
    errors = rng.normal(0, 1, (SAMPLES, len(FIGURE27), 3)) * sigma
    sampled = {
        joint: pose[place] * Rotation.from_rotvec(errors[:, place])
        for place, joint in enumerate(FIGURE27.joints)
    }
    spread = joint_angles(posed(sampled, frames=SAMPLES)).degrees.std(axis=0)
    exact = dict(zip(FIGURE27.joints, pose, strict=True))
    table = joint_angles(posed(exact, sigma=sigma[None]))
    assert table.sigma is not None
    for name, found, told in zip(table.names, spread, table.sigma[0], strict=True):
        assert told == pytest.approx(found, rel=0.1), name


def test_a_hinge_is_as_sure_as_its_joint() -> None:
    sigma = np.zeros((1, len(FIGURE27), 3))
    sigma[0, FIGURE27.index("left_knee")] = [0.1, 0.0, 0.0]
    table = joint_angles(posed({"left_knee": np.array([60, 0, 0])}, sigma=sigma))
    assert table.sigma is not None
    assert table.sigma[0, table.index("knee_flexion_l")] == pytest.approx(np.rad2deg(0.1), rel=1e-4)
    assert table.sigma[0].sum() == pytest.approx(np.rad2deg(0.1), rel=1e-4)


def test_errors_of_joints_in_a_row_add_up() -> None:
    sigma = np.zeros((1, len(FIGURE27), 3))
    for joint, radians in (("lumbar", 0.03), ("spine", 0.04)):
        sigma[0, FIGURE27.index(joint), 0] = radians
    table = joint_angles(posed({}, sigma=sigma))
    assert table.sigma is not None
    assert table.sigma[0, table.index("trunk_flexion")] == pytest.approx(np.rad2deg(0.05), rel=1e-4)


def test_the_plane_of_an_arm_that_hangs_is_not_known() -> None:
    raised = np.array([60.0, 10.0, 1.0, 0.0])  # degrees from hanging
    count = len(raised)
    shoulder = np.stack([0 * raised, 90 - raised, 0 * raised], -1)
    sigma = np.full((count, len(FIGURE27), 3), np.deg2rad(3))
    table = joint_angles(posed({"left_shoulder": shoulder}, frames=count, sigma=sigma))
    assert table.sigma is not None
    plane = table.sigma[:, table.index("shoulder_plane_l")]
    assert (np.diff(plane) >= 0).all()
    assert plane[0] < 6
    assert plane[1] > 15
    assert plane[3] == 180
    elevation = table.sigma[:, table.index("shoulder_elevation_l")]
    assert elevation[:3] == pytest.approx(np.sqrt(2) * 3, rel=0.02)


def test_a_body_without_sigma_has_none_and_unseen_frames_are_open() -> None:
    assert joint_angles(posed({})).sigma is None
    sigma = np.full((2, len(FIGURE27), 3), 0.05)
    sigma[1] = np.nan
    table = joint_angles(posed({}, frames=2, sigma=sigma))
    assert table.sigma is not None
    assert np.isfinite(table.sigma[0]).all()
    assert np.isnan(table.sigma[1]).all()


def test_a_turn_that_nobody_knows_spoils_its_own_angle_alone() -> None:
    sigma = np.full((1, len(FIGURE27), 3), 0.02)
    sigma[0, FIGURE27.index("left_elbow"), 0] = np.inf  # about the forearm's own length
    table = joint_angles(posed({"left_elbow": np.array([0, 0, -70])}, sigma=sigma))
    assert table.sigma is not None
    assert table.sigma[0, table.index("forearm_pronation_l")] == 180
    assert table.sigma[0, table.index("elbow_flexion_l")] == pytest.approx(
        np.rad2deg(0.02), rel=1e-3
    )
