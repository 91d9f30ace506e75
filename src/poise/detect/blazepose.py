"""The default detector: Google's BlazePose, full model, by MediaPipe; on any CPU, offline."""

import hashlib
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import resources
from threading import Lock
from typing import Any
from weakref import finalize

import numpy as np
from jaxtyping import Float, UInt8

from poise.detect.detector import Found, Watch
from poise.detect.following import Following
from poise.errors import PoiseError
from poise.skeletons import BLAZEPOSE33

_MODEL = "pose_landmarker_full.task"
_SOMEBODY = "somebody.jpg"  # rendered by poise itself
_SHA256 = "fedbf954ed7066162258c9ce563c0b3f9c7000a4f1e06f3d793ce6793e006c11"
_LONG_AFTER = 10**8  # ms
_KEPT = 0.9  # of a visibility from picture to picture


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
        self._idle: list[dict[int, Any]] = []  # models that no stretch of video is looked at with
        # Before Python takes its modules apart: MediaPipe's own way to let go needs them.
        finalize(self, _let_go, self._idle)
        _mediapipe()  # says now what it would say in the middle of a video

    @contextmanager
    def watch(self) -> Iterator[Watch]:
        """Begin to look at a stretch of video; who was found is followed from then on.

        Models that see every picture for itself go from one stretch to the next; trails, which
        remember, do not.
        """
        models = self._idle.pop() if self._idle else {}
        trails: list[_Trail] = []

        def look(rgb: np.ndarray, most: int) -> Found:
            if most not in models:
                with _silent:
                    models[most] = _landmarker(most)
            return _look(models[most], rgb)

        def trail() -> _Trail:
            trails.append(_Trail())
            return trails[-1]

        try:
            yield Following(look, trail, self._people, len(self.skeleton))
        finally:
            self._idle.append(models)
            for each in trails:
                each.close()


class _Trail:
    """One person by the models' mode for videos: where they were takes the place of a search."""

    def __init__(self) -> None:
        with _silent:
            self._landmarker = _landmarker(1, "VIDEO")
        self._clock, self._size, self._smoothed = 0, (1, 1), np.ones(33, np.float32)
        self._fresh = True

    def see(self, rgb: UInt8[np.ndarray, "height width 3"], most: int) -> Found:
        """Up to one person, of whom landmarks are found around where they were."""
        self._size = rgb.shape[:2]
        marks = self._marks(rgb)
        if len(marks):
            # MediaPipe gives a tenth of what it sees and nine of what it gave before; undone.
            given = marks[0, :, 2].copy()
            if not self._fresh:
                marks[0, :, 2] = (given - _KEPT * self._smoothed) / (1 - _KEPT)
            self._smoothed, self._fresh = given, False
        return _pixels(marks, rgb)

    def forget(self) -> None:
        """In a black picture there is nobody, so the next one is searched."""
        self._marks(np.zeros((*self._size, 3), np.uint8))

    def close(self) -> None:
        """Let go of the model."""
        self._landmarker.close()

    def _marks(self, rgb: np.ndarray) -> np.ndarray:
        # So long after the picture before that MediaPipe does not smooth places over time.
        self._clock += _LONG_AFTER
        return _marks(self._landmarker.detect_for_video(_image(rgb), self._clock))


def _let_go(idle: list[dict[int, Any]]) -> None:
    for models in idle:
        for model in models.values():
            model.close()
    idle.clear()


def _look(landmarker: Any, rgb: UInt8[np.ndarray, "height width 3"]) -> Found:
    """Everybody that the model finds in one picture."""
    return _pixels(_marks(landmarker.detect(_image(rgb))), rgb)


def _image(rgb: UInt8[np.ndarray, "height width 3"]) -> Any:
    import mediapipe

    return mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(rgb))


def _marks(found: Any) -> Float[np.ndarray, "people 33 4"]:
    """x, y in shares of the picture, visibility, presence."""
    people = [[(m.x, m.y, m.visibility, m.presence) for m in one] for one in found.pose_landmarks]
    return np.array(people, np.float32).reshape(len(people), 33, 4)


def _pixels(marks: Float[np.ndarray, "people 33 4"], rgb: np.ndarray) -> Found:
    height, width = rgb.shape[:2]
    xy = marks[..., :2] * np.array([width, height], np.float32)
    return xy, np.clip(marks[..., 2:].min(axis=-1), 0, 1)


@cache
def _model() -> bytes:
    """The model's bytes, checked: a damaged file would crash far away from here."""
    data = _data(_MODEL)
    if hashlib.sha256(data).hexdigest() != _SHA256:
        raise PoiseError(f"{_MODEL}: the detector's model is damaged; install poise again")
    return data


@cache
def _mediapipe() -> tuple[Any, Any]:
    """MediaPipe's parts, after a first look at somebody: what it has to log, it logs then."""
    with _silent:
        try:
            from mediapipe.tasks.python import BaseOptions, vision
        except (ImportError, OSError) as error:  # OSError: a library of the system is missing
            raise PoiseError(
                f"the detector needs MediaPipe, which does not start here ({error}); "
                "pip install 'mediapipe>=1.2'"
            ) from error
        from PIL import Image

        with (
            Image.open(io.BytesIO(_data(_SOMEBODY))) as picture,
            _landmarker(2, "IMAGE", vision, BaseOptions) as landmarker,
        ):
            xy, _ = _look(landmarker, np.asarray(picture.convert("RGB")))
    if len(xy) != 1:
        raise PoiseError("MediaPipe starts here, but does not find the person in a test picture")
    return vision, BaseOptions


def _landmarker(people: int, mode: str = "IMAGE", vision: Any = None, base: Any = None) -> Any:
    if vision is None:
        vision, base = _mediapipe()
    options = vision.PoseLandmarkerOptions(
        base_options=base(model_asset_buffer=_model()),
        running_mode=vision.RunningMode[mode],
        num_poses=people,
    )
    return vision.PoseLandmarker.create_from_options(options)


def _data(name: str) -> bytes:
    return resources.files("poise.detect").joinpath("models").joinpath(name).read_bytes()


class _Silence:
    """MediaPipe's libraries write on stderr past Python, and no setting stops them.

    Several threads may be in it at once: the first one in turns stderr off, the last one out turns
    it on again.
    """

    def __init__(self) -> None:
        self._lock, self._inside, self._kept = Lock(), 0, -1

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._turn_off()

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0 and self._kept >= 0:
                os.dup2(self._kept, 2)
                os.close(self._kept)
                self._kept = -1

    def _turn_off(self) -> None:
        with suppress(OSError, ValueError, AttributeError):  # no stderr to keep clean
            sys.stderr.flush()
            self._kept = os.dup(2)
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, 2)
            os.close(nothing)


_silent = _Silence()
