"""What there is to solve: of a folder that `poise lift` left, or of any file of motion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from poise.errors import PoiseError

if TYPE_CHECKING:
    from poise.motion import Contact, Keypoints, Motion

_EDGE = 1e-4  # seconds: an edited contact ends with the frame it names


@dataclass(frozen=True)
class Unsolved:
    """What a body is made from, and where it goes."""

    source: Path
    motion: "Motion"
    track: "Keypoints | None"
    contacts: "tuple[Contact, ...] | None"  # None: to be found
    out: Path
    contacts_out: Path | None

    @property
    def written(self) -> list[Path]:
        """All that is written of them."""
        return [self.out, *([] if self.contacts_out is None else [self.contacts_out])]


def of_folder(folder: Path, anew: bool, hold: bool) -> list[Unsolved]:
    """Everybody that `poise lift` left; contacts are found where none are kept, or on request."""
    from poise.body import read_contacts
    from poise.motion import Keypoints, Motion
    from poise.results import people_in

    people = []
    for at in people_in(folder):
        motion, track = Motion.load(at.lifted), Keypoints.load(at.keypoints)
        find = hold and (anew or not at.contacts.exists())
        contacts = read_contacts(at.contacts) if hold and not find else None
        _check(contacts, motion, at.contacts)
        kept = at.contacts if find else None
        people.append(Unsolved(at.lifted, motion, track, contacts, at.body, kept))
    return people


def of_file(
    source: Path,
    out: Path | None,
    track: Path | None,
    contacts: Path | None,
    contacts_out: Path | None,
) -> list[Unsolved]:
    """Everybody in a file of motion."""
    from poise.body import read_contacts

    motions = _motions(source)
    several = len(motions) > 1
    if several:
        only = {"--out": out, "--contacts": contacts, "--write-contacts": contacts_out}
        refuse(only | {"--track": track}, f"{source}: holds {len(motions)} people")
    if out is not None and out.suffix.lower() != ".npz":
        raise PoiseError(f"{out}: a body is a .npz; poise export writes it for other programs")
    stem = source.name.lstrip(".").partition(".")[0] or "motion"
    people = []
    for number, motion in enumerate(motions, 1):
        target = out or Path(f"{stem}_person{number}.body.npz" if several else f"{stem}.body.npz")
        seen = None if track is None else _track(track, motion, source)
        stands = None if contacts is None else read_contacts(contacts)
        if stands is not None and not motion.placed:
            raise PoiseError(f"{source}: has no path through a world, so nothing in it stands")
        _check(stands, motion, contacts)
        person = Unsolved(source, motion, seen, stands, target, contacts_out)
        for path in person.written:
            for read in (source, track, contacts):
                if read is not None and path.resolve() == read.resolve():
                    raise PoiseError(f"{path}: is what is read; give the new file another name")
        people.append(person)
    if contacts_out is not None and contacts_out.resolve() == people[0].out.resolve():
        raise PoiseError(f"{contacts_out}: the body goes there; give the contacts another name")
    return people


def _motions(source: Path) -> "list[Motion]":
    """Everybody's joints in a file; what the lifters answer is what the solve knows."""
    from poise.data.loading import joints_of, load, load_people
    from poise.files import naming
    from poise.motion import Body
    from poise.skeletons import H36M17

    people = load_people(source)
    try:
        if len(people) == 1:
            return [load(source, H36M17)]
        with naming(source):
            return [joints_of(person, H36M17) for person in people]
    except PoiseError as error:
        if not all(isinstance(person, Body) for person in people):
            raise
        raise PoiseError(
            f"{source}: is on a rig that poise does not know the joints of, and has rotations "
            "already: poise export writes it as it is, poise retarget carries it to a character"
        ) from error


def _track(path: Path, motion: "Motion", source: Path) -> "Keypoints":
    """Keypoints, which only a camera whose place is known makes use of."""
    from poise.motion import Keypoints

    camera = motion.camera
    if camera is None or camera.T_camera_world is None or not motion.placed:
        raise PoiseError(
            f"{path}: keypoints tell of a motion whose camera is known, as poise lift leaves it in "
            f"source/; {source} has none"
        )
    return Keypoints.load(path)


def _check(contacts: "Sequence[Contact] | None", motion: "Motion", path: Path | None) -> None:
    """Refuse contacts at times that the motion does not have: they are of another one."""
    first, last = float(motion.times[0]), float(motion.times[-1])
    for one in contacts or ():
        if one.stop < first - _EDGE or one.start > last + _EDGE:
            raise PoiseError(
                f"{path}: {one.joint} stands from {one.start:g} to {one.stop:g} s, and the motion "
                f"goes from {first:g} to {last:g} s"
            )


def refuse(options: Mapping[str, object], why: str) -> None:
    """Options that were given and that nothing would follow."""
    given = [option for option, value in options.items() if value]
    if given:
        raise PoiseError(f"{why}; leave {' and '.join(given)} out")
