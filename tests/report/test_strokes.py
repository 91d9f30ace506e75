"""Strokes against a slow plain twin, which asks every pixel how far it is from every stroke."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise.report.strokes import Strokes, paint

PLACE = st.tuples(st.integers(-30, 90), st.integers(-30, 70)).map(
    lambda place: (place[0] + 0.37, place[1] + 0.61)
)


def strokes(*lines: tuple, radius: float = 4.0, hollow: bool = False) -> Strokes:
    count = len(lines)
    return Strokes(
        start=np.array([a for a, _ in lines], float).reshape(-1, 2),
        end=np.array([b for _, b in lines], float).reshape(-1, 2),
        radius=np.full(count, float(radius)),
        color=np.tile([200.0, 100.0, 50.0], (count, 1)),
        opacity=np.ones((count, 2)),
        hollow=np.full(count, hollow),
    )


def distance(height: int, width: int, a: tuple, b: tuple) -> np.ndarray:
    """From the middle of every pixel to the nearest point of a line."""
    y, x = np.mgrid[:height, :width] + 0.5
    way = np.subtract(b, a)
    along = ((x - a[0]) * way[0] + (y - a[1]) * way[1]) / max(float(way @ way), 1e-9)
    along = np.clip(along, 0, 1)
    return np.hypot(x - a[0] - along * way[0], y - a[1] - along * way[1])


@settings(max_examples=60, deadline=None)
@given(a=PLACE, b=PLACE, radius=st.floats(0.7, 9))
def test_a_stroke_covers_what_is_near_its_line(a: tuple, b: tuple, radius: float) -> None:
    picture = np.zeros((40, 60, 3), np.uint8)
    paint(picture, strokes((a, b), radius=radius), rim=2)
    cover = np.clip(radius + 0.5 - distance(40, 60, a, b), 0, 1)[..., None]
    assert np.abs(picture - cover * [200, 100, 50]).max() < 3


@settings(max_examples=30, deadline=None)
@given(lines=st.lists(st.tuples(PLACE, PLACE), min_size=1, max_size=5))
def test_the_dark_rim_is_around_all_strokes_together(lines: list) -> None:
    picture = np.full((40, 60, 3), 240, np.uint8)
    paint(picture, strokes(*lines, radius=2), rim=5)
    nearest = np.min([distance(40, 60, a, b) for a, b in lines], axis=0)
    outside = nearest > 2.6
    fade = np.clip(1 - (nearest - 2) / 5, 0, 1) ** 2
    wanted = 240 * (1 - 0.62 * fade)
    assert np.abs(picture[outside] - wanted[outside][:, None]).max(initial=0) < 4


def test_a_hollow_disc_shows_what_is_behind_it() -> None:
    picture = np.full((40, 60, 3), 7, np.uint8)
    paint(picture, strokes(((30.5, 20.5), (30.5, 20.5)), radius=9, hollow=True), rim=0)
    assert picture[20, 30].tolist() == [7, 7, 7] or picture[20, 30].max() < 12
    assert picture[20, 38].tolist() == [200, 100, 50]


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (40, 60)])
def test_strokes_may_leave_the_picture_and_be_anywhere(size: tuple[int, int]) -> None:
    picture = np.zeros((*size, 3), np.uint8)
    paint(picture, strokes(((-900.0, -700.0), (900.0, 800.0)), ((5e3, 5e3), (6e3, 5e3))), rim=3)
    assert picture.shape == (*size, 3)


def test_no_strokes_change_nothing() -> None:
    picture = np.full((4, 6, 3), 9, np.uint8)
    paint(picture, strokes(), rim=3)
    assert (picture == 9).all()
