"""DSTformer: sizes and costs, two streams and their mean, clips shorter than the longest window."""

from dataclasses import replace
from typing import Any

import pytest
import torch

from poise.bench.counting import flops_of_layers, flops_per_frame, parameters
from poise.bench.vector_files import bundled, load_vector
from poise.errors import PoiseError
from poise.methods.dstformer import METHOD, Config, DSTformer
from poise.methods.dstformer.model import DualBlock
from poise.skeletons import HUMANEVA15

SMALL = Config(frames=9, channels=16, depth=2, representation=24)


def moved(config: Config = SMALL) -> DSTformer:
    """Whose weights all matter: fusion begins without any."""
    torch.manual_seed(1)
    network = DSTformer(config).eval()
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(torch.randn_like(weight), alpha=0.2)
    return network


@pytest.mark.parametrize(
    ("preset", "size", "gmac_layers", "gmac"),
    [("243", 42_466_317, 174.405, 185.40), ("243-lite", 16_001_549, 65.547, 71.05)],
)
def test_sizes_and_costs_are_the_published_ones(
    preset: str, size: int, gmac_layers: float, gmac: float
) -> None:
    config = METHOD.presets[preset]
    assert parameters(METHOD, config) == size
    assert flops_of_layers(METHOD, config) / 2e9 == pytest.approx(gmac_layers, rel=1e-5)
    assert flops_per_frame(METHOD, config) * 243 / 2e9 == pytest.approx(gmac, rel=1e-4)


@pytest.mark.parametrize("path", [p for p in bundled() if p.stem.startswith("dstformer")])
def test_answers_are_the_published_ones(path: Any) -> None:
    vector = load_vector(path)
    answers = METHOD.answer_vector(METHOD, vector.meta, vector.state, vector.inputs)
    assert set(answers) >= set(vector.outputs)
    for name, wanted in vector.outputs.items():
        torch.testing.assert_close(answers[name], wanted, atol=1e-5, rtol=0)


def test_tokens_go_through_embed_blocks_and_head() -> None:
    network, x = moved(), torch.randn(2, 9, 17, 3)
    tokens = network.embed(x)
    assert len(network.blocks) == SMALL.blocks == 2
    for block in network.blocks:
        assert tokens.shape == (2, 9, 17, 16)
        tokens = block(tokens)
    assert torch.equal(network.head(tokens), network(x))
    x = torch.randn(2, 9, 17, 16)  # a norm is the end of the last block
    assert torch.equal(network.blocks[1](x), network.norm(network.layers[1](x)))
    kept = x[:, [1, 4, 6]]
    for block in network.blocks:
        kept = block(kept)
    assert network.head(kept).shape == (2, 3, 17, 3)


def test_what_other_tasks_build_on_is_between_minus_one_and_one() -> None:
    network, x = moved(), torch.randn(2, 9, 17, 3)
    found = network.represent(x)
    assert found.shape == (2, 9, 17, 24)
    assert found.abs().max() <= 1
    assert torch.equal(network.to_poses(found), network(x))


def test_both_streams_count_alike_at_first_and_by_each_token_later() -> None:
    torch.manual_seed(2)
    block, x = DSTformer(SMALL).layers[1], torch.randn(2, 5, 17, 16)
    assert isinstance(block, DualBlock)
    one, other = block.streams(x)
    torch.testing.assert_close(block(x), (one + other) / 2)
    torch.nn.init.normal_(block.fuse.weight)
    token = torch.cat([one[1, 3, 7], other[1, 3, 7]])
    shares = (block.fuse.weight @ token + block.fuse.bias).softmax(0)
    wanted = shares[0] * one[1, 3, 7] + shares[1] * other[1, 3, 7]
    torch.testing.assert_close(block(x)[1, 3, 7], wanted)


def test_the_streams_look_at_joints_and_frames_in_either_order() -> None:
    """After the first stage of a stream a token has seen its own frame, or its own joint."""
    stream = DualBlock(SMALL, 0.0).space_first
    for name, other_token in (("among_joints", [0, 1, 5]), ("among_frames", [0, 4, 2])):
        x = torch.randn(1, 5, 17, 16, requires_grad=True)
        answer = getattr(stream, name)(x)
        (seen,) = torch.autograd.grad(answer[0, 1, 2].square().sum(), x)
        reached = seen[0].abs().sum(-1) > 0  # (time, joint)
        assert reached[tuple(other_token[1:])]
        assert reached.sum() == (17 if name == "among_joints" else 5)


def test_a_shorter_clip_has_the_places_of_the_first_frames() -> None:
    network, x = moved(), torch.randn(2, 6, 17, 3)
    short = DSTformer(replace(SMALL, frames=6)).eval()
    state = network.state_dict()
    short.load_state_dict(state | {"frame_position": state["frame_position"][:, :6]})
    assert torch.equal(network(x), short(x))


def test_frames_attend_in_both_streams() -> None:
    network = moved()
    attentions = network.attention_over_frames(1)
    assert len(attentions) == 2
    for attention in attentions:
        attention.watched = True
    network(torch.randn(2, 9, 17, 3))
    for attention in attentions:
        assert attention.paid is not None
        assert attention.paid.shape == (2 * 17, 9)


@pytest.mark.parametrize("priors", [False, True])
@pytest.mark.parametrize("features", [2, 3])
def test_every_weight_learns_and_shapes_tell_the_config(features: int, priors: bool) -> None:
    torch.manual_seed(3)
    config = replace(SMALL, features=features, priors=priors, mlp_ratio=3.0)
    network = DSTformer(config).train()
    network(torch.randn(4, 9, 17, features)).square().mean().backward()
    for name, weight in network.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().sum() > 0 or name.endswith("bias"), name
    state = METHOD.to_published(config, network.state_dict())
    read, ours = METHOD.from_published(state)
    assert read == config
    assert set(ours) == set(network.state_dict())


def test_another_skeleton_has_other_priors() -> None:
    config = replace(SMALL, joints=15, parents=HUMANEVA15.parents, priors=True)
    assert DSTformer(config).eval()(torch.randn(2, 9, 15, 3)).shape == (2, 9, 15, 3)
    assert config.follows == HUMANEVA15.parents
    assert SMALL.follows is None


@pytest.mark.usefixtures("unchecked")
def test_what_cannot_be_is_refused_in_words() -> None:
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"heads": 3}, "512 channels cannot be shared by 3 heads"),
        ({"depth": 0}, "at least one block, not 0"),
        ({"joints": 16, "priors": True}, "a skeleton of 17 joints, and the network has 16"),
    ]
    for changed, words in refusals:
        with pytest.raises(PoiseError, match=words):
            Config(**changed)
    with pytest.raises(PoiseError, match="windows of up to 9 frames, not 10"):
        DSTformer(SMALL)(torch.zeros(1, 10, 17, 3))
    with pytest.raises(PoiseError, match="with priors: this one takes windows of 9 frames, not 8"):
        DSTformer(replace(SMALL, priors=True))(torch.zeros(1, 8, 17, 3))
    graphs = {"joints_embed.weight": torch.zeros(16, 3), "pos_embed": torch.zeros(1, 17, 16)}
    with pytest.raises(PoiseError, match="no weights of dstformer: 'temp_embed' is missing"):
        METHOD.from_published(graphs)
