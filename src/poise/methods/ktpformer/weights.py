"""Published KTPFormer weights and ours."""

from typing import Any

from torch import Tensor

from poise.methods.contract import State
from poise.methods.ktpformer.config import Config
from poise.methods.ktpformer.model import KTPFormer
from poise.methods.naming import (
    axes,
    block_names,
    check,
    known_fields,
    numbered,
    renamed,
    reverse,
    stripped,
)

_GRAPH = {
    "gconv.W": "convolution.weight",
    "gconv.M": "convolution.scale",
    "gconv.adj2": "convolution.learned",
    "gconv.bias": "convolution.bias",
    "bn": "norm",
}
# The publisher's first pair: its first norm and its positions lie within the attention.
_PRIOR_BLOCK = {
    "attn.norm1": "norm1",
    "attn.qkv": "attention.qkv",
    "attn.proj": "attention.project",
    "norm2": "norm2",
    "mlp.fc1": "mlp.widen",
    "mlp.fc2": "mlp.narrow",
}


def names(config: Config) -> dict[str, str]:
    """The publisher's modules and bare parameters, and ours."""
    table = {
        "kpattention.attn.Spatial_pos_embed": "pairs.joint_position",
        "tpattention.attn.Temporal_pos_embed": "pairs.frame_position",
        "Spatial_norm": "pairs.spatial_norm",
        "Temporal_norm": "pairs.temporal_norm",
        "head.0": "head.0",
        "head.1": "head.1",
    }
    for theirs, ours in _PRIOR_BLOCK.items():
        table[f"kpattention.{theirs}"] = f"pairs.spatial.0.{ours}"
        table[f"tpattention.{theirs}"] = f"pairs.temporal.0.{ours}"
    for theirs, ours in _GRAPH.items():
        table[f"kpattention.attn.kpa.{theirs}"] = f"kinematics.{ours}"
        for layer in (0, 1):
            place = f"tpattention.attn.tpa.gconv{layer + 1}.{theirs}"
            table[place] = f"pairs.trajectory.layers.{layer}.{ours}"
    for pair in range(1, config.depth):
        table |= block_names(f"STEblocks.{pair - 1}", f"pairs.spatial.{pair}")
        table |= block_names(f"TTEblocks.{pair - 1}", f"pairs.temporal.{pair}")
    return table


def from_published(state: State, **known: Any) -> tuple[Config, dict[str, Tensor]]:
    """The config that the shapes say, and the weights under our names.

    Shapes do not say how many heads there are: 8, as published, if the caller does not. Nor do
    they say who is whose parent: 17 joints are Human3.6M's.
    """
    known_fields(Config, known, "ktpformer")
    state = stripped(state)
    _, features, channels = axes(state, "kpattention.attn.kpa.gconv.W", 3, "ktpformer")
    hidden, _ = axes(state, "kpattention.mlp.fc1.weight", 2, "ktpformer")
    found: dict[str, Any] = {
        "joints": axes(state, "kpattention.attn.Spatial_pos_embed", 3, "ktpformer")[1],
        "features": features,
        "frames": axes(state, "tpattention.attn.Temporal_pos_embed", 3, "ktpformer")[1],
        "channels": channels,
        "depth": 1 + numbered(state, "STEblocks.{}.mlp.fc1.weight"),
        "mlp_ratio": hidden / channels,
    }
    config = Config(**found | known)
    check(state, config, KTPFormer, to_published, "ktpformer")
    return config, renamed(state, names(config))


def to_published(config: Config, state: State) -> dict[str, Tensor]:
    """Our weights under the publisher's names."""
    return renamed(state, reverse(names(config)))
