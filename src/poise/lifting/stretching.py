"""The weights of one window length, made to serve another by interpolation.

>>> lifter = stretched(load_published("model_243_CPN_best_epoch.bin", "ktpformer"), 81)

Nobody has published how well that does: train on, or measure before you rely on it.
"""

from dataclasses import replace

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from poise.errors import PoiseError
from poise.lifting.trained import TrainedLifter
from poise.methods import METHODS, method


def stretched(lifter: TrainedLifter, frames: int) -> TrainedLifter:
    """The same lifter for windows of another length.

    What is told of each frame is told of the frame at the same share of the window; what is told of
    two frames depends on how many frames lie between them.
    """
    chosen, old = method(lifter.method), lifter.network.frames
    if not chosen.stretches:
        able = ", ".join(name for name in METHODS if method(name).stretches)
        raise PoiseError(
            f"{lifter.method} is made for windows of {old} frames, and its weights mean nothing "
            f"for others; those of these can be stretched: {able}"
        )
    if frames < 1:
        raise PoiseError(f"a window of {frames} frames has none")
    config = replace(lifter.config, frames=frames)
    network = chosen.network(config)
    state = lifter.module.state_dict()
    network.load_state_dict(
        {name: _fitted(state[name], value.shape) for name, value in network.state_dict().items()}
    )
    about = {**lifter.about, "stretched_from_frames": old}
    return replace(lifter, config=config, network=network.eval(), residuals=None, about=about)


def _fitted(tensor: Tensor, shape: torch.Size) -> Tensor:
    """With as many frames as `shape` has, along the axes in which it differs."""
    along = [axis for axis, size in enumerate(shape) if size != tensor.shape[axis]]
    if not along:
        return tensor
    if len(along) == 1:
        return _along_one(tensor, along[0], shape[along[0]])
    return _between_frames(tensor, shape[0])


def _along_one(tensor: Tensor, axis: int, frames: int) -> Tensor:
    rows = tensor.movedim(axis, -1).flatten(0, -2) if tensor.ndim > 1 else tensor[None]
    found = F.interpolate(rows[None].float(), size=frames, mode="linear", align_corners=True)[0]
    if tensor.ndim == 1:
        return found[0].to(tensor.dtype)
    others = tensor.movedim(axis, -1).shape[:-1]
    return found.unflatten(0, others).movedim(-1, axis).contiguous().to(tensor.dtype)


def _between_frames(
    table: Float[Tensor, "frame frame"], frames: int
) -> Float[Tensor, "frame2 frame2"]:
    """A diagonal holds what frames so far apart say to each other; it stays where it is."""
    found, reach = table.new_zeros(frames, frames), min(frames, len(table)) - 1
    for apart in range(-reach, reach + 1):
        length = frames - abs(apart)
        found += torch.diag(_along_one(table.diagonal(apart), 0, length), apart)
    return found
