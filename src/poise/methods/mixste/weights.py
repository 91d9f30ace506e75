"""Published MixSTE weights and ours."""

from typing import Any

from torch import Tensor

from poise.methods.contract import State
from poise.methods.mixste.config import Config
from poise.methods.mixste.model import MixSTE
from poise.methods.naming import (
    axes,
    check,
    known_fields,
    numbered,
    renamed,
    reverse,
    stripped,
)

_BLOCK = {
    "norm1": "norm1",
    "attn.qkv": "attention.qkv",
    "attn.proj": "attention.project",
    "norm2": "norm2",
    "mlp.fc1": "mlp.0",
    "mlp.fc2": "mlp.2",
}


def names(config: Config) -> dict[str, str]:
    """The publisher's modules and position embeddings, and ours."""
    table = {
        "Spatial_pos_embed": "joint_position",
        "Temporal_pos_embed": "frame_position",
        "Spatial_patch_to_embedding": "to_tokens",
        "Spatial_norm": "spatial_norm",
        "Temporal_norm": "temporal_norm",
        "head.0": "head.0",
        "head.1": "head.1",
    }
    for pair in range(config.depth):
        for published, ours in _BLOCK.items():
            table[f"STEblocks.{pair}.{published}"] = f"spatial.{pair}.{ours}"
            table[f"TTEblocks.{pair}.{published}"] = f"temporal.{pair}.{ours}"
    return table


def from_published(state: State, **known: Any) -> tuple[Config, dict[str, Tensor]]:
    """The config that the shapes say, and the weights under our names.

    Shapes do not say how many heads there are: 8, as published, if the caller does not.
    """
    known_fields(Config, known, "mixste")
    state = stripped(state)
    channels, features = axes(state, "Spatial_patch_to_embedding.weight", 2, "mixste")
    hidden, _ = axes(state, "STEblocks.0.mlp.fc1.weight", 2, "mixste")
    found: dict[str, Any] = {
        "joints": axes(state, "Spatial_pos_embed", 3, "mixste")[1],
        "features": features,
        "frames": axes(state, "Temporal_pos_embed", 3, "mixste")[1],
        "channels": channels,
        "depth": numbered(state, "STEblocks.{}.mlp.fc1.weight"),
        "mlp_ratio": hidden / channels,
    }
    config = Config(**found | known)
    check(state, config, MixSTE, to_published, "mixste")
    return config, renamed(state, names(config))


def to_published(config: Config, state: State) -> dict[str, Tensor]:
    """Our weights under the publisher's names."""
    return renamed(state, reverse(names(config)))
