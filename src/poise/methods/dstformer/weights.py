"""Published DSTformer (MotionBERT) weights and ours."""

from typing import Any

from torch import Tensor

from poise.methods.dstformer.config import Config
from poise.methods.naming import (
    State,
    axes,
    kinematics_names,
    numbered,
    renamed,
    reverse,
    trajectory_names,
)

_STREAMS = {"blocks_st": "space_first", "blocks_ts": "time_first"}
_PARTS = {"s": "spatial", "t": "temporal"}
# Of a plain block, of which a stream has one for {} = s and one for {} = t.
_BLOCK = {
    "norm1_{}": "norm1",
    "attn_{}.qkv": "attention.qkv",
    "attn_{}.proj": "attention.project",
    "norm2_{}": "norm2",
    "mlp_{}.fc1": "mlp.widen",
    "mlp_{}.fc2": "mlp.narrow",
}


def names(config: Config) -> dict[str, str]:
    """The publisher's modules and position embeddings, and ours."""
    table = {
        "temp_embed": "frame_position",
        "pos_embed": "joint_position",
        "norm": "norm",
        "pre_logits.fc": "to_representation",
        "head": "to_poses",
    }
    if config.priors:  # which this publisher does not have; named as KTPFormer's does
        table |= kinematics_names("kpa", "to_tokens") | trajectory_names("tpa", "trajectory")
    else:
        table["joints_embed"] = "to_tokens"
    for layer in range(config.depth):
        table[f"ts_attn.{layer}"] = f"layers.{layer}.fuse"
        for theirs, ours in _STREAMS.items():
            for letter, part in _PARTS.items():
                for name, own in _BLOCK.items():
                    published = f"{theirs}.{layer}.{name.format(letter)}"
                    table[published] = f"layers.{layer}.{ours}.{part}.{own}"
    return table


def read_config(state: State, **known: Any) -> Config:
    """The config that the shapes say.

    Shapes do not say how many heads there are: 8, as published, if the caller does not.
    """
    _, frames, _, channels = axes(state, "temp_embed", 4, "dstformer")
    if priors := "kpa.gconv.W" in state:
        features = axes(state, "kpa.gconv.W", 3, "dstformer")[1]
    else:
        features = axes(state, "joints_embed.weight", 2, "dstformer")[1]
    hidden, _ = axes(state, "blocks_st.0.mlp_s.fc1.weight", 2, "dstformer")
    found: dict[str, Any] = {
        "joints": axes(state, "pos_embed", 3, "dstformer")[1],
        "features": features,
        "frames": frames,
        "channels": channels,
        "depth": numbered(state, "blocks_st.{}.mlp_s.fc1.weight"),
        "mlp_ratio": hidden / channels,
        "representation": axes(state, "pre_logits.fc.weight", 2, "dstformer")[0],
        "priors": priors,
    }
    return Config(**found | known)


def to_ours(config: Config, state: State) -> dict[str, Tensor]:
    """A publisher's weights under our names."""
    return renamed(state, names(config))


def to_published(config: Config, state: State) -> dict[str, Tensor]:
    """Our weights under the publisher's names."""
    return renamed(state, reverse(names(config)))
