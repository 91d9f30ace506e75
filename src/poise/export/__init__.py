"""Motion in the files of other programs.

>>> from poise.export import export
>>> export([body], Path("out"), "walk", ["blender"])
"""

from poise.export.exporting import Wishes, check_names, export
from poise.export.formats import FORMATS
from poise.export.gaps import bridged
from poise.export.naming import with_names
from poise.export.targets import TARGETS, Target

__all__ = [
    "FORMATS",
    "TARGETS",
    "Target",
    "Wishes",
    "bridged",
    "check_names",
    "export",
    "with_names",
]
