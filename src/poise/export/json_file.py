"""JSON: everything that is known of everybody, for programs that have no NumPy.

>>> write_json("walk.json", [body])
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError
from poise.export.together import motion_of
from poise.files import PathLike, write_aside
from poise.motion import Body, Motion

_DIGITS = 7  # of metres and of quaternions: as much as single precision holds


def write_json(path: PathLike, people: Sequence[Body | Motion]) -> None:
    """Write the values as they are here: metres, seconds, radians, wxyz; unknown is null.

    The rotation of a joint is relative to its parent, and the rest pose has none: a joint stands
    at its parent plus its offset.
    """
    if not people:
        raise PoiseError(f"{path}: there is nobody to write")
    axes = {
        "world": "right-handed, z up",
        "camera": "x right, y down, z forward",
    }
    told = {
        "format": "poise motion",
        "version": 1,
        "units": {"length": "m", "time": "s", "rotation": "unit quaternion, w x y z"},
        "axes": {motion_of(person).frame: axes[motion_of(person).frame] for person in people},
        "people": [_told(person) for person in people],
    }
    with write_aside(path) as scratch:
        text = json.dumps(told, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        scratch.write_text(text + "\n", encoding="utf-8", newline="\n")


def _told(person: Body | Motion) -> dict[str, Any]:
    motion = motion_of(person)
    told: dict[str, Any] = {
        "skeleton": motion.skeleton.to_dict(),
        "fps": motion.fps,
        "frame": motion.frame,
        "placed": motion.placed,
        "assumed": list(motion.assumed),
        "camera": motion.camera.to_dict() if motion.camera else None,
        "times": motion.times.round(9).tolist(),
        "xyz": _plain(motion.xyz),
        "sigma": None if motion.sigma is None else _plain(motion.sigma),
    }
    if isinstance(person, Body):
        spread = person.rotation_sigma
        told |= {
            "model": person.model,
            "rotations": _plain(person.rotations),
            "rotation_sigma": None if spread is None else _plain(spread),
            "offsets": _plain(person.offsets),
            "contacts": [
                {"joint": one.joint, "start": one.start, "stop": one.stop}
                for one in person.contacts
            ],
            "bridged": [list(span) for span in person.bridged],
        }
    return told


def _plain(values: Float[np.ndarray, "..."]) -> list[Any]:
    """Nested lists, None where unknown."""
    rounded = values.astype(np.float64).round(_DIGITS) + 0.0
    if np.isfinite(rounded).all():
        return rounded.tolist()
    plain = rounded.astype(object)
    plain[~np.isfinite(rounded)] = None
    return plain.tolist()
