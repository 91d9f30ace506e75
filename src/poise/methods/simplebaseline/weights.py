"""Published SimpleBaseline weights (SemGCN's PyTorch version) and ours."""

from typing import Any

from torch import Tensor

from poise.methods.naming import (
    State,
    axes,
    numbered,
    renamed,
    reverse,
    shared,
)
from poise.methods.simplebaseline.config import Config


def names(config: Config) -> dict[str, str]:
    """The publisher's modules, and ours."""
    table = {"w1": "first.0", "batch_norm1": "first.1", "w2": "last"}
    for stage in range(config.stages):
        for number, layer in ((1, "first"), (2, "second")):
            published, ours = f"linear_stages.{stage}", f"stages.{stage}.{layer}"
            table[f"{published}.w{number}"] = f"{ours}.0"
            table[f"{published}.batch_norm{number}"] = f"{ours}.1"
    return table


def read_config(state: State, **known: Any) -> Config:
    """The config that the shapes say (dropout excepted).

    One joint less than goes in: the root, which is 0 then, if the caller does not say otherwise.
    """
    width, inputs = axes(state, "w1.weight", 2, "simplebaseline")
    outputs, _ = axes(state, "w2.weight", 2, "simplebaseline")
    features = known.get("features", Config.features)
    joints_in, answered = shared(inputs, features, "joints"), shared(outputs, 3, "joints")
    root = known.get("root", "zero" if answered == joints_in - 1 else "answered")
    found: dict[str, Any] = {
        "joints_in": joints_in,
        "joints": answered + (root == "zero"),
        "root": root,
        "width": width,
        "stages": numbered(state, "linear_stages.{}.w1.weight"),
    }
    return Config(**found | known)


def to_ours(config: Config, state: State) -> dict[str, Tensor]:
    """A publisher's weights under our names."""
    return renamed(state, names(config))


def to_published(config: Config, state: State) -> dict[str, Tensor]:
    """Our weights under the publisher's names."""
    return renamed(state, reverse(names(config)))
