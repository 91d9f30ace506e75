"""One training, step by step."""

import copy
import math
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor

from poise.data import MotionLibrary
from poise.data.open_benchmark.motions import FPS
from poise.errors import PoiseError
from poise.lifting.trained import TrainedLifter
from poise.methods import Doubts, Learns, method
from poise.train.checkpoints import LAST, Setting, State, go_on, save_best, save_last
from poise.train.filmed import FilmedViews, seed_of
from poise.train.lessons import lesson_of
from poise.train.losses import total
from poise.train.optimising import NORMS, Average, optimiser_of, set_rates
from poise.train.recipe import Recipe
from poise.train.schedule import rate
from poise.train.validation import Validation


class Training:
    """All that a training needs; of several processes each has one, and the first leads."""

    def __init__(
        self, recipe: Recipe[Any], library: MotionLibrary, folder: Path, fabric: Fabric
    ) -> None:
        self.recipe, self.folder, self.fabric = recipe, folder, fabric
        self.leads = fabric.global_rank == 0
        torch.manual_seed(seed_of(recipe.seed))
        network: Any = method(recipe.method).network(recipe.network)
        _check_fits(network, recipe, fabric.world_size)
        average: Any = copy.deepcopy(network).to(fabric.device).requires_grad_(False).eval()
        optimiser = optimiser_of(recipe, network)
        self.model, self.optimiser = fabric.setup(network.train(), optimiser)
        for name, kind in (("learn", Learns), ("with_doubt", Doubts)):
            if isinstance(network, kind):  # so that several processes learn together
                self.model.mark_forward_method(name)
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
            takes=recipe.skeleton,
            gives=recipe.skeleton,
        )
        self.setting = Setting(
            recipe=recipe, motion=self.views.fingerprint, processes=fabric.world_size
        )
        go_on(folder, self.state, self.setting)
        self._check_together()
        self.validation = Validation(recipe, library) if recipe.validate and self.leads else None
        self._average = Average(average, network, recipe.average)

    def step(self) -> int:
        """One step of the optimiser; answers how many are done."""
        recipe, state = self.recipe, self.state
        batch = self.views.batch(state.step)
        # Dropout draws by the number of the step too, so nothing of chance has to be saved.
        self._seed(seed_of(recipe.seed, self.fabric.global_rank, state.step, 1))
        set_rates(recipe, state.step, state.optimiser, state.network)
        lesson = lesson_of(self.model, batch, recipe.loss, learns=isinstance(state.network, Learns))
        loss = total(recipe.loss, *lesson, skeleton=recipe.skeleton)
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
        self._average.update(state.step)
        state.losses.append(loss.detach())
        return state.step

    def loss(self) -> float:
        """Of the last step; one that is no number ends the training."""
        return self._finite(float(self.state.losses[-1]))

    def line(self) -> dict[str, float]:
        """For the log: the mean loss since the last line, in this process."""
        mean = torch.stack(self.state.losses).mean()
        self.state.losses.clear()
        return {
            "loss": self._finite(float(mean)),
            "rate": rate(self.recipe, self.state.step - 1),
        }

    def any_process(self, asked: bool) -> bool:
        """Whether one of the processes says so; all of them get the same answer."""
        if self.fabric.world_size == 1:
            return asked
        asking = torch.tensor(float(asked), device=self.fabric.device)
        return float(self._together(asking, "mean")) > 0

    def is_to_validate(self) -> bool:
        """Whether the weights are to be scored after this step."""
        every, step = self.recipe.validate, self.state.step
        return every > 0 and (step % every == 0 or step == self.recipe.steps)

    def validate(self) -> dict[str, Any]:
        """Score the averaged weights; the best so far are kept in a file of their own."""
        found: dict[str, Any] = {}
        if self.validation is not None:
            scores = self.validation.score(self.lifter)
            found = scores.to_dict()
            if self.state.best is None or scores.mpjpe_mm < self.state.best:
                self.state.best = scores.mpjpe_mm
                save_best(self.folder, self.lifter, self.recipe, found)
        self.fabric.barrier()
        return found

    def save(self) -> None:
        """Write the file to go on from."""
        if self.leads:
            save_last(self.folder, self.lifter, self.state, self.setting)

    def _seed(self, seed: int) -> None:
        """As torch.manual_seed, which takes a millisecond to look for devices that are not used."""
        torch.default_generator.manual_seed(seed)
        if self.fabric.device.type != "cpu":
            torch.get_device_module(self.fabric.device).manual_seed(seed)

    def _finite(self, loss: float) -> float:
        if not math.isfinite(loss):
            good = self.folder / LAST
            keeps = f"{good} keeps the last good state" if good.exists() else "nothing was saved"
            raise PoiseError(
                f"the loss is {loss} at step {self.state.step}; {keeps}. A lower learning rate "
                "(optimiser.rate) or clipping (optimiser.clip) helps"
            )
        return loss

    def _check_together(self) -> None:
        """Every process must have gone on from the same file."""
        step = torch.tensor(self.state.step, device=self.fabric.device)
        all_steps = int(self._together(step, "sum"))
        if all_steps != self.state.step * self.fabric.world_size:
            raise PoiseError(
                f"{self.folder}: this process sees a training of {self.state.step} steps there, "
                "another process does not; all machines need the same folder"
            )

    def _together(self, value: Tensor, how: str) -> Tensor:
        """Over all processes; every one of them must ask."""
        if self.fabric.world_size == 1:
            return value
        found = self.fabric.all_reduce(value, reduce_op=how)
        assert isinstance(found, Tensor)
        return found


def _check_fits(network: Any, recipe: Recipe[Any], processes: int) -> None:
    """What only the network can say of a recipe."""
    if network.answers != "sliding" and recipe.frames != network.frames:
        raise PoiseError(
            f"recipe: {recipe.method} takes windows of exactly {network.frames} frames, not "
            f"{recipe.frames}; leave window out"
        )
    doubts = isinstance(network, Doubts)
    if recipe.loss.likelihood and not doubts:
        raise PoiseError(
            f"recipe: loss.likelihood needs a network that says how far off it may be, and "
            f"{recipe.method} does not; leave it out"
        )
    if doubts and not recipe.loss.likelihood:
        raise PoiseError(
            f"recipe: {recipe.method} says how far off it may be, which it learns from "
            "loss.likelihood only; set it"
        )
    if recipe.batch // processes < 2 and any(isinstance(m, NORMS) for m in network.modules()):
        raise PoiseError(
            f"recipe: {recipe.method} has batch norms, which need more than one window at a "
            f"time; set batch to {2 * processes} or more"
        )
