"""Published ST-GCN weights and ours."""

from typing import Any

from torch import Tensor

from poise.methods.naming import State, axes, renamed, reverse, shared
from poise.methods.stgcn.config import Config
from poise.skeletons import H36M17

_UNIT = {
    "gcn.conv": "speak",
    "tcn.0": "norm_heard",
    "tcn.3": "mix",
    "tcn.4": "norm_mixed",
}
_UNITS = {"st_gcn_networks": ("joint_units", 3), "st_gcn_pool": ("part_units", 2)}
_RELATIONS_IN_A_FRAME = 4
_POSEAUG = "stgcn."  # what PoseAug's form of 16 joints puts before every name


def names(config: Config) -> dict[str, str]:
    """The publisher's modules, and ours."""
    table = {
        "data_bn": "norm",
        "conv4.0": "whole",
        "conv4.1": "norm_whole",
        "conv2.0": "join",
        "conv2.1": "norm_join",
        "non_local.theta": "look.ask",
        "non_local.phi": "look.offer",
        "non_local.g": "look.value",
        "non_local.W.0": "look.project",
        "non_local.W.1": "look.norm",
        "fcn.1": "last",
        # Where a unit is wider than the one before.
        "st_gcn_networks.2.residual.0": "joint_units.2.around.0",
        "st_gcn_networks.2.residual.1": "joint_units.2.around.1",
        "st_gcn_pool.0.residual.0": "part_units.0.around.0",
        "st_gcn_pool.0.residual.1": "part_units.0.around.1",
    }
    for theirs, (ours, count) in _UNITS.items():
        for unit in range(count):
            for name, own in _UNIT.items():
                table[f"{theirs}.{unit}.{name}"] = f"{ours}.{unit}.{own}"
    before = "" if config.joints == len(H36M17) else _POSEAUG
    return {before + theirs: f"graphs.{ours}" for theirs, ours in table.items()}


def learned_only(state: State) -> dict[str, Tensor]:
    """Without the graphs, which some files hold and which follow from the skeleton."""
    return {
        name: tensor
        for name, tensor in state.items()
        if not name.removeprefix(_POSEAUG).startswith("A")
    }


def read_config(state: State, **known: Any) -> Config:
    """The config that the shapes say.

    Of several frames they do not say how many: 3, if the caller does not. Nor for which it answers.
    """
    before = _POSEAUG if f"{_POSEAUG}data_bn.weight" in state else ""
    (inputs,) = axes(state, f"{before}data_bn.weight", 1, "stgcn")
    (channels,) = axes(state, f"{before}st_gcn_networks.0.tcn.0.weight", 1, "stgcn")
    spoken, *_ = axes(state, f"{before}st_gcn_networks.0.gcn.conv.weight", 4, "stgcn")
    subsets = shared(spoken, channels, "relations")
    found: dict[str, Any] = {
        "joints": len(H36M17) - bool(before),
        "features": shared(inputs, len(H36M17), "features"),
        "frames": 1 if subsets == _RELATIONS_IN_A_FRAME else 3,
        "channels": channels,
    }
    return Config(**found | known)


def to_ours(config: Config, state: State) -> dict[str, Tensor]:
    """A publisher's weights under our names."""
    ours = renamed(state, names(config))
    return {name: _reshaped(name, tensor) for name, tensor in ours.items()}


def to_published(config: Config, state: State) -> dict[str, Tensor]:
    """Our weights under the publisher's names, in the shapes of convolutions."""
    shaped = {name: _restored(tensor) for name, tensor in state.items()}
    return renamed(shaped, reverse(names(config)))


def _reshaped(name: str, tensor: Tensor) -> Tensor:
    """A convolution's weight (output, input, time, 1) as a layer's, or as one over time."""
    if tensor.ndim < 4:
        return tensor
    return tensor[..., 0] if name == "graphs.whole.weight" else tensor.flatten(1)


def _restored(tensor: Tensor) -> Tensor:
    match tensor.ndim:
        case 3:
            return tensor[..., None]
        case 2:
            return tensor[..., None, None]
        case _:
            return tensor
