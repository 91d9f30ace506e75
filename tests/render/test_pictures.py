"""Pictures: left is blue, up is up, near is in front, and the same input gives the same file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poise.errors import PoiseError
from poise.motion import Keypoints, Motion
from poise.render import contact_sheet, film_strip
from poise.render.canvas import GHOST, LEFT, PAPER, RIGHT, Canvas
from poise.render.figures import draw_figure
from poise.render.reference_figure import reference_figure
from poise.skeletons import COCO17, H36M17, Skeleton
from walker import standing, walking

WALK, STAND = walking(), standing()


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def where(picture: np.ndarray, color: tuple[int, int, int]) -> np.ndarray:
    """(row, column) of every pixel as blue, or as orange, as this colour, if a little paler."""
    blueness = color[2] - color[0]
    return np.argwhere((picture[..., 2] - picture[..., 0]) / blueness > 0.3)


def seen(motion: Motion, folder: Path, view: str = "front") -> np.ndarray:
    contact_sheet({"": motion}, folder / "sheet.png", columns=1, view=view)  # type: ignore[arg-type]
    return pixels(folder / "sheet.png")


def with_left_wrist_at(motion: Motion, place: tuple[float, float, float]) -> Motion:
    xyz = motion.xyz.copy()
    xyz[:, H36M17.index("left_wrist")] = place
    return replace(motion, xyz=xyz)


def test_from_the_front_the_left_hand_is_on_the_viewers_right(tmp_path: Path) -> None:
    picture = seen(STAND, tmp_path)
    left, right = where(picture, LEFT), where(picture, RIGHT)
    assert left[:, 1].min() > right[:, 1].max() - 6  # they touch at the spine only
    assert abs(len(left) - len(right)) < 0.1 * len(left)


def test_the_view_goes_round_with_the_person(tmp_path: Path) -> None:
    quarter = STAND.xyz @ np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]])
    turned = replace(STAND, xyz=quarter)
    assert np.abs(seen(STAND, tmp_path) - seen(turned, tmp_path)).max() < 8


def test_up_is_up(tmp_path: Path) -> None:
    picture = seen(with_left_wrist_at(STAND, (-0.3, 0.0, 2.2)), tmp_path)
    left, right = where(picture, LEFT), where(picture, RIGHT)
    assert left[:, 0].min() < right[:, 0].min() - 40


def test_the_side_view_shows_the_right_side_walking_to_the_right(tmp_path: Path) -> None:
    ahead = with_left_wrist_at(STAND, (-0.2, 0.9, 1.2))
    picture = seen(ahead, tmp_path, "side")
    assert where(picture, RIGHT)[:, 1].max() < picture.shape[1] / 2 + 10
    assert where(picture, LEFT)[:, 1].max() > picture.shape[1] * 0.6


def test_a_camera_sees_what_it_sees(tmp_path: Path) -> None:
    # The person faces the camera: camera x is the person's left, y down, z away.
    x, y, z = np.moveaxis(STAND.xyz, -1, 0)
    facing = replace(STAND, xyz=np.stack([-x, -z, 3 - y], axis=-1), frame="camera")
    picture = seen(facing, tmp_path)
    left, right = where(picture, LEFT), where(picture, RIGHT)
    assert left[:, 1].min() > right[:, 1].max() - 6
    assert left[:, 0].max() > 0.8 * picture.shape[0] - 24


def test_each_joint_is_drawn_where_it_is() -> None:
    canvas = Canvas(200, 200)
    xy = reference_figure(H36M17)[:, [0, 2]] * [-100, -100] + [100, 190]
    draw_figure(canvas, xy, H36M17, 100)
    picture = canvas.finish()
    for joint in ("left_wrist", "left_knee"):
        x, y = xy[H36M17.index(joint)]
        assert picture.getpixel((int(x), int(y))) == LEFT
    x, y = xy[H36M17.index("right_wrist")]
    assert picture.getpixel((int(x), int(y))) == RIGHT


def test_the_nearer_limb_is_in_front() -> None:
    xy = np.full((17, 2), np.nan)
    left = [H36M17.index("left_elbow"), H36M17.index("left_wrist")]
    right = [H36M17.index("right_elbow"), H36M17.index("right_wrist")]
    xy[left], xy[right] = [[20, 20], [80, 80]], [[20, 80], [80, 20]]
    for front, color in ((left, LEFT), (right, RIGHT)):
        nearness = np.zeros(17)
        nearness[front] = 0.5
        canvas = Canvas(100, 100)
        draw_figure(canvas, xy, H36M17, 100, nearness=nearness)
        assert canvas.finish().getpixel((50, 50)) == color


def test_unknown_joints_are_left_out(tmp_path: Path) -> None:
    xyz = STAND.xyz.copy()
    xyz[:, list(H36M17.left)] = np.nan
    picture = seen(replace(STAND, xyz=xyz), tmp_path)
    assert len(where(picture, LEFT)) == 0
    assert len(where(picture, RIGHT)) > 100


def test_a_motion_of_nothing_known_is_an_empty_row(tmp_path: Path) -> None:
    nothing = replace(STAND, xyz=np.full_like(STAND.xyz, np.nan))
    assert len(where(seen(nothing, tmp_path), RIGHT)) == 0


def test_the_sheet_grows_with_rows_and_columns(tmp_path: Path) -> None:
    contact_sheet({"a": WALK}, tmp_path / "one.png", columns=4)
    contact_sheet({"a": WALK, "b": WALK}, tmp_path / "two.png", columns=8)
    one, two = pixels(tmp_path / "one.png"), pixels(tmp_path / "two.png")
    edges = 2 * 24
    assert two.shape[0] - edges == 2 * (one.shape[0] - edges)
    assert two.shape[1] - edges == 2 * (one.shape[1] - edges)


def test_a_long_label_stops_before_the_numbers(tmp_path: Path) -> None:
    sheets = []
    for label in ("m" * 200, "m" * 300):
        contact_sheet({label: WALK}, tmp_path / "sheet.png", columns=4)
        sheets.append(pixels(tmp_path / "sheet.png"))
    np.testing.assert_array_equal(sheets[0], sheets[1])  # both are cut at the same place
    line = sheets[0][24 : 24 + 34, 24:-24].min(axis=(0, 2))
    gaps = np.diff(np.flatnonzero(line < 200))
    assert gaps.max() > 12  # between the words on the left and on the right


def test_the_viewer_follows_or_stays(tmp_path: Path) -> None:
    contact_sheet({"": WALK}, tmp_path / "follow.png", columns=2, view="side")
    contact_sheet({"": WALK}, tmp_path / "stay.png", columns=2, view="side", follow=False)
    assert pixels(tmp_path / "stay.png").shape[1] > 1.3 * pixels(tmp_path / "follow.png").shape[1]


def test_the_truth_lies_beneath_in_grey(tmp_path: Path) -> None:
    path = tmp_path / "sheet.png"
    raised = with_left_wrist_at(STAND, (-0.3, 0.0, 2.2))
    contact_sheet({"a": STAND, "b": raised}, path, columns=1, view="front")
    alone = pixels(path)
    contact_sheet({"a": STAND, "b": raised}, path, columns=1, view="front", beneath={"a": raised})
    changed = np.argwhere((pixels(path) != alone).any(axis=-1))
    assert len(changed)
    assert changed[:, 0].max() < len(alone) / 2  # the first row only
    row, column = changed[changed[:, 0].argmin()]  # the tip of the raised arm, which is grey
    assert np.ptp(pixels(path)[row + 3, column]) < 25
    contact_sheet({"a": STAND}, path, columns=1, view="front")
    alone = pixels(path)
    contact_sheet({"a": STAND}, path, columns=1, view="front", beneath={"a": STAND})
    assert (np.abs(pixels(path) - alone).max(axis=-1) > 40).mean() < 0.01  # what agrees hides it


def test_what_does_not_go_beneath_is_refused(tmp_path: Path, unchecked: None) -> None:
    path = tmp_path / "sheet.png"
    with pytest.raises(PoiseError, match="beneath has 'b'; known are a"):
        contact_sheet({"a": STAND}, path, beneath={"b": STAND})
    with pytest.raises(PoiseError, match="does not go beneath"):
        contact_sheet({"a": WALK}, path, beneath={"a": WALK[: len(WALK) - 1]})
    assert not path.exists()


def test_the_same_motion_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        contact_sheet({"walk": WALK}, tmp_path / name, columns=3)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_an_unknown_view_is_answered_with_the_nearest(tmp_path: Path, unchecked: None) -> None:
    with pytest.raises(PoiseError, match="did you mean 'side'"):
        contact_sheet({"": WALK}, tmp_path / "x.png", view="sied")  # type: ignore[arg-type]
    assert not (tmp_path / "x.png").exists()


@pytest.mark.parametrize("numbers", [{"columns": 0}, {"columns": -2}, {"cell": 0}])
def test_what_cannot_be_drawn_is_refused(
    track: Keypoints, tmp_path: Path, numbers: dict[str, int]
) -> None:
    told = f"{next(iter(numbers))} must be"
    with pytest.raises(PoiseError, match=f"contact_sheet: {told}"):
        contact_sheet({"": WALK}, tmp_path / "x.png", **numbers)  # type: ignore[arg-type]
    with pytest.raises(PoiseError, match=f"film_strip: {told}"):
        film_strip({"": track}, tmp_path / "x.png", **numbers)  # type: ignore[arg-type]
    assert not (tmp_path / "x.png").exists()


def test_sides_are_known_by_the_names_of_other_programs(tmp_path: Path) -> None:
    names = ("mixamorig:Hips", "mixamorig:LeftUpLeg", "mixamorig:RightUpLeg")
    skeleton = Skeleton("mixamo", names, (-1, 0, 0))
    xyz = np.array([[[0, 0, 1], [-0.3, 0, 0.5], [0.3, 0, 0.5]]] * 2, float)
    motion = Motion(xyz=xyz, skeleton=skeleton, fps=30, frame="world", placed=True)
    picture = seen(motion, tmp_path)
    assert where(picture, LEFT)[:, 1].min() > where(picture, RIGHT)[:, 1].max() - 6
    assert len(where(picture, LEFT)) > 100


@pytest.fixture
def track() -> Keypoints:
    xy = (reference_figure(COCO17)[:, [0, 2]] * [-100, -100] + [320, 300])[None].repeat(4, axis=0)
    return Keypoints(xy=xy, skeleton=COCO17, image_size=(640, 480), fps=25)


def test_an_unsure_joint_is_faint(track: Keypoints, tmp_path: Path) -> None:
    score = np.ones((4, 17))
    score[:, list(COCO17.right)] = 0.2
    film_strip({"": replace(track, score=score)}, tmp_path / "strip.png", columns=2)
    picture = pixels(tmp_path / "strip.png")
    assert len(where(picture, LEFT)) > 100
    assert len(where(picture, RIGHT)) == 0


def test_what_lies_beneath_is_grey(track: Keypoints, tmp_path: Path) -> None:
    moved = replace(track, xy=track.xy + np.array([60, 0]))
    film_strip({"": track}, tmp_path / "strip.png", columns=1, beneath=moved)
    picture = pixels(tmp_path / "strip.png")
    ghost = np.argwhere(np.abs(picture - GHOST).max(axis=-1) < 3)
    assert len(ghost) > 100
    assert ghost[:, 1].max() > where(picture, LEFT)[:, 1].max() + 20


def test_a_strip_marks_what_is_outside_the_image(track: Keypoints, tmp_path: Path) -> None:
    outside = replace(track, xy=track.xy + np.array([320, 0]))  # half of the person
    film_strip({"": outside}, tmp_path / "strip.png", columns=1)
    picture = pixels(tmp_path / "strip.png")
    row = picture[picture.shape[0] // 2]
    assert (row[24 + 3] == 255).all()  # blank image
    assert (row[-24 - 12] == PAPER).all()  # past its edge


def test_each_row_of_a_strip_shows_its_own_person(track: Keypoints, tmp_path: Path) -> None:
    aside = replace(track, xy=track.xy * 0.6 + [900, 700], image_size=(1920, 1080))
    film_strip({"": track, " ": aside}, tmp_path / "strip.png", columns=1)
    picture = pixels(tmp_path / "strip.png")
    half = picture.shape[0] // 2
    for row in (picture[:half], picture[half:]):
        colored = where(row, LEFT)[:, 0]
        assert colored.max() - colored.min() > 100  # fills the height


def test_a_strip_shows_the_whole_image_on_request(track: Keypoints, tmp_path: Path) -> None:
    film_strip({"": track}, tmp_path / "strip.png", columns=1, zoom=False, cell=240)
    width = pixels(tmp_path / "strip.png").shape[1]
    assert width == 2 * 24 + 320 + 8
