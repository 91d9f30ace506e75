"""The loop, on Lightning Fabric: one process or many, any device, and it can be killed anywhere."""

import copy
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from poise.data import MotionLibrary
from poise.data.open_benchmark.motions import FPS
from poise.errors import PoiseError
from poise.lifting.trained import TrainedLifter
from poise.methods import method
from poise.train.checkpoints import LAST, Setting, State, go_on, save_best, save_last
from poise.train.filmed import FilmedViews, seed_of
from poise.train.journal import Journal
from poise.train.losses import total
from poise.train.recipe import Recipe
from poise.train.schedule import norm_momentum, rate
from poise.train.stopping import stopping
from poise.train.validation import Validation

_LOG_EVERY = 50  # steps between two lines of the log
_LOOK_EVERY = {"cpu": 1}  # steps between two looks at the loss, which wait for other devices
_DEFAULT_LOOK = 20

Device = Literal["auto", "cpu", "cuda", "mps"]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a training is."""

    step: int
    steps: int
    loss: float
    samples_per_s: float
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

    Ctrl-C stops after the step that runs, with everything saved; a process that is killed loses
    what came after the last save, and computes the same bits again.

    >>> lifter = train_lifter(RECIPES["videopose3d"], library, Path("runs/videopose3d"))
    """
    fabric = _fabric(recipe, device)
    fabric.launch()
    training = _Training(recipe, library, folder, fabric)
    first = training.state.step
    if fabric.global_rank == 0:
        training.journal = Journal(folder, first, tensorboard)
    with stopping() as asked_to_stop:
        began = saved = time.monotonic()
        look = _LOOK_EVERY.get(fabric.device.type, _DEFAULT_LOOK)
        while training.state.step < recipe.steps:
            training.step()
            step = training.state.step
            if step % look == 0 or step == recipe.steps:
                pace = (step - first) / (time.monotonic() - began)
                left = (recipe.steps - step) / pace
                report(
                    Progress(
                        step=step,
                        steps=recipe.steps,
                        loss=training.loss(),
                        samples_per_s=pace * recipe.batch,
                        seconds_left=left,
                    )
                )
            if step % _LOG_EVERY == 0 or step == recipe.steps:
                training.write_down(pace * recipe.batch)
            if training.is_to_validate():
                training.validate()
            stop = asked_to_stop()
            if stop or step == recipe.steps or time.monotonic() - saved > save_every_s:
                training.save()
                saved = time.monotonic()
            if stop:
                raise KeyboardInterrupt
    return training.lifter


class _Training:
    """One training, step by step."""

    def __init__(
        self, recipe: Recipe[Any], library: MotionLibrary, folder: Path, fabric: Fabric
    ) -> None:
        self.recipe, self.folder, self.fabric = recipe, folder, fabric
        torch.manual_seed(seed_of(recipe.seed))
        network: Any = method(recipe.method).network(recipe.network)
        average: Any = copy.deepcopy(network).to(fabric.device).requires_grad_(False).eval()
        optimiser = _optimiser(recipe, network)
        self.model, self.optimiser = fabric.setup(network, optimiser)
        self.state = State(
            network=network,
            average=average,
            optimiser=optimiser,
            scaler=getattr(fabric.strategy.precision, "scaler", None),
        )
        self.views = FilmedViews(
            library,
            recipe,
            average,
            device=fabric.device,
            rank=fabric.global_rank,
            processes=fabric.world_size,
        )
        self.lifter = TrainedLifter(
            method=recipe.method,
            config=recipe.network,
            network=average,
            framing=recipe.framing,
            fps=FPS,
        )
        self.setting = Setting(
            recipe=recipe, motion=self.views.fingerprint, processes=fabric.world_size
        )
        go_on(folder, self.state, self.setting)
        self.validation = Validation(recipe, library) if recipe.validate else None
        self.journal: Journal | None = None  # of the first process only
        self._averaged = _pairs(average, network)
        self._losses: list[Tensor] = []

    def step(self) -> None:
        """One step of the optimiser."""
        recipe, state = self.recipe, self.state
        batch = self.views.batch(state.step)
        # Dropout draws by the number of the step too, so nothing of chance has to be saved.
        torch.manual_seed(seed_of(recipe.seed, self.fabric.global_rank, state.step, 1))
        _set_rates(recipe, state)
        self.model.train()
        predicted = self.model(batch.features)
        loss = total(recipe.loss, predicted, batch.target, batch.inside)
        self.optimiser.zero_grad()
        self.fabric.backward(loss)
        if recipe.optimiser.clip:
            self.fabric.clip_gradients(
                self.model,
                self.optimiser,
                max_norm=recipe.optimiser.clip,
                error_if_nonfinite=False,  # said in words when the loss is looked at
            )
        self.optimiser.step()
        state.step += 1
        self._average()
        self._losses.append(loss.detach())

    def loss(self) -> float:
        """Of the last step; one that is no number ends the training."""
        last = float(self._losses[-1])
        if not math.isfinite(last):
            good = self.folder / LAST
            keeps = f"{good} keeps the last good state" if good.exists() else "nothing was saved"
            raise PoiseError(
                f"the loss is {last} at step {self.state.step}; {keeps}. A lower learning rate "
                "(optimiser.rate) or clipping (optimiser.clip) helps"
            )
        return last

    def write_down(self, samples_per_s: float) -> None:
        """A line of the log: the mean loss since the last one."""
        mean = float(torch.stack(self._losses).mean())
        self._losses.clear()
        if self.journal is not None:
            self.journal.write(
                self.state.step,
                loss=mean,
                rate=rate(self.recipe, self.state.step - 1),
                samples_per_s=round(samples_per_s, 1),
            )

    def is_to_validate(self) -> bool:
        every, step = self.recipe.validate, self.state.step
        return self.validation is not None and (step % every == 0 or step == self.recipe.steps)

    def validate(self) -> None:
        """Score the averaged weights; the best so far are kept in a file of their own."""
        if self.fabric.global_rank == 0 and self.validation is not None:
            found = self.validation.score(self.lifter)
            assert self.journal is not None
            self.journal.write(self.state.step, **found.to_dict())
            if self.state.best is None or found.mpjpe_mm < self.state.best:
                self.state.best = found.mpjpe_mm
                save_best(self.folder, self.lifter, self.recipe, found.to_dict())
        self.fabric.barrier()

    def save(self) -> None:
        """Write the file to go on from."""
        if self.fabric.global_rank == 0:
            save_last(self.folder, self.lifter, self.state, self.setting)

    def _average(self) -> None:
        # A young average must not remember the first, random weights for long.
        keep = min(self.recipe.average, self.state.step / (self.state.step + 10))
        floats, others = self._averaged
        if self.recipe.average:
            torch._foreach_lerp_([a for a, _ in floats], [b for _, b in floats], 1 - keep)
        else:
            others = [*floats, *others]
        for old, new in others:
            old.copy_(new)


def _fabric(recipe: Recipe[Any], device: Device) -> Fabric:
    processes, local = (int(os.environ.get(n, 1)) for n in ("WORLD_SIZE", "LOCAL_WORLD_SIZE"))
    if device == "cuda" and not torch.cuda.is_available():
        raise PoiseError("device cuda: no CUDA device is usable here (poise doctor says more)")
    if recipe.batch % processes:
        raise PoiseError(
            f"a batch of {recipe.batch} windows cannot be shared by {processes} processes; "
            f"set batch to a multiple of {processes}"
        )
    accelerator = device
    if device == "auto":
        accelerator = "cuda" if torch.cuda.is_available() else "cpu"
    if accelerator == "cpu" and recipe.precision == "16-mixed":
        raise PoiseError("precision 16-mixed needs a GPU; bf16-mixed works on CPUs too")
    return Fabric(
        accelerator=accelerator,
        devices=local,
        num_nodes=max(1, processes // local),
        strategy="ddp" if processes > 1 else "auto",
        precision=recipe.precision,
    )


def _optimiser(recipe: Recipe[Any], network: nn.Module) -> torch.optim.AdamW:
    """Only what multiplies features decays: biases, norms and positions have no small state."""
    weights = dict(network.named_parameters())
    decaying = {
        f"{name}.weight" if name else "weight"
        for name, module in network.named_modules()
        if isinstance(module, nn.Linear | nn.Conv1d | nn.Conv2d)
    }
    groups: list[dict[str, Any]] = [
        {"params": [w for n, w in weights.items() if n in decaying]},
        {"params": [w for n, w in weights.items() if n not in decaying], "weight_decay": 0.0},
    ]
    options = recipe.optimiser
    return torch.optim.AdamW(
        [group for group in groups if group["params"]],
        lr=options.rate,
        weight_decay=options.decay,
        amsgrad=options.amsgrad,
    )


def _set_rates(recipe: Recipe[Any], state: State) -> None:
    for group in state.optimiser.param_groups:
        group["lr"] = rate(recipe, state.step)
    momentum = norm_momentum(recipe, state.step)
    if momentum is not None:
        for module in state.network.modules():
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                module.momentum = momentum


def _pairs(average: nn.Module, network: nn.Module) -> tuple[list, list]:
    """(averaged, own) tensors: those with fractions, and the rest."""
    own = network.state_dict()
    both = [(value, own[name]) for name, value in average.state_dict().items()]
    floats = [pair for pair in both if pair[0].is_floating_point()]
    return floats, [pair for pair in both if not pair[0].is_floating_point()]
