"""`poise export`: files in, files of other programs out, words for what is wrong."""

from pathlib import Path

import numpy as np
import pytest

from poise.cli.main import run
from poise.data import load_people, read_glb
from poise.data.maker import improvise
from poise.motion import Motion
from poise.resampling import resampled_length

WALK = improvise([3], 1.0, ("walk",), 30.0).body


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clip.poise").mkdir()
    for number in (1, 2):
        WALK.save(tmp_path / "clip.poise" / f"person{number}.npz")
    WALK.save(tmp_path / "walk.npz")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = run(["export", *words])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_everybody_of_a_video_into_one_scene(capsys: pytest.CaptureFixture[str]) -> None:
    people = ("clip.poise/person1.npz", "clip.poise/person2.npz")
    status, out, err = said(capsys, *people, "--to", "blender", "--out", "out", "--fps", "24")
    assert (status, err) == (0, "")
    assert out.split() == ["out/clip.glb", "out/clip_person1.bvh", "out/clip_person2.bvh"]
    one, two = read_glb("out/clip.glb")
    assert (one.motion.fps, len(one)) == (24, resampled_length(len(WALK), 30, 24))
    np.testing.assert_allclose(one.motion.xyz, two.motion.xyz, atol=1e-5)


def test_files_are_called_after_where_they_come_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "walk.npz", "--to", "csv")[1].split() == ["walk.csv"]
    assert said(capsys, "walk.npz", "--to", "csv", "--name", "run")[1].split() == ["run.csv"]
    one = said(capsys, "clip.poise/person2.npz", "--to", "csv")
    assert one[1].split() == ["clip_person2.csv"]


def test_a_folder_is_everybody_in_it_and_keypoints_are_nobody(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(1, 12):
        WALK[:2].save(here / "clip.poise" / f"person{number}.npz")
        (here / "clip.poise" / f"person{number}.keypoints.npz").write_bytes(b"2D")
    assert said(capsys, "clip.poise", "--to", "c3d")[1].split() == ["clip.c3d"]
    assert len(load_people("clip.c3d")) == 11
    (here / "clip.c3d").unlink()
    files = sorted(str(path) for path in Path("clip.poise").glob("person*.npz"))
    assert said(capsys, *files, "--to", "c3d")[1].split() == ["clip.c3d"]
    assert len(load_people("clip.c3d")) == 11
    (here / "empty").mkdir()
    assert "empty: is a folder without person1.npz" in said(capsys, "empty", "--to", "c3d")[2]


def test_any_file_of_motion_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "walk.npz", "--to", "bvh", "c3d")[0] == 0
    for source in ("walk.bvh", "walk.c3d"):
        status, out, err = said(capsys, source, "--to", "trc", "--out", "again")
        assert (status, out.split(), err) == (0, ["again/walk.trc"], "")
        (motion,) = load_people("again/walk.trc")
        assert isinstance(motion, Motion)
        np.testing.assert_allclose(
            motion.xyz[:, motion.skeleton.index("pelvis")], WALK.motion.xyz[:, 0], atol=1e-4
        )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("walk.npz",), "name a program or a format: blender"),
        ((), "name at least one file of motion"),
        (("walk.npz", "--to", "mayaa"), "no program and no format is called 'mayaa'"),
        (("walk.npz", "--to", "glb", "--up", "z"), "GLB has its own axis up, not z"),
        (("walk.npz", "--to", "npz"), "walk.npz: the motion comes from there"),
        (("walk.npz", "--to", "csv", "--name", "a/b"), "'a/b' is not a file's name"),
        (("walk.npz", "--to", "csv", "--name", ""), "'' is not a file's name"),
        (("nobody.npz", "--to", "csv"), "nobody.npz: cannot read: no such file"),
        (("walk.npz", "--to", "bvh", "--rest", "B"), "--rest"),
        (("walk.npz", "--to", "csv", "--fps", "-3"), "-3.0 is not a frame rate"),
    ],
)
def test_what_is_wrong_is_one_line(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    before = sorted(Path().rglob("*"))
    status, out, err = said(capsys, *words)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert told in err
    assert sorted(Path().rglob("*")) == before
