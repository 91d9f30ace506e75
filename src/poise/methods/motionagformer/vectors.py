"""Reference vectors of MotionAGFormer, answered by ours."""

from collections.abc import Mapping
from typing import Any

import torch

from poise.methods.contract import Arrays, Method
from poise.methods.motionagformer.model import Layer, MotionAGFormer


@torch.no_grad()
def answer_vector(method: Method, meta: Mapping[str, Any], state: Arrays, inputs: Arrays) -> Arrays:
    """`pose3d`, and what leaves the parts of the first layer."""
    arguments = meta["config"]
    network: MotionAGFormer = method.loaded(
        state,
        features=arguments["dim_in"],
        frames=arguments["n_frames"],
        channels=arguments["dim_feat"],
        layers=arguments["n_layers"],
        heads=arguments["num_heads"],
        representation=arguments["dim_rep"],
        neighbours=arguments["neighbour_num"],
    )
    x = network.embed(torch.from_numpy(inputs["pose2d"]))
    first = network.layers[0]
    assert isinstance(first, Layer)
    graph = first.graph.among_joints(x)
    answers = {
        "layer0_att_spatial": first.attention.among_joints(x),
        "layer0_graph_spatial": graph,
        "layer0_graph_temporal": first.graph.among_frames(graph),
        "layer0": first(x),
    }
    for block in network.blocks:
        x = block(x)
    answers["pose3d"] = network.head(x)
    return {name: answer.numpy() for name, answer in answers.items()}
