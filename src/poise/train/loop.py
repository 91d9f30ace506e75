"""The loop, on Lightning Fabric: one process or many, any device, and it can be killed anywhere."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from poise.data import MotionLibrary
from poise.lifting.trained import TrainedLifter
from poise.train.journal import Journal
from poise.train.launching import Device, launched
from poise.train.recipe import Recipe
from poise.train.stopping import Stopped, stopping
from poise.train.training import Training

_LOG_EVERY = 50  # steps between two lines of the log
_LOOK_EVERY = {"cpu": 1}  # steps between two looks at the loss, which wait for other devices
_DEFAULT_LOOK = 20


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a training is."""

    step: int
    steps: int
    loss: float  # of the first process's windows
    samples_per_s: float  # windows, of all processes together
    seconds_left: float


def train_lifter(
    recipe: Recipe[Any],
    library: MotionLibrary,
    folder: Path,
    *,
    device: Device = "auto",
    save_every_s: float = 120,
    tensorboard: bool = False,
    report: Callable[[Progress], None] = lambda progress: None,
) -> TrainedLifter:
    """Train, or go on where a training of the same recipe was stopped; the folder has the rest.

    Ctrl-C stops after the step that runs, with everything saved, and raises `Stopped`; a process
    that is killed loses what came after the last save, and computes the same bits again. Of several
    processes only the first writes and reports.

    >>> lifter = train_lifter(RECIPES["videopose3d"], library, Path("runs/videopose3d"))
    """
    training = Training(recipe, library, folder, launched(recipe, device))
    first = training.state.step
    if first == recipe.steps:
        return training.lifter
    look = _LOOK_EVERY.get(training.fabric.device.type, _DEFAULT_LOOK)
    journal = Journal(folder, first, tensorboard) if training.leads else None
    try:
        with stopping() as asked_to_stop:
            began = saved = time.monotonic()
            last = False
            while not last:
                step = training.step()
                last = step == recipe.steps
                samples_per_s = (step - first) * recipe.batch / (time.monotonic() - began)
                stop = False
                if step % look == 0 or last:
                    now = Progress(
                        step=step,
                        steps=recipe.steps,
                        loss=training.loss(),
                        samples_per_s=samples_per_s,
                        seconds_left=(recipe.steps - step) * recipe.batch / samples_per_s,
                    )
                    if training.leads:
                        report(now)
                    stop = training.any_process(asked_to_stop())
                if step % _LOG_EVERY == 0 or last:
                    line = training.line()
                    if journal:
                        journal.write(step, **line, samples_per_s=round(samples_per_s, 1))
                if training.is_to_validate():
                    found = training.validate()
                    if journal and found:
                        journal.write(step, **found)
                if stop or last or time.monotonic() - saved > save_every_s:
                    training.save()
                    saved = time.monotonic()
                if stop and not last:
                    raise Stopped
    finally:
        if journal:
            journal.close()
    return training.lifter
