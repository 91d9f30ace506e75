"""The recipes that have names: for CPU cores, and as the papers have them."""

from dataclasses import replace
from typing import Any

from poise.errors import PoiseError, did_you_mean
from poise.lifting.framing import Framing
from poise.methods import method
from poise.methods.convformer import Config as ConvFormer
from poise.methods.d3dp import Config as D3dp
from poise.methods.dstformer import Config as DSTFormer
from poise.methods.gla_gcn import Config as GlaGcn
from poise.methods.hot import Config as Hot
from poise.methods.ktpformer import Config as KTPFormer
from poise.methods.mhformer import Config as MHFormer
from poise.methods.mixste import Config as MixSTE
from poise.methods.motionagformer import Config as MotionAGFormer
from poise.methods.semgcn import Config as SemGCN
from poise.methods.simplebaseline import Config as SimpleBaseline
from poise.methods.stgcn import Config as StGcn
from poise.methods.uao import Config as Uao
from poise.methods.videopose3d import Config as VideoPose3D
from poise.train.paper_recipes import PAPER_RECIPES
from poise.train.recipe import Loss, Optimiser, Recipe, Views


def _frame_by_frame(name: str, network: Any, **others: Any) -> Recipe[Any]:
    """Networks of one frame, for about ten minutes of one core."""
    settings: dict[str, Any] = {
        "framing": Framing(smoothing=1),
        "views": Views(exchanged=0.25, frames=8, batches=3),
        "average": 0.998,
    }
    return Recipe(method=name, network=network, **(settings | others))


def _poseaug(name: str, **others: Any) -> Recipe[Any]:
    """The lifters of 16 joints that PoseAug and PoseDA adapt: on the screen, without dropout."""
    chosen = method(name)
    network = replace(chosen.presets["poseaug"], dropout=0.0)
    return _frame_by_frame(
        name, network, framing=Framing(kind="screen", confidence=False), **others
    )


def _token_lifter(name: str, network: Any) -> Recipe[Any]:
    """Networks of tokens, all of 27 frames and about as much work for each."""
    return Recipe(
        method=name,
        network=network,
        views=Views(exchanged=0.25, backwards=0.5, frames=27, batches=1),
        steps=14_000,
        batch=16,
        optimiser=Optimiser(rate=1e-3),
        average=0.998,
        validate=2000,
    )


_MIXSTE = MixSTE(features=6, frames=27, channels=64, depth=4, heads=4, drop_path=0.0, positions=0.5)
_KTPFORMER = KTPFormer(
    features=6, frames=27, channels=64, depth=4, heads=4, drop_path=0.0, positions=0.5
)

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
    # Nine frames and few channels: what a step costs less goes into more windows and more steps.
    # After a minute and a half of a core 27 frames were 12 mm behind, of as many windows a step;
    # the form for whole clips was 10 mm behind.
    "gla_gcn": Recipe(
        method="gla_gcn",
        network=GlaGcn(
            features=6, widths=(3, 3), channels=32, dropout=0.0, graph_dropout=0.0, begin=1.0
        ),
        views=Views(exchanged=0.25, backwards=0.5, frames=9, batches=1),
        steps=20_000,
        batch=64,
        optimiser=Optimiser(rate=1e-2),
        average=0.999,
        validate=2000,
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
    "ktpformer": _token_lifter("ktpformer", _KTPFORMER),
    "hot-mixste": _token_lifter(
        "hot+mixste", Hot(lifter=_MIXSTE, layers=(2,), tokens=(9,), positions=0.5)
    ),
    "hot-ktpformer": _token_lifter(
        "hot+ktpformer", Hot(lifter=_KTPFORMER, layers=(2,), tokens=(9,), positions=0.5)
    ),
    "convformer": _token_lifter(
        "convformer",
        ConvFormer(features=6, frames=27, channels=16, drop_path=0.0, dropout=0.0, positions=0.5),
    ),
    # It answers for all frames of a window here, not for the middle one as published: on a CPU that
    # is 27 times less to do.
    "mhformer": _token_lifter(
        "mhformer",
        MHFormer(
            features=6,
            frames=27,
            channels=128,
            hidden=256,
            dropout=0.0,
            drop_path=0.0,
            positions=0.5,
            answers="every frame",
        ),
    ),
    "dstformer": _token_lifter(
        "dstformer",
        DSTFormer(features=6, frames=27, channels=48, depth=3, heads=4, representation=128),
    ),
    "motionagformer": _token_lifter(
        "motionagformer",
        MotionAGFormer(
            features=6,
            frames=27,
            channels=32,
            layers=6,
            heads=4,
            representation=128,
            positions=0.5,
        ),
    ),
    # The window's features come as they are seen; the hypotheses are poses in metres.
    "d3dp": _token_lifter(
        "d3dp",
        D3dp(features=6, frames=27, channels=64, depth=4, heads=4, drop_path=0.0, positions=0.5),
    ),
    # On the screen, so that its published optimisation can move what it is shown. Twice as wide it
    # was 7 mm behind after two minutes of a core.
    "uao": Recipe(
        method="uao",
        network=Uao(width=128, dropout=0.0, joint_dropout=0.0, drop_path=0.0),
        framing=Framing(kind="screen", confidence=False),
        views=Views(exchanged=0.25, frames=8, batches=3),
        steps=2700,
        batch=64,
        loss=Loss(likelihood=True),
        optimiser=Optimiser(rate=8e-3),
        average=0.998,
        validate=900,
    ),
    # In the time of one step of 256 frames it learns more from four of 64.
    "semgcn": _frame_by_frame(
        "semgcn", SemGCN(features=6), steps=8000, batch=64, optimiser=Optimiser(rate=2e-2)
    ),
    "stgcn": _frame_by_frame(
        "stgcn",
        StGcn(features=6, channels=64, dropout=0.0),
        steps=8000,
        batch=32,
        optimiser=Optimiser(rate=3e-3),
    ),
    "simplebaseline-16": _poseaug("simplebaseline", steps=5000, optimiser=Optimiser(rate=2e-2)),
    "videopose3d-16": _poseaug("videopose3d", steps=3000, optimiser=Optimiser(rate=1e-2)),
    "semgcn-16": _poseaug("semgcn", steps=8000, batch=64, optimiser=Optimiser(rate=2e-2)),
    "stgcn-16": _poseaug("stgcn", steps=4000, batch=32, optimiser=Optimiser(rate=3e-3)),
    # The weights that poise lifts with when none are named: for phones, on real and made motion.
    "bundled": Recipe(
        method="mixste",
        network=_MIXSTE,
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
    **PAPER_RECIPES,
}


def recipe(name: str) -> Recipe[Any]:
    """One of the recipes by its name."""
    if name in RECIPES:
        return RECIPES[name]
    raise PoiseError(f"no recipe is called {name!r}{did_you_mean(name, list(RECIPES))}")
