"""The open benchmark: real motion, synthetic cameras, a synthetic detector, no registration.

Everything follows from the motion and from the names of its clips, to the bit.

>>> from poise.data.open_benchmark import NOISY, views
>>> for view in views(library, NOISY):
...     motion = lift(view.keypoints)
"""

from poise.data.open_benchmark.cache import VERSION, cached_views
from poise.data.open_benchmark.cameras import KINDS, CameraKind, camera_kind
from poise.data.open_benchmark.motions import official
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
    "TRACKS",
    "VERSION",
    "CameraKind",
    "Segment",
    "Track",
    "View",
    "cached_views",
    "camera_kind",
    "clips_of",
    "official",
    "segments",
    "track",
    "views",
]
