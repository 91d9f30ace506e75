"""MotionAGFormer: sizes and costs, its graphs and their slow plain twins, fewer frames."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from poise.bench.counting import flops_of_layers, flops_per_frame, parameters
from poise.bench.vector_files import FOLDER, load_vector
from poise.errors import PoiseError
from poise.methods.motionagformer import METHOD, Config, MotionAGFormer
from poise.methods.motionagformer.graphs import (
    GraphConvolution,
    normalised,
    similarity_graph,
    skeleton_graph,
)
from poise.skeletons import H36M17, HUMANEVA15

SMALL = Config(frames=9, channels=16, layers=3, representation=24)


def moved(config: Config = SMALL) -> MotionAGFormer:
    """Whose branches all matter: they begin with a scale of next to nothing."""
    torch.manual_seed(1)
    network = MotionAGFormer(config).eval()
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if "scale" in name:
                weight.uniform_(0.5, 1)
    return network


@pytest.mark.parametrize(
    ("preset", "size", "gmac_layers", "gmac"),
    [
        ("27", 2_241_531, 1.010, 1.077),
        ("81", 4_817_119, 6.509, 7.859),
        ("243", 11_723_811, 47.961, 64.460),
        ("243-large", 19_007_111, 77.762, 104.573),
    ],
)
def test_sizes_are_the_published_ones_and_costs_are_lower(
    preset: str, size: int, gmac_layers: float, gmac: float
) -> None:
    config = METHOD.presets[preset]
    frames, joints = config.frames, config.joints
    assert parameters(METHOD, config) == size
    assert flops_of_layers(METHOD, config) / 2e9 == pytest.approx(gmac_layers, rel=5e-4)
    ours = flops_per_frame(METHOD, config) * frames / 2
    # Published: graphs are multiplied with diagonal matrices from both sides, which we spare.
    spared = config.layers * 2 * (joints * frames**3 + frames * joints**3)
    assert (ours + spared) / 1e9 == pytest.approx(gmac, rel=5e-4)


def test_answers_are_the_published_ones() -> None:
    vector = load_vector(FOLDER / "motionagformer-small.npz")
    answers = METHOD.answer_vector(METHOD, vector.meta, vector.state, vector.inputs)
    assert set(answers) == set(vector.outputs)
    for name, wanted in vector.outputs.items():
        torch.testing.assert_close(answers[name], wanted, atol=1e-5, rtol=0)


def test_tokens_go_through_embed_blocks_and_head() -> None:
    network, x = moved(), torch.randn(2, 9, 17, 3)
    tokens = network.embed(x)
    assert len(network.blocks) == SMALL.blocks == 3
    for block in network.blocks:
        assert tokens.shape == (2, 9, 17, 16)
        tokens = block(tokens)
    assert torch.equal(network.head(tokens), network(x))
    x = torch.randn(2, 9, 17, 16)  # a norm is the end of the last block
    assert torch.equal(network.blocks[2](x), network.norm(network.layers[2](x)))


def test_fewer_frames_go_on_from_a_layer() -> None:
    network = moved()
    network.shorten(1, 4)
    tokens = network.blocks[0](network.embed(torch.randn(2, 9, 17, 3)))[:, [0, 3, 5, 8]]
    for block in network.blocks[1:]:
        tokens = block(tokens)
    assert network.head(tokens).shape == (2, 4, 17, 3)
    state = METHOD.to_published(SMALL, network.state_dict())
    lengths = [
        len(state[f"layers.{layer}.graph_temporal.mixer.batch_norm.running_mean"])
        for layer in range(3)
    ]
    assert lengths == [9, 4, 4]
    with pytest.raises(PoiseError, match="the 2 most similar ones .*, and there are 1 frames"):
        network.shorten(1, 1)


def plain_graph(x: Tensor, neighbours: int) -> Tensor:
    """Who is among the most similar ones of whom, frame by frame, ties included."""
    found = torch.zeros(len(x), x.shape[1], x.shape[1])
    for row, frames in enumerate(x):
        for place, frame in enumerate(frames):
            alike = [float(frame @ other) for other in frames]
            least = sorted(alike)[-neighbours]
            for other, value in enumerate(alike):
                found[row, place, other] = value >= least
    return found


def plain_normalised(graph: Tensor, sent: Tensor) -> Tensor:
    """As the paper has it: the graph between two diagonal matrices."""
    degree = torch.diag_embed(graph.sum(-1) ** -0.5)
    return degree @ graph @ degree @ sent


@pytest.mark.parametrize("neighbours", [1, 2, 3, 7])
@pytest.mark.parametrize("values", [2, 4, 1000])
def test_similar_frames_are_those_of_the_plain_twin_ties_included(
    values: int, neighbours: int
) -> None:
    torch.manual_seed(2)
    x = torch.randint(-values, values + 1, (5, 7, 3)).float()  # of which products are exact
    graph = similarity_graph(x, neighbours)
    assert torch.equal(graph, plain_graph(x, neighbours))
    ties = bool((graph.sum(-1) > neighbours).any())
    assert ties == (values < 1000 and neighbours < 7)
    sent = torch.randn(5, 7, 4)
    torch.testing.assert_close(normalised(graph, sent), plain_normalised(graph, sent))
    if not ties:
        torch.testing.assert_close(normalised(graph, sent), graph @ sent / neighbours)


def test_all_frames_alike_hear_all() -> None:
    x = torch.ones(1, 6, 3)
    assert similarity_graph(x, 2).all()
    sent = torch.randn(1, 6, 4)
    torch.testing.assert_close(normalised(similarity_graph(x, 2), sent)[0, 3], sent[0].mean(0))


def test_half_precision_does_not_make_ties() -> None:
    torch.manual_seed(3)
    x = 1 + 0.01 * torch.randn(3, 30, 8)
    graph = similarity_graph(x, 2)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(similarity_graph(x, 2), graph)
        assert (x @ x.mT).dtype == torch.bfloat16  # and stays as it was outside


@torch.no_grad()
def test_a_graph_convolution_is_its_plain_twin() -> None:
    torch.manual_seed(4)
    x = torch.randn(3, 17, 8)
    for known in (None, skeleton_graph(H36M17.parents)):
        layer = GraphConvolution(8, 17, known=known, neighbours=2).train()
        graph = plain_graph(x, 2) if known is None else known.expand(3, -1, -1)
        heard = layer.own(x) + plain_normalised(graph, layer.others(x))
        apart = heard - heard.mean((0, 2), keepdim=True)  # each node for itself
        variance = apart.square().mean((0, 2), keepdim=True)
        wanted = (x + apart / (variance + 1e-5).sqrt()).relu()
        torch.testing.assert_close(layer(x), wanted, atol=1e-5, rtol=0)


def test_the_published_skeleton_is_lopsided_and_others_are_not() -> None:
    published = skeleton_graph(H36M17.parents)
    bones = [(joint, parent) for joint, parent in enumerate(H36M17.parents) if parent >= 0]
    both = torch.zeros(17, 17)
    for joint, parent in bones:
        both[joint, parent] = both[parent, joint] = 1
    missing = (both - published).nonzero().tolist()
    assert missing == [[0, 4], [8, 11], [8, 14]]  # hip to pelvis, shoulders to thorax
    other = skeleton_graph(HUMANEVA15.parents)
    assert torch.equal(other, other.mT)
    assert other.sum() == 2 * 14
    assert other.diagonal().sum() == 0
    assert other[1].nonzero().flatten().tolist() == [0, 2, 5, 14]
    alone = normalised(skeleton_graph((-1,)), torch.ones(1, 1, 2))
    assert alone.tolist() == [[[0.0, 0.0]]]  # nobody to hear


def test_another_skeleton_runs() -> None:
    config = replace(SMALL, joints=15, parents=HUMANEVA15.parents)
    network = moved(config)
    assert network(torch.randn(2, 9, 15, 3)).shape == (2, 9, 15, 3)
    assert config.follows == HUMANEVA15.parents
    state = METHOD.to_published(config, network.state_dict())
    assert not any("known" in name for name in state)
    with pytest.raises(PoiseError, match="a skeleton of 17 joints, and the network has 15"):
        METHOD.from_published(state)
    assert METHOD.from_published(state, parents=HUMANEVA15.parents)[0] == config


def test_only_the_norms_of_the_graphs_know_the_order_of_frames() -> None:
    network, x = moved(), torch.randn(1, 9, 17, 3)
    order = [3, 0, 8, 1, 2, 7, 4, 6, 5]
    torch.testing.assert_close(network(x[:, order]), network(x)[:, order], atol=1e-5, rtol=0)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if "graph.temporal.mixer.norm" in name:
                weight.add_(torch.randn_like(weight), alpha=0.3)
    assert (network(x[:, order]) - network(x)[:, order]).abs().max() > 1e-3


def test_frames_attend_in_one_stream() -> None:
    network = moved()
    (attention,) = network.attention_over_frames(1)
    attention.watched = True
    network(torch.randn(2, 9, 17, 3))
    assert attention.paid is not None
    assert attention.paid.shape == (2 * 17, 9)


@pytest.mark.parametrize("priors", [False, True])
@pytest.mark.parametrize(("features", "bias"), [(2, True), (3, False)])
def test_every_weight_learns_and_shapes_tell_the_config(
    features: int, bias: bool, priors: bool
) -> None:
    torch.manual_seed(5)
    config = replace(SMALL, features=features, bias=bias, priors=priors, mlp_ratio=3.0)
    network = MotionAGFormer(config).train()
    network(torch.randn(4, 9, 17, features)).square().mean().backward()
    for name, weight in network.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().sum() > 0 or name.endswith("bias"), name
    state = METHOD.to_published(config, network.state_dict())
    assert ("layers.2.att_temporal.mixer.qkv.bias" in state) == bias
    read, ours = METHOD.from_published(state)
    assert read == config
    assert set(ours) == set(network.state_dict())


@pytest.mark.usefixtures("unchecked")
def test_what_cannot_be_is_refused_in_words() -> None:
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"heads": 3}, "128 channels cannot be shared by 3 heads"),
        ({"layers": 0}, "at least one layer, not 0"),
        ({"joints": 16}, "a skeleton of 17 joints, and the network has 16"),
        ({"neighbours": 0}, "the 0 most similar ones .* at least 1"),
        ({"neighbours": 10, "frames": 9}, "the 10 most similar ones .* there are 9 frames"),
    ]
    for changed, words in refusals:
        with pytest.raises(PoiseError, match=words):
            Config(**changed)
    with pytest.raises(PoiseError, match="windows of 9 frames, not 8"):
        MotionAGFormer(SMALL)(torch.zeros(1, 8, 17, 3))
    streams = {"joints_embed.weight": torch.zeros(16, 3), "pos_embed": torch.zeros(1, 17, 16)}
    with pytest.raises(PoiseError, match="no weights of motionagformer: 'layers.0.graph_temporal"):
        METHOD.from_published(streams)
