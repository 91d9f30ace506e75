"""The published systems, one folder each, all alike: model, config, weights, vectors, card.

>>> from poise.methods import method
>>> videopose3d = method("videopose3d")
>>> network = videopose3d.network(videopose3d.config(widths=(3, 3, 3)))
"""

from importlib import import_module
from pathlib import Path

from poise.errors import PoiseError, did_you_mean
from poise.methods.contract import Lifter, Method, Result

# A new method is a folder and a line here; it is imported when it is asked for.
METHODS = {
    "simplebaseline": "poise.methods.simplebaseline",
    "videopose3d": "poise.methods.videopose3d",
    "mixste": "poise.methods.mixste",
    "ktpformer": "poise.methods.ktpformer",
    "convformer": "poise.methods.convformer",
    "mhformer": "poise.methods.mhformer",
    "dstformer": "poise.methods.dstformer",
    "motionagformer": "poise.methods.motionagformer",
    "d3dp": "poise.methods.d3dp",
}

__all__ = ["METHODS", "Lifter", "Method", "Result", "card", "method"]


def method(name: str) -> Method:
    """One of the methods by its name."""
    if name not in METHODS:
        raise PoiseError(f"no method is called {name!r}{did_you_mean(name, list(METHODS))}")
    return import_module(METHODS[name]).METHOD


def card(name: str) -> str:
    """What a method is, what is published about it, and what is reproduced here."""
    method(name)  # says it if there is none
    return (Path(__file__).parent / name / "card.md").read_text(encoding="utf-8")
