"""ConvFormer's weights by the names that we gave them, and ours.

Its authors published no code, so no one else's names exist; these are the ones that the reference
vectors have, and that other implementations of the same description can take up.
"""

from typing import Any

from torch import Tensor

from poise.methods.contract import State
from poise.methods.convformer.config import Config
from poise.methods.convformer.model import ConvFormer
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
    "attn.proj": "attention.project",
    "norm2": "norm2",
    "mlp.fc1": "mlp.widen",
    "mlp.fc2": "mlp.narrow",
}


def names(config: Config) -> dict[str, str]:
    """The other modules and bare parameters, and ours."""
    table = {
        "embed": "to_tokens",
        "spatial_pos_embed": "joint_position",
        "temporal_pos_embed": "frame_position",
        "spatial_norm": "spatial_norm",
        "temporal_norm": "temporal_norm",
        "head_norm": "head_norm",
        "head": "to_poses",
        "pool": "pool_frames",
    }
    stages = {"spatial": config.spatial_depth, "temporal": config.temporal_depth}
    for block in (f"{stage}.{number}" for stage in stages for number in range(stages[stage])):
        table |= {f"{block}.{theirs}": f"{block}.{ours}" for theirs, ours in _BLOCK.items()}
        for part in ("query", "key", "value"):
            theirs, ours = f"{block}.attn.{part}", f"{block}.attention.{part}"
            table[f"{theirs}_mix"] = f"{ours}.mix"
            for number in range(len(config.kernels)):
                table[f"{theirs}.{number}"] = f"{ours}.convolutions.{number}"
    return table


def from_published(state: State, **known: Any) -> tuple[Config, dict[str, Tensor]]:
    """The config that the shapes say, and the weights under our names.

    Shapes do not say how many heads there are: 8, as published, if the caller does not.
    """
    known_fields(Config, known, "convformer")
    state = stripped(state)
    _, joints, channels = axes(state, "spatial_pos_embed", 3, "convformer")
    kernel = "spatial.0.attn.query.{}.weight"
    widths = (
        axes(state, kernel.format(number), 3, "convformer")[2]
        for number in range(numbered(state, kernel))
    )
    found: dict[str, Any] = {
        "joints": joints,
        "features": axes(state, "embed.weight", 2, "convformer")[1],
        "frames": axes(state, "temporal_pos_embed", 3, "convformer")[1],
        "channels": channels,
        "spatial_depth": numbered(state, "spatial.{}.mlp.fc1.weight"),
        "temporal_depth": numbered(state, "temporal.{}.mlp.fc1.weight"),
        "kernels": tuple(widths),
        "mlp_ratio": _ratio(state),
    }
    config = Config(**found | known)
    check(state, config, ConvFormer, to_published, "convformer")
    return config, renamed(state, names(config))


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


def to_published(config: Config, state: State) -> dict[str, Tensor]:
    """Our weights under the other names."""
    return renamed(state, reverse(names(config)))
