"""2D results of other tools: what they say is read, what they do not say is asked for."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise.detect.detections import Detections
from poise.detect.reading import read_2d
from poise.errors import PoiseError
from poise.motion import Keypoints
from poise.skeletons import BODY25, COCO17, H36M17, HALPE26, Skeleton
from results_of_others import (
    GIVEN,
    SIZE,
    alphapose,
    coco_annotations,
    coco_results,
    flat,
    mmpose,
    mmpose_people,
    openpose,
    pose,
    write,
)


def detections(path: Path, **given: Any) -> Detections:
    found = read_2d(path, **(given or GIVEN))
    assert isinstance(found, Detections)
    return found


def tracks(path: Path, **given: Any) -> list[Keypoints]:
    found = read_2d(path, **(given or GIVEN))
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(
    ("joints", "skeleton"), [(17, COCO17), (133, COCO17), (26, HALPE26), (136, HALPE26)]
)
def test_coco_results(tmp_path: Path, joints: int, skeleton: Skeleton) -> None:
    found = detections(write(tmp_path / "a.json", coco_results(joints)))
    assert found.skeleton == skeleton
    assert found.frame.tolist() == [0, 0, 2, 2]
    np.testing.assert_allclose(found.times, [0, 0.04, 0.08])
    points = pose(joints, 2, 1)[: len(skeleton)]
    np.testing.assert_allclose(found.xy[3], points[:, :2])
    np.testing.assert_allclose(found.score[3], points[:, 2], rtol=1e-6)
    assert (found.image_size, found.fps) == (SIZE, 25.0)


def test_coco_annotations_know_their_image_size(tmp_path: Path) -> None:
    found = detections(write(tmp_path / "a.json", coco_annotations()), fps=25)
    assert found.image_size == SIZE
    assert found.frame.tolist() == [1]
    assert len(found.times) == 3
    assert np.isnan(found.xy[0, 3]).all()
    assert found.score[0, :6].tolist() == [1, 1, 1, 0, 0.5, 1]


def test_images_of_different_sizes_are_no_video(tmp_path: Path) -> None:
    content = coco_annotations()
    content["images"][1]["width"] = 600
    with pytest.raises(PoiseError, match=r"a\.json: its 3 images are of 2 sizes"):
        read_2d(write(tmp_path / "a.json", content), fps=25)


def test_images_by_the_thousand_are_no_video(tmp_path: Path) -> None:
    content = coco_results()
    content[-1]["image_id"] = 581_781
    with pytest.raises(PoiseError, match="numbered from 0 to 581781"):
        read_2d(write(tmp_path / "a.json", content), **GIVEN)


@pytest.mark.parametrize(("joints", "skeleton"), [(17, COCO17), (26, HALPE26)])
def test_alphapose_says_who_is_who(tmp_path: Path, joints: int, skeleton: Skeleton) -> None:
    first, second = tracks(write(tmp_path / "a.json", alphapose(joints)))
    assert first.skeleton == skeleton
    assert len(first) == 4
    assert np.isnan(first.xy[2]).all()
    assert (first.score[2] == 0).all()
    assert first.score[0, 0] == 1  # 1.07 in the file
    np.testing.assert_allclose(first.xy[3], pose(joints, 3, 1)[:, :2])
    np.testing.assert_allclose(second.times, [0.12])


def test_alphapose_without_identities(tmp_path: Path) -> None:
    found = detections(write(tmp_path / "a.json", alphapose(followed=False)))
    assert found.frame.tolist() == [0, 1, 3, 3]


def test_frames_named_without_numbers_go_by_name(tmp_path: Path) -> None:
    content = alphapose(followed=False)
    for person, name in zip(content, ("b.jpg", "a.jpg", "c.jpg", "c.jpg"), strict=True):
        person["image_id"] = name
    found = detections(write(tmp_path / "a.json", content))
    assert found.frame.tolist() == [0, 1, 2, 2]
    np.testing.assert_allclose(found.xy[0], pose(17, 1, 1)[:, :2])


def test_an_identity_twice_in_a_frame_is_refused(tmp_path: Path) -> None:
    content = alphapose()
    content[-1]["idx"] = 1
    with pytest.raises(PoiseError, match="person 1 is twice in frame 3"):
        read_2d(write(tmp_path / "a.json", content), **GIVEN)


def test_openpose_folders(tmp_path: Path) -> None:
    for frame in range(12):  # without leading zeros: 10 comes after 9
        content = openpose(people=frame % 3)
        write(tmp_path / f"clip2_{frame}_keypoints.json", content)
    (tmp_path / "readme.txt").write_text("not a frame")
    found = detections(tmp_path)
    assert found.skeleton == BODY25
    assert len(found.times) == 12
    assert np.bincount(found.frame, minlength=12).tolist() == [0, 1, 2] * 4
    assert np.isnan(found.xy[:, 5]).all()
    assert (found.score[:, 5] == 0).all()
    np.testing.assert_allclose(found.xy[0, 6], pose(25)[6, :2])


def test_openposes_coco_model_is_put_in_cocos_order(tmp_path: Path) -> None:
    write(tmp_path / "a_000000000000_keypoints.json", openpose(18))
    found = detections(tmp_path)
    assert found.skeleton == COCO17
    for joint, place in (("nose", 0), ("right_wrist", 4), ("left_ankle", 13), ("left_ear", 17)):
        np.testing.assert_allclose(found.xy[0, COCO17.index(joint)], pose(18)[place, :2])
    assert np.isnan(found.xy[0, COCO17.index("left_shoulder")]).all()


def test_openpose_with_identities_and_old_names(tmp_path: Path) -> None:
    content = openpose()
    for number, person in enumerate(content["people"]):
        person["person_id"] = [number]
        person["pose_keypoints"] = person.pop("pose_keypoints_2d")
    assert len(tracks(write(tmp_path / "frame.json", content))) == 2


def test_scaled_openpose_is_refused(tmp_path: Path) -> None:
    content = openpose(people=1)
    points = pose(25)
    points[:, :2] /= 1000
    content["people"][0]["pose_keypoints_2d"] = flat(points)
    with pytest.raises(PoiseError, match="--keypoint_scale 0"):
        read_2d(write(tmp_path / "a.json", content), **GIVEN)


def test_mmpose_of_a_video(tmp_path: Path) -> None:
    found = detections(write(tmp_path / "a.json", mmpose()))
    assert found.skeleton == COCO17
    assert found.frame.tolist() == [0, 0, 1, 1, 2, 2]
    np.testing.assert_allclose(found.xy[5], pose(17, 2, 1)[:, :2])
    followed = tracks(write(tmp_path / "b.json", mmpose(26, followed=True)))
    assert [len(track) for track in followed] == [3, 3]
    assert followed[0].skeleton == HALPE26


def test_mmpose_of_images(tmp_path: Path) -> None:
    one = detections(write(tmp_path / "a.json", mmpose_people(17)))
    assert len(one.times) == 1
    for frame in range(3):
        write(tmp_path / "predictions" / f"{frame:03d}.json", mmpose_people(17, frame))
    found = detections(tmp_path / "predictions")
    np.testing.assert_array_equal(found.xy, detections(write(tmp_path / "b.json", mmpose())).xy)


def test_mmpose_with_meta_info(tmp_path: Path) -> None:
    frames = [frame | {"frame_id": frame["frame_id"] + 1} for frame in mmpose()]
    names = {str(place): joint for place, joint in enumerate(COCO17.joints)}
    content = {"meta_info": {"keypoint_id2name": names}, "instance_info": frames}
    found = detections(write(tmp_path / "a.json", content))
    assert found.frame.tolist() == [0, 0, 1, 1, 2, 2]
    content["meta_info"] = {"keypoint_id2name": names | {"0": "root"}}
    assert detections(write(tmp_path / "b.json", content)).skeleton == H36M17
    content["meta_info"] = {"keypoint_id2name": names | {"0": "thumb"}}
    with pytest.raises(PoiseError, match="begin with thumb"):
        read_2d(write(tmp_path / "c.json", content), **GIVEN)


def test_our_own_files_say_everything(tmp_path: Path) -> None:
    found = detections(write(tmp_path / "a.json", coco_results()))
    found.save(tmp_path / "a.npz")
    again = detections(tmp_path / "a.npz", fps=25.0)
    np.testing.assert_array_equal(again.xy, found.xy)
    track = Keypoints(xy=found.xy, skeleton=COCO17, image_size=SIZE, fps=25)
    track.save(tmp_path / "b.npz")
    (only,) = tracks(tmp_path / "b.npz", image_size=SIZE)
    np.testing.assert_array_equal(only.xy, track.xy)
    with pytest.raises(PoiseError, match=r"b\.npz: has 25 frames a second, not 30"):
        read_2d(tmp_path / "b.npz", fps=30)
    with pytest.raises(PoiseError, match=r"b\.npz: its images are 640 x 480, not 1 x 1"):
        read_2d(tmp_path / "b.npz", image_size=(1, 1))


def test_gzipped_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(json.dumps(mmpose()).encode()))
    assert len(detections(tmp_path / "a.json.gz").frame) == 6


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"image_size": SIZE}, "a.json: does not say how many frames a second there are; say fps"),
        ({"fps": 25}, "a.json: does not say how large the images are; say image_size"),
        ({"fps": 0, "image_size": SIZE}, "a.json: 0 is not a frame rate"),
        ({"fps": 25, "image_size": (0, 5)}, "a.json: an image size of 0 x 5"),
    ],
)
def test_what_is_missing_is_asked_for(tmp_path: Path, given: dict[str, Any], said: str) -> None:
    with pytest.raises(PoiseError, match=said):
        read_2d(write(tmp_path / "a.json", coco_results()), **given)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "nobody is in it"),
        ({"a": 1}, "no 2D keypoints of a known form; known are the JSON of COCO"),
        ([1, 2], "no 2D keypoints"),
        (3, "no 2D keypoints"),
        (coco_results(21), "people of 21 keypoints; known are 17"),
        (openpose(15), "OpenPose model of 15 keypoints"),
        ({"people": []}, "nobody is in any of its 1 frames"),
        ([*mmpose(frames=1)[0]["instances"][:1], {}], "it lacks 'keypoints'"),
        ([coco_results()[0], coco_results(26)[0]], "frame 0: 26 joints, where others have 17"),
        ([coco_results()[0] | {"image_id": 10**12}], "not the frames of one video"),
        ([coco_results()[0] | {"image_id": 0.5}], "an image_id is '0.5', not a whole number"),
        ([coco_results()[0] | {"keypoints": ["a"] * 51}], "not all numbers"),
        ([coco_results()[0] | {"keypoints": [1e7] * 51}], "a million pixels off"),
        ([coco_results()[0] | {"keypoints": [1.0] * 50}], "keypoints of 50 numbers"),
        ([coco_results()[0] | {"keypoints": None}], "not a list"),
        ([coco_results()[0] | {"keypoints": [[1], 2, 3]}], "not all numbers"),
    ],
)
def test_foreign_content_is_refused_in_words(tmp_path: Path, content: Any, said: str) -> None:
    with pytest.raises(PoiseError, match=said) as refusal:
        read_2d(write(tmp_path / "a.json", content), **GIVEN)
    assert str(refusal.value).startswith(str(tmp_path / "a.json"))


def test_null_and_nan_are_not_seen(tmp_path: Path) -> None:
    content = coco_results()[:1]
    content[0]["keypoints"][:6] = [None, 5.0, 0.5, float("nan"), 5.0, 0.5]
    found = detections(write(tmp_path / "a.json", content))
    assert np.isnan(found.xy[0, :2]).all()
    assert (found.score[0, :2] == 0).all()


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PoiseError, match="no such file"):
        read_2d(tmp_path / "a.json", **GIVEN)
    with pytest.raises(PoiseError, match=r"has no \.json files"):
        read_2d(tmp_path, **GIVEN)
    (tmp_path / "a.json").write_text('{"people": [')
    with pytest.raises(PoiseError, match=r"a\.json: not JSON, or cut short"):
        read_2d(tmp_path, **GIVEN)
    write(tmp_path / "a.json", coco_annotations())
    with pytest.raises(PoiseError, match="not the frames of one video"):
        read_2d(tmp_path, **GIVEN)
    np.savez(tmp_path / "b.npz", a=np.zeros(3))
    with pytest.raises(PoiseError, match=r"b\.npz: an \.npz of another program"):
        read_2d(tmp_path / "b.npz")
