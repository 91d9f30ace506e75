"""The default detector: Google's BlazePose, full model, by MediaPipe; on any CPU, offline."""

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from jaxtyping import UInt8

from poise.detect.detector import Found, Watch
from poise.errors import PoiseError
from poise.skeletons import BLAZEPOSE33

_MODEL = "pose_landmarker_full.task"
_SHA256 = "fedbf954ed7066162258c9ce563c0b3f9c7000a4f1e06f3d793ce6793e006c11"


class BlazePose:
    """Up to `people` people in a picture, 33 joints each.

    >>> with BlazePose().watch() as watch:
    ...     xy, score = watch.see(rgb, 0.0)
    """

    name = "blazepose"
    skeleton = BLAZEPOSE33

    def __init__(self, people: int = 4) -> None:
        if people < 1:
            raise PoiseError(f"the detector looks for 1 or more people, not {people}")
        self._people = people
        _model()  # says now what it would say in the middle of a video

    @contextmanager
    def watch(self) -> Iterator[Watch]:
        """Begin to look at a stretch of video; who was found is followed from then on."""
        vision, base = _mediapipe()
        options = vision.PoseLandmarkerOptions(
            base_options=base(model_asset_buffer=_model()),
            running_mode=vision.RunningMode.VIDEO,
            num_poses=self._people,
        )
        with _without_native_logs():
            landmarker = vision.PoseLandmarker.create_from_options(options)
        try:
            yield _Following(landmarker)
        finally:
            landmarker.close()


class _Following:
    def __init__(self, landmarker: Any) -> None:
        self._landmarker, self._last_ms = landmarker, -1

    def see(self, rgb: UInt8[np.ndarray, "height width 3"], time: float) -> Found:
        import mediapipe

        height, width = rgb.shape[:2]
        self._last_ms = max(self._last_ms + 1, round(1000 * time))
        image = mediapipe.Image(
            image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(rgb)
        )
        people = self._landmarker.detect_for_video(image, self._last_ms).pose_landmarks
        if not people:
            return np.zeros((0, 33, 2), np.float32), np.zeros((0, 33), np.float32)
        marks = np.array(
            [[(m.x, m.y, min(m.visibility, m.presence)) for m in person] for person in people],
            np.float32,
        )
        xy = marks[..., :2] * np.array([width, height], np.float32)
        return xy, np.clip(marks[..., 2], 0, 1)


@cache
def _model() -> bytes:
    """The model's bytes, checked: a damaged file would crash far away from here."""
    data = resources.files("poise.detect").joinpath("models", _MODEL).read_bytes()
    if hashlib.sha256(data).hexdigest() != _SHA256:
        raise PoiseError(f"{_MODEL}: the detector's model is damaged; install poise again")
    return data


@cache
def _mediapipe() -> tuple[Any, Any]:
    try:
        with _without_native_logs():
            from mediapipe.tasks.python import BaseOptions, vision
    except (ImportError, OSError) as error:  # OSError: a library of the system is missing
        raise PoiseError(
            f"the detector needs MediaPipe, which does not start here ({error}); "
            "pip install 'mediapipe>=1.2'"
        ) from error
    return vision, BaseOptions


@contextmanager
def _without_native_logs() -> Iterator[None]:
    """MediaPipe's libraries write on stderr past Python, and no setting stops them."""
    try:
        sys.stderr.flush()
        kept = os.dup(2)
    except (OSError, ValueError, AttributeError):  # no stderr to keep clean
        yield
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        with suppress(OSError):
            os.close(kept)
            os.close(nothing)
