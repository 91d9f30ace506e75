"""Which feet stand, and when: found in a motion, kept in a file that anybody can edit."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from poise.anatomy.figure import SIDES
from poise.errors import PoiseError, did_you_mean
from poise.files import PathLike, naming, read_text, write_aside
from poise.motion import Contact
from poise.skeletons import FIGURE27

FEET = tuple(f"{side}_{part}" for side in SIDES for part in ("heel", "ball"))
HANDS = tuple(f"{side}_hand" for side in SIDES)
KNEES = tuple(f"{side}_knee" for side in SIDES)

PLANTABLE = tuple(FIGURE27.index(name) for name in (*FEET, *KNEES, *HANDS))
"""The joints that can stand on a floor."""

HEIGHTS = np.array([0.045 if FIGURE27.joints[p].endswith("knee") else 0.0 for p in PLANTABLE])
"""How far each is over the floor while it stands, m: a knee has a cap."""

_SLOW = 0.35  # m/s: what stands moves less, as far as one sees it
_LOW = 0.06  # m over the lowest that this person's feet rest at
_UPRIGHT = 0.6  # of the way from sole to ankle is upwards: a foot that stands, not one that lies
_SINKS = 0.08  # m: a floor that is found further off than that is no floor
_SPAN = 0.05  # s, the width over which places are averaged before a speed is taken
_BEGINS, _LASTS = (
    0.5,
    0.2,
)  # a contact begins where it is this sure, and lasts while it is this sure
_SHORTEST, _PAUSE = 0.1, 0.07  # s: contacts are longer, pauses between two are longer


def find_contacts(
    xyz: Float[np.ndarray, "time 27 3"],
    times: Float[np.ndarray, " time"],
    eye: Float[np.ndarray, "3"] | None = None,
    joints: Sequence[str] = FEET,
) -> tuple[Contact, ...]:
    """When each of these joints stands on the floor, z = 0.

    eye: where the camera is, if a camera saw it: how fast something moves along the line of sight
        nobody can tell from pixels, so only half of that counts; and the floor is where feet rest.
    """
    if len(times) < 3:
        return ()
    places = [_place(name) for name in joints]
    feet = [FIGURE27.index(name) for name in FEET]
    speed = _speeds(xyz, times, eye)
    rests = xyz[:, feet, 2][speed[:, feet] < _SLOW / 2]
    low = float(np.percentile(rests, 25)) if eye is not None and len(rests) else 0.0
    low = low if abs(low) < _SINKS else 0.0
    found: list[Contact] = []
    for name, place in zip(joints, places, strict=True):
        over = np.maximum(xyz[:, place, 2] - low - HEIGHTS[PLANTABLE.index(place)], 0)
        sure = np.exp(-((speed[:, place] / _SLOW) ** 2) - (over / _LOW) ** 2)
        sure *= _upright(xyz, name)
        found += [Contact(float(times[a]), float(times[b]), name) for a, b in _spans(sure, times)]
    return tuple(sorted(found))


def planted(
    contacts: Sequence[Contact], times: Float[np.ndarray, " time"]
) -> Bool[np.ndarray, "time planted"]:
    """Which of `PLANTABLE` stand in every frame."""
    down = np.zeros((len(times), len(PLANTABLE)), bool)
    for one in contacts:
        down[:, PLANTABLE.index(_place(one.joint))] |= one.covers(times)
    return down


def write_contacts(path: PathLike, contacts: Sequence[Contact]) -> None:
    """A contact a line, as JSON: to be edited by hand, and given to `solve` again."""
    rows = (
        {"joint": one.joint, "start": round(one.start, 4), "stop": round(one.stop, 4)}
        for one in sorted(contacts)
    )
    lines = ",\n".join(f"  {json.dumps(row)}" for row in rows)
    with write_aside(path) as scratch:
        scratch.write_text(f'{{"contacts": [\n{lines}\n]}}\n')


def read_contacts(path: PathLike) -> tuple[Contact, ...]:
    """What `write_contacts` wrote, or somebody after it."""
    text = read_text(path)
    try:
        rows = json.loads(text)
    except json.JSONDecodeError as error:
        raise PoiseError(f"{path}: line {error.lineno}: not JSON: {error.msg}") from error
    with naming(path):
        return tuple(sorted(_contact(row) for row in rows["contacts"]))


def _contact(row: dict[str, Any]) -> Contact:
    one = Contact(float(row["start"]), float(row["stop"]), str(row["joint"]))
    if not (np.isfinite(one.start) and np.isfinite(one.stop)):
        raise PoiseError(f"{one.joint}: a contact from {one.start} s to {one.stop} s has no end")
    _place(one.joint)
    return one


def _place(joint: str) -> int:
    """Which joint of the figure this is, of those that can stand."""
    known = [FIGURE27.joints[place] for place in PLANTABLE]
    if joint not in known:
        raise PoiseError(f"{joint} cannot stand on a floor{did_you_mean(joint, known)}")
    return FIGURE27.index(joint)


def _speeds(
    xyz: Float[np.ndarray, "time joint 3"],
    times: Float[np.ndarray, " time"],
    eye: Float[np.ndarray, "3"] | None,
) -> Float[np.ndarray, "time joint"]:
    """How fast everything moves, as far as one sees it, m/s."""
    from scipy.ndimage import gaussian_filter1d

    step = float(np.median(np.diff(times)))
    calm = gaussian_filter1d(xyz.astype(np.float64), _SPAN / step, axis=0, mode="nearest")
    velocity = np.gradient(calm, times, axis=0)
    if eye is not None:
        sight = calm - eye
        sight /= np.maximum(np.linalg.norm(sight, axis=-1, keepdims=True), 1e-6)
        along = (velocity * sight).sum(axis=-1, keepdims=True)
        velocity = velocity - 0.5 * along * sight
    return np.linalg.norm(velocity, axis=-1)


def _upright(xyz: Float[np.ndarray, "time joint 3"], joint: str) -> Bool[np.ndarray, " time"]:
    """Whether a heel or ball is below its ankle, as soles are that one stands on."""
    side, _, part = joint.rpartition("_")
    if part not in ("heel", "ball"):
        return np.ones(len(xyz), bool)
    up = xyz[:, FIGURE27.index(f"{side}_ankle")] - xyz[:, FIGURE27.index(f"{side}_heel")]
    tall = _UPRIGHT * np.linalg.norm(up, axis=-1) if part == "heel" else 0.0
    return np.asarray(
        (xyz[:, FIGURE27.index(f"{side}_ankle")] - xyz[:, FIGURE27.index(joint)])[:, 2] > tall
    )


def _spans(
    sure: Float[np.ndarray, " time"], times: Float[np.ndarray, " time"]
) -> list[tuple[int, int]]:
    """First and last frame of each contact."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], sure > _LASTS, [False]]).astype(int)))
    spans: list[tuple[int, int]] = []
    for start, stop in zip(edges[::2].tolist(), (edges[1::2] - 1).tolist(), strict=True):
        if sure[start : stop + 1].max() < _BEGINS:
            continue
        if spans and times[start] - times[spans[-1][1]] < _PAUSE:
            spans[-1] = (spans[-1][0], stop)
        else:
            spans.append((start, stop))
    return [(a, b) for a, b in spans if times[b] - times[a] >= _SHORTEST]
