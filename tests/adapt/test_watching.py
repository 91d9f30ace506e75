"""The measure without labels, and the focal length that is guessed by it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from adaptations import library, lifter, tracks
from poise.adapt import Target, guess_camera, guessing, misfit, watching
from poise.cameras import Camera
from poise.data.open_benchmark import SHIFT_GT, View, views
from poise.errors import PoiseError
from poise.geometry.rotations import about
from poise.motion import Keypoints, Motion


class Knows:
    """An engine that answers what it was told."""

    answer: Motion

    def __init__(self, lifter: Any) -> None:
        """As the real one."""

    def with_evidence(self, track: Keypoints) -> tuple[Motion, None]:
        return Knows.answer, None


@pytest.fixture
def view(monkeypatch: pytest.MonkeyPatch) -> View:
    """An exact view, and a lifter that knows the truth."""
    found = next(iter(views(library(), SHIFT_GT)))
    assert found.target is not None
    monkeypatch.setattr(watching, "Engine", Knows)
    Knows.answer = found.target.relative()
    return found


def test_the_truth_fits(view: View) -> None:
    assert misfit(lifter(), [view.keypoints]) < 1e-5


@pytest.mark.parametrize("tilt_deg", [10, 25])
def test_a_tilted_answer_fits_worse_the_more_it_is_tilted(view: View, tilt_deg: float) -> None:
    true = Knows.answer
    found = []
    for degrees in (tilt_deg / 2, tilt_deg):
        turn = about("x", np.asarray(np.deg2rad(degrees)))
        Knows.answer = replace(true, xyz=(true.xyz @ turn.T).astype(np.float32))
        found.append(misfit(lifter(), [view.keypoints]))
    assert 1e-3 < found[0] < found[1]


def test_another_lens_and_longer_arms_fit_worse(view: View) -> None:
    camera = view.keypoints.camera
    assert camera is not None
    wide = replace(camera, fx=camera.fx / 2, fy=camera.fy / 2)
    assert misfit(lifter(), [replace(view.keypoints, camera=wide)]) > 5e-3
    xyz = Knows.answer.xyz.copy()
    xyz[:, Knows.answer.skeleton.index("left_wrist")] *= 1.5
    Knows.answer = replace(Knows.answer, xyz=xyz)
    assert misfit(lifter(), [view.keypoints]) > 5e-3


def test_joints_that_nobody_saw_do_not_count(view: View) -> None:
    wrist = Knows.answer.skeleton.index("left_wrist")
    xy, score = view.keypoints.xy.copy(), view.keypoints.score.copy()
    xy[:, wrist] += 500
    moved = replace(view.keypoints, xy=xy)
    assert misfit(lifter(), [moved]) > 1e-2
    score[:, wrist] = 0
    assert misfit(lifter(), [replace(moved, score=score)]) < 2e-3


@pytest.mark.parametrize("true", [0.7, 1.6])
def test_a_guess_is_drawn_to_what_fits_the_more_it_is_seen(
    true: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fits(one: Any, some: Sequence[Keypoints]) -> float:
        camera = some[0].camera
        assert camera is not None
        return float(0.02 * (1 + 0.2 * np.log(camera.fx / camera.width / true) ** 2))

    monkeypatch.setattr(guessing, "misfit", fits)
    few, many = (
        guess_camera([replace(track, camera=None) for track in tracks()[:count]], lifter())
        for count in (1, 20)
    )
    off = [abs(np.log(one.fx / one.width / true)) for one in (few, many)]
    assert off[1] < off[0] < abs(np.log(1 / true))
    assert off[1] < 0.1
    assert (few.cx, few.cy) == (few.width / 2, few.height / 2)


def test_a_target_holds_tracks_out_and_draws_from_the_rest() -> None:
    import torch

    target = Target(tracks(), lifter())
    assert 0 < len(target.held) < len(tracks()) / 2
    learnt = {len(track) for track in tracks()}
    assert target.windows <= sum(len(track) for track in tracks())
    assert learnt
    drawn = target.draw(512, torch.Generator().manual_seed(0))
    assert drawn.xy.shape == (512, 1, 17, 2)
    again = target.draw(512, torch.Generator().manual_seed(0))
    assert torch.equal(drawn.xy, again.xy)
    # By each window's own camera.
    focal = {round(track.camera.fx, 2) for track in tracks() if track.camera is not None}
    assert {round(float(one), 2) for one in drawn.camera[:, 0]} <= focal


def test_of_a_single_track_the_end_is_held_out() -> None:
    target = Target(tracks()[:1], lifter())
    assert len(target.held) == 1
    assert len(target.held[0]) == pytest.approx(0.15 * len(tracks()[0]), abs=1)


def test_frames_without_a_whole_person_do_not_serve() -> None:
    track = tracks()[0]
    score = track.score.copy()
    score[10:, 3] = 0.05
    with pytest.raises(PoiseError, match="has 10 frames in which a whole person is seen"):
        Target([replace(track, score=score)], lifter())


def test_a_distorted_lens_is_straightened() -> None:
    import torch

    track = tracks()[0]
    plain = track.camera
    assert plain is not None
    bent = Camera(
        width=plain.width,
        height=plain.height,
        fx=plain.fx,
        fy=plain.fy,
        cx=plain.cx,
        cy=plain.cy,
        radial=(-0.1,),
    )
    rays = plain.rays(track.xy)
    points = np.concatenate([rays, np.ones_like(rays[..., :1])], axis=-1)
    through = replace(track, xy=bent.project(points), camera=bent)
    one, other = [
        Target([each], lifter()).draw(64, torch.Generator().manual_seed(0)).xy
        for each in (track, through)
    ]
    assert torch.allclose(one, other, atol=0.05)
