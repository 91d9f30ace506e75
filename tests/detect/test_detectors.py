"""The detectors themselves: the one that comes along, the one that is fetched, what scores mean."""

import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from poise.detect import BlazePose, blazepose, detector
from poise.detect.confidences import as_trained, sigma_factor
from poise.errors import PoiseError
from poise.motion import Keypoints
from poise.skeletons import BLAZEPOSE33, COCO17, Skeleton
from somebody import SOMEBODY


def picture() -> np.ndarray:
    with Image.open(SOMEBODY) as opened:
        return np.asarray(opened.convert("RGB"))


def test_blazepose_finds_somebody_with_the_right_sides(capfd: pytest.CaptureFixture[str]) -> None:
    with BlazePose().watch() as watch:
        xy, score = watch.see(picture(), 0.0)
    assert xy.shape == (1, 33, 2)
    assert score.shape == (1, 33)
    at = dict(zip(BLAZEPOSE33.joints, xy[0], strict=True))
    assert at["nose"][1] < at["left_shoulder"][1] < at["left_hip"][1] < at["left_ankle"][1]
    assert at["left_shoulder"][0] > at["right_shoulder"][0], (
        "who faces us has the left on the right"
    )
    assert capfd.readouterr().err == "", "MediaPipe is quiet"


def test_in_the_mirror_sides_are_exchanged() -> None:
    with BlazePose().watch() as watch:
        xy, _ = watch.see(picture(), 0.0)
    with BlazePose().watch() as watch:
        mirrored, _ = watch.see(np.ascontiguousarray(picture()[:, ::-1]), 0.0)
    back = np.array([208, 0]) + mirrored[0][list(BLAZEPOSE33.mirror)] * [-1, 1]
    assert np.median(np.linalg.norm(back - xy[0], axis=-1)) < 8


def test_stretches_do_not_know_of_each_other() -> None:
    one = BlazePose()
    with one.watch() as watch:
        first = watch.see(picture(), 0.0)[0]
        watch.see(np.roll(picture(), 15, axis=1), 0.03)
    with one.watch() as watch:
        np.testing.assert_array_equal(watch.see(picture(), 5.0)[0], first)


def test_a_damaged_model_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    blazepose._model.cache_clear()
    monkeypatch.setattr(blazepose, "_data", lambda name: b"PK no model")
    with pytest.raises(PoiseError, match="damaged; install poise again"):
        blazepose._model()
    blazepose._model.cache_clear()


def test_without_mediapipe_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    blazepose._mediapipe.cache_clear()
    monkeypatch.setitem(sys.modules, "mediapipe.tasks.python", None)
    with pytest.raises(PoiseError, match="pip install 'mediapipe"):
        BlazePose()
    blazepose._mediapipe.cache_clear()


def test_nobody_looks_for_nobody() -> None:
    with pytest.raises(PoiseError, match="1 or more people"):
        BlazePose(0)


class BodyWithFeet:
    """What rtmlib has, without its models: one person in a bright picture."""

    fails: str | None = None

    def __init__(self, mode: str, backend: str, device: str) -> None:
        if self.fails:
            raise OSError(self.fails)

    def det_model(self, bgr: np.ndarray) -> np.ndarray:
        assert bgr[0, 0].tolist() == [3, 2, 1], "blue comes first there"
        return np.array([[0, 0, 9, 9]]) if bgr.max() > 100 else np.zeros((0, 4))

    def pose_model(self, bgr: np.ndarray, bboxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.full((len(bboxes), 26, 2), 5.0), np.full((len(bboxes), 26), 1.3)


@pytest.fixture
def rtmlib(monkeypatch: pytest.MonkeyPatch) -> Any:
    module = ModuleType("rtmlib")
    module.BodyWithFeet = BodyWithFeet  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "rtmlib", module)
    return module


def test_rtmpose_is_asked_as_rtmlib_wants_it(rtmlib: Any) -> None:
    rgb = np.zeros((20, 20, 3), np.uint8)
    rgb[0, 0] = [1, 2, 3]
    with detector("rtmpose").watch() as watch:
        assert watch.see(rgb, 0.0)[0].shape == (0, 26, 2), "an empty picture has no person in it"
        rgb[5:, 5:] = 200
        xy, score = watch.see(rgb, 0.1)
    assert xy.shape == (1, 26, 2)
    assert score.max() == 1, "scores of heat maps may exceed 1"


def test_rtmpose_without_its_package_or_models(
    rtmlib: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BodyWithFeet, "fails", "no way to the server")
    with pytest.raises(PoiseError, match="could not be had: no way to the server"):
        detector("rtmpose")
    monkeypatch.setitem(sys.modules, "rtmlib", None)
    with pytest.raises(PoiseError, match=r"pip install 'poise\[rtmpose\]'"):
        detector("rtmpose")


@pytest.mark.parametrize(("skeleton", "hidden"), [(BLAZEPOSE33, 0.5), (COCO17, 0.0)])
def test_a_hidden_joint_is_half_sure_and_a_guess_is_not_at_all(
    skeleton: Skeleton, hidden: float
) -> None:
    score = np.linspace(0, 1, len(skeleton))[None].astype(np.float32)
    xy = np.ones((1, len(skeleton), 2))
    track = Keypoints(xy=xy, score=score, skeleton=skeleton, image_size=(9, 9), fps=30)
    trained = as_trained(track).score[0]
    assert trained[0] == 0
    np.testing.assert_allclose(trained[1:], hidden + (1 - hidden) * score[0, 1:], rtol=1e-6)
    assert (sigma_factor(track) > 1) == (hidden > 0)


def test_a_trail_sees_what_a_look_sees() -> None:
    """Places are not smoothed over time, and scores are those of this picture."""
    pictures = [np.roll(picture(), 3 * n, axis=1) for n in range(8)]
    looks = []
    for rgb in pictures:
        with BlazePose().watch() as watch:
            looks.append(watch.see(rgb, 0.0))
    with BlazePose().watch() as watch:
        trail = [watch.see(rgb, n / 30) for n, rgb in enumerate(pictures)]
    for (one_xy, one_score), (xy, score) in zip(looks, trail, strict=True):
        off = np.linalg.norm(xy[0] - one_xy[0], axis=-1)
        assert np.median(off) < 2, "pixels"
        assert np.abs(score - one_score).mean() < 0.05
        assert score.min() >= 0


def test_a_dark_trail_is_forgotten_and_found_again() -> None:
    with BlazePose().watch() as watch:
        first, _ = watch.see(picture(), 0.0)
        watch.see(picture(), 0.03)
        for n in range(12):
            xy, _ = watch.see(np.zeros_like(picture()), 0.1 + n / 30)
            assert len(xy) == 0
        for n in range(14):
            again, score = watch.see(picture(), 1 + n / 30)
        assert np.median(np.linalg.norm(again[0] - first[0], axis=-1)) < 3
        assert score.mean() > 0.5
