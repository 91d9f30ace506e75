"""From 2D to 3D: any lifter on any clip.

>>> lifter = load_lifter("videopose3d.safetensors")
>>> motion = lift_track(keypoints, lifter=lifter)
"""

from poise.lifting.bundled import bundled_lifter, bundled_path
from poise.lifting.engine import Engine, lift_track
from poise.lifting.framing import Framing
from poise.lifting.published import load_published
from poise.lifting.refining import Refinement
from poise.lifting.stretching import stretched
from poise.lifting.trained import TrainedLifter, load_lifter, save_lifter

__all__ = [
    "Engine",
    "Framing",
    "Refinement",
    "TrainedLifter",
    "bundled_lifter",
    "bundled_path",
    "lift_track",
    "load_lifter",
    "load_published",
    "save_lifter",
    "stretched",
]
