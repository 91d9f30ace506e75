"""Animations play at the speed of the motion and stay small."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from poise.errors import PoiseError
from poise.render import animate
from walker import walking

WALK = walking()


def durations_ms(path: Path) -> list[int]:
    lengths = []
    with Image.open(path) as film:
        for frame in ImageSequence.Iterator(film):
            frame.load()  # WebP knows the duration only then
            lengths.append(frame.info["duration"])
    return lengths


@pytest.mark.parametrize("name", ["walk.gif", "walk.webp"])
def test_it_lasts_as_long_as_the_motion(tmp_path: Path, name: str) -> None:
    animate(WALK, tmp_path / name, fps=15, size=120)
    lengths = durations_ms(tmp_path / name)
    assert len(lengths) == 30
    assert sum(lengths) == pytest.approx(2000, abs=10)
    assert max(lengths) - min(lengths) <= 10


def test_it_is_no_faster_than_the_motion_has_frames(tmp_path: Path) -> None:
    animate(WALK[:12], tmp_path / "slow.gif", fps=48, size=80)
    assert len(durations_ms(tmp_path / "slow.gif")) == 12


def test_the_ground_moves_under_the_figure(tmp_path: Path) -> None:
    animate(WALK, tmp_path / "walk.gif", size=200)
    with Image.open(tmp_path / "walk.gif") as film:
        first = np.asarray(film.convert("RGB")).astype(int)
        film.seek(6)
        later = np.asarray(film.convert("RGB")).astype(int)
    corner = (slice(int(0.88 * first.shape[0]), None), slice(0, first.shape[1] // 3))
    assert np.abs(first[corner] - later[corner]).max() > 10


def test_several_stand_side_by_side(tmp_path: Path) -> None:
    animate(WALK, tmp_path / "one.gif", size=100, fps=5)
    animate([WALK, WALK[:20]], tmp_path / "two.gif", labels=["long", "short"], size=100, fps=5)
    with Image.open(tmp_path / "one.gif") as one, Image.open(tmp_path / "two.gif") as two:
        assert two.width == 2 * one.width
        assert two.height > one.height
        assert durations_ms(tmp_path / "two.gif") == durations_ms(tmp_path / "one.gif")


def test_six_seconds_stay_small(tmp_path: Path) -> None:
    animate(walking(seconds=6), tmp_path / "long.gif")
    assert (tmp_path / "long.gif").stat().st_size < 1_500_000


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_the_same_motion_gives_the_same_file(tmp_path: Path, kind: str) -> None:
    for name in ("a", "b"):
        animate(WALK[:10], tmp_path / f"{name}.{kind}", size=80)
    assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PoiseError, match=r"\.gif or a \.webp"):
        animate(WALK, tmp_path / "walk.mp4")
    assert list(tmp_path.iterdir()) == []


def test_labels_must_match(tmp_path: Path) -> None:
    with pytest.raises(PoiseError, match="2 labels for 1"):
        animate(WALK, tmp_path / "walk.gif", labels=["a", "b"])


@pytest.mark.parametrize(
    "numbers", [{"fps": 0}, {"fps": -5}, {"fps": float("nan")}, {"size": 0}, {"size": -1}]
)
def test_what_cannot_be_drawn_is_refused(tmp_path: Path, numbers: dict[str, int]) -> None:
    with pytest.raises(PoiseError, match=f"{next(iter(numbers))} must be"):
        animate(WALK, tmp_path / "walk.gif", **numbers)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_long_label_keeps_its_start_and_its_distance(tmp_path: Path) -> None:
    pictures = []
    for label in ("m" * 200, "m" * 300):
        animate([WALK[:1]] * 2, tmp_path / "two.gif", labels=[label, ""], size=200)
        with Image.open(tmp_path / "two.gif") as film:
            pictures.append(np.asarray(film.convert("L")).astype(int))
    np.testing.assert_array_equal(pictures[0], pictures[1])  # both are cut at the same place
    words = np.flatnonzero((pictures[0][-20:] < 150).any(axis=0))
    assert words.min() >= 3
    assert words.max() < pictures[0].shape[1] / 2 - 3
