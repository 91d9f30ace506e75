"""How large a network is, and what one of its answers costs."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from poise.methods import Method


def parameters(method: Method, config: Any) -> int:
    """How many numbers are learned."""
    with torch.device("meta"):
        return sum(weight.numel() for weight in method.network(config).parameters())


def flops_of_layers(method: Method, config: Any) -> float:
    """What the linear layers and convolutions of one window cost: the FLOPs of most papers.

    They count 2 for a multiplication with its addition, and leave out the products of attention and
    of graphs.
    """
    spent = 0

    def count(layer: nn.Module, arguments: tuple[Tensor, ...], answer: Tensor) -> None:
        nonlocal spent
        weight = layer.weight
        assert isinstance(weight, Tensor)
        channels = answer.shape[-1] if isinstance(layer, nn.Linear) else answer.shape[1]
        spent += 2 * weight.numel() * answer.numel() // channels

    with torch.device("meta"), torch.no_grad():
        network = method.network(config).eval()
        for layer in network.modules():
            if isinstance(layer, (nn.Linear, nn.Conv1d)):
                layer.register_forward_hook(count)
        network(_window(network, config))
    return spent


def flops_per_frame(method: Method, config: Any) -> float:
    """What one answered frame of one window costs, as 2 times its multiplications with addition.

    Matrix products, convolutions and attention count; norms and activations do not. A network that
    answers for one frame of its window costs the whole window; clips are cheaper where windows
    overlap and share their work.
    """
    with torch.device("meta"), torch.no_grad(), FlopCounterMode(display=False) as counter:
        network = method.network(config).eval()
        answer = network(_window(network, config))
    return counter.get_total_flops() / answer.shape[1]


def _window(network: Any, config: Any) -> Tensor:
    joints = getattr(config, "joints_in", config.joints)
    return torch.zeros(1, network.frames, joints, config.features)
