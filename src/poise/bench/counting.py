"""How large a network is, and what one of its answers costs."""

from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from poise.methods import Method


def parameters(method: Method, config: Any) -> int:
    """How many numbers are learned."""
    with torch.device("meta"):
        return sum(weight.numel() for weight in method.network(config).parameters())


def flops_per_frame(method: Method, config: Any) -> float:
    """What one answered frame of one window costs, as 2 times its multiplications with addition.

    Matrix products, convolutions and attention count; norms and activations do not. A network that
    answers for one frame of its window costs the whole window; clips are cheaper where windows
    overlap and share their work.
    """
    with torch.device("meta"), torch.no_grad(), FlopCounterMode(display=False) as counter:
        network = method.network(config).eval()
        joints = getattr(config, "joints_in", config.joints)
        answer = network(torch.zeros(1, network.frames, joints, config.features))
    return counter.get_total_flops() / answer.shape[1]
