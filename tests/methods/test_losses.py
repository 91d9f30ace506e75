"""The losses for unlabelled video; their values are held by a reference vector (`poise verify`)."""

import torch

from poise.methods.published_camera import project
from poise.methods.videopose3d import losses
from poise.skeletons import H36M17

CAMERAS = torch.tensor([[2.2, 2.2, 0.1, -0.1, -0.2, 0.2, 0.0, 0.001, -0.002]])


def poses(seed: int, batch: int = 2) -> torch.Tensor:
    torch.manual_seed(seed)
    return torch.randn(batch, 3, 17, 3) * 0.3


def test_a_pose_that_projects_onto_the_keypoints_costs_nothing() -> None:
    pose, path = poses(1, 1), torch.tensor([0.2, -0.1, 4.0]).expand(1, 3, 1, 3)
    for linear in (False, True):
        seen = project(pose + path, CAMERAS, linear)
        assert losses.projection_loss(pose, path, CAMERAS, seen, linear) == 0
        assert losses.projection_loss(pose, 1.1 * path, CAMERAS, seen, linear) > 1e-3


def test_bones_of_equal_mean_length_cost_nothing_and_both_sides_learn() -> None:
    labelled, unlabelled = poses(2).requires_grad_(), poses(3).requires_grad_()
    assert losses.bone_loss(labelled, labelled.flip(1), H36M17.parents) < 1e-6
    losses.bone_loss(labelled, unlabelled, H36M17.parents).backward()
    assert labelled.grad is not None
    assert unlabelled.grad is not None
    assert labelled.grad.abs().max() > 0
    assert unlabelled.grad.abs().max() > 0


def test_an_error_of_the_path_weighs_less_far_away() -> None:
    near, far = torch.tensor([[[[0, 0, 2.0]]]]), torch.tensor([[[[0, 0, 8.0]]]])
    error = torch.tensor([0.1, 0, 0])
    assert losses.path_loss(near + error, near) == 4 * losses.path_loss(far + error, far)


def test_what_stands_in_the_camera_does_not_blow_up() -> None:
    at_the_lens = torch.tensor([[[[1.0, 1.0, 1e-6]]]])
    assert project(at_the_lens, CAMERAS).abs().max() < 10
