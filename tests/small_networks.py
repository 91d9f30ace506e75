"""A small network of every method, and of every combination of a token lifter with the parts."""

from dataclasses import replace
from typing import Any

from poise.methods import METHODS, WRAPPED, method
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

SMALL: dict[str, Any] = {
    "simplebaseline": SimpleBaseline(width=16),
    "videopose3d": VideoPose3D(widths=(3, 3), channels=16),
    "semgcn": SemGCN(channels=16, layers=2),
    "stgcn": StGcn(frames=3, channels=8),
    "mixste": MixSTE(frames=9, channels=16, depth=3),
    "ktpformer": KTPFormer(frames=9, channels=16, depth=3),
    "convformer": ConvFormer(frames=9, channels=8, spatial_depth=1, kernels=(3, 5)),
    "mhformer": MHFormer(frames=9, channels=16, hidden=24),
    "dstformer": DSTFormer(features=2, frames=9, channels=16, depth=3, representation=8),
    "motionagformer": MotionAGFormer(features=2, frames=9, channels=16, layers=3, representation=8),
    "d3dp": D3dp(frames=9, channels=16, depth=2),
    "gla_gcn": GlaGcn(widths=(3, 3), channels=8),
    "uao": Uao(width=16, layers=2),
}

# embed, blocks, head: what the priors and the hourglass are parts for.
TOKEN_LIFTERS = [name for name in METHODS if hasattr(SMALL[name], "blocks")]


def around(name: str, pipeline: str = "hot") -> Any:
    """The config of an hourglass around a small network: in its last block are 3 of 9 frames."""
    preset = next(iter(method(f"{pipeline}+{name}").presets.values()))
    last = SMALL[name].blocks - 1
    return Hot(lifter=SMALL[name], layers=(last,), tokens=(3,), recover=preset.recover)


SMALL |= {name: around(name.partition("+")[2], name.partition("+")[0]) for name in WRAPPED}

# Every token lifter, plain and with each part and with both: (method, config).
COMBINATIONS: dict[str, tuple[str, Any]] = {}
for _name in TOKEN_LIFTERS:
    _plain, _hourglass = SMALL[_name], around(_name)
    COMBINATIONS[_name] = (_name, _plain)
    COMBINATIONS[f"{_name} with the hourglass"] = (f"hot+{_name}", _hourglass)
    if hasattr(_plain, "priors"):
        _with = replace(_plain, priors=True)
        COMBINATIONS[f"{_name} with priors"] = (_name, _with)
        COMBINATIONS[f"{_name} with both"] = (f"hot+{_name}", replace(_hourglass, lifter=_with))
COMBINATIONS["semgcn with non-local units"] = ("semgcn", replace(SMALL["semgcn"], non_local=True))
COMBINATIONS["stgcn of one frame"] = ("stgcn", replace(SMALL["stgcn"], frames=1))
COMBINATIONS["d3dp with priors"] = ("d3dp", replace(SMALL["d3dp"], priors=True))
