"""Scores on the open benchmark: the weights, the table, what is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest

from few_clips import few_clips, stroll, truth
from poise import metrics
from poise.bench.open_benchmark_scores import Scores, Tally, evaluate, score, table
from poise.data.library import MotionLibrary
from poise.data.open_benchmark import GT, Track, View, views
from poise.errors import PoiseError
from poise.motion import Keypoints, Motion
from poise.skeletons import H36M17

SUBJECTS: dict[str, int | str] = {"S02_T01": 2, "S03_T01": 3, "S49_T01": 49}


@pytest.fixture(scope="module")
def library() -> MotionLibrary:
    joints = {key: stroll(20 + 15 * i, seed=i) for i, key in enumerate([*SUBJECTS, "made"])}
    return few_clips(joints, SUBJECTS)


def guess(view: View, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng([seed, len(view), view.number])
    return truth(view) + rng.normal(0, 0.05, truth(view).shape)


def test_every_frame_weighs_the_same(library: MotionLibrary) -> None:
    seen = list(views(library, GT))
    scores = score((guess(view) for view in seen), seen)
    p, t = (
        np.concatenate(
            [points - points[:, :1] for points in (pick(view) for view in seen)],
        )
        for pick in (guess, truth)
    )
    assert scores.views == len(seen) == 16
    assert scores.frames == len(p)
    assert scores.mpjpe_mm == pytest.approx(1000 * metrics.mpjpe(p, t))
    assert scores.p_mpjpe_mm == pytest.approx(1000 * metrics.p_mpjpe(p, t))
    assert scores.n_mpjpe_mm == pytest.approx(1000 * metrics.n_mpjpe(p, t))
    assert scores.pck_150 == pytest.approx(metrics.pck(p, t, root=0))
    assert scores.auc == pytest.approx(metrics.auc(p, t, root=0))


def test_velocity_counts_pairs_within_a_view_only(library: MotionLibrary) -> None:
    seen = list(views(library, GT))
    # The root-relative error is constant in a view, and another one in each view.
    offset = np.arange(17)[:, None] * np.ones(3) / 100
    guesses = [truth(view) + i * offset for i, view in enumerate(seen)]
    scores = score(guesses, seen)
    assert scores.mpjve_mm == pytest.approx(0, abs=1e-9)
    assert scores.mpjpe_mm > 10


def test_subjects(library: MotionLibrary) -> None:
    scores = evaluate(lambda keypoints: np.ones((len(keypoints), 17, 3)), views(library, GT))
    assert list(scores.subjects) == ["2", "3", "49"], "an unknown subject has no row of its own"
    one = library.select(subject=[3])
    alone = evaluate(lambda keypoints: np.ones((len(keypoints), 17, 3)), views(one, GT))
    assert scores.subjects["3"] == pytest.approx(alone.mpjpe_mm)


def test_where_the_root_is_does_not_count(library: MotionLibrary) -> None:
    seen = list(views(library, GT))
    shift = np.array([1.0, 2.0, 3.0])
    scores = score((truth(view) + shift for view in seen), seen)
    assert scores.mpjpe_mm == pytest.approx(0, abs=1e-9)
    assert scores.pck_150 == 100


def test_a_method_sees_keypoints_only(library: MotionLibrary) -> None:
    asked = []

    def method(keypoints: Keypoints) -> Motion:
        asked.append(keypoints)
        return Motion(
            xyz=np.zeros((len(keypoints), 17, 3)),
            skeleton=H36M17,
            fps=30,
            frame="camera",
            placed=False,
        )

    scores = evaluate(method, views(library, GT))
    assert all(type(keypoints) is Keypoints for keypoints in asked)
    assert scores.views == len(asked)


def test_zeros_are_scored(library: MotionLibrary) -> None:
    scores = evaluate(lambda keypoints: np.zeros((len(keypoints), 17, 3)), views(library, GT))
    assert scores.mpjpe_mm > 100
    assert np.isnan(scores.p_mpjpe_mm), "a point has no best rotation"


def test_a_missing_prediction_never_flatters(library: MotionLibrary) -> None:
    seen = list(views(library, GT))
    guesses = [guess(view) for view in seen]
    guesses[3][5, 2] = np.nan
    scores = score(guesses, seen)
    assert np.isnan([scores.mpjpe_mm, scores.pck_150, scores.auc, scores.mpjve_mm]).all()


def test_table(library: MotionLibrary) -> None:
    seen = list(views(library, GT))
    rows = {
        "zero": score((guess(view) * 0 + 1 for view in seen), seen),
        "guess": score((guess(view) for view in seen), seen),
    }
    text = table(rows)
    lines = text.splitlines()
    assert len({len(line) for line in lines}) == 1, "columns stand below each other"
    head = "MPJPE P-MPJPE N-MPJPE MPJVE PCK@150 AUC subject 2 subject 3 subject 49 frames"
    assert lines[0].split() == head.split()
    assert f"{rows['guess'].mpjpe_mm:.1f}" in lines[2]
    assert json.loads(json.dumps(rows["guess"].to_dict())) == rows["guess"].to_dict()


def test_a_table_has_columns_for_few_subjects_that_all_rows_share(library: MotionLibrary) -> None:
    def row(*subjects: str) -> Scores:
        scores = evaluate(lambda keypoints: np.ones((len(keypoints), 17, 3)), views(library, GT))
        return replace(scores, subjects=dict.fromkeys(subjects, 50.0))

    assert "subject" not in table({"made": row(*map(str, range(7)))})
    six = table({"made": row(*map(str, range(6)))}).splitlines()[0]
    assert "subject 0  subject 1  subject 2  subject 3  subject 4  subject 5  frames" in six
    mixed = table({"a": row("2", "3", "49"), "b": row("49", "2")}).splitlines()[0]
    assert mixed.split("AUC")[1].split() == ["subject", "2", "subject", "49", "frames"]
    assert table({}).split()[0] == "MPJPE"


def refused(library: MotionLibrary, predictions: list, said: str, track: Track = GT) -> None:
    with pytest.raises(PoiseError, match=said):
        score(predictions, views(library, track))


def test_too_few_and_too_many(library: MotionLibrary) -> None:
    guesses = [guess(view) for view in views(library, GT)]
    refused(library, guesses[:-1], "more views than predictions, of which there are 15")
    refused(library, [*guesses, guesses[0]], "more predictions than views, of which there are 16")
    with pytest.raises(PoiseError, match="nothing to average"):
        Tally().scores()


def test_wrong_shape_names_the_view(library: MotionLibrary) -> None:
    refused(library, [np.zeros((3, 17, 3))], r"S02_T01@0\|std\|cam0: the prediction has shape")


def test_wrong_frame(library: MotionLibrary) -> None:
    motion = Motion(xyz=np.zeros((20, 17, 3)), skeleton=H36M17, fps=30, frame="world", placed=True)
    refused(library, [motion], "in the camera's frame")


def test_unlabelled(library: MotionLibrary) -> None:
    track = Track(split="test", kind="B", level=1.0, labelled=False)
    refused(library, [np.zeros((20, 17, 3))], "unlabelled", track)
