"""Published SimpleBaseline weights (SemGCN's PyTorch version) and ours."""

from typing import Any

from torch import Tensor

from poise.methods.contract import State
from poise.methods.naming import (
    axes,
    check,
    known_fields,
    numbered,
    renamed,
    reverse,
    shared,
    stripped,
)
from poise.methods.simplebaseline.config import Config
from poise.methods.simplebaseline.model import SimpleBaseline


def names(config: Config) -> dict[str, str]:
    """The publisher's modules, and ours."""
    table = {"w1": "first.0", "batch_norm1": "first.1", "w2": "last"}
    for stage in range(config.stages):
        for number, layer in ((1, "first"), (2, "second")):
            published, ours = f"linear_stages.{stage}", f"stages.{stage}.{layer}"
            table[f"{published}.w{number}"] = f"{ours}.0"
            table[f"{published}.batch_norm{number}"] = f"{ours}.1"
    return table


def from_published(state: State, **known: Any) -> tuple[Config, dict[str, Tensor]]:
    """The config that the shapes say (dropout excepted), and the weights under our names."""
    known_fields(Config, known, "simplebaseline")
    state = stripped(state)
    width, inputs = axes(state, "w1.weight", 2, "simplebaseline")
    outputs, _ = axes(state, "w2.weight", 2, "simplebaseline")
    features = known.get("features", Config.features)
    found: dict[str, Any] = {
        "joints_in": shared(inputs, features, "joints"),
        "joints": shared(outputs, 3, "joints"),
        "width": width,
        "stages": numbered(state, "linear_stages.{}.w1.weight"),
    }
    config = Config(**found | known)
    check(state, config, SimpleBaseline, to_published, "simplebaseline")
    return config, renamed(state, names(config))


def to_published(config: Config, state: State) -> dict[str, Tensor]:
    """Our weights under the publisher's names."""
    return renamed(state, reverse(names(config)))
