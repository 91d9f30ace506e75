"""From joints to a body: constant bones, rotations, feet that stand.

>>> from poise.body import solve
>>> body = solve(motion, track)
"""

from typing import TYPE_CHECKING

from poise.body.contacts import FEET, HANDS, KNEES, find_contacts, read_contacts, write_contacts
from poise.body.measures import contact_slides, deepest, length_spread

if TYPE_CHECKING:
    from poise.body.solving import solve

__all__ = [
    "FEET",
    "HANDS",
    "KNEES",
    "contact_slides",
    "deepest",
    "find_contacts",
    "length_spread",
    "read_contacts",
    "solve",
    "write_contacts",
]


def __getattr__(name: str) -> object:
    """`solve` brings torch, which looking at a body needs not."""
    if name == "solve":
        from poise.body.solving import solve

        return solve
    raise AttributeError(f"module 'poise.body' has no attribute {name!r}")
