"""2D results as other tools write them, made by hand after their documentation."""

import json
from pathlib import Path
from typing import Any

import numpy as np

SIZE = (640, 480)
GIVEN: dict[str, Any] = {"fps": 25, "image_size": SIZE}


def pose(joints: int, frame: int = 0, person: int = 0) -> np.ndarray:
    """(joint, 3): all different, in the image, score 0.5 and more."""
    place = np.arange(joints)
    x = 100 + 200 * person + 2 * place + frame
    return np.stack([x, 50 + 3 * place, 0.5 + place / 400], axis=1).astype(float)


def flat(points: np.ndarray) -> list[float]:
    return [float(number) for number in points.ravel()]


def write(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def coco_results(joints: int = 17) -> list[dict[str, Any]]:
    """Two people in frames 0 and 2, nobody in frame 1."""
    return [
        {
            "image_id": frame,
            "category_id": 1,
            "keypoints": flat(pose(joints, frame, person)),
            "score": 0.9,
        }
        for frame in (0, 2)
        for person in (0, 1)
    ]


def coco_annotations() -> dict[str, Any]:
    """Three images, one person in the second, marked by flags, and a crowd."""
    points = pose(17)
    points[:, 2] = 2
    points[3], points[4, 2] = 0, 1
    person = {"id": 1, "image_id": 8, "category_id": 1, "iscrowd": 0, "num_keypoints": 16}
    return {
        "images": [
            {"id": number, "file_name": f"{number}.jpg", "width": 640, "height": 480}
            for number in (9, 7, 8)
        ],
        "annotations": [
            person | {"keypoints": flat(points)},
            person | {"id": 2, "iscrowd": 1, "keypoints": []},
        ],
        "categories": [{"id": 1, "name": "person"}],
    }


def alphapose(joints: int = 17, followed: bool = True) -> list[dict[str, Any]]:
    """Person 1 in frames 0, 1 and 3, person 2 in frame 3; scores of heatmaps go over 1."""
    result = []
    for frame, person in ((0, 1), (1, 1), (3, 1), (3, 2)):
        points = pose(joints, frame, person)
        points[0, 2] = 1.07
        one = {
            "image_id": f"{frame}.jpg",
            "category_id": 1,
            "keypoints": flat(points),
            "score": 2.9,
            "box": [1.0, 2.0, 3.0, 4.0],
        }
        result.append(one | ({"idx": person} if followed else {}))
    return result


def openpose(joints: int = 25, people: int = 2) -> dict[str, Any]:
    """One frame; the fifth joint of everybody is not seen."""
    content = []
    for person in range(people):
        points = pose(joints, 0, person)
        points[5] = 0
        content.append(
            {
                "person_id": [-1],
                "pose_keypoints_2d": flat(points),
                "face_keypoints_2d": [],
                "hand_left_keypoints_2d": [],
            }
        )
    return {"version": 1.3, "people": content}


def mmpose(joints: int = 17, frames: int = 3, followed: bool = False) -> list[dict[str, Any]]:
    """The inferencer's list of a video's frames."""
    return [
        {"frame_id": frame, "instances": mmpose_people(joints, frame, followed)}
        for frame in range(frames)
    ]


def mmpose_people(joints: int, frame: int = 0, followed: bool = False) -> list[dict[str, Any]]:
    """The inferencer's list of one image's people."""
    people = []
    for person in range(2):
        points = pose(joints, frame, person)
        one = {
            "keypoints": points[:, :2].tolist(),
            "keypoint_scores": points[:, 2].tolist(),
            "bbox": [[1.0, 2.0, 3.0, 4.0]],
            "bbox_score": 0.9,
        }
        people.append(one | ({"track_id": person} if followed else {}))
    return people
