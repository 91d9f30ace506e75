"""Published MixSTE weights and ours."""

from typing import Any

from torch import Tensor

from poise.methods.contract import State
from poise.methods.mixste.config import Config
from poise.methods.mixste.model import MixSTE
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

def names(config: Config) -> dict[str, str]:
    """The publisher's modules and position embeddings, and ours."""
    table = {
        "Spatial_pos_embed": "pairs.joint_position",
        "Temporal_pos_embed": "pairs.frame_position",
        "Spatial_patch_to_embedding": "to_tokens",
        "Spatial_norm": "pairs.spatial_norm",
        "Temporal_norm": "pairs.temporal_norm",
        "head.0": "head.0",
        "head.1": "head.1",
    }
    for pair in range(config.depth):
        table |= block_names(f"STEblocks.{pair}", f"pairs.spatial.{pair}")
        table |= block_names(f"TTEblocks.{pair}", f"pairs.temporal.{pair}")
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
