"""PoseDA: a trained lifter, and 2D of where it is to be used, make a lifter adapted to that.

>>> from poise.adapt import Adaptation, adapt_lifter
>>> adapted = adapt_lifter(lifter, library, tracks, Adaptation(), Path("runs/adapted"))
"""

from poise.adapt.guessing import guess_camera
from poise.adapt.loop import Adapted, Progress, adapt_lifter, trained_as
from poise.adapt.recipe import Adaptation, Augmentation
from poise.adapt.target import Target
from poise.adapt.watching import misfit

__all__ = [
    "Adaptation",
    "Adapted",
    "Augmentation",
    "Progress",
    "Target",
    "adapt_lifter",
    "guess_camera",
    "misfit",
    "trained_as",
]
