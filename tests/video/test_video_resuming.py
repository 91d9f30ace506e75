"""A run from the middle gives what a run from the start gives, to the bit."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poise.video import Picture, Video, open_video
from poise.video.frames import Frames
from video_files import film


def assert_same(some: list[Picture], others: list[Picture]) -> None:
    assert [(p.number, p.time) for p in some] == [(p.number, p.time) for p in others]
    for a, b in zip(some, others, strict=True):
        assert np.array_equal(a.rgb, b.rgb), a


def check_resuming(video: Video, at: list[int], largest: int | None = None) -> list[Picture]:
    whole = list(video.pictures(largest=largest))
    for n in at:
        n %= len(whole)
        rest = list(video.pictures(largest=largest, after=whole[n].time, first_number=n + 1))
        assert_same(rest, whole[n + 1 :])
    return whole


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    gaps=st.lists(st.sampled_from([90, 1501, 3003, 3600, 45000]), min_size=5, max_size=40),
    key_every=st.integers(1, 12),
    b_frames=st.integers(0, 4),
    open_gop=st.booleans(),
    name=st.sampled_from(["a.mp4", "a.mkv", "a.ts"]),
    at=st.lists(st.integers(0, 39), min_size=1, max_size=5),
)
def test_from_anywhere(
    tmp_path: Path,
    gaps: list[int],
    key_every: int,
    b_frames: int,
    open_gop: bool,
    name: str,
    at: list[int],
) -> None:
    times = (np.cumsum([0, *gaps]) / 90_000).tolist()
    path = film(
        tmp_path / name,
        len(times),
        times=times,
        key_every=key_every,
        b_frames=b_frames,
        options={"x264-params": f"open-gop={int(open_gop)}:scenecut=0"},
    )
    with open_video(path) as video:
        whole = check_resuming(video, at)
    assert all(a.time < b.time for a, b in pairwise(whole))


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.avi", "mpeg4"),
        ("a.h264", "libx264"),
        ("a.mpg", "mpeg2video"),
        ("a.ts", "mpeg2video"),
        ("a.webm", "libvpx-vp9"),
        ("a.flv", "libx264"),
        ("a.mov", "mjpeg"),
        ("a.gif", "gif"),
    ],
)
def test_from_anywhere_in_other_containers(tmp_path: Path, name: str, codec: str) -> None:
    form = {"mjpeg": "yuvj420p", "gif": "rgb8"}.get(codec, "yuv420p")
    with open_video(film(tmp_path / name, 40, codec=codec, form=form)) as video:
        check_resuming(video, [0, 1, 9, 21, 33, 38, 39], largest=40)


def test_a_time_between_pictures_and_beyond_them(tmp_path: Path) -> None:
    with open_video(film(tmp_path / "a.mp4", 20)) as video:
        whole = list(video.pictures())
        assert_same(list(video.pictures(after=0.41, first_number=11)), whole[11:])
        assert_same(list(video.pictures(after=-1.0)), whole)
        assert list(video.pictures(after=100.0)) == []
        assert video.broken is None


def test_resuming_seeks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of a long video does not cost its beginning."""
    decoded = []
    decode = Frames._decode

    def counting(self: Frames) -> Iterator[av.VideoFrame]:
        for frame in decode(self):
            decoded.append(frame.pts)
            yield frame

    monkeypatch.setattr(Frames, "_decode", counting)
    with open_video(film(tmp_path / "a.mp4", 200, key_every=10)) as video:
        decoded.clear()
        assert len(list(video.pictures(after=7.5))) == 12
    assert len(decoded) < 30
