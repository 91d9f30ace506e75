"""Reference vectors of UAO, answered by ours: the network, and its optimisation step by step."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from poise.methods.contract import Arrays, Method
from poise.methods.uao.model import GUMLP
from poise.methods.uao.optimising import Settings, stages

_EVERY = 16  # of the channels that are kept of inner maps, for the first sample


def answer_vector(method: Method, meta: Mapping[str, Any], state: Arrays, inputs: Arrays) -> Arrays:
    """What one forward says, or what is there after each step of the optimisation."""
    config = meta["config"]
    network: GUMLP = method.loaded(
        state, joints=config["n_joints"], width=config["channel"], layers=config["layers"]
    )
    tensors = {name: torch.from_numpy(array) for name, array in inputs.items()}
    answers = (_optimised if "iterations" in config else _lifted)(network, config, tensors)
    return {name: answer.numpy() for name, answer in answers.items()}


@torch.no_grad()
def _lifted(
    network: GUMLP, config: Mapping[str, Any], inputs: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    answers: dict[str, Tensor] = {}
    for name, module in (
        ("encoder", "encoder"),
        ("block0_gcn", "blocks.0.graph"),
        ("block0", "blocks.0"),
    ):
        network.get_submodule(module).register_forward_hook(
            lambda part, x, answer, name=name: answers.update(
                {f"{name}_every16th_channel_sample0": answer[:1, :, ::_EVERY]}
            )
        )
    answers["mu"], log_scale = network.with_doubt(inputs["x"])
    return answers | {"s": log_scale[..., None]}


def _optimised(
    network: GUMLP, config: Mapping[str, Any], inputs: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    settings = Settings(
        iterations=config["iterations"],
        rate=config["lr_z"],
        prior=config["weight_gaussian"],
        projection=config["weight_proj"],
    )
    found = list(
        stages(
            network.with_doubt,
            inputs["x"],
            inputs["x_flip"],
            inputs["root_and_pose"][:, :, :1],
            inputs["camera"],
            mirror=network.config.mirror,
            settings=settings,
        )
    )
    gradients = [stage.gradients for stage in found if stage.gradients is not None]
    return {
        "pose_after_iteration": torch.stack([stage.poses for stage in found]),
        "z": torch.stack([stage.latents[0] for stage in found]),
        "z_flip": torch.stack([stage.latents[1] for stage in found]),
        "grad_z": torch.stack([own for own, _ in gradients]),
        "grad_z_flip": torch.stack([opposite for _, opposite in gradients]),
        "loss": torch.stack([stage.loss for stage in found[:-1]]),
        "loss_parts": torch.stack(
            [torch.cat([stage.priors, stage.projections]) for stage in found[:-1]]
        ),
        "mu0": found[0].answers[0],
        "s0": found[0].log_scales[0][..., None],
    }
