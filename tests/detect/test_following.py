"""People are followed in crops, and searched for in parts of the picture."""

import numpy as np
import pytest

from poise.detect.detector import Found
from poise.detect.following import Following

SIZE = (640, 360)
LEAST = 0.35  # of a picture's height: smaller people are not found in it
SHAPE = np.array([[0, -1], [0.2, -0.4], [-0.2, -0.4], [0.15, 1], [-0.15, 1]], np.float32)


class World:
    """Pictures whose people are coloured blocks, and a detector that sees only what is large."""

    def __init__(self, people: list[tuple[float, float, float]]) -> None:
        self.people = people  # x, y, height
        self.looks = self.on_trails = self.forgotten = 0

    def picture(self, at: int = 0) -> np.ndarray:
        rgb = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
        for number, (x, y, height) in enumerate(self.people, 1):
            top, left = int(y - height / 2), int(x - height / 10)
            rgb[max(0, top) : int(y + height / 2), max(0, left) : int(x + height / 10)] = (
                50 * number
            )
        return rgb

    def look(self, rgb: np.ndarray, most: int) -> Found:
        self.looks += 1
        found = []
        for number in range(1, len(self.people) + 1):
            rows, columns = np.nonzero(rgb[..., 0] == 50 * number)
            if len(rows) and np.ptp(rows) + 1 >= LEAST * rgb.shape[0]:
                middle = np.array([columns.mean() + 0.5, rows.mean() + 0.5])
                found.append(middle + SHAPE * (np.ptp(rows) + 1) / 2)
        kept = np.array(found[:most], np.float32).reshape(-1, 5, 2)
        return kept, np.full(kept.shape[:2], 0.9, np.float32)


class Trail:
    """Sees as the world does; the world counts."""

    def __init__(self, world: World) -> None:
        self._world = world

    def see(self, rgb: np.ndarray, most: int) -> Found:
        self._world.on_trails += 1
        return self._world.look(rgb, 1)

    def forget(self) -> None:
        self._world.forgotten += 1


def following(world: World, most: int, joints: int) -> Following:
    return Following(world.look, lambda: Trail(world), most, joints)


def seen(world: World, pictures: int, step: tuple[float, float] = (0, 0)) -> list[np.ndarray]:
    """The middles of everybody who is seen, picture by picture; the first person moves."""
    watch, found = following(world, 4, 5), []
    for _ in range(pictures):
        xy, score = watch.see(world.picture(), 0.0)
        assert len(xy) == len(score)
        found.append(xy[:, 1:].mean(axis=1) if len(xy) else np.zeros((0, 2)))
        x, y, height = world.people[0]
        world.people[0] = (x + step[0], y + step[1], height)
    return found


def test_one_person_is_where_they_are() -> None:
    (middle,) = seen(World([(200, 180, 200)]), 1)[0]
    assert np.abs(middle - [200, 180 + 200 * 0.15]).max() < 2


def test_small_people_are_found_in_squares_and_stay_found() -> None:
    world = World([(100, 180, 160), (540, 180, 135)])  # in 640 x 640 neither is large enough
    assert world.look(np.pad(world.picture(), ((140, 140), (0, 0), (0, 0))), 4)[0].shape[0] == 0
    assert [len(people) for people in seen(world, 20)] == [2] * 20


def test_somebody_smaller_than_any_square_shows_is_not_found() -> None:
    assert [len(people) for people in seen(World([(100, 180, 60)]), 8)] == [0] * 8


@pytest.mark.parametrize("step", [(6, 0), (-6, 0), (0, 2), (9, 1)])
def test_who_moves_is_followed(step: tuple[float, float]) -> None:
    found = seen(World([(320, 180, 150)]), 25, step)
    assert [len(people) for people in found] == [1] * 25
    moved = found[-1][0] - found[0][0]
    np.testing.assert_allclose(moved, 24 * np.array(step), atol=3)


def test_who_comes_in_later_is_found_soon() -> None:
    world = World([(100, 180, 200)])
    watch = following(world, 4, 5)
    for _ in range(5):
        watch.see(world.picture(), 0.0)
    world.people.append((500, 180, 150))
    late = [len(watch.see(world.picture(), 0.0)[0]) for _ in range(16)]
    assert late[-1] == 2
    assert late == sorted(late)


def test_who_leaves_is_let_go() -> None:
    world = World([(500, 180, 200), (100, 180, 200)])
    watch = following(world, 4, 5)
    assert len(watch.see(world.picture(), 0.0)[0]) == 2
    world.people[0] = (5000, 180, 200)
    counts = [len(watch.see(world.picture(), 0.0)[0]) for _ in range(30)]
    assert counts == [1] * 30
    before = world.looks
    for _ in range(30):
        watch.see(world.picture(), 0.0)
    assert world.looks - before <= 30 + 8 + 1, "one crop each, and a part of every fourth picture"


def test_two_followed_people_never_become_one() -> None:
    world = World([(200, 180, 200), (420, 180, 160)])
    found = seen(world, 60, (6, 0))  # the first walks past the second, in front or behind
    for people in found:
        if len(people) == 2:
            assert np.linalg.norm(people[0] - people[1]) > 1
    assert len(found[-1]) == 2


def test_no_more_than_asked_for() -> None:
    world = World([(60 + 100 * i, 180, 200) for i in range(5)])
    assert len(following(world, 2, 5).see(world.picture(), 0.0)[0]) == 2


def test_an_empty_picture() -> None:
    xy, score = following(World([]), 4, 5).see(np.zeros((36, 64, 3), np.uint8), 0.0)
    assert (xy.shape, score.shape) == ((0, 5, 2), (0, 5))


def test_who_is_alone_leaves_a_trail_and_who_is_among_others_does_not() -> None:
    apart = World([(100, 180, 150), (540, 180, 150)])
    seen(apart, 20)
    assert apart.on_trails == 2 * 19
    assert apart.forgotten == 0
    together = World([(300, 180, 160), (340, 180, 140)])
    seen(together, 20)
    assert together.on_trails == 0


def test_a_trail_is_forgotten_when_somebody_comes_near() -> None:
    world = World([(40, 180, 150), (500, 180, 170)])
    found = seen(world, 60, (9, 0))
    assert 0 < world.on_trails < 2 * 59
    assert world.forgotten >= 2
    assert len(found[-1]) == 2
