"""Views kept in files for those who want them: read back to the bit, made anew if damaged."""

import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import numpy as np

from poise.cameras import Camera
from poise.data.library import MotionLibrary
from poise.data.open_benchmark.motions import VERSION, joints_of
from poise.data.open_benchmark.segments import segments
from poise.data.open_benchmark.tracks import Track, clips_of
from poise.data.open_benchmark.views import Subject, View, film, view
from poise.data.places import data_folder
from poise.errors import PoiseError
from poise.files import PathLike, load_npz, save_npz

_SCHEMA = f"OpenBenchmarkViews/{VERSION}"

_log = logging.getLogger(__name__)


def cached_views(
    library: MotionLibrary, track: Track, folder: PathLike | None = None
) -> Iterator[View]:
    """The views of a track, read from the files that `poise data prepare` or a call before made.

    What is missing is filmed and written, one file for each segment, complete or not there at all;
    so work that was stopped goes on where it was. Other motion, another track and another version
    have folders of their own, all in `folder` (without it, in `views_folder()`).

    >>> for view in cached_views(library, NOISY):
    ...     motion = lift(view.keypoints)
    """
    clips = clips_of(library, track)
    home = Path(views_folder() if folder is None else folder) / folder_name(library, track)
    cuts = [(clip, segment) for clip in clips for segment in segments(clip.key, clip.frames)]
    paths = {segment: home / f"{quote(segment.id, safe='@')}.npz" for _, segment in cuts}
    ready = sum(path.exists() for path in paths.values())
    if ready < len(cuts):
        _log.info("%s: %d of %d segments are ready, making the rest", home, ready, len(cuts))
    read, xyz, warned = "", np.zeros((0, 17, 3)), False
    for clip, segment in cuts:
        path = paths[segment]
        found = None
        if path.exists():
            try:
                found = _load(path, segment.id, clip.subject, track)
            except PoiseError as error:
                if not warned:
                    _log.warning("damaged cache, made again where needed: %s", error)
                warned = True
        if found is None:
            if read != clip.key:
                read, xyz = clip.key, joints_of(library, clip)
            found = film(xyz, segment, clip.subject, track)
            _save(path, found, segment.id)
        yield from found


def views_folder() -> Path:
    """Where views are kept if nobody says where: `open-benchmark` in poise's data folder."""
    return data_folder() / "open-benchmark"


def folder_name(library: MotionLibrary, track: Track) -> str:
    """The name of the folder for these views: what they depend on, and nothing else."""
    content = library.select(split=track.split).content_hash()
    noise = "exact" if track.level is None else f"noise{float(track.level)!r}"
    half = "" if track.half == "all" else f"-{track.half}"
    unlabelled = "" if track.labelled else "-unlabelled"
    return f"open{VERSION}-{track.split}{half}-{track.kind}-{noise}{unlabelled}-{content[:16]}"


def _save(path: Path, views: list[View], segment: str) -> None:
    cameras = [view.keypoints.camera for view in views]
    about = {"segment": segment, "cameras": [c.to_dict() for c in cameras if c is not None]}
    arrays = {
        "xy": np.stack([view.keypoints.xy for view in views]),
        "score": np.stack([view.keypoints.score for view in views]),
    }
    targets = [view.target.xyz for view in views if view.target is not None]
    if targets:
        arrays["xyz"] = np.stack(targets)
    save_npz(path, _SCHEMA, about, **arrays)


def _load(path: Path, segment: str, subject: Subject, track: Track) -> list[View]:
    about, arrays = load_npz(path, _SCHEMA)
    try:
        if about["segment"] != segment or ("xyz" in arrays) != track.labelled:
            raise PoiseError("holds another view")
        xyz = arrays.get("xyz", [None] * len(about["cameras"]))
        return [
            view(
                segment,
                number,
                subject,
                track,
                Camera.from_dict(camera),
                arrays["xy"][number],
                arrays["score"][number],
                xyz[number],
            )
            for number, camera in enumerate(about["cameras"])
        ]
    except (PoiseError, KeyError, IndexError) as error:
        raise PoiseError(f"{path}: damaged: {error}") from error
