"""Reference vectors of MixSTE, answered by ours."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from poise.methods.contract import Arrays, Method
from poise.methods.mixste.model import MixSTE


@torch.no_grad()
def answer_vector(method: Method, meta: Mapping[str, Any], state: Arrays, inputs: Arrays) -> Arrays:
    """`pose3d`, and what leaves the first spatial and the first temporal block."""
    arguments = meta["config"]
    network: MixSTE = method.loaded(
        state,
        joints=arguments["num_joints"],
        features=arguments["in_chans"],
        frames=arguments["num_frame"],
        channels=arguments["embed_dim_ratio"],
        depth=arguments["depth"],
        heads=arguments["num_heads"],
        mlp_ratio=arguments["mlp_ratio"],
        drop_path=arguments["drop_path_rate"],
    )
    answers: dict[str, Tensor] = {}
    for name, blocks in (("ste0", network.pairs.spatial), ("tte0", network.pairs.temporal)):
        blocks[0].register_forward_hook(
            lambda block, x, answer, name=name: answers.update({name: answer})
        )
    answers["pose3d"] = network(torch.from_numpy(inputs["pose2d"]))
    return {name: answer.numpy() for name, answer in answers.items()}
