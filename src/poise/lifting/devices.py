"""Where a network computes, and with how many digits."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch
from torch import nn

from poise.errors import PoiseError, did_you_mean

Precision = Literal["float32", "bfloat16", "float16"]

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def find_device(name: str) -> torch.device:
    """A device by its name, if this machine has it; auto: the fastest one here."""
    try:
        return torch.empty(1, device=_devices()[-1] if name == "auto" else name).device
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise PoiseError(
            f"device {name!r} cannot be used here; this machine has: {', '.join(_devices())}"
        ) from error


def placed_on(device: torch.device, network: nn.Module) -> nn.Module:
    """The network on this device: itself if it is there, otherwise a copy."""
    here = next(network.parameters()).device
    return network if here == device else copy.deepcopy(network).to(device)


def computing_in(precision: str, device: torch.device) -> torch.autocast:
    """A context in which networks compute in this precision."""
    if precision not in _DTYPES:
        raise PoiseError(
            f"no precision is called {precision!r}{did_you_mean(precision, list(_DTYPES))}"
        )
    dtype = _DTYPES[precision]
    return torch.autocast(device.type, dtype, enabled=dtype != torch.float32)


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """The network as it is after training; a trainer finds it as it left it."""
    trains = network.training
    network.eval()
    try:
        yield
    finally:
        network.train(trains)


def _devices() -> list[str]:
    """The kinds of this machine, the fastest last."""
    if not torch.accelerator.is_available():
        return ["cpu"]
    return ["cpu", str(torch.accelerator.current_accelerator())]
