"""Reference vectors of ConvFormer, answered by ours."""

from collections.abc import Mapping
from typing import Any

import torch

from poise.methods.contract import Arrays, Method
from poise.methods.convformer.config import Config
from poise.methods.convformer.model import ConvFormer

# The vectors' arguments and our fields; an argument that is missing has the default.
_ARGUMENTS = {
    "frames": "frames",
    "joints": "joints",
    "dim": "channels",
    "heads": "heads",
    "spatial_depth": "spatial_depth",
    "temporal_depth": "temporal_depth",
    "kernels": "kernels",
    "mlp_ratio": "mlp_ratio",
    "drop_path": "drop_path",
    "mix_dropout": "dropout",
}


@torch.no_grad()
def answer_vector(method: Method, meta: Mapping[str, Any], state: Arrays, inputs: Arrays) -> Arrays:
    """`pose3d`, and what leaves the spatial and the temporal norm for the first sample."""
    known = {_ARGUMENTS[name]: value for name, value in meta["config"].items()}
    known["kernels"] = tuple(known.get("kernels", Config().kernels))
    network: ConvFormer = method.loaded(state, **known)
    answers = {}
    for name in ("spatial", "temporal"):  # (batch, time, joint, channel) and with joints flat
        network.get_submodule(f"{name}_norm").register_forward_hook(
            lambda norm, x, answer, name=name: answers.update({name: answer[:1].flatten(2)})
        )
    answers["pose3d"] = network(torch.from_numpy(inputs["pose2d"]))
    return {name: answer.numpy() for name, answer in answers.items()}
