"""Published MHFormer weights and ours."""

from typing import Any

from torch import Tensor

from poise.methods.mhformer.config import Config
from poise.methods.mhformer.model import ENCODER_DEPTH, HYPOTHESES, SHORT
from poise.methods.naming import (
    State,
    axes,
    block_names,
    kinematics_names,
    numbered,
    renamed,
    reverse,
    shared,
    trajectory_names,
)

_LAST = "Transformer_hypothesis.CHI_blocks.0"


def names(config: Config) -> dict[str, str]:
    """The publisher's modules and position embeddings, and ours."""
    table = {
        "Transformer_hypothesis.norm": "norm",
        "regression.0": "head_norm",
        "regression.1": "to_poses",
    }
    for ours in range(HYPOTHESES):
        table |= _names_of_hypothesis(config, ours + 1, ours)  # theirs count from 1
    if config.priors:  # which this publisher does not have; named as KTPFormer's does
        table |= kinematics_names("kpa", "kinematics")
    layers = {_LAST: "interaction"}
    for number in range(config.layers - 1):
        layers[f"Transformer_hypothesis.SHR_blocks.{number}"] = f"refinements.{number}"
    for theirs, layer in layers.items():
        table |= {
            f"{theirs}.norm2": f"{layer}.norm2",
            f"{theirs}.mlp.fc1": f"{layer}.mlp.widen",
            f"{theirs}.mlp.fc2": f"{layer}.mlp.narrow",
        }
    return table


def _names_of_hypothesis(config: Config, m: int, ours: int) -> dict[str, str]:
    encoder = f"Transformer_encoder_{m}"
    table = {
        f"norm_{m}": f"norms.{ours}",
        f"{encoder}.pos_embed": f"encoders.{ours}.position",
        f"{encoder}.norm": f"encoders.{ours}.norm",
        f"Transformer_hypothesis.pos_embed_{m}": f"frame_positions.{ours}",
    }
    for number in range(ENCODER_DEPTH):
        table |= block_names(f"{encoder}.blocks.{number}", f"encoders.{ours}.blocks.{number}")
    if config.priors:
        table |= trajectory_names(f"tpa_{m}", f"trajectories.{ours}")
    for part in ("",) if config.frames > SHORT else (".0", ".1"):
        table[f"embedding_{m}{part}"] = f"embeddings.{ours}{part}"
    for number in range(config.layers - 1):
        theirs, layer = f"Transformer_hypothesis.SHR_blocks.{number}", f"refinements.{number}"
        table |= {
            f"{theirs}.norm1_{m}": f"{layer}.norms.{ours}",
            f"{theirs}.attn_{m}.qkv": f"{layer}.attentions.{ours}.qkv",
            f"{theirs}.attn_{m}.proj": f"{layer}.attentions.{ours}.project",
        }
    theirs, attention = f"{_LAST}.attn_{m}", f"interaction.attentions.{ours}"
    table[f"{theirs}.proj"] = f"{attention}.project"
    for role, (letter, word) in enumerate({"q": "query", "k": "key", "v": "value"}.items()):
        table[f"{theirs}.linear_{letter}"] = f"{attention}.{word}"
        table[f"{_LAST}.norm3_{m}{role + 1}"] = f"interaction.norms.{ours}.{role}"
    return table


def read_config(state: State, **known: Any) -> Config:
    """The config that the shapes say.

    Shapes do not say how many heads there are: 8, and 9 that make the hypotheses, as published, if
    the caller does not. Nor do they say for which frames it answers.
    """
    _, rows, frames = axes(state, "Transformer_encoder_1.pos_embed", 3, "mhformer")
    outputs = axes(state, "regression.1.weight", 3, "mhformer")[0]
    joints = shared(outputs, 3, "joints")
    found: dict[str, Any] = {
        "joints": joints,
        "features": shared(rows, joints, "features"),
        "frames": frames,
        "channels": axes(state, "Transformer_hypothesis.pos_embed_1", 3, "mhformer")[2],
        "hidden": axes(state, f"{_LAST}.mlp.fc1.weight", 2, "mhformer")[0],
        "layers": 1 + numbered(state, "Transformer_hypothesis.SHR_blocks.{}.mlp.fc1.weight"),
        "priors": "kpa.gconv.W" in state,
    }
    return Config(**found | known)


def to_ours(config: Config, state: State) -> dict[str, Tensor]:
    """A publisher's weights under our names."""
    return renamed(state, names(config))


def to_published(config: Config, state: State) -> dict[str, Tensor]:
    """Our weights under the publisher's names."""
    return renamed(state, reverse(names(config)))
