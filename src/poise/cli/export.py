"""`poise export`: motion as the files of other programs."""

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

    Example: poise export video.poise/person*.npz --to blender

    Args:
        sources: What poise lift left, or any other file of motion: BVH, AMC, glTF, C3D, TRC.
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
    people = [person for path in sources for person in load_people(path)]
    written = write(
        people,
        out or Path(),
        name or _name(sources),
        to,
        Wishes(fps=fps, rest=rest, gaps=gaps, unit=unit, up=up),
        solve=_solved,
        keep=sources,
    )
    for path in written:
        print(path)


def _solved(motion: "Motion") -> "Body":
    """A body that moves so; what the lifters answer is what the solve knows."""
    from poise.body import solve
    from poise.conversions import convert
    from poise.skeletons import H36M17

    return solve(convert(motion, H36M17))


def _name(sources: tuple[Path, ...]) -> str:
    """After the file; of several after their folder: video.poise/person1.npz is video."""
    first = sources[0].resolve()
    if len(sources) == 1 and not first.parent.name.endswith(".poise"):
        return _stem(first)
    folder = first.parent.name.removesuffix(".poise")
    if len(sources) == 1:
        return f"{folder}_{_stem(first)}"
    return folder or "motion"


def _stem(path: Path) -> str:
    return path.name.lstrip(".").partition(".")[0] or "motion"
