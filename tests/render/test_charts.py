"""Charts: every skeleton has a figure, no two names overlap, none leaves the picture."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from poise.errors import PoiseError
from poise.render import chart
from poise.render.canvas import LEFT, RIGHT
from poise.render.charts import spread
from poise.render.frames_chart import frames_chart
from poise.render.reference_figure import reference_figure
from poise.skeletons import SKELETONS, Skeleton


@pytest.mark.parametrize("name", SKELETONS)
def test_every_skeleton_has_a_plausible_figure(name: str) -> None:
    skeleton = SKELETONS[name]
    xyz = reference_figure(skeleton)
    np.testing.assert_array_equal(xyz[list(skeleton.mirror)], xyz * [-1, 1, 1])
    assert (xyz[list(skeleton.left), 0] <= 0).all()  # faces +y, so its left is at -x
    assert xyz[:, 2].min() >= 0
    assert xyz[:, 2].max() <= 1.75
    lengths = [np.linalg.norm(xyz[child] - xyz[parent]) for parent, child in skeleton.bones]
    assert max(lengths) < 0.6


def test_the_docs_have_a_chart_of_every_skeleton() -> None:
    charts = Path(__file__).parents[2] / "docs" / "images" / "skeletons"
    assert {path.stem for path in charts.glob("*.png")} == set(SKELETONS)


@pytest.mark.parametrize("name", ["h36m17", "blazepose33", "cmu38"])
def test_a_chart_has_the_left_on_the_viewers_right(name: str, tmp_path: Path) -> None:
    chart(SKELETONS[name], tmp_path / "chart.png")
    picture = np.asarray(Image.open(tmp_path / "chart.png").convert("RGB")).astype(int)
    middle = picture.shape[1] / 2
    for color, on_the_right in ((LEFT, True), (RIGHT, False)):
        columns = np.argwhere(np.abs(picture - color).max(axis=-1) < 10)[:, 1]
        assert len(columns) > 1000
        assert ((columns > middle) == on_the_right).mean() > 0.99
        assert columns.min() > 20  # no name is cut off
        assert columns.max() < picture.shape[1] - 20


def test_an_unknown_joint_is_named() -> None:
    strange = Skeleton("strange", ("pelvis", "tail"), (-1, 0))
    with pytest.raises(PoiseError, match="no reference figure has joint 'tail'"):
        reference_figure(strange)


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=20), st.floats(1, 30))
def test_names_are_spread_apart_in_order(wanted: list[float], spacing: float) -> None:
    wanted = sorted(wanted)
    places = spread(wanted, spacing)
    assert (np.diff(places) >= spacing - 1e-6).all()
    assert np.mean(places) == pytest.approx(np.mean(wanted))  # nothing is pushed one way only


def test_names_with_room_stay_where_they_are() -> None:
    assert spread([0, 30, 70], 20) == [0, 30, 70]
    assert spread([0, 10], 20) == [-5, 15]


def test_the_frames_are_drawn_the_same_twice(tmp_path: Path) -> None:
    frames_chart(tmp_path / "a.png")
    frames_chart(tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
