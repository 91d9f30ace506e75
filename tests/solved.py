"""A body to tell about: a figure that walks, with its true contacts and made-up doubts."""

from dataclasses import replace
from functools import cache

import numpy as np

from poise.data.maker import improvise
from poise.motion import Body, Contact


@cache
def walker(seconds: float = 8.0, action: str = "walk") -> Body:
    """Somebody who walks in circles, feet on the floor; the motion maker knows when."""
    made = improvise([0, 1], seconds, (action,), 30.0)
    times = made.body.motion.times
    contacts = []
    for joint, standing in made.contacts.items():
        edges = np.flatnonzero(np.diff(np.concatenate([[False], standing, [False]]).astype(int)))
        contacts += [
            Contact(float(times[start]), float(times[stop - 1]), joint)
            for start, stop in zip(edges[::2], edges[1::2], strict=True)
        ]
    wave = 0.05 + 0.02 * np.sin(times)[:, None, None]
    sigma = np.broadcast_to(wave, (*made.body.rotations.shape[:2], 3))
    return replace(made.body, contacts=tuple(sorted(contacts)), rotation_sigma=sigma)
