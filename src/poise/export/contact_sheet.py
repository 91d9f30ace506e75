"""PNG: everybody's figure at even times, to see at a glance what a motion is."""

from collections.abc import Sequence

from poise.errors import PoiseError
from poise.export.together import motion_of, names_of
from poise.files import PathLike
from poise.motion import Body, Motion
from poise.render import contact_sheet


def write_contact_sheet(
    path: PathLike, people: Sequence[Body | Motion], *, columns: int = 10
) -> None:
    """Write one row of figures for each person.

    >>> write_contact_sheet("walk.png", [body])
    """
    if not people:
        raise PoiseError(f"{path}: there is nobody to draw")
    rows = zip(names_of(len(people)), people, strict=True)
    contact_sheet({name: motion_of(person) for name, person in rows}, path, columns=columns)
