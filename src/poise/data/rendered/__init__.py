"""Rendered film: videos of people whose true joints are known.

>>> from poise.data.rendered import Person, act, film
>>> actor = act(motion, Person(gender=1.0))
>>> film([actor], camera, "walk.mp4")  # and walk.truth.npz

A free body, Anny, is bent so that it moves as a motion says, is dressed, and is rendered into a
plain studio. What is called the truth are the joints of the body in the picture.

    people                  who they are: build, colours, clothes
    anatomy, posing         Anny's bones, how they bend, where the joints are
    guessing, fitting       from a motion to the angles of a body
    dressing                skin, hair and clothes
    acting                  a dressed body in motion
    room, studio, denoising the pictures, by Mitsuba
    filming                 the video, and the truth beside it

It needs the extra `synthetic`: pip install 'poise[synthetic]'
"""

from poise.data.rendered.acting import Actor, act, moved
from poise.data.rendered.filming import film, in_picture
from poise.data.rendered.people import (
    HAIRS,
    SHIRTS,
    SHOES,
    SKINS,
    TROUSERS,
    Person,
    draw_person,
)
from poise.data.rendered.studio import Studio

__all__ = [
    "HAIRS",
    "SHIRTS",
    "SHOES",
    "SKINS",
    "TROUSERS",
    "Actor",
    "Person",
    "Studio",
    "act",
    "draw_person",
    "film",
    "in_picture",
    "moved",
]
