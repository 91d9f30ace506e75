"""Libraries: folders read one file at a time, packs, selections, and files that are not right."""

import gc
import json
import pickle
import shutil
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from motion_files import (
    amc_frames,
    amc_text,
    asf_text,
    bvh_text,
    cmu_bones,
    expmap_text,
    frames_for,
    person,
    write,
)
from poise.cameras import Camera
from poise.data.library import Clip, MotionLibrary
from poise.errors import PoiseError
from poise.motion import Keypoints, Motion
from poise.skeletons import CMU31, COCO17, H36M17, Skeleton

SmallPack = tuple[Path, dict[str, np.ndarray], dict[str, Any]]


def motion(
    frames: int = 5, fps: float = 30.0, seed: int = 0, skeleton: Skeleton = H36M17
) -> Motion:
    xyz = np.random.default_rng(seed).normal(size=(frames, len(skeleton), 3)).astype(np.float32)
    return Motion(xyz=xyz, skeleton=skeleton, fps=fps, frame="world", placed=True)


@pytest.fixture
def three() -> MotionLibrary:
    return MotionLibrary.of(
        {"a": motion(5), "b": motion(8, seed=1), "c": motion(3, seed=2)},
        subject={"a": 1, "b": 2},
        action={"a": "slow walk", "b": "Walking", "c": "jump"},
        split={"a": "train", "b": "test", "c": "train"},
        source="made",
    )


@pytest.fixture
def folder(tmp_path: Path) -> tuple[Path, Path]:
    """Files of every kind, among others that are none."""
    bones = cmu_bones()
    (tmp_path / "07").mkdir()
    asf = write(tmp_path / "07" / "07.asf", asf_text(bones))
    write(tmp_path / "07" / "07_02.amc.gz", amc_text(amc_frames(bones, 8)), packed=True)
    write(tmp_path / "walk.bvh", bvh_text(person(), frames_for(person(), 6), "0.016667"))
    motion(7).save(tmp_path / "made.npz")
    rng = np.random.default_rng(0)
    write(tmp_path / "angles.txt", expmap_text(rng.normal(size=(9, 3)), rng.normal(size=(9, 114))))
    write(tmp_path / "README.txt", "notes\n")
    write(tmp_path / "walk.txt", "")
    write(tmp_path / ".hidden.bvh", "not a motion\n")
    Keypoints(
        xy=np.zeros((2, 17, 2), np.float32), skeleton=COCO17, image_size=(10, 10), fps=30
    ).save(tmp_path / "track.npz")
    return tmp_path, asf


def test_a_folder_of_all_kinds_of_files(folder: tuple[Path, Path]) -> None:
    path, asf = folder
    library = MotionLibrary.open(path, asf=asf)
    assert {clip.key: (clip.frames, clip.fps, clip.subject, clip.source) for clip in library} == {
        "07/07_02": (8, 120, 7, "amc"),
        "angles": (9, 120, None, "expmap"),
        "made": (7, 30, None, "npz"),
        "walk": (6, 60, None, "bvh"),
    }
    for clip in library:
        assert len(library[clip.key]) == clip.frames
        assert library[clip.key].fps == clip.fps
    assert library["07/07_02"].skeleton == CMU31
    assert library.seconds == pytest.approx(8 / 120 + 9 / 120 + 7 / 30 + 6 / 60)
    assert repr(library) == "MotionLibrary(4 clips, 0.0 min)"


def test_motions_are_converted_and_resampled_when_they_are_read(folder: tuple[Path, Path]) -> None:
    path, asf = folder
    known = MotionLibrary.open(path, asf=asf)
    library = MotionLibrary(known.entries[:3]).on("h36m17").at(30)
    assert [(clip.frames, clip.fps) for clip in library] == [(2, 30), (3, 30), (7, 30)]
    for clip in library:
        assert library[clip.key].skeleton == H36M17
        assert (len(library[clip.key]), library[clip.key].fps) == (clip.frames, 30)
    amc = known["07/07_02"].xyz[::4]
    knee = library["07/07_02"].xyz[:, H36M17.index("left_knee")]
    np.testing.assert_array_equal(knee, amc[:, CMU31.index("lfemur")])


def test_a_folder_keeps_no_motion_in_memory(folder: tuple[Path, Path]) -> None:
    library = MotionLibrary.open(folder[0], asf=folder[1])
    read = [weakref.ref(library[clip.key]) for clip in library]
    gc.collect()
    assert all(reference() is None for reference in read)


def test_a_library_travels_to_other_processes(
    folder: tuple[Path, Path], three: MotionLibrary
) -> None:
    library = MotionLibrary.open(folder[0], asf=folder[1]).at(30)
    again = pickle.loads(pickle.dumps(library))
    np.testing.assert_array_equal(again["walk"].xyz, library["walk"].xyz)


def test_two_files_of_one_name_keep_their_suffixes(tmp_path: Path) -> None:
    text = bvh_text(person(), frames_for(person(), 2))
    write(tmp_path / "walk.bvh", text)
    motion().save(tmp_path / "walk.npz")
    assert [clip.key for clip in MotionLibrary.open(tmp_path)] == ["walk.bvh", "walk.npz"]


def test_what_is_wrong_with_a_folder_is_said(tmp_path: Path, folder: tuple[Path, Path]) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(PoiseError, match="holds no motion files"):
        MotionLibrary.open(empty)
    with pytest.raises(PoiseError, match="no such file"):
        MotionLibrary.open(tmp_path / "nowhere")
    write(empty / "cut.bvh", "HIERARCHY\nROOT a\n{")
    motion().save(empty / "a.npz")
    with pytest.raises(PoiseError, match=r"cut\.bvh: has no MOTION section"):
        MotionLibrary.open(empty)


def test_exponential_maps_without_a_skeleton_are_left_out_and_told(
    folder: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    path, asf = folder
    assert [clip.key for clip in MotionLibrary.open(path)] == ["07/07_02", "made", "walk"]
    (told,) = caplog.messages
    assert told.startswith(f"{path / 'angles.txt'}: left out: ")
    assert "asf=" in told
    shutil.copy(path / "angles.txt", path / "more.txt")
    MotionLibrary.open(path)
    assert "and 1 more" in caplog.messages[-1]
    caplog.clear()
    MotionLibrary.open(path, asf=asf)
    assert not caplog.messages
    alone = path / "alone"
    alone.mkdir()
    shutil.copy(path / "angles.txt", alone)
    with pytest.raises(PoiseError, match=r"angles\.txt: holds angles without a body.*asf="):
        MotionLibrary.open(alone)


def test_opening_a_folder_reads_no_array_twice(
    folder: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    original = np.lib.format.read_array

    def counted(file: Any, **options: Any) -> np.ndarray:
        read.append(getattr(file, "name", ""))
        return original(file, **options)

    monkeypatch.setattr(np.lib.format, "read_array", counted)
    MotionLibrary.open(folder[0], asf=folder[1])
    assert read.count("xyz.npy") == 1


def test_a_file_that_changes_behind_the_library_is_noticed(folder: tuple[Path, Path]) -> None:
    library = MotionLibrary.open(folder[0], asf=folder[1])
    write(folder[0] / "walk.bvh", bvh_text(person(), frames_for(person(), 4)))
    with pytest.raises(PoiseError, match="walk: has 4 frames, where 6 were announced"):
        library["walk"]


def test_a_rate_that_is_none_is_refused_at_once(three: MotionLibrary) -> None:
    with pytest.raises(PoiseError, match="0 is not a frame rate"):
        three.at(0)


def test_selections(three: MotionLibrary) -> None:
    assert [clip.key for clip in three.select(split="train")] == ["a", "c"]
    assert [clip.key for clip in three.select(action="walk")] == ["a"]
    assert [clip.key for clip in three.select(action="WALKING")] == ["b"]
    assert [clip.key for clip in three.select(action="slow walk")] == ["a"]
    assert [clip.key for clip in three.select(subject=["1", 2], split="test")] == ["b"]
    assert [clip.key for clip in three.select(subject=2)] == ["b"]
    assert [clip.key for clip in three.select(subject=np.int64(1))] == ["a"]
    assert three.clip("b") == Clip(
        key="b", frames=8, fps=30, subject=2, action="Walking", split="test", source="made"
    )
    assert "a" in three
    assert "d" not in three
    assert len(three) == 3
    with pytest.raises(PoiseError, match="no clip has split 'tets'; splits are test, train"):
        three.select(split="tets")
    with pytest.raises(PoiseError, match="no clip is of subject 9; known are 1, 2, None"):
        three.select(subject=[1, 9])
    with pytest.raises(PoiseError, match="no clip has split 'test', action 'jump'"):
        three.select(split="test", action="jump")
    with pytest.raises(PoiseError, match="no clip is called 'z' among 3$"):
        three["z"]


def test_an_action_is_one_label_or_a_word_of_it() -> None:
    told = {"a": "walk, sit down", "b": "sidewalk", "c": "", "d": "sit up, lie down"}
    library = MotionLibrary.of({key: motion(3) for key in told}, action=told)

    def found(action: str) -> list[str]:
        return [clip.key for clip in library.select(action=action)]

    assert found("walk") == ["a"]
    assert found("sit") == found("down") == ["a", "d"]
    assert found("sit down") == found("walk, sit down") == ["a"]
    assert found("") == ["c"]
    with pytest.raises(PoiseError, match="no clip has action 'wal'; did you mean 'walk'"):
        found("wal")


def test_splits_by_subject_put_nobody_in_two(three: MotionLibrary) -> None:
    library = three.with_splits(test=[1])
    assert {clip.key: clip.split for clip in library} == {"a": "test", "b": "train", "c": "train"}
    with pytest.raises(PoiseError, match="subject 1 cannot be in val and in test"):
        three.with_splits(val=[1], test=["1"])


def test_unions(three: MotionLibrary) -> None:
    more = MotionLibrary.of({"d": motion(4, seed=4)})
    assert [clip.key for clip in three | more] == ["a", "b", "c", "d"]
    with pytest.raises(PoiseError, match="two clips of a library are called 'a'"):
        three | three
    with pytest.raises(PoiseError, match="at least one clip"):
        MotionLibrary.of({})


@pytest.mark.parametrize("what", ["subject", "action", "split", "source"])
def test_what_is_told_of_no_clip_is_refused(what: str) -> None:
    with pytest.raises(PoiseError, match=f"{what} names a clip 'A1', but none .* mean 'a1'"):
        MotionLibrary.of({"a1": motion(3)}, **{what: {"A1": "x"}})


@pytest.mark.usefixtures("unchecked")
def test_numbers_of_numpy_are_numbers(tmp_path: Path) -> None:
    walk = replace(motion(3), fps=np.float64(30))
    library = MotionLibrary.of({"a": walk}, subject=np.int64(7))
    library.save(tmp_path / "a.npz")
    assert list(MotionLibrary.open(tmp_path / "a.npz")) == list(library)
    assert library.clip("a").subject == 7
    with pytest.raises(PoiseError, match=r"clip a: its subject is 1\.5, not a whole number or"):
        MotionLibrary.of({"a": walk}, subject=1.5)  # type: ignore[arg-type]  # a user's slip


def test_irregular_timestamps_are_refused() -> None:
    times = np.array([0.0, 0.1, 0.4])
    jumpy = replace(motion(3), times=times)
    with pytest.raises(PoiseError, match="clip a: its timestamps are irregular"):
        MotionLibrary.of({"a": jumpy})


def test_a_saved_library_is_the_same_and_its_file_too(tmp_path: Path, three: MotionLibrary) -> None:
    three.save(tmp_path / "one.npz")
    three.save(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    again = MotionLibrary.open(tmp_path / "one.npz")
    assert list(again) == list(three)
    for clip in three:
        np.testing.assert_array_equal(again[clip.key].xyz, three[clip.key].xyz)
    assert again.content_hash() == three.content_hash()
    assert again.verify(three.content_hash()) is again
    with pytest.raises(PoiseError, match="results would not be comparable"):
        again.verify()


def test_a_library_that_a_file_would_not_keep_whole_is_not_saved(
    tmp_path: Path, three: MotionLibrary
) -> None:
    mixed = three | MotionLibrary.of({"d": motion(skeleton=COCO17)})
    with pytest.raises(
        PoiseError, match=r"clip d is on coco17, others before it on h36m17: it has .*on\("
    ):
        mixed.save(tmp_path / "a.npz")
    seen = motion()
    seen = Motion(
        xyz=seen.xyz,
        skeleton=H36M17,
        fps=30,
        frame="camera",
        placed=True,
        camera=Camera.from_focal(10, 10, 10),
    )
    with pytest.raises(PoiseError, match="clip e has a camera"):
        MotionLibrary.of({"e": seen}).save(tmp_path / "a.npz")
    assert not (tmp_path / "a.npz").exists()


def test_which_joints_differ_is_said(tmp_path: Path) -> None:
    def rig(*names: str, parents: tuple[int, ...] = (-1, 0, 1)) -> MotionLibrary:
        return MotionLibrary.of(
            {"".join(names) + str(parents[2]): motion(3, skeleton=Skeleton("bvh", names, parents))}
        )

    first = rig("a", "b", "c")
    for other, words in (
        (rig("a", "b", "d"), "it has d and lacks c"),
        (rig("a", "c", "b"), "its joints stand in another order"),
        (rig("a", "b", "c", parents=(-1, 0, 0)), "its c hangs on a, theirs on b"),
    ):
        with pytest.raises(PoiseError, match=words):
            (first | other).save(tmp_path / "a.npz")


def test_a_conversion_that_there_is_not_names_its_clip() -> None:
    other = Skeleton("bvh", ("a", "b"), (-1, 0))
    library = MotionLibrary.of({"odd": motion(3, skeleton=other)}).on("h36m17")
    with pytest.raises(PoiseError, match="clip odd: no conversion from skeleton bvh to h36m17"):
        library["odd"]


def test_the_pack(real_data: Path) -> None:
    library = MotionLibrary.open(real_data / "mocap17").verify()
    assert repr(library) == "MotionLibrary(184 clips, 24.6 min, train 147, test 19, val 18)"
    test = library.select(split="test")
    assert sum(clip.frames for clip in test) == 7356
    assert {clip.subject for clip in test} == {2, 3, 49}
    assert library["S02_T01"].skeleton == H36M17
    assert library.clip("S02_T01").action == "walk"


@pytest.fixture
def small_pack(tmp_path: Path) -> SmallPack:
    arrays = {"S01_T01": motion(4).xyz, "S02_T01": motion(6, seed=1).xyz}
    about: dict[str, Any] = {"parents": H36M17.parents, "clips": []}
    for number, (key, xyz) in enumerate(arrays.items(), start=1):
        about["clips"].append(
            {
                "key": key,
                "frames": len(xyz),
                "fps": 30,
                "subject": number,
                "action": "walk",
                "split": "train",
                "source": "expmap",
            }
        )
    return tmp_path, arrays, about


def save_pack(folder: Path, arrays: dict[str, np.ndarray], about: dict[str, Any]) -> None:
    np.savez(folder / "cmu17.npz", **arrays)  # type: ignore[arg-type]  # NumPy's own **kwds
    (folder / "index.json").write_text(json.dumps(about))


def test_what_is_wrong_with_a_pack_is_said(small_pack: SmallPack) -> None:
    folder, arrays, about = small_pack
    save_pack(folder, arrays, about)
    assert len(MotionLibrary.open(folder)) == 2
    save_pack(folder, {"S01_T01": arrays["S01_T01"]}, about)
    with pytest.raises(PoiseError, match=r"cmu17\.npz: clip S02_T01 is missing"):
        MotionLibrary.open(folder)
    save_pack(folder, arrays | {"S02_T01": arrays["S02_T01"][:, :16]}, about)
    with pytest.raises(PoiseError, match=r"clip S02_T01 has shape \(6, 16, 3\), not \(6, 17, 3\)"):
        MotionLibrary.open(folder)
    save_pack(folder, arrays | {"S02_T01": np.full((6, 17, 3), np.nan)}, about)
    with pytest.raises(PoiseError, match="not made of finite numbers"):
        MotionLibrary.open(folder)
    save_pack(folder, arrays, about | {"parents": [0, 1]})
    with pytest.raises(PoiseError, match=r"index\.json: its joints are not those of h36m17"):
        MotionLibrary.open(folder)
    for broken in ("", "[]", "{}", '{"parents": 1}', '{"parents": [], "clips": [{"key": 1}]}'):
        (folder / "index.json").write_text(broken)
        with pytest.raises(PoiseError, match=r"index\.json: damaged"):
            MotionLibrary.open(folder)
    shutil.copy(folder / "cmu17.npz", folder / "other.npz")
    with pytest.raises(PoiseError, match="not a file of this program"):
        MotionLibrary.open(folder / "other.npz")
