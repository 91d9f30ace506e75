"""Published GUMLP weights and ours."""

from typing import Any

from torch import Tensor

from poise.methods.naming import State, axes, numbered, renamed, reverse
from poise.methods.uao.config import Config

_CONVOLUTION = "GCN_MLP.blocks.{}.gcn1.conv1d"
_BLOCK = {
    "norm1": "graph_norm",
    "gcn1.conv1d": "graph.say",
    "norm2": "channel_norm",
    "channel_mlp.linear_down.linear.0": "channel_mlp.narrow.0",
    "channel_mlp.linear_mid.linear.0": "channel_mlp.middle.0",
    "channel_mlp.linear_up.linear.0": "channel_mlp.widen.0",
    "norm3": "joint_norm",
    "spatial_mlp.linear_up1.linear.0": "joint_mlp.widen.0.0",
    "spatial_mlp.linear_up2.linear.0": "joint_mlp.widen.1.0",
    "spatial_mlp.linear_mid.linear.0": "joint_mlp.middle.0",
    "spatial_mlp.linear_down1.linear.0": "joint_mlp.narrow.0.0",
    "spatial_mlp.linear_down2.linear.0": "joint_mlp.narrow.1.0",
}


def names(config: Config) -> dict[str, str]:
    """The publisher's modules, and ours."""
    table = {"encoder.fc1": "encoder.0", "encoder.fc5": "encoder.1"}
    for theirs, ours in (("mu", "pose"), ("s", "doubt")):
        table[f"GCN_MLP.norm_{theirs}"] = f"{ours}.norm"
        table[f"pred_{theirs}.fc1"] = f"{ours}.narrow"
        table[f"pred_{theirs}.fc5"] = f"{ours}.last"
    for number in range(config.layers):
        for theirs, ours in _BLOCK.items():
            table[f"GCN_MLP.blocks.{number}.{theirs}"] = f"blocks.{number}.{ours}"
    return table


def read_config(state: State, **known: Any) -> Config:
    """The config that the shapes say; skeletons other than Human3.6M's are said by the caller."""
    found: dict[str, Any] = {
        "joints": axes(state, "GCN_MLP.blocks.0.norm1.weight", 1, "uao")[0],
        "features": axes(state, "encoder.fc1.weight", 2, "uao")[1],
        "width": axes(state, "encoder.fc5.weight", 2, "uao")[0],
        "layers": numbered(state, _CONVOLUTION + ".weight"),
    }
    return Config(**found | known)


def made_whole(state: State) -> dict[str, Tensor]:
    """Without the graph, which files of some machines hold: it follows from the skeleton."""
    return {
        name: tensor
        for name, tensor in state.items()
        if name != "A" and not name.endswith(".gcn1.adj")
    }


def to_ours(config: Config, state: State) -> dict[str, Tensor]:
    """A publisher's weights under our names; theirs are convolutions of one joint."""
    convolutions = {_CONVOLUTION.format(number) + ".weight" for number in range(config.layers)}
    flat = {
        name: tensor.squeeze(2) if name in convolutions else tensor
        for name, tensor in state.items()
    }
    return renamed(flat, names(config))


def to_published(config: Config, state: State) -> dict[str, Tensor]:
    """Our weights under the publisher's names."""
    found = renamed(state, reverse(names(config)))
    for number in range(config.layers):
        name = _CONVOLUTION.format(number) + ".weight"
        found[name] = found[name].unsqueeze(2)
    return found
