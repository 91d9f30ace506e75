"""What `poise adapt` adapts to: 2D tracks of videos, files, folders, or of the open benchmark."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from poise.data import MotionLibrary
from poise.errors import PoiseError
from poise.lifting import TrainedLifter
from poise.motion import Keypoints
from poise.pipeline import Way, tracks_in

_log = logging.getLogger(__name__)

_KEYPOINTS = (".npz", ".json")
_VIDEOS = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".gif")
_OPENPOSE = "*_keypoints.json"  # a file for each frame: the folder is one video


@dataclass(frozen=True, eq=False, kw_only=True)
class Reading:
    """What is needed to read a target."""

    library: MotionLibrary  # for the benchmark's own
    way: Way
    lifter: TrainedLifter  # by which an unknown focal length is guessed
    folder: Path  # where tracks of videos are kept, so that a second run need not watch again
    show: Callable[[str, float, str], None]


def tracks_of(targets: Sequence[str], reading: Reading) -> tuple[list[Keypoints], tuple[str, ...]]:
    """Everybody's tracks with their cameras, and what was assumed, in words."""
    from poise.data import open_benchmark

    tracks: list[Keypoints] = []
    assumed: list[str] = []
    for name in targets:
        if name in open_benchmark.TRACKS and not Path(name).exists():
            track = replace(open_benchmark.track(name), labelled=False)
            views = open_benchmark.views(reading.library, track)
            tracks += [view.keypoints for view in views]
            continue
        for source in _sources(name):
            found = _people(source, reading)
            if not found:
                assumed.append(f"{source}: nobody was found in it")
            elif any(person.camera is None for person in found):
                found, words = _with_camera(source, found, reading.lifter)
                assumed.append(words)
            tracks += found
    return tracks, tuple(assumed)


def _sources(name: str) -> Iterator[Path]:
    """The videos and keypoint files of a folder, or the file itself."""
    path = Path(name)
    if not path.exists():
        from poise.data.open_benchmark import TRACKS

        raise PoiseError(
            f"{name}: no such file or folder, nor a track of the open benchmark "
            f"({', '.join(TRACKS)})"
        )
    if not path.is_dir() or any(path.glob(_OPENPOSE)):
        yield path
        return
    inside = sorted(
        each for each in path.iterdir() if each.suffix.lower() in (*_KEYPOINTS, *_VIDEOS)
    )
    if not inside:
        raise PoiseError(
            f"{name}: holds no video ({' '.join(_VIDEOS)}) and no keypoints "
            f"({' '.join(_KEYPOINTS)})"
        )
    yield from inside


def _people(source: Path, reading: Reading) -> list[Keypoints]:
    if source.is_dir() or source.suffix.lower() in _KEYPOINTS:
        return tracks_in(source, reading.way)
    kept = reading.folder / "target" / f"{source.stem}-{_stamp(source, reading.way)}"
    done = kept / "all"  # says that everybody is there
    if not done.exists():
        found = tracks_in(source, reading.way, progress=reading.show)
        kept.mkdir(parents=True, exist_ok=True)
        for number, person in enumerate(found, 1):
            person.save(kept / f"person{number}.npz")
        done.write_text(f"{len(found)}\n")
        return found
    count = int(done.read_text())
    _log.info("%s was watched before", source)
    return [Keypoints.load(kept / f"person{number}.npz") for number in range(1, count + 1)]


def _stamp(source: Path, way: Way) -> str:
    """Another one for another file, or for one that was watched in another way."""
    facts = source.stat()
    words = (str(source.resolve()), facts.st_size, facts.st_mtime_ns, way.detector, way.fps)
    lens = (way.fov_deg, way.focal_px, way.image_size)
    return hashlib.sha256(repr((words, lens)).encode()).hexdigest()[:8]


def _with_camera(
    source: Path, people: list[Keypoints], lifter: TrainedLifter
) -> tuple[list[Keypoints], str]:
    """With the camera that is guessed for this file."""
    from poise.adapt import guess_camera

    camera = guess_camera(people, lifter)
    words = f"{source}: the camera is not known: a focal length of {camera.fx:.0f} px is guessed"
    return [replace(person, camera=camera) for person in people], words
