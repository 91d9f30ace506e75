"""Where a training runs: the device, the precision, and which of several processes this is."""

import atexit
import os
from typing import Any, Literal

import torch
from lightning_fabric import Fabric

from poise.errors import PoiseError
from poise.lifting.devices import find_device
from poise.train.recipe import Recipe

Device = Literal["auto", "cpu", "cuda", "mps"]


def is_first() -> bool:
    """Whether this is the one of torchrun's processes that writes and speaks."""
    return int(os.environ.get("RANK", 0)) == 0


def launched(recipe: Recipe[Any], device: Device = "auto") -> Fabric:
    """Lightning Fabric, ready; torchrun says how many processes there are."""
    processes = int(os.environ.get("WORLD_SIZE", 1))
    local = int(os.environ.get("LOCAL_WORLD_SIZE", processes))
    if recipe.batch % processes:
        raise PoiseError(
            f"a batch of {recipe.batch} windows cannot be shared by {processes} processes; "
            f"set batch to a multiple of {processes}"
        )
    accelerator = find_device(device).type
    if device == "auto" and accelerator != "cuda":
        accelerator = "cpu"  # Apple's GPUs lack some of what filming needs; ask for mps to try
    if accelerator == "cpu" and recipe.precision == "16-mixed":
        raise PoiseError("precision 16-mixed needs a GPU; bf16-mixed works on CPUs too")
    fabric = Fabric(
        accelerator=accelerator,
        devices=local,
        num_nodes=max(1, processes // local),
        strategy="ddp" if processes > 1 else "auto",
        precision=recipe.precision,
    )
    fabric.launch()
    if processes > 1:
        atexit.unregister(_leave)  # it may be there from a training before
        atexit.register(_leave)
    return fabric


def _leave() -> None:
    """Ends the threads that processes talk through; Python would find them running, and abort."""
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
