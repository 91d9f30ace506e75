"""Reference vectors of SimpleBaseline, answered by ours."""

from collections.abc import Mapping
from typing import Any

import torch

from poise.methods.contract import Arrays, Method
from poise.methods.simplebaseline.model import SimpleBaseline


def answer_vector(method: Method, meta: Mapping[str, Any], state: Arrays, inputs: Arrays) -> Arrays:
    """`y`, for the publisher's constructor arguments, state dict and `x`."""
    config = meta["config"]
    network: SimpleBaseline = method.loaded(
        state,
        joints_in=config["input_size"] // 2,
        joints=config["output_size"] // 3,
        width=config["linear_size"],
        stages=config["num_stage"],
        dropout=config["p_dropout"],
    )
    ours = network.config
    x = torch.from_numpy(inputs["x"]).view(-1, 1, ours.joints_in, ours.features)
    with torch.no_grad():
        return {"y": network(x).flatten(1).numpy()}
