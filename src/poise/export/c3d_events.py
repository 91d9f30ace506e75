"""Events of a C3D file: when feet begin to stand and when they leave the floor."""

import logging
import re
from collections.abc import Sequence

import numpy as np

from poise.export.c3d_parameters import Group, floats, integers, texts
from poise.export.naming import merged
from poise.motion import Body, Contact, Motion

_log = logging.getLogger(__name__)

_MOST = 255  # texts in one parameter
_FOOT = re.compile(r"ankle|heel|ball|toe|foot", re.I)


def event_group(people: Sequence[Body | Motion], names: Sequence[str], zero: float) -> Group:
    """The EVENT group, as gait analysis programs read it; empty if nobody's contacts are known.

    `zero` is where the times of the file begin, in seconds.
    """
    found = sorted(
        (time, label, side, name)
        for person, name in zip(people, names, strict=True)
        if isinstance(person, Body)
        for time, label, side in _steps(person)
    )
    if len(found) > _MOST:
        _log.warning("of %d foot events a C3D file holds the first %d", len(found), _MOST)
        found = found[:_MOST]
    if not found:
        return {"USED": integers(0)}
    times = np.array([time for time, *_ in found]) - zero
    return {
        "USED": integers(len(found)),
        "CONTEXTS": texts([side for _, _, side, _ in found]),
        "LABELS": texts([label for _, label, _, _ in found]),
        "SUBJECTS": texts([name for *_, name in found]),
        "TIMES": floats(np.stack([times // 60, times % 60], axis=1)),  # minutes, seconds
        "ICON_IDS": integers([1 if label == "Foot Strike" else 2 for _, label, _, _ in found]),
    }


def _steps(body: Body) -> list[tuple[float, str, str]]:
    """(time, label, side); a contact that the clip's beginning or end cuts has no such event."""
    skeleton, times = body.motion.skeleton, body.motion.times
    sides = {skeleton.joints[joint]: "Left" for joint in skeleton.left}
    sides |= {skeleton.joints[joint]: "Right" for joint in skeleton.right}
    # A foot stands while any part of it does.
    standing = merged(
        Contact(one.start, one.stop, sides[one.joint])
        for one in body.contacts
        if one.joint in sides and _FOOT.search(one.joint)
    )
    frame = 1 / body.motion.fps
    steps = [
        (one.start, "Foot Strike", one.joint)
        for one in standing
        if one.start > times[0] + frame / 2
    ]
    return steps + [
        (one.stop, "Foot Off", one.joint) for one in standing if one.stop < times[-1] - frame / 2
    ]
