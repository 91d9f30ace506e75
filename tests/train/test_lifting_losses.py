"""Losses: the published values and gradients, and frames that do not count."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from poise.skeletons import COCO17, H36M17
from poise.train import Loss
from poise.train.losses import (
    joint_weights,
    negative_likelihood,
    steadiness,
    total,
    velocity_error,
    weighted_mpjpe,
)

MIXSTE = Loss(joints="mixste", velocity=2.0, steadiness=0.5)


@pytest.fixture
def poses(vector: Callable[[str], tuple]) -> tuple[Tensor, Tensor]:
    given = vector("lifting-protocol")[2]
    return torch.from_numpy(given["predicted"]), torch.from_numpy(given["target"])


def test_the_published_losses(vector: Callable[[str], tuple], poses: tuple[Tensor, Tensor]) -> None:
    meta, _, _, wanted = vector("lifting-protocol")
    weights = joint_weights()
    assert weights.tolist() == meta["config"]["joint_weights"]
    found = {
        "weighted_mpjpe": weighted_mpjpe(*poses, weights),
        "temporal": steadiness(poses[0], weights),
        "velocity": velocity_error(*poses),
        "total": total(MIXSTE, *poses),
    }
    for name, value in found.items():
        assert float(value) == pytest.approx(float(wanted[f"loss_{name}"]), rel=1e-6), name


def test_the_gradient_as_published_training_applies_it(
    vector: Callable[[str], tuple], poses: tuple[Tensor, Tensor]
) -> None:
    wanted = torch.from_numpy(vector("lifting-protocol")[3]["loss_gradient"])
    predicted = poses[0].clone().requires_grad_()
    quirk = Loss(joints="mixste", velocity=2.0, steadiness=0.5, times_itself=True)
    total(quirk, predicted, poses[1]).backward()
    assert predicted.grad is not None
    torch.testing.assert_close(predicted.grad, wanted, rtol=1e-5, atol=1e-8)


def test_weights_follow_the_joints_of_any_skeleton() -> None:
    weights = dict(zip(COCO17.joints, joint_weights(COCO17).tolist(), strict=True))
    assert weights["left_wrist"] == 4
    assert weights["right_knee"] == 2.5
    assert weights["nose"] == 1
    assert len(joint_weights()) == len(H36M17)


@pytest.mark.parametrize(
    "loss", [Loss(), Loss(square=True), MIXSTE, Loss(velocity=1.0, times_itself=True)]
)
def test_frames_that_do_not_count_are_as_if_they_were_not_there(
    loss: Loss, poses: tuple[Tensor, Tensor]
) -> None:
    predicted, target = (values[:1].clone() for values in poses)
    counts = torch.ones(1, 9, dtype=torch.bool)
    counts[:, 6:] = False
    short = predicted[:, :6].clone().requires_grad_()
    total(loss, short, target[:, :6]).backward()
    whole = predicted.requires_grad_()
    total(loss, whole, target, counts).backward()
    assert whole.grad is not None
    assert short.grad is not None
    torch.testing.assert_close(whole.grad[:, :6], short.grad)
    assert not whole.grad[:, 6:].any()


def test_what_does_not_count_may_be_anything(poses: tuple[Tensor, Tensor]) -> None:
    counts = torch.zeros(2, 9, dtype=torch.bool)
    assert float(total(MIXSTE, *poses, counts)) == 0
    counts[:, :5] = True
    before = total(MIXSTE, *poses, counts)
    poses[0][:, 5:] += 1
    assert torch.equal(total(MIXSTE, *poses, counts), before)


def test_one_frame_has_no_movement(poses: tuple[Tensor, Tensor]) -> None:
    middle = [values[:, 4:5] for values in poses]
    assert torch.equal(total(MIXSTE, *middle), total(Loss(joints="mixste"), *middle))


def test_a_perfect_answer_costs_nothing_and_its_gradient_is_a_number(
    poses: tuple[Tensor, Tensor],
) -> None:
    same = poses[1].clone().requires_grad_()
    value = total(Loss(velocity=1.0, times_itself=True), same, poses[1])
    value.backward()
    assert value == 0
    assert same.grad is not None
    assert torch.isfinite(same.grad).all()


def test_a_likelihood_is_greatest_where_the_scale_is_the_mean_distance() -> None:
    torch.manual_seed(1)
    predicted, target = torch.zeros(50, 4, 17, 3), torch.randn(50, 4, 17, 3)
    target = target * torch.linspace(0.01, 0.5, 17)[:, None]
    best = (predicted - target).norm(dim=-1).mean((0, 1)).log()  # of each joint
    scale = best.clone().requires_grad_()

    def value(log_scale: Tensor) -> Tensor:
        whole = log_scale.expand(50, 4, 17)
        return total(Loss(likelihood=True), predicted, target, None, whole)

    value(scale).backward()
    assert scale.grad is not None
    assert scale.grad.abs().max() < 1e-6
    assert float(value(best)) == pytest.approx(float(1 + best.mean()), rel=1e-5)
    for joint in (0, 8, 16):
        for other in (-0.1, 0.1):
            moved = best.clone()
            moved[joint] += other
            assert value(moved) > value(best)


def test_a_likelihood_without_doubt_is_the_distance(poses: tuple[Tensor, Tensor]) -> None:
    """Where all scales are 1; weights and frames that do not count are as in the others."""
    counts = torch.ones(poses[0].shape[:2], dtype=torch.bool)
    counts[:, 6:] = False
    scale = torch.zeros(poses[0].shape[:3])
    scale[:, 6:] = 100.0
    found = total(Loss(joints="mixste", likelihood=True), *poses, counts, scale)
    torch.testing.assert_close(found, total(Loss(joints="mixste"), *poses, counts))


def test_a_likelihood_of_half_precision_stays_a_number() -> None:
    predicted, target = torch.full((1, 1, 17, 3), 0.1), torch.zeros(1, 1, 17, 3)
    for dtype in (torch.bfloat16, torch.float16):
        scale = torch.full((1, 1, 17), -12.0, dtype=dtype, requires_grad=True)
        guess = predicted.to(dtype).requires_grad_()
        value = negative_likelihood(guess, target, scale, torch.ones(17))
        assert value.dtype == torch.float32
        value.backward()
        assert scale.grad is not None
        assert guess.grad is not None
        assert value.isfinite() & scale.grad.isfinite().all() & guess.grad.isfinite().all()
