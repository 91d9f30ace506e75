"""Reference vectors of the hourglass on its published lifters, and of the selection alone."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from poise.methods.contract import Arrays, Method
from poise.methods.hot import selection
from poise.methods.hot.model import Hourglass
from poise.nn.space_time import SpaceTime
from poise.skeletons import H36M17


@torch.no_grad()
def answer_vector(method: Method, meta: Mapping[str, Any], state: Arrays, inputs: Arrays) -> Arrays:
    """Poses and kept frames for the noise that the vector holds, and what is inside."""
    tensors = {name: torch.from_numpy(array) for name, array in inputs.items()}
    arguments = meta["config"]
    if "specs" in arguments:
        answers = _selections(arguments["specs"], tensors)
    else:
        network: Hourglass = method.loaded(
            state, layers=(arguments["layer_index"],), tokens=(arguments["token_num"],)
        )
        answers = _answers(network, arguments["layer_index"], **tensors)
    return {name: answer.numpy() for name, answer in answers.items()}


def _answers(
    network: Hourglass,
    layer: int,
    *,
    pose2d: Tensor,
    noise: Tensor,
    pooled_tokens: Tensor,
    pose2d_flipped: Tensor | None = None,
) -> dict[str, Tensor]:
    lifter, inside = network.lifter, dict[str, Tensor]()
    if isinstance(pairs := getattr(lifter, "pairs", None), SpaceTime):
        pairs.temporal[layer - 1].register_forward_hook(
            lambda block, x, answer: inside.update({"temporal": answer})
        )
    entering = lifter.embed(pose2d)
    for block in lifter.blocks[:layer]:
        entering = block(entering)
    before = dict(inside)  # further passes go through the hook too
    leaving, _, _ = network.pruned(pose2d, noise=[noise])
    poses, kept, cuts = network.kept_poses(pose2d, noise=[noise])
    keep = network.config.tokens[0]
    forced = network.config.recover == "none"
    centre = torch.full((len(pose2d),), (network.frames - 1) // 2) if forced else None
    # The order of the centres, by which clusters are numbered, hangs on the publisher's rounding:
    # on distances by a matrix product, of just the tokens that the publisher had.
    ranked = selection.ranked(selection.peaks(pooled_tokens, noise, by_product=True), keep, centre)
    answers = {
        "pose3d": poses,
        "token_index": kept,
        "pooled_tokens": network.pool(entering),
        # The publisher assigns clusters before the middle frame is added to the centres.
        "cluster_index": selection.clusters(pooled_tokens, ranked[:, 1:] if forced else ranked),
        f"layer{layer - 1}": entering,
        "norm": leaving.flatten(0, 1),
    }
    if before:
        answers[f"before_pruning_block{layer - 1}_temporal"] = before["temporal"]
    if not forced:
        answers["tra_attention"] = network.recovering.attended(
            leaving.transpose(1, 2).flatten(0, 1)
        )
    if pose2d_flipped is not None:
        raw, _, _ = network.kept_poses(pose2d_flipped, index=cuts)
        turned = raw[:, :, list(H36M17.mirror)] * torch.tensor([-1.0, 1, 1])
        answers |= {"pose3d_flipped_raw": raw, "pose3d_flip_average": (poses + turned) / 2}
    return answers


def _selections(specs: list[list[Any]], tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The selection on tokens of no network: free, with the middle frame, and without noise."""
    answers: dict[str, Tensor] = {}
    for tag, batch, frames, _, keep in specs:
        tokens, noise = tensors[f"tokens_{tag}"], tensors[f"noise_{tag}"]
        centre = torch.full((batch,), (frames - 1) // 2)
        for name, drawn, middle in (
            ("", noise, None),
            ("_center", noise, centre),
            ("_zero_noise", torch.zeros_like(noise), None),
        ):
            ranked = selection.ranked(selection.peaks(tokens, drawn), keep, middle)
            answers[f"index{name}_{tag}"] = ranked.sort(dim=1).values
            among = ranked if middle is None else ranked[:, 1:]
            answers[f"cluster{name}_{tag}"] = selection.clusters(tokens, among)
    return answers
