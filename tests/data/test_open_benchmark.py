"""The open benchmark: the reference vectors, the facts about the real motion, the cache."""

import errno
import logging
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from few_clips import few_clips, lens, stroll, truth
from poise.data.library import MotionLibrary
from poise.data.open_benchmark import (
    GT,
    KINDS,
    NOISY,
    SHIFT_NOISY,
    SHIFT_SOURCE,
    SHIFT_TARGET,
    TRACKS,
    Track,
    View,
    cached_views,
    camera_kind,
    clips_of,
    official,
    ready,
    segments,
    standing,
    track,
    views,
)
from poise.data.open_benchmark import cameras as benchmark_cameras
from poise.data.open_benchmark.draws import rng, seed
from poise.data.open_benchmark.noise import detect, draw
from poise.errors import PoiseError
from poise.files import read_arrays, save_npz
from poise.motion import Motion
from poise.skeletons import COCO17, H36M17


@pytest.fixture(scope="module")
def reference(vector: Callable[[str], tuple]) -> tuple:
    return vector("open-benchmark-cameras")


@pytest.fixture(scope="module")
def pack(real_data: Path) -> MotionLibrary:
    return MotionLibrary.open(real_data / "mocap17")


@pytest.fixture
def library() -> MotionLibrary:
    joints = {"S02_T01": stroll(300, 1), "S03_T01": stroll(100, 2)}
    return few_clips(joints, {"S02_T01": 2, "S03_T01": 3})


def close(ours: ArrayLike, theirs: ArrayLike, tolerance: float = 1e-9) -> None:
    np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=0, atol=tolerance)


# --- reference vectors


def test_seeds(reference: tuple) -> None:
    meta, *_ = reference
    assert {text: seed(text) for text in meta["seeds"]} == meta["seeds"]


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("kind", KINDS)
def test_cameras_and_noise(reference: tuple, kind: str, number: int) -> None:
    meta, _, inputs, outputs = reference
    segment, xyz = meta["config"]["segment"], inputs["xyz"]
    want = {
        name.removeprefix(f"{kind}.{number}."): value
        for name, value in outputs.items()
        if name.startswith(f"{kind}.{number}.")
    }
    close(rng(f"{segment}|{kind}|cam{number}").random(8), want["u"], 0)
    camera = benchmark_cameras.camera(xyz, segment, number, camera_kind(kind))
    close(camera.position, want["C"])
    assert camera.T_camera_world is not None
    close(camera.T_camera_world[:3, :3], want["R"])
    close([camera.fx, camera.width, camera.height], want["f_wh"])
    seen = camera.to_camera(xyz)
    pixels = camera.project(seen)
    if "xyz_cam" in want:
        close(seen, want["xyz_cam"])
    close(pixels, want["uv"])

    uniforms = draw(rng(f"{segment}|{kind}|noise{number}"), len(xyz))
    found = detect(pixels, seen[..., 2], uniforms)
    close(found.xy, want["noisy"])
    close(found.confidence, want["conf"])
    if "lambda5.noisy" in want:
        found = detect(pixels, seen[..., 2], uniforms, 5.0)
        close(found.xy, want["lambda5.noisy"])
        close(found.confidence, want["lambda5.conf"])
        close(found.outlier, want["lambda5.outlier"])
        assert np.array_equal(found.dropped, want["lambda5.drop"])
        assert np.array_equal(found.swapped, want["lambda5.swap"])
        assert found.dropped.any()
        assert found.swapped.any()
        assert found.outlier.any()


def test_segments(reference: tuple) -> None:
    *_, outputs = reference
    cut = [
        (frames, piece.first, piece.stop)
        for frames in outputs["segments.lengths"].tolist()
        for piece in segments("clip", frames)
    ]
    assert cut == [tuple(row) for row in outputs["segments.flat"].tolist()]


@pytest.mark.parametrize("frames", [0, -3])
def test_nothing_has_no_segments(frames: int) -> None:
    with pytest.raises(PoiseError, match=f"clip c: {frames} frames cannot be cut"):
        segments("c", frames)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 3000))
def test_segments_hold_every_frame_once(frames: int) -> None:
    cut = segments("clip", frames)
    assert [frame for piece in cut for frame in range(piece.first, piece.stop)] == [*range(frames)]
    assert all(min(frames, 27) <= len(piece) < 243 + 27 for piece in cut)


# --- the real motion


def test_official_motion(pack: MotionLibrary) -> None:
    pack.verify()
    assert all(official(pack, split) for split in ("train", "val", "test"))
    assert standing(pack, "val") == "official motion, version 1"


def test_other_motion_is_marked(library: MotionLibrary) -> None:
    assert not official(library, "test")
    assert standing(library, "test") == "other motion: not comparable with published numbers"


def test_shift_uses_other_clips_for_source_and_target(pack: MotionLibrary) -> None:
    source, target = clips_of(pack, SHIFT_SOURCE), clips_of(pack, SHIFT_TARGET)
    assert (len(source), sum(clip.frames for clip in source)) == (78, 18_382)
    assert (len(target), sum(clip.frames for clip in target)) == (69, 16_681)
    assert not {clip.key for clip in source} & {clip.key for clip in target}
    assert isinstance(source, MotionLibrary)
    assert all(seed(clip.key) % 2 == 0 and clip.split == "train" for clip in source)


def test_facts_of_the_test_set(pack: MotionLibrary) -> None:
    exact, noisy = views(pack, GT), views(pack, NOISY)
    names, frames, errors, relative = set(), 0, [], []
    for sharp, blurred in zip(exact, noisy, strict=True):
        assert sharp.id == blurred.id
        assert np.array_equal(truth(sharp), truth(blurred))
        assert (sharp.keypoints.score == 1).all()
        assert lens(sharp).T_camera_world is None
        assert sharp.target is not None
        assert sharp.target.camera is lens(sharp)
        names.add(sharp.id)
        frames += len(sharp)
        size = np.ptp(sharp.keypoints.xy, axis=1).max(axis=1)
        error = np.linalg.norm(blurred.keypoints.xy - sharp.keypoints.xy, axis=-1)
        errors.append(error)
        relative.append(error / size[:, None])
    assert (len(names), len({name.split("|")[0] for name in names}), frames) == (156, 39, 29_424)
    assert round(np.concatenate(errors).mean(), 1) == 9.3
    assert round(100 * np.concatenate(relative).mean(), 1) == 1.8
    assert round(100 * np.percentile(np.concatenate(relative), 95), 1) == 4.1


def test_facts_of_the_events(pack: MotionLibrary) -> None:
    dropped = swapped = frames = 0
    for clip in clips_of(pack, NOISY):
        for piece in segments(clip.key, clip.frames):
            for number in range(4):
                uniforms = draw(rng(f"{piece.id}|std|noise{number}"), len(piece))
                still = np.zeros((len(piece), 17, 2))
                still[:, 1] = 100  # events do not depend on where the joints are
                found = detect(still, still[..., 0], uniforms)
                dropped += found.dropped.sum()
                swapped += found.swapped.sum()
                frames += len(piece)
    assert round(100 * dropped / frames / 17, 1) == 0.9
    assert round(100 * swapped / frames / 2, 1) == 0.5


@pytest.mark.budget
def test_the_test_set_takes_seconds(pack: MotionLibrary) -> None:
    started = time.perf_counter()
    for one in (GT, NOISY):
        assert len(list(views(pack, one))) == 156
    assert time.perf_counter() - started < 15


@pytest.mark.budget
def test_views_are_not_held_in_memory(pack: MotionLibrary) -> None:
    tracemalloc.start()
    for _ in views(pack, NOISY):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6


# --- what a method may see


def test_unlabelled_target_has_neither_3d_nor_pose(tmp_path: Path) -> None:
    library = few_clips({"a": stroll(40), "b": stroll(40, 1)}, split="train")
    target = replace(SHIFT_TARGET, half="all")
    for seen in (*views(library, target), *cached_views(library, target, tmp_path)):
        assert seen.target is None
        assert lens(seen).T_camera_world is None
        assert "unlabelled" in repr(seen)
    for path in tmp_path.rglob("*.npz"):
        assert "xyz" not in np.load(path).files


def test_made_motion_is_filmed_and_told_apart(library: MotionLibrary, tmp_path: Path) -> None:
    other = few_clips({clip.key: stroll(clip.frames, 3) for clip in library})
    list(cached_views(library, GT, tmp_path))
    list(cached_views(other, GT, tmp_path))
    assert len(list(tmp_path.iterdir())) == 2
    assert [len(list(folder.iterdir())) for folder in tmp_path.iterdir()] == [3, 3]


@pytest.mark.parametrize("first", [0, 1])
def test_the_same_motion_in_more_digits_is_the_same_motion(tmp_path: Path, first: int) -> None:
    fine = stroll(60).astype(np.float64) + 1e-9 / 3
    both = [few_clips({"walk": xyz}) for xyz in (fine, fine.astype(np.float32))]
    assert both[0]["walk"].xyz.dtype == np.float64
    list(cached_views(both[first], GT, tmp_path))
    assert_right(both[1 - first], tmp_path, GT)


def test_levels_that_hardly_differ_are_kept_apart(library: MotionLibrary, tmp_path: Path) -> None:
    for level in (1.0, 1.0000004, 1):
        assert_right(library, tmp_path, replace(NOISY, level=level))
    assert len(list(tmp_path.iterdir())) == 2


def test_views_are_kept_where_the_command_keeps_them(
    library: MotionLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POISE_DATA", str(tmp_path))
    list(cached_views(library, GT))
    assert len(list((tmp_path / "open-benchmark").rglob("*.npz"))) == 3


def test_noise_level_scales(library: MotionLibrary) -> None:
    def error(level: float) -> float:
        blurred = views(library, replace(NOISY, level=level))
        pairs = zip(blurred, views(library, GT), strict=True)
        return np.mean([np.abs(b.keypoints.xy - s.keypoints.xy).mean() for b, s in pairs])

    assert error(0.0) == 0
    assert error(0.5) < error(1.0) < error(2.0)


# --- the cache


def same(a: View, b: View) -> bool:
    return (
        a.id == b.id
        and a.subject == b.subject
        and np.array_equal(a.keypoints.xy, b.keypoints.xy)
        and np.array_equal(a.keypoints.score, b.keypoints.score)
        and lens(a).to_dict() == lens(b).to_dict()
        and np.array_equal(truth(a), truth(b))
        and truth(a).dtype == truth(b).dtype
    )


def assert_right(library: MotionLibrary, folder: Path, track: Track = NOISY) -> None:
    pairs = zip(cached_views(library, track, folder), views(library, track), strict=True)
    assert all(same(a, b) for a, b in pairs)


def test_cache_gives_the_same_bits(library: MotionLibrary, tmp_path: Path) -> None:
    assert_right(library, tmp_path)
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")}
    assert_right(library, tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")} == stamps


def test_interrupted_work_goes_on(
    library: MotionLibrary, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    list(islice(cached_views(library, NOISY, tmp_path), 5))  # stops in the second segment
    assert len(list(tmp_path.rglob("*.npz"))) == 2
    with caplog.at_level(logging.INFO):
        assert_right(library, tmp_path)
    assert "2 of 3 segments are ready, making the rest" in caplog.text


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "other", "version"])
def test_damaged_cache_is_made_again(
    library: MotionLibrary, tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    assert_right(library, tmp_path)
    paths = sorted(tmp_path.rglob("*.npz"))
    for path in paths:
        data = bytearray(path.read_bytes())
        if damage == "cut":
            path.write_bytes(data[: len(data) // 2])
        elif damage == "flip":
            data[len(data) // 2] ^= 255
            path.write_bytes(data)
        elif damage == "empty":
            path.write_bytes(b"")
        elif damage == "version":
            about, arrays = read_arrays(path)
            del about["schema"]
            save_npz(path, "OpenBenchmarkViews/0", about, **arrays)
    if damage == "other":
        paths[0].write_bytes(paths[1].read_bytes())
    caplog.clear()
    assert_right(library, tmp_path)
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1, "one message, however many files are damaged"
    assert str(paths[0]) in warnings[0].getMessage()
    caplog.clear()
    assert_right(library, tmp_path)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_full_disk_leaves_nothing_half_written(
    library: MotionLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    stream = cached_views(library, NOISY, tmp_path)
    next(stream)
    monkeypatch.setattr(np.lib.format, "write_array", full)
    with pytest.raises(PoiseError, match=r"S02_T01@243\.npz: cannot write: the disk is full"):
        list(stream)
    names = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert names == ["S02_T01@0.npz"]
    monkeypatch.undo()
    assert_right(library, tmp_path)


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_cache_folder_that_cannot_be_written(
    library: MotionLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(*_args: object, **_more: object) -> None:
        raise OSError(code, "refused")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    with pytest.raises(PoiseError, match=r"cannot write: .*choose another folder"):
        next(cached_views(library, NOISY, tmp_path))


def test_cache_folder_that_is_a_file(library: MotionLibrary, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PoiseError, match="not a folder"):
        next(cached_views(library, NOISY, tmp_path / "file"))


def test_names_of_clips_may_hold_anything(tmp_path: Path) -> None:
    library = few_clips({"walks/slow 1%": stroll(30)})
    assert_right(library, tmp_path)
    assert len(list(tmp_path.rglob("*.npz"))) == 1


# --- what is wrong, in words


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: track("nosy"), "did you mean 'noisy'"),
        (lambda: camera_kind("sdt"), "did you mean 'std'"),
        (lambda: Track(split="tset", kind="std", level=None), "did you mean 'test'"),
        (lambda: Track(split="test", kind="C", level=None), "no kind of camera is called 'C'"),
        (lambda: Track(split="test", kind="A", level=-1.0), "-1.0 is not a level"),
        (lambda: Track(split="test", kind="A", level=float("nan")), "nan is not a level"),
    ],
)
def test_unknown_names(make: Callable[[], object], said: str) -> None:
    with pytest.raises(PoiseError, match=said):
        make()


def test_tracks_have_the_names_that_commands_use() -> None:
    assert all(track(name) is value for name, value in TRACKS.items())
    assert track("shift-noisy") is SHIFT_NOISY


def refused(library: MotionLibrary, said: str, track: Track = GT) -> None:
    with pytest.raises(PoiseError, match=said) as raised:
        list(views(library, track))
    assert "\n" not in str(raised.value)


def test_unknown_joints() -> None:
    joints = stroll(40)
    joints[7, 3] = joints[9, 4] = np.nan
    refused(
        few_clips({"walk": joints}),
        r"clip walk: right_ankle is unknown \(NaN\) in frame 7, and in 1 more .* cut the clip",
    )


def test_one_frame() -> None:
    refused(few_clips({"walk": stroll(1)}), "clip walk: has 1 frame")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("skeleton", COCO17, r"has 17 joints \(coco17\), the benchmark films h36m17; convert it"),
        ("fps", 120.0, "has 120 fps, the benchmark 30; resample it"),
        ("frame", "camera", "must be placed in the world"),
        ("placed", False, "must be placed in the world"),
    ],
)
def test_motion_of_another_sort(field: str, value: object, said: str) -> None:
    fields: dict[str, Any] = {"skeleton": H36M17, "fps": 30.0, "frame": "world", "placed": True}
    xyz = stroll(40)
    motion = Motion(xyz=xyz - xyz[:, :1] if field == "placed" else xyz, **fields | {field: value})
    refused(MotionLibrary.of({"walk": motion}, split="test"), f"clip walk: {said}")


def test_no_clips() -> None:
    library = few_clips({"walk": stroll(40)})
    refused(library, "no clip has split 'train'; splits are test", SHIFT_TARGET)
    half = replace(SHIFT_TARGET, split="test", half="even")
    refused(library, "no clip of the split 'test' is in its even half", half)


def test_a_person_in_two_splits() -> None:
    library = few_clips({"a": stroll(40)}, {"a": 7}, "train") | few_clips(
        {"b": stroll(40)}, {"b": "7"}
    )
    refused(library, r"subject 7 is in train \(clip a\) and in test \(clip b")


def test_no_torch() -> None:
    program = "import sys, poise.data.open_benchmark; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=Path.cwd()).returncode == 0


def test_raw_motion_is_made_ready(real_data: Path) -> None:
    raw = MotionLibrary.open(real_data / "cmu" / "amc")
    library = ready(raw)
    splits = {clip.subject: clip.split for clip in library}
    assert splits == {1: "train", 2: "test", 3: "test", 11: "val", 35: "train", 49: "test"}
    view = next(views(library, GT))
    assert (view.keypoints.skeleton, view.keypoints.fps) == (H36M17, 30)
    assert "not comparable" in standing(library, "test")


def test_motion_that_has_splits_keeps_them() -> None:
    library = few_clips({"a": stroll(60)}, {"a": 2}, split="val")
    assert [clip.split for clip in ready(library)] == [clip.split for clip in library]
