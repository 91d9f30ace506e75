"""Reference vectors of SemGCN, answered by ours."""

from collections.abc import Mapping
from typing import Any

import torch

from poise.methods.contract import Arrays, Method
from poise.methods.semgcn.model import SemGCN


@torch.no_grad()
def answer_vector(method: Method, meta: Mapping[str, Any], state: Arrays, inputs: Arrays) -> Arrays:
    """`y`, and what leaves the input layer and the first unit, before all joints look around."""
    config = meta["config"]
    network: SemGCN = method.loaded(
        state,
        joints=len(config["parents"]),
        features=config["coords_dim"][0],
        channels=config["hid_dim"],
        layers=config["num_layers"],
        dropout=config["p_dropout"] or 0.0,
        non_local=config["nodes_group"] is not None,
        parents=tuple(config["parents"]),
    )
    answers = {}
    for name, module in (("input_layer", network.first), ("layer0", network.units[0])):
        module.register_forward_hook(
            lambda module, x, answer, name=name: answers.update({name: answer})
        )
    answers["y"] = network(torch.from_numpy(inputs["x"])[:, None])[:, 0]
    return {name: answer.numpy() for name, answer in answers.items()}
