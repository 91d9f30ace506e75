"""Published MotionAGFormer weights and ours."""

from typing import Any

from torch import Tensor

from poise.methods.motionagformer.config import Config
from poise.methods.naming import (
    State,
    axes,
    kinematics_names,
    numbered,
    renamed,
    reverse,
    trajectory_names,
)

_STREAMS = {"att": "attention", "graph": "graph"}
_BLOCK = {
    "layer_scale_1": "scale1",
    "layer_scale_2": "scale2",
    "norm1": "norm1",
    "norm2": "norm2",
    "mlp.fc1": "mlp.widen",
    "mlp.fc2": "mlp.narrow",
}
_MIXERS = {
    "att": {"qkv": "qkv", "proj": "project"},
    "graph": {"U": "own", "V": "others", "batch_norm": "norm"},
}


def names(config: Config) -> dict[str, str]:
    """The publisher's modules and bare parameters, and ours."""
    table = {
        "pos_embed": "joint_position",
        "norm": "norm",
        "rep_logit.fc": "to_representation",
        "head": "to_poses",
    }
    if config.priors:  # which this publisher does not have; named as KTPFormer's does
        table |= kinematics_names("kpa", "to_tokens") | trajectory_names("tpa", "trajectory")
    else:
        table["joints_embed"] = "to_tokens"
    for layer in range(config.layers):
        table[f"layers.{layer}.fusion"] = f"layers.{layer}.fuse"
        for theirs, ours in _STREAMS.items():
            mixer = {f"mixer.{name}": f"mixer.{own}" for name, own in _MIXERS[theirs].items()}
            for part in ("spatial", "temporal"):
                for name, own in (_BLOCK | mixer).items():
                    published = f"layers.{layer}.{theirs}_{part}.{name}"
                    table[published] = f"layers.{layer}.{ours}.{part}.{own}"
    return table


def read_config(state: State, **known: Any) -> Config:
    """The config that the shapes say.

    Shapes do not say how many heads there are, nor how many similar frames a frame hears: 8 and 2,
    as published, if the caller does not. Nor do they say who is whose parent: 17 joints are
    Human3.6M's.
    """
    first = "layers.0.graph_temporal.mixer.batch_norm.weight"  # an hourglass has fewer frames later
    (frames,) = axes(state, first, 1, "motionagformer")
    _, joints, channels = axes(state, "pos_embed", 3, "motionagformer")
    if priors := "kpa.gconv.W" in state:
        features = axes(state, "kpa.gconv.W", 3, "motionagformer")[1]
    else:
        features = axes(state, "joints_embed.weight", 2, "motionagformer")[1]
    hidden, _ = axes(state, "layers.0.att_spatial.mlp.fc1.weight", 2, "motionagformer")
    found: dict[str, Any] = {
        "joints": joints,
        "features": features,
        "frames": frames,
        "channels": channels,
        "layers": numbered(state, "layers.{}.fusion.weight"),
        "mlp_ratio": hidden / channels,
        "representation": axes(state, "rep_logit.fc.weight", 2, "motionagformer")[0],
        "bias": "layers.0.att_spatial.mixer.qkv.bias" in state,
        "priors": priors,
    }
    return Config(**found | known)


def to_ours(config: Config, state: State) -> dict[str, Tensor]:
    """A publisher's weights under our names."""
    return renamed(state, names(config))


def to_published(config: Config, state: State) -> dict[str, Tensor]:
    """Our weights under the publisher's names."""
    return renamed(state, reverse(names(config)))
