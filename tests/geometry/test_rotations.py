"""Rotations against SciPy's, and against themselves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from poise.geometry.kinematics import forward, relative
from poise.geometry.rotations import (
    about,
    conjugate,
    euler_to_matrix,
    euler_to_quaternion,
    matrix_to_euler,
    matrix_to_quaternion,
    matrix_to_vector,
    multiply,
    quaternion_to_matrix,
    quaternion_to_vector,
    vector_to_matrix,
)
from poise.skeletons import MPI3DHP28

ORDERS = ("xyz", "xzy", "yxz", "yzx", "zxy", "zyx")
RNG = np.random.default_rng(0)
TURNS = Rotation.random(200, random_state=0)


@pytest.mark.parametrize("order", ORDERS)
def test_euler_angles_as_scipy_has_them(order: str) -> None:
    angles = RNG.uniform(-1.5, 1.5, (100, 3))
    R = euler_to_matrix(angles, order)
    np.testing.assert_allclose(
        R, Rotation.from_euler(order.upper(), angles).as_matrix(), atol=1e-12
    )
    np.testing.assert_allclose(matrix_to_euler(R, order), angles, atol=1e-9)


@pytest.mark.parametrize("order", [*ORDERS, "x", "zy", "zxz"])
def test_euler_angles_to_quaternions(order: str) -> None:
    angles = RNG.uniform(-3, 3, (100, len(order)))
    R = quaternion_to_matrix(euler_to_quaternion(angles, order))
    np.testing.assert_allclose(R, euler_to_matrix(angles, order), atol=1e-12)


def test_a_conjugate_turns_back() -> None:
    wxyz = TURNS.as_quat(scalar_first=True)
    there_and_back = multiply(conjugate(wxyz), wxyz)
    np.testing.assert_allclose(there_and_back, np.tile([1.0, 0, 0, 0], (200, 1)), atol=1e-12)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("middle", [np.pi / 2, -np.pi / 2])
def test_euler_angles_at_the_poles(order: str, middle: float) -> None:
    R = euler_to_matrix(np.array([[0.4, middle, -0.3]]), order)
    again = euler_to_matrix(matrix_to_euler(R, order), order)
    np.testing.assert_allclose(again, R, atol=1e-7)


def test_quaternions_as_scipy_has_them() -> None:
    wxyz = TURNS.as_quat(scalar_first=True)
    np.testing.assert_allclose(quaternion_to_matrix(wxyz), TURNS.as_matrix(), atol=1e-12)
    found = matrix_to_quaternion(TURNS.as_matrix())
    np.testing.assert_allclose(found, np.where(wxyz[:, :1] < 0, -wxyz, wxyz), atol=1e-12)
    product = multiply(wxyz[:100], wxyz[100:])
    np.testing.assert_allclose(
        quaternion_to_matrix(product), (TURNS[:100] * TURNS[100:]).as_matrix(), atol=1e-12
    )


def test_rotation_vectors_as_scipy_has_them() -> None:
    vector = TURNS.as_rotvec()
    np.testing.assert_allclose(vector_to_matrix(vector), TURNS.as_matrix(), atol=1e-12)
    np.testing.assert_allclose(matrix_to_vector(TURNS.as_matrix()), vector, atol=1e-9)
    np.testing.assert_allclose(
        quaternion_to_vector(TURNS.as_quat(scalar_first=True)), vector, atol=1e-9
    )


@given(st.floats(-1e-5, 1e-5), st.floats(-1e-9, 1e-9), st.floats(-1e-12, 1e-12))
@settings(max_examples=50)
def test_tiny_turns_keep_their_digits(x: float, y: float, z: float) -> None:
    vector = np.array([x, y, z])
    np.testing.assert_allclose(matrix_to_vector(vector_to_matrix(vector)), vector, atol=1e-15)


@pytest.mark.parametrize("axis", "xyz")
def test_half_turns(axis: str) -> None:
    R = about(axis, np.array(np.pi))  # type: ignore[arg-type]
    np.testing.assert_allclose(quaternion_to_matrix(matrix_to_quaternion(R)), R, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(matrix_to_vector(R)), np.pi)


def test_a_chain_joint_by_joint_is_the_oracle() -> None:
    count = len(MPI3DHP28)  # its parents come after their children: order must not matter
    local = Rotation.random(5 * count, random_state=1).as_matrix().reshape(5, count, 3, 3)
    offsets = RNG.normal(0, 1, (5, count, 3))
    xyz, world = forward(local, offsets, MPI3DHP28)
    for frame in range(5):
        for joint in range(count):
            R, place, at = np.eye(3), np.zeros(3), joint
            chain = []
            while at >= 0:
                chain.append(at)
                at = MPI3DHP28.parents[at]
            for link in reversed(chain):
                place = place + R @ offsets[frame, link]
                R = R @ local[frame, link]
            np.testing.assert_allclose(xyz[frame, joint], place, atol=1e-9)
            np.testing.assert_allclose(world[frame, joint], R, atol=1e-9)
    np.testing.assert_allclose(relative(world, MPI3DHP28), local, atol=1e-12)
