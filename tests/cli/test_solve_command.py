"""`poise solve`: bodies of any motion, and what `poise lift` left once more, after an edit."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import poise
from poise.body import contact_slides, read_contacts, write_contacts
from poise.cameras import Camera, look_at
from poise.cli.main import run
from poise.conversions import convert
from poise.data import load_people
from poise.data.maker import improvise
from poise.export import export, with_names
from poise.export.bvh import write_bvh
from poise.motion import Body, Contact, Keypoints, Motion
from poise.skeletons import FIGURE27, H36M17

WALK = improvise([0, 1], 2.0, ("walk",), 30.0).body[:60]
FPS = 30.0


def seen() -> Keypoints:
    """The walk as a camera sees it that stands beside."""
    xyz = convert(WALK.motion, H36M17).xyz
    middle = xyz.reshape(-1, 3).mean(axis=0)
    lens = Camera.from_field_of_view(1280, 720, horizontal_deg=70)
    pose = look_at(middle + np.array([1.0, -5.0, 0.5]), middle)
    xy = replace(lens, T_camera_world=pose).project(
        replace(lens, T_camera_world=pose).to_camera(xyz)
    )
    return Keypoints(xy=xy, skeleton=H36M17, image_size=(1280, 720), fps=FPS, camera=lens)


@pytest.fixture(scope="module")
def lifted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `poise lift` leaves."""
    folder = tmp_path_factory.mktemp("lifted")
    seen().save(folder / "walk.npz")
    words = [str(folder / "walk.npz"), "--out", str(folder / "walk.poise"), "--no-report", "--to"]
    assert run(["lift", *words, "bvh", "--threads", "1"]) == 0
    return folder / "walk.poise"


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lifted: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(lifted, tmp_path / "walk.poise")
    convert(WALK.motion, H36M17).save(tmp_path / "bare.npz")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = run(["solve", *words])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def files() -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}


def test_what_lift_left_gives_the_same_body(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, first = files(), Body.load("walk.poise/person1.npz")
    status, out, err = said(capsys, "walk.poise")
    assert status == 0
    again = Body.load("walk.poise/person1.npz")
    np.testing.assert_array_equal(again.motion.xyz, first.motion.xyz)
    np.testing.assert_array_equal(again.rotations, first.rotations)
    assert [one.joint for one in again.contacts] == [one.joint for one in first.contacts]
    assert len(first.contacts) > 3
    slides = 1000 * np.array(contact_slides(again))
    assert out.startswith("person 1  60 frames  ")
    assert f"{len(again.contacts)} contacts" in out
    assert f"slides {slides.mean():.1f} mm, at most {slides.max():.1f}" in out
    assert "mm below the floor at most" in out
    assert out.splitlines()[-1] == "walk.poise/person1.npz"
    assert err == "poise: walk.poise: older than the bodies: walk.bvh; --to writes them\n"
    after = files()
    changed = {str(path) for path in after if after[path] != before.get(path)}
    assert changed <= {"walk.poise/person1.npz"}
    assert set(after) == set(before)


def test_contacts_are_a_track_to_edit(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    track = Path("walk.poise/source/person1.contacts.json")
    first = Body.load("walk.poise/person1.npz")
    first_slide = max(contact_slides(replace(first, contacts=(Contact(0.5, 1.5, "left_heel"),))))
    track.write_text('{"contacts": [{"joint": "left_heel", "start": 0.5, "stop": 1.5}]}')
    before = track.read_bytes()
    status, out, _ = said(capsys, "walk.poise", "--to", "csv", "--name", "still")
    assert status == 0
    assert out.splitlines()[-2:] == ["walk.poise/still.csv", "walk.poise/person1.npz"]
    body = Body.load("walk.poise/person1.npz")
    assert body.contacts == (Contact(0.5, 1.5, "left_heel"),)
    assert max(contact_slides(body)) < first_slide / 4, "a foot that walked on is held"
    assert track.read_bytes() == before
    (motion,) = load_people("walk.poise/still.csv")
    assert isinstance(motion, Motion)
    np.testing.assert_allclose(motion.xyz, body.motion.xyz, atol=1e-4)


def test_contacts_are_found_anew_on_request_and_where_none_are(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    track = Path("walk.poise/source/person1.contacts.json")
    first = track.read_bytes()
    for words in ((), ("--standing", "feet", "knees")):
        track.unlink() if not words else write_contacts(track, ())
        status, out, _ = said(capsys, "walk.poise", *words)
        assert status == 0
        assert track.read_bytes() == first
        assert str(track) in out.splitlines()


def test_feet_that_are_let_go(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files()
    status, out, _ = said(capsys, "walk.poise", "--feet", "off")
    assert status == 0
    assert "0 contacts" in out
    assert Body.load("walk.poise/person1.npz").contacts == ()
    changed = {path for path, data in files().items() if data != before[path]}
    assert changed == {Path("walk.poise/person1.npz")}


def test_any_file_of_motion(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export([WALK], Path(), "dance", ["bvh"])
    status, out, err = said(capsys, "dance.bvh", "--write-contacts", "stands.json")
    assert (status, err) == (0, "")
    assert out.splitlines()[1:] == ["dance.body.npz", "stands.json"]
    body = Body.load("dance.body.npz")
    found = read_contacts("stands.json")
    assert [one.joint for one in found] == [one.joint for one in body.contacts]
    joints, _ = body.pose()
    far = np.linalg.norm(joints[:, 0] - WALK.motion.xyz[:, 0], axis=-1)
    assert far.mean() < 0.03
    assert said(capsys, "dance.bvh", "--contacts", "stands.json", "--out", "there/two.npz")[0] == 0
    two = Body.load("there/two.npz")
    np.testing.assert_array_equal(two.motion.xyz, body.motion.xyz)
    assert two.contacts == found


def test_keypoints_of_a_lifted_motion_are_looked_at(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = "walk.poise/source/person1"
    words = ("--track", f"{source}.keypoints.npz", "--contacts", f"{source}.contacts.json")
    assert said(capsys, f"{source}.lifted.npz", *words, "--out", "one.npz")[0] == 0
    with_track, of_lift = Body.load("one.npz"), Body.load("walk.poise/person1.npz")
    np.testing.assert_array_equal(with_track.motion.xyz, of_lift.motion.xyz)
    assert said(capsys, f"{source}.lifted.npz", *words[2:], "--out", "two.npz")[0] == 0
    assert not np.array_equal(Body.load("two.npz").motion.xyz, of_lift.motion.xyz)


def test_everybody_in_a_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export([WALK, WALK[:30]], Path(), "two", ["c3d"])
    status, _, err = said(capsys, "two.c3d", "--out", "one.npz", "--contacts", "c.json")
    assert status == 2
    assert "two.c3d: holds 2 people; leave --out and --contacts out" in err
    status, out, _ = said(capsys, "two.c3d")
    assert status == 0
    assert out.splitlines()[2:] == ["two_person1.body.npz", "two_person2.body.npz"]
    assert out.splitlines()[1].startswith("person 2  ")


CONTACT = {"joint": "left_heel", "start": 0.1, "stop": 0.4}
EDITS = {
    "an elbow": ([CONTACT | {"joint": "left_elbow"}], "left_elbow cannot stand on a floor"),
    "a typing error": ([CONTACT | {"joint": "left_hel"}], "did you mean 'left_heel'?"),
    "another motion's": ([CONTACT | {"start": 8, "stop": 9}], "stands from 8 to 9 s, and the"),
    "no end": ([CONTACT | {"stop": float("inf")}], "to inf s has no end"),
    "backwards": ([CONTACT | {"stop": 0}], "a contact from 0.1 s to 0.0 s is none"),
    "words": ([CONTACT | {"stop": "soon"}], "damaged: could not convert"),
    "no joint": ([{"start": 0, "stop": 1}], "damaged: it lacks 'joint'"),
    "no list": (3, "damaged: "),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_that_cannot_be(edit: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows, told = EDITS[edit]
    text = json.dumps({"contacts": rows})
    Path("walk.poise/source/person1.contacts.json").write_text(text)
    Path("mine.json").write_text(text)
    before = files()
    for words in (("walk.poise",), ("bare.npz", "--contacts", "mine.json")):
        status, out, err = said(capsys, *words)
        assert (status, out) == (2, "")
        assert err.count("\n") == 1
        assert told in err
        assert "contacts.json: " in err or "mine.json: " in err
    assert files() == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("nothing.poise", "nothing.poise: cannot read: no such file"),
        ("empty", "empty: is not a folder that poise lift left"),
        ("walk.poise --out x.npz", "walk.poise: is a folder, which has its own files; leave --out"),
        ("walk.poise --to blendr", "'blendr'; did you mean 'blender'?"),
        ("walk.poise --to csv --name a/b", "'a/b' is not a file's name"),
        ("bare.npz --to blender", "bare.npz: is a file; poise export writes it; leave --to out"),
        ("bare.npz --out bare.npz", "bare.npz: is what is read"),
        ("bare.npz --out walk.bvh", "walk.bvh: a body is a .npz"),
        ("bare.npz --out c.npz --write-contacts c.npz", "c.npz: the body goes there"),
        ("bare.npz --standing elbows", "invalid choice 'elbows'"),
        ("bare.npz --contacts none.json", "none.json: cannot read: no such file"),
        ("bare.npz --contacts c.json --feet off", "--feet off holds nothing; give one"),
        ("bare.npz --contacts c.json --standing feet", "--standing finds them; give one"),
        ("bare.npz --track keypoints.npz", "bare.npz has none"),
        ("keypoints.npz", "keypoints.npz: holds 2D keypoints, no motion"),
        ("strange.bvh", "strange.bvh: is on a rig that poise does not know the joints of"),
        ("relative.npz --contacts c.json", "relative.npz: has no path through a world"),
        ("unknown.npz", "unknown.npz: no joint of this motion is known in any frame"),
        (
            "walk.poise/source/person1.lifted.npz --track keypoints.npz",
            "person1.lifted.npz: the keypoints and the motion have different timestamps",
        ),
    ],
)
def test_what_is_wrong_is_one_line(
    words: str, told: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("empty").mkdir()
    bare = Motion.load("bare.npz")
    bare.relative().save("relative.npz")
    replace(bare, xyz=np.full_like(bare.xyz, np.nan)).save("unknown.npz")
    named = {joint: f"bone_{place}" for place, joint in enumerate(FIGURE27.joints)}
    write_bvh("strange.bvh", with_names(WALK[:2], named))
    write_contacts("c.json", [Contact(0.1, 0.4, "left_heel")])
    seen()[:20].save("keypoints.npz")
    before = files()
    status, out, err = said(capsys, *words.split())
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert told in err
    assert files() == before


def test_keypoints_of_other_timestamps_in_the_folder(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen()[:20].save("walk.poise/source/person1.keypoints.npz")
    before = files()
    status, _, err = said(capsys, "walk.poise")
    assert status == 2
    assert "person1.lifted.npz: the keypoints and the motion have different timestamps" in err
    assert files() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("walk.poise").chmod(0o500)
    status, _, err = said(capsys, "walk.poise")
    Path("walk.poise").chmod(0o700)
    assert status == 2
    assert "walk.poise: cannot write: no permission" in err


def test_a_file_in_the_way_is_found_before_the_work(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = said(capsys, "bare.npz", "--out", "bare.npz/body.npz")
    assert status == 2
    assert "bare.npz: cannot write: a part of that path is a file" in err


def test_in_python_it_has_the_same_name() -> None:
    body = poise.solve(convert(WALK.motion, H36M17)[:15])
    assert isinstance(body, Body)
