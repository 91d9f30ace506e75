"""Small adaptations: made people, small lifters, a target that nobody labelled."""

from dataclasses import replace
from functools import cache
from typing import Any

import torch

from poise.adapt import Adaptation, Augmentation
from poise.data.library import MotionLibrary
from poise.data.open_benchmark import SHIFT_TARGET, views
from poise.lifting import TrainedLifter
from poise.methods import method
from poise.motion import Keypoints
from poise.skeletons import H36M16, H36M17
from poise.train import RECIPES, Views
from small_networks import SMALL
from tiny_trainings import people

torch.set_num_threads(1)

VIEWS = Views(cameras=("A",), frames=8)


@cache
def library() -> MotionLibrary:
    return people(6, frames=40)


@cache
def tracks() -> tuple[Keypoints, ...]:
    """What other cameras see of the same people, by a noisy detector."""
    track = replace(SHIFT_TARGET, half="all")
    return tuple(view.keypoints for view in views(library(), track))


def lifter(name: str = "simplebaseline", joints: int = 17) -> TrainedLifter:
    """An untrained small one, as `poise train lift` would make it."""
    skeleton = H36M16 if joints == 16 else H36M17
    with torch.random.fork_rng():
        torch.manual_seed(3)
        if joints == 16:
            recipe = RECIPES[f"{name}-16"]
            small: dict[str, Any] = {"width": 16} if name == "simplebaseline" else {"channels": 16}
            config, framing = replace(recipe.network, **small), recipe.framing
        else:
            framing, config = RECIPES["videopose3d"].framing, SMALL[name]
            if hasattr(config, "lifter"):
                config = replace(config, lifter=replace(config.lifter, features=6))
            else:
                config = replace(config, features=6)
        network = method(name).network(config).eval()
    return TrainedLifter(
        method=name,
        config=config,
        network=network,
        framing=framing,
        fps=30,
        takes=skeleton,
        gives=skeleton,
    )


def adaptation(**changes: Any) -> Adaptation:
    """Two batches a round."""
    small = Adaptation(
        how="gpa",
        rounds=3,
        windows=16,
        batch=8,
        views=VIEWS,
        augmentation=Augmentation(width=16, warmup=1),
        patience=0,
    )
    return replace(small, **changes)
