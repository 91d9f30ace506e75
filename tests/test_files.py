"""Files: never half-written, never running code, always saying what is wrong."""

import gzip
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poise import PoiseError
from poise.files import load_npz, read_arrays, read_bytes, read_text, save_npz, write_aside


def test_what_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), write_aside(path) as scratch:
        scratch.write_text("half" * (1 // 0))
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_what_works_replaces_and_makes_folders(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.tar.gz"
    with write_aside(path) as scratch:
        assert scratch.name.endswith(".tar.gz")
        scratch.write_text("new")
    assert path.read_text() == "new"
    assert len(list(path.parent.iterdir())) == 1


def test_what_a_killed_process_left_is_cleared_away(tmp_path: Path) -> None:
    code = """
import os, signal, sys
from poise.files import write_aside
with write_aside(sys.argv[1]) as scratch:
    scratch.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.npz")], check=False)
    (tmp_path / f".other.poise-{os.getpid()}-x.npz").write_text("of a process that lives")
    assert len(list(tmp_path.iterdir())) == 2
    with write_aside(tmp_path / "b.npz") as scratch:
        scratch.write_text("whole")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"b.npz", f".other.poise-{os.getpid()}-x.npz"}


def test_only_ordinary_files_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    with write_aside(tmp_path / "link.txt") as scratch:
        scratch.write_text("new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, ""):
        with pytest.raises(PoiseError, match="not an ordinary file"), write_aside(path):
            pass


def test_permissions_are_those_of_an_ordinary_file(tmp_path: Path) -> None:
    ordinary, ours = tmp_path / "ordinary", tmp_path / "ours"
    ordinary.write_text("")
    with write_aside(ours) as scratch:
        scratch.write_text("")
    assert ours.stat().st_mode == ordinary.stat().st_mode


@pytest.mark.parametrize(
    ("number", "words"),
    [(28, "the disk is full"), (13, "no permission"), (30, "read-only"), (122, "quota")],
)
def test_the_system_refusing_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def refuse(*args: object, **more: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("poise.files.np.lib.format.write_array", refuse)
    path = tmp_path / "a.npz"
    with pytest.raises(PoiseError, match=f"a.npz: cannot write: .*{words}"):
        save_npz(path, "Test/1", {}, x=np.zeros(3))
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(PoiseError, match="is a file, not a folder"),
        write_aside(tmp_path / "file" / "a.npz"),
    ):
        pass


def test_arrays_and_words_come_back(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(3, 4))
    save_npz(tmp_path / "a.npz", "Test/1", {"name": "Ünïcödé"}, x=x, empty=np.zeros((0, 2)))
    about, arrays = load_npz(tmp_path / "a.npz", "Test/1")
    assert about["name"] == "Ünïcödé"
    np.testing.assert_array_equal(arrays["x"], x)
    assert arrays["empty"].shape == (0, 2)


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, ...]:
            return (os.mkdir, (str(tmp_path / "boom"),))

    np.savez(tmp_path / "a.npz", x=np.array([Bomb()], dtype=object), allow_pickle=True)
    with pytest.raises(PoiseError, match=r"a.npz: holds pickled Python objects"):
        read_arrays(tmp_path / "a.npz")
    (tmp_path / "b.npz").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(PoiseError, match=r"b.npz"):
        read_arrays(tmp_path / "b.npz")
    assert not (tmp_path / "boom").exists()


def test_files_that_are_no_npz(tmp_path: Path) -> None:
    np.save(tmp_path / "bare.npy", np.zeros(3))
    for name, content in {"empty": b"", "words": b"hello", "zip": b"PK\x03\x04broken"}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(PoiseError, match=name):
            read_arrays(tmp_path / name)
    with pytest.raises(PoiseError, match="bare array"):
        read_arrays(tmp_path / "bare.npy")
    with pytest.raises(PoiseError, match="no such file"):
        read_arrays(tmp_path / "none.npz")
    with pytest.raises(PoiseError, match="that is a folder"):
        read_bytes(tmp_path)


@given(cut=st.floats(0, 1), flip=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255))))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_damaged_files_are_refused_or_read(
    tmp_path: Path, cut: float, flip: list[tuple[float, int]]
) -> None:
    path = tmp_path / "damaged.npz"
    save_npz(path, "Test/1", {"a": 1}, x=np.arange(30.0), y=np.ones((4, 5), np.float32))
    data = bytearray(path.read_bytes())
    for place, value in flip[:4]:
        data[int(place * (len(data) - 1))] ^= value
    path.write_bytes(data[: int(len(data) * max(cut, 0.3))])
    try:
        load_npz(path, "Test/1")
    except PoiseError as error:
        assert "damaged.npz" in str(error)
        assert "\n" not in str(error)


def test_gzip_is_known_by_its_content(tmp_path: Path) -> None:
    text = "one\r\ntwo\rthree\n"
    (tmp_path / "plain.gz").write_bytes(text.encode())
    (tmp_path / "packed.txt").write_bytes(gzip.compress(text.encode()))
    for name in ("plain.gz", "packed.txt"):
        assert read_text(tmp_path / name) == "one\ntwo\nthree\n"
    packed = gzip.compress(os.urandom(5000))
    (tmp_path / "cut.gz").write_bytes(packed[:2000])
    with pytest.raises(PoiseError, match="cut.gz: the gzip data is damaged or cut short"):
        read_bytes(tmp_path / "cut.gz")
    assert len(read_bytes(tmp_path / "packed.txt", most=4)) == 4


def test_binary_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "a.bvh").write_bytes(b"HIER\x00ARCHY")
    with pytest.raises(PoiseError, match="binary data"):
        read_text(tmp_path / "a.bvh")
