"""Training: recipes, the loop, checkpoints.

>>> from poise.train import RECIPES, train_lifter
>>> train_lifter(RECIPES["videopose3d"], library, "runs/videopose3d")
"""
