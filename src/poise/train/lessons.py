"""What a network says of a batch while it learns, and what it should say."""

from typing import Any

from poise.methods import Lesson
from poise.train.recipe import Loss
from poise.train.showing import Batch


def lesson_of(model: Any, batch: Batch, loss: Loss, *, learns: bool) -> Lesson:
    """Of any kind of network; `learns`: whether it has lessons of its own (`Learns`).

    `model` may stand before the network, as that of several processes does.
    """
    if learns:
        found: Lesson = model.learn(batch.features, batch.target, batch.inside)
        return found
    if loss.likelihood:
        predicted, log_scale = model.with_doubt(batch.features)
    else:
        predicted, log_scale = model(batch.features), None
    return Lesson(predicted, batch.target, batch.inside, log_scale)
