"""The solved skeleton on the page: it stands, moves and bends there as the body does."""

import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from poise.angles import gait, joint_angles
from poise.body.measures import contact_slides, deepest
from poise.conversions import convert
from poise.errors import PoiseError
from poise.motion import Body, Contact, Keypoints
from poise.render.views import look_from
from poise.report import Findings, Person, write_report
from poise.report.markup import Html
from poise.report.moving_figure import moving_figure
from poise.report.rest_figure import rest_figure
from poise.report.solid_bones import limbs, outline, shapes
from poise.report.stretch import stretch_of
from poise.skeletons import FIGURE27, H36M17
from solved import walker

WALK = walker()
SIZE = (320, 180)
Write = Callable[..., str]


def told(body: Body | None, **more: object) -> Findings:
    """A page about the walker and this body of theirs."""
    motion = convert(WALK.motion, H36M17)
    rng = np.random.default_rng(0)
    motion = replace(motion, xyz=motion.xyz + rng.normal(0, 0.01, motion.xyz.shape))
    xy = rng.uniform(0, 180, (len(motion), 17, 2))
    track = Keypoints(xy=xy, skeleton=H36M17, image_size=SIZE, fps=30, times=motion.times)
    one = Person(track=track, motion=motion, seconds_visible=8.0, body=body, **more)  # type: ignore[arg-type]
    return Findings(
        source="walk.mp4", image_size=SIZE, fps=30, seconds=8, frames=333, people=(one,)
    )


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.setattr("poise.report.images._MOMENTS", 1)  # which take most of the time

    def write(body: Body | None, **more: object) -> str:
        write_report(tmp_path / "page.html", told(body, **more))
        return (tmp_path / "page.html").read_text("utf-8")

    return write


def words(page: str) -> str:
    """What is read, without markup."""
    bare = re.sub(r"<(style|svg).*?</\1>", " ", page, flags=re.S)
    return " ".join(re.sub(r"<[^>]*>", " ", bare).replace("\u00a0", " ").split())


def animated(drawing: str, attribute: str) -> list[list[str]]:
    """The values of each animation of an attribute, in order."""
    found = re.findall(rf'<animate attributeName="{attribute}" values="([^"]*)"', drawing)
    return [values.split(";") for values in found]


def moving(body: Body) -> Html:
    stretch = stretch_of(body)
    assert stretch is not None
    return moving_figure(body, stretch, (0, 128, 128), "it")


def lost(body: Body, frames: slice) -> Body:
    """The body, nobody seen in these frames."""
    arrays = {"xyz": body.motion.xyz.copy(), "rotations": body.rotations.copy()}
    for array in arrays.values():
        array[frames] = np.nan
    assert body.rotation_sigma is not None
    sigma = body.rotation_sigma.copy()
    sigma[frames] = np.nan
    motion = replace(body.motion, xyz=arrays["xyz"])
    return replace(body, motion=motion, rotations=arrays["rotations"], rotation_sigma=sigma)


def test_the_page_tells_how_true_the_skeleton_is(page: Write) -> None:
    down = replace(WALK.motion, xyz=WALK.motion.xyz - np.array([0, 0, 0.02], np.float32))
    body = replace(WALK, motion=down)
    seen = words(page(body))
    walk, slides = gait(body), contact_slides(body)
    assert walk is not None
    for said in (
        f"mean of {len(slides)} contacts, the worst {1000 * max(slides):.1f} mm",
        "Feet that stay 100 %",
        f"Below the floor {1000 * deepest(body):.0f} mm",
        "Bone lengths constant ±",
        f"Cadence {walk.cadence.mean:.0f} steps a minute",
        f"Step length {walk.step_length.mean:.2f} m",
    ):
        assert said in seen
    assert 19 < 1000 * deepest(body) < 21


def test_a_foot_that_slides_is_said_to(page: Write) -> None:
    drift = np.linspace(0, 3, len(WALK))[:, None, None] * np.array([1, 0, 0], np.float32)
    sliding = replace(WALK, motion=replace(WALK.motion, xyz=WALK.motion.xyz + drift))
    stays = re.search(r"Feet that stay (\d+) %", words(page(sliding)))
    assert stays is not None
    assert int(stays[1]) < 20


def test_without_a_body_the_page_is_what_it_was(page: Write) -> None:
    seen = page(None)
    assert "<animate" not in seen
    assert "solved" not in words(seen)


def test_the_rest_pose_names_every_joint_and_stands_as_the_offsets_say() -> None:
    drawing = rest_figure(WALK)
    names = re.findall(r'class="name [^"]*">([^<]*)<', drawing)
    assert len(names) == len(FIGURE27)
    assert names.count("elbow") == 2
    dots = np.array(re.findall(r'<circle cx="([^"]*)" cy="([^"]*)"', drawing), float)
    x, y = dots.T
    at = FIGURE27.index
    # It faces us, so its left is on the right of the page; arms level, feet below.
    assert x[at("right_hand")] < x[at("right_elbow")] < x[at("pelvis")] < x[at("left_hand")]
    assert y[at("head")] < y[at("pelvis")] < y[at("left_knee")] < y[at("left_ball")]
    thigh, shin = (
        y[at(f"left_{b}")] - y[at(f"left_{a}")] for a, b in (("hip", "knee"), ("knee", "ankle"))
    )
    lengths = np.linalg.norm(WALK.offsets, axis=-1)
    assert thigh / shin == pytest.approx(lengths[at("left_knee")] / lengths[at("left_ankle")], 0.01)


def test_a_bone_on_the_page_goes_from_joint_to_joint() -> None:
    view = look_from(np.array([0.0, -1.0, 0.0]), 30, 10)
    xy = view(WALK.pose()[0][:5])[..., :2] * 100
    lengths = np.full(len(FIGURE27.bones), 0.3)
    corners = shapes(xy, FIGURE27, lengths, 100.0)
    parents, children = np.array(FIGURE27.bones).T
    assert corners[..., 0, :] == pytest.approx(xy[:, parents])
    assert corners[..., 2, :] == pytest.approx(xy[:, children])
    numbers = re.findall(r"-?\d+", outline(corners[0, :1]))
    steps = np.array(numbers, float).reshape(4, 2)
    assert steps[:3].sum(axis=0) / 10 == pytest.approx(xy[0, children[0]], abs=0.2)


def test_every_bone_belongs_to_one_limb() -> None:
    found = limbs(FIGURE27)
    assert set(found) == {"trunk", "left_clavicle", "right_clavicle", "left_hip", "right_hip"}
    assert sorted(bone for bones in found.values() for bone in bones) == list(range(26))


def test_the_figure_moves_in_real_time_and_limbs_pass_before_the_trunk() -> None:
    drawing, stretch = moving(WALK), stretch_of(WALK)
    assert stretch is not None
    assert len(drawing) < 300_000
    assert 7 < stretch.seconds <= 10
    assert set(re.findall(r'dur="([^"]*)"', drawing)) == {f"{stretch.seconds:.2f}s"}
    poses = animated(drawing, "d")
    assert len(poses) == 2 * 5  # trunk and limbs, each with its shade
    assert {len(values) for values in poses} == {len(stretch.times)}
    for values in poses:  # SVG moves a path only into one of the same commands
        assert len({re.sub(r"[-\d. ]+", "", value) for value in values}) == 1
    seen = animated(moving(walker(8.0, "turn")), "visibility")
    assert len(seen) >= 4  # the limbs of one side come to the front, the others go behind
    assert all(one != other for values in seen for one, other in pairwise(values))


def test_feet_are_marked_where_and_while_they_stand() -> None:
    drawing = moving(WALK)
    stretch = stretch_of(WALK)
    assert stretch is not None
    within = [contact for contact in WALK.contacts if contact in stretch]
    assert drawing.count('class="step left"') == sum("left" in one.joint for one in within)
    assert drawing.count('class="step right"') == sum("right" in one.joint for one in within)
    one = Contact(4.0, 5.0, "left_heel")
    step = moving(replace(WALK, contacts=(one,)))
    (values,) = animated(step, "opacity")
    assert values == ["0.4", "1", "0.4"]
    times = re.search(r'keyTimes="([^"]*)"', step[step.index('attributeName="opacity"') :])
    assert times is not None
    begin, end = (
        stretch.times[0] + stretch.seconds * float(share) for share in times[1].split(";")[1:]
    )
    assert (begin, end) == pytest.approx((4.0, 5.0), abs=0.1)


def test_a_stretch_is_whole_short_and_not_too_far() -> None:
    gone = stretch_of(lost(WALK, slice(100, 110)))
    assert gone is not None
    assert gone.times[0] >= WALK.motion.times[110]  # the longer part
    assert np.isfinite(gone.joints).all()
    path = np.linspace(0, 60, len(WALK))[:, None, None] * np.array([0, 1, 0], np.float32)
    far = stretch_of(replace(WALK, motion=replace(WALK.motion, xyz=WALK.motion.xyz + path)))
    assert far is not None
    assert np.ptp(far.joints[:, 0, 1]) < 7
    assert stretch_of(lost(WALK, slice(None))) is None
    still = stretch_of(WALK[:1])
    assert still is not None
    assert still.seconds == 0


def test_angles_are_drawn_as_they_are(page: Write) -> None:
    seen = page(WALK)
    table = joint_angles(WALK)
    for title, name in (("Knee flexion", "knee_flexion"), ("Elbow flexion", "elbow_flexion")):
        chart = seen[seen.index(f"<figcaption>{title}") :]
        chart = chart[: chart.index("</figure>")]
        for side in ("left", "right"):
            line = re.search(rf'd="M([^"]*)" class="median {side}"', chart)
            assert line is not None
            x, y = np.array([point.split() for point in line[1].split("L")], float).T
            true = table[f"{name}_{side[0]}"]
            # Up to the scale that the chart has chosen, and to what a column of it can show.
            at = np.interp(x, table.times / table.times[-1] * 1000, true)
            assert np.corrcoef(at, -y)[0, 1] > 0.997
    assert seen.count('class="band left"') == seen.count('class="band right"') == 5
    assert 'class="band left"' not in page(replace(WALK, rotation_sigma=None))


def test_contacts_are_bars_on_the_axis_of_the_other_charts(page: Write) -> None:
    seen = page(replace(WALK, contacts=(Contact(2.0, 4.0, "left_heel"),)))
    bar = re.search(r'd="M([\d.]+) [\d.]+H([\d.]+)V[\d.]+H[\d.]+z" class="stands left"', seen)
    assert bar is not None
    span = WALK.motion.times[-1]
    wide = float(bar[2]) - float(bar[1])
    assert float(bar[1]) == pytest.approx(2000 / span, abs=0.1)
    assert wide == pytest.approx((2 + 1 / 30) * 1000 / span, abs=0.1)


@pytest.mark.parametrize("kind", ["gap", "nobody", "one frame", "camera", "unplaced", "no contact"])
def test_bodies_of_every_kind(page: Write, kind: str) -> None:
    relative = replace(WALK.motion.relative(), camera=None)
    body = {
        "gap": lost(WALK, slice(100, 200)),
        "nobody": lost(WALK, slice(None)),
        "one frame": lost(lost(WALK, slice(0, 99)), slice(100, None)),
        "camera": replace(WALK, motion=replace(WALK.motion, frame="camera")),
        "unplaced": replace(WALK, motion=relative),
        "no contact": replace(WALK, contacts=()),
    }[kind]
    seen = page(body, missing=((3.3, 6.6),))
    assert not re.search(r"\bnan\b", re.sub(r"base64,[^\"]*", "", seen))
    assert "The solved skeleton" in seen
    assert ("Knee flexion" in seen) == (kind != "nobody")


def test_the_same_body_gives_the_same_small_page_without_a_script(page: Write) -> None:
    seen = page(WALK)
    assert seen == page(WALK)
    assert "<script" not in seen
    assert len(seen) - len(page(None)) < 300_000


def test_a_body_of_another_skeleton_is_refused_in_words() -> None:
    motion = convert(WALK.motion, H36M17)
    other = Body(
        motion=motion,
        rotations=np.tile([1.0, 0, 0, 0], (len(motion), 17, 1)),
        offsets=np.zeros((17, 3)),
        model="other",
    )
    with pytest.raises(PoiseError, match="on figure27, not on h36m17"):
        told(other)


def test_a_report_needs_no_torch() -> None:
    check = "import sys, poise.report; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check]).returncode == 0


@pytest.mark.budget
@pytest.mark.usefixtures("unchecked")
def test_ten_minutes_of_a_body_are_soon_told(page: Write) -> None:
    times = 54
    long = np.tile(np.arange(len(WALK)), times)
    assert WALK.rotation_sigma is not None
    body = replace(
        WALK,
        motion=replace(WALK.motion, xyz=WALK.motion.xyz[long], times=np.arange(len(long)) / 30),
        rotations=WALK.rotations[long],
        rotation_sigma=WALK.rotation_sigma[long],
        contacts=tuple(
            Contact(one.start + lap * 11.1, one.stop + lap * 11.1, one.joint)
            for lap in range(times)
            for one in WALK.contacts
        ),
    )
    start = time.process_time()
    seen = page(body)
    print(f"\nten minutes: {time.process_time() - start:.1f} s, {len(seen) / 1000:.0f} kB")
    assert time.process_time() - start < 8
    assert len(seen) < 700_000
