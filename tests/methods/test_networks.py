"""Every method keeps its contract; two forms are one network; sizes are the published ones."""

from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from poise.bench.counting import flops_of_layers, flops_per_frame, parameters
from poise.errors import PoiseError
from poise.methods import METHODS, Doubts, Learns, TokenLifter, card, method, names
from poise.methods.mixste import Config as MixSTEConfig
from poise.methods.mixste import MixSTE
from poise.methods.simplebaseline import Config as SimpleBaselineConfig
from poise.methods.simplebaseline import SimpleBaseline
from poise.methods.videopose3d import Config as VideoPose3DConfig
from poise.methods.videopose3d import VideoPose3D
from poise.methods.videopose3d.model import Filter
from poise.nn.transformer import DropPath
from poise.plain import is_of
from small_networks import COMBINATIONS, SMALL

UNWRAPPED = [name for name in METHODS if name not in COMBINATIONS]


@pytest.fixture(params=list(COMBINATIONS) + UNWRAPPED)
def small(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    """A small config of each method and each combination, and its network."""
    torch.manual_seed(1)
    name, config = COMBINATIONS.get(request.param) or (request.param, SMALL[request.param])
    return config, method(name).network(config).eval()


def test_answers_are_for_the_frames_that_the_network_says(small: tuple[Any, Any]) -> None:
    config, network = small
    for more in (0, 5) if network.answers == "sliding" else (0,):
        answer = network(torch.randn(2, network.frames + more, 17, 2))
        frames = {"every frame": network.frames, "middle frame": 1, "sliding": 1 + more}
        assert answer.shape == (2, frames[network.answers], 17, 3)
    assert network.frames == config.frames
    assert network.config == config


def test_rows_of_a_batch_do_not_see_each_other(small: tuple[Any, Any]) -> None:
    _, network = small
    x = torch.randn(3, network.frames, 17, 2)
    torch.testing.assert_close(network(x)[1:2], network(x[1:2]), atol=1e-5, rtol=0)


def test_every_weight_learns(small: tuple[Any, Any]) -> None:
    _, network = small
    frames = network.frames
    network.train()
    with torch.no_grad():
        for weight in network.parameters():  # what begins at zero hides what stands behind it
            weight += 0.1 * torch.randn_like(weight)
    x = torch.randn(8, frames, 17, 2)
    if isinstance(network, Learns):
        frames = 1 if network.learns == "middle frame" else frames
        target = torch.randn(8, frames, 17, 3)
        answer = network.learn(x, target, torch.ones(8, frames, dtype=torch.bool)).predicted
    elif isinstance(network, Doubts):
        answer = torch.cat([answer.flatten() for answer in network.with_doubt(x)])
    else:
        answer = network(x)
    answer.square().mean().backward()
    for name, weight in network.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name
        # A bias before batch norm has no say, and softmax does not see the same added to all keys.
        assert weight.grad.abs().sum() > 0 or name.endswith("bias"), name


def test_other_joints_go_out_than_come_in() -> None:
    narrow = VideoPose3DConfig(widths=(3,), channels=8, joints=1, features=3)
    assert VideoPose3D(narrow)(torch.randn(2, 4, 17, 3)).shape == (2, 2, 1, 3)
    flat = SimpleBaselineConfig(width=8, joints_in=16, joints=15)
    assert SimpleBaseline(flat)(torch.randn(2, 4, 16, 2)).shape == (2, 4, 15, 3)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("widths", [(3, 3, 3), (3, 5, 3), (1, 3), (5,)])
def test_strided_and_dilated_are_one_network(widths: tuple[int, ...], causal: bool) -> None:
    torch.manual_seed(2)
    config = VideoPose3DConfig(widths=widths, channels=16, causal=causal)
    network = VideoPose3D(config).eval()
    clip = torch.randn(2, network.frames + 4, 17, 2)
    windows = clip.unfold(1, network.frames, 1).permute(0, 1, 4, 2, 3)  # (2, 5, time, 17, 2)
    each = torch.stack([network.strided(window) for window in windows.unbind(1)], dim=1)
    torch.testing.assert_close(network.dilated(clip), each[:, :, 0], atol=1e-6, rtol=0)


@pytest.mark.parametrize("strided", [False, True])
def test_a_filter_is_a_convolution(strided: bool) -> None:
    torch.manual_seed(9)
    ours, x = Filter(4, 6, width=3, dilation=2), torch.randn(2, 12, 4)
    stride, dilation = (3, 1) if strided else (1, 2)
    plain = F.conv1d(x.mT, ours.weight.mT, stride=stride, dilation=dilation).mT
    torch.testing.assert_close(ours(x, strided), plain, atol=1e-6, rtol=0)


def test_a_window_is_trained_in_the_strided_form() -> None:
    torch.manual_seed(3)
    config = VideoPose3DConfig(widths=(3, 3), channels=16, dropout=0)
    network, window = VideoPose3D(config).train(), torch.randn(4, 9, 17, 2)
    assert torch.equal(network(window), network.strided(window))
    # Batch norm sees other frames in the other form, so the two answer differently.
    assert (network.dilated(window) - network.strided(window)).abs().max() > 1e-3


def test_a_causal_network_goes_around_with_the_last_frame() -> None:
    """With all filters at zero only the way around is left: which frame it takes shows."""
    for causal, place in ((False, 4), (True, 8)):
        config = VideoPose3DConfig(widths=(1, 3, 3), channels=8, causal=causal, dropout=0)
        network = VideoPose3D(config).eval()
        for block in network.blocks:
            nn.init.zeros_(block.mix.weight)  # type: ignore[union-attr,arg-type]
        clip = torch.randn(1, 9, 17, 2, requires_grad=True)
        network(clip).sum().backward()
        assert clip.grad is not None
        assert clip.grad.abs().sum((0, 2, 3)).nonzero().flatten().tolist() == [place]


def test_drop_path_leaves_rows_out_and_keeps_the_mean() -> None:
    torch.manual_seed(4)
    drop, branch = DropPath(0.5).train(), torch.ones(4000, 2, 3)
    dropped = drop(branch)
    assert set(dropped.flatten().tolist()) == {0.0, 2.0}
    assert torch.equal(dropped, dropped[:, :1, :1].expand_as(dropped))
    assert dropped.mean() == pytest.approx(1, abs=0.1)
    assert torch.equal(DropPath(0.0).train()(branch), branch)
    assert torch.equal(drop.eval()(branch), branch)


@pytest.mark.parametrize("name", [name for name in COMBINATIONS if "hourglass" not in name])
def test_tokens_go_through_embed_blocks_and_head(name: str) -> None:
    torch.manual_seed(5)
    chosen, config = COMBINATIONS[name]
    if not hasattr(config, "blocks"):
        pytest.skip("no token lifter; d3dp takes a noisy pose besides")
    network, x = method(chosen).network(config).eval(), torch.randn(2, 9, 17, 2)
    assert isinstance(network, TokenLifter)
    assert len(network.blocks) == config.blocks
    tokens = network.embed(x)
    assert tokens.shape[:2] == (2, 9)
    for block in network.blocks:
        tokens = block(tokens)
    poses = network.head(tokens)
    if network.answers != network.head_answers:
        poses = poses[:, 4:5]
    assert torch.equal(poses, network(x))


@pytest.mark.parametrize(
    ("name", "preset", "size", "mflop"),
    [
        ("simplebaseline", "published", 4_291_632, 8.55),
        ("simplebaseline", "poseaug", 4_288_557, 8.55),
        ("stgcn", "1", 3_627_847, 56.17),
        ("stgcn", "poseaug", 3_627_847, 56.17),
        ("stgcn", "3", 5_040_455, 221.7),
        ("videopose3d", "27", 8_555_571, 35.5),
        ("videopose3d", "81", 12_753_971, 114.8),
        ("videopose3d", "243", 16_952_371, 352.6),
        ("gla_gcn", "27", 844_076, 351),
        ("gla_gcn", "81", 1_096_466, 1075),
        ("gla_gcn", "243", 1_348_856, 3246),
        ("gla_gcn", "81-wide", 7_703_106, None),
        ("gla_gcn", "humaneva", 842_724, None),
        ("gla_gcn", "from-coco", 842_724, None),
        ("mixste", "27", 33_673_219, 2 * 15.57e3 / 27),
        ("mixste", "81", 33_700_867, 2 * 47.31e3 / 81),
        ("mixste", "243", 33_783_811, 2 * 147.42e3 / 243),
    ],
)
def test_sizes_and_costs_are_the_published_ones(
    name: str, preset: str, size: int, mflop: float | None
) -> None:
    chosen = method(name)
    config = chosen.presets[preset]
    assert parameters(chosen, config) == size
    if mflop is None:
        return
    assert flops_per_frame(chosen, config) / 1e6 == pytest.approx(mflop, rel=2e-3)


@pytest.mark.parametrize(
    ("name", "preset", "size", "gmacs"),
    [  # of linear layers and convolutions, a window, as the papers count
        ("ktpformer", "27", 34_765_014, None),
        ("ktpformer", "81", 34_859_622, None),
        ("ktpformer", "243", 35_213_430, None),
        ("mixste", "243", 33_783_811, 138.624),
        ("mhformer", "351", 31_516_125, 7.073),
        ("tpc+mhformer", "351", 31_516_125, 4.110),
        ("tpc+mixste", "243", 33_783_811, 125.642),
        # The queries of the recovering attention are the same for all joints: made once, they save
        # 16 of 17 times 243 C².
        ("hot+mixste", "243", 35_000_323, 83.756 - 16 * 243 * 512**2 / 1e9),
        ("dstformer", "243", 42_466_317, 174.405),
        ("dstformer", "243-lite", 16_001_549, 65.547),
        ("hot+dstformer", "243", 16_347_661, 31.604 - 16 * 243 * 256**2 / 1e9),
        ("tpc+dstformer", "243", 16_001_549, 45.66),
        ("motionagformer", "243", 11_723_811, 47.961),
        ("hot+motionagformer", "243", 11_828_031, 30.261 - 16 * 243 * 128**2 / 1e9),
    ],
)
def test_layers_cost_what_the_papers_say(
    name: str, preset: str, size: int, gmacs: float | None
) -> None:
    chosen = method(name)
    config = chosen.presets[preset]
    assert parameters(chosen, config) == size
    if gmacs is not None:
        assert flops_of_layers(chosen, config) / 2e9 == pytest.approx(gmacs, rel=2e-4)


def test_the_priors_cost_what_the_paper_says_but_for_diagonal_matrices() -> None:
    """The published code multiplies diagonals as if they were full: two on time, one on joints."""
    chosen = method("ktpformer")
    for frames, gmacs in ((27, 16.08), (81, 49.01), (243, 153.89)):
        ours = flops_per_frame(chosen, chosen.presets[str(frames)]) * frames / 2e9
        diagonals = (2 * 17 * frames**2 + frames * 17**2) * 512 / 1e9
        assert ours + diagonals == pytest.approx(gmacs, rel=1e-3)


@pytest.mark.parametrize("name", names())
def test_sizes_are_near_the_published_ones(name: str) -> None:
    chosen = method(name)
    for preset, size in chosen.sizes.items():
        config = chosen.presets[preset]
        if size.parameters_m is not None:
            millions = parameters(chosen, config) / 1e6
            assert millions == pytest.approx(size.parameters_m, rel=0.01, abs=0.05)
        if size.gflops is not None and name != "convformer":  # whose kernels are one here
            gflops = flops_of_layers(chosen, config) / 1e9
            assert gflops == pytest.approx(size.gflops, rel=0.015)


def test_the_network_of_the_roots_path_has_the_published_size() -> None:
    chosen = method("videopose3d")
    assert parameters(chosen, replace(chosen.presets["243"], joints=1)) == 16_903_171


@pytest.mark.parametrize("name", names())
def test_every_method_says_what_it_is(name: str) -> None:
    chosen = method(name)
    assert chosen.name == name
    assert chosen.presets
    assert all(is_of(preset, chosen.config) for preset in chosen.presets.values())
    text = card(name)
    for words in (chosen.paper.split(",")[0], "Licence", "Reproduced", "Not reproduced"):
        assert words in text
    for result in chosen.results:
        for number in (result.mpjpe_mm, result.p_mpjpe_mm):
            assert number is None or str(number) in text, result


def test_an_unknown_method_is_answered_with_a_near_one() -> None:
    with pytest.raises(PoiseError, match="no method is called 'mixst'; did you mean 'mixste'"):
        method("mixst")


def test_wrong_windows_and_configs_are_refused_in_words() -> None:
    with pytest.raises(PoiseError, match="sees 9 frames at once; a clip of 8 is too short"):
        VideoPose3D(SMALL["videopose3d"])(torch.zeros(1, 8, 17, 2))
    with pytest.raises(PoiseError, match="windows of 9 frames, not 10"):
        MixSTE(SMALL["mixste"])(torch.zeros(1, 10, 17, 2))
    with pytest.raises(PoiseError, match="odd numbers such as 3,3,3"):
        VideoPose3DConfig(widths=(3, 4))
    with pytest.raises(PoiseError, match="10 channels cannot be shared by 8 heads"):
        MixSTEConfig(channels=10)
