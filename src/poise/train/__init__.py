"""Training: recipes, the loop, checkpoints.

>>> from poise.train import RECIPES, train_lifter
>>> train_lifter(RECIPES["videopose3d"], library, Path("runs/videopose3d"))
"""

from poise.train.loop import Progress, train_lifter
from poise.train.recipe import Loss, Optimiser, Recipe, Schedule, Views
from poise.train.recipes import RECIPES, recipe
from poise.train.stopping import Stopped

__all__ = [
    "RECIPES",
    "Loss",
    "Optimiser",
    "Progress",
    "Recipe",
    "Schedule",
    "Stopped",
    "Views",
    "recipe",
    "train_lifter",
]
