"""ConvFormer: the paper's sizes, convolutions by their definition, parts as long as the window."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from poise.bench.counting import flops_of_layers, parameters
from poise.errors import PoiseError
from poise.methods.convformer import METHOD, Config, ConvFormer
from poise.methods.convformer.model import ConvolutionalAttention

SMALL = Config(frames=9, channels=16, heads=4, kernels=(3, 5, 1))


@pytest.mark.parametrize(
    ("frames", "size"),
    [(9, 2_561_621), (27, 2_654_735), (81, 3_431_741), (143, 5_244_435), (243, 10_241_735)],
)
def test_sizes_are_the_published_ones(frames: int, size: int) -> None:
    found = parameters(METHOD, METHOD.presets[str(frames)])
    assert found == size
    assert found / 1e6 == pytest.approx(METHOD.sizes[str(frames)].parameters_m, rel=0.01)


@pytest.mark.parametrize(
    ("changed", "millions"),
    [
        ({"kernels": (3,)}, 2.44),
        ({"kernels": (3, 3)}, 2.46),
        ({"kernels": (3, 3, 3)}, 2.48),
        ({"kernels": (5,)}, 2.46),
        ({"kernels": (5, 5)}, 2.49),
        ({"kernels": (5, 5, 5)}, 2.52),
        ({"kernels": (7,)}, 2.47),
        ({"kernels": (7, 7)}, 2.51),
        ({"kernels": (7, 7, 7)}, 2.56),
        ({"kernels": (9,)}, 2.48),
        ({"kernels": (9, 9)}, 2.54),
        ({"kernels": (9, 9, 9)}, 2.60),
        ({"kernels": (3, 5, 7)}, 2.52),
        ({"kernels": (5, 7, 9)}, 2.56),
        ({"temporal_depth": 4}, 4.95),
        ({"spatial_depth": 4}, 2.70),
    ],
)
def test_sizes_of_the_papers_ablations(changed: dict[str, Any], millions: float) -> None:
    found = parameters(METHOD, replace(METHOD.presets["9"], **changed)) / 1e6
    assert found == pytest.approx(millions, rel=0.01)
    assert round(found, 2) == millions


def apart(attention: ConvolutionalAttention, x: Tensor) -> list[Tensor]:
    """Every convolution by itself, as the paper has them."""
    turned = attention.channels_are == "features"
    z = x.mT if turned else x
    answers = []
    for mixture in (attention.query, attention.key, attention.value):
        shares = mixture.mix.exp() / mixture.mix.exp().sum()
        each = [
            share * convolution(z)
            for share, convolution in zip(shares, mixture.convolutions, strict=True)
        ]
        mean = torch.stack(each).sum(0)
        answers.append(mean.mT if turned else mean)
    return answers


@pytest.mark.parametrize("preset", list(METHOD.presets))
def test_costs_are_the_published_ones_with_all_convolutions_apart(
    preset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ConvolutionalAttention, "convolved", apart)
    found = flops_of_layers(METHOD, METHOD.presets[preset]) / 1e9
    assert found == pytest.approx(METHOD.sizes[preset].gflops, rel=0.06)


def attention_of(channels: int, heads: int, kernels: tuple[int, ...], channels_are: Any) -> Any:
    """One whose weights are nothing special, nor are the shares of its convolutions."""
    torch.manual_seed(3)
    made = ConvolutionalAttention(channels, heads, kernels, channels_are=channels_are, dropout=0.2)
    for mixture in (made.query, made.key, made.value):
        nn.init.normal_(mixture.mix)
    return made.eval()


@pytest.mark.parametrize(("channels_are", "channels"), [("features", 8), ("tokens", 5)])
@torch.no_grad()
def test_attention_is_its_slow_plain_twin(channels_are: str, channels: int) -> None:
    attention = attention_of(channels, 4, (3, 7, 5), channels_are)
    x = torch.randn(2, 5, 8)
    query, key, value = apart(attention, x)
    for ours, plain in zip(attention.convolved(x), (query, key, value), strict=True):
        torch.testing.assert_close(ours, plain, atol=1e-6, rtol=0)
    heads, paid = [], torch.zeros(2, 5)
    for head in range(4):
        part = slice(2 * head, 2 * head + 2)
        weights = (query[..., part] @ key[..., part].mT / 2**0.5).softmax(-1)
        heads.append(weights @ value[..., part])
        paid += weights.mean(dim=1) / 4
    mixed = torch.cat(heads, dim=2)  # (row, token, feature)
    matrix, bias = attention.project.weight[:, :, 0], attention.project.bias
    if channels_are == "features":
        plain = mixed @ matrix.T + bias
    else:
        plain = matrix @ mixed + bias[:, None]
    assert attention.paid is None
    attention.watched = True
    torch.testing.assert_close(attention(x), plain, atol=1e-6, rtol=0)
    torch.testing.assert_close(attention.paid, paid, atol=1e-6, rtol=0)


@torch.no_grad()
def test_a_temporal_query_sees_all_frames_of_a_neighbourhood_of_features() -> None:
    frames, features = 3, 6
    attention = attention_of(frames, 2, (3, 5), "tokens")
    x = torch.randn(1, frames, features)
    query = attention.convolved(x)[0][0]  # (time, feature)
    shares = attention.query.mix.softmax(0)
    for frame in range(frames):
        for feature in range(features):
            wanted = 0.0
            for share, convolution in zip(shares, attention.query.convolutions, strict=True):
                width = convolution.kernel_size[0]
                found = float(convolution.bias[frame])
                for other in range(frames):
                    for step in range(width):
                        place = feature + step - width // 2
                        if 0 <= place < features:
                            found += float(
                                convolution.weight[frame, other, step] * x[0, other, place]
                            )
                wanted += float(share) * found
            assert query[frame, feature] == pytest.approx(wanted, abs=1e-5)


def test_tokens_go_through_embed_blocks_and_head() -> None:
    torch.manual_seed(5)
    network, x = ConvFormer(SMALL).eval(), torch.randn(2, 9, 17, 2)
    tokens = network.embed(x)
    assert len(network.blocks) == SMALL.blocks == 4
    for block in network.blocks:
        assert tokens.shape == (2, 9, 17, 16)
        tokens = block(tokens)
    assert torch.equal(network.head(tokens), network(x))
    assert network(x).shape == (2, 1, 17, 3)


def test_frames_attend_in_the_temporal_blocks_only() -> None:
    network = ConvFormer(SMALL).eval()
    assert network.attention_over_frames(0) == network.attention_over_frames(1) == []
    for number in (2, 3):
        (attention,) = network.attention_over_frames(number)
        attention.watched = True
        network(torch.randn(2, 9, 17, 2))
        assert attention.paid is not None
        assert attention.paid.shape == (2, 9)
        torch.testing.assert_close(attention.paid.sum(1), torch.ones(2))


@pytest.mark.parametrize("priors", [False, True])
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_shortened_one_takes_fewer_frames_from_there_on(number: int, priors: bool) -> None:
    torch.manual_seed(6)
    network, whole = (ConvFormer(replace(SMALL, priors=priors)) for _ in range(2))
    whole.load_state_dict(network.state_dict())
    network.shorten(number, 5)
    for lifter in (network, whole):
        lifter.train()
    tokens = network.embed(torch.randn(2, 9, 17, 2))
    for place, block in enumerate(network.blocks):
        if place == number:
            tokens = tokens[:, [0, 2, 4, 6, 8]]
        tokens = block(tokens)
    tokens = tokens[:, [0, 2, 4, 6, 8]] if number == 4 else tokens
    assert network.head(tokens).shape == (2, 1, 17, 3)
    before = dict(whole.named_parameters())
    anew = {
        name.split(".")[0] + (f".{name.split('.')[1]}" if name.startswith("temporal.") else "")
        for name, weight in network.named_parameters()
        if weight.shape != before[name].shape
    }
    wanted = {"pool_frames", *(f"temporal.{later}" for later in range(max(number - 2, 0), 2))}
    if number < 2:
        wanted |= {"frame_position"} | ({"trajectory"} if priors else set())
    assert anew == wanted


def test_it_begins_as_the_paper_and_its_ancestor_do() -> None:
    network = ConvFormer(SMALL)
    network.shorten(2, 5)
    for name, weight in network.named_parameters():
        if name.endswith(("mix", "position")):
            assert not weight.any(), name
        if "widen.weight" in name:
            assert float(weight.detach().std()) == pytest.approx(0.02, rel=0.1), name
    spread = ConvFormer(replace(SMALL, positions=0.5))
    assert float(spread.frame_position.detach().std()) == pytest.approx(0.5, rel=0.1)


def test_with_priors_every_weight_learns() -> None:
    torch.manual_seed(7)
    config = replace(SMALL, priors=True, drop_path=0.0, positions=0.5)
    network = ConvFormer(config).train()
    assert network(torch.randn(8, 9, 17, 2)).shape == (8, 1, 17, 3)
    network(torch.randn(8, 9, 17, 2)).square().mean().backward()
    for name, weight in network.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().sum() > 0 or name.endswith("bias"), name
    state = METHOD.to_published(config, network.state_dict())
    read, ours = METHOD.from_published(state, heads=4, drop_path=0.0, positions=0.5)
    assert read == config
    assert set(ours) == set(network.state_dict())


@pytest.mark.parametrize("ratio", [1.0, 1.7, 2.0, 3.3])
@pytest.mark.parametrize("channels", [12, 28, 44])
def test_widths_that_no_ratio_hits_are_read_from_shapes(ratio: float, channels: int) -> None:
    config = replace(SMALL, channels=channels, mlp_ratio=ratio)
    state = ConvFormer(config).state_dict()
    read, ours = METHOD.from_published(METHOD.to_published(config, state), heads=4)
    ConvFormer(read).load_state_dict(ours)
    if ratio == int(ratio):
        assert read.mlp_ratio == ratio


def test_what_cannot_be_is_refused_in_words() -> None:
    for changed, words in (
        ({"heads": 3}, "32 channels cannot be shared by 3 heads"),
        ({"heads": 64}, "32 channels cannot be shared by 64 heads"),
        ({"kernels": (7, 4)}, "odd numbers such as 7,7,7, not 7,4"),
        ({"kernels": (-1,)}, "odd numbers such as 7,7,7, not -1"),
        ({"kernels": ()}, "odd numbers such as 7,7,7, not none"),
        ({"temporal_depth": 0}, "at least one spatial and one temporal block, not 2 and 0"),
        ({"joints": 16, "priors": True}, "a skeleton of 17 joints, and the network has 16"),
    ):
        with pytest.raises(PoiseError, match=words):
            Config(**changed)
    with pytest.raises(PoiseError, match="windows of 9 frames, not 10"):
        ConvFormer(SMALL)(torch.zeros(1, 10, 17, 2))
