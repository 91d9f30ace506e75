"""How large a network is, and what one of its answers costs."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode
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
    with torch.device("meta"), torch.no_grad(), _Layers() as counter:
        network = method.network(config).eval()
        network(_window(network, config))
    return counter.spent


class _Layers(TorchFunctionMode):
    """Counts what linear layers and convolutions compute, also those that no module stands for."""

    def __init__(self) -> None:
        super().__init__()
        self.spent = 0

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        answer = func(*args, **(kwargs or {}))
        if func is F.linear:
            self.spent += 2 * args[1].numel() * answer.numel() // answer.shape[-1]
        elif func in (torch.conv1d, F.conv1d, torch.conv2d, F.conv2d):
            self.spent += 2 * args[1].numel() * answer.numel() // answer.shape[1]
        return answer


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
