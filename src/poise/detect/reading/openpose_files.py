"""OpenPose's folders: one JSON for each frame, people in no order."""

from typing import Any

from poise.detect.reading.joint_sets import openpose
from poise.detect.reading.sightings import Sightings, triples, whole
from poise.errors import PoiseError


def read_openpose(frames: list[dict[str, Any]]) -> Sightings:
    """All frames of a video, each as OpenPose writes it; (0, 0, 0) is a joint not seen."""
    seen: Sightings | None = None
    largest = 0.0
    for frame, content in enumerate(frames):
        people = content["people"]
        for person in people:
            # Before 1.2 the name was without its end.
            flat = person.get("pose_keypoints_2d", person.get("pose_keypoints"))
            if not flat:
                continue  # a face or hands alone
            skeleton, points = openpose(triples(flat))
            seen = seen or Sightings(skeleton)
            seen.add(frame, points, _identity(person))
            largest = max(largest, float(abs(points[:, :2]).max()))
    if seen is None:
        raise PoiseError(f"nobody is in any of its {len(frames)} frames")
    if largest <= 1:
        raise PoiseError(
            "its places are shares of the image (0 to 1), not pixels; run OpenPose with "
            "--keypoint_scale 0"
        )
    seen.frames = len(frames)
    return seen


def _identity(person: dict[str, Any]) -> int | None:
    """OpenPose writes [-1] unless it was told to follow people."""
    told = person.get("person_id")
    if not isinstance(told, list) or len(told) != 1:
        return None
    number = whole(told[0], "person_id")
    return number if number >= 0 else None
