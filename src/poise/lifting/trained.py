"""A lifter that can be used: a network, and all that must be known to show it keypoints."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from poise.errors import PoiseError
from poise.files import PathLike, naming
from poise.lifting.framing import Framing
from poise.lifting.tensor_files import Tensors, load_tensors, save_tensors
from poise.lifting.uncertainty import Residuals
from poise.methods import Lifter, method
from poise.methods.contract import Unit
from poise.plain import from_plain, to_plain
from poise.skeletons import H36M17, Skeleton

SCHEMA = "lifter/1"
TRAINING = "training."  # what a checkpoint has besides, for the trainer to go on from


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainedLifter:
    """One network with its weights, ready for `lift_track` and `poise.lift`.

    >>> lifter = load_lifter("videopose3d.safetensors")
    >>> motion = lift_track(keypoints, lifter=lifter)
    """

    method: str
    config: Any  # the method's Config
    network: Lifter
    framing: Framing
    fps: float  # of the motion that it was trained on
    takes: Skeleton = H36M17
    gives: Skeleton = H36M17
    unit: Unit = "metres"  # picture: in parts of it, whose size in metres is then assumed
    residuals: Residuals | None = None  # how far it is off, if a validation has said so
    about: Mapping[str, Any] = field(default_factory=dict)  # how it came to be: recipe, scores

    def __post_init__(self) -> None:
        wanted = getattr(self.config, "features", self.framing.features)
        if wanted != self.framing.features:
            raise PoiseError(
                f"{self.method} takes {wanted} features of each joint, but the framing "
                f"({self.framing.kind}) makes {self.framing.features}; set features in the config"
            )

        parents = getattr(self.config, "follows", None)
        if parents is not None and parents != self.takes.parents:
            raise PoiseError(
                f"{self.method} was made for a skeleton with the parents {parents}, and "
                f"{self.takes.name} has {self.takes.parents}; set parents in the config"
            )

    @property
    def module(self) -> torch.nn.Module:
        """The network with its weights, for what torch does with them."""
        assert isinstance(self.network, torch.nn.Module)
        return self.network

    def __repr__(self) -> str:
        parameters = sum(weight.numel() for weight in self.module.parameters())
        return (
            f"TrainedLifter({self.method}, {parameters:,} parameters, {self.network.frames} frames "
            f"at {self.fps:g} fps, {self.takes.name} to {self.gives.name}, {self.framing.kind})"
        )


def describe(lifter: TrainedLifter) -> dict[str, Any]:
    """All but the weights, as plain values."""
    return {
        "method": lifter.method,
        "config": to_plain(lifter.config),
        "framing": to_plain(lifter.framing),
        "fps": lifter.fps,
        "takes": lifter.takes.to_dict(),
        "gives": lifter.gives.to_dict(),
        "unit": lifter.unit,
        "residuals": None if lifter.residuals is None else to_plain(lifter.residuals),
        "about": dict(lifter.about),
    }


def save_lifter(path: PathLike, lifter: TrainedLifter, more: Tensors | None = None) -> None:
    """Write one .safetensors that `load_lifter` reads back."""
    state = {f"network.{name}": value for name, value in lifter.module.state_dict().items()}
    save_tensors(path, SCHEMA, describe(lifter), {**state, **(more or {})})


def load_lifter(path: PathLike) -> TrainedLifter:
    """Read what `save_lifter` or the trainer wrote."""
    about, tensors = load_tensors(path, SCHEMA)
    with naming(path):
        lifter = build(about)
        state = {
            name.removeprefix("network."): value
            for name, value in tensors.items()
            if not name.startswith(TRAINING)
        }
        _fill(lifter.module, state)
    return lifter


def build(about: Mapping[str, Any]) -> TrainedLifter:
    """The lifter that `describe` described, with fresh weights."""
    chosen = method(about["method"])
    config = from_plain(chosen.config, about["config"], f"{chosen.name}'s config")
    residuals = about.get("residuals")  # files of before have none
    return TrainedLifter(
        method=chosen.name,
        config=config,
        network=chosen.network(config).eval(),
        framing=from_plain(Framing, about["framing"], "framing"),
        fps=float(about["fps"]),
        takes=Skeleton.from_dict(about["takes"]),
        gives=Skeleton.from_dict(about["gives"]),
        unit=about.get("unit", "metres"),  # which files of before all have
        residuals=None if residuals is None else from_plain(Residuals, residuals, "residuals"),
        about=about["about"],
    )


def _fill(network: torch.nn.Module, state: Tensors) -> None:
    """Load a state dict; the first thing that does not fit is said."""
    own = network.state_dict()
    for name, value in own.items():
        if name not in state:
            raise PoiseError(f"lacks the weights {name}; it is for another network, or cut short")
        if state[name].shape != value.shape:
            raise PoiseError(
                f"{name} has shape {tuple(state[name].shape)}, but a network of this config has "
                f"{tuple(value.shape)}; the weights and the config are of two networks"
            )
    if extra := sorted(set(state) - set(own)):
        raise PoiseError(f"has weights that a network of this config does not know: {extra[0]}")
    network.load_state_dict(dict(state))
