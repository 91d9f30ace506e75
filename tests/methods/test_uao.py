"""UAO: a network that doubts, what teaches it to, and the optimisation that asks it."""

import copy
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from poise.bench.counting import flops_of_layers, flops_per_frame, parameters
from poise.bench.vector_files import bundled, load_vector
from poise.errors import PoiseError
from poise.methods import Doubts, method
from poise.methods.published_camera import project
from poise.methods.uao import GUMLP, METHOD, Config
from poise.methods.uao.model import graph
from poise.methods.uao.optimising import (
    Settings,
    Stage,
    optimised,
    placed,
    prior_term,
    projection_term,
    safe_norm,
    stages,
)
from poise.skeletons import COCO17, H36M16, H36M17, HUMANEVA15, SMPL24, Skeleton
from poise.train import Loss
from poise.train.losses import total

SMALL = Config(width=16, layers=2)
CAMERA = torch.tensor([2.2, 2.2, 0.05, -0.02, -0.2, 0.2, 0.0, 0.001, -0.002])
MIRROR = list(H36M17.mirror)
OPTIMISATIONS = [path for path in bundled() if path.stem.startswith("uao-tto")]


def network(config: Config = SMALL) -> GUMLP:
    torch.manual_seed(1)
    return GUMLP(config).eval()


def turned(values: Tensor) -> Tensor:
    """Keypoints or poses in the mirror."""
    return values[..., MIRROR, :] * values.new_tensor([-1, 1, 1][: values.shape[-1]])


def situation(frames: int = 1, batch: int = 3) -> dict[str, Any]:
    """Keypoints of people some metres away, seen where the network has no idea of them."""
    torch.manual_seed(2)
    keypoints = 0.2 * torch.randn(batch, frames, 17, 2)
    root = torch.tensor([0.1, -0.1, 4.0]).expand(batch, frames, 1, 3)
    return {
        "keypoints": keypoints,
        "mirrored": turned(keypoints),
        "root": root,
        "cameras": CAMERA.expand(batch, 9),
    }


def run(ours: GUMLP, frames: int = 1, batch: int = 3, **settings: Any) -> list[Stage]:
    given = situation(frames, batch)
    return list(stages(ours.with_doubt, **given, settings=Settings(**settings)))


# --- the network


def test_the_published_size_and_cost() -> None:
    config = METHOD.presets["published"]
    assert method("gumlp") is METHOD
    assert parameters(METHOD, config) == 4_509_059
    block = parameters(METHOD, replace(config, layers=4)) - 4_509_059
    assert block == 1_403_285
    assert parameters(METHOD, replace(config, layers=1)) == 1_702_489
    # Who does not ask how sure it is does not pay for it.
    doubt = 2 * 17 * (512 * 256 + 256)
    assert (flops_per_frame(METHOD, config) + doubt) / 1e9 == pytest.approx(0.223, abs=5e-4)
    graphs = 3 * 2 * 4 * 17 * 17 * 512
    assert flops_of_layers(METHOD, config) == flops_per_frame(METHOD, config) - graphs


def test_it_answers_as_it_says_and_with_its_doubt() -> None:
    ours, x = network(), torch.randn(2, 5, 17, 2)
    assert isinstance(ours, Doubts)
    simplebaseline = method("simplebaseline")
    assert not isinstance(simplebaseline.network(simplebaseline.config(width=16)), Doubts)
    poses, log_scale = ours.with_doubt(x)
    assert torch.equal(ours(x), poses)
    assert log_scale.shape == (2, 5, 17)
    assert log_scale.std() > 0
    # Each frame for itself, in training as well.
    torch.testing.assert_close(ours.with_doubt(x[:, 2:3])[1], log_scale[:, 2:3])
    with torch.autocast("cpu", torch.bfloat16):
        assert (ours.with_doubt(x)[0] - poses).abs().mean() < 0.02
    with_confidence = network(replace(SMALL, features=3))
    assert with_confidence(torch.randn(1, 4, 17, 3)).shape == (1, 4, 17, 3)


@pytest.mark.parametrize("skeleton", [H36M17, H36M16, HUMANEVA15, COCO17, SMPL24])
def test_the_graph_follows_any_skeleton(skeleton: Skeleton) -> None:
    config = Config(
        joints=len(skeleton),
        width=16,
        layers=1,
        parents=skeleton.parents,
        mirror=skeleton.mirror,
    )
    assert config.follows == skeleton.parents
    ours = network(config)
    assert "hears" not in "".join(ours.state_dict())
    assert ours(torch.randn(1, 2, len(skeleton), 2)).shape == (1, 2, len(skeleton), 3)
    itself, nearer, farther, mirrored = graph(skeleton.parents, skeleton.mirror)
    assert torch.equal(torch.diag(itself.diagonal()), itself)
    pairs = {tuple(pair) for pair in mirrored.nonzero().tolist()}
    assert pairs == {(a, b) for a, b in enumerate(skeleton.mirror) if a != b}
    torch.testing.assert_close(
        (itself + nearer + farther + mirrored).sum(0), torch.ones(len(itself))
    )


def test_nearer_and_farther_are_seen_from_the_spine() -> None:
    _, outside, inside, _ = graph(H36M17.parents, H36M17.mirror)
    spine, thorax, pelvis = (H36M17.index(name) for name in ("spine", "thorax", "pelvis"))
    assert outside[[thorax, pelvis], spine].min() > 0
    assert not inside[:, spine].any()
    _, outside, _, _ = graph(H36M16.parents, H36M16.mirror)
    assert outside[H36M16.index("thorax"), H36M16.index("spine")] > 0


def test_configs_that_cannot_be_are_refused_in_words() -> None:
    with pytest.raises(PoiseError, match="a width of 20 has no eighth"):
        Config(width=20)
    with pytest.raises(PoiseError, match="at least one layer, not 0"):
        Config(layers=0)
    with pytest.raises(PoiseError, match="a skeleton of 17 joints, and the network has 15"):
        Config(joints=15)
    with pytest.raises(PoiseError, match="mirror does not pair 15 joints"):
        Config(joints=15, parents=HUMANEVA15.parents)
    with pytest.raises(PoiseError, match="mirror does not pair 17 joints"):
        Config(mirror=(1, 2, *range(2, 17)))
    with pytest.raises(PoiseError, match="iterations are 0 or more, and the rate is above 0"):
        Settings(iterations=-1)


def test_a_graph_in_the_file_is_not_needed() -> None:
    ours = network()
    state = dict(METHOD.to_published(SMALL, ours.state_dict()))
    adjacency = torch.zeros(4, 17, 17)
    kept = {"A": adjacency, "GCN_MLP.blocks.0.gcn1.adj": adjacency}
    config, weights = METHOD.from_published(state | kept)
    assert config == SMALL
    assert all(torch.equal(weights[name], tensor) for name, tensor in ours.state_dict().items())
    with pytest.raises(PoiseError, match="'B', of shape .* is unexpected"):
        METHOD.from_published(state | {"B": adjacency})


def test_it_learns_how_far_off_it_is() -> None:
    """Of targets that are noise nothing can be known but how large it is, joint by joint."""
    torch.manual_seed(3)
    noise = torch.linspace(0.1, 0.5, 17)
    config = replace(SMALL, layers=1, dropout=0, joint_dropout=0, drop_path=0)
    ours = GUMLP(config).train()
    optimiser = torch.optim.Adam(ours.parameters(), lr=1e-2)
    steps = 150
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = 1e-2 * (1 - step / steps)
        target = noise[:, None] * torch.randn(32, 1, 17, 3)
        poses, log_scale = ours.with_doubt(torch.randn(32, 1, 17, 2))
        loss = total(Loss(likelihood=True), poses, target, None, log_scale)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    poses, log_scale = ours.eval().with_doubt(torch.randn(512, 1, 17, 2))
    off = (poses - noise[:, None] * torch.randn(512, 1, 17, 3)).norm(dim=-1).mean((0, 1))
    assert off[-1] > 3 * off[0]
    torch.testing.assert_close(log_scale.exp().mean((0, 1)), off, rtol=0.25, atol=0)


# --- what it minimises at test time


def test_the_length_of_nothing_has_no_direction() -> None:
    vectors = torch.tensor([[0.0, 0, 0], [3, 4, 0], [1e-18, 0, 0]], requires_grad=True)
    lengths = safe_norm(vectors)
    assert lengths[:2].tolist() == [0, 5]
    lengths.sum().backward()
    assert vectors.grad is not None
    assert vectors.grad[0].tolist() == [0, 0, 0]
    assert vectors.grad[1].tolist() == pytest.approx([0.6, 0.8, 0])
    assert vectors.grad.isfinite().all()
    bare = torch.zeros(1, 3, requires_grad=True)
    bare.square().sum(-1).sqrt().sum().backward()
    assert bare.grad is not None
    assert bare.grad.isnan().all()  # what it is there for


def test_sure_joints_are_held_and_the_doubt_learns_nothing_from_it() -> None:
    poses, anchors = torch.zeros(1, 1, 2, 3, requires_grad=True), torch.full((1, 1, 2, 3), 0.1)
    log_scale = torch.tensor([[[-3.0, 0.0]]], requires_grad=True)
    value = prior_term(poses, anchors, log_scale)
    away = 0.1 * 3**0.5
    assert value.item() == pytest.approx((away * np.exp(3) - 3 + away) / 2, rel=1e-5)
    value.backward()
    assert log_scale.grad is None
    assert poses.grad is not None
    sure, unsure = poses.grad.norm(dim=-1)[0, 0].tolist()
    assert sure / unsure == pytest.approx(np.exp(3), rel=1e-5)


def test_the_root_is_where_it_was_said_to_be() -> None:
    poses = torch.randn(2, 3, 17, 3, requires_grad=True)
    root = torch.tensor([0.2, 0.1, 5.0]).expand(2, 3, 1, 3)
    there = placed(poses, root)
    assert torch.equal(there[..., :1, :], root)
    assert torch.equal(there[..., 1:, :], poses[..., 1:, :] + root)
    cameras = CAMERA.expand(2, 9)
    seen = project(there, cameras).detach()
    assert projection_term(poses, root, cameras, seen) == 0
    moved = seen + 0.01
    projection_term(poses, root, cameras, moved).backward()
    assert poses.grad is not None
    assert not poses.grad[..., 0, :].any()  # what the network says of the root does not count
    assert poses.grad[..., 1:, :2].abs().min() > 0
    # It is one of 17 that the mean is of, all the same.
    seen[..., 0, 0] += 0.17
    assert projection_term(poses, root, cameras, seen).item() == pytest.approx(0.01, rel=1e-4)


# --- the optimisation


@pytest.mark.parametrize("path", OPTIMISATIONS, ids=lambda path: path.stem)
def test_gradients_and_latents_are_the_published_ones(path: Path) -> None:
    """As `poise verify` has it, and closer where a gradient's sign would decide."""
    vector = load_vector(path)
    wanted = vector.outputs
    found = METHOD.answer_vector(METHOD, vector.meta, vector.state, vector.inputs)
    for output in ("grad_z", "grad_z_flip"):
        # Of the greatest: small ones hold rounding, theirs as much as ours.
        within = 1e-4 * np.abs(wanted[output]).max()
        np.testing.assert_allclose(found[output], wanted[output], rtol=0, atol=within)
    for output in ("z", "z_flip"):
        np.testing.assert_allclose(found[output], wanted[output], rtol=0, atol=1e-6)
    for output in ("pose_after_iteration", "mu0", "s0", "loss", "loss_parts"):
        np.testing.assert_allclose(found[output], wanted[output], rtol=0, atol=1e-5)


def test_every_step_has_numbers_and_the_first_is_the_projections_alone() -> None:
    found = run(network(), prior=0.5, rate=1e-2)
    assert len(found) == 5
    for stage in found[:-1]:
        assert stage.gradients is not None
        assert all(gradient.isfinite().all() for gradient in stage.gradients)
        assert stage.poses.isfinite().all()
    assert found[-1].gradients is None
    without = run(network(), prior=0.0, rate=1e-2)
    first, second = ([stage.gradients for stage in each[:2]] for each in (found, without))
    assert first[0] is not None
    assert second[0] is not None
    assert first[1] is not None
    assert second[1] is not None
    # The pose is where it was, so the prior pulls nowhere; a step later it does.
    assert torch.equal(first[0][0], second[0][0])
    assert not torch.allclose(first[1][0], second[1][0], rtol=1e-3)


def test_poses_come_nearer_to_what_is_seen_and_a_prior_holds_them() -> None:
    found = run(network(), iterations=30, rate=1e-2)
    assert found[-1].projections.sum() < 0.95 * found[0].projections.sum()
    held = run(network(), iterations=30, rate=1e-2, prior=5.0)

    def way(all_of_it: list[Stage]) -> float:
        return float((all_of_it[-1].poses - all_of_it[0].poses).norm(dim=-1).mean())

    assert 0 < way(held) < 0.5 * way(found)


def test_it_begins_with_the_mean_of_both_answers() -> None:
    ours, given = network(), situation(frames=2)
    none = optimised(ours.with_doubt, **given, settings=Settings(iterations=0))
    with torch.no_grad():
        mean = (ours(given["keypoints"]) + turned(ours(given["mirrored"]))) / 2
    mean[..., 0, :] = 0
    torch.testing.assert_close(none, mean, atol=1e-6, rtol=0)
    after = optimised(ours.with_doubt, **given)
    assert not after[..., 0, :].any()
    assert torch.equal(after, run(ours, frames=2)[-1].poses)
    assert (after - none).abs().max() > 1e-5


def test_a_keypoint_moves_about_as_far_as_the_rate() -> None:
    found = run(network(), rate=2e-3)
    for before, after in pairwise(found):
        for one, other in zip(before.latents, after.latents, strict=True):
            # Adam may go a little farther where gradients shrink.
            assert (one - other).abs().max() < 1.5 * 2e-3
    first = (found[1].latents[0] - found[0].latents[0]).abs()
    torch.testing.assert_close(first.median(), torch.tensor(2e-3), rtol=1e-3, atol=0)
    assert torch.equal(found[0].latents[0], situation()["keypoints"])


def test_the_same_clip_gets_the_same_answer_and_nothing_else_changes() -> None:
    ours, given = network(), situation()
    before, kept = copy.deepcopy(ours.state_dict()), {k: v.clone() for k, v in given.items()}
    first = optimised(ours.with_doubt, **given)
    torch.manual_seed(77)
    assert torch.equal(optimised(ours.with_doubt, **given), first)
    for wrapped in (torch.no_grad(), torch.inference_mode()):
        with wrapped:
            assert torch.equal(optimised(ours.with_doubt, **situation()), first)
    assert all(torch.equal(before[name], value) for name, value in ours.state_dict().items())
    assert all(weight.requires_grad and weight.grad is None for weight in ours.parameters())
    assert all(torch.equal(given[name], value) for name, value in kept.items())
    # A batch is a mean, which Adam all but removes.
    alone = optimised(ours.with_doubt, **{name: value[:1] for name, value in given.items()})
    torch.testing.assert_close(alone, first[:1], atol=1e-4, rtol=0)


def test_the_mirror_image_of_a_clip_gets_the_mirror_image_of_the_answer() -> None:
    """Through a lens that is its own mirror image."""
    ours, given = network(), situation()
    cameras = given["cameras"].clone()
    cameras[:, [2, 7]] = 0  # the centre's x, and the lens's lean to a side
    root = given["root"] * torch.tensor([-1, 1, 1])
    one = optimised(ours.with_doubt, **(given | {"cameras": cameras}))
    other = optimised(ours.with_doubt, given["mirrored"], given["keypoints"], root, cameras)
    torch.testing.assert_close(turned(other), one, atol=1e-5, rtol=0)


def test_frozen_weights_cost_no_gradients() -> None:
    """A step is a forward and its way back to the keypoints; weights would be as much again."""
    ours = network(replace(SMALL, width=64))
    given = situation()
    with FlopCounterMode(display=False) as forward, torch.no_grad():
        ours.with_doubt(torch.cat([given["keypoints"], given["mirrored"]]))
    with FlopCounterMode(display=False) as whole:
        optimised(ours.with_doubt, **given, settings=Settings(iterations=4))
    once = forward.get_total_flops()
    # Five forwards and four ways back.
    assert whole.get_total_flops() == pytest.approx(9 * once, rel=0.02)
