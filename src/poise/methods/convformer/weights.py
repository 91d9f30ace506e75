"""ConvFormer's weights by the names that we gave them, and ours.

Its authors published no code, so no one else's names exist; these are the ones that the reference
vectors have, and that other implementations of the same description can take up.
"""

from typing import Any

from torch import Tensor

from poise.methods.convformer.config import Config
from poise.methods.naming import (
    State,
    axes,
    kinematics_names,
    numbered,
    renamed,
    reverse,
    trajectory_names,
)

_BLOCK = {
    "norm1": "norm1",
    "attn.proj": "attention.project",
    "norm2": "norm2",
    "mlp.fc1": "mlp.widen",
    "mlp.fc2": "mlp.narrow",
}


def names(config: Config) -> dict[str, str]:
    """The other modules and bare parameters, and ours."""
    table = {
        "spatial_pos_embed": "joint_position",
        "temporal_pos_embed": "frame_position",
        "spatial_norm": "spatial_norm",
        "temporal_norm": "temporal_norm",
        "head_norm": "head_norm",
        "head": "to_poses",
        "pool": "pool_frames",
    }
    if config.priors:  # named as KTPFormer's publisher does
        table |= kinematics_names("kpa", "to_tokens") | trajectory_names("tpa", "trajectory")
    else:
        table["embed"] = "to_tokens"
    stages = {"spatial": config.spatial_depth, "temporal": config.temporal_depth}
    for block in (f"{stage}.{number}" for stage in stages for number in range(stages[stage])):
        table |= {f"{block}.{theirs}": f"{block}.{ours}" for theirs, ours in _BLOCK.items()}
        for part in ("query", "key", "value"):
            theirs, ours = f"{block}.attn.{part}", f"{block}.attention.{part}"
            table[f"{theirs}_mix"] = f"{ours}.mix"
            for number in range(len(config.kernels)):
                table[f"{theirs}.{number}"] = f"{ours}.convolutions.{number}"
    return table


def read_config(state: State, **known: Any) -> Config:
    """The config that the shapes say.

    Shapes do not say how many heads there are: 8, as published, if the caller does not.
    """
    _, joints, channels = axes(state, "spatial_pos_embed", 3, "convformer")
    kernel = "spatial.0.attn.query.{}.weight"
    widths = (
        axes(state, kernel.format(number), 3, "convformer")[2]
        for number in range(max(numbered(state, kernel), 1))
    )
    priors = "kpa.gconv.W" in state
    if priors:
        features = axes(state, "kpa.gconv.W", 3, "convformer")[1]
    else:
        features = axes(state, "embed.weight", 2, "convformer")[1]
    found: dict[str, Any] = {
        "joints": joints,
        "features": features,
        "frames": axes(state, "temporal_pos_embed", 3, "convformer")[1],
        "channels": channels,
        "spatial_depth": numbered(state, "spatial.{}.mlp.fc1.weight"),
        "temporal_depth": numbered(state, "temporal.{}.mlp.fc1.weight"),
        "kernels": tuple(widths),
        "mlp_ratio": _ratio(state),
        "priors": priors,
    }
    return Config(**found | known)


def _ratio(state: State) -> float:
    """How much wider both kinds of blocks are inside; a width is the whole part of its product."""
    narrow, wide = (
        axes(state, f"{stage}.0.mlp.fc1.weight", 2, "convformer")
        for stage in ("spatial", "temporal")
    )
    # The plain ratio, or one that lies a little above what rounding would make of the wide one.
    plain, close = narrow[0] / narrow[1], (wide[0] + 1e-6) / wide[1]
    same = all(int(plain * features) == hidden for hidden, features in (narrow, wide))
    return plain if same else close


def to_ours(config: Config, state: State) -> dict[str, Tensor]:
    """Their weights under our names."""
    return renamed(state, names(config))


def to_published(config: Config, state: State) -> dict[str, Tensor]:
    """Our weights under the other names."""
    return renamed(state, reverse(names(config)))
