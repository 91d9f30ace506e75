"""From a video to everybody's motion in one world: the whole way on one page.

>>> motions = poise.lift("video.mp4")
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from poise.body.solving import Feet, solve
from poise.cameras import Camera
from poise.conversions import convert
from poise.detect import Detections, Detector, Pieces, detect, detector
from poise.detect.confidences import as_trained, sigma_factor
from poise.detect.reading import read_2d
from poise.errors import PoiseError
from poise.files import PathLike
from poise.lifting import Engine, Refinement, TrainedLifter, bundled_lifter, load_lifter
from poise.motion import Body, Keypoints, Motion
from poise.refine import jitter, place, smooth
from poise.track import Tracked, choose, follow
from poise.track.gaps import bridge
from poise.video import Video, open_video

Source = PathLike | int | Keypoints | Sequence[Keypoints] | Detections
"""A video, a photo, a folder of photos, a webcam's number, "-" for a pipe, or 2D keypoints."""

Progress = Callable[[str, float, str], None]
"""Called with what is being done, the share that is done, and how much that is."""

_LONGEST_BRIDGE = 0.5  # seconds without a sighting that are filled in
_LEAST_SECONDS = 0.5  # that somebody must be seen


@dataclass(frozen=True, eq=False, kw_only=True)
class Person:
    """One person, from the 2D track to the motion in the world."""

    tracked: Tracked
    keypoints: Keypoints  # on the joints of the motion
    motion: Motion  # lifted, smoothed and placed
    body: Body | None  # the skeleton that moves so; None: it was not asked for
    jitter_before: float  # of the lifted motion, m/s²
    jitter: float  # of the body, or of the smoothed motion

    @property
    def path_m(self) -> float:
        """How far the person goes; what is missing counts as a straight line."""
        root = self.motion.root[np.isfinite(self.motion.root).all(axis=-1)]
        return float(np.linalg.norm(np.diff(root, axis=0), axis=-1).sum())


@dataclass(frozen=True, eq=False, kw_only=True)
class Lifted:
    """Everybody, and how it went."""

    people: tuple[Person, ...]
    found: Detections | None  # None: the tracks were given
    seconds: dict[str, float]  # that each stage took
    warnings: tuple[str, ...] = ()
    live: bool = False  # the pictures came from a camera or a pipe, and are gone

    @property
    def motions(self) -> list[Motion]:
        """Everybody's motion; the most prominent person comes first."""
        return [person.motion for person in self.people]

    @property
    def bodies(self) -> list[Body]:
        """Everybody's skeleton, of those that have one."""
        return [person.body for person in self.people if person.body is not None]


@dataclass(frozen=True, kw_only=True)
class Way:
    """What may be chosen on the way from pixels to motion."""

    lifter: TrainedLifter | PathLike | None = None  # None: the one that comes with poise
    detector: str | Detector = "blazepose"
    people: str | Sequence[int] = "all"  # or "largest", "longest", or numbers from 1
    camera: Camera | None = None  # None: as the file says, or a usual one
    fov_deg: float | None = None  # the horizontal field of view, in place of a camera
    focal_px: float | None = None  # or a focal length
    height_m: float | Sequence[float] | None = None  # of everybody's bodies, or of each person's
    smoothing: float = 1.0  # times the usual; 0: none
    solve: bool = True  # make bodies: constant bones, rotations, feet that stand
    feet: Feet = "auto"  # "auto" holds them where they stand, "ground" on the floor, "off" nowhere
    flip: bool = True
    refine: Refinement | None = None  # answers that follow the picture: Refinement(), see there
    fps: float | None = None  # of a folder of pictures, or of 2D that does not say it
    image_size: tuple[int, int] | None = None  # width, height: of 2D that does not say it
    seconds: float | None = None  # of the video, from its start
    workers: int | None = None  # threads that detect; None: one for each core
    device: str = "auto"  # where the lifter computes

    def __post_init__(self) -> None:
        if not (np.isfinite(self.smoothing) and self.smoothing >= 0):
            raise PoiseError(f"smoothing is 0 or more, 1 is usual, not {self.smoothing}")
        if self.seconds is not None and not self.seconds > 0:
            raise PoiseError(f"{self.seconds} seconds of a video are none; give more than 0")
        given = (self.camera is not None, self.fov_deg is not None, self.focal_px is not None)
        if sum(given) > 1:
            raise PoiseError("give one of a camera, a field of view and a focal length")


def lift(source: Source, *, progress: Progress | None = None, **way: object) -> list[Motion]:
    """The joints of everybody in a video (or a photo, or 2D keypoints), moving through one room.

    >>> motions = poise.lift("video.mp4")
    >>> motions[0].save("walk.npz")

    The options are those of `Way`. World frame, z up, metres; `Motion.assumed` says what was not
    known. The list is empty if nobody was found. `lift_all` answers with bodies too.
    """
    wanted = Way(**{"solve": False, **way})  # type: ignore[arg-type]
    return lift_all(source, wanted, progress=progress).motions


def lift_all(
    source: Source,
    way: Way | None = None,
    *,
    pieces: Callable[[Video], Pieces] | None = None,
    progress: Progress | None = None,
) -> Lifted:
    """The same with all that is known besides; finished pieces of a video are kept in `pieces`."""
    way, watch = way or Way(), Stopwatch()
    found: Detections | None = None
    warnings: tuple[str, ...] = ()
    live = False
    with watch("loading"):
        engine = _engine(way)  # before hours of watching, in case it cannot be had
        tracks = _given(source, way)
    if tracks is None:
        with watch("watching"):
            found, warnings, live = _watch(source, way, pieces, progress)
        tracks = found
    with watch("telling apart"):
        tracked = _wanted(tracks, way)
    with watch("lifting"):
        detected = [_with_camera(one.keypoints, way) for one in tracked]
        raw = [_lift_one(engine, keypoints, progress) for keypoints in detected]
        seen = [convert(keypoints, engine.lifter.gives) for keypoints in detected]
    with watch("smoothing"):
        smoothed = [
            smooth(motion, keypoints.score, strength=way.smoothing) if way.smoothing else motion
            for motion, keypoints in zip(raw, seen, strict=True)
        ]
    with watch("placing"):
        placed = place(smoothed, seen, heights_m=_heights(way, len(seen)))
    with watch("solving"):
        bodies = _bodies(placed, detected, way, progress)
    with watch("measuring"):
        everybody = tuple(
            Person(
                tracked=one,
                keypoints=keypoints,
                motion=motion,
                body=body,
                jitter_before=jitter(before),
                jitter=jitter(
                    (motion if body is None else convert(body.motion, motion.skeleton)).relative()
                ),
            )
            for one, keypoints, before, motion, body in zip(
                tracked, seen, raw, placed, bodies, strict=True
            )
        )
    return Lifted(
        people=everybody, found=found, seconds=watch.seconds, warnings=warnings, live=live
    )


def tracks_in(
    source: Source, way: Way | None = None, *, progress: Progress | None = None
) -> list[Keypoints]:
    """Everybody's 2D track, the most prominent person's first, as lifters are shown them."""
    way = way or Way()
    tracks = _given(source, way)
    if tracks is None:
        tracks, _, _ = _watch(source, way, None, progress)
    return [as_trained(_with_camera(one.keypoints, way)) for one in _wanted(tracks, way)]


@dataclass
class Stopwatch:
    """How long each stage took."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[stage] = time.perf_counter() - start


def _given(source: Source, way: Way) -> Detections | list[Tracked] | None:
    """2D that somebody else has found; None for pixels."""
    if isinstance(source, Detections):
        return source
    if isinstance(source, Keypoints):
        source = [source]
    if isinstance(source, Sequence) and not isinstance(source, str):
        return [_as_tracked(keypoints) for keypoints in source]
    if isinstance(source, int) or not _is_2d(Path(source)):
        return None
    read = read_2d(source, fps=way.fps, image_size=way.image_size)
    return read if isinstance(read, Detections) else [_as_tracked(track) for track in read]


def _is_2d(path: Path) -> bool:
    """Whether a file or folder is of keypoints, by the names of files: pixels have others."""
    if path.is_dir():
        return any(path.glob("*.json"))
    return path.suffix.lower() in (".json", ".npz")


def _as_tracked(keypoints: Keypoints) -> Tracked:
    """A track that was given: nothing is changed but that short gaps are filled."""
    seen = np.any(keypoints.score > 0, axis=1)
    if not seen.any():
        raise PoiseError("no joint is seen in any frame of this track: there is nothing to lift")
    first, last = np.flatnonzero(seen)[[0, -1]]
    inside = slice(first, last + 1)
    filled, bridged, missing = bridge(
        keypoints.xy[inside], keypoints.times[inside], seen[inside], _LONGEST_BRIDGE
    )
    xy = np.where(seen[:, None, None], keypoints.xy, np.nan)
    xy[inside] = filled
    return Tracked(
        keypoints=replace(keypoints, xy=xy), swaps_repaired=0, bridged=bridged, missing=missing
    )


def _wanted(tracks: Detections | list[Tracked], way: Way) -> list[Tracked]:
    """Those people who are asked for, told apart if nobody has yet."""
    return choose(_apart(tracks) if isinstance(tracks, Detections) else tracks, way.people)


def _apart(found: Detections) -> list[Tracked]:
    """Everybody; who is in half of a short clip, or in a photo, is no mistake of the detector."""
    lasts = float(found.times[-1] - found.times[0])
    return follow(found, least_seconds=min(_LEAST_SECONDS, lasts / 2))


def _watch(
    source: Source,
    way: Way,
    pieces: Callable[[Video], Pieces] | None,
    progress: Progress | None,
) -> tuple[Detections, tuple[str, ...], bool]:
    """Everybody in a video, what went wrong with it, and whether it is gone now."""
    assert isinstance(source, str | int | Path) or hasattr(source, "__fspath__")
    finder = detector(way.detector) if isinstance(way.detector, str) else way.detector
    with open_video(source, fps=way.fps) as video:
        found = detect(
            video,
            finder,
            workers=way.workers,
            pieces=None if pieces is None else pieces(video),
            seconds=way.seconds,
            progress=progress,
        )
        warnings = [] if video.broken is None else [video.broken]
        if video.skipped:
            warnings.append(f"{video.skipped} pictures could not be decoded")
    return found, tuple(warnings), video.live


def _engine(way: Way) -> Engine:
    lifter = way.lifter
    if lifter is None:
        lifter = bundled_lifter()
    elif not isinstance(lifter, TrainedLifter):
        lifter = load_lifter(lifter)
    return Engine(lifter, flip=way.flip, refine=way.refine, device=way.device)


def _with_camera(keypoints: Keypoints, way: Way) -> Keypoints:
    """A track with the camera that was given, if one was."""
    width, height = keypoints.image_size
    camera = keypoints.camera if way.camera is None else way.camera
    if way.fov_deg is not None:
        camera = Camera.from_field_of_view(width, height, horizontal_deg=way.fov_deg)
    if way.focal_px is not None:
        camera = Camera.from_focal(width, height, way.focal_px)
    return replace(keypoints, camera=camera)


def _lift_one(engine: Engine, keypoints: Keypoints, progress: Progress | None) -> Motion:
    """The motion of one track; NaN where nobody was seen for too long to be filled in."""
    motion = engine(as_trained(keypoints), progress)
    unseen = np.isnan(keypoints.xy).all(axis=(1, 2))
    xyz, sigma = np.where(unseen[:, None, None], np.nan, motion.xyz), motion.sigma
    if sigma is not None:
        sigma = np.where(unseen[:, None], np.nan, sigma_factor(keypoints) * sigma)
    return replace(motion, xyz=xyz, sigma=sigma)


def _bodies(
    placed: list[Motion], tracks: list[Keypoints], way: Way, progress: Progress | None
) -> list[Body | None]:
    if not way.solve:
        return [None] * len(placed)
    return [
        solve(motion, track, feet=way.feet, progress=progress)
        for motion, track in zip(placed, tracks, strict=True)
    ]


def _heights(way: Way, people: int) -> list[float | None]:
    """A body height for each person; None where none was given."""
    given = way.height_m
    if given is None or isinstance(given, int | float):
        heights: list[float | None] = [given] * people
    else:
        heights = [*given, *[None] * (people - len(given))]
        if len(given) > people:
            raise PoiseError(f"{len(given)} body heights are given, and {people} people were found")
    for height in heights:
        if height is not None and not 0.4 < height < 2.6:
            raise PoiseError(f"a body height of {height:g} m is not a person's; give metres")
    return heights
