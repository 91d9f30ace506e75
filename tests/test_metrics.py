"""The metrics: reference vectors, and what they must not depend on."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise import metrics
from poise.geometry.rotations import vector_to_matrix

seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=20, deadline=None)


def clips(seed: int, error: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    target = rng.normal(0, 0.4, (12, 17, 3))
    return target + rng.normal(0, error, target.shape), target


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("MPJPE", lambda p, t: 1000 * metrics.mpjpe(p, t)),
        ("PMPJPE", lambda p, t: 1000 * metrics.p_mpjpe(p, t)),
        ("NMPJPE", lambda p, t: 1000 * metrics.n_mpjpe(p, t)),
        ("MPJVE", lambda p, t: 1000 * metrics.mpjve(p, t)),
        ("PCK150", metrics.pck),
        ("AUC", metrics.auc),
    ],
)
def test_open_benchmark_vectors(
    vector: Callable[[str], tuple], name: str, ours: Callable[..., float]
) -> None:
    _, _, inputs, outputs = vector("open-benchmark-cameras")
    found = ours(inputs["metric_pred"] / 1000, inputs["metric_gt"] / 1000)
    assert found == pytest.approx(float(outputs[f"metric.{name}"]), rel=1e-6)


@pytest.mark.parametrize("name", ["mpjpe", "n_mpjpe", "p_mpjpe", "mpjve"])
def test_lifting_protocol_vectors(vector: Callable[[str], tuple], name: str) -> None:
    _, _, inputs, outputs = vector("lifting-protocol")
    p, t = inputs["predicted"], inputs["target"]
    if name == "mpjve":  # the published one steps from one sample into the next
        p, t = (clip.reshape(-1, 17, 3) for clip in (p, t))
    assert getattr(metrics, name)(p, t) == pytest.approx(float(outputs[name]), rel=1e-6)


@few
@given(seeds, st.floats(0.1, 10))
def test_p_mpjpe_ignores_any_similarity(seed: int, scale: float) -> None:
    p, t = clips(seed)
    rng = np.random.default_rng(seed + 1)
    turned = scale * p @ vector_to_matrix(rng.normal(size=3)) + rng.normal(size=3)
    assert metrics.p_mpjpe(turned, t) == pytest.approx(metrics.p_mpjpe(p, t), rel=1e-9)
    assert metrics.p_mpjpe(turned, p) == pytest.approx(0, abs=1e-12)


@few
@given(seeds)
def test_p_mpjpe_does_not_mirror(seed: int) -> None:
    _, t = clips(seed)
    assert metrics.p_mpjpe(t * [-1, 1, 1], t) > 0.01


@few
@given(seeds, st.floats(0.1, 10))
def test_n_mpjpe_ignores_scale(seed: int, scale: float) -> None:
    p, t = clips(seed)
    assert metrics.n_mpjpe(scale * p, t) == pytest.approx(metrics.n_mpjpe(p, t), rel=1e-9)


@few
@given(seeds)
def test_velocity_and_acceleration_ignore_what_does_not_move(seed: int) -> None:
    p, t = clips(seed)
    shift = np.random.default_rng(seed).normal(size=(17, 3))
    steady = np.arange(len(p))[:, None, None] * shift
    assert metrics.mpjve(p + shift, t) == pytest.approx(metrics.mpjve(p, t))
    assert metrics.mpjve(t + steady, t) == pytest.approx(np.linalg.norm(shift, axis=-1).mean())
    assert metrics.acceleration_error(p + steady, t) == pytest.approx(
        metrics.acceleration_error(p, t)
    )


@few
@given(seeds)
def test_best_alignment_is_no_worse_than_the_best_scale_in_the_square(seed: int) -> None:
    p, t = clips(seed)
    p, t = (points - points.mean(axis=1, keepdims=True) for points in (p, t))
    assert metrics.p_mpjpe(p, t) < 1.05 * metrics.n_mpjpe(p, t)


def test_threshold_is_strict_and_the_root_does_not_count() -> None:
    target = np.zeros((2, 17, 3))
    predicted = target.copy()
    predicted[:, 1:, 0] = 0.150
    assert metrics.pck(predicted, target) == 0
    predicted[:, 1:9, 0] = 0.1499
    assert metrics.pck(predicted, target) == 50
    assert metrics.pck(target, target) == 100
    assert metrics.auc(target, target) == pytest.approx(100 * 30 / 31), "0 < 0 does not hold"


@pytest.mark.parametrize(
    "metric", [metrics.mpjpe, metrics.p_mpjpe, metrics.n_mpjpe, metrics.mpjve, metrics.pck]
)
def test_nan_never_flatters(metric: Callable[..., float]) -> None:
    p, t = clips(0)
    p[4, 3, 1] = np.nan
    assert np.isnan(metric(p, t))


def test_zeros_have_no_best_scale() -> None:
    _, t = clips(0)
    assert np.isnan(metrics.n_mpjpe(np.zeros_like(t), t))
    assert np.isnan(metrics.p_mpjpe(np.zeros_like(t), t))
