"""The open benchmark: the reference vectors, the facts about the real motion, the cache."""

import errno
import logging
import subprocess
import sys
import tempfile
import time
import tracemalloc
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from few_clips import FewClips, OneClip, real_pack, stroll
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
    content_hash,
    official,
    segments,
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
def reference(vector):
    return vector("open-benchmark-cameras")


@pytest.fixture(scope="module")
def pack(real_data):
    return real_pack(real_data / "mocap17")


@pytest.fixture
def library():
    joints = {"S02_T01": stroll(300, 1), "S03_T01": stroll(100, 2)}
    subjects = (2, 3)
    return FewClips(
        joints,
        [
            OneClip(key, len(xyz), subject=subject)
            for (key, xyz), subject in zip(joints.items(), subjects, strict=True)
        ],
    )


def close(ours, theirs, tolerance=1e-9):
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance)


# --- reference vectors


def test_seeds(reference):
    meta, *_ = reference
    assert {text: seed(text) for text in meta["seeds"]} == meta["seeds"]


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("kind", KINDS)
def test_cameras_and_noise(reference, kind, number):
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


def test_segments(reference):
    *_, outputs = reference
    cut = [
        (frames, piece.first, piece.stop)
        for frames in outputs["segments.lengths"].tolist()
        for piece in segments("clip", frames)
    ]
    assert cut == [tuple(row) for row in outputs["segments.flat"].tolist()]


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 3000))
def test_segments_hold_every_frame_once(frames):
    cut = segments("clip", frames)
    assert [frame for piece in cut for frame in range(piece.first, piece.stop)] == [*range(frames)]
    assert all(min(frames, 27) <= len(piece) < 243 + 27 for piece in cut)


# --- the real motion


def test_official_motion(pack):
    everything = content_hash(pack, pack.joints)
    assert everything == "950781566180666275a8a705ea5a212803bff9770ee80c2d75dd57f30ee4f8fe"
    assert all(official(pack, split) for split in ("train", "val", "test"))
    assert not official(FewClips({"S02_T01": stroll(50)}), "test")


def test_shift_uses_other_clips_for_source_and_target(pack):
    source, target = clips_of(pack, SHIFT_SOURCE), clips_of(pack, SHIFT_TARGET)
    assert (len(source), sum(clip.frames for clip in source)) == (78, 18_382)
    assert (len(target), sum(clip.frames for clip in target)) == (69, 16_681)
    assert not {clip.key for clip in source} & {clip.key for clip in target}


def test_facts_of_the_test_set(pack):
    started = time.perf_counter()
    exact, noisy = views(pack, GT), views(pack, NOISY)
    names, frames, errors, relative = set(), 0, [], []
    for sharp, blurred in zip(exact, noisy, strict=True):
        assert sharp.id == blurred.id
        assert np.array_equal(sharp.target.xyz, blurred.target.xyz)
        assert (sharp.keypoints.score == 1).all()
        assert sharp.keypoints.camera.T_camera_world is None
        assert sharp.target.camera.T_camera_world is None
        names.add(sharp.id)
        frames += len(sharp)
        size = np.ptp(sharp.keypoints.xy, axis=1).max(axis=1)
        error = np.linalg.norm(blurred.keypoints.xy - sharp.keypoints.xy, axis=-1)
        errors.append(error)
        relative.append(error / size[:, None])
    assert time.perf_counter() - started < 15
    assert (len(names), len({name.split("|")[0] for name in names}), frames) == (156, 39, 29_424)
    assert round(np.concatenate(errors).mean(), 1) == 9.3
    assert round(100 * np.concatenate(relative).mean(), 1) == 1.8
    assert round(100 * np.percentile(np.concatenate(relative), 95), 1) == 4.1


def test_facts_of_the_events(pack):
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
def test_views_are_not_held_in_memory(pack):
    tracemalloc.start()
    for _ in views(pack, NOISY):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6


# --- what a method may see


def test_unlabelled_target_has_neither_3d_nor_pose(library, tmp_path):
    library.clips = [replace(clip, split="train") for clip in library.clips]
    target = replace(SHIFT_TARGET, half="all")
    for seen in (*views(library, target), *cached_views(library, target, tmp_path)):
        assert seen.target is None
        assert seen.keypoints.camera.T_camera_world is None
        assert "unlabelled" in repr(seen)
    for path in tmp_path.rglob("*.npz"):
        assert "xyz" not in np.load(path).files


def test_made_motion_is_filmed_and_told_apart(library, tmp_path):
    other = FewClips(library.joints | {"S03_T01": stroll(100, 3)}, library.clips)
    list(cached_views(library, GT, tmp_path))
    list(cached_views(other, GT, tmp_path))
    assert len(list(tmp_path.iterdir())) == 2
    assert [len(list(folder.iterdir())) for folder in tmp_path.iterdir()] == [3, 3]


def test_noise_level_scales(library):
    def error(level):
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
        and a.keypoints.camera.to_dict() == b.keypoints.camera.to_dict()
        and np.array_equal(a.target.xyz, b.target.xyz)
        and a.target.xyz.dtype == b.target.xyz.dtype
    )


def assert_right(library, folder, track=NOISY):
    pairs = zip(cached_views(library, track, folder), views(library, track), strict=True)
    assert all(same(a, b) for a, b in pairs)


def test_cache_gives_the_same_bits(library, tmp_path):
    assert_right(library, tmp_path)
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")}
    library.joints = dict(library.joints)  # read from here on
    assert_right(library, tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")} == stamps


def test_interrupted_work_goes_on(library, tmp_path, caplog):
    list(islice(cached_views(library, NOISY, tmp_path), 5))  # stops in the second segment
    assert len(list(tmp_path.rglob("*.npz"))) == 2
    with caplog.at_level(logging.INFO):
        assert_right(library, tmp_path)
    assert "2 of 3 segments are ready, making the rest" in caplog.text


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "other", "version"])
def test_damaged_cache_is_made_again(library, tmp_path, caplog, damage):
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


def test_full_disk_leaves_nothing_half_written(library, tmp_path, monkeypatch):
    def full(*_args, **_more):
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
def test_cache_folder_that_cannot_be_written(library, tmp_path, monkeypatch, code):
    def refuse(*_args, **_more):
        raise OSError(code, "refused")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    with pytest.raises(PoiseError, match=r"cannot write: .*choose another folder"):
        next(cached_views(library, NOISY, tmp_path))


def test_cache_folder_that_is_a_file(library, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PoiseError, match="not a folder"):
        next(cached_views(library, NOISY, tmp_path / "file"))


def test_names_of_clips_may_hold_anything(tmp_path):
    library = FewClips({"walks/slow 1%": stroll(30)})
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
def test_unknown_names(make, said):
    with pytest.raises(PoiseError, match=said):
        make()


def test_tracks_have_the_names_that_commands_use():
    assert all(track(name) is value for name, value in TRACKS.items())
    assert track("shift-noisy") is SHIFT_NOISY


def bad(change):
    library = FewClips({"walk": stroll(40)})
    change(library)
    with pytest.raises(PoiseError) as raised:
        list(views(library, GT))
    message = str(raised.value)
    assert "\n" not in message
    return message


def test_unknown_joints():
    def change(library):
        library.joints["walk"][7, 3] = np.nan

    message = bad(change)
    assert "clip walk: right_ankle is unknown (NaN) in frame 7" in message
    assert "cut the clip" in message


def test_one_frame():
    def change(library):
        library.joints["walk"] = library.joints["walk"][:1]
        library.clips = [OneClip("walk", 1)]

    assert "clip walk: has 1 frame" in bad(change)


def test_frames_that_do_not_agree_with_the_index():
    def change(library):
        library.joints["walk"] = library.joints["walk"][:20]

    assert "clip walk: has 20 frames where its library announces 40" in bad(change)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("skeleton", COCO17, "has 17 joints .coco17., the benchmark films h36m17; convert it"),
        ("fps", 120.0, "has 120 fps, the benchmark 30; resample it"),
        ("frame", "camera", "must be placed in the world"),
        ("placed", False, "must be placed in the world"),
    ],
)
def test_motion_of_another_sort(field, value, said):
    class Other(FewClips):
        def __getitem__(self, key):
            fields = {"skeleton": H36M17, "fps": 30.0, "frame": "world", "placed": True}
            return Motion(xyz=self.joints[key], **fields | {field: value})

    with pytest.raises(PoiseError, match=f"clip walk: {said}"):
        list(views(Other({"walk": stroll(40)}), GT))


def test_no_clips():
    with pytest.raises(PoiseError, match=r"no clips of the split 'train' \(odd half\)"):
        list(views(FewClips({"walk": stroll(40)}), SHIFT_TARGET))


def test_a_person_in_two_splits():
    clips = [OneClip("a", 40, "train", 7), OneClip("b", 40, "test", 7)]
    with pytest.raises(PoiseError, match=r"subject 7 is in train \(clip a\) and in test \(clip b"):
        list(views(FewClips({"a": stroll(40), "b": stroll(40)}, clips), GT))


def test_no_torch():
    program = "import sys, poise.data.open_benchmark; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=Path.cwd()).returncode == 0
