"""D3DP: its noise, its way back, what it makes of hypotheses; vectors hold the network itself."""

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from poise.errors import PoiseError
from poise.methods import method
from poise.methods.contract import Learns, LooksTwice
from poise.methods.d3dp import D3DP, Config
from poise.methods.d3dp import aggregations as agg
from poise.methods.d3dp.schedule import schedule, times, way_back
from poise.skeletons import COCO17, H36M17, HUMANEVA15

SMALL = Config(frames=5, channels=16, depth=2, hypotheses=3, steps=2, drop_path=0)


def network(config: Config = SMALL) -> D3DP:
    torch.manual_seed(1)
    return D3DP(config).eval()


def turn_back(poses: Tensor) -> Tensor:
    return poses[..., list(H36M17.mirror), :] * poses.new_tensor([-1, 1, 1])


def mirrored(keypoints: Tensor) -> Tensor:
    return keypoints[:, :, list(H36M17.mirror)] * keypoints.new_tensor([-1, 1])


def test_the_published_schedule() -> None:
    kept = schedule(1000)["alphas_cumprod"]
    wanted = {
        0: 0.999958715775178,
        199: 0.8987059205995089,
        399: 0.6474782111465038,
        599: 0.3408096397593241,
        799: 0.09404561267665379,
        999: 2.4287669070348542e-09,
    }
    for step, value in wanted.items():
        assert kept[step] == pytest.approx(value, rel=1e-12)
    assert schedule(1000)["betas"][999] == 0.999
    last = schedule(1000)["sqrt_recip_alphas_cumprod"][999]
    assert last == pytest.approx(20291.169634661157, rel=1e-12)
    with pytest.raises(ValueError, match="read-only"):
        kept[0] = 1


@pytest.mark.parametrize(
    ("steps", "stops"),
    [
        (1, [999, -1]),
        (2, [999, 499, -1]),
        (3, [999, 665, 332, -1]),
        (4, [999, 749, 499, 249, -1]),
        (5, [999, 799, 599, 399, 199, -1]),
        (10, [*range(999, 0, -100), -1]),
        (1000, [*range(999, -2, -1)]),
    ],
)
def test_where_sampling_stops_over(steps: int, stops: list[int]) -> None:
    assert times(1000, steps) == stops


@pytest.mark.parametrize("steps", [1, 5, 1000])
def test_noise_of_variance_one_arrives_with_that_of_its_step(steps: int) -> None:
    """The share of the pose and the variance of the noise are the schedule's, at every stop."""
    kept = schedule(1000)["alphas_cumprod"]
    for step in way_back(1000, steps)[:-1]:
        there = step.clean**2
        assert np.isclose(kept, there).any()
        assert step.noise**2 + step.fresh**2 == pytest.approx(1 - there, abs=1e-12)
        # What is found in a pose with known noise is that noise.
        here = kept[step.time]
        z = here**0.5 * 0.3 + (1 - here) ** 0.5 * 0.7
        assert (step.of_pose * z - 0.3) / step.of_noise == pytest.approx(0.7)
    last = way_back(1000, steps)[-1]
    assert (last.clean, last.noise, last.fresh) == (1, 0, 0)


def test_answers_are_the_mean_of_hypotheses_that_differ() -> None:
    ours, x = network(), torch.randn(2, 5, 17, 2)
    assert isinstance(ours, Learns)
    assert isinstance(ours, LooksTwice)
    every = ours.sample(x)
    assert every.shape == (2, 2, 3, 5, 17, 3)
    assert every.abs().max() <= 1.1
    torch.testing.assert_close(ours(x), every[:, -1].mean(1))
    assert (every[:, -1, 0] - every[:, -1, 1]).abs().max() > 1e-3
    twice = ours.look_twice(x, mirrored(x), turn_back)
    assert twice.shape == (2, 5, 3, 17, 3)
    for steps in (1, 3):
        assert network(replace(SMALL, steps=steps)).sample(x).shape[1] == steps


def test_the_mirror_image_of_a_clip_gets_the_mirror_image_of_the_answer() -> None:
    """If the noise is mirrored as well: each step sees both, so neither is the first."""
    ours, x = network(), torch.randn(1, 5, 17, 2)
    noise, later = torch.randn(1, 3, 5, 17, 3), torch.randn(1, 1, 3, 5, 17, 3)
    one = ours.sample(x, mirrored(x), turn_back, noise, later)
    other = ours.sample(mirrored(x), x, turn_back, turn_back(noise), turn_back(later))
    torch.testing.assert_close(turn_back(other), one, atol=1e-5, rtol=0)
    assert (ours.sample(x, noise=noise, later_noise=later) - one).abs().max() > 1e-3


def test_the_same_clip_gets_the_same_answer() -> None:
    ours, x = network(), torch.randn(3, 5, 17, 2)
    torch.manual_seed(2)
    first = ours(x)
    torch.manual_seed(3)
    drawn = torch.rand(1)
    assert torch.equal(ours(x), first)
    torch.manual_seed(3)
    assert torch.equal(torch.rand(1), drawn)  # nothing of the program's own chance is used up
    assert torch.equal(copy.deepcopy(ours)(x), first)
    for look in (ours, lambda x: ours.look_twice(x, mirrored(x), turn_back)):
        torch.testing.assert_close(look(x)[1:2], look(x[1:2]), atol=1e-6, rtol=0)
        torch.testing.assert_close(look(x.flip(0)).flip(0), look(x), atol=1e-6, rtol=0)
    alike = ours(x[:1].expand(3, -1, -1, -1))
    torch.testing.assert_close(alike[0], alike[2], atol=1e-6, rtol=0)
    assert (network(replace(SMALL, seed=1))(x) - first).abs().max() > 1e-3


def test_the_schedule_is_no_part_of_the_state_and_goes_everywhere() -> None:
    assert not list(network().buffers())
    with torch.device("meta"):
        assert D3DP(SMALL)(torch.zeros(2, 5, 17, 2)).shape == (2, 5, 17, 3)
    ours, x = network(), torch.randn(2, 5, 17, 2)
    wanted = ours(x)
    with torch.inference_mode():
        torch.testing.assert_close(copy.deepcopy(ours)(x), wanted)
    with torch.autocast("cpu", torch.bfloat16):
        assert ours(x).dtype == torch.float32
        torch.testing.assert_close(ours(x), wanted, atol=0.1, rtol=0)
        lesson = ours.learn(x, torch.randn(2, 5, 17, 3), torch.ones(2, 5, dtype=torch.bool))
        assert lesson.predicted.isfinite().all()
    torch.testing.assert_close(ours.double()(x.double()).float(), wanted, atol=1e-5, rtol=0)
    torch.testing.assert_close(ours.bfloat16()(x.bfloat16()), wanted, atol=0.1, rtol=0)


def test_poses_drown_in_noise_as_the_schedule_says() -> None:
    config = replace(SMALL, frames=1)
    ours, poses = network(config), torch.full((4000, 1, 17, 3), 0.2)
    kept = schedule(1000)["alphas_cumprod"]
    for step in (0, 50):  # with so little noise nothing is cut off
        steps = torch.full((4000,), step)
        noisy = ours.noised(poses, steps, torch.randn_like(poses))
        assert noisy.mean() == pytest.approx(kept[step] ** 0.5 * 0.2, abs=2e-3)
        assert noisy.std() == pytest.approx((1 - kept[step]) ** 0.5, rel=0.02)
    drowned = ours.noised(poses, torch.full((4000,), 999), torch.randn_like(poses))
    share = (drowned.abs() == drowned.abs().max()).float().mean()
    assert drowned.abs().max() == pytest.approx(1.1)
    assert share == pytest.approx(0.271, abs=0.005)
    scaled = network(replace(config, scale=2.0))
    assert scaled.noised(poses, torch.zeros(4000, dtype=torch.long), 0 * poses).mean() == (
        pytest.approx(0.2, abs=1e-4)
    )


def test_each_window_learns_from_a_step_and_a_noise_of_its_own() -> None:
    seen: list[tuple[Tensor, Tensor]] = []

    class Watched(D3DP):
        def denoise(self, keypoints: Tensor, noisy: Tensor, steps: Tensor) -> Tensor:
            seen.append((noisy, steps))
            return super().denoise(keypoints, noisy, steps)

    torch.manual_seed(4)
    ours, x, target = Watched(SMALL), torch.randn(400, 5, 17, 2), torch.zeros(400, 5, 17, 3)
    inside = torch.rand(400, 5) > 0.5
    lesson = ours.learn(x, target, inside)
    assert lesson.target is target
    assert lesson.inside is inside
    ((noisy, steps),) = seen
    assert steps.min() < 30
    assert steps.max() > 970
    assert steps.float().mean() == pytest.approx(499.5, abs=50)
    assert (noisy[0] - noisy[1]).abs().max() > 0.01
    assert noisy[:, :, 0].std() > 0.3  # the root drowns as well
    torch.manual_seed(5)
    one = ours.learn(x, target, inside).predicted
    torch.manual_seed(5)
    assert torch.equal(ours.learn(x, target, inside).predicted, one)


@pytest.mark.parametrize("priors", [False, True])
def test_every_weight_learns(priors: bool) -> None:
    ours = network(replace(SMALL, priors=priors)).train()
    target, inside = torch.randn(4, 5, 17, 3), torch.ones(4, 5, dtype=torch.bool)
    lesson = ours.learn(torch.randn(4, 5, 17, 2), target, inside)
    (lesson.predicted - lesson.target).norm(dim=-1).mean().backward()
    for name, weight in ours.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name
        assert weight.grad.abs().sum() > 0 or name.endswith("bias"), name


def test_what_is_learned_is_found_again_in_noise() -> None:
    config = replace(SMALL, frames=3, depth=1, steps=5)
    ours = network(config).train()
    torch.manual_seed(6)
    x, target = torch.randn(1, 3, 17, 2), 0.3 * torch.randn(1, 3, 17, 3)
    before = (ours.eval()(x) - target).norm(dim=-1).mean()
    optimiser = torch.optim.AdamW(ours.train().parameters(), lr=5e-3)
    many, truth = x.repeat(16, 1, 1, 1), target.repeat(16, 1, 1, 1)
    inside = torch.ones(16, 3, dtype=torch.bool)
    for step in range(300):
        optimiser.param_groups[0]["lr"] = 5e-3 * (1 - step / 300)
        lesson = ours.learn(many, truth, inside)
        loss = (lesson.predicted - lesson.target).norm(dim=-1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        every = ours.eval().sample(x)
    errors = (every - target[:, None, None]).norm(dim=-1).mean(dim=(0, 2, 3, 4))
    assert before > 0.7
    assert errors[-1] < 0.15  # the root for all joints would be 0.48, and it began with noise
    assert errors[-1] < errors[0]  # each step sees a pose that is less noisy


@pytest.mark.parametrize("step", [0, 1])
def test_the_published_aggregations(vector: Callable[[str], tuple], step: int) -> None:
    _, _, given, wanted = vector("lifting-protocol")
    hypotheses, target = given["hypotheses"][:, step], given["target"]
    seen = given["reprojected2d"][:, step], given["target2d"]
    for suffix, aligned in (("", False), ("_p2", True)):
        found = {
            "p_agg": agg.p_agg(hypotheses, target, aligned=aligned),
            "j_agg": agg.j_agg(hypotheses, target, *seen, aligned=aligned),
            "p_best": agg.p_best(hypotheses, target, aligned=aligned),
            "j_best": agg.j_best(hypotheses, target, aligned=aligned),
        }
        for name, value in found.items():
            assert value == pytest.approx(float(wanted[name + suffix][step]), abs=1e-6), name
        # No hypothesis is better for all poses than each pose's best, nor that than each joint's.
        each = agg.p_best(hypotheses, target, aligned=aligned, of="pose")
        assert found["j_best"] <= each <= found["p_best"]


def test_projected_as_published(vector: Callable[[str], tuple]) -> None:
    _, _, _, wanted = vector("lifting-protocol")
    found = agg.projected(wanted["camera_space"], wanted["intrinsic"])
    np.testing.assert_allclose(found, wanted["projected"], atol=1e-6)


def test_each_joint_is_taken_from_the_hypothesis_that_meets_its_keypoint() -> None:
    rng = np.random.default_rng(7)
    target, root = rng.normal(0, 0.3, (2, 4, 17, 3)), np.array([0.1, -0.2, 4.0])
    camera = np.array([2.3, 2.3, 0.02, 0.03, -0.2, 0.25, -0.003, -0.001, -0.0014])
    right = rng.integers(0, 3, (2, 4, 17))
    wrong = 0.3 * np.ones((2, 3, 4, 17, 3))
    np.put_along_axis(wrong, right[:, None, ..., None], 0.0, axis=1)
    hypotheses = target[:, None] + wrong
    screen = agg.projected(hypotheses + root, camera), agg.projected(target + root, camera)
    assert np.array_equal(agg.nearest(*screen), right)
    np.testing.assert_allclose(agg.jpma(hypotheses, *screen), target)
    assert agg.j_agg(hypotheses, target, *screen) == pytest.approx(0, abs=1e-12)
    assert agg.j_best(hypotheses, target) == pytest.approx(0, abs=1e-12)
    assert agg.p_agg(hypotheses, target) == pytest.approx(0.2 * 3**0.5)
    # Of hypotheses that are as near, the first.
    assert not agg.nearest(np.zeros((1, 3, 2, 17, 2)), np.ones((1, 2, 17, 2))).any()


def test_the_best_of_a_batch_depends_on_the_batch(unchecked: None) -> None:
    target = np.zeros((2, 1, 17, 3))
    hypotheses = np.zeros((2, 2, 1, 17, 3))
    hypotheses[0, 0] = hypotheses[1, 1] = [0.1, 0, 0]  # each is right about one window
    assert agg.p_best(hypotheses, target) == pytest.approx(0.05)
    assert agg.p_best(hypotheses[:1], target[:1]) == 0
    assert agg.p_best(hypotheses, target, of="pose") == 0
    neither: Any = "clip"
    with pytest.raises(PoiseError, match="of each 'batch' or of each 'pose', not of 'clip'"):
        agg.p_best(hypotheses, target, of=neither)


def published(config: Config = SMALL) -> dict[str, Tensor]:
    chosen = method("d3dp")
    return dict(chosen.to_published(config, network(config).state_dict()))


def shapes_say(config: Config) -> Config:
    """What is left of a config when only weights are known."""
    return replace(config, hypotheses=5, steps=5, drop_path=0.1)


@pytest.mark.parametrize(
    "config",
    [
        replace(SMALL, noise_steps=50),
        replace(SMALL, features=3, priors=True),
        replace(SMALL, joints=15),
    ],
)
def test_there_and_back(config: Config) -> None:
    state = published(config)
    found, ours = method("d3dp").from_published(state)
    assert found == shapes_say(config)
    assert not set(ours) & set(schedule(1))
    again = method("d3dp").to_published(found, ours)
    assert set(again) == set(state)
    assert all(torch.equal(again[name], state[name]) for name in state)
    assert again["betas"].dtype == torch.float64


def test_the_network_alone_is_enough_of_a_file() -> None:
    state = published()
    inner = {name: value for name, value in state.items() if name.startswith("pose_estimator.")}
    bare = {name.removeprefix("pose_estimator."): value for name, value in inner.items()}
    for part in (inner, bare, {f"module.{name}": value for name, value in bare.items()}):
        config, ours = method("d3dp").from_published(part)
        assert config == shapes_say(SMALL)
        network(config).load_state_dict(ours)


def test_weights_of_other_noise_are_refused() -> None:
    def refusal(state: dict[str, Tensor], **known: Any) -> str:
        with pytest.raises(PoiseError) as caught:
            method("d3dp").from_published(state, **known)
        return str(caught.value)

    state = published()
    linear = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
    words = refusal(state | {"betas": linear})
    assert words.startswith("'betas' is not that of the cosine schedule of 1000 steps")
    assert "'betas' has the shape (1000,), where" in refusal(state, noise_steps=500)
    assert "'betas' has the shape (10, 100), where 1 dim" in refusal(
        state | {"betas": linear.view(10, 100)}
    )
    del state["posterior_variance"]
    assert refusal(state).startswith("'posterior_variance' is missing")
    rounded = {name: value.float() for name, value in published().items()}
    assert method("d3dp").from_published(rounded)[0] == shapes_say(SMALL)


@pytest.mark.parametrize("skeleton", [COCO17, HUMANEVA15])
def test_priors_know_any_skeleton(skeleton: Any) -> None:
    config = replace(SMALL, joints=len(skeleton), parents=skeleton.parents, priors=True)
    ours, x = network(config), torch.randn(2, 5, len(skeleton), 2)
    assert ours(x).shape == (2, 5, len(skeleton), 3)
    torch.testing.assert_close(ours(x)[1:], ours(x[1:]), atol=1e-5, rtol=0)
    found, _ = method("d3dp").from_published(published(config), parents=skeleton.parents)
    assert found == shapes_say(config)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"channels": 10}, "10 channels cannot be shared by 8 heads"),
        ({"channels": 2, "heads": 1}, "2 channels cannot tell the step"),
        ({"channels": 9, "heads": 3}, "9 channels cannot tell the step"),
        ({"steps": 0}, "1000 steps of noise can be undone in 1 to 1000 steps, not 0"),
        ({"steps": 5, "noise_steps": 4}, "in 1 to 4 steps, not 5"),
        ({"hypotheses": 0}, "hypotheses=0; 1 is the least"),
        ({"features": 0}, "features=0; 1 is the least"),
        ({"scale": 0.0}, "poses must keep a size"),
        ({"priors": True, "joints": 16}, "a skeleton of 17 joints, and the network has 16"),
    ],
)
def test_configs_that_cannot_be_are_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(PoiseError, match=words):
        Config(**fields)


def test_noise_for_other_steps_is_refused() -> None:
    noise = torch.zeros(1, 3, 5, 17, 3)
    with pytest.raises(PoiseError, match="2 steps add noise 1 times; 0 are given"):
        network().sample(torch.zeros(1, 5, 17, 2), noise=noise)


def test_windows_of_another_length_are_refused() -> None:
    x, inside = torch.zeros(1, 6, 17, 2), torch.ones(1, 6, dtype=torch.bool)
    for ask in (
        network(),
        lambda x: network().learn(x, torch.zeros(1, 6, 17, 3), inside),
        lambda x: network().look_twice(x, x, turn_back),
    ):
        with pytest.raises(PoiseError, match="d3dp: this one takes windows of 5 frames, not 6"):
            ask(x)
