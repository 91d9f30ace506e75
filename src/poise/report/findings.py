"""What is known after a video was lifted: everything that the page tells."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import UInt8

from poise.cameras import Camera
from poise.errors import PoiseError
from poise.motion import Body, Keypoints, Motion
from poise.skeletons import FIGURE27

Span = tuple[float, float]
"""From when to when, in seconds of the video."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One part of the work, and how long it took."""

    name: str
    seconds: float
    frames: int = 0  # 0: not a matter of frames


@dataclass(frozen=True, eq=False, kw_only=True)
class Person:
    """One person of the video."""

    track: Keypoints  # as it was lifted
    motion: Motion
    seconds_visible: float
    bridged: tuple[Span, ...] = ()  # not seen, and filled in from before and after
    missing: tuple[Span, ...] = ()  # not seen for too long to be filled in
    swaps_repaired: int = 0  # stretches in which left and right were exchanged back
    jitter_before: float | None = None  # mean acceleration of the joints, m/s²
    jitter_after: float | None = None
    height: float | None = None  # metres
    body: Body | None = None  # the solved skeleton, on figure27

    def __post_init__(self) -> None:
        if self.body is None:
            return
        skeleton = self.body.motion.skeleton
        if (skeleton.joints, skeleton.parents) != (FIGURE27.joints, FIGURE27.parents):
            raise PoiseError(
                f"Person: a solved body is on figure27, not on {skeleton.name}; solve the motion: "
                "poise.body.solve(motion)"
            )


@dataclass(frozen=True, eq=False, kw_only=True)
class Findings:
    """A video, everybody in it, and how that was found.

    >>> findings = Findings(
    ...     source="walk.mp4", image_size=(1920, 1080), fps=30, seconds=12.4, frames=372,
    ...     camera=camera, camera_known_from="", people=people, strip=pictures,
    ... )
    >>> write_report("walk.html", findings)
    """

    source: str  # the video's name
    image_size: tuple[int, int]  # width, height
    fps: float
    seconds: float
    frames: int
    variable_rate: bool = False
    camera: Camera | None = None
    camera_known_from: str = ""  # "the file", "--fov 62"; empty: the field of view is assumed
    people: tuple[Person, ...] = ()
    strip: tuple[tuple[float, UInt8[np.ndarray, "height width 3"]], ...] = ()  # (time, raw picture)
    assumed: tuple[str, ...] = ()  # besides what each motion's `assumed` says
    warnings: tuple[str, ...] = ()  # "the video broke off at 3.2 s"
    stages: tuple[Stage, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)  # {"poise": "0.1.0"}

    def __post_init__(self) -> None:
        if not (self.seconds >= 0 and self.fps > 0 and self.frames >= 0):
            raise PoiseError(
                f"Findings: {self.frames} frames in {self.seconds} s at {self.fps} fps "
                "are not the facts of a video"
            )
