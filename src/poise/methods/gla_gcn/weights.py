"""Published GLA-GCN weights and ours."""

from typing import Any

import torch
from torch import Tensor

from poise.methods.gla_gcn.config import Config
from poise.methods.naming import State, axes, numbered, renamed, reverse, shared
from poise.skeletons import HUMANEVA15

_WIDTH = 3  # of every published stage; no shape says it

# What is a stack of layers here, and several there.
_PARTS = {
    "attend": [f"{name}.{subset}" for name in ("conv_a", "conv_b") for subset in range(3)],
    "combine": [f"conv_d.{subset}" for subset in range(3)],
}


def names(config: Config) -> dict[str, str]:
    """The publisher's modules and bare parameters, and ours, in as many parts."""
    blocks = {"expand_gcn": "expand"}
    for stage in range(len(config.widths)):
        blocks[f"layers_tcngcn.{2 * stage}"] = f"stages.{stage}.keeping"
        blocks[f"layers_tcngcn.{2 * stage + 1}"] = f"stages.{stage}.shortening"
    table = {"data_bn": "norm", "fc": "to_poses"}
    for published, ours in blocks.items():
        joints, time = f"{ours}.among_joints", f"{ours}.over_time"
        table |= {
            f"{published}.gcn1.PA": f"{joints}.learned",
            f"{published}.gcn1.bn": f"{joints}.norm",
            f"{published}.tcn1.conv": time,
            f"{published}.tcn1.bn": f"{time}.norm",
        }
        for layer, parts in _PARTS.items():
            for number, part in enumerate(parts):
                table[f"{published}.gcn1.{part}"] = f"{joints}.{layer}.{number}"
    for number, (layer, name) in enumerate((("down.0", "conv"), ("down.1", "bn"))):
        table[f"expand_gcn.gcn1.{layer}"] = f"expand.among_joints.around.{number}"
        table[f"expand_gcn.residual.{name}"] = f"expand.around.{number}"
    return table


def read_config(state: State, **known: Any) -> Config:
    """The config that the shapes say.

    Shapes do not say the widths of the stages: 3, as published, if the caller does not. Nor do they
    say the links: 17 joints are Human3.6M's, 15 are HumanEva's from true keypoints.
    """
    _, joints, _ = axes(state, "expand_gcn.gcn1.PA", 3, "gla_gcn")
    channels, features, _, _ = axes(state, "expand_gcn.gcn1.conv_d.0.weight", 4, "gla_gcn")
    outputs, _, _ = axes(state, "fc.weight", 3, "gla_gcn")
    found: dict[str, Any] = {
        "joints": joints,
        "features": features,
        "widths": (_WIDTH,) * (numbered(state, "layers_tcngcn.{}.gcn1.PA") // 2),
        "channels": channels,
        "apart": shared(outputs, 3, "coordinates") > 1,
    }
    if joints == len(HUMANEVA15):
        found |= {"graph": "humaneva15", "parents": HUMANEVA15.parents}
    return Config(**found | known)


def to_ours(config: Config, state: State) -> dict[str, Tensor]:
    """A publisher's weights under our names."""
    named = renamed(state, names(config))
    ours = {name: _bare(name, tensor) for name, tensor in named.items()}
    for stack, pieces in _stacks(config):
        ours[stack] = torch.stack([ours.pop(piece) for piece in pieces])
    if config.apart:
        for leaf in ("weight", "bias"):
            name = f"to_poses.{leaf}"
            ours[name] = ours[name].unflatten(0, (config.joints, 3))
    return ours


def to_published(config: Config, state: State) -> dict[str, Tensor]:
    """Our weights under the publisher's names, in the shapes of convolutions."""
    named = dict(state)
    for stack, pieces in _stacks(config):
        named |= dict(zip(pieces, named.pop(stack).unbind(), strict=True))
    if config.apart:
        for leaf in ("weight", "bias"):
            name = f"to_poses.{leaf}"
            named[name] = named[name].flatten(0, 1)
    shaped = {name: _of_convolution(name, tensor) for name, tensor in named.items()}
    return renamed(shaped, reverse(names(config)))


def _stacks(config: Config) -> list[tuple[str, list[str]]]:
    """Each parameter of ours that holds several, and the names of these."""
    blocks = ["expand"]
    for stage in range(len(config.widths)):
        blocks += [f"stages.{stage}.keeping", f"stages.{stage}.shortening"]
    return [
        (
            f"{block}.among_joints.{layer}.{leaf}",
            [f"{block}.among_joints.{layer}.{number}.{leaf}" for number in range(len(parts))],
        )
        for block in blocks
        for layer, parts in _PARTS.items()
        for leaf in ("weight", "bias")
    ]


def _bare(name: str, tensor: Tensor) -> Tensor:
    """The weight of a convolution over nothing, as a linear layer's."""
    narrow = tensor.ndim > 2 and not name.endswith((".learned", ".over_time.weight"))
    return tensor.flatten(1) if narrow else tensor


def _of_convolution(name: str, tensor: Tensor) -> Tensor:
    """The same, turned back."""
    if tensor.ndim != 2:
        return tensor
    return tensor[:, :, None] if name.startswith("to_poses") else tensor[:, :, None, None]
