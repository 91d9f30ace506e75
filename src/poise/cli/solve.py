"""`poise solve`: bodies of motion, or those that `poise lift` left made again."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import tyro

from poise.cli.progress import progress
from poise.cli.unsolved import of_file, of_folder, refuse
from poise.errors import PoiseError
from poise.tables import table

if TYPE_CHECKING:
    from poise.motion import Body


def solve(
    source: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="PATH")],
    *,
    out: Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="")] = None,
    feet: Literal["auto", "ground", "off"] = "auto",
    standing: Annotated[
        tuple[Literal["feet", "hands", "knees"], ...],
        tyro.conf.arg(metavar="feet|hands|knees ...", help_behavior_hint=""),
    ] = (),
    contacts: Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="")] = None,
    write_contacts: Annotated[
        Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="")
    ] = None,
    track: Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="")] = None,
    to: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME ...", help_behavior_hint="")] = (),
    name: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="")] = None,
) -> None:
    """Make bodies of motion: constant bones, the rotation of every joint, feet that stand.

    Of a folder that poise lift left everybody is made again, from what lies in its source/. What
    stands, and when, is in source/person1.contacts.json there: edit it, and solve again.

    Example: poise solve video.poise --to blender

    Args:
        source: The folder, or any file of motion: BVH, AMC, glTF, C3D, TRC, .npz.
        out: The body to write; without it, NAME.body.npz in this folder.
        feet: auto holds standing feet where they stand, ground only on the floor, off nowhere.
        standing: Find anew what stands, of these; without it, feet. In a folder the contacts are
            written anew too.
        contacts: What stands, and when, in place of what would be found.
        write_contacts: Where to write what stands, to be edited and given to --contacts.
        track: The 2D keypoints of a motion that poise lifted: heels, toes and hands are seen there.
        to: Of a folder: write it for these programs or in these formats too, as poise lift does.
        name: What these files are called; without it, as the folder.
    """
    from poise.body import FEET, HANDS, KNEES
    from poise.body import solve as make_body
    from poise.body import write_contacts as write_down
    from poise.export import check_names, export
    from poise.files import check_writable

    if contacts and (standing or feet == "off"):
        other = "--standing finds them" if standing else "--feet off holds nothing"
        raise PoiseError(f"--contacts says what stands, {other}; give one of the two")
    if source.is_dir():
        only = {"--out": out, "--contacts": contacts, "--write-contacts": write_contacts}
        refuse(only | {"--track": track}, f"{source}: is a folder, which has its own files")
        people = of_folder(source, anew=bool(standing), hold=feet != "off")
    else:
        refuse({"--to": to, "--name": name}, f"{source}: is a file; poise export writes it")
        people = of_file(source, out, track, contacts, write_contacts)
    check_names(to)
    for path in {one.parent for person in people for one in person.written}:
        if path.exists():
            check_writable(path)
    parts = {"feet": FEET, "hands": HANDS, "knees": KNEES}
    joints = [joint for part in standing or ("feet",) for joint in parts[part]]
    bodies = []
    with progress() as show:
        for done, one in enumerate(people):

            def tell(what: str, share: float, _: str, done: int = done) -> None:
                of = f"person {done + 1} of {len(people)}" if len(people) > 1 else ""
                show(what, (done + share) / len(people), of)

            try:
                body = make_body(
                    one.motion,
                    one.track,
                    feet=feet,
                    contacts=one.contacts,
                    standing=joints,
                    progress=tell,
                )
            except PoiseError as error:
                raise PoiseError(f"{one.source}: {error}") from error
            bodies.append(body)
    written = [path for one in people for path in one.written]
    exported = []
    if to:
        called = name or source.resolve().name.removesuffix(".poise") or "motion"
        exported = export(bodies, source, called, to, keep=written)
    for one, body in zip(people, bodies, strict=True):
        body.save(one.out)
        if one.contacts_out is not None:
            write_down(one.contacts_out, body.contacts)
    print(table(_told(number, body) for number, body in enumerate(bodies, 1)))
    for path in [*exported, *written]:
        print(path)
    if source.is_dir() and not to:
        _tell_what_is_older(source)


def _told(number: int, body: "Body") -> tuple[str, ...]:
    """How long a body is, and how well it stands."""
    from poise.body import contact_slides, deepest

    slides = 1000 * np.array(contact_slides(body))
    slides = slides[np.isfinite(slides)]  # some may lie where nobody was seen
    slid = f"slides {slides.mean():.1f} mm, at most {slides.max():.1f}" if len(slides) else "-"
    sinks = 1000 * deepest(body)
    count = f"{len(body.contacts)} contact{'' if len(body.contacts) == 1 else 's'}"
    depth = f"{sinks:.1f} mm below the floor at most" if np.isfinite(sinks) else "not placed"
    return f"person {number}", f"{len(body)} frames", count, slid, depth


def _tell_what_is_older(folder: Path) -> None:
    """Exported files that do not know of the new bodies."""
    from poise.export import FORMATS
    from poise.results import people_in

    bodies = {at.body.name for at in people_in(folder)}
    older = sorted(
        path.name
        for path in folder.iterdir()
        if path.suffix[1:] in FORMATS and path.name not in bodies
    )
    if older:
        told = ", ".join(older[:3]) + (" ..." if len(older) > 3 else "")
        print(f"poise: {folder}: older than the bodies: {told}; --to writes them", file=sys.stderr)
