"""RTMPose through rtmlib: an extra, which fetches its own models when it is asked for by name."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import UInt8

from poise.detect.detector import Found, Watch
from poise.errors import PoiseError
from poise.skeletons import HALPE26

_log = logging.getLogger(__name__)


class RTMPose:
    """Everybody in a picture, 26 joints each, pictures seen one by one."""

    name = "rtmpose"
    skeleton = HALPE26

    def __init__(self, mode: str = "balanced") -> None:
        self._mode = mode
        self._body  # noqa: B018  # fetched now, not in the middle of a video

    @contextmanager
    def watch(self) -> Iterator[Watch]:
        """Begin to look at a stretch of video."""
        yield self

    def see(self, rgb: UInt8[np.ndarray, "height width 3"], time: float) -> Found:
        """Everybody in one picture."""
        bgr = np.ascontiguousarray(rgb[..., ::-1])
        boxes = self._body.det_model(bgr)
        if len(boxes) == 0:  # the pose model would take the whole picture for a person
            return np.zeros((0, 26, 2), np.float32), np.zeros((0, 26), np.float32)
        xy, score = self._body.pose_model(bgr, bboxes=boxes)
        return np.asarray(xy, np.float32), np.clip(score, 0, 1).astype(np.float32)

    @cached_property
    def _body(self) -> Any:
        try:
            from rtmlib import BodyWithFeet
        except ImportError as error:
            raise PoiseError(
                "the detector rtmpose needs rtmlib: pip install 'poise[rtmpose]'"
            ) from error
        _log.warning(
            "rtmpose: its models (Apache-2.0, about 150 MB) are fetched by rtmlib from their home "
            "when they are not in ~/.cache/rtmlib yet"
        )
        try:
            return BodyWithFeet(mode=self._mode, backend="onnxruntime", device="cpu")
        except Exception as error:  # whatever a download or a damaged model brings
            words = " ".join(str(error).split())[:200]
            raise PoiseError(f"rtmpose: its models could not be had: {words}") from error
