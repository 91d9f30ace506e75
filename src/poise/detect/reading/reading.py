"""2D results of any tool, known by what is in the file, not by its name."""

import json
import re
from pathlib import Path
from typing import Any

from poise.detect.detections import Detections
from poise.detect.reading.coco_files import read_annotations, read_results
from poise.detect.reading.mmpose_files import read_predictions, read_saved
from poise.detect.reading.openpose_files import read_openpose
from poise.detect.reading.sightings import Sightings, check, finish
from poise.errors import PoiseError
from poise.files import PathLike, cannot_read, naming, npz_kind, read_bytes, read_text
from poise.motion import Keypoints

_KNOWN = (
    "known are the JSON of COCO, AlphaPose and MMPose, folders of OpenPose, and poise's own .npz"
)


def read_2d(
    path: PathLike, *, fps: float | None = None, image_size: tuple[int, int] | None = None
) -> Detections | list[Keypoints]:
    """Keypoints, one for each person, where the file says who is who; else Detections.

    Joints that were not seen are NaN with score 0. Most tools say neither `fps` nor `image_size`
    (width, height); where a file does, they may be left out.

    >>> found = read_2d("openpose-json/", fps=30, image_size=(1920, 1080))
    """
    path = Path(path)
    if path.is_dir():
        seen = _folder(path)
    elif _is_npz(path):
        return _ours(path, fps, image_size)
    else:
        content = _json(path)
        with naming(path):
            seen = _content(content)
    with naming(path):
        return finish(seen, fps, image_size)


def _content(content: Any) -> Sightings:
    """One file's people."""
    if isinstance(content, dict):
        if "instance_info" in content:
            return read_saved(content)
        if "people" in content:
            return read_openpose([content])
        if "annotations" in content and "images" in content:
            return read_annotations(content)
    if isinstance(content, list) and not content:
        raise PoiseError("nobody is in it")
    if isinstance(content, list) and all(isinstance(item, dict) for item in content):
        if "image_id" in content[0] and "keypoints" in content[0]:
            return read_results(content)
        if "instances" in content[0] or "keypoint_scores" in content[0]:
            return read_predictions(content)
    raise PoiseError(f"no 2D keypoints of a known form; {_KNOWN}")


def _folder(folder: Path) -> Sightings:
    """A file for each frame, in the order of their numbers: OpenPose's, or MMPose's of images."""
    try:
        files = [file for file in folder.iterdir() if file.suffix == ".json" and file.is_file()]
    except OSError as error:
        raise cannot_read(folder, error) from error
    if not files:
        raise PoiseError(f"{folder}: has no .json files; {_KNOWN}")
    files.sort(key=_by_number)
    frames = [_json(file) for file in files]
    if all(isinstance(frame, dict) and "people" in frame for frame in frames):
        with naming(folder):
            return read_openpose(frames)
    if all(isinstance(frame, list) for frame in frames):
        with naming(folder):
            return read_predictions([{"instances": frame} for frame in frames])
    raise PoiseError(
        f"{folder}: its .json files are not the frames of one video as OpenPose or MMPose write "
        "them; name the file that is meant"
    )


def _by_number(file: Path) -> tuple[list[int], str]:
    """Frame 10 comes after frame 9, with or without leading zeros."""
    return [int(digits) for digits in re.findall(r"[0-9]{1,300}", file.stem)], file.name


def _json(path: Path) -> Any:
    text = read_text(path)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        words = str(error).splitlines()[0][:100]
        raise PoiseError(f"{path}: not JSON, or cut short ({words}); {_KNOWN}") from None


def _is_npz(path: Path) -> bool:
    return read_bytes(path, most=4)[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def _ours(
    path: Path, fps: float | None, image_size: tuple[int, int] | None
) -> Detections | list[Keypoints]:
    kind = npz_kind(path)
    if kind not in ("Keypoints", "Detections"):
        what = f"a file of kind {kind}" if kind else "an .npz of another program"
        raise PoiseError(f"{path}: {what}, where Keypoints or Detections are expected")
    value = Keypoints.load(path) if kind == "Keypoints" else Detections.load(path)
    with naming(path):
        check(value, fps, image_size)
    return [value] if isinstance(value, Keypoints) else value
