"""Reference vectors of D3DP, answered by ours: one call of the network, and a whole sampling."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from poise.methods.contract import Arrays, Method
from poise.methods.d3dp.model import D3DP, sinusoid


@torch.no_grad()
def answer_vector(method: Method, meta: Mapping[str, Any], state: Arrays, inputs: Arrays) -> Arrays:
    """`pose3d`, and of one call also the step, before and after its two layers."""
    arguments = meta["config"]
    tensors = {name: torch.from_numpy(array) for name, array in inputs.items()}
    sampling = "sampling_timesteps" in arguments
    known = _known_of_sampling(arguments) if sampling else _known_of_network(arguments)
    network: D3DP = method.loaded(state, **known)
    if sampling:
        answers = {"pose3d": _sampled(network, arguments, tensors)}
    else:
        raw = sinusoid(tensors["t"], network.config.channels)
        answers = {
            "pose3d": network.denoise(tensors["pose2d"], tensors["noisy3d"], tensors["t"]),
            "sinusoid": raw,
            "time_embedding": network.step_mlp(raw),
        }
    return {name: tensor.numpy() for name, tensor in answers.items()}


def _known_of_network(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "joints": arguments["num_joints"],
        "features": arguments["in_chans"],
        "frames": arguments["num_frame"],
        "channels": arguments["embed_dim_ratio"],
        "depth": arguments["depth"],
        "heads": arguments["num_heads"],
        "mlp_ratio": arguments["mlp_ratio"],
        "drop_path": arguments["drop_path_rate"],
    }


def _known_of_sampling(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "frames": arguments["number_of_frames"],
        "channels": arguments["cs"],
        "depth": arguments["dep"],
        "noise_steps": arguments["timestep"],
        "scale": arguments["scale"],
        "hypotheses": arguments["num_proposals"],
        "steps": arguments["sampling_timesteps"],
    }


def _sampled(network: D3DP, arguments: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Tensor:
    left, right = arguments["joints_left"], arguments["joints_right"]
    sides = list(range(network.config.joints))
    for one, other in zip(left + right, right + left, strict=True):
        sides[one] = other

    def turn_back(poses: Tensor) -> Tensor:
        return poses[..., sides, :] * poses.new_tensor([-1, 1, 1])

    noise = inputs["noise_init"], inputs["noise_steps"]
    return network.sample(inputs["pose2d"], inputs["pose2d_flip"], turn_back, *noise)
