"""Published MixSTE weights and ours."""

from typing import Any

from torch import Tensor

from poise.methods.mixste.config import Config
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


def names(config: Config) -> dict[str, str]:
    """The publisher's modules and position embeddings, and ours."""
    table = {
        "Spatial_pos_embed": "pairs.joint_position",
        "Temporal_pos_embed": "pairs.frame_position",
        "Spatial_norm": "pairs.spatial_norm",
        "Temporal_norm": "pairs.temporal_norm",
        "head.0": "head.0",
        "head.1": "head.1",
    }
    if config.priors:  # which this publisher does not have; named as KTPFormer's does
        table |= kinematics_names("kpa", "to_tokens") | trajectory_names("tpa", "pairs.trajectory")
    else:
        table["Spatial_patch_to_embedding"] = "to_tokens"
    for pair in range(config.depth):
        table |= block_names(f"STEblocks.{pair}", f"pairs.spatial.{pair}")
        table |= block_names(f"TTEblocks.{pair}", f"pairs.temporal.{pair}")
    return table


def read_config(state: State, **known: Any) -> Config:
    """The config that the shapes say.

    Shapes do not say how many heads there are: 8, as published, if the caller does not.
    """
    priors = "kpa.gconv.W" in state
    if priors:
        _, features, channels = axes(state, "kpa.gconv.W", 3, "mixste")
    else:
        channels, features = axes(state, "Spatial_patch_to_embedding.weight", 2, "mixste")
    hidden, _ = axes(state, "STEblocks.0.mlp.fc1.weight", 2, "mixste")
    found: dict[str, Any] = {
        "joints": axes(state, "Spatial_pos_embed", 3, "mixste")[1],
        "features": features,
        "frames": axes(state, "Temporal_pos_embed", 3, "mixste")[1],
        "channels": channels,
        "depth": numbered(state, "STEblocks.{}.mlp.fc1.weight"),
        "mlp_ratio": hidden / channels,
        "priors": priors,
    }
    return Config(**found | known)


def to_ours(config: Config, state: State) -> dict[str, Tensor]:
    """A publisher's weights under our names."""
    return renamed(state, names(config))


def to_published(config: Config, state: State) -> dict[str, Tensor]:
    """Our weights under the publisher's names."""
    return renamed(state, reverse(names(config)))
