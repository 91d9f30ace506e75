"""Published names and ours: there and back, and every way in which a file may not fit."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

import small_networks
from poise.bench.vector_files import bundled, load_vector
from poise.errors import PoiseError
from poise.methods import METHODS, SCHEMES, described, method, names
from poise.methods.mixste import Config as MixSTEConfig
from poise.methods.simplebaseline import Config as SimpleBaselineConfig
from poise.methods.videopose3d import Config as VideoPose3DConfig
from poise.skeletons import HUMANEVA15

SMALL: dict[str, Any] = {
    "simplebaseline": SimpleBaselineConfig(
        width=16, stages=3, joints_in=16, joints=16, root="zero"
    ),
    "videopose3d": VideoPose3DConfig(widths=(3, 5, 1), channels=16, joints=1),
    "mixste": MixSTEConfig(frames=9, channels=16, depth=3, mlp_ratio=4),
}
# What shapes do not say.
KNOWN: dict[str, dict[str, Any]] = {}
for _name in names():
    SMALL.setdefault(_name, small_networks.SMALL[_name])
    # Shapes say how many frames go on, but not before which block.
    if "+" in _name:
        KNOWN[_name] = {name: getattr(SMALL[_name], name) for name in ("layers", "tokens")}
NETWORKS = [
    path
    for path in bundled()
    if not path.stem.endswith(("losses", "select", "refine"))
    and described(load_vector(path).method).name not in SCHEMES
]


def published(name: str, config: Any = None) -> dict[str, Tensor]:
    """A state dict as its publisher would have it."""
    torch.manual_seed(6)
    chosen, config = method(name), config or SMALL[name]
    return dict(chosen.to_published(config, chosen.network(config).state_dict()))


@pytest.mark.parametrize("name", names())
def test_there_and_back_is_the_same(name: str) -> None:
    chosen, state = method(name), published(name)
    config, ours = chosen.from_published(state, **KNOWN.get(name, {}))
    assert config == SMALL[name]  # from nothing but shapes
    chosen.network(config).load_state_dict(ours)
    again = chosen.to_published(config, ours)
    assert sorted(again) == sorted(state)
    assert all(torch.equal(again[key], state[key]) for key in state)


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_ours_go_by_exactly_the_published_names(path: Any) -> None:
    vector = load_vector(path)
    chosen = method(vector.method)
    state = {key: torch.from_numpy(array) for key, array in vector.state.items()}
    known: dict[str, Any] = {"dense": True} if "dense" in path.stem else {}
    if "layer_index" in (arguments := vector.meta["config"]):
        known = {"layers": (arguments["layer_index"],), "tokens": (arguments["token_num"],)}
    config, ours = chosen.from_published(state, **known)
    again = chosen.to_published(config, ours)
    state = chosen.made_whole(state)
    assert set(again) == set(state)
    assert all(torch.equal(again[key], state[key]) for key in state)


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("wrappers", ["module.", "module.model.", "_orig_mod.module."])
def test_what_wrappers_add_is_taken_off(name: str, wrappers: str) -> None:
    state = published(name)
    wrapped = {wrappers + key: tensor for key, tensor in state.items()}
    config, ours = method(name).from_published(wrapped, **KNOWN.get(name, {}))
    assert config == SMALL[name]
    method(name).network(config).load_state_dict(ours)


def test_old_files_without_counts_load() -> None:
    state = published("videopose3d")
    old = {key: tensor for key, tensor in state.items() if "num_batches" not in key}
    assert len(old) < len(state)
    config, ours = method("videopose3d").from_published(old)
    network = method("videopose3d").network(config)
    network.load_state_dict(ours)
    assert network.norm.num_batches_tracked == 0


def test_what_shapes_cannot_say_is_taken_from_the_caller() -> None:
    videopose3d, mixste = method("videopose3d"), method("mixste")
    assert videopose3d.from_published(published("videopose3d"), causal=True)[0].causal
    assert mixste.from_published(published("mixste"), heads=4)[0].heads == 4
    with_confidence = replace(SMALL["videopose3d"], features=3, joints_in=12)
    state = published("videopose3d", with_confidence)
    assert videopose3d.from_published(state)[0].joints_in == 18  # 36 channels are 18 times x and y
    assert videopose3d.from_published(state, features=3)[0] == with_confidence


@pytest.mark.parametrize("name", ["simplebaseline", "videopose3d"])
def test_a_root_that_is_not_answered_is_zero_unless_the_caller_says_otherwise(name: str) -> None:
    chosen = method(name)
    config = replace(chosen.presets["poseaug"], dropout=chosen.config().dropout)
    state = published(name, config)
    assert chosen.from_published(state)[0] == config
    plain = chosen.from_published(state, root="answered")[0]
    assert (plain.joints_in, plain.joints) == (16, 15)
    assert chosen.from_published(published(name, plain), root="answered")[0] == plain


def test_graphs_in_the_file_of_a_graph_network_are_passed_over() -> None:
    state = published("stgcn")
    more = state | {"A": torch.zeros(4, 17, 17), "A_pool": torch.zeros(4, 5, 5)}
    config, ours = method("stgcn").from_published(more)
    assert config == SMALL["stgcn"]
    method("stgcn").network(config).load_state_dict(ours)
    words = refusal("stgcn", state | {"BA": torch.zeros(3)})
    assert words.startswith("'BA', of shape (3,), is unexpected")
    assert method("stgcn").from_published(state, frames=7)[0].frames == 7  # shapes do not say


def refusal(name: str, state: dict[str, Tensor], **known: Any) -> str:
    with pytest.raises(PoiseError) as caught:
        method(name).from_published(state, **known)
    return str(caught.value)


@pytest.mark.parametrize("name", METHODS)
def test_the_weights_of_another_network_are_refused(name: str) -> None:
    for other in METHODS:
        if other != name:
            words = refusal(name, published(other))
            assert words.startswith(f"these are no weights of {name}: ")
            assert "is missing; it holds " in words
    assert "it holds nothing" in refusal(name, {})


def test_the_first_mismatch_is_named() -> None:
    state = published("videopose3d")
    key = "layers_conv.2.weight"
    without = {name: tensor for name, tensor in state.items() if name != "layers_bn.1.bias"}
    words = refusal("videopose3d", without)
    assert words.startswith("'layers_bn.1.bias' is missing: a videopose3d with joints_in=17")
    assert f"has {len(state)} tensors, here are {len(state) - 1}" in words
    words = refusal("videopose3d", state | {key: torch.zeros(16, 8, 1)})
    assert words.startswith(f"'{key}' has the shape (16, 8, 1), where a videopose3d with ")
    assert "channels=16" in words
    assert "has (16, 16, 1)" in words
    words = refusal("videopose3d", state | {"attention.weight": torch.zeros(3)})
    assert words.startswith("'attention.weight', of shape (3,), is unexpected: ")
    words = refusal("videopose3d", state, channels=32)
    assert "has the shape (16, 34, 3), where a videopose3d with" in words
    assert "channels=32" in words
    assert "has (32, 34, 3)" in words


def test_shapes_that_no_network_has_are_refused() -> None:
    state = published("videopose3d")
    words = refusal("videopose3d", state | {"shrink.weight": torch.zeros(50, 16, 1)})
    assert "50 channels are no joints of 3 each" in words
    words = refusal("videopose3d", state | {"shrink.weight": torch.zeros(51, 16)})
    assert "'shrink.weight' has the shape (51, 16), where 3 dimensions belong" in words
    words = refusal("mixste", published("mixste", replace(SMALL["mixste"], channels=12, heads=4)))
    assert "12 channels cannot be shared by 8 heads" in words


def test_an_unknown_field_is_refused() -> None:
    words = refusal("mixste", published("mixste"), head=4)
    assert words == "mixste has no 'head'; did you mean 'heads'?"


def test_another_window_width_or_skeleton_is_said_in_words() -> None:
    state = published("ktpformer")
    words = refusal("ktpformer", state, frames=5)
    assert words.startswith("'tpattention.attn.Temporal_pos_embed' has the shape (1, 9, 16), where")
    assert "has (1, 5, 16); the weights of another size" in words
    assert "has the shape" in refusal("ktpformer", state, channels=24)
    assert "16 channels cannot be shared by 3 heads" in refusal("ktpformer", state, heads=3)
    words = refusal("ktpformer", state, parents=(-1, 0, 1))
    assert "follows a skeleton of 3 joints, and the network has 17" in words
    assert "'pos_embed_token' is missing: a hot+mixste with lifter=(joints=17, " in refusal(
        "hot+mixste", published("mixste"), layers=(1,), tokens=(3,), recover="attention"
    )


@pytest.mark.parametrize("name", [name for name in names() if hasattr(SMALL[name], "heads")])
def test_heads_that_cannot_share_the_channels_are_refused(name: str) -> None:
    with pytest.raises(PoiseError, match="cannot be shared by 5 heads"):
        replace(SMALL[name], heads=5)


@pytest.mark.parametrize("name", ["ktpformer", "motionagformer"])
def test_a_skeleton_of_other_joints_is_refused_when_the_config_is_made(name: str) -> None:
    with pytest.raises(PoiseError, match="a skeleton of 17 joints, and the network has 15"):
        replace(SMALL[name], joints=15)
    assert replace(SMALL[name], joints=15, parents=HUMANEVA15.parents).joints == 15
