"""Published KTPFormer weights and ours."""

from typing import Any

from torch import Tensor

from poise.methods.ktpformer.config import Config
from poise.methods.naming import (
    State,
    axes,
    block_names,
    kinematics_names,
    numbered,
    renamed,
    reverse,
    trajectory_names,
)

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
    table |= kinematics_names("kpattention.attn.kpa", "kinematics")
    table |= trajectory_names("tpattention.attn.tpa", "pairs.trajectory")
    for pair in range(1, config.depth):
        table |= block_names(f"STEblocks.{pair - 1}", f"pairs.spatial.{pair}")
        table |= block_names(f"TTEblocks.{pair - 1}", f"pairs.temporal.{pair}")
    return table


def read_config(state: State, **known: Any) -> Config:
    """The config that the shapes say.

    Shapes do not say how many heads there are: 8, as published, if the caller does not. Nor do
    they say who is whose parent: 17 joints are Human3.6M's.
    """
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
    return Config(**found | known)


def to_ours(config: Config, state: State) -> dict[str, Tensor]:
    """A publisher's weights under our names."""
    return renamed(state, names(config))


def to_published(config: Config, state: State) -> dict[str, Tensor]:
    """Our weights under the publisher's names."""
    return renamed(state, reverse(names(config)))
