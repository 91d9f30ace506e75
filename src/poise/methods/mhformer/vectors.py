"""Reference vectors of MHFormer, answered by ours."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from poise.methods.contract import Arrays, Method
from poise.methods.mhformer.model import MHFormer


@torch.no_grad()
def answer_vector(method: Method, meta: Mapping[str, Any], state: Arrays, inputs: Arrays) -> Arrays:
    """`pose3d` of every frame, the first hypothesis's encoder, and the streams after two blocks."""
    arguments = meta["config"]
    network: MHFormer = method.loaded(
        state,
        joints=arguments["n_joints"],
        frames=arguments["frames"],
        channels=arguments["channel"],
        hidden=arguments["d_hid"],
        answers="every frame",
    )
    seen: dict[str, Tensor] = {}
    watched = {
        "mhg": network.encoders[0],
        "shr1": network.refinements[0],
        "chi": network.interaction,
    }
    for name, module in watched.items():
        module.register_forward_hook(
            lambda module, x, answer, name=name: seen.update({name: answer})
        )
    answers = {"pose3d": network(torch.from_numpy(inputs["pose2d"])), "mhg1": seen["mhg"]}
    for name in ("shr1", "chi"):
        for number, stream in enumerate(seen[name].unbind(2), start=1):
            answers[f"{name}_{number}"] = stream
    return {name: answer.numpy() for name, answer in answers.items()}
