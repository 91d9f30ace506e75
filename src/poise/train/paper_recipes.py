"""Training as the papers have it: their networks, losses, optimisers and schedules.

They differ from the papers in their data: the open benchmark's motion filmed anew in every step, in
place of Human3.6M's windows. Their epochs are counted in Human3.6M's steps.
"""

from dataclasses import replace
from typing import Any

from poise.lifting.framing import Framing
from poise.methods import method
from poise.methods.convformer import Config as ConvFormer
from poise.methods.d3dp import Config as D3dp
from poise.methods.gla_gcn import Config as GlaGcn
from poise.methods.ktpformer import Config as KTPFormer
from poise.methods.mhformer import Config as MHFormer
from poise.methods.mixste import Config as MixSTE
from poise.methods.simplebaseline import Config as SimpleBaseline
from poise.methods.uao import Config as Uao
from poise.methods.videopose3d import Config as VideoPose3D
from poise.train.recipe import Loss, Optimiser, Recipe, Schedule

_SCREEN = Framing(kind="screen", confidence=False)
_WITH_CONFIDENCE = Framing(kind="screen", smoothing=1)
_H36M_FRAMES = 1_559_752  # of training, all cameras; every one is also mirrored
_WINDOW = 243

_MIXSTE_LOSS = Loss(joints="mixste", velocity=2.0, steadiness=0.5, times_itself=True)
_MOTIONBERT_LOSS = Loss(velocity=20.0, scaled=0.5)


def _by_epochs(
    epoch: int, factor: float, *, fifth: float | None = None, norm_momentum: float | None = None
) -> Schedule:
    """The rate falls after each epoch of so many steps."""
    return Schedule(
        shape="exponential",
        warmup=0,
        factor=factor,
        every=epoch,
        fifth=fifth,
        norm_momentum=norm_momentum,
    )


def _mixste_kin(
    name: str, network: Any, *, epochs: int, rate: float, batch: int, **others: Any
) -> Recipe[Any]:
    """MixSTE, and what its code was made into: windows side by side, so an epoch is short."""
    epoch = 2 * _H36M_FRAMES // _WINDOW // batch
    settings: dict[str, Any] = {"loss": _MIXSTE_LOSS, "factor": 0.99} | others
    return Recipe(
        method=name,
        network=network,
        framing=_SCREEN,
        steps=epochs * epoch,
        batch=batch,
        loss=settings["loss"],
        optimiser=Optimiser(rate=rate, decay=0.1, clip=0.0),
        schedule=_by_epochs(epoch, settings["factor"]),
        average=0.0,
    )


def _middle_frame(
    name: str, network: Any, *, epochs: int, batch: int, fifth: float | None = None, **others: Any
) -> Recipe[Any]:
    """A window around every frame, VideoPose3D's way: Adam, the rate times 0.95 an epoch."""
    epoch = 2 * _H36M_FRAMES // batch
    return Recipe(
        method=name,
        network=network,
        framing=_SCREEN,
        steps=epochs * epoch,
        batch=batch,
        optimiser=Optimiser(rate=1e-3, decay=0.0, amsgrad=True, clip=0.0),
        schedule=_by_epochs(epoch, 0.95, fifth=fifth, **others),
        average=0.0,
    )


def _motionbert_kin(
    name: str, network: Any, *, epochs: int, batch: int, rate: float
) -> Recipe[Any]:
    """Clips that share two thirds of their frames, half of them mirrored."""
    epoch = _H36M_FRAMES // (_WINDOW // 3) // batch
    return Recipe(
        method=name,
        network=network,
        framing=_WITH_CONFIDENCE,
        steps=epochs * epoch,
        batch=batch,
        loss=_MOTIONBERT_LOSS,
        optimiser=Optimiser(rate=rate, decay=0.01, clip=0.0),
        schedule=_by_epochs(epoch, 0.99),
        average=0.0,
    )


def _preset(name: str, preset: str) -> Any:
    return method(name).presets[preset]


PAPER_RECIPES: dict[str, Recipe[Any]] = {
    "simplebaseline-paper": Recipe(
        method="simplebaseline",
        network=SimpleBaseline(),
        framing=_SCREEN,
        steps=200 * 2 * _H36M_FRAMES // 64,
        batch=64,
        loss=Loss(square=True),
        optimiser=Optimiser(rate=1e-3, decay=0.0, clip=1.0),
        schedule=_by_epochs(100_000, 0.96),
        average=0.0,
    ),
    "videopose3d-paper": _middle_frame(
        "videopose3d", VideoPose3D(), epochs=80, batch=1024, norm_momentum=0.001
    ),
    "semgcn-paper": Recipe(
        method="semgcn",
        network=_preset("semgcn", "plain"),
        framing=_SCREEN,
        steps=50 * 2 * _H36M_FRAMES // 64,
        batch=64,
        loss=Loss(square=True),
        optimiser=Optimiser(rate=1e-3, decay=0.0, clip=1.0),
        schedule=_by_epochs(100_000, 0.96),
        average=0.0,
    ),
    # Our description does not say for how many epochs; 20 are those of its kin.
    "stgcn-paper": _middle_frame("stgcn", _preset("stgcn", "3"), epochs=20, batch=256, fifth=0.5),
    "gla_gcn-paper": Recipe(
        method="gla_gcn",
        network=GlaGcn(perturbed=True),
        framing=_SCREEN,
        steps=80 * (2 * _H36M_FRAMES // 512),
        batch=512,
        optimiser=Optimiser(kind="ranger", rate=1e-2, decay=0.0, clip=0.0),
        schedule=Schedule(warmup=0, last=1e-3, norm_momentum=0.001),
        average=0.0,
    ),
    "mixste-paper": _mixste_kin("mixste", MixSTE(), epochs=120, rate=4e-5, batch=4),
    "ktpformer-paper": _mixste_kin("ktpformer", KTPFormer(), epochs=200, rate=8e-5, batch=8),
    "hot-mixste-paper": _mixste_kin(
        "hot+mixste", _preset("hot+mixste", "243"), epochs=160, rate=4e-5, batch=4
    ),
    "tpc-mixste-paper": _mixste_kin(
        "tpc+mixste", _preset("tpc+mixste", "243"), epochs=160, rate=4e-5, batch=4
    ),
    "d3dp-paper": _mixste_kin(
        "d3dp",
        D3dp(),
        epochs=400,
        rate=6e-5,
        batch=4,
        factor=0.993,
        loss=Loss(times_itself=True),
    ),
    "convformer-paper": _middle_frame("convformer", ConvFormer(), epochs=60, batch=1024),
    "mhformer-paper": _middle_frame("mhformer", MHFormer(), epochs=20, batch=128, fifth=0.5),
    "tpc-mhformer-paper": _middle_frame(
        "tpc+mhformer", _preset("tpc+mhformer", "351"), epochs=20, batch=210, fifth=0.5
    ),
    "uao-paper": replace(
        _middle_frame("uao", Uao(), epochs=39, batch=128), loss=Loss(likelihood=True)
    ),
    "dstformer-paper": _motionbert_kin(
        "dstformer", _preset("dstformer", "243"), epochs=120, batch=32, rate=2e-4
    ),
    # Nobody tells how the hourglass was trained around these two: as the lifters themselves are.
    "hot-dstformer-paper": _motionbert_kin(
        "hot+dstformer", _preset("hot+dstformer", "243"), epochs=120, batch=32, rate=5e-4
    ),
    "motionagformer-paper": _motionbert_kin(
        "motionagformer", _preset("motionagformer", "243"), epochs=60, batch=16, rate=5e-4
    ),
    "hot-motionagformer-paper": _motionbert_kin(
        "hot+motionagformer", _preset("hot+motionagformer", "243"), epochs=60, batch=16, rate=5e-4
    ),
}
