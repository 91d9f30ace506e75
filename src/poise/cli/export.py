"""`poise export`: motion as the files of other programs."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from poise.errors import PoiseError

if TYPE_CHECKING:
    from poise.motion import Body, Motion


def export(
    sources: Annotated[tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="PATH ...")],
    *,
    to: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME ...", help_behavior_hint="")] = (),
    out: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER", help_behavior_hint="")] = None,
    name: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="")] = None,
    fps: Annotated[float | None, tyro.conf.arg(metavar="FPS", help_behavior_hint="")] = None,
    rest: Annotated[
        Literal["T", "A"] | None, tyro.conf.arg(metavar="T|A", help_behavior_hint="")
    ] = None,
    gaps: Annotated[
        Literal["bridge", "open"] | None,
        tyro.conf.arg(metavar="bridge|open", help_behavior_hint=""),
    ] = None,
    unit: Annotated[
        Literal["m", "cm", "mm"] | None, tyro.conf.arg(metavar="m|cm|mm", help_behavior_hint="")
    ] = None,
    up: Annotated[
        Literal["y", "z"] | None, tyro.conf.arg(metavar="y|z", help_behavior_hint="")
    ] = None,
) -> None:
    """Write motion for other programs; of several files everybody goes into one scene.

    Programs: blender, unity, unreal, mixamo, opensim. Each sets formats, unit, axes, rest pose and
    names of bones. Formats: bvh, glb, usda, usdc, usdz, c3d, trc, mot, csv, json, npz, png.

    Example: poise export video.poise --to blender

    Args:
        sources: The folder that poise lift left, people of it (video.poise/person1.npz), or any
            other file of motion: BVH, AMC, glTF, C3D, TRC.
        to: Programs or formats, one or more.
        out: Where to write; without it, this folder.
        name: What the files are called; without it, as the file or the folder they come from.
        fps: Another frame rate; joints turn evenly between frames.
        rest: The pose of the rig without motion: T, arms out, or A, arms half-way down.
        gaps: bridge what is unknown, or leave it open; without it, only files without a mark for
            the unknown (BVH, GLB, USD, MOT) are bridged.
        unit: Of BVH, C3D, TRC and CSV; the others have their own.
        up: The vertical axis of BVH, USD, C3D, TRC and CSV.
    """
    from poise.data.loading import load_people
    from poise.export import Wishes
    from poise.export import export as write

    if not sources:
        raise PoiseError("name at least one file of motion; see poise export --help")
    files = _files(sources)
    people = [person for path in files for person in load_people(path)]
    written = write(
        people,
        out or Path(),
        _name(sources) if name is None else name,
        to,
        Wishes(fps=fps, rest=rest, gaps=gaps, unit=unit, up=up),
        solve=_solved,
        keep=files,
    )
    for path in written:
        print(path)


def _solved(motion: "Motion") -> "Body":
    """A body that moves so; what the lifters answer is what the solve knows."""
    from poise.body import solve
    from poise.conversions import convert
    from poise.skeletons import H36M17

    return solve(convert(motion, H36M17))


def _files(sources: tuple[Path, ...]) -> list[Path]:
    """The files of motion; of a folder that `poise lift` left, everybody in their order."""
    files: list[Path] = []
    for source in sources:
        if not source.is_dir():
            files.append(source)
            continue
        numbers = sorted(
            int(found[1])
            for path in source.iterdir()
            if (found := re.fullmatch(r"person(\d+)\.npz", path.name))
        )
        if not numbers:
            raise PoiseError(f"{source}: is a folder without person1.npz; name files of motion")
        files += [source / f"person{number}.npz" for number in numbers]
    # A shell's person*.npz names the keypoints beside the people too.
    beside = {path.with_suffix(".keypoints.npz") for path in files}
    return [path for path in files if path not in beside]


def _name(sources: tuple[Path, ...]) -> str:
    """After the file; of several, and of a folder, after the folder: video.poise is video."""
    first = sources[0].resolve()
    if first.is_dir():
        return first.name.removesuffix(".poise") or "motion"
    folder = first.parent.name.removesuffix(".poise") or "motion"
    if len(sources) > 1:
        return folder
    lifted = first.parent.name.endswith(".poise")
    return f"{folder}_{_stem(first)}" if lifted else _stem(first)


def _stem(path: Path) -> str:
    return path.name.lstrip(".").partition(".")[0] or "motion"
