"""Published VideoPose3D weights and ours."""

from collections.abc import Sequence
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
from poise.methods.videopose3d.config import Config


def names(config: Config) -> dict[str, str]:
    """The publisher's modules, and ours."""
    table = {"expand_conv": "expand", "expand_bn": "norm", "shrink": "shrink"}
    for block in range(len(config.widths) - 1):
        for number, (layer, norm) in enumerate((("over_time", "norm_time"), ("mix", "norm_mix"))):
            table[f"layers_conv.{2 * block + number}"] = f"blocks.{block}.{layer}"
            table[f"layers_bn.{2 * block + number}"] = f"blocks.{block}.{norm}"
    return table


def read_config(state: State, **known: Any) -> Config:
    """The config that the shapes say.

    Shapes do not say whether a network is causal or dense, nor its dropout. One joint less than
    goes in: the root, which is 0 then, if the caller does not say otherwise.
    """
    channels, inputs, first = axes(state, "expand_conv.weight", 3, "videopose3d")
    outputs, _, _ = axes(state, "shrink.weight", 3, "videopose3d")
    filters = [first]
    for number in range(0, numbered(state, "layers_conv.{}.weight"), 2):
        filters.append(axes(state, f"layers_conv.{number}.weight", 3, "videopose3d")[2])
    features = known.get("features", Config.features)
    joints_in, answered = shared(inputs, features, "joints"), shared(outputs, 3, "joints")
    root = known.get("root", "zero" if answered == joints_in - 1 else "answered")
    found: dict[str, Any] = {
        "joints_in": joints_in,
        "joints": answered + (root == "zero"),
        "root": root,
        "channels": channels,
        "widths": _undilated(filters) if known.get("dense") else tuple(filters),
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


def _undilated(filters: Sequence[int]) -> tuple[int, ...]:
    """The widths that the long filters of a dense network stand for."""
    widths, dilation = [filters[0]], filters[0]
    for taps in filters[1:]:
        widths.append((taps - 1) // dilation + 1)
        dilation *= widths[-1]
    return tuple(widths)


def _reshaped(name: str, tensor: Tensor) -> Tensor:
    """A convolution's weight (output, input, time) as a filter's or a layer's."""
    if tensor.ndim < 3:
        return tensor
    within_a_frame = name.endswith((".mix.weight", "shrink.weight"))
    return tensor.squeeze(2) if within_a_frame else tensor.mT.contiguous()


def _restored(tensor: Tensor) -> Tensor:
    match tensor.ndim:
        case 3:
            return tensor.mT.contiguous()
        case 2:
            return tensor.unsqueeze(2)
        case _:
            return tensor
