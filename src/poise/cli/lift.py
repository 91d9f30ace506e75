"""`poise lift VIDEO`: everybody in a video, as motion in one world."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from poise.cli.progress import progress
from poise.cli.refining import Refine, chosen_refinement
from poise.cli.threads import use_threads
from poise.errors import PoiseError
from poise.tables import table

if TYPE_CHECKING:
    from poise.pipeline import Lifted

_MOST = 20  # people that are listed
NOBODY = 1  # the exit status when all went well and nobody was found


def lift(
    source: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="VIDEO")],
    *,
    to: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME ...")] = ("blender",),
    out: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER", help_behavior_hint="")] = None,
    overlay: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    report: bool = True,
    people: Annotated[tuple[str, ...], tyro.conf.arg(metavar="WHO ...")] = ("all",),
    height: Annotated[
        tuple[float, ...], tyro.conf.arg(metavar="METRES ...", help_behavior_hint="")
    ] = (),
    fov: Annotated[float | None, tyro.conf.arg(metavar="DEGREES", help_behavior_hint="")] = None,
    focal: Annotated[float | None, tyro.conf.arg(metavar="PIXELS", help_behavior_hint="")] = None,
    lifter: Annotated[Path | None, tyro.conf.arg(metavar="WEIGHTS", help_behavior_hint="")] = None,
    refine: Refine = "none",
    refine_iterations: Annotated[
        int | None, tyro.conf.arg(metavar="N", help_behavior_hint="")
    ] = None,
    refine_ms: Annotated[float | None, tyro.conf.arg(metavar="MS", help_behavior_hint="")] = None,
    detector: Annotated[str, tyro.conf.arg(metavar="NAME")] = "blazepose",
    smoothing: float = 1.0,
    feet: Literal["auto", "ground", "off"] = "auto",
    seconds: Annotated[float | None, tyro.conf.arg(metavar="S", help_behavior_hint="")] = None,
    fps: Annotated[float | None, tyro.conf.arg(metavar="FPS", help_behavior_hint="")] = None,
    size: Annotated[
        tuple[int, int] | None, tyro.conf.arg(metavar="WIDTH HEIGHT", help_behavior_hint="")
    ] = None,
    device: str = "auto",
    threads: Annotated[int | None, tyro.conf.arg(metavar="N", help_behavior_hint="")] = None,
) -> int:
    """Turn a video into 3D motion of everybody in it, in one world with z up, in metres.

    Leaves in the folder: video.glb and .bvh, which open in Blender; person1.npz, person2.npz …
    (poise.load reads them, poise export writes them for other programs); report.html. The same
    command again goes on where it was stopped, or killed, and gives the same result.

    Example: poise lift video.mp4 --to blender --overlay

    Args:
        source: A video, a photo, a folder of photos, a webcam's number, - for a pipe, or 2D
            keypoints: of poise, COCO, AlphaPose, OpenPose (a folder) or MMPose.
        to: Programs or formats to write for: blender, unity, unreal, mixamo, opensim; bvh, glb,
            usda, c3d, trc, mot, csv, json, png. A bare --to writes none.
        out: Where to leave what comes out; without it, NAME.poise in this folder.
        overlay: Write overlay.mp4 too: the video with everybody's joints drawn on it.
        report: Write report.html: what was found, how sure, and how long it took.
        people: Who: all, largest, longest, or numbers from 1, the most prominent person first.
        height: How tall the people are; one for all of them, or one for each.
        fov: The camera's horizontal field of view, where the file does not say it.
        focal: The same as a focal length in pixels.
        lifter: Weights that `poise train lift` left, in place of those that come with poise.
        refine: uao moves what the lifter is shown until its answer fits the picture better.
        refine_iterations: Steps of that; 4 are usual.
        refine_ms: The time for that, of each person; with it, results depend on the machine.
        detector: blazepose, or rtmpose (an extra, which fetches its models).
        smoothing: More or less than usual; 0 for none.
        feet: auto holds standing feet where they stand, ground only on the floor, off nowhere.
        seconds: Only so much of the video, from its start.
        fps: The frame rate of a folder of photos, or of 2D keypoints that do not say it.
        size: The image size of 2D keypoints that do not say it.
        device: Where the lifter computes: cpu, cuda, cuda:1, mps, or the fastest.
        threads: How many CPU threads to use; without it, all.
    """
    from poise.export import check_names
    from poise.pipeline import Way, lift_all
    from poise.results import Results

    use_threads(threads)
    way = Way(
        lifter=lifter,
        refine=chosen_refinement(refine, refine_iterations, refine_ms),
        detector=detector,
        people=_who(people),
        fov_deg=fov,
        focal_px=focal,
        height_m=None if not height else height[0] if len(height) == 1 else height,
        smoothing=smoothing,
        fps=fps,
        image_size=size,
        seconds=seconds,
        feet=feet,
        workers=threads,
        device=device,
    )
    check_names(to)
    results = Results(source, out, way)
    try:
        with progress() as show:
            lifted = lift_all(results.source, way, pieces=results.pieces, progress=show)
            written = results.write(lifted, to=to, report=report, overlay=overlay, progress=show)
    except BaseException:
        results.abandon()
        raise
    print(_told(lifted))
    for path in written[: 2 * _MOST]:
        print(path)
    if len(written) > 2 * _MOST:
        print(f"and {len(written) - 2 * _MOST} more in {results.folder}")
    for warning in lifted.warnings:
        print(f"poise: {source}: {warning}", file=sys.stderr)
    if not lifted.people:
        print(f"poise: {source}: nobody was found", file=sys.stderr)
        return NOBODY
    return 0


def _told(lifted: "Lifted") -> str:
    """A line for each person, and how long it took."""
    rows = [
        (
            f"person {number}",
            f"{person.motion.times[0]:.1f} to {person.motion.times[-1]:.1f} s",
            f"{len(person.motion)} frames",
            f"{person.path_m:.1f} m of way",
            f"jitter {person.jitter_before:.1f} -> {person.jitter:.1f} m/s²",
        )
        for number, person in enumerate(lifted.people[:_MOST], 1)
    ]
    more = len(lifted.people) - len(rows)
    took = sum(lifted.seconds.values())
    frames = 0 if lifted.found is None else len(lifted.found.times)
    pace = f", {frames / took:.0f} frames a second" if frames else ""
    others = f"and {more} people more" if more else ""
    return "\n".join(filter(None, [table(rows), others, f"{took:.1f} s{pace}"]))


def _who(words: tuple[str, ...]) -> str | list[int]:
    """all, largest, longest, or numbers."""
    if len(words) == 1 and not words[0].isdigit():
        return words[0]
    if words and all(word.isdigit() for word in words):
        return [int(word) for word in words]
    raise PoiseError(f"--people is all, largest, longest, or numbers, not {' '.join(words)!r}")
