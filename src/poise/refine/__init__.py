"""From what a lifter answers to motion that one can use: calm, and placed in the world."""

from poise.refine.one_euro import OneEuro
from poise.refine.placing import place
from poise.refine.smoothing import smooth
from poise.refine.steadiness import jitter

__all__ = ["OneEuro", "jitter", "place", "smooth"]
