"""Published names of tensors and ours; whatever does not fit is said in words.

A method's `weights.py` has one table, the modules of the publisher's network by ours, and its
`to_ours` and `to_published` read it either way.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from itertools import count, takewhile
from typing import Any, get_args, get_origin

import torch
from torch import Tensor

from poise.errors import PoiseError, did_you_mean

State = Mapping[str, Tensor]
"""A state dict: parameters and buffers by name."""

# What DataParallel, torch.compile and training scripts put in front of every name.
_WRAPPERS = ("module.", "_orig_mod.", "model.", "network.", "net.")


def stripped(state: State) -> dict[str, Tensor]:
    """Without what wrappers put in front of every name."""
    bare = dict(state)
    while bare:
        wrapper = next((w for w in _WRAPPERS if all(name.startswith(w) for name in bare)), None)
        if wrapper is None:
            break
        bare = {name.removeprefix(wrapper): tensor for name, tensor in bare.items()}
    return bare


def renamed(state: State, names: Mapping[str, str]) -> dict[str, Tensor]:
    """Each tensor under its other name; `names` holds modules, and parameters that have none."""
    found = {}
    for name, tensor in state.items():
        module, _, leaf = name.rpartition(".")
        found[names[name] if name in names else f"{names[module]}.{leaf}"] = tensor
    return found


def reverse(names: Mapping[str, str]) -> dict[str, str]:
    """The same table, read the other way."""
    return {ours: published for published, ours in names.items()}


_BLOCK = {
    "norm1": "norm1",
    "attn.qkv": "attention.qkv",
    "attn.proj": "attention.project",
    "norm2": "norm2",
    "mlp.fc1": "mlp.widen",
    "mlp.fc2": "mlp.narrow",
}


def block_names(published: str, ours: str) -> dict[str, str]:
    """Of a plain transformer block (poise.nn.transformer.Block), named alike by most publishers."""
    return {f"{published}.{theirs}": f"{ours}.{name}" for theirs, name in _BLOCK.items()}


_GRAPH = {
    "gconv.W": "convolution.weight",
    "gconv.M": "convolution.scale",
    "gconv.adj2": "convolution.learned",
    "gconv.bias": "convolution.bias",
    "bn": "norm",
}


def kinematics_names(published: str, ours: str) -> dict[str, str]:
    """Of KTPFormer's kinematics prior (poise.nn.priors), by its publisher's names."""
    return {f"{published}.{theirs}": f"{ours}.{name}" for theirs, name in _GRAPH.items()}


def trajectory_names(published: str, ours: str) -> dict[str, str]:
    """Of KTPFormer's trajectory prior: two graphs."""
    return {
        f"{published}.gconv{layer + 1}.{theirs}": f"{ours}.layers.{layer}.{name}"
        for layer in (0, 1)
        for theirs, name in _GRAPH.items()
    }


def check_heads(method: str, channels: int, heads: int) -> None:
    """Refuses heads that cannot share the channels."""
    if heads < 1 or channels < heads or channels % heads:
        raise PoiseError(f"{method}: {channels} channels cannot be shared by {heads} heads")


def check_frames(method: str, frames: int, keypoints: Tensor) -> None:
    """Refuses a window of another length."""
    if keypoints.shape[1] != frames:
        raise PoiseError(
            f"{method}: this one takes windows of {frames} frames, not {keypoints.shape[1]} "
            "(poise.lifting cuts any clip into windows)"
        )


def axes(state: State, name: str, wanted: int, method: str) -> tuple[int, ...]:
    """The shape of the tensor that a config is read from."""
    if name not in state:
        held = f"it holds {', '.join(list(state)[:3])} …" if state else "it holds nothing"
        raise PoiseError(f"these are no weights of {method}: {name!r} is missing; {held}")
    shape = tuple(state[name].shape)
    if len(shape) != wanted:
        raise PoiseError(
            f"these are no weights of {method}: {name!r} has the shape {shape}, where {wanted} "
            "dimensions belong"
        )
    return shape


def shared(total: int, parts: int, what: str) -> int:
    """How many there are of `parts` each; `what` says it in words."""
    if parts < 1 or total < parts or total % parts:
        raise PoiseError(f"{total} channels are no {what} of {parts} each; another network?")
    return total // parts


def numbered(state: State, name: str) -> int:
    """How many tensors `name` there are, with 0, 1, 2 … in the place of {}."""
    return sum(1 for _ in takewhile(lambda n: name.format(n) in state, count()))


def known_fields(config: Any, known: Iterable[str], method: str) -> None:
    """Refuses what is no field of the config, nor of the one that it goes around."""
    fields = _fields(config)
    for name in known:
        if name not in fields:
            raise PoiseError(f"{method} has no {name!r}{did_you_mean(name, fields)}")


def _fields(config: Any) -> list[str]:
    own = list(getattr(get_origin(config) or config, "__dataclass_fields__", {}))
    return own + [name for inside in get_args(config) for name in _fields(inside)]


def check(
    state: State, config: Any, network: Callable[[Any], Any], to_published: Callable, method: str
) -> None:
    """Refuses a publisher's state dict that is not what a network of this config has, in words."""
    with torch.device("meta"):  # shapes, no values
        expected = to_published(config, network(config).state_dict())
    told = f"a {method} with {_words(config)}"
    for name, tensor in expected.items():
        if name not in state:
            if name.endswith("num_batches_tracked"):  # which old files do not have
                continue
            raise PoiseError(
                f"{name!r} is missing: {told} has {len(expected)} tensors, here are {len(state)}; "
                "a part of the file, or another network"
            )
        if state[name].shape != tensor.shape:
            raise PoiseError(
                f"{name!r} has the shape {tuple(state[name].shape)}, where {told} has "
                f"{tuple(tensor.shape)}; the weights of another size"
            )
    for name, tensor in state.items():
        if name not in expected:
            raise PoiseError(
                f"{name!r}, of shape {tuple(tensor.shape)}, is unexpected: {told} has no such "
                "tensor; another network, or a changed one"
            )


def _words(config: Any) -> str:
    told = ((field.name, getattr(config, field.name)) for field in fields(config))
    return ", ".join(
        f"{name}=({_words(value)})" if is_dataclass(value) else f"{name}={value}"
        for name, value in told
    )
