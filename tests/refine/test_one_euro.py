"""The online filter."""

import numpy as np
import pytest

from poise.errors import PoiseError
from poise.refine import OneEuro


def run(points: np.ndarray, times: np.ndarray, **settings: float) -> np.ndarray:
    calm = OneEuro(**settings)
    return np.array([calm(p, t) for p, t in zip(points, times, strict=True)])


def test_rest_becomes_calm_and_a_fast_move_is_followed() -> None:
    times = np.arange(120) / 30
    truth = np.zeros((120, 1, 3))
    truth[60:, 0, 0] = np.clip((times[60:] - 2) * 4, 0, 1)  # 4 m/s for a quarter of a second
    seen = truth + np.random.default_rng(0).normal(scale=0.005, size=truth.shape)
    calm = run(seen, times)
    assert calm[30:60].std() < 0.6 * seen[30:60].std()
    assert np.abs(calm[63:72] - truth[63:72]).max() < 0.25
    assert np.abs(calm[80:] - truth[80:]).max() < 0.05


def test_frames_that_were_left_out_hardly_matter() -> None:
    times = np.arange(600) / 120
    wave = 0.3 * np.sin(2 * np.pi * 0.5 * times)[:, None, None] * np.ones((1, 2, 3))
    keep = np.sort(np.random.default_rng(1).choice(600, 300, replace=False))
    difference = run(wave, times)[keep] - run(wave[keep], times[keep])
    assert np.abs(difference).max() < 0.02


def test_what_was_not_seen_is_nan_and_comes_back() -> None:
    times = np.arange(90) / 30
    points = np.ones((90, 2, 3))
    points[10:13, 0] = np.nan  # goes on from where it was
    points[40:80, 0] = np.nan  # is forgotten
    points[80:, 0] = 5
    calm = run(points, times)
    np.testing.assert_array_equal(np.isnan(calm), np.isnan(points))
    assert calm[13, 0] == pytest.approx(1)
    assert calm[80, 0] == pytest.approx(5)
    np.testing.assert_allclose(calm[:, 1], 1)
    never = run(np.full((3, 1, 3), np.nan), np.arange(3.0))
    assert np.isnan(never).all()


def test_precision_is_kept_and_reset_forgets() -> None:
    calm = OneEuro()
    assert calm(np.zeros((1, 3), np.float32), 0.0).dtype == np.float32
    calm.reset()
    assert calm(np.ones((4, 2)), 0.0).shape == (4, 2)


def test_what_does_not_fit_is_said() -> None:
    calm = OneEuro()
    calm(np.zeros((1, 3)), 1.0)
    with pytest.raises(PoiseError, match="time runs forward"):
        calm(np.zeros((1, 3)), 1.0)
    with pytest.raises(PoiseError, match="shape"):
        calm(np.zeros((2, 3)), 2.0)
    with pytest.raises(PoiseError, match="positive"):
        OneEuro(cutoff_hz=0)
