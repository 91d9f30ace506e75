"""What the learning rate and the batch norms do over the steps of a training."""

import math

from poise.train.recipe import Recipe

_FIRST_MOMENTUM = 0.1  # torch's own, where VideoPose3D begins


def rate(recipe: Recipe, step: int) -> float:
    """The learning rate of a step, counted from 0."""
    schedule = recipe.schedule
    warm = min(1.0, (step + 1) / schedule.warmup) if schedule.warmup else 1.0
    if schedule.shape == "exponential":
        epochs = step // schedule.every
        fifths = 0 if schedule.fifth is None else epochs // 5
        fall = schedule.factor ** (epochs - fifths) * (schedule.fifth or 1) ** fifths
        return recipe.optimiser.rate * warm * fall
    fall = (1 + math.cos(math.pi * step / recipe.steps)) / 2
    return recipe.optimiser.rate * warm * (schedule.last + (1 - schedule.last) * fall)


def norm_momentum(recipe: Recipe, step: int) -> float | None:
    """How fast batch norms forget in this step; None: as they always do."""
    last = recipe.schedule.norm_momentum
    if last is None:
        return None
    return float(_FIRST_MOMENTUM * (last / _FIRST_MOMENTUM) ** (step / recipe.steps))
