"""GLA-GCN: two forms over windows and two over clips with the same weights, and its graphs."""

from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from poise.errors import PoiseError
from poise.lifting import load_published
from poise.methods import method
from poise.methods.gla_gcn import Config, GlaGcn
from poise.methods.gla_gcn.config import HUMANEVA, HUMANEVA_OF_COCO, KERNEL, PUBLISHED
from poise.methods.gla_gcn.graphs import fixed_graphs, humaneva_of_coco
from poise.methods.gla_gcn.model import AmongJoints, Pace, perturbed
from poise.skeletons import COCO17, H36M17, HUMANEVA15, Skeleton
from poise.train import RECIPES
from poise.train.optimising import optimiser_of, set_rates


def network(seed: int = 1, **changes: Any) -> GlaGcn:
    """A small one whose graphs say something: the fresh ones are hidden behind their norms."""
    torch.manual_seed(seed)
    found = GlaGcn(replace(Config(channels=8, widths=(3, 3)), **changes)).eval()
    with torch.no_grad():
        for name, tensor in found.state_dict().items():
            if name.endswith(("norm.weight", "around.1.weight", "running_var")):
                tensor.uniform_(0.7, 1.3)
            elif name.endswith(("bias", "running_mean", "learned")):
                tensor.normal_(0, 0.2)
    return found


def close(ours: Tensor, wanted: Tensor, share: float = 1e-4) -> bool:
    """Within a share of the greatest magnitude."""
    return bool((ours - wanted).abs().max() <= share * wanted.abs().max())


# --- clips and windows


@pytest.mark.parametrize("widths", [(3, 3, 3, 3, 3), (3, 3), (3, 5, 1), (1, 3), (5,), (17,)])
def test_strided_and_dilated_are_one_network(widths: tuple[int, ...]) -> None:
    ours = network(widths=widths, windowed=False, channels=4 if len(widths) > 3 else 8)
    clip = torch.randn(2, ours.frames + 4, 17, 2)
    with torch.no_grad():
        together = ours.dilated(clip)
        each = [ours.strided(clip[:, start:][:, : ours.frames]) for start in range(5)]
    assert together.shape == (2, 5, 17, 3)
    assert close(together, torch.cat(each, 1))
    assert together.std(1).mean() > 1e-3 * together.abs().max(), "or all frames were alike"
    assert torch.equal(ours(clip[:, : ours.frames]), each[0])


@pytest.mark.parametrize("widths", [(3,), (3, 3), (5, 3)])
def test_a_pose_sees_as_far_as_the_config_says(widths: tuple[int, ...]) -> None:
    ours = network(widths=widths, windowed=False)
    before, after = ours.config.seen
    assert ours.frames == 2 * before + 1
    clip = torch.randn(1, ours.frames, 17, 2, requires_grad=True)
    for answer in (ours.strided(clip), ours.dilated(clip)):
        (gradient,) = torch.autograd.grad(answer.sum(), clip)
        reached = gradient.abs().sum((0, 2, 3)).nonzero().flatten()
        assert (reached[0], reached[-1]) == (0, before + after)


def test_the_published_widths_see_1945_frames() -> None:
    whole = replace(PUBLISHED, windowed=False)
    assert (PUBLISHED.frames, whole.frames, sum(whole.seen) + 1) == (243, 2187, 1945)


def test_deep_inside_a_long_window_both_forms_do_the_same() -> None:
    """Where no zeros reach, if windows too had an attention for each frame."""
    windowed, sliding = network(), network(windowed=False)
    sliding.load_state_dict(windowed.state_dict())
    for module in windowed.modules():
        if isinstance(module, AmongJoints):
            module.shared = False
    clip = torch.randn(1, 180, 17, 2)
    pace = Pace(zeros=KERNEL // 2)
    with torch.no_grad():
        x = windowed.expand(windowed.shown(clip), pace)
        for stage in windowed.stages:
            x = stage(x, pace, pace._replace(stride=3))
        poses, all_frames = windowed.to_poses(x), sliding(clip)
    before, after = sliding.config.seen
    inside = [p for p in range(20) if 9 * p + 4 >= before and 9 * p + 4 + after < 180]
    assert len(inside) > 10
    # Sliding answers begin `before` frames after the clip does.
    there = [9 * p + 4 - before for p in inside if 9 * p + 4 - before < all_frames.shape[1]]
    assert len(there) > 10
    assert close(poses[:, inside[: len(there)]], all_frames[:, there])
    assert not close(poses[:, :1], all_frames[:, :1], 1e-2)


def test_a_frame_has_the_attention_of_a_window_of_one() -> None:
    alone = network(windowed=False).expand.among_joints
    as_windows = network().expand.among_joints
    as_windows.load_state_dict(alone.state_dict())
    x = torch.randn(3, 150, 17, 2)  # more than are computed at a time
    with torch.no_grad():
        each = as_windows(x.flatten(0, 1)[:, None])
        assert close(alone(x), each.view(3, 150, 17, -1), 1e-5)
        assert not close(as_windows(x), alone(x), 1e-3), "a window shares one"


def test_windows_of_other_lengths_are_refused_in_words(unchecked: None) -> None:
    ours, sliding = network(), network(windowed=False)
    assert ours(torch.randn(2, 27, 17, 2)).shape == (2, 1, 17, 3)
    for frames in (0, 8, 10):
        with pytest.raises(PoiseError, match="windows of 9 frames, or of a multiple of these, not"):
            ours(torch.zeros(1, frames, 17, 2))
    with pytest.raises(PoiseError, match="sees 81 frames at once; a clip of 80 is too short"):
        sliding(torch.zeros(1, 80, 17, 2))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"widths": (3, 2)}, "odd numbers such as 3,3,3"),
        ({"widths": ()}, "odd numbers such as 3,3,3"),
        ({"widths": (19,), "windowed": False}, "cannot have widths above that"),
        ({"channels": 0}, "channels=0; 1 is the least"),
        ({"joints": 15}, "a skeleton of 17 joints, and the network has 15"),
        ({"graph": "humaneva15"}, "'humaneva15' is one of 15 joints, and the network has 17"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(PoiseError, match=said):
        replace(Config(), **changes)


# --- graphs


def test_a_joint_hears_its_parent_and_its_children() -> None:
    """By the published matrices, [who is heard, who hears], which are ours turned around."""
    own, inwards, outwards = fixed_graphs(PUBLISHED).mT
    assert torch.equal(own, torch.eye(17))
    wanted = torch.zeros(2, 17, 17)
    children = [H36M17.parents.count(joint) for joint in range(17)]
    for child, parent in enumerate(H36M17.parents):
        if parent >= 0:
            wanted[0, parent, child] = 1
            wanted[1, child, parent] = 1 / children[parent]
    assert torch.equal(torch.stack([inwards, outwards]), wanted)


def test_humanevas_links_are_the_published_ones() -> None:
    _, inwards, outwards = fixed_graphs(HUMANEVA).mT
    thirds, halves = ((0, 1), (2, 1), (5, 1)), ((8, 0), (11, 0))
    ones = ((1, 14), (3, 2), (4, 3), (6, 5), (7, 6), (9, 8), (10, 9), (12, 11), (13, 12))
    shares = [(thirds, 1 / 3), (halves, 1 / 2), (ones, 1.0)]
    wanted = torch.zeros(15, 15)
    for places, share in shares:
        for row, column in places:
            wanted[row, column] = share
    torch.testing.assert_close(inwards, wanted)
    assert torch.equal(outwards, (wanted.T > 0).float())
    _, inwards, outwards = fixed_graphs(HUMANEVA_OF_COCO).mT
    for missing in ((5, 1), (8, 0)):
        wanted[missing] = 0
    wanted[:, 1] = torch.where(wanted[:, 1] > 0, 0.5, 0.0)
    wanted[11, 0] = 1
    assert torch.equal(inwards, wanted)
    assert torch.equal(outwards, (wanted.T > 0).float())


def test_humanevas_joints_are_made_of_cocos() -> None:
    ours = network(graph="humaneva15 of coco17", joints=15, parents=HUMANEVA15.parents)
    seen = torch.randn(2, 9, 17, 2)
    made = humaneva_of_coco() @ seen
    torch.testing.assert_close(made[:, :, 14], seen[:, :, COCO17.index("nose")])
    hips = seen[:, :, [COCO17.index("left_hip"), COCO17.index("right_hip")]]
    torch.testing.assert_close(made[:, :, 0], hips.mean(2))
    assert torch.equal(ours(seen), ours(made)), "joints that someone else has made go in as well"
    nn.init.constant_(ours.norm.weight, 5.0)
    assert torch.equal(ours(seen), ours(made)), "the norm of the input is not used"
    assert not any(weight.requires_grad for weight in ours.norm.parameters())


# --- weights


def test_a_fresh_graph_convolution_is_the_way_around_it() -> None:
    torch.manual_seed(3)
    fresh = GlaGcn(Config(widths=(3,)))
    graph = fresh.stages[0].keeping.among_joints  # type: ignore[union-attr]
    assert isinstance(graph, AmongJoints)
    x = torch.randn(2, 5, 17, 96)
    torch.testing.assert_close(graph.eval()(x), F.relu(x), atol=1e-4, rtol=0)
    assert graph.norm.weight.unique().tolist() == pytest.approx([1e-6])
    loud = GlaGcn(Config(widths=(3,), channels=8, begin=0.5)).expand.among_joints
    assert loud.norm.weight.unique().tolist() == [0.5]
    assert graph.learned.unique().tolist() == pytest.approx([1e-6])
    spreads = {
        "attend": (2 / 24) ** 0.5,
        "combine": (2 / (96 * 96 * 3)) ** 0.5,
    }
    for name, spread in spreads.items():
        layers = getattr(graph, name)
        assert layers.weight.std().item() == pytest.approx(spread, rel=0.05)
        assert layers.bias.abs().max() == 0
    over_time = fresh.stages[0].keeping.over_time.weight.std().item()  # type: ignore[union-attr,operator]
    assert over_time == pytest.approx((2 / (96 * 9)) ** 0.5, rel=0.05)


def test_a_layer_for_each_joint_is_read_from_the_shapes() -> None:
    chosen = method("gla_gcn")
    apart = network(apart=True)
    state = chosen.to_published(apart.config, apart.state_dict())
    assert state["fc.weight"].shape == (51, 8, 1)
    config, ours = chosen.from_published(state)
    assert config == apart.config
    again = GlaGcn(config).eval()
    again.load_state_dict(ours)
    x = torch.randn(2, 9, 17, 2)
    assert torch.equal(again(x), apart(x))
    together = network()
    with torch.no_grad():
        apart.load_state_dict(
            {
                name: tensor.expand(17, *tensor.shape) if "to_poses" in name else tensor
                for name, tensor in together.state_dict().items()
            }
        )
    torch.testing.assert_close(apart(x), together(x), atol=1e-5, rtol=1e-5)


def test_published_files_of_humaneva_load(tmp_path: Any) -> None:
    """As published: from a wrapped network, beside a random generator."""
    chosen = method("gla_gcn")
    joints: list[tuple[dict[str, Any], Skeleton]] = [
        ({}, HUMANEVA15),
        ({"graph": "humaneva15 of coco17"}, COCO17),
    ]
    for known, takes in joints:
        graph = known.get("graph", "humaneva15")
        ours = network(joints=15, graph=graph, parents=HUMANEVA15.parents)
        state = chosen.to_published(ours.config, ours.state_dict())
        content = {"epoch": 1, "model_pos": {f"module.{n}": t for n, t in state.items()}}
        torch.save(content, tmp_path / "a.bin")
        lifter = load_published(tmp_path / "a.bin", "gla_gcn", takes=takes, **known)
        x = torch.randn(1, 9, len(takes), 2)
        assert torch.equal(lifter.network(x), ours(x))
        assert (lifter.takes, lifter.gives) == (takes, HUMANEVA15)
    with pytest.raises(PoiseError, match="made for a skeleton with the parents"):
        load_published(tmp_path / "a.bin", "gla_gcn", graph="humaneva15 of coco17")


# --- learning


def test_targets_are_turned_and_scaled_in_the_pictures_plane() -> None:
    torch.manual_seed(4)
    target = torch.randn(400, 1, 17, 3)
    changed = perturbed(target)
    assert torch.equal(changed[..., 2], target[..., 2])
    scale = (changed[..., :2].norm(dim=-1) / target[..., :2].norm(dim=-1)).flatten(1)
    torch.testing.assert_close(scale, scale[:, :1].expand_as(scale), atol=1e-4, rtol=0)
    plane, before = (
        torch.view_as_complex(each[..., :2].contiguous()) for each in (changed, target)
    )
    degrees = (plane / before).angle().flatten(1).mean(1).rad2deg()
    pairs = {
        (round(float(s), 2), round(float(d))) for s, d in zip(scale.mean(1), degrees, strict=True)
    }
    assert pairs == {(s, d) for s in (0.95, 1.0, 1.05) for d in (-5, 0, 5)}


def test_only_the_lesson_is_perturbed() -> None:
    x, target = torch.randn(4, 9, 17, 2), torch.randn(4, 1, 17, 3)
    inside = torch.ones(4, 1, dtype=torch.bool)
    plain, moved = network(), network(perturbed=True)
    assert plain.learn(x, target, inside).target is target
    lessons = []
    for _ in range(2):
        torch.manual_seed(5)
        lessons.append(moved.learn(x, target, inside))
    assert torch.equal(lessons[0].target, lessons[1].target)
    assert not torch.equal(lessons[0].target, target)
    assert torch.equal(lessons[0].predicted, plain(x))


def test_the_norms_of_ways_around_keep_their_momentum() -> None:
    paper = RECIPES["gla_gcn-paper"]
    ours = GlaGcn(replace(paper.network, channels=4))
    set_rates(paper, paper.steps // 2, optimiser_of(paper, ours), ours)
    momenta = {
        name: module.momentum
        for name, module in ours.named_modules()
        if isinstance(module, nn.BatchNorm1d)
    }
    kept = {"expand.around.1", "expand.among_joints.around.1"}
    assert {name for name, momentum in momenta.items() if momentum == 0.1} == kept
    others = [momenta[name] for name in momenta.keys() - kept]
    assert others == [pytest.approx(0.01, rel=1e-3)] * len(others)
