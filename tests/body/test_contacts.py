"""Which feet stand is found in motions where it is known, and kept in a file."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from lifted_people import made
from poise.body import FEET, HANDS, KNEES, find_contacts, read_contacts, write_contacts
from poise.body.contacts import PLANTABLE, planted
from poise.errors import PoiseError
from poise.motion import Body, Contact
from poise.skeletons import FIGURE27
from posed_bodies import posed

PLACES = [PLANTABLE.index(FIGURE27.index(name)) for name in FEET]


def found_in(body: Body, joints: tuple[str, ...] = FEET) -> tuple[Contact, ...]:
    return find_contacts(body.motion.xyz, body.motion.times, joints=joints)


@cache
def standing_still() -> Body:
    xyz = np.tile([0.0, 0.0, 0.94], (30, 1))
    return posed({}, frames=30, root=xyz)


@pytest.mark.parametrize(
    ("action", "precision", "recall"),
    [
        ("walk", 0.85, 0.95),
        ("squat", 0.55, 0.95),  # whose heels rise a little
        ("dance", 0.8, 0.9),
        ("run", 0.8, 0.75),
    ],
)
def test_made_feet_are_found_standing(action: str, precision: float, recall: float) -> None:
    made_one = made(action, 180)
    found = planted(found_in(made_one.body), made_one.body.motion.times)[:, PLACES]
    true = np.stack([made_one.contacts[name] for name in FEET], axis=1)
    both = (found & true).sum()
    print(f"\n{action}: precision {both / found.sum():.2f}, recall {both / true.sum():.2f}")
    assert both / found.sum() > precision
    assert both / true.sum() > recall


def test_who_stands_still_stands_all_the_time() -> None:
    body = standing_still()
    contacts = found_in(body)
    assert {one.joint for one in contacts} == set(FEET)
    for one in contacts:
        assert (one.start, one.stop) == (body.motion.times[0], body.motion.times[-1])


def test_who_lies_stands_on_no_foot() -> None:
    """On the back, heels on the floor; on the belly, balls on the floor."""
    for turn, low in ((90, "heel"), (-90, "ball")):
        body = posed({"pelvis": np.array([turn, 0, 0])}, frames=30)
        lying = body.motion.xyz - [0, 0, body.motion.xyz[..., 2].min()]
        assert np.abs(lying[:, FIGURE27.index(f"left_{low}"), 2]).max() < 0.2
        assert not [one for one in find_contacts(lying, body.motion.times) if "heel" in one.joint]


def test_a_foot_in_the_air_does_not_stand() -> None:
    up = {"left_hip": np.array([-60, 0, 0]), "left_knee": np.array([60, 0, 0])}
    body = posed(up, frames=30, root=np.tile([0.0, 0.0, 0.94], (30, 1)))
    assert {one.joint for one in found_in(body)} == {"right_heel", "right_ball"}


def test_a_low_or_high_floor_is_where_feet_rest() -> None:
    body = standing_still()
    eye, times = np.array([0.0, -4.0, 1.0]), body.motion.times
    for shift, stands in ((0.07, True), (-0.07, True), (0.2, False)):
        xyz = body.motion.xyz + np.array([0, 0, shift], np.float32)
        assert bool(find_contacts(xyz, times, eye)) == stands
    # Where no camera says how high the floor is, it is where it is.
    assert not find_contacts(body.motion.xyz + np.array([0, 0, 0.15], np.float32), times)


def test_half_of_what_moves_along_the_line_of_sight_counts() -> None:
    """A foot that creeps towards the camera may stand; one that creeps across does not."""
    body = standing_still()
    times = body.motion.times
    creeping = 0.5 * times[:, None, None] * np.array([0.0, -1.0, 0.0])
    xyz = body.motion.xyz + creeping
    ahead, aside = np.array([0.0, -500.0, 0.0]), np.array([500.0, 0.0, 0.0])

    def longest(eye: np.ndarray | None) -> float:
        return max((one.stop - one.start for one in find_contacts(xyz, times, eye)), default=0)

    assert longest(ahead) > 0.9
    assert longest(aside) < 0.15  # the ends, where averaging sees nothing beyond
    assert longest(None) < 0.15


def test_hands_and_knees_are_looked_at_on_request() -> None:
    kneeling = {f"{side}_knee": np.array([90, 0, 0]) for side in ("left", "right")}
    body = posed(kneeling, frames=30, root=np.tile([0.0, 0.0, 0.43 + 0.045], (30, 1)))
    assert {one.joint for one in found_in(body, KNEES)} == set(KNEES)
    assert not found_in(body, HANDS)
    with pytest.raises(PoiseError, match="left_hip cannot stand on a floor"):
        found_in(body, ("left_hip",))
    with pytest.raises(PoiseError, match="did you mean 'left_heel'"):
        found_in(body, ("left_heal",))


def test_two_frames_are_no_contact() -> None:
    assert found_in(standing_still()[:2]) == ()


def test_short_contacts_are_none_and_short_pauses_too() -> None:
    body, times = standing_still(), standing_still().motion.times
    xyz = body.motion.xyz.copy()
    xyz[:, :, 2] += 0.3  # in the air, but for
    xyz[10:12, :, 2] -= 0.3  # two frames
    assert found_in(body)
    assert not find_contacts(xyz, times)


def test_a_contact_counts_its_first_and_last_frame() -> None:
    times = np.arange(10) / 10
    down = planted([Contact(0.2, 0.5, "left_heel"), Contact(0.9, 3.0, "right_knee")], times)
    heel, knee = (PLANTABLE.index(FIGURE27.index(name)) for name in ("left_heel", "right_knee"))
    assert np.flatnonzero(down[:, heel]).tolist() == [2, 3, 4, 5]
    assert np.flatnonzero(down[:, knee]).tolist() == [9]
    assert down.sum() == 5


def test_files_keep_contacts(tmp_path: Path) -> None:
    contacts = (Contact(1.2346, 2.0, "right_ball"), Contact(0.1, 0.5, "left_heel"))
    path = tmp_path / "contacts.json"
    write_contacts(path, contacts)
    assert read_contacts(path) == (
        Contact(0.1, 0.5, "left_heel"),
        Contact(1.2346, 2.0, "right_ball"),
    )
    assert len(path.read_text().splitlines()) == 4  # one contact a line
    json.loads(path.read_text())
    write_contacts(path, ())
    assert read_contacts(path) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: not JSON"),
        ('{"contacts": [\n{"joint": "left_heel",]}', "line 2: not JSON"),
        ('{"contacts": [{"joint": "left_heel", "start": 1}]}', "lacks 'stop'"),
        ('{"feet": []}', "lacks 'contacts'"),
        ("[]", "damaged"),
        ('{"contacts": 3}', "damaged"),
        ('{"contacts": [{"joint": "left_heel", "start": "soon", "stop": 2}]}', "damaged.*soon"),
        ('{"contacts": [{"joint": "left_heel", "start": 2, "stop": 1}]}', "from 2.0 s to 1.0 s"),
        ('{"contacts": [{"joint": "left_heel", "start": NaN, "stop": 1}]}', "left_heel"),
    ],
)
def test_damaged_files_are_told_by_name(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(text)
    with pytest.raises(PoiseError, match=f"mine.json: .*{words}"):
        read_contacts(path)
