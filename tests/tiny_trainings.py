"""Trainings that take a second: four people, small networks."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from few_clips import few_clips, stroll
from poise.data.library import MotionLibrary
from poise.methods import Doubts, method
from poise.methods.hot import Config as Hot
from poise.train import Loss, Optimiser, Recipe, Schedule, Views
from small_networks import SMALL

NETWORKS: dict[str, tuple[str, dict[str, Any]]] = {
    "one frame": ("simplebaseline", {"width": 16}),
    "sliding": ("videopose3d", {"widths": (3, 3), "channels": 8}),
    "every frame": ("mixste", {"frames": 9, "channels": 8, "depth": 2, "heads": 2}),
}


def people(count: int = 4, frames: int = 60) -> MotionLibrary:
    """Made people; the first is for validation, the second for testing."""
    clips = {f"S{n}": stroll(frames + 10 * n, seed=n) for n in range(count)}
    subjects: dict[str, int | str] = {key: n for n, key in enumerate(clips)}
    return few_clips(clips, subjects).with_splits(val=[0], test=[1])


torch.set_num_threads(1)  # or bits would depend on the machine, and tests wait for each other


def recipe(kind: str = "every frame", **changes: Any) -> Recipe[Any]:
    """A training of some steps, of which everything random is a part (dropout too)."""
    name, small = NETWORKS[kind]
    drop = {"drop_path": 0.2} if kind == "every frame" else {"dropout": 0.2}
    whole = Recipe(
        method=name,
        network=method(name).config(features=6, **small, **drop),
        steps=12,
        batch=4,
        views=Views(frames=20, batches=3),
        optimiser=Optimiser(rate=1e-2),
        schedule=Schedule(warmup=2),
        average=0.9,
        validate=6,
    )
    return replace(whole, **changes)


def calm(kind: str = "every frame", **changes: Any) -> Recipe[Any]:
    """The same without dropout and validation."""
    whole = recipe(kind, validate=0)
    drop = {"drop_path": 0.0} if kind == "every frame" else {"dropout": 0.0}
    return replace(whole, **{"network": replace(whole.network, **drop), **changes})


def shortened(name: str, **changes: Any) -> Recipe[Any]:
    """A training of some steps for any method, by its small network."""
    small = SMALL[name]
    if isinstance(small, Hot):
        network = replace(small, lifter=replace(small.lifter, features=6))
    else:
        network = replace(small, features=6)
    with torch.device("meta"):
        doubts = isinstance(method(name).network(network), Doubts)
    whole = replace(recipe(), method=name, network=network, batch=6, steps=5, validate=0)
    whole = replace(whole, loss=Loss(likelihood=doubts))
    return replace(whole, **changes)


def tensors(path: Path) -> dict[str, Tensor]:
    """All that a file of weights holds."""
    found: dict[str, Tensor] = load_file(path)
    return found


def same_bits(one: Path, other: Path) -> bool:
    """Whether two files hold the same tensors, and nothing else."""
    a, b = tensors(one), tensors(other)
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def log_without_rates(folder: Path) -> list[dict[str, Any]]:
    """The log of a training but for its speed, which differs from run to run."""
    read = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k != "samples_per_s"} for line in read]
