"""`poise lift`: real pixels in, files out, and words for everything that can be wrong."""

import os
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poise.cli.lift import NOBODY
from poise.cli.main import run
from poise.motion import Body, Keypoints
from poise.video import open_video
from somebody import SOMEBODY, film, swaying


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = run(["lift", *words, "--threads", "1"])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_a_video_gives_motion_a_report_and_an_overlay(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film(here / "some body ü.mp4", swaying(40))
    status, out, err = said(capsys, "some body ü.mp4", "--overlay")
    assert (status, err) == (0, "")
    folder = here / "some body ü.poise"
    assert sorted(path.name for path in folder.iterdir()) == [
        "overlay.mp4",
        "person1.npz",
        "report.html",
        "some body ü.bvh",
        "some body ü.glb",
        "source",
    ]
    motion = Body.load(folder / "person1.npz").motion
    assert (motion.frame, motion.placed, len(motion)) == ("world", True, 40)
    assert motion.sigma is not None
    np.testing.assert_allclose(motion.times, np.arange(40) / 30, atol=1e-3)
    assert (
        Keypoints.load(folder / "source" / "person1.keypoints.npz").skeleton.name == "blazepose33"
    )
    with open_video(folder / "overlay.mp4") as overlay:
        pictures = [picture.rgb.astype(int) for picture in overlay.pictures()]
    assert len(pictures) == 40
    assert np.abs(pictures[20] - swaying(21)[20]).max() > 100, "something is drawn on it"
    report = (folder / "report.html").read_text()
    assert "some body ü.mp4" in report
    assert "person 1" in out
    assert "report.html" in out


def test_refined_people_are_others_by_a_little(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film(here / "a.mp4", swaying(20))
    joints: list[np.ndarray] = []
    for words in ([], ["--refine", "uao"], ["--refine", "uao", "--refine-iterations", "0"]):
        status, _, err = said(capsys, "a.mp4", "--out", f"out{len(joints)}", "--no-report", *words)
        assert (status, err) == (0, "")
        joints.append(Body.load(here / f"out{len(joints)}" / "person1.npz").motion.xyz)
    apart = np.linalg.norm(joints[1] - joints[0], axis=-1)
    assert 1e-4 < apart.mean() < 0.1
    np.testing.assert_allclose(joints[2], joints[0], atol=1e-4)


def test_a_photo(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "me.jpg").write_bytes(SOMEBODY.read_bytes())
    status, _, err = said(capsys, "me.jpg", "--out", "out")
    assert (status, err) == (0, "")
    assert len(Body.load(here / "out" / "person1.npz")) == 1


def test_nobody(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film(here / "empty.mp4", [np.full((90, 160, 3), 90, np.uint8)] * 10)
    status, _, err = said(capsys, "empty.mp4")
    assert status == NOBODY
    assert err == "poise: empty.mp4: nobody was found\n"
    assert [path.name for path in (here / "empty.poise").iterdir()] == ["report.html"]


def test_keypoints_have_no_overlay(
    here: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    film(here / "one.mp4", swaying(16))
    assert said(capsys, "one.mp4", "--no-report")[0] == 0
    track = "one.poise/source/person1.keypoints.npz"
    assert said(capsys, track, "--to", "csv", "--out", "again", "--overlay")[0] == 0
    names = {path.name for path in (here / "again").iterdir()}
    assert names == {"person1.keypoints.csv", "person1.npz", "report.html", "source"}
    assert "no overlay" in caplog.text
    one, again = (Body.load(here / f / "person1.npz") for f in ("one.poise", "again"))
    np.testing.assert_array_equal(one.motion.xyz, again.motion.xyz)


def test_a_mistyped_name_leaves_no_folder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "vidoe.mp4")[0] == 2
    assert list(here.iterdir()) == []


def test_people_of_an_earlier_run_are_forgotten_and_other_files_are_not(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "out").mkdir()
    (here / "out" / "source").mkdir()
    old = ("person2.npz", "source/person2.keypoints.npz", "source/person3.contacts.json")
    for name in (*old, "one_person2.bvh", "person2.bvh", "mine.txt"):
        (here / "out" / name).write_text("old")
    film(here / "one.mp4", swaying(16))
    assert said(capsys, "one.mp4", "--to", "bvh", "--out", "out", "--no-report")[0] == 0
    names = {path.name for path in (here / "out").iterdir()}
    assert names == {"one.bvh", "person1.npz", "person2.bvh", "mine.txt", "source"}
    assert {path.name for path in (here / "out" / "source").iterdir()} == {
        "person1.contacts.json",
        "person1.keypoints.npz",
        "person1.lifted.npz",
    }


def test_a_name_that_no_program_has_costs_no_watching(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film(here / "one.mp4", swaying(16))
    status, _, err = said(capsys, "one.mp4", "--to", "blendr")
    assert status == 2
    assert "'blendr'; did you mean 'blender'?" in err
    assert not (here / "one.poise").exists()


def sound(path: Path) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(16000))


BAD = {
    "an audio file": ("a.wav", sound, "no pictures|only sound|no video"),
    "zero bytes": ("b.mp4", lambda path: path.write_bytes(b""), "is empty"),
    "a text": ("c.mp4", lambda path: path.write_text("hello\n" * 50), "not a video|cannot"),
    "nothing": ("d.mp4", lambda path: None, "no such file"),
    "an empty folder": ("e", lambda path: path.mkdir(), "no photos|no pictures|empty"),
    "other JSON": ("f.json", lambda path: path.write_text("{}"), "no 2D keypoints"),
    "other arrays": ("g.npz", lambda path: np.savez(path, a=np.zeros(3)), "another program"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_lifted_is_said_in_one_line(
    name: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, make, words = BAD[name]
    make(here / file)
    (here / "old").mkdir()
    (here / "old" / "person1.npz").write_text("of an earlier run")
    status, out, err = said(capsys, file, "--out", "old")
    assert (status, out) == (2, "")
    assert err.startswith(f"poise: error: {file}")
    assert err.count("\n") == 1
    assert any(word in err for word in words.split("|")), err
    assert (here / "old" / "person1.npz").read_text() == "of an earlier run"


@pytest.mark.parametrize("size", [(10, 10), (7681, 33)], ids=["10x10", "very wide"])
def test_odd_sizes_are_watched(
    size: tuple[int, int], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(rgb).save(here / "odd.png")
    assert said(capsys, "odd.png")[0] == NOBODY


def test_a_video_that_breaks_off_gives_what_there_is(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = film(here / "whole.mp4", swaying(60))
    with open_video(whole) as video:
        assert len(list(video.pictures())) == 60
    import av

    with av.open(str(whole)) as source, av.open(str(here / "whole.mkv"), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    data = (here / "whole.mkv").read_bytes()
    (here / "cut.mkv").write_bytes(data[: int(0.6 * len(data))])
    status, _, err = said(capsys, "cut.mkv")
    assert status == 0
    assert 15 < len(Body.load(here / "cut.poise" / "person1.npz")) < 60
    assert err.count("\n") <= 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film(here / "one.mp4", swaying(3))
    (here / "locked").mkdir(mode=0o500)
    status, _, err = said(capsys, "one.mp4", "--out", "locked/out")
    assert status == 2
    assert "no permission" in err


def test_a_file_in_the_way_of_the_folder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film(here / "one.mp4", swaying(3))
    (here / "out").write_text("mine")
    status, _, err = said(capsys, "one.mp4", "--out", "out")
    assert status == 2
    assert "cannot write" in err
    assert (here / "out").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--people", "everyone"], "all, largest, longest"),
        (["--people", "3"], "no person 3"),
        (["--height", "182"], "give metres"),
        (["--fov", "400"], "field of view"),
        (["--detector", "rtmpos"], "did you mean 'rtmpose'"),
        (["--lifter", "none.safetensors"], "no such file"),
        (["--seconds", "-1"], "seconds"),
        (["--smoothing", "-1"], "smoothing is 0 or more"),
    ],
)
def test_wrong_words(
    words: list[str], told: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film(here / "one.mp4", swaying(8))
    status, _, err = said(capsys, "one.mp4", *words)
    assert status == 2
    assert told in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_what_is_stopped_goes_on_and_gives_the_same(how: signal.Signals, here: Path) -> None:
    film(here / "long.mp4", swaying(300))
    command = [sys.executable, "-m", "poise", "lift", "long.mp4", "--threads", "1"]
    subprocess.run([*command, "--out", "whole"], check=True, capture_output=True)
    process = subprocess.Popen(
        [*command, "--out", "out"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # What is started in the background of a shell hears no Ctrl-C, and its children neither.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    for _ in range(600):
        if (here / "out" / ".pieces" / "piece-000000.npz").exists():
            break
        time.sleep(0.05)
    process.send_signal(how)
    _, err = process.communicate(timeout=60)
    assert process.returncode == (130 if how == signal.SIGINT else -how)
    if how == signal.SIGINT:
        assert err == "\npoise: stopped\n"
    assert not (here / "out" / "person1.npz").exists()
    subprocess.run([*command, "--out", "out"], check=True, capture_output=True)
    for name in ("person1.npz", "source/person1.keypoints.npz"):
        assert (here / "out" / name).read_bytes() == (here / "whole" / name).read_bytes()
    assert not (here / "out" / ".pieces").exists()
