"""COCO's JSON, results and annotations, and AlphaPose's, which is like COCO's results."""

import re
from typing import Any

import numpy as np
from jaxtyping import Float

from poise.detect.reading.joint_sets import cut_to, of_count
from poise.detect.reading.sightings import Sightings, triples, whole
from poise.errors import PoiseError

# More frames than this without anybody, and the numbers are not those of one video's frames.
_SPARSE, _START = 100, 10_000


def read_results(people: list[dict[str, Any]]) -> Sightings:
    """A list of people, each with `image_id` and `keypoints`; AlphaPose's may have an `idx`.

    Frames without anybody are not in such files, so the frames are the numbers of the images, from
    0 on. AlphaPose's scores are heights of heatmaps and may be over 1; they are cut there.
    """
    seen: Sightings | None = None
    numbers = _frame_numbers([person["image_id"] for person in people])
    for frame, person in zip(numbers, people, strict=True):
        points = triples(person["keypoints"])
        seen = seen or Sightings(of_count(len(points)))
        seen.add(frame, cut_to(seen.skeleton, points), _identity(person))
    assert seen is not None  # an empty list has no form, and read_2d refuses it
    return seen


def read_annotations(table: dict[str, Any]) -> Sightings:
    """An annotation file: its images in the order of their numbers are the frames."""
    images = table["images"]
    order = sorted(images, key=lambda image: _place_of(image))
    places = {image["id"]: place for place, image in enumerate(order)}
    sizes = {(whole(i["width"], "a width"), whole(i["height"], "a height")) for i in images}
    if len(sizes) > 1:
        raise PoiseError(
            f"its {len(images)} images are of {len(sizes)} sizes, so they are not one video"
        )
    seen: Sightings | None = None
    for person in table["annotations"]:
        if person.get("iscrowd") or not any(person.get("keypoints") or ()):
            continue  # a crowd has a mask only, and many people of COCO have no keypoints
        points = triples(person["keypoints"])
        seen = seen or Sightings(of_count(len(points)))
        if person["image_id"] not in places:
            raise PoiseError(f"a person is in image {person['image_id']!r}, which is not there")
        points = cut_to(seen.skeleton, points)
        seen.add(places[person["image_id"]], _from_flags(points), _identity(person))
    if seen is None:
        raise PoiseError("nobody in it has keypoints")
    seen.frames = len(images)
    seen.image_size = next(iter(sizes))
    return seen


def _from_flags(points: Float[np.ndarray, "joint 3"]) -> Float[np.ndarray, "joint 3"]:
    """COCO's flags as scores: 2 marked, 1 marked where it is hidden, 0 not marked."""
    return np.concatenate([points[:, :2], points[:, 2:] / 2], axis=1)


def _identity(person: dict[str, Any]) -> int | None:
    for name in ("idx", "track_id"):
        value = person.get(name)
        while isinstance(value, list) and len(value) == 1:  # AlphaPose nests it now and then
            value = value[0]
        if value is not None:
            number = whole(value, name)
            return number if number >= 0 else None
    return None


def _place_of(image: dict[str, Any]) -> int:
    return whole(image.get("frame_id", image["id"]), "an image's number")


def _frame_numbers(names: list[Any]) -> list[int]:
    """Numbers of frames, from numbers or from names such as `12.jpg`; by rank if they have none."""
    found = [_last_number(name) for name in names]
    numbers = [number for number in found if number is not None]
    if len(numbers) < len(found):
        places = {name: place for place, name in enumerate(sorted({str(name) for name in names}))}
        return [places[str(name)] for name in names]
    if max(numbers) > _START + _SPARSE * len(set(numbers)) or min(numbers) < 0:
        raise PoiseError(
            f"{len(set(numbers))} images numbered from {min(numbers)} to {max(numbers)}: those are "
            "not the frames of one video"
        )
    return numbers


def _last_number(name: Any) -> int | None:
    if not isinstance(name, str):
        return whole(name, "an image_id")
    digits = re.findall(r"[0-9]{1,15}", name)
    return int(digits[-1]) if digits else None
