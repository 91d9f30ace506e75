"""`poise data show`: a picture or an animation of a file's motion."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from poise.errors import PoiseError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poise.motion import Keypoints, Motion

View = Literal["three-quarter", "front", "side", "top"]

_MOST_ROWS = 12  # of a library that is shown without a choice


def show(
    path: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="PATH")],
    *,
    key: Annotated[str | None, tyro.conf.arg(metavar="KEY", help_behavior_hint="")] = None,
    out: Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="")] = None,
    frames: Annotated[str | None, tyro.conf.arg(metavar="A:B", help_behavior_hint="")] = None,
    view: View = "three-quarter",
) -> None:
    """Draw motion or 2D keypoints: a sheet of frames as .png, an animation as .gif or .webp.

    The person's left is blue, the right is orange. Of a library, one clip or the first twelve.

    Example: poise data show walk.bvh --out walk.gif --view side

    Args:
        path: Motion, 2D keypoints, a library, a folder of motion, or a file of benchmark views.
        key: Which clip of a library or folder.
        out: The picture to write; without it, NAME.poise.png in this folder.
        frames: Only from frame A up to B; either may be left out.
        view: Where to look from.
    """
    chosen = _slice(frames)
    # A name of its own: `walk.png` may be a photo that nobody meant to replace.
    target = out or Path(f"{_name(path, key)}.poise.png")
    tracks = _tracks(path, key)
    _cut(tracks, chosen)
    _draw(tracks, target, view)
    print(f"drawn: {target}")


def _name(path: Path, key: str | None) -> str:
    """What the picture is called: after the clip, else after the file or the folder."""
    name = key.replace("/", "_") if key else path.resolve().name.lstrip(".").partition(".")[0]
    return name or "motion"


def _slice(frames: str | None) -> slice:
    if frames is None:
        return slice(None)
    found = re.fullmatch(r"(\d*):(\d*)", frames)
    if found is None:
        raise PoiseError(f"--frames {frames}: write it as A:B, such as 30:90, :60 or 120:")
    start, stop = (int(number) if number else None for number in found.groups())
    if stop is not None and stop <= (start or 0):
        raise PoiseError(f"--frames {frames}: these are no frames; B must be greater than A")
    return slice(start, stop)


def _tracks(path: Path, key: str | None) -> "dict[str, Motion | Keypoints]":
    from poise.data.library import MotionLibrary
    from poise.data.loading import kind_of, load
    from poise.files import npz_kind
    from poise.motion import Keypoints

    kind = "" if path.is_dir() or kind_of(path) != "npz" else npz_kind(path)
    if path.is_dir() or kind == "MotionLibrary":
        library = MotionLibrary.open(path)
        keys = [key] if key else [clip.key for clip in library][:_MOST_ROWS]
        return {key: library[key] for key in keys}
    if key is not None:
        raise PoiseError(f"{path}: holds one track, no clips to choose from by --key")
    if kind == "OpenBenchmarkViews":
        return dict(_views(path))
    return {path.name: Keypoints.load(path) if kind == "Keypoints" else load(path)}


def _views(path: Path) -> "Iterator[tuple[str, Keypoints]]":
    """What each camera of a file of benchmark views saw."""
    from poise.cameras import Camera
    from poise.data.open_benchmark import GT, VERSION
    from poise.data.open_benchmark.views import view
    from poise.files import load_npz

    about, arrays = load_npz(path, f"OpenBenchmarkViews/{VERSION}")
    segment = about["segment"]
    for number, told in enumerate(about["cameras"]):
        lens, xy, score = Camera.from_dict(told), arrays["xy"][number], arrays["score"][number]
        seen = view(segment, number, None, GT, lens, xy, score, None)
        yield f"{segment}, camera {number}", seen.keypoints


def _cut(tracks: "dict[str, Motion | Keypoints]", chosen: slice) -> None:
    """Cut each track to the frames chosen, in place."""
    for name, track in tracks.items():
        if (chosen.start or 0) >= len(track):
            raise PoiseError(f"{name}: has {len(track)} frames, none from {chosen.start} on")
        tracks[name] = track[chosen]


def _draw(tracks: "dict[str, Motion | Keypoints]", target: Path, view: View) -> None:
    from poise.motion import Keypoints, Motion
    from poise.render import animate, contact_sheet, film_strip

    motions = {name: track for name, track in tracks.items() if isinstance(track, Motion)}
    flat = {name: track for name, track in tracks.items() if isinstance(track, Keypoints)}
    match target.suffix.lower():
        case ".png" if flat:
            film_strip(flat, target)
        case ".png":
            contact_sheet(motions, target, view=view)
        case ".gif" | ".webp" if flat:
            raise PoiseError(f"{target}: 2D keypoints are drawn as a .png")
        case ".gif" | ".webp" if len(motions) > 1:
            raise PoiseError(f"{target}: an animation shows one clip; choose one by --key")
        case ".gif" | ".webp":
            animate(list(motions.values()), target, view=view)
        case _:
            raise PoiseError(f"{target}: a picture is a .png, an animation a .gif or .webp")
