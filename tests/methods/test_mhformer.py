"""MHFormer: sizes and costs, what hypotheses see of one another, what is answered for."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from poise.bench.counting import flops_of_layers, flops_per_frame, parameters
from poise.errors import PoiseError
from poise.methods.mhformer import METHOD, Config, MHFormer
from poise.methods.mhformer.model import Interaction, Refinement

SMALL = Config(frames=9, channels=16, hidden=24)
LONG = replace(SMALL, frames=45)  # past the switch of the embedding


@pytest.mark.parametrize(
    ("preset", "size", "gflop_layers", "gflop"),
    [
        ("27", 19_184_517, 2 * 0.516, 2 * 0.523),
        ("81", 19_837_545, 2 * 1.561, 2 * 1.624),
        ("243", 25_165_077, 2 * 4.811, 2 * 5.362),
        ("351", 31_516_125, 2 * 7.073, 2 * 8.218),
    ],
)
def test_sizes_and_costs_are_the_published_ones(
    preset: str, size: int, gflop_layers: float, gflop: float
) -> None:
    config = METHOD.presets[preset]
    assert parameters(METHOD, config) == size
    assert flops_of_layers(METHOD, config) / 1e9 == pytest.approx(gflop_layers, rel=2e-3)
    assert flops_per_frame(METHOD, config) / 1e9 == pytest.approx(gflop, rel=2e-3)


def test_nine_frames_have_the_size_that_another_paper_lists() -> None:
    assert parameters(METHOD, Config(frames=9)) / 1e6 == pytest.approx(19.09, abs=0.005)


@pytest.mark.parametrize("config", [SMALL, LONG], ids=["short", "long"])
def test_tokens_go_through_embed_blocks_and_head(config: Config) -> None:
    torch.manual_seed(1)
    network = MHFormer(replace(config, answers="every frame")).eval()
    x = torch.randn(2, config.frames, 17, 2)
    tokens = network.embed(x)
    assert len(network.blocks) == config.blocks == 3
    for block in network.blocks:
        assert tokens.shape == (2, config.frames, 3, 16)
        tokens = block(tokens)
    assert torch.equal(network.head(tokens), network(x))
    streams = tokens.unbind(2)
    assert torch.equal(network.pool(tokens), torch.cat(streams, dim=2))


def test_fewer_frames_go_through_blocks_and_head_as_well() -> None:
    network = MHFormer(SMALL).eval()
    tokens = network.embed(torch.randn(2, 9, 17, 2))[:, [1, 4, 6]]
    for block in network.blocks:
        tokens = block(tokens)
    assert network.head(tokens).shape == (2, 3, 17, 3)


@pytest.mark.parametrize("frames", [9, 18])
def test_the_middle_frames_answer_is_one_of_all(frames: int) -> None:
    torch.manual_seed(2)
    middle = MHFormer(replace(SMALL, frames=frames)).eval()
    every = MHFormer(replace(SMALL, frames=frames, answers="every frame")).eval()
    every.load_state_dict(middle.state_dict())
    x = torch.randn(2, frames, 17, 2)
    assert middle.answers == "middle frame"
    assert every.answers == "every frame"
    assert torch.equal(middle(x)[:, 0], every(x)[:, (frames - 1) // 2])
    target, inside = torch.randn(2, frames, 17, 3), torch.ones(2, frames, dtype=torch.bool)
    lesson = middle.learn(x, target, inside)
    assert middle.learns == "every frame"
    assert torch.equal(lesson.predicted, every(x))
    assert lesson.target is target
    assert lesson.inside is inside


def test_each_hypothesis_is_made_from_the_one_before() -> None:
    torch.manual_seed(3)
    network, x = MHFormer(SMALL).eval(), torch.randn(1, 9, 17, 2)
    before = network.embed(x)
    with torch.no_grad():
        network.encoders[1].norm.bias += 1  # type: ignore[operator,union-attr]
    changed = (network.embed(x) - before).abs().amax((0, 1, 3)) > 1e-4
    assert changed.tolist() == [False, True, True]


def norm(x: Tensor, layer: torch.nn.Module) -> Tensor:
    """A layer norm by its definition."""
    apart = x - x.mean(-1, keepdim=True)
    variance = apart.square().mean(-1, keepdim=True)
    return apart / (variance + 1e-6).sqrt() * layer.weight + layer.bias  # type: ignore[operator]


@torch.no_grad()
def test_the_interaction_is_its_slow_plain_twin() -> None:
    """One hypothesis after the other, heads one by one."""
    torch.manual_seed(4)
    block = Interaction(SMALL, 0.2).eval()
    for weight in block.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    x = torch.randn(2, 5, 3, 16)
    h = [x[:, :, number] for number in range(3)]
    for own, (asking, asked) in enumerate([(1, 2), (0, 2), (0, 1)]):
        norms, attention = block.norms[own], block.attentions[own]
        query = attention.query(norm(h[asking], norms[0]))  # type: ignore[index,operator]
        key = attention.key(norm(h[asked], norms[1]))  # type: ignore[index,operator]
        value = attention.value(norm(h[own], norms[2]))  # type: ignore[index,operator]
        heads = []
        for head in range(8):
            part = slice(2 * head, 2 * head + 2)
            scores = query[..., part] @ key[..., part].mT / 2**0.5
            heads.append(scores.softmax(-1) @ value[..., part])
        h[own] = h[own] + attention.project(torch.cat(heads, dim=2))  # type: ignore[operator]
    together = torch.cat(h, dim=2)
    together = together + block.mlp(norm(together, block.norm2))
    torch.testing.assert_close(block(x), together.view(2, 5, 3, 16), atol=2e-5, rtol=0)


def test_frames_attend_within_each_hypothesis() -> None:
    network = MHFormer(SMALL).eval()
    assert network.attention_over_frames(2) == []
    for number in (0, 1):
        attentions = network.attention_over_frames(number)
        assert len(attentions) == 3
        for attention in attentions:
            attention.watched = True
        network(torch.randn(2, 9, 17, 2))
        for attention in attentions:
            assert attention.paid is not None
            assert attention.paid.shape == (2, 9)


def test_a_refinement_mixes_the_hypotheses_frame_by_frame_only() -> None:
    torch.manual_seed(5)
    block = Refinement(SMALL, 0.0).eval()
    x = torch.randn(1, 5, 3, 16, requires_grad=True)
    (seen,) = torch.autograd.grad(block(x)[0, 2, 0].square().sum(), x)
    seen = seen[0].abs().sum(-1) > 0  # (time, hypothesis)
    assert seen.all()  # by attention all frames of each, then by the layers the other hypotheses
    for attention in block.attentions:
        torch.nn.init.zeros_(attention.project.weight)  # type: ignore[union-attr,arg-type]
    (seen,) = torch.autograd.grad(block(x)[0, 2, 0].square().sum(), x)
    assert (seen[0].abs().sum(-1) > 0).nonzero().tolist() == [[2, 0], [2, 1], [2, 2]]


def test_short_windows_are_embedded_with_a_norm() -> None:
    for config, normed in ((SMALL, True), (replace(SMALL, frames=27), True), (LONG, False)):
        state = METHOD.to_published(config, MHFormer(config).state_dict())
        assert ("embedding_1.1.running_mean" in state) == normed
        assert ("embedding_1.weight" in state) != normed


@pytest.mark.parametrize("features", [2, 3, 6])
@pytest.mark.parametrize("priors", [False, True])
def test_every_weight_learns_and_shapes_tell_the_config(features: int, priors: bool) -> None:
    torch.manual_seed(6)
    config = replace(SMALL, features=features, priors=priors, drop_path=0.0, layers=4)
    network = MHFormer(config).train()
    target, inside = torch.randn(4, 9, 17, 3), torch.ones(4, 9, dtype=torch.bool)
    lesson = network.learn(torch.randn(4, 9, 17, features), target, inside)
    (lesson.predicted - lesson.target).square().mean().backward()
    for name, weight in network.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().sum() > 0 or name.endswith("bias"), name
    state = METHOD.to_published(config, network.state_dict())
    read, ours = METHOD.from_published(state, drop_path=0.0)
    assert read == config
    assert set(ours) == set(network.state_dict())


@pytest.mark.usefixtures("unchecked")
def test_what_cannot_be_is_refused_in_words() -> None:
    for changed, words in (
        ({"heads": 3}, "512 channels cannot be shared by 3 heads"),
        ({"frames": 80}, "80 frames cannot be shared by 9 spatial heads"),
        ({"spatial_heads": 0}, "351 frames cannot be shared by 0 spatial heads"),
        ({"layers": 0}, "at least one layer, not 0"),
        ({"answers": "sliding"}, "'middle frame' or 'every frame', not 'sliding'"),
        ({"joints": 16, "priors": True}, "a skeleton of 17 joints, and the network has 16"),
    ):
        with pytest.raises(PoiseError, match=words):
            Config(**changed)
    with pytest.raises(PoiseError, match="windows of 9 frames, not 10"):
        MHFormer(SMALL)(torch.zeros(1, 10, 17, 2))
