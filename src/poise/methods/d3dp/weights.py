"""Published D3DP weights and ours."""

from typing import Any

import torch
from torch import Tensor

from poise.errors import PoiseError
from poise.methods.d3dp.config import PUBLISHED, Config
from poise.methods.d3dp.schedule import schedule
from poise.methods.naming import (
    State,
    axes,
    block_names,
    kinematics_names,
    numbered,
    renamed,
    reverse,
    trajectory_names,
)

_NETWORK = "pose_estimator."  # the denoiser; the schedule of the noise lies beside it
_SCHEDULE = tuple(schedule(1))
_OWN = "time_mlp.1.weight"  # which MixSTE, all of whose other names are the same, does not have


def names(config: Config) -> dict[str, str]:
    """The publisher's modules and position embeddings within the network, and ours."""
    table = {
        "Spatial_pos_embed": "pairs.joint_position",
        "Temporal_pos_embed": "pairs.frame_position",
        "time_mlp.1": "step_mlp.0",
        "time_mlp.3": "step_mlp.2",
        "Spatial_norm": "pairs.spatial_norm",
        "Temporal_norm": "pairs.temporal_norm",
        "head.0": "head.0",
        "head.1": "head.1",
    }
    if config.priors:  # for which nothing is published; named as KTPFormer's publisher does
        table |= kinematics_names("kpa", "to_tokens") | trajectory_names("tpa", "pairs.trajectory")
    else:
        table["Spatial_patch_to_embedding"] = "to_tokens"
    for pair in range(config.depth):
        table |= block_names(f"STEblocks.{pair}", f"pairs.spatial.{pair}")
        table |= block_names(f"TTEblocks.{pair}", f"pairs.temporal.{pair}")
    return table


def made_whole(state: State) -> dict[str, Tensor]:
    """A file of the network alone gets its first name, and the published schedule."""
    whole = dict(state)
    if _OWN in whole:
        whole = {_NETWORK + name: tensor for name, tensor in whole.items()}
    if _NETWORK + _OWN in whole and not any(name in whole for name in _SCHEDULE):
        whole |= _series(PUBLISHED.noise_steps)
    return whole


def read_config(state: State, **known: Any) -> Config:
    """The config that the shapes say.

    Shapes do not say how many heads there are: 8, as published, if the caller does not. Nor do they
    say how to sample, or whose skeleton priors know.
    """
    _, channels = axes(state, _NETWORK + _OWN, 2, "d3dp")
    priors = f"{_NETWORK}kpa.gconv.W" in state
    if priors:
        _, inputs, _ = axes(state, f"{_NETWORK}kpa.gconv.W", 3, "d3dp")
    else:
        _, inputs = axes(state, f"{_NETWORK}Spatial_patch_to_embedding.weight", 2, "d3dp")
    hidden, _ = axes(state, f"{_NETWORK}STEblocks.0.mlp.fc1.weight", 2, "d3dp")
    found: dict[str, Any] = {
        "joints": axes(state, f"{_NETWORK}Spatial_pos_embed", 3, "d3dp")[1],
        "features": inputs - 3,  # beside the noisy pose
        "frames": axes(state, f"{_NETWORK}Temporal_pos_embed", 3, "d3dp")[1],
        "channels": channels,
        "depth": numbered(state, _NETWORK + "STEblocks.{}.mlp.fc1.weight"),
        "mlp_ratio": hidden / channels,
        "priors": priors,
        "noise_steps": axes(state, "betas", 1, "d3dp")[0],
    }
    return Config(**found | known)


def to_ours(config: Config, state: State) -> dict[str, Tensor]:
    """A publisher's weights under our names; the schedule is looked at, and left out."""
    for name, ours in _series(config.noise_steps).items():
        theirs = state[name].to(ours)
        if not torch.allclose(theirs, ours, rtol=1e-4, atol=1e-8):  # files in float32 are fine
            raise PoiseError(
                f"{name!r} is not that of the cosine schedule of {config.noise_steps} steps: these "
                "weights have learned to undo other noise than d3dp makes here"
            )
    own = {
        name.removeprefix(_NETWORK): tensor
        for name, tensor in state.items()
        if name.startswith(_NETWORK)
    }
    return renamed(own, names(config))


def to_published(config: Config, state: State) -> dict[str, Tensor]:
    """Our weights under the publisher's names, and the schedule."""
    theirs = renamed(state, reverse(names(config)))
    return _series(config.noise_steps) | {
        _NETWORK + name: tensor for name, tensor in theirs.items()
    }


def _series(steps: int) -> dict[str, Tensor]:
    return {name: torch.tensor(series) for name, series in schedule(steps).items()}
