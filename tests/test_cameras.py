"""The camera: projection, lenses, places, and where its numbers come from."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from poise import Camera, PoiseError
from poise.cameras import look_at

PHONE = Camera.from_field_of_view(1920, 1080, horizontal_deg=66)
LENSES = {
    "opencv": {"radial": (-0.2, 0.05, 0.01), "tangential": (0.001, -0.002), "lens": "opencv"},
    "h36m": {"radial": (-0.207, 0.247, -0.003), "tangential": (-0.001, -0.0014), "lens": "h36m"},
}


def test_straight_ahead_is_the_middle_and_axes_are_right_and_down() -> None:
    ahead, right, down = PHONE.project(np.array([[0, 0, 2.0], [0.5, 0, 2], [0, 0.5, 2]]))
    np.testing.assert_allclose(ahead, [960, 540])
    assert right[0] > 960
    assert right[1] == 540
    assert down[1] > 540


def test_the_field_of_view_fills_the_image() -> None:
    edge = np.tan(np.deg2rad(33))
    np.testing.assert_allclose(PHONE.project(np.array([edge, 0, 1.0])), [1920, 540])
    tall = Camera.from_field_of_view(1920, 1080, vertical_deg=40)
    np.testing.assert_allclose(tall.project(np.array([0, np.tan(np.deg2rad(20)), 1])), [960, 1080])
    corner = Camera.from_field_of_view(1920, 1080, diagonal_deg=80)
    ray = np.array([1920, 1080]) / np.hypot(1920, 1080) * np.tan(np.deg2rad(40))
    np.testing.assert_allclose(corner.project(np.array([*ray, 1])), [1920, 1080])


def test_35_mm_equivalents_compare_diagonals() -> None:
    film = Camera.from_focal_35mm(3600, 2400, 50)  # the shape of the film itself
    assert film.fx == pytest.approx(5000)
    other = Camera.from_focal_35mm(4000, 3000, 26)
    assert other.fx == pytest.approx(26 * 5000 / np.hypot(36, 24))


def test_from_the_matrix_of_a_calibration() -> None:
    K = np.array([[1000, 0, 500], [0, 1010, 400], [0, 0, 1.0]])
    camera = Camera.from_intrinsics(K, 1000, 800, radial=(0.1,))
    np.testing.assert_array_equal(camera.intrinsics, K)
    assert camera.distorts
    with pytest.raises(PoiseError, match="skew"):
        Camera.from_intrinsics(np.where(K == 0, [[0, 9, 0]] * 3, K), 1000, 800)


def test_opencv_lens_by_its_formula() -> None:
    camera = Camera.from_focal(1000, 1000, 800, **LENSES["opencv"])
    x, y = 0.3, -0.2
    k1, k2, k3 = camera.radial
    p1, p2 = camera.tangential
    r2 = x * x + y * y
    radial = 1 + k1 * r2 + k2 * r2**2 + k3 * r2**3
    bent = [
        x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
        y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
    ]
    np.testing.assert_allclose(
        camera.project(np.array([x, y, 1])), np.array(bent) * 800 + 500, atol=1e-9
    )


@pytest.mark.parametrize("lens", LENSES)
@given(x=st.floats(-0.55, 0.55), y=st.floats(-0.45, 0.45))
def test_rays_undo_the_lens(lens: str, x: float, y: float) -> None:
    camera = Camera.from_focal(1000, 1000, 800, **LENSES[lens])
    np.testing.assert_allclose(
        camera.rays(camera.project(np.array([x, y, 1.0]))), [x, y], atol=1e-8
    )


STRONG: list[dict[str, Any]] = [
    {"radial": (0.5,)},
    {"radial": (0.2, -0.5, 0.6)},
    {"radial": (-0.3,), "tangential": (0.01, -0.02)},
]


@pytest.mark.parametrize("lens", STRONG, ids=str)
@pytest.mark.parametrize("size", [0.3, 0.6, 0.8])
def test_rays_undo_strong_lenses_too(lens: dict[str, Any], size: float) -> None:
    camera = Camera.from_focal(1000, 1000, 800, **lens)
    around = np.linspace(0, 2 * np.pi, 24)
    rays = size * np.column_stack([np.cos(around), np.sin(around)])
    pixels = camera.project(np.column_stack([rays, np.ones(24)]))
    np.testing.assert_allclose(camera.rays(pixels), rays, atol=1e-8)


def test_a_lens_that_folds_over_shows_nothing_twice() -> None:
    camera = Camera.from_focal(1000, 1000, 800, radial=(-0.3,))
    edge = np.sqrt(1 / 0.9)  # where r (1 - 0.3 r^2) is largest
    seen = camera.project(np.array([[0.99 * edge, 0, 1], [1.01 * edge, 0, 1], [2.0, 0, 1]]))
    assert np.isfinite(seen[0]).all()
    assert np.isnan(seen[1:]).all()
    assert np.isnan(camera.rays(np.array([5000.0, 500.0]))).all(), "no ray leads there"


@pytest.mark.parametrize("lens", LENSES)
def test_a_mirrored_camera_sees_the_mirror_image(lens: str) -> None:
    camera = Camera.from_focal(1000, 800, 700, **LENSES[lens])
    points = np.random.default_rng(0).uniform([-0.4, -0.5, 1], [0.6, 0.5, 2], (20, 3))
    there = camera.mirrored().project(points * [-1, 1, 1])
    np.testing.assert_allclose(there, camera.project(points) * [-1, 1] + [1000, 0], atol=1e-9)


@pytest.mark.usefixtures("unchecked")
def test_numbers_of_any_kind_are_kept_as_plain_ones() -> None:
    camera = Camera.from_focal(np.int64(640), np.int64(480), 500)  # type: ignore[arg-type]  # as arrays give them
    assert type(camera.width) is int
    assert type(camera.fx) is float


def test_what_is_behind_the_camera_is_not_seen() -> None:
    behind = PHONE.project(np.array([[0, 0, -1.0], [0, 0, 0], [np.nan, 0, 1]]))
    assert np.isnan(behind[:2]).all()
    assert np.isnan(behind[2, 0])


def test_looking_at_a_point_puts_it_in_the_middle_and_up_is_up() -> None:
    camera = PHONE.at(look_at([3, -4, 1.5], [0, 0, 1.0]))
    middle, above = camera.project(camera.to_camera(np.array([[0, 0, 1.0], [0, 0, 1.5]])))
    np.testing.assert_allclose(middle, [960, 540], atol=1e-9)
    assert above[1] < 540
    assert above[0] == pytest.approx(960)
    np.testing.assert_allclose(camera.position, [3, -4, 1.5])
    turned = PHONE.at(look_at([3, -4, 1.5], [0, 0, 1.0], roll=np.deg2rad(10)))
    leaning = turned.project(turned.to_camera(np.array([0, 0, 1.5])))
    assert leaning[0] < 955, "a camera rolled to its right sees upright things lean to the left"


@given(st.lists(st.floats(-5, 5), min_size=3, max_size=3))
def test_world_and_camera_are_inverse(point: list[float]) -> None:
    camera = PHONE.at(look_at([3, -4, 1.5], [0, 0, 1.0], roll=0.2))
    back = camera.to_world(camera.to_camera(np.array(point)))
    np.testing.assert_allclose(back, point, atol=1e-9)


def test_single_precision_stays_single() -> None:
    camera = PHONE.at(look_at([3, -4, 1.5], [0, 0, 1.0]))
    points = np.zeros((2, 3), np.float32)
    assert camera.to_camera(points).dtype == np.float32
    assert camera.project(points + np.float32(1)).dtype == np.float32


def test_a_resized_camera_sees_the_same() -> None:
    point = np.array([0.3, -0.2, 2.0])
    np.testing.assert_allclose(PHONE.resized(960, 540).project(point), PHONE.project(point) / 2)


def test_a_description_is_read_back() -> None:
    camera = Camera.from_focal(1000, 1002, 1145.0, **LENSES["h36m"]).at(
        look_at([3, -4, 1.5], [0, 0, 1])
    )
    assert Camera.from_dict(camera.to_dict()).to_dict() == camera.to_dict()
    with pytest.raises(PoiseError, match="description of a camera"):
        Camera.from_dict({"width": 5})


def photo(path: Path, focal: int | None, orientation: int | None) -> Path:
    image, exif = Image.new("RGB", (400, 300)), Image.Exif()
    if orientation:
        exif[274] = orientation
    if focal:
        exif.get_ifd(34665)[41989] = focal
    image.save(path, exif=exif)
    return path


def test_from_the_exif_of_a_photo(tmp_path: Path) -> None:
    camera = Camera.from_photo(photo(tmp_path / "a.jpg", 26, None))
    assert camera is not None
    assert (camera.width, camera.height) == (400, 300)
    assert camera.fx == pytest.approx(26 * 500 / np.hypot(36, 24))
    upright = Camera.from_photo(photo(tmp_path / "b.jpg", 26, 6))
    assert upright is not None
    assert (upright.width, upright.height) == (300, 400)
    assert Camera.from_photo(photo(tmp_path / "c.jpg", None, None)) is None
    (tmp_path / "d.jpg").write_text("no photo")
    with pytest.raises(PoiseError, match="d.jpg: not an image"):
        Camera.from_photo(tmp_path / "d.jpg")
    with pytest.raises(PoiseError, match="no such file"):
        Camera.from_photo(tmp_path / "e.jpg")


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"width": 0}, "not a size"),
    ({"fx": -1.0}, "must be positive"),
    ({"fx": float("nan")}, "must be positive"),
    ({"cx": float("inf")}, "finite"),
    ({"lens": "fisheye"}, "'opencv' or 'h36m'"),
    ({"radial": (1.0, 2.0, 3.0, 4.0)}, "at most 3"),
    ({"T_camera_world": np.diag([2.0, 2, 2, 1])}, "not a rotation and a shift"),
    ({"T_camera_world": np.full((4, 4), np.nan)}, "not finite"),
]


@pytest.mark.parametrize(("changes", "words"), REFUSED, ids=[str(row[0]) for row in REFUSED])
@pytest.mark.usefixtures("unchecked")
def test_what_is_no_camera_is_refused(changes: dict[str, Any], words: str) -> None:
    fields: dict[str, Any] = {
        "width": 100,
        "height": 100,
        "fx": 100.0,
        "fy": 100.0,
        "cx": 50.0,
        "cy": 50.0,
    }
    with pytest.raises(PoiseError, match=words):
        Camera(**fields | changes)


def test_what_is_not_known_is_said() -> None:
    with pytest.raises(PoiseError, match="place in the world is not known"):
        PHONE.to_world(np.zeros(3))
    with pytest.raises(PoiseError, match="give one of"):
        Camera.from_field_of_view(100, 100)
    with pytest.raises(PoiseError, match="between 0 and 180"):
        Camera.from_field_of_view(100, 100, horizontal_deg=200)
    with pytest.raises(PoiseError, match="not positive"):
        Camera.from_focal_35mm(100, 100, 0)
    with pytest.raises(PoiseError, match="stands where it looks"):
        look_at([0, 0, 1], [0, 0, 1])
    with pytest.raises(PoiseError, match="straight up or down"):
        look_at([0, 0, 3], [0, 0, 1])
