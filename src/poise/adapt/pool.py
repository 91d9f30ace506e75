"""Some of what was made before, so that a judge does not forget it."""

import torch
from torch import Tensor

_CAPACITY = 4096
_EXCHANGED = 0.5  # of what comes in is kept for later, and one from before is given in its place


class Pool:
    """As published: it fills first, then exchanges at random."""

    def __init__(self) -> None:
        self.held: Tensor | None = None

    def through(self, made: Tensor, generator: torch.Generator) -> Tensor:
        """As many as came in, some of them from before."""
        made = made.detach()
        if self.held is None:
            self.held = made[:0]
        room = _CAPACITY - len(self.held)
        if room > 0:
            self.held = torch.cat([self.held, made[:room]])
            return made
        count = min(len(made), _CAPACITY)
        device = made.device
        u = torch.rand(count, generator=generator, device=device)
        ours = (u < _EXCHANGED).nonzero()[:, 0]
        theirs = torch.randperm(_CAPACITY, generator=generator, device=device)[: len(ours)]
        out = made.clone()
        out[ours] = self.held[theirs]
        self.held = self.held.clone()
        self.held[theirs] = made[ours]
        return out
