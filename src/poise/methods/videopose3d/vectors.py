"""Reference vectors of VideoPose3D, answered by ours: networks, and the semi-supervised losses."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from poise import metrics
from poise.methods.contract import Arrays, Method
from poise.methods.published_camera import project
from poise.methods.videopose3d import losses
from poise.methods.videopose3d.model import VideoPose3D


@torch.no_grad()
def answer_vector(method: Method, meta: Mapping[str, Any], state: Arrays, inputs: Arrays) -> Arrays:
    """The outputs of a network's vector, or of the one of the losses, which has no network."""
    tensors = {name: torch.from_numpy(array) for name, array in inputs.items()}
    if "parents" in meta["config"]:
        answers = _losses(meta["config"]["parents"], meta["config"]["labelled"], **tensors)
    else:
        weights = {name: torch.from_numpy(array) for name, array in state.items()}
        if "lifter" in meta["method"]:
            answers = _poseaug(method, meta["config"], weights, tensors)
        else:
            answers = _networks(method, meta, weights, tensors["x"])
    return {name: np.asarray(answer) for name, answer in answers.items()}


def _networks(
    method: Method, meta: Mapping[str, Any], state: Mapping[str, Tensor], x: Tensor
) -> dict[str, Any]:
    """Both forms of the network, looking both ways and only back."""
    arguments = meta["config"]
    ours, weights = method.from_published(
        state,
        joints_in=arguments["num_joints_in"],
        joints=arguments["num_joints_out"],
        features=arguments["in_features"],
        widths=tuple(arguments["filter_widths"]),
        channels=arguments["channels"],
        dropout=arguments["dropout"],
        causal=arguments["causal"],
        dense=arguments["dense"],
    )
    answers: dict[str, Any] = {"receptive_field": np.array([ours.frames])}
    window = x[:, meta["window_start"] :][:, : ours.frames]
    for suffix, causal in (("", ours.causal), ("_causal", True)):
        network = VideoPose3D(replace(ours, causal=causal)).eval()
        network.load_state_dict(weights)
        answers["y" + suffix] = network.dilated(x)
        if not ours.dense:
            answers["y_strided" + suffix] = network.strided(window)
        answers["expand"] = network.norm(network.expand(x.flatten(2), strided=False)).mT
    return answers


def _poseaug(
    method: Method,
    arguments: Mapping[str, Any],
    state: Mapping[str, Tensor],
    inputs: Mapping[str, Tensor],
) -> dict[str, Any]:
    """The form of one frame and 16 joints, whose root is 0."""
    ours, weights = method.from_published(
        state, widths=tuple(arguments["filter_widths"]), channels=arguments["channels"], root="zero"
    )
    network = VideoPose3D(ours).eval()
    network.load_state_dict(weights)
    ((name, x),) = inputs.items()
    return {"pose3d" if name == "pose2d" else "y": network(x[:, None])[:, 0]}


def _losses(
    parents: list[int],
    labelled: int,
    *,
    target_3d: Tensor,
    pred_pos: Tensor,
    pred_traj: Tensor,
    camera: Tensor,
    target_2d: Tensor,
) -> dict[str, Any]:
    """Each term, and the metrics of the labelled rows against poses with the root at zero."""
    path, pose = target_3d[:, :, :1], target_3d.clone()
    pose[:, :, 0] = 0
    guess, unlabelled, unlabelled_path = (
        pred_pos[:labelled],
        pred_pos[labelled:],
        pred_traj[labelled:],
    )
    terms = {
        "loss_3d": losses.pose_loss(guess, pose),
        "loss_traj": losses.path_loss(pred_traj[:labelled], path),
        "loss_projection": losses.projection_loss(unlabelled, unlabelled_path, camera, target_2d),
        "loss_bone": losses.bone_loss(guess, unlabelled, parents),
    }
    placed = unlabelled + unlabelled_path
    frames, true = guess.flatten(0, 1).numpy(), pose.flatten(0, 1).numpy()
    return {
        **terms,
        "loss_total": sum(terms.values()),
        "projection": project(placed, camera),
        "projection_linear": project(placed, camera, linear=True),
        "p_mpjpe": metrics.p_mpjpe(frames, true),
        "n_mpjpe": metrics.n_mpjpe(frames, true),
        "mpjve": metrics.mpjve(frames, true),
    }
