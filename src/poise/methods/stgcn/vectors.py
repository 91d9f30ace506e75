"""Reference vectors of ST-GCN, answered by ours: networks, PoseAug's form, and the second stage."""

from collections.abc import Mapping
from typing import Any

import torch

from poise.methods.contract import Arrays, Method
from poise.methods.stgcn.model import STGCN
from poise.methods.stgcn.refine import PostRefinement


@torch.no_grad()
def answer_vector(method: Method, meta: Mapping[str, Any], state: Arrays, inputs: Arrays) -> Arrays:
    """The outputs of any of its vectors."""
    config = meta["config"]
    tensors = {name: torch.from_numpy(array) for name, array in inputs.items()}
    if "n_joints" in config:
        weights = {name: torch.from_numpy(array) for name, array in state.items()}
        head = PostRefinement.from_published(weights)
        pose, implied = (tensors[name].flatten(0, 1) for name in ("pose", "uv_pose"))
        return {"y": head(pose, implied).view_as(tensors["pose"]).numpy()}
    if "lifter" in config:
        network: STGCN = method.loaded(state)
        return {"y": network(tensors["x"][:, None])[:, 0].numpy()}
    return _network(method, config, state, tensors["x"])


def _network(
    method: Method, config: Mapping[str, Any], state: Arrays, x: torch.Tensor
) -> dict[str, Any]:
    """All frames, the middle one, and what leaves the first unit."""
    frames = 2 * config["pad"] + 1
    network: STGCN = method.loaded(
        state, features=config["in_channels"], frames=frames, answers="every frame"
    )
    heard: dict[str, torch.Tensor] = {}
    network.graphs.joint_units[0].register_forward_hook(
        lambda unit, x, answer: heard.update(first=answer.mT[:2, ::8, None])
    )
    # Theirs are (batch, coordinate, time, joint, 1).
    poses = network(x[..., 0].permute(0, 2, 3, 1)).permute(0, 3, 1, 2)[..., None]
    middle = frames // 2
    return {
        "gcn0_first_two_samples_every_8th_channel": heard["first"].numpy(),
        "y_all": poses.numpy(),
        "y": poses[:, :, middle : middle + 1].numpy(),
    }
