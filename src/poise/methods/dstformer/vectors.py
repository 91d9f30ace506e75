"""Reference vectors of DSTformer, answered by ours."""

from collections.abc import Mapping
from typing import Any

import torch

from poise.methods.contract import Arrays, Method
from poise.methods.dstformer.model import DSTformer, DualBlock


@torch.no_grad()
def answer_vector(method: Method, meta: Mapping[str, Any], state: Arrays, inputs: Arrays) -> Arrays:
    """`pose3d`, both streams of the first block, and what leaves the last one's norm."""
    arguments = meta["config"]
    network: DSTformer = method.loaded(
        state,
        joints=arguments["num_joints"],
        features=arguments["dim_in"],
        frames=arguments["maxlen"],
        channels=arguments["dim_feat"],
        depth=arguments["depth"],
        heads=arguments["num_heads"],
        mlp_ratio=arguments["mlp_ratio"],
        representation=arguments["dim_rep"],
    )
    x = network.embed(torch.from_numpy(inputs["pose2d"]))
    first = network.layers[0]
    assert isinstance(first, DualBlock)
    one, other = first.streams(x)
    for block in network.blocks:
        x = block(x)
    answers = {"block0_st": one, "block0_ts": other, "norm": x}
    rows = {name: answer.flatten(0, 1).numpy() for name, answer in answers.items()}
    return {**rows, "pose3d": network.head(x).numpy()}
