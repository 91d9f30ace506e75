"""From video, photos or 2D keypoints to clean 3D human motion.

>>> import poise
>>> motions = poise.lift("video.mp4")
>>> motion = poise.load("walk.bvh")
>>> body = poise.solve(motion)
"""

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from poise.body import solve
    from poise.cameras import Camera
    from poise.data import load
    from poise.errors import PoiseError
    from poise.motion import Body, Keypoints, Motion
    from poise.pipeline import lift
    from poise.skeletons import Skeleton

_HOME = {
    "Body": "poise.motion",
    "Camera": "poise.cameras",
    "Keypoints": "poise.motion",
    "Motion": "poise.motion",
    "PoiseError": "poise.errors",
    "Skeleton": "poise.skeletons",
    "lift": "poise.pipeline",
    "load": "poise.data",
    "solve": "poise.body",
}

_ROOMS = (
    "angles",
    "bench",
    "body",
    "cameras",
    "conversions",
    "data",
    "detect",
    "export",
    "lifting",
    "metrics",
    "pipeline",
    "refine",
    "render",
    "report",
    "resampling",
    "retarget",
    "skeletons",
    "track",
    "video",
)

__all__ = [
    "Body",
    "Camera",
    "Keypoints",
    "Motion",
    "PoiseError",
    "Skeleton",
    "__version__",
    "lift",
    "load",
    "solve",
]


def __getattr__(name: str) -> object:
    """Bring a public name in when it is first used: `import poise` alone costs nothing."""
    import importlib

    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
    elif name in _ROOMS:
        value = importlib.import_module(f"poise.{name}")
    else:
        raise AttributeError(f"module 'poise' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME, *_ROOMS])
