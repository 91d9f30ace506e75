"""Motion in the files of other programs.

>>> from poise.export import export
>>> export([body], "out", "walk", ["blender"])
"""

from poise.export.gaps import bridged
from poise.export.naming import with_names
from poise.export.targets import TARGETS, Target

__all__ = ["TARGETS", "Target", "bridged", "with_names"]
