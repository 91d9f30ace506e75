"""Ranger, GLA-GCN's optimiser: Adam that waits until its variances are sure, and looks ahead."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

_BETAS = (0.95, 0.999)
_EPSILON = 1e-5
_SURE = 5  # above so many averaged gradients the variance is used
_EVERY, _SHARE = 6, 0.5  # after so many steps the slow weights go a share of the way to the fast


class Ranger(Optimizer):
    """RAdam inside of Lookahead, as published with GLA-GCN.

    Weight decay is AdamW's, apart from the gradient; the published trainings have none.
    """

    def __init__(self, params: Iterable[Any], lr: float = 1e-3, weight_decay: float = 0.0) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step; the closure, if there is one, computes the loss and its gradients anew."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for step, weights in self._by_step(group["params"]).items():
                self._update(weights, step, group["lr"], group["weight_decay"])
        return loss

    def _by_step(self, weights: list[Tensor]) -> dict[int, list[Tensor]]:
        """Those with a gradient, together with those that have learned as often."""
        found = defaultdict(list)
        for weight in weights:
            if weight.grad is None:
                continue
            state = self.state[weight]
            if not state:
                state["step"] = torch.tensor(0.0)
                state["exp_avg"] = torch.zeros_like(weight)
                state["exp_avg_sq"] = torch.zeros_like(weight)
                state["slow"] = weight.clone()
            state["step"] += 1
            found[int(state["step"])].append(weight)
        return found

    def _update(self, weights: list[Tensor], step: int, rate: float, decay: float) -> None:
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        means, squares, slow = (
            [self.state[weight][name] for weight in weights]
            for name in ("exp_avg", "exp_avg_sq", "slow")
        )
        first, second = _BETAS
        torch._foreach_lerp_(means, gradients, 1 - first)
        torch._foreach_mul_(squares, second)
        torch._foreach_addcmul_(squares, gradients, gradients, 1 - second)
        if decay:
            torch._foreach_mul_(weights, 1 - rate * decay)
        forward = rate / (1 - first**step)
        if (rectified := _rectified(step)) is not None:
            divisors = torch._foreach_sqrt(squares)
            torch._foreach_add_(divisors, _EPSILON)
            torch._foreach_addcdiv_(weights, means, divisors, -forward * rectified)
        else:
            torch._foreach_add_(weights, means, alpha=-forward)
        if step % _EVERY == 0:
            torch._foreach_lerp_(slow, weights, _SHARE)
            torch._foreach_copy_(weights, slow)


def _rectified(step: int) -> float | None:
    """By how much a step goes, times the mean over the root of the variance; None: not yet sure."""
    remembered = _BETAS[1] ** step
    most = 2 / (1 - _BETAS[1]) - 1
    averaged = most - 2 * step * remembered / (1 - remembered)
    if averaged <= _SURE:
        return None
    share = (averaged - 4) / (most - 4) * (averaged - 2) / averaged * most / (most - 2)
    return float(((1 - remembered) * share) ** 0.5)
