"""What a training leaves behind: `last`, from which it goes on, and `best`, which is for use."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from poise.errors import PoiseError
from poise.files import naming
from poise.lifting.tensor_files import load_tensors
from poise.lifting.trained import SCHEMA, TRAINING, TrainedLifter, save_lifter
from poise.plain import to_plain
from poise.train.recipe import Recipe, first_difference, read_recipe

LAST, BEST = "last.safetensors", "best.safetensors"


@dataclass(kw_only=True)
class State:
    """All that changes while a training runs."""

    network: nn.Module  # as the optimiser has it
    average: nn.Module  # over the steps: what is used
    optimiser: Optimizer
    scaler: Any | None = None  # of half precision
    step: int = 0  # how many are done
    best: float | None = None  # the lowest score of a validation, mm
    losses: list[Tensor] = field(default_factory=list)  # of the steps that are not in the log yet


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What must be the same when a training goes on."""

    recipe: Recipe[Any]
    motion: str  # the fingerprint of the poses
    processes: int


def save_last(folder: Path, lifter: TrainedLifter, state: State, setting: Setting) -> None:
    """Write all of it; the file before stays until this one is whole."""
    for name, value in state.network.state_dict().items():
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise PoiseError(
                f"{name} is not finite after step {state.step}; {folder / LAST} keeps the last "
                "good state. A lower learning rate (optimiser.rate) or clipping "
                "(optimiser.clip) helps"
            )
    training = {
        "step": state.step,
        "best": state.best,
        "motion": setting.motion,
        "processes": setting.processes,
        "scaler": state.scaler.state_dict() if state.scaler else None,
    }
    about = {"recipe": to_plain(setting.recipe), "training": training}
    save_lifter(folder / LAST, replace(lifter, about=about), _tensors(state))


def save_best(folder: Path, lifter: TrainedLifter, recipe: Recipe[Any], found: dict) -> None:
    """Write the averaged weights with how well they did."""
    save_lifter(folder / BEST, replace(lifter, about={"recipe": to_plain(recipe), "found": found}))


def go_on(folder: Path, state: State, setting: Setting) -> bool:
    """Fill the state from where a training was stopped; False: nothing is there yet."""
    path = folder / LAST
    if not path.exists():
        return False
    about, tensors = load_tensors(path, SCHEMA)
    with naming(path):
        training = about["about"]["training"]
        _check_same(folder, about, training, setting)
        state.step, state.best = training["step"], training["best"]
        own = {
            name.removeprefix(TRAINING): value
            for name, value in tensors.items()
            if name.startswith(TRAINING)
        }
        average = {
            name.removeprefix("network."): value
            for name, value in tensors.items()
            if not name.startswith(TRAINING)
        }
        state.average.load_state_dict(average)
        relearn(state.network, state.optimiser, own)
        device = next(state.network.parameters()).device
        state.losses = list(own.get("losses", torch.empty(0)).to(device))
        if state.scaler and training["scaler"]:
            state.scaler.load_state_dict(training["scaler"])
    return True


def _check_same(
    folder: Path, about: dict[str, Any], training: dict[str, Any], setting: Setting
) -> None:
    begun = read_recipe(about["about"]["recipe"], "its recipe")
    other = "choose another folder, or remove this one"
    if found := first_difference(begun, setting.recipe):
        raise PoiseError(f"{folder} holds a training by another recipe: {found}; {other}")
    if training["motion"] != setting.motion:
        raise PoiseError(f"{folder} holds a training on other motion; {other}")
    if training["processes"] != setting.processes:
        raise PoiseError(
            f"{folder} holds a training by {training['processes']} processes, not "
            f"{setting.processes}, which draw other views; run as many, or {other}"
        )


def _tensors(state: State) -> dict[str, Tensor]:
    found = learned(state.network, state.optimiser)
    if state.losses:
        found["losses"] = torch.stack(state.losses)
    return {f"{TRAINING}{name}": value for name, value in found.items()}


def learned(network: nn.Module, optimiser: Optimizer) -> dict[str, Tensor]:
    """A network's weights, and what its optimiser knows of each under the weight's name."""
    found = {f"n.{name}": value for name, value in network.state_dict().items()}
    for name, weight in network.named_parameters():
        for key, value in optimiser.state[weight].items():
            found[f"o.{key}.{name}"] = torch.as_tensor(value)
    return found


def relearn(network: nn.Module, optimiser: Optimizer, own: Mapping[str, Tensor]) -> None:
    """Put back what `learned` told; other names are left alone."""
    network.load_state_dict({n[2:]: value for n, value in own.items() if n.startswith("n.")})
    names = {id(weight): name for name, weight in network.named_parameters()}
    filled = optimiser.state_dict()
    order = [weight for group in optimiser.param_groups for weight in group["params"]]
    for number, weight in enumerate(order):
        name = names[id(weight)]
        filled["state"][number] = {
            full.split(".")[1]: value
            for full, value in own.items()
            if full.startswith("o.") and full.split(".", 2)[2] == name
        }
    optimiser.load_state_dict(filled)
