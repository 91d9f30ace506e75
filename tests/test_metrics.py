"""The metrics: reference vectors, and what they must not depend on."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise import metrics
from poise.errors import PoiseError
from poise.geometry.alignment import similarity_align
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
        ("PCK150", lambda p, t: metrics.pck(p, t, root=0)),
        ("AUC", lambda p, t: metrics.auc(p, t, root=0)),
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
    assert metrics.pck(predicted, target, root=0) == 0
    assert metrics.pck(predicted, target, root=None) == pytest.approx(100 / 17)
    predicted[:, 1:9, 0] = 0.1499
    assert metrics.pck(predicted, target, root=0) == 50
    assert metrics.pck(predicted, target, root=0, threshold=0.1) == 0
    assert metrics.pck(target, target, root=0) == 100
    assert metrics.auc(target, target, root=0) == pytest.approx(100 * 30 / 31), "0 < 0 is untrue"


def test_the_root_may_be_any_joint() -> None:
    target, predicted = np.zeros((2, 17, 3)), np.ones((2, 17, 3))
    predicted[:, 14] = 0  # mpi3dhp17's pelvis
    assert metrics.pck(predicted, target, root=14) == metrics.auc(predicted, target, root=14) == 0
    assert metrics.pck(predicted, target, root=0) == 100 / 16


@pytest.mark.parametrize(
    "metric",
    [
        metrics.mpjpe,
        metrics.p_mpjpe,
        metrics.n_mpjpe,
        metrics.mpjve,
        metrics.acceleration_error,
        lambda p, t: metrics.pck(p, t, root=0),
        lambda p, t: metrics.auc(p, t, root=0),
    ],
)
class TestAll:
    def test_nan_never_flatters(self, metric: Callable[..., float]) -> None:
        p, t = clips(0)
        p[4, 3, 1] = np.nan
        assert np.isnan(metric(p, t))

    @pytest.mark.usefixtures("unchecked")
    @pytest.mark.parametrize("shape", [(1, 17, 3), (12, 1, 3), (17, 3), (12, 17, 1)])
    def test_nothing_stands_in_for_several(
        self, metric: Callable[..., float], shape: tuple[int, ...]
    ) -> None:
        with pytest.raises(PoiseError, match=r"has shape .* and the target \(12, 17, 3\)"):
            metric(np.ones(shape), clips(0)[1])

    def test_nothing_has_no_error(self, metric: Callable[..., float]) -> None:
        with pytest.raises(PoiseError, match=r"poses of shape \(0, 17, 3\) have no error"):
            metric(np.zeros((0, 17, 3)), np.zeros((0, 17, 3)))


def test_differences_need_frames() -> None:
    p, t = clips(0)
    for metric, frames in ((metrics.mpjve, 2), (metrics.acceleration_error, 3)):
        assert metric(p[:frames], t[:frames]) > 0
        with pytest.raises(PoiseError, match=f"needs {frames} frames or more, not {frames - 1}"):
            metric(p[: frames - 1], t[: frames - 1])


@pytest.mark.parametrize("root", [17, -1])
def test_a_root_that_is_no_joint(root: int) -> None:
    p, t = clips(0)
    for metric in (metrics.pck, metrics.auc):
        with pytest.raises(PoiseError, match=f"root {root}"):
            metric(p, t, root=root)


def test_zeros_have_no_best_scale() -> None:
    _, t = clips(0)
    assert np.isnan(metrics.n_mpjpe(np.zeros_like(t), t))


@pytest.mark.parametrize("where", [0.0, 0.1, -1 / 3, 1e-9, 1e6 / 7])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_one_place_has_no_best_rotation(where: float, dtype: type) -> None:
    _, t = clips(0)
    collapsed: np.ndarray = (np.full(t.shape, where) * [1, -0.7, 3.3]).astype(dtype)
    assert np.isnan(metrics.p_mpjpe(collapsed, t))
    assert np.isnan(similarity_align(collapsed, t.astype(dtype))).all()
    one = t.copy()
    one[3] = collapsed[3]
    assert np.isnan(similarity_align(one, t)).all(axis=(1, 2)).tolist() == [
        frame == 3 for frame in range(len(t))
    ]


@pytest.mark.parametrize("where", [0.0, 0.1, 1e6])
def test_a_small_pose_is_a_pose(where: float) -> None:
    p, t = clips(0)
    assert metrics.p_mpjpe(where + 1e-5 * p, t) == pytest.approx(metrics.p_mpjpe(p, t), rel=1e-3)
