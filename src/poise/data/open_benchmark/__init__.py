"""The open benchmark: real motion, synthetic cameras, a synthetic detector, no registration.

Everything follows from the motion and from the names of its clips: the same draws on every
machine, and from them the same pixels to 1e-9 (to the bit on machines that round alike).

>>> from poise.data.open_benchmark import NOISY, views
>>> for view in views(library, NOISY):
...     motion = lift(view.keypoints)
"""

from poise.data.open_benchmark.cache import cached_views, views_folder
from poise.data.open_benchmark.cameras import KINDS, STD, A, B, CameraKind, camera_kind
from poise.data.open_benchmark.motions import VERSION, official, ready, standing
from poise.data.open_benchmark.segments import Segment, segments
from poise.data.open_benchmark.tracks import (
    GT,
    NOISY,
    SHIFT_GT,
    SHIFT_NOISY,
    SHIFT_ORACLE,
    SHIFT_SOURCE,
    SHIFT_TARGET,
    TRACKS,
    Track,
    clips_of,
    track,
)
from poise.data.open_benchmark.views import View, views

__all__ = [
    "GT",
    "KINDS",
    "NOISY",
    "SHIFT_GT",
    "SHIFT_NOISY",
    "SHIFT_ORACLE",
    "SHIFT_SOURCE",
    "SHIFT_TARGET",
    "STD",
    "TRACKS",
    "VERSION",
    "A",
    "B",
    "CameraKind",
    "Segment",
    "Track",
    "View",
    "cached_views",
    "camera_kind",
    "clips_of",
    "official",
    "ready",
    "segments",
    "standing",
    "track",
    "views",
    "views_folder",
]
