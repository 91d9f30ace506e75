"""Turns in torch are those of the geometry room, and their axes what a change of an angle does."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch import Tensor

from poise.body.turns import cross_matrix, euler, exponential, hinge, logarithm, swing
from poise.geometry import rotations

NUDGE = 1e-6

vectors = hnp.arrays(np.float64, 3, elements=st.floats(-1.7, 1.7))  # turns by less than half a turn
pairs = hnp.arrays(np.float64, 2, elements=st.floats(-2.0, 2.0))


@settings(deadline=None)
@given(vectors)
def test_the_exponential_is_that_of_the_geometry_room(vector: np.ndarray) -> None:
    R = exponential(torch.from_numpy(vector)).numpy()
    np.testing.assert_allclose(R, rotations.vector_to_matrix(vector), atol=1e-9)
    np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-9)


@settings(deadline=None)
@given(vectors)
def test_the_logarithm_takes_the_exponential_back(vector: np.ndarray) -> None:
    back = logarithm(exponential(torch.from_numpy(vector))).numpy()
    np.testing.assert_allclose(back, vector, atol=1e-8)


@settings(deadline=None)
@given(vectors, vectors)
def test_the_cross_matrix_is_the_cross_product(a: np.ndarray, b: np.ndarray) -> None:
    K = cross_matrix(torch.from_numpy(a)).numpy()
    np.testing.assert_allclose(K @ b, np.cross(a, b), atol=1e-12)


@settings(deadline=None)
@given(st.floats(-4, 4), st.floats(-np.pi, np.pi), st.floats(-1, 1))
def test_hinges_turn_about_their_axis(angle: float, way: float, up: float) -> None:
    level = np.sqrt(1 - up**2)
    axis = np.array([level * np.cos(way), level * np.sin(way), up])
    R = hinge(torch.tensor(angle, dtype=torch.float64), torch.from_numpy(axis)).numpy()
    np.testing.assert_allclose(R, rotations.vector_to_matrix(angle * axis), atol=1e-9)


@pytest.mark.parametrize("signs", [(1.0, 1.0, 1.0), (-1.0, -1.0, 1.0), (-1.0, 1.0, -1.0)])
@settings(deadline=None)
@given(vectors)
def test_euler_turns_about_moving_axes(signs: tuple[float, ...], angles: np.ndarray) -> None:
    sign = torch.tensor(signs, dtype=torch.float64)

    def turned(of: Tensor) -> tuple[Tensor, Tensor]:
        return euler(of, sign)

    R, _ = turned(torch.from_numpy(angles))
    twin = rotations.euler_to_matrix(np.array(signs) * angles, "xyz")
    np.testing.assert_allclose(R.numpy(), twin, atol=1e-12)
    _check_axes(turned, torch.from_numpy(angles))


@pytest.mark.parametrize("side", [1.0, -1.0])
@settings(deadline=None)
@given(pairs)
def test_a_swing_has_no_twist(side: float, angles: np.ndarray) -> None:
    sign = torch.tensor(side, dtype=torch.float64)

    def turned(of: Tensor) -> tuple[Tensor, Tensor]:
        return swing(of, sign)

    R, _ = turned(torch.from_numpy(angles))
    twin = rotations.vector_to_matrix(-side * np.array([0.0, angles[0], angles[1]]))
    np.testing.assert_allclose(R.numpy(), twin, atol=1e-9)
    _check_axes(turned, torch.from_numpy(angles))


@pytest.mark.parametrize("tiny", [0.0, 1e-9, 1e-7, 1e-5, 0.99e-4, 1.01e-4])
def test_hardly_any_turn_is_no_trouble(tiny: float) -> None:
    """The formulas divide by the angle: around no turn at all, they are still right."""
    angles = torch.tensor([tiny, -tiny / 2], dtype=torch.float64, requires_grad=True)
    R, axes = swing(angles, torch.tensor(1.0, dtype=torch.float64))
    want = rotations.vector_to_matrix(-np.array([0.0, tiny, -tiny / 2]))
    np.testing.assert_allclose(R.detach().numpy(), want, atol=1e-12)
    np.testing.assert_allclose(axes.detach().numpy(), -np.eye(3)[:, 1:], atol=1e-4)
    R.sum().backward()
    assert angles.grad is not None
    assert torch.isfinite(angles.grad).all()
    vector = torch.tensor([tiny, 0.0, 0.0], dtype=torch.float64, requires_grad=True)
    logarithm(exponential(vector)).sum().backward()
    torch.testing.assert_close(vector.grad, torch.ones(3, dtype=torch.float64))


def _check_axes(turned: Callable[[Tensor], tuple[Tensor, Tensor]], angles: Tensor) -> None:
    """A little more of an angle is a turn about its axis, in the parent's frame."""
    R, axes = turned(angles)
    for i, step in enumerate(NUDGE * torch.eye(len(angles), dtype=torch.float64)):
        change = (turned(angles + step)[0] - turned(angles - step)[0]) / (2 * NUDGE)
        torch.testing.assert_close(change, cross_matrix(axes[:, i]) @ R, atol=1e-7, rtol=0)
