"""The benchmark's tracks: which clips, filmed how, seen by which detector, and what may be read."""

from dataclasses import dataclass, replace
from typing import Literal

from poise.data.library import Clip, MotionLibrary
from poise.data.open_benchmark.cameras import CameraKind, camera_kind
from poise.data.open_benchmark.draws import seed
from poise.errors import PoiseError, did_you_mean

SPLITS = ("train", "val", "test")


@dataclass(frozen=True, kw_only=True)
class Track:
    """One set of views.

    >>> hard = replace(NOISY, level=2.0)
    >>> tuning = replace(NOISY, split="val")
    """

    split: str
    kind: str  # of camera: std, A or B
    level: float | None  # of the detector's noise; None: exact points
    half: Literal["all", "even", "odd"] = "all"  # of the clips, by the seeds of their keys
    labelled: bool = True  # False: the 3D and the cameras' poses are not given out

    def __post_init__(self) -> None:
        if self.split not in SPLITS:
            hint = did_you_mean(self.split, SPLITS)
            raise PoiseError(f"no split is called {self.split!r}{hint}")
        camera_kind(self.kind)
        if self.half not in ("all", "even", "odd"):
            raise PoiseError(f"half is 'all', 'even' or 'odd', not {self.half!r}")
        if self.level is not None and not 0 <= self.level < float("inf"):
            raise PoiseError(f"{self.level} is not a level of noise: 0 or more, or None for exact")

    @property
    def camera_kind(self) -> CameraKind:
        """The ranges its cameras are drawn from."""
        return camera_kind(self.kind)


GT = Track(split="test", kind="std", level=None)
NOISY = Track(split="test", kind="std", level=1.0)
SHIFT_SOURCE = Track(split="train", kind="A", level=None, half="even")
SHIFT_TARGET = Track(split="train", kind="B", level=1.0, half="odd", labelled=False)
SHIFT_ORACLE = replace(SHIFT_TARGET, labelled=True)  # the upper bound that adaptation is held to
SHIFT_GT = Track(split="test", kind="B", level=None)
SHIFT_NOISY = Track(split="test", kind="B", level=1.0)

TRACKS = {
    "gt": GT,
    "noisy": NOISY,
    "shift-source": SHIFT_SOURCE,
    "shift-target": SHIFT_TARGET,
    "shift-oracle": SHIFT_ORACLE,
    "shift-gt": SHIFT_GT,
    "shift-noisy": SHIFT_NOISY,
}


def track(name: str) -> Track:
    """One of the tracks by its name."""
    if name in TRACKS:
        return TRACKS[name]
    raise PoiseError(f"no track is called {name!r}{did_you_mean(name, list(TRACKS))}")


def clips_of(library: MotionLibrary, track: Track) -> MotionLibrary:
    """The clips that a track films, in the library's order."""
    _check_subjects(library)
    rest = {"all": (0, 1), "even": (0,), "odd": (1,)}[track.half]
    entries = tuple(
        entry
        for entry in library.select(split=track.split).entries
        if seed(entry.stored.key) % 2 in rest
    )
    if not entries:
        raise PoiseError(f"no clip of the split {track.split!r} is in its {track.half} half")
    return MotionLibrary(entries)


def _check_subjects(library: MotionLibrary) -> None:
    """A person who is in two splits would be tested by what was learnt from themself."""
    first_of: dict[str, Clip] = {}
    for clip in library:
        if clip.subject is None or not clip.split:
            continue
        first = first_of.setdefault(str(clip.subject), clip)
        if first.split != clip.split:
            raise PoiseError(
                f"subject {clip.subject} is in {first.split} (clip {first.key}) and in "
                f"{clip.split} (clip {clip.key}); splits must not share a person"
            )
