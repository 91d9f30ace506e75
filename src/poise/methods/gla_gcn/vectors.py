"""Reference vectors of GLA-GCN, answered by ours."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from poise.errors import PoiseError
from poise.methods.contract import Arrays, Method
from poise.methods.gla_gcn.config import KERNEL, Graph
from poise.methods.gla_gcn.model import GlaGcn, Pace, Stage


@torch.no_grad()
def answer_vector(method: Method, meta: Mapping[str, Any], state: Arrays, inputs: Arrays) -> Arrays:
    """Poses, also of the mirrored and the longer input, and the maps of the first stage."""
    arguments = meta["config"]
    network: GlaGcn = method.loaded(
        state,
        widths=tuple(arguments["filter_widths"]),
        channels=arguments["channels"],
        features=arguments["in_features"],
        dropout=arguments["dropout"],
        graph=_graph(arguments),
    )
    given = {name: torch.from_numpy(array) for name, array in inputs.items()}
    answers = {name.replace("x", "y", 1): network(x) for name, x in given.items()}
    turned = _mirrored(answers["y_flip"], meta["left"], meta["right"])
    answers["y_tta"] = (answers["y"] + turned) / 2
    answers |= _first_maps(network, given["x"])
    return {name: answer.numpy() for name, answer in answers.items()}


def _graph(arguments: Mapping[str, Any]) -> Graph:
    """By the constructor's arguments: no data set is named where COCO's joints go in."""
    match arguments.get("dataset"), arguments["num_joints_in"], arguments["num_joints_out"]:
        case ("h36m", 17, 17):
            return "parents"
        case ("humaneva15", 15, 15):
            return "humaneva15"
        case (None, 17, 15):
            return "humaneva15 of coco17"
    raise PoiseError(f"no gla_gcn is known that takes and gives such joints: {dict(arguments)}")


def _mirrored(poses: Tensor, left: list[int], right: list[int]) -> Tensor:
    turned = poses * poses.new_tensor([-1, 1, 1])
    turned[:, :, left + right] = turned[:, :, right + left]
    return turned


def _first_maps(network: GlaGcn, x: Tensor) -> dict[str, Tensor]:
    """What leaves the first graph convolution and the first three blocks."""
    pace, stage = Pace(zeros=KERNEL // 2), network.stages[0]
    assert isinstance(stage, Stage)
    x = network.shown(x)
    graph = network.expand.among_joints(x)
    expanded = network.expand(x, pace)
    kept = stage.keeping(expanded, pace)
    shortened = stage.shortening(kept, pace._replace(stride=stage.width))
    maps = {"expand_gcn1": graph, "expand": expanded, "layer0": kept, "layer1": shortened}
    return {name: each.permute(0, 3, 1, 2) for name, each in maps.items()}
