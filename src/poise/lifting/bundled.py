"""The lifter that comes with poise."""

from functools import cache
from importlib import resources
from pathlib import Path

from poise.lifting.trained import TrainedLifter, load_lifter

NAME = "everyday"


def bundled_path() -> Path:
    """Where its weights are, for tools that want the file; its card lies beside."""
    return Path(str(resources.files("poise.lifting"))) / "weights" / f"{NAME}.safetensors"


@cache
def bundled_lifter() -> TrainedLifter:
    """Real and made motion, phones' cameras, a detector's noise: `weights/everyday.md`."""
    return load_lifter(bundled_path())
