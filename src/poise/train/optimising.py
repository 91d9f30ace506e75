"""What happens to weights: the optimiser and its rates, and their average over the steps."""

from typing import Any

import torch
from torch import nn

from poise.train.ranger import Ranger
from poise.train.recipe import Recipe
from poise.train.schedule import norm_momentum, rate

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)

_YOUNG = 10  # steps: a young average must not remember the first, random weights for long


def optimiser_of(recipe: Recipe[Any], network: nn.Module) -> torch.optim.Optimizer:
    """Only what multiplies features decays: biases, norms and positions are left alone."""
    decaying: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, weight in network.named_parameters():
        matrix = name.rpartition(".")[2] == "weight" and weight.ndim > 1
        (decaying if matrix else others).append(weight)
    groups: list[dict[str, Any]] = [
        {"params": decaying},
        {"params": others, "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    options = recipe.optimiser
    if options.kind == "ranger":
        return Ranger(groups, lr=options.rate, weight_decay=options.decay)
    return torch.optim.AdamW(
        groups, lr=options.rate, weight_decay=options.decay, amsgrad=options.amsgrad
    )


def set_rates(
    recipe: Recipe[Any], step: int, optimiser: torch.optim.Optimizer, network: nn.Module
) -> None:
    """The learning rate and the batch norms' momentum of a step, counted from 0."""
    now = rate(recipe, step)
    for group in optimiser.param_groups:
        group["lr"] = now
    momentum = norm_momentum(recipe, step)
    if momentum is not None:
        for module in network.modules():
            # Some publishers leave out norms; those say so.
            if isinstance(module, NORMS) and not getattr(module, "kept_momentum", False):
                module.momentum = momentum


class Average:
    """Keeps the average of a network's weights over the steps in a network of its own."""

    def __init__(self, average: nn.Module, network: nn.Module, keep: float) -> None:
        own = network.state_dict()
        both = [(value, own[name]) for name, value in average.state_dict().items()]
        fractions = [pair for pair in both if keep and pair[0].is_floating_point()]
        self._averaged = [average for average, _ in fractions]
        self._own = [own for _, own in fractions]
        # Counts have no average, and where nothing is averaged all is copied.
        self._copied = [pair for pair in both if not (keep and pair[0].is_floating_point())]
        self._keep = keep

    def update(self, step: int) -> None:
        """After so many steps."""
        if self._averaged:
            keep = min(self._keep, step / (step + _YOUNG))
            torch._foreach_lerp_(self._averaged, self._own, 1 - keep)
        for old, new in self._copied:
            old.copy_(new)
