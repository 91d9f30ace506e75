"""Damaged and foreign results of other tools: one clear line, or sound numbers; never more."""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise.detect.detections import Detections
from poise.detect.reading import read_2d
from poise.errors import PoiseError
from poise.motion import Keypoints
from poise.skeletons import COCO17
from results_of_others import (
    GIVEN,
    alphapose,
    coco_annotations,
    coco_results,
    mmpose,
    mmpose_people,
    openpose,
    pose,
)

CONTENTS: dict[str, Any] = {
    "coco results": coco_results()[:2],
    "coco annotations": coco_annotations(),
    "alphapose": alphapose(),
    "openpose": openpose(people=1),
    "mmpose video": mmpose(frames=2, followed=True),
    "mmpose image": mmpose_people(17),
    "mmpose saved": {"meta_info": {"keypoint_id2name": {"0": "nose"}}, "instance_info": mmpose()},
}
WRONG: tuple[Any, ...] = (
    *(None, True, -1, 10**30, 1e300, float("nan"), float("inf"), -0.5, 2**62, 3, "", "x"),
    *([], {}, [[]], [{}], [1], {"a": 1}, ["0.jpg"], "9" * 400, [None], [[1, 2], [3]]),
)
fuzz = settings(max_examples=25, deadline=None)
each = pytest.mark.parametrize("name", CONTENTS)


def said_or_sound(path: Path) -> None:
    try:
        found = read_2d(path, **GIVEN)
    except PoiseError as refusal:
        assert str(refusal).startswith(str(path.parent))
        assert "\n" not in str(refusal)
        assert len(str(refusal)) < 1000
        return
    for one in found if isinstance(found, list) else [found]:
        seen = np.isfinite(one.xy).all(axis=-1)
        assert np.isnan(one.xy[~seen]).any(axis=-1).all()
        assert (np.abs(one.xy[seen]) <= 1e6).all()
        assert ((one.score >= 0) & (one.score <= 1)).all()
        assert (one.score[~seen] == 0).all()


def changed(value: Any, rng: random.Random) -> Any:
    """The same content with one part, somewhere, lost, doubled or made something else."""
    if isinstance(value, dict | list) and value and rng.random() < 0.9:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = rng.choice(keys)
        value = value.copy()
        kind = rng.randrange(8)
        if kind == 0:
            del value[key]
        elif kind == 1 and isinstance(value, list):
            value.insert(key, value[key])
        else:
            value[key] = changed(value[key], rng)
        return value
    return rng.choice(WRONG)


@each
@fuzz
@given(seed=st.integers(0, 2**32))
def test_wrong_parts(tmp_path_factory: pytest.TempPathFactory, name: str, seed: int) -> None:
    rng = random.Random(seed)
    content = CONTENTS[name]
    for _ in range(rng.randint(1, 3)):
        content = changed(content, rng)
    path = tmp_path_factory.mktemp("wrong") / "a.json"
    path.write_text(json.dumps(content))
    said_or_sound(path)
    said_or_sound(path.parent)


def torn(data: bytes, rng: random.Random) -> bytes:
    """Cut, or with some bits or bytes exchanged."""
    if rng.random() < 0.4:
        return data[: rng.randrange(len(data) + 1)]
    flipped = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
    return bytes(flipped)


@each
@fuzz
@given(seed=st.integers(0, 2**32))
def test_torn_files(tmp_path_factory: pytest.TempPathFactory, name: str, seed: int) -> None:
    path = tmp_path_factory.mktemp("torn") / "a.json"
    path.write_bytes(torn(json.dumps(CONTENTS[name]).encode(), random.Random(seed)))
    said_or_sound(path)
    said_or_sound(path.parent)


@fuzz
@given(seed=st.integers(0, 2**32))
def test_torn_npz(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    folder = tmp_path_factory.mktemp("npz")
    xy = np.stack([pose(17)[:, :2]] * 4)
    Keypoints(xy=xy, skeleton=COCO17, **GIVEN).save(folder / "a.npz")
    times, frame = np.arange(3.0), np.array([0, 0, 1, 2])
    score = np.ones((4, 17))
    found = Detections(xy=xy, score=score, frame=frame, times=times, skeleton=COCO17, **GIVEN)
    found.save(folder / "b.npz")
    for path in (folder / "a.npz", folder / "b.npz"):
        path.write_bytes(torn(path.read_bytes(), random.Random(seed)))
        said_or_sound(path)


@fuzz
@given(data=st.binary(max_size=200), name=st.sampled_from(["a.json", "a.npz", "a"]))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str) -> None:
    path = tmp_path_factory.mktemp("bytes") / name
    path.write_bytes(data)
    said_or_sound(path)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"people":' * 100_000, "1" * 10_000, "\0", ""])
def test_extremes(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(PoiseError, match=r"a\.json: "):
        read_2d(path, **GIVEN)
    said_or_sound(tmp_path)
