"""Reference vectors of SimpleBaseline, answered by ours."""

from collections.abc import Mapping
from typing import Any

import torch

from poise.methods.contract import Arrays, Method
from poise.methods.simplebaseline.model import SimpleBaseline


@torch.no_grad()
def answer_vector(method: Method, meta: Mapping[str, Any], state: Arrays, inputs: Arrays) -> Arrays:
    """`y`, for the publisher's constructor arguments, state dict and `x`; or PoseAug's `pose3d`."""
    network: SimpleBaseline = method.loaded(state, **_known(meta["config"]))
    ours = network.config
    ((name, given),) = inputs.items()
    x = torch.from_numpy(given).view(-1, 1, ours.joints_in, ours.features)
    y = network(x)[:, 0].numpy()
    return {"pose3d" if name == "pose2d" else "y": y if given.ndim > 2 else y.reshape(len(y), -1)}


def _known(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Our fields, by SemGCN's or PoseAug's arguments."""
    if "input_size" in arguments:
        return {
            "joints_in": arguments["input_size"] // 2,
            "joints": arguments["output_size"] // 3,
            "width": arguments["linear_size"],
            "stages": arguments["num_stage"],
            "dropout": arguments["p_dropout"],
            "root": "answered",
        }
    width, stages = ("width", "stages") if "width" in arguments else ("linear_size", "num_stage")
    return {"width": arguments[width], "stages": arguments[stages], "root": "zero"}
