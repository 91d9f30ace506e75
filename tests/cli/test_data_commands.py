"""The data commands, from the words typed to what is on disk and on the screen."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poise.cli.data_make import make
from poise.cli.main import run
from poise.data import MotionLibrary
from poise.data.maker import ACTIONS, GESTURES
from poise.motion import Keypoints
from poise.skeletons import COCO17
from serving import Site, serve
from walker import walking


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Every command runs in an empty folder, and keeps its data there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POISE_DATA", str(tmp_path / "data"))
    return tmp_path


@pytest.fixture
def walk(here: Path) -> Path:
    walking().save(here / "walk.npz")
    return here / "walk.npz"


@pytest.fixture
def moves(here: Path) -> Path:
    clips = {"go_1": walking(3), "go_2": walking(4), "stay_1": walking(2)}
    MotionLibrary.of(
        clips,
        subject={"go_1": 1, "go_2": 1, "stay_1": 2},
        action={"go_1": "walk, wave", "go_2": "walk", "stay_1": "wave"},
        split={"go_1": "train", "go_2": "train", "stay_1": "val"},
    ).save(here / "moves.npz")
    return here / "moves.npz"


def info(capsys: pytest.CaptureFixture[str], path: Path) -> dict[str, object]:
    assert run(["data", "info", str(path), "--json"]) == 0
    facts: dict[str, object] = json.loads(capsys.readouterr().out)
    return facts


class TestMake:
    def test_it_makes_what_was_asked_for(
        self, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        words = ["data", "make", "m.npz", "--seconds", "8", "--seed", "3", "--actions", "walk"]
        assert run(words) == 0
        shown = capsys.readouterr()
        assert "walk" in shown.out
        assert shown.err == ""  # nobody watches
        library = MotionLibrary.open(here / "m.npz")
        assert library.seconds >= 8
        assert run([*words[:2], "again.npz", *words[3:]]) == 0
        assert (here / "again.npz").read_bytes() == (here / "m.npz").read_bytes()

    def test_its_help_names_everything_they_can_do(self) -> None:
        told = " ".join((make.__doc__ or "").split())
        assert all(name in told for name in (*ACTIONS, *GESTURES))

    def test_an_unknown_action_is_said(
        self, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["data", "make", "m.npz", "--actions", "wakl"]) == 2
        assert "did you mean 'walk'" in capsys.readouterr().err
        assert not (here / "m.npz").exists()

    def test_a_seed_that_is_none_is_said(
        self, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["data", "make", "m.npz", "--seed", "-1"]) == 2
        shown = capsys.readouterr().err
        assert "seed" in shown
        assert shown.count("\n") == 1
        assert not (here / "m.npz").exists()

    @pytest.mark.parametrize("name", ["victim.bvh", "victim", "victim.npz.gz"])
    def test_it_writes_no_other_kind_of_file(
        self, here: Path, name: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (here / name).write_text("mine")
        assert run(["data", "make", name, "--seconds", "1"]) == 2
        assert "is written as .npz" in capsys.readouterr().err
        assert (here / name).read_text() == "mine"


class TestGet:
    @staticmethod
    def archive() -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as file:
            file.writestr("01/01.asf", ":version 1.10\n")
            file.writestr("01/01_01.amc", "1\n")
        return packed.getvalue()

    def test_it_says_whose_data_it_is_and_where(
        self, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with serve(Site(self.archive())) as site:
            assert run(["data", "get", "cmu", "--from", site.url]) == 0
        shown = capsys.readouterr()
        assert "funding from NSF EIA-0196217" in shown.out
        assert "not to be resold" in shown.out
        assert f"verified: {here / 'data' / 'cmu'}" in shown.out
        assert (here / "data/cmu/01/01.asf").exists()
        assert shown.err == ""

    def test_without_a_network_it_ends_in_one_line(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("poise.data.transfer.time.sleep", lambda _: None)
        with serve(Site(b"")) as site:
            pass
        assert run(["data", "get", "cmu", "--from", site.url, "--out", "there"]) == 2
        shown = capsys.readouterr().err
        assert "no connection" in shown
        assert shown.count("\n") == 1


class TestInfo:
    def test_a_motion(self, walk: Path, capsys: pytest.CaptureFixture[str]) -> None:
        facts = info(capsys, walk)
        assert facts["what"] == "one motion"
        assert (facts["frames"], facts["seconds"], facts["fps"]) == (60, 2.0, 30.0)
        assert (facts["skeleton"], facts["joints"]) == ("h36m17", 17)
        assert facts["frame"] == "world, placed"
        assert facts["path_of_root_m"] == pytest.approx(1.3 * 59 / 30, abs=0.001)
        assert facts["height_m"] == [0.095, 1.75]  # ankles and crown

    def test_a_library(self, moves: Path, capsys: pytest.CaptureFixture[str]) -> None:
        facts = info(capsys, moves)
        assert (facts["clips"], facts["seconds"]) == (3, 9.0)
        assert facts["splits"] == {
            "train": {"clips": 2, "seconds": 7.0, "subjects": 1},
            "val": {"clips": 1, "seconds": 2.0, "subjects": 1},
        }
        assert facts["actions"] == {
            "walk": {"clips": 2, "seconds": 7.0},
            "wave": {"clips": 2, "seconds": 5.0},
        }

    def test_for_people_it_is_a_table(
        self, moves: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["data", "info", str(moves)]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "what      a library of motions"
        assert "train      2      7.0         1" in lines
        assert "walk        2      7.0" in lines

    def test_keypoints(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        xy = np.full((10, 17, 2), 50.0)
        xy[:5, 0] = np.nan
        track = Keypoints(xy=xy, skeleton=COCO17, image_size=(640, 480), fps=25)
        track.save(here / "track.npz")
        facts = info(capsys, here / "track.npz")
        assert facts["image"] == "640 x 480 px"
        assert facts["not_seen_percent"] == pytest.approx(100 * 5 / 170, abs=0.1)

    def test_a_folder(self, walk: Path, capsys: pytest.CaptureFixture[str]) -> None:
        facts = info(capsys, walk.parent)
        assert facts["what"] == "a folder of motion files"
        assert facts["clips"] == 1

    def test_real_files(self, real_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        facts = info(capsys, real_data / "cmu/amc/02/02_01.amc")
        assert facts["what"] == "one motion with rotations (AMC)"
        assert "120 frames per second" in facts["assumed"][0]  # type: ignore[index]
        facts = info(capsys, real_data / "mocap17")
        assert facts["what"] == "the mocap17 pack, version 1, as published"
        assert facts["clips"] == 184

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"hello"])
    def test_what_is_not_motion_is_refused(
        self, here: Path, content: bytes, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (here / "odd.npz").write_bytes(content)
        assert run(["data", "info", "odd.npz"]) == 2
        shown = capsys.readouterr().err
        assert shown.startswith("poise: error: odd.npz: ")
        assert shown.count("\n") == 1

    def test_an_npz_of_someone_else(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        np.savez(here / "other.npz", a=np.zeros(3))
        assert run(["data", "info", "other.npz"]) == 2
        assert "poise did not write" in capsys.readouterr().err


class TestShow:
    def test_a_motion_becomes_a_sheet_in_this_folder(
        self, walk: Path, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["data", "show", str(walk)]) == 0
        assert capsys.readouterr().out == "drawn: walk.poise.png\n"
        with Image.open(here / "walk.poise.png") as sheet:
            assert sheet.width > 500

    def test_some_frames_become_an_animation(self, walk: Path, here: Path) -> None:
        words = ["--out", "walk.gif", "--frames", "10:40", "--view", "side"]
        assert run(["data", "show", str(walk), *words]) == 0
        with Image.open(here / "walk.gif") as film:
            assert getattr(film, "n_frames", 0) == 15  # one second

    def test_a_library_becomes_a_row_for_each_clip(self, moves: Path, here: Path) -> None:
        assert run(["data", "show", str(moves), "--out", "all.png"]) == 0
        assert run(["data", "show", str(moves), "--key", "go_2"]) == 0
        with Image.open(here / "all.png") as all_clips, Image.open(here / "go_2.poise.png") as one:
            assert all_clips.height > 2.5 * one.height

    @pytest.mark.parametrize("path", [".", "../moves", "moves/.."])
    def test_a_folder_gives_the_picture_its_name(
        self, walk: Path, monkeypatch: pytest.MonkeyPatch, path: str
    ) -> None:
        (walk.parent / "moves").mkdir()
        (walk.parent / "moves" / "moves").mkdir()
        inside = walk.rename(walk.parent / "moves" / "walk.npz")
        monkeypatch.chdir(inside.parent)
        assert run(["data", "show", path]) == 0
        assert [place.name for place in Path().glob("*.png")] == ["moves.poise.png"]

    def test_a_hidden_file_gives_a_picture_that_is_seen(self, walk: Path, here: Path) -> None:
        walk.rename(here / ".walk.npz")
        assert run(["data", "show", ".walk.npz"]) == 0
        assert (here / "walk.poise.png").exists()

    def test_benchmark_views_become_a_row_for_each_camera(self, moves: Path, here: Path) -> None:
        assert run(["data", "prepare", "moves.npz", "--split", "val", "--tracks", "noisy"]) == 0
        (views,) = (here / "data" / "open-benchmark").rglob("*.npz")
        assert run(["data", "show", str(views), "--out", "views.png"]) == 0
        with Image.open(here / "views.png") as strip:
            assert strip.height > 4 * 220
        np.savez(here / "folder.npz")  # nothing of ours
        assert run(["data", "show", str(views.parent)]) == 2

    def test_keypoints_become_a_film_strip(self, here: Path) -> None:
        xy = np.random.default_rng(0).uniform(0, 400, (10, 17, 2))
        Keypoints(xy=xy, skeleton=COCO17, image_size=(640, 480), fps=25).save(here / "k.npz")
        assert run(["data", "show", "k.npz"]) == 0
        assert (here / "k.poise.png").exists()

    @pytest.mark.parametrize(
        ("words", "answer"),
        [
            (["moves.npz", "--key", "go_3"], "did you mean 'go_"),
            (["moves.npz", "--out", "all.gif"], "choose one by --key"),
            (["walk.npz", "--key", "x"], "no clips to choose from"),
            (["walk.npz", "--out", "walk.jpg"], "a picture is a .png"),
            (["walk.npz", "--frames", "5-7"], "write it as A:B"),
            (["walk.npz", "--frames", "7:7"], "B must be greater"),
            (["walk.npz", "--frames", "60:"], "has 60 frames, none from 60 on"),
            (["nowhere.npz"], "no such file"),
        ],
    )
    def test_what_cannot_be_drawn_is_said(
        self,
        walk: Path,
        moves: Path,
        words: list[str],
        answer: str,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        assert run(["data", "show", *words]) == 2
        shown = capsys.readouterr().err
        assert answer in shown
        assert shown.count("\n") == 1
        assert not list(Path().glob("*.gif"))


class TestPrepare:
    def test_views_are_filmed_once(
        self, moves: Path, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        words = ["data", "prepare", "moves.npz", "--split", "val"]
        assert run(words) == 0
        shown = capsys.readouterr().out
        assert shown.splitlines()[0].startswith("track  split  cameras  views")
        assert shown.endswith("val: other motion: not comparable with published numbers\n")
        files = sorted((here / "data" / "open-benchmark").rglob("*.npz"))
        assert len(files) == 2  # exact and noisy
        written = [file.stat().st_mtime_ns for file in files]
        assert run(words) == 0
        assert [file.stat().st_mtime_ns for file in files] == written
        capsys.readouterr()
        assert info(capsys, files[0])["cameras"] == 4
        assert info(capsys, files[0].parent)["segments"] == 1

    def test_an_unknown_track_is_said(
        self, moves: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["data", "prepare", "moves.npz", "--tracks", "noissy"]) == 2
        assert "did you mean 'noisy'" in capsys.readouterr().err
