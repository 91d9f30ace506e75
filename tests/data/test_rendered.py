"""Rendered film: the body moves as told, and what is called its truth is where it is."""

from pathlib import Path

import numpy as np
import pytest

from poise import Camera, Motion
from poise.cameras import look_at
from poise.conversions import convert
from poise.data.maker import improvise
from poise.data.rendered import Actor, Person, Studio, act, draw_person, extras, film, moved
from poise.errors import PoiseError
from poise.skeletons import H36M17

MISSING = []
for package in ("anny", "mitsuba"):
    try:
        extras.needed(package)
    except PoiseError:
        MISSING.append(package)
rendering = pytest.mark.skipif(
    bool(MISSING), reason=f"needs {' and '.join(MISSING)}: pip install 'poise[synthetic]'"
)

# The first person to improvise squats and kicks, arms swinging along.
MADE = improvise([5], 4.0, ["squat", "kick"]).body.motion[30:60]


@pytest.fixture(scope="module")
def actor() -> Actor:
    return act(MADE, Person(gender=1.0, trousers=(0.03, 0.05, 0.4)), rounds=100)


def camera_for(actor: Actor, width: int, height: int) -> Camera:
    middle = actor.truth.root[:, :2].mean(axis=0).astype(np.float64)
    lens = Camera.from_field_of_view(width, height, vertical_deg=40)
    place = np.array([middle[0] + 1.5, middle[1] - 3.4, 1.3])
    return lens.at(look_at(place, np.array([*middle, 0.9])))


def test_a_missing_package_says_what_to_install() -> None:
    with pytest.raises(PoiseError, match=r"pip install 'poise\[synthetic\]'"):
        extras.needed("a_renderer_that_nobody_has")


@rendering
def test_the_body_goes_where_the_motion_goes(actor: Actor) -> None:
    assert actor.errors.shape == (len(MADE), 17)
    assert actor.errors.mean() < 0.02
    wanted = convert(MADE, H36M17)
    apart = np.linalg.norm(actor.truth.xyz - wanted.xyz, axis=-1)
    np.testing.assert_allclose(apart, actor.errors, atol=1e-4)
    assert actor.truth.skeleton == H36M17
    assert actor.truth.frame == "world"
    assert actor.truth.placed
    np.testing.assert_array_equal(actor.truth.times, MADE.times)


@rendering
def test_the_truth_is_inside_the_body_and_sides_are_right(actor: Actor) -> None:
    for frame in (0, len(actor) - 1):
        vertices, joints = actor.vertices(frame), actor.truth.xyz[frame]
        # No joint is farther from the skin than half a trunk is thick.
        nearest = np.linalg.norm(vertices[:, None] - joints, axis=-1).min(axis=0)
        assert nearest.max() < 0.13
        at = {name: joints[index] for index, name in enumerate(H36M17.joints)}
        # The eyes are on the nose's side of the head, the left eye on the left.
        head = np.linalg.norm(vertices - at["nose"], axis=-1) < 0.2
        assert head.sum() > 500
        left = at["left_shoulder"] - at["right_shoulder"]
        forward = at["nose"] - at["head"]
        up = at["thorax"] - at["pelvis"]
        assert np.dot(np.cross(up, forward), left) > 0
        for side, other in (("left", "right"), ("right", "left")):
            hip, far = at[f"{side}_hip"], at[f"{other}_hip"]
            shoulder = at[f"{side}_shoulder"]
            assert np.linalg.norm(shoulder - hip) < np.linalg.norm(shoulder - far)


@rendering
def test_feet_stand_on_the_floor(actor: Actor) -> None:
    lowest = np.array([actor.vertices(frame)[:, 2].min() for frame in range(0, len(actor), 4)])
    assert lowest.min() > -0.03
    assert np.median(np.abs(lowest)) < 0.02


@rendering
def test_what_is_rendered_is_where_the_truth_says(actor: Actor) -> None:
    camera = camera_for(actor, 160, 200)
    studio = Studio(camera, [actor], samples=2, plate_samples=1)
    frame = 10
    picture, covered = studio.render(frame)
    assert 0.03 < covered.mean() < 0.5
    pixels = camera.project(camera.to_camera(actor.truth.xyz[frame].astype(np.float64)))
    column, row = np.floor(pixels).astype(int).T
    assert covered[row, column].min() > 0.9
    # What covers the picture is the body: it reaches as far as the vertices do.
    seen = camera.project(camera.to_camera(actor.vertices(frame).astype(np.float64)))
    rows, columns = np.nonzero(covered > 0.5)
    extent = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    np.testing.assert_allclose(extent, [*seen.min(axis=0), *seen.max(axis=0)], atol=2.5)
    # Blue trousers at the knees, more than anywhere else.
    knees = [H36M17.index("left_knee"), H36M17.index("right_knee")]
    red, _, blue = picture[row[knees], column[knees]].T
    assert np.all(blue > 2 * red)


@rendering
def test_the_shadow_falls_on_the_floor_and_not_beside_it(actor: Actor) -> None:
    camera = camera_for(actor, 160, 120)
    studio = Studio(camera, [actor], samples=2, plate_samples=4)
    empty = studio._plate
    picture, covered = studio.render(0)
    background = covered == 0
    darker = picture.mean(axis=-1) / empty.mean(axis=-1)
    assert 0.3 < darker[background].min() < 0.85
    assert np.median(darker[background]) == pytest.approx(1.0, abs=1e-6)


@rendering
def test_the_same_film_twice_is_the_same_and_the_truth_lies_beside_it(
    actor: Actor, tmp_path: Path
) -> None:
    av = pytest.importorskip("av", reason="writing video needs PyAV")
    camera = camera_for(actor, 96, 96)
    short = act(MADE[:3], actor.person, rounds=30)
    for name in ("a", "b"):
        paths = film([short], camera, tmp_path / f"{name}.mp4", samples=1, plate_samples=1)
        assert paths == [tmp_path / f"{name}.truth.npz"]
    for kind in ("mp4", "truth.npz"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()
    truth = Motion.load(paths[0])
    assert truth.camera is not None
    np.testing.assert_array_equal(truth.camera.intrinsics, camera.intrinsics)
    assert truth.to_camera(truth.camera).frame == "camera"
    with av.open(str(tmp_path / "a.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) == 3


@rendering
def test_two_people_have_a_truth_each_and_one_hides_the_other(actor: Actor, tmp_path: Path) -> None:
    pytest.importorskip("av", reason="writing video needs PyAV")
    camera = camera_for(actor, 96, 96)
    away = camera.position[:2] - actor.truth.root[0, :2]
    behind = moved(actor, 0.0, -0.9 * away / np.linalg.norm(away))
    assert len(behind) == len(actor)
    paths = film([actor, behind], camera, tmp_path / "two.mp4", samples=1, plate_samples=1)
    assert [path.name for path in paths] == ["two.person1.truth.npz", "two.person2.truth.npz"]
    studio = Studio(camera, [actor], samples=1, plate_samples=1)
    covered = []
    for people in ([actor], [behind], [actor, behind]):
        studio.recast(people)
        covered.append(studio.render(0)[1].sum())
    alone, apart, both = covered
    assert alone < both < 0.9 * (alone + apart)


@rendering
def test_moving_an_actor_moves_body_and_truth_alike(actor: Actor) -> None:
    turned = moved(actor, np.pi / 2, np.array([1.0, -2.0]))
    for before, after in (
        (actor.truth.xyz[5], turned.truth.xyz[5]),
        (actor.vertices(5), turned.vertices(5)),
    ):
        x, y, z = before.T
        np.testing.assert_allclose(after, np.stack([1 - y, x - 2, z], axis=1), atol=1e-4)


def test_people_differ_and_are_drawn_alike_from_the_same_seed() -> None:
    one, other = (draw_person(np.random.default_rng(seed)) for seed in (1, 2))
    assert one == draw_person(np.random.default_rng(1))
    assert one != other


@rendering
def test_a_motion_that_is_not_placed_or_not_known_is_refused() -> None:
    with pytest.raises(PoiseError, match="placed in the world"):
        act(MADE.relative())
    xyz = MADE.xyz.copy()
    xyz[2, MADE.skeleton.index("left_knee")] = np.nan
    holes = Motion(xyz=xyz, skeleton=MADE.skeleton, fps=30, frame="world", placed=True)
    with pytest.raises(PoiseError, match="unknown"):
        act(holes)
