"""The published systems, one folder each, all alike: model, config, weights, vectors, card.

>>> from poise.methods import method
>>> videopose3d = method("videopose3d")
>>> network = videopose3d.network(videopose3d.config(widths=(3, 3, 3)))
"""

from functools import cache
from importlib import import_module
from pathlib import Path

from poise.errors import PoiseError, did_you_mean
from poise.methods.contract import (
    Doubts,
    Learns,
    Lesson,
    Lifter,
    LooksTwice,
    Method,
    Result,
    Scheme,
    TokenLifter,
)

# A new method is a folder and a line here; it is imported when it is asked for.
METHODS = {
    "simplebaseline": "poise.methods.simplebaseline",
    "videopose3d": "poise.methods.videopose3d",
    "semgcn": "poise.methods.semgcn",
    "stgcn": "poise.methods.stgcn",
    "mixste": "poise.methods.mixste",
    "ktpformer": "poise.methods.ktpformer",
    "convformer": "poise.methods.convformer",
    "mhformer": "poise.methods.mhformer",
    "dstformer": "poise.methods.dstformer",
    "motionagformer": "poise.methods.motionagformer",
    "d3dp": "poise.methods.d3dp",
    "gla_gcn": "poise.methods.gla_gcn",
    "uao": "poise.methods.uao",
}

# Published ways to train any of them for other data, which poise.adapt puts together.
SCHEMES = {"poseaug": "poise.methods.poseaug", "poseda": "poise.methods.poseda"}

# What goes around another method, as in hot+mixste.
WRAPPERS = {"hot": "poise.methods.hot", "tpc": "poise.methods.hot"}
# Those that are published; any other one of a wrapper and a token lifter is there as well.
WRAPPED = (
    *("hot+mixste", "tpc+mixste", "tpc+mhformer"),
    *("hot+dstformer", "tpc+dstformer", "hot+motionagformer"),
)

# What others call them: papers, and the reference vectors.
ALIASES = {
    "gla-gcn": "gla_gcn",
    "motionbert": "dstformer",
    "motionbert (DSTformer)": "dstformer",
    "hot: token selection alone": "hot+mixste",
    "poseaug-lifters: mlp": "simplebaseline",
    "poseaug-lifters: videopose": "videopose3d",
    "poseaug-lifters: stgcn": "stgcn",
    "poseaug-lifter-mlp": "simplebaseline",
    "poseaug-lifter-videopose": "videopose3d",
    "poseaug-ops": "poseaug",
    "poseaug-generator": "poseaug",
    "poseaug-discriminators": "poseaug",
    "poseaug-losses": "poseaug",
    "poseda-gpa": "poseda",
    "gumlp": "uao",
}

__all__ = [
    "ALIASES",
    "METHODS",
    "SCHEMES",
    "WRAPPED",
    "Doubts",
    "Learns",
    "Lesson",
    "Lifter",
    "LooksTwice",
    "Method",
    "Result",
    "Scheme",
    "TokenLifter",
    "card",
    "described",
    "method",
    "names",
]


def names() -> list[str]:
    """All methods that are listed: the plain ones, and the published ones around them."""
    return [*METHODS, *WRAPPED]


@cache
def method(name: str) -> Method:
    """One of the methods by its name; hot+NAME and tpc+NAME are hourglasses around one."""
    name = ALIASES.get(name, name)
    wrapper, plus, inner = name.partition("+")
    if plus and wrapper in WRAPPERS:
        return import_module(WRAPPERS[wrapper]).over(method(inner), wrapper)
    if name not in METHODS:
        raise PoiseError(f"no method is called {name!r}{did_you_mean(name, names())}")
    return import_module(METHODS[name]).METHOD


def described(name: str) -> Method | Scheme:
    """A method, or a way to train methods, by its name."""
    name = ALIASES.get(name, name)
    if name not in SCHEMES:
        return method(name)
    scheme: Scheme = import_module(SCHEMES[name]).SCHEME
    return scheme


def card(name: str) -> str:
    """What a method is, what is published about it, and what is reproduced here."""
    chosen = described(name)  # says it if there is none
    wrapper, plus, _ = chosen.name.partition("+")
    folder = WRAPPERS[wrapper] if plus else (METHODS | SCHEMES)[chosen.name]
    path = Path(__file__).parent / folder.rpartition(".")[2] / "card.md"
    return path.read_text(encoding="utf-8")
