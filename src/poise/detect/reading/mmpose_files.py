"""MMPose's predictions: of its inferencer (a list) and of its demos (with `instance_info`)."""

from typing import Any

import numpy as np
from jaxtyping import Float

from poise.detect.reading.joint_sets import cut_to, of_count, of_names
from poise.detect.reading.sightings import Sightings, numbers, whole
from poise.errors import PoiseError
from poise.skeletons import Skeleton


def read_predictions(frames: list[Any], names: list[str] | None = None) -> Sightings:
    """A video's frames with their `instances`, or the instances of one image."""
    if "instances" not in frames[0]:
        frames = [{"instances": frames}]
    numbered = [frame.get("frame_id", place) for place, frame in enumerate(frames)]
    places = [whole(number, "frame_id") for number in numbered]
    first = min(1, *places) if len(places) > 1 else places[0]  # the demos count from 1
    seen: Sightings | None = None
    for place, frame in zip(places, frames, strict=True):
        for person in frame["instances"]:
            points = _points(person)
            seen = seen or Sightings(_skeleton(names, len(points)))
            identity = person.get("track_id")
            told = None if identity is None else whole(identity, "track_id")
            seen.add(place - first, cut_to(seen.skeleton, points), told)
    if seen is None:
        raise PoiseError(f"nobody is in any of its {len(frames)} frames")
    seen.frames = max(places) - first + 1
    return seen


def read_saved(table: dict[str, Any]) -> Sightings:
    """What the demos save: `meta_info` names the keypoints, `instance_info` has the people."""
    names = (table.get("meta_info") or {}).get("keypoint_id2name")
    info = table["instance_info"]
    if not info:
        raise PoiseError("nobody is in it")
    ordered = None
    if isinstance(names, dict):
        ordered = [str(names[key]) for key in sorted(names, key=lambda key: int(key))]
    return read_predictions(info, ordered)


def _points(person: dict[str, Any]) -> Float[np.ndarray, "joint 3"]:
    xy, score = numbers(person["keypoints"]), numbers(person["keypoint_scores"])
    if xy.ndim != 2 or xy.shape[1] != 2 or score.shape != xy.shape[:1]:
        raise PoiseError(
            f"keypoints of shape {xy.shape} with scores of shape {score.shape}, where x, y and a "
            "score of each belong"
        )
    return np.concatenate([xy, score[:, None]], axis=1)


def _skeleton(names: list[str] | None, count: int) -> Skeleton:
    if names is None:
        return of_count(count)
    if len(names) != count:
        raise PoiseError(f"names {len(names)} keypoints, but people have {count}")
    return of_names(names)
