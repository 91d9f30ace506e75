"""SemGCN: its published pairs and sizes, what a joint hears, and which skeletons it takes."""

from dataclasses import replace

import pytest
import torch

from poise.bench.counting import flops_per_frame, parameters
from poise.bench.vector_files import bundled, load_vector
from poise.errors import PoiseError
from poise.methods import method
from poise.methods.semgcn import Config, SemGCN
from poise.methods.semgcn.model import SemanticConvolution, pairs
from poise.skeletons import H36M16, H36M17, HUMANEVA15, SKELETONS, Skeleton

SEMGCN = method("semgcn")


def test_the_skeleton_is_the_published_one() -> None:
    vector = load_vector(next(path for path in bundled() if path.stem == "semgcn-nonlocal-h16"))
    assert tuple(vector.meta["config"]["parents"]) == H36M16.parents
    groups = {tuple(sorted(group)) for group in vector.meta["config"]["nodes_group"]}
    assert {tuple(sorted(pair)) for pair in pairs(H36M16.parents)} == groups
    assert SemanticConvolution(H36M16.parents, 2, 3).edges.shape == (1, 46)


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda skeleton: skeleton.name)
def test_every_joint_is_in_one_pair(skeleton: Skeleton) -> None:
    found = pairs(skeleton.parents)
    assert sorted({joint for pair in found for joint in pair}) == list(range(len(skeleton)))
    assert sum(len(set(pair)) for pair in found) == len(skeleton)
    for one, other in found:
        joined = skeleton.parents[other] == one
        assert one == other or joined or skeleton.parents[one] == skeleton.parents[other]


def test_sizes_are_the_published_ones() -> None:
    for preset, size, mflop in (("plain", 267_343, 9.6), ("non-local", 434_703, 15.1)):
        config = SEMGCN.presets[preset]
        assert parameters(SEMGCN, config) == size
        # The published code multiplies diagonals as if they were full, and scores as if they were
        # made pair by pair; they are sums here.
        spent = flops_per_frame(SEMGCN, config) / 1e6
        spent += 2 * 16 * 16 * (9 * 128 + 3) / 1e6
        if config.non_local:
            spent += 5 * 2 * (16 * 8 * 128 - 64 * (16 + 8)) / 1e6
        assert spent == pytest.approx(mflop, abs=0.05)


def test_what_a_joint_hears_of_others_it_hears_less_of_itself() -> None:
    layer = SemanticConvolution(H36M17.parents, 2, 3)
    with torch.no_grad():
        layer.edges.add_(torch.randn_like(layer.edges))
    shares = layer.shares()
    torch.testing.assert_close(shares.sum(1), torch.ones(17))
    linked = torch.eye(17, dtype=torch.bool)
    for child, parent in H36M17.bones:
        linked[child, parent] = linked[parent, child] = True
    assert torch.equal(shares > 0, linked)
    x = torch.randn(5, 17, 2)
    own, others = x @ layer.weight[0], x @ layer.weight[1]
    apart = shares - shares.diag().diag()
    wanted = torch.einsum("jk,bkc->bjc", apart, others) + shares.diag()[:, None] * own + layer.bias
    torch.testing.assert_close(layer(x), wanted)


def test_it_begins_as_published() -> None:
    torch.manual_seed(1)
    network = SemGCN(Config(non_local=True))
    state = network.state_dict()
    bound = 1.414 * (6 / (128 * 128 + 2 * 128)) ** 0.5  # of all three axes
    for layer in ("units.0.first", "units.3.second"):
        assert 0.99 * bound < state[f"{layer}.convolution.weight"].abs().max() <= bound
        assert state[f"{layer}.convolution.bias"].abs().max() <= 128**-0.5
        assert (state[f"{layer}.convolution.edges"] == 1).all()
    for look in ("looks.0", "looks.4"):
        assert not state[f"{look}.norm.weight"].any()
        assert state[f"{look}.ask.weight"].std() == pytest.approx((2 / 128) ** 0.5, rel=0.05)
        assert not state[f"{look}.ask.bias"].any()
    # Nothing is added at first, so the plain network answers the same.
    plain = SemGCN(Config()).eval()
    plain.load_state_dict({n: t for n, t in state.items() if not n.startswith("looks.")})
    x = torch.randn(2, 3, 17, 2)
    assert torch.equal(network.eval()(x), plain(x))


def test_it_follows_any_tree_of_joints() -> None:
    config = Config(joints=15, parents=HUMANEVA15.parents, channels=8, layers=1, non_local=True)
    network = SemGCN(config).eval()
    assert network(torch.randn(2, 4, 15, 2)).shape == (2, 4, 15, 3)
    state = SEMGCN.to_published(config, network.state_dict())
    found, ours = SEMGCN.from_published(state, parents=HUMANEVA15.parents)
    assert found == config
    assert all(torch.equal(ours[name], tensor) for name, tensor in network.state_dict().items())
    with pytest.raises(PoiseError, match="say whose parents the joints have"):
        SEMGCN.from_published(state)


def test_16_joints_are_known_by_their_number() -> None:
    config = replace(SEMGCN.presets["non-local"], channels=8, layers=3)
    state = SEMGCN.to_published(config, SemGCN(config).state_dict())
    assert SEMGCN.from_published(state)[0] == config


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"joints": 16}, "a skeleton of 17 joints, and the network has 16"),
        ({"parents": (1, 0, *H36M17.parents[2:])}, "go round in a circle"),
        ({"channels": 9, "non_local": True}, "half of the channels, and 9 is odd"),
        ({"layers": -1}, "layers are 0 or more"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(PoiseError, match=said):
        replace(Config(), **changes)  # type: ignore[arg-type]
