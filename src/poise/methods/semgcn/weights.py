"""Published SemGCN weights and ours."""

from typing import Any

from torch import Tensor

from poise.methods.naming import State, axes, renamed, reverse, shared
from poise.methods.semgcn.config import Config
from poise.skeletons import H36M16, H36M17

_CONVOLUTION = {"W": "weight", "e": "edges", "bias": "bias"}
_NON_LOCAL = {
    "g.0": "value",
    "theta": "ask",
    "phi.0": "offer",
    "concat_project.0": "score",
    "W.0": "project",
    "W.1": "norm",
}
_PARENTS = {len(skeleton): skeleton.parents for skeleton in (H36M17, H36M16)}


def names(config: Config) -> dict[str, str]:
    """The publisher's modules and bare parameters, and ours."""
    table = _layer("gconv_input.0", "first") | _convolution("gconv_output", "last")
    step = 2 if config.non_local else 1  # the publisher counts non-local units along
    for unit in range(config.layers):
        for theirs, ours in (("gconv1", "first"), ("gconv2", "second")):
            table |= _layer(f"gconv_layers.{step * unit}.{theirs}", f"units.{unit}.{ours}")
    if config.non_local:
        looks = ["gconv_input.1", *(f"gconv_layers.{2 * n + 1}" for n in range(config.layers))]
        for number, look in enumerate(looks):
            # Its name is a word of Python's own, so the published code runs in old Pythons only.
            for theirs, ours in _NON_LOCAL.items():
                table[f"{look}.nonlocal.{theirs}"] = f"looks.{number}.{ours}"
    return table


def _layer(theirs: str, ours: str) -> dict[str, str]:
    table = _convolution(f"{theirs}.gconv", f"{ours}.convolution")
    return table | {f"{theirs}.bn": f"{ours}.norm"}


def _convolution(theirs: str, ours: str) -> dict[str, str]:
    return {f"{theirs}.{name}": f"{ours}.{own}" for name, own in _CONVOLUTION.items()}


def read_config(state: State, **known: Any) -> Config:
    """The config that the shapes say (dropout excepted).

    They do not say who is whose parent: 16 and 17 joints are Human3.6M's.
    """
    _, features, channels = axes(state, "gconv_input.0.gconv.W", 3, "semgcn")
    _, edges = axes(state, "gconv_input.0.gconv.e", 2, "semgcn")
    joints = shared(edges + 2, 3, "links of a tree of joints, two less than three")
    found: dict[str, Any] = {
        "joints": joints,
        "features": features,
        "channels": channels,
        "layers": sum(name.endswith(".gconv1.gconv.W") for name in state),
        "non_local": "gconv_input.1.nonlocal.theta.weight" in state,
        "parents": _PARENTS.get(joints, H36M17.parents),
    }
    return Config(**found | known)


def to_ours(config: Config, state: State) -> dict[str, Tensor]:
    """A publisher's weights under our names."""
    ours = renamed(state, names(config))
    return {name: _reshaped(name, tensor) for name, tensor in ours.items()}


def to_published(config: Config, state: State) -> dict[str, Tensor]:
    """Our weights under the publisher's names, in the shapes of convolutions."""
    shaped = {name: _restored(name, tensor) for name, tensor in state.items()}
    return renamed(shaped, reverse(names(config)))


def _reshaped(name: str, tensor: Tensor) -> Tensor:
    """A convolution's weight (output, input, 1 or 1 1) as a layer's."""
    return tensor.flatten(1) if name.startswith("looks.") and tensor.ndim > 2 else tensor


def _restored(name: str, tensor: Tensor) -> Tensor:
    if not name.startswith("looks.") or tensor.ndim != 2:
        return tensor
    tensor = tensor[..., None]
    return tensor[..., None] if name.endswith("score.weight") else tensor
