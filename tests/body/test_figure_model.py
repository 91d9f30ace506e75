"""The figure in torch stands where its plain twin stands, and moves as its Jacobian says."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch import Tensor

from poise.anatomy import pose as plain
from poise.anatomy.figure import Proportions, draw_proportions
from poise.body.figure_model import (
    ANGLES,
    JOINTS,
    KINDS,
    UNKNOWNS,
    Pose,
    jacobian,
    limits,
    point_jacobian,
    stand,
)
from poise.geometry.kinematics import forward
from poise.geometry.rotations import vector_to_matrix
from poise.skeletons import FIGURE27

NUDGE = 1e-6

shares = hnp.arrays(np.float64, (2, ANGLES), elements=st.floats(0, 1))
facings = hnp.arrays(np.float64, (2, 3), elements=st.floats(-1.7, 1.7))


def pose_of(share: np.ndarray, facing: np.ndarray) -> Pose:
    """Angles at a share of their range, somewhere off the origin."""
    low, high = limits().unbind(dim=1)
    return Pose(
        torch.tensor([[0.3, -2.0, 0.9]], dtype=torch.float64).expand(len(share), 3),
        torch.from_numpy(vector_to_matrix(facing)),
        low + torch.from_numpy(share) * (high - low),
    )


def somehow(frames: int = 3, seed: int = 0) -> tuple[Pose, Tensor]:
    """Poses inside the limits, and the bones of somebody."""
    rng = np.random.default_rng(seed)
    pose = pose_of(rng.uniform(0.05, 0.95, (frames, ANGLES)), rng.normal(0, 1, (frames, 3)))
    return pose, torch.from_numpy(draw_proportions(rng).offsets())


def test_every_joint_that_turns_has_its_angles() -> None:
    names = set(plain.TORSO) | {
        f"{side}_{part}" for side in ("left", "right") for part in plain.LIMBS
    }
    assert {joint.name for joint in JOINTS} == names
    assert ANGLES == len(KINDS) == len(limits()) == UNKNOWNS - 6
    columns = [column for joint in JOINTS for column in range(ANGLES)[joint.angles]]
    assert columns == list(range(ANGLES))


@settings(max_examples=50, deadline=None)
@given(shares, facings)
def test_it_stands_where_its_plain_twin_stands(share: np.ndarray, facing: np.ndarray) -> None:
    pose = pose_of(share, facing)
    offsets = Proportions().offsets()
    posed = stand(pose, torch.from_numpy(offsets))
    local = np.tile(np.eye(3), (2, 27, 1, 1))
    local[:, 0] = pose.facing.numpy()
    for joint in JOINTS:
        angles = pose.angles[:, joint.angles].numpy()
        local[:, joint.place] = plain.rotation(joint.kind, angles, joint.side)
    np.testing.assert_allclose(posed.local.numpy(), local, atol=1e-9)
    path = np.broadcast_to(offsets, (2, 27, 3)).copy()
    path[:, 0] = pose.root.numpy()
    xyz, world = forward(local, path, FIGURE27)
    np.testing.assert_allclose(posed.xyz.numpy(), xyz, atol=1e-9)
    np.testing.assert_allclose(posed.world.numpy(), world, atol=1e-9)


def test_what_each_unknown_moves_is_what_it_moves() -> None:
    pose, offsets = somehow()
    J = jacobian(stand(pose, offsets))
    assert J.shape == (3, 27, 3, UNKNOWNS)
    for unknown in range(UNKNOWNS):
        step = _step(pose, unknown)
        after, before = stand(pose.moved(step), offsets), stand(pose.moved(-step), offsets)
        change = (after.xyz - before.xyz) / (2 * NUDGE)
        torch.testing.assert_close(J[..., unknown], change, atol=1e-8, rtol=0)


def test_points_on_a_bone_turn_with_it() -> None:
    """A toe hangs on the ankle, and the ankle's own angles move it."""
    pose, offsets = somehow(seed=1)
    joints = [FIGURE27.index(name) for name in ("left_ankle", "right_wrist", "skull", "pelvis")]
    away = torch.tensor([[0.0, -0.2, -0.06], [-0.1, 0, 0], [0, -0.1, 0.02], [0.1, 0.2, 0.3]])
    away = away.to(torch.float64)

    def points(of: Pose) -> Tensor:
        posed = stand(of, offsets)
        return posed.xyz[:, joints] + (posed.world[:, joints] @ away[..., None])[..., 0]

    J = point_jacobian(stand(pose, offsets), joints, points(pose), fixed=True)
    for unknown in range(UNKNOWNS):
        step = _step(pose, unknown)
        change = (points(pose.moved(step)) - points(pose.moved(-step))) / (2 * NUDGE)
        torch.testing.assert_close(J[..., unknown], change, atol=1e-8, rtol=0)


def test_gradients_flow_and_say_the_same() -> None:
    pose, offsets = somehow(frames=1, seed=2)
    root, angles = pose.root.clone().requires_grad_(), pose.angles.clone().requires_grad_()

    def xyz(root: Tensor, angles: Tensor) -> Tensor:
        return stand(Pose(root, pose.facing, angles), offsets).xyz[0]

    of_root, of_angles = torch.autograd.functional.jacobian(xyz, (root, angles))
    J = jacobian(stand(pose, offsets))[0]
    torch.testing.assert_close(of_root[:, :, 0], J[..., :3], atol=1e-9, rtol=0)
    torch.testing.assert_close(of_angles[:, :, 0], J[..., 6:], atol=1e-9, rtol=0)


def test_gradients_of_the_rest_pose_are_numbers() -> None:
    """All angles at zero is where swings divide by nothing."""
    angles = torch.zeros((1, ANGLES), dtype=torch.float64, requires_grad=True)
    offsets = torch.from_numpy(Proportions().offsets())
    still = Pose(
        torch.zeros((1, 3), dtype=torch.float64), torch.eye(3, dtype=torch.float64)[None], angles
    )
    posed = stand(still, offsets)
    posed.xyz[0, FIGURE27.index("left_hand")].sum().backward()
    J = jacobian(stand(Pose(still.root, still.facing, angles.detach()), offsets))
    want = J[0, FIGURE27.index("left_hand"), :, 6:].sum(dim=0)
    assert angles.grad is not None
    torch.testing.assert_close(angles.grad[0], want, atol=1e-7, rtol=0)


@pytest.mark.parametrize("far", [-10.0, 10.0])
def test_no_step_leads_beyond_the_limits(far: float) -> None:
    pose, offsets = somehow()
    moved = pose.moved(torch.full((3, UNKNOWNS), far, dtype=torch.float64))
    low, high = limits().unbind(dim=1)
    assert ((moved.angles >= low) & (moved.angles <= high)).all()
    assert plain.beyond_limits(stand(moved, offsets).local.numpy()) < 1e-9
    R = moved.facing
    torch.testing.assert_close(R @ R.transpose(1, 2), torch.eye(3, dtype=R.dtype).expand(3, 3, 3))


def test_poses_are_cut_and_joined() -> None:
    pose, _ = somehow(frames=5)
    whole = Pose.joined([pose[:2], pose[2:]])
    assert len(whole) == 5
    for name in ("root", "facing", "angles"):
        assert torch.equal(getattr(whole, name), getattr(pose, name))


def _step(pose: Pose, unknown: int) -> Tensor:
    step = torch.zeros((len(pose), UNKNOWNS), dtype=torch.float64)
    step[:, unknown] = NUDGE
    return step
