"""The recipes that have names: for two CPU cores, and as the papers have them.

Those of the papers differ from the papers in their data: the open benchmark's motion filmed anew in
every step, in place of Human3.6M's windows. Their epochs are counted in Human3.6M's steps.
"""

from typing import Any

from poise.errors import PoiseError, did_you_mean
from poise.lifting.framing import Framing
from poise.methods.mixste import Config as MixSTE
from poise.methods.simplebaseline import Config as SimpleBaseline
from poise.methods.videopose3d import Config as VideoPose3D
from poise.train.recipe import Loss, Optimiser, Recipe, Schedule, Views

_SCREEN = Framing(kind="screen", confidence=False)
_H36M_FRAMES = 1_559_752  # of training, all cameras; every one is also mirrored

RECIPES: dict[str, Recipe[Any]] = {
    "simplebaseline": Recipe(
        method="simplebaseline",
        network=SimpleBaseline(features=6, dropout=0.0),
        framing=Framing(smoothing=1),
        views=Views(exchanged=0.25, frames=8, batches=3),
        steps=15_000,
        # The published initial weights are large, and batch norm makes large weights slow.
        optimiser=Optimiser(rate=8e-3),
        average=0.999,
    ),
    "videopose3d": Recipe(
        method="videopose3d",
        network=VideoPose3D(features=6, widths=(3, 3, 3), channels=512, dropout=0.0),
        views=Views(exchanged=0.25, backwards=0.5, frames=33, batches=6),
        steps=20_000,
        optimiser=Optimiser(rate=1e-2),
        average=0.999,
    ),
    "mixste": Recipe(
        method="mixste",
        network=MixSTE(
            features=6, frames=9, channels=64, depth=3, heads=4, drop_path=0.0, positions=0.5
        ),
        views=Views(exchanged=0.25, backwards=0.5, frames=9, batches=1),
        steps=10_000,
        batch=16,
        optimiser=Optimiser(rate=1e-3),
        average=0.998,
    ),
    # The weights that poise lifts with when none are named: for phones, on real and made motion.
    "bundled": Recipe(
        method="mixste",
        network=MixSTE(
            features=6, frames=27, channels=64, depth=4, heads=4, drop_path=0.0, positions=0.5
        ),
        views=Views(
            cameras=("std", "phone"),
            noisy=0.85,
            bodies=(0.9, 1.12),
            exchanged=0.25,
            backwards=0.5,
            frames=27,
            batches=1,
        ),
        steps=14_000,
        batch=16,
        optimiser=Optimiser(rate=1e-3),
        average=0.998,
        validate=2000,
    ),
    "simplebaseline-paper": Recipe(
        method="simplebaseline",
        network=SimpleBaseline(),
        framing=_SCREEN,
        steps=200 * 2 * _H36M_FRAMES // 64,
        batch=64,
        loss=Loss(square=True),
        optimiser=Optimiser(rate=1e-3, decay=0.0, clip=1.0),
        schedule=Schedule(shape="exponential", warmup=0, factor=0.96, every=100_000),
        average=0.0,
    ),
    "videopose3d-paper": Recipe(
        method="videopose3d",
        network=VideoPose3D(),
        framing=_SCREEN,
        steps=80 * 2 * _H36M_FRAMES // 1024,
        batch=1024,
        optimiser=Optimiser(rate=1e-3, decay=0.0, amsgrad=True, clip=0.0),
        schedule=Schedule(
            shape="exponential",
            warmup=0,
            factor=0.95,
            every=2 * _H36M_FRAMES // 1024,
            norm_momentum=0.001,
        ),
        average=0.0,
    ),
    "mixste-paper": Recipe(
        method="mixste",
        network=MixSTE(),
        framing=_SCREEN,
        steps=120 * 2 * _H36M_FRAMES // 243 // 4,
        batch=4,
        loss=Loss(joints="mixste", velocity=2.0, steadiness=0.5, times_itself=True),
        optimiser=Optimiser(rate=4e-5, decay=0.1, clip=0.0),
        schedule=Schedule(
            shape="exponential", warmup=0, factor=0.99, every=2 * _H36M_FRAMES // 243 // 4
        ),
        average=0.0,
    ),
}


def recipe(name: str) -> Recipe[Any]:
    """One of the recipes by its name."""
    if name in RECIPES:
        return RECIPES[name]
    raise PoiseError(f"no recipe is called {name!r}{did_you_mean(name, list(RECIPES))}")
