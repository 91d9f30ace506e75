"""Reference vectors of KTPFormer, answered by ours."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from poise.methods.contract import Arrays, Method
from poise.methods.ktpformer.model import KTPFormer


@torch.no_grad()
def answer_vector(method: Method, meta: Mapping[str, Any], state: Arrays, inputs: Arrays) -> Arrays:
    """`pose3d`, both graphs before they learn, and what leaves the priors and their blocks."""
    arguments = meta["config"]
    network: KTPFormer = method.loaded(
        state,
        joints=arguments["num_joints"],
        features=arguments["in_chans"],
        frames=arguments["num_frame"],
        channels=arguments["embed_dim_ratio"],
        depth=arguments["depth"] + 1,
        heads=arguments["num_heads"],
        mlp_ratio=arguments["mlp_ratio"],
        drop_path=arguments["drop_path_rate"],
    )
    pairs = network.pairs
    trajectory: Any = pairs.trajectory
    answers: dict[str, Tensor] = {
        "adj": network.kinematics.convolution.known,
        "adj_temporal": trajectory.layers[0].convolution.known,
    }
    watched: dict[str, nn.Module] = {
        "kpa": network.kinematics,
        "kpa_block": pairs.spatial[0],
        "tpa": trajectory,
        "tpa_block": pairs.temporal[0],
    }
    for name, module in watched.items():
        module.register_forward_hook(
            lambda module, x, answer, name=name: answers.update({name: answer})
        )
    answers["pose3d"] = network(torch.from_numpy(inputs["pose2d"]))
    answers["kpa"] = answers["kpa"].flatten(0, 1)
    return {name: answer.numpy() for name, answer in answers.items()}
