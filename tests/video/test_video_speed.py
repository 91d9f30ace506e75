"""What reading costs, beside PyAV alone."""

import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from poise.video import ahead, open_video, write_video


def cpu_seconds(job: Callable[[], int]) -> float:
    begin = time.process_time()
    assert job() == 90
    return time.process_time() - begin


@pytest.mark.budget
def test_reading_720p_costs_little_more_than_pyav_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    soft = np.cumsum(np.random.default_rng(0).normal(size=(760, 1400, 3)), axis=1)
    scene = ((soft - soft.min()) / np.ptp(soft) * 255).astype(np.uint8)
    with write_video(path, 1280, 720, fps=30) as writer:
        for n in range(90):
            writer.add(scene[n // 3 : n // 3 + 720, n : n + 1280])

    def bare() -> int:
        with av.open(str(path)) as file:
            return sum(frame.to_ndarray(format="rgb24").ndim > 0 for frame in file.decode(video=0))

    def ours(largest: int | None = None) -> int:
        with open_video(path) as video:
            return sum(1 for _ in ahead(video.pictures(largest=largest), 8))

    jobs = (bare, ours, lambda: ours(largest=640))
    turns = [[cpu_seconds(job) for job in jobs] for _ in range(5)]  # a busy minute slows all alike
    least = [min(seconds) for seconds in zip(*turns, strict=True)]
    for name, seconds in zip(("PyAV alone", "open_video", "largest=640"), least, strict=True):
        print(f"720p H.264 to RGB, {name}: {90 / seconds:.0f} frames a second of one core")
    assert least[1] < 1.5 * least[0]
    assert least[2] < 1.7 * least[0]
