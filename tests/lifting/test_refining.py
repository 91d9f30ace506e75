"""Answers that follow the picture: nearer to it, never lost, the same however a clip is cut."""

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from poise.cameras import Camera
from poise.errors import PoiseError
from poise.lifting import Engine, Framing, Refinement, TrainedLifter
from poise.lifting.agreeing import standing
from poise.lifting.clips import all_rays, assumed_camera
from poise.lifting.framing import Seen, Sight
from poise.lifting.mirroring import BothSides
from poise.lifting.refining import _Picture, refine
from poise.lifting.steadying import steadied
from poise.methods import method
from poise.motion import Keypoints, Motion
from poise.skeletons import H36M17
from tiny_lifters import KINDS, PERSON, SCREEN, tiny

FREE = Refinement(iterations=20, rate=0.06, hold=0.0)
CAMERA = Camera.from_focal(640, 480, 600.0)
# Somebody who stands and looks at us: right, down, away (m), from the pelvis.
STANDING = np.array(
    [
        *([0, 0, 0], [-0.13, 0, 0], [-0.14, 0.45, 0.02], [-0.15, 0.9, 0.05]),
        *([0.13, 0, 0], [0.14, 0.45, 0.02], [0.15, 0.9, 0.05]),
        *([0, -0.25, 0.02], [0, -0.5, 0], [0, -0.6, -0.05], [0, -0.72, 0]),
        *([0.17, -0.48, 0], [0.3, -0.25, 0.03], [0.32, 0, -0.05]),
        *([-0.17, -0.48, 0], [-0.3, -0.25, 0.03], [-0.32, 0, -0.05]),
    ],
    np.float32,
)


class Nearly(nn.Module):
    """Answers with somebody who stands, and moves them a little by what a small network says."""

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.inner, self.frames, self.answers = inner, inner.frames, inner.answers
        self.standing = torch.tensor(STANDING)

    def forward(self, features: Tensor) -> Tensor:
        return self.standing + 0.1 * torch.tanh(self.inner(features))


def nearly(kind: str, framing: Framing = SCREEN) -> TrainedLifter:
    lifter = tiny(kind, framing)
    return replace(lifter, network=Nearly(lifter.network).eval())


def moving(frames: int, camera: Camera | None = CAMERA) -> Keypoints:
    """What is seen of somebody four metres away who moves all joints a little."""
    rng = np.random.default_rng(1)
    phase, speed = rng.uniform(0, 6, (2, 17, 3))
    times = np.arange(frames)[:, None, None] / 30
    xyz = STANDING + 0.06 * np.sin(phase + 3 * speed * times) + [0.2, 0.1, 4.0]
    return Keypoints(
        xy=CAMERA.project(xyz),
        score=rng.uniform(0.5, 1, (frames, 17)),
        skeleton=H36M17,
        image_size=(640, 480),
        fps=30,
        camera=camera,
    )


def off_the_picture(motion: Motion, track: Keypoints) -> float:
    """How far joints are from their keypoints, of the surest half of them."""
    rays = torch.tensor(all_rays(track.camera or assumed_camera(track), track.xy))
    sure = torch.tensor(track.score, dtype=torch.float32) ** 3
    xyz = torch.tensor(motion.xyz)
    placed = xyz + standing(xyz, rays, sure)[:, None]
    off = (placed[..., :2] / placed[..., 2:].clamp(min=0.1) - rays).norm(dim=-1)
    return float((off * sure).sum() / sure.sum())


@pytest.mark.parametrize("framing", [SCREEN, PERSON], ids=["screen", "person"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_lifter_goes_nearer_to_the_picture(kind: str, framing: Framing) -> None:
    lifter, track = nearly(kind, framing), moving(30)
    plain, refined = Engine(lifter)(track), Engine(lifter, refine=FREE)(track)
    assert np.isfinite(refined.xyz).all()
    assert off_the_picture(refined, track) < 0.98 * off_the_picture(plain, track)


def test_no_steps_are_the_plain_answer() -> None:
    lifter, track = nearly("every frame", PERSON), moving(30)
    none = Engine(lifter, refine=Refinement(iterations=0))(track)
    np.testing.assert_array_equal(none.xyz, Engine(lifter)(track).xyz)


@pytest.mark.parametrize("kind", KINDS)
def test_however_a_clip_is_cut_it_is_refined_alike(kind: str) -> None:
    lifter, track = nearly(kind, SCREEN), moving(60)
    # A network that slides sees the same frame in two pieces, and moves it in each of them.
    batches = (9, 1000) if kind not in ("sliding", "causal") else (1000, 2000)
    few, many = (Engine(lifter, refine=Refinement(), batch=batch)(track) for batch in batches)
    np.testing.assert_allclose(few.xyz, many.xyz, atol=2e-4)


def test_twice_is_the_same_to_the_bit() -> None:
    lifter, track = nearly("every frame", PERSON), moving(40)
    one, two = (Engine(lifter, refine=Refinement())(track) for _ in range(2))
    np.testing.assert_array_equal(one.xyz, two.xyz)


def test_held_answers_move_less() -> None:
    lifter, track = nearly("one frame"), moving(20)
    plain = Engine(lifter)(track).xyz

    def moved(hold: float) -> float:
        refined = Engine(lifter, refine=Refinement(iterations=10, hold=hold))(track)
        return float(np.abs(refined.xyz - plain).mean())

    assert 0 < moved(10.0) < 0.7 * moved(0.0)


def test_where_nothing_was_seen_the_pose_stays_and_it_is_said() -> None:
    lifter, track = nearly("one frame"), moving(20)
    blind = replace(track, score=np.zeros_like(track.score))
    refined = Engine(lifter, refine=FREE)(blind)
    np.testing.assert_array_equal(refined.xyz, Engine(lifter)(blind).xyz)
    assert any("20 of 20 frames stay as lifted" in words for words in refined.assumed)
    score = track.score.copy()
    score[7] = 0
    once = replace(track, score=score)
    refined, plain = Engine(lifter, refine=FREE)(once), Engine(lifter)(once)
    np.testing.assert_array_equal(refined.xyz[7], plain.xyz[7])
    assert np.abs(refined.xyz[6] - plain.xyz[6]).max() > 1e-4
    assert any("1 of 20 frames stay as lifted" in words for words in refined.assumed)


def test_keypoints_that_are_no_numbers_do_no_harm() -> None:
    track = moving(20)
    xy, score = track.xy.copy(), track.score.copy()
    xy[3, 5], score[3, 5] = np.nan, 0
    xy[8:10], score[8:10] = np.nan, 0
    for kind in KINDS:
        refined = Engine(nearly(kind), refine=FREE)(replace(track, xy=xy, score=score))
        assert np.isfinite(refined.xyz).all()
        assert any("2 of 20 frames stay" in words for words in refined.assumed)


def test_without_a_camera_one_is_assumed_and_it_is_said() -> None:
    lifter = nearly("one frame", SCREEN)
    refined = Engine(lifter, refine=Refinement())(moving(5, camera=None))
    assert any("the camera is not known" in words for words in refined.assumed)
    assert Engine(lifter, refine=Refinement())(moving(5)).assumed == ()


def test_a_camera_of_another_size_is_refused() -> None:
    with pytest.raises(PoiseError, match=r"camera.resized\(640, 480\) fits"):
        replace(moving(5), camera=Camera.from_focal(1000, 1000, 900.0))


def people(frames: int = 4) -> tuple[Seen, Tensor]:
    """Windows of one frame each, and the poses that were seen."""
    torch.manual_seed(3)
    poses = torch.tensor(STANDING) + 0.05 * torch.randn(frames, 1, 17, 3)
    poses = poses - poses[:, :, :1]
    placed = poses + torch.tensor([0.2, 0.1, 4.0])
    rays = placed[..., :2] / placed[..., 2:]
    sight = Sight(
        xy=rays, rays=rays, confidence=torch.ones(frames, 1, 17), image_size=torch.ones(frames, 2)
    )
    return Seen(features=rays.clone(), turn=None, sight=sight), poses


def test_joints_behind_the_camera_are_not_refined() -> None:
    seen, poses = people()
    everything = list(range(17))
    opinions = poses[:, :, None]
    assert _Picture.of(seen, everything, everything).known(opinions).all()
    assert seen.sight is not None
    behind = Seen(
        features=-seen.features, turn=None, sight=replace(seen.sight, rays=-seen.sight.rays)
    )
    assert not _Picture.of(behind, everything, everything).known(opinions).any()


class Moody(nn.Module):
    """Answers well at first, and with nonsense about whatever was moved."""

    frames = 1
    answers: Literal["sliding"] = "sliding"

    def __init__(self, poses: Tensor, nonsense: float) -> None:
        super().__init__()
        self.first: Tensor | None = None
        self.poses, self.nonsense = poses, nonsense

    def forward(self, features: Tensor) -> Tensor:
        self.first = features.detach().clone() if self.first is None else self.first
        changed = (features != self.first).flatten(1).any(dim=1)[:, None, None, None]
        mirrored = self.poses[..., list(H36M17.mirror), :] * torch.tensor([-1.0, 1, 1])
        poses = torch.cat([self.poses, mirrored])
        poses = poses + 0.1 * F.pad(features - features.detach(), (0, 1))  # all have a slope
        return torch.where(changed, self.nonsense, poses)


@pytest.mark.parametrize("nonsense", [float("inf"), float("nan"), float("-inf")])
def test_a_finite_pose_never_becomes_infinite(nonsense: float) -> None:
    seen, poses = people()
    everything = list(range(17))
    wrong = poses + 0.05 * torch.randn_like(poses)
    ask = BothSides([Moody(wrong, nonsense)], (-1.0, 1.0), H36M17, H36M17)

    def scale(opinions: Tensor) -> Tensor:
        return opinions[:, :, 0].norm(dim=-1)

    found = refine(
        ask, seen, slice(0, 1), (everything, everything), scale, FREE, goes_on=lambda: True
    )
    assert found.left.all()
    torch.testing.assert_close(found.opinions.poses, found.first, rtol=0, atol=0)


def test_when_the_time_is_over_no_step_is_begun() -> None:
    lifter, track = nearly("every frame", PERSON), moving(30)
    plain = Engine(lifter)(track)
    hasty = Engine(lifter, refine=Refinement(milliseconds=1e-6))(track)
    np.testing.assert_array_equal(hasty.xyz, plain.xyz)
    enough = Engine(lifter, refine=Refinement(milliseconds=1e6))(track)
    np.testing.assert_array_equal(enough.xyz, Engine(lifter, refine=Refinement())(track).xyz)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"iterations": -1}, "iterations and hold are 0 or more"),
        ({"rate": 0.0}, "rate is above 0"),
        ({"hold": -0.1}, "hold are 0 or more"),
        ({"milliseconds": 0.0}, "give more than 0"),
        ({"rate": float("nan")}, "rate is above 0"),
    ],
)
def test_what_is_no_refinement_is_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(PoiseError, match=words):
        Refinement(**wrong)


def test_what_cannot_be_refined_is_refused() -> None:
    with pytest.raises(PoiseError, match="needs flip=True"):
        Engine(nearly("one frame"), flip=False, refine=Refinement())
    with pytest.raises(PoiseError, match="parts of the picture"):
        Engine(replace(nearly("one frame"), unit="picture"), refine=Refinement())


def test_trembling_keypoints_are_steadied_and_lost_ones_stay_lost() -> None:
    rng = torch.Generator().manual_seed(0)
    path = torch.linspace(0, 1, 50)[None, :, None, None] * torch.tensor([0.3, -0.2])
    noise = 0.01 * torch.randn(1, 50, 3, 2, generator=rng)
    confidence = torch.ones(1, 50, 3)
    confidence[0, 20, 1] = 0
    rays = path + noise
    rays[0, 20, 1] = 5.0  # a guess, far off
    sight = Sight(xy=rays, rays=rays, confidence=confidence, image_size=torch.ones(1, 2))
    still = steadied(sight)
    inside = slice(2, -2)
    off = (still.rays - path)[:, inside, 0].norm(dim=-1).mean()
    assert off < 0.6 * noise[:, inside, 0].norm(dim=-1).mean()
    assert (still.rays - path)[0, 18:20, 1].abs().max() < 0.05
    assert still.confidence[0, 20, 1] == 0
    assert (still.rays[0, 20, 1] == 5.0).all()
    torch.testing.assert_close(still.confidence[0, :, 0], torch.ones(50))


def seeded(seed: int) -> TrainedLifter:
    lifter = nearly("every frame", PERSON)
    torch.manual_seed(seed)
    with torch.no_grad():
        for weight in lifter.module.parameters():
            weight.add_(0.05 * torch.randn_like(weight))
    return lifter


def test_an_ensemble_is_the_mean_of_its_lifters_and_knows_how_far_they_are_apart() -> None:
    track, crew = moving(30), [seeded(seed) for seed in range(3)]
    together = Engine(crew[0], others=crew[1:])
    motion, evidence = together.with_evidence(track)
    alone = [Engine(one).with_evidence(track) for one in crew]
    np.testing.assert_allclose(
        motion.xyz, np.mean([one.xyz for one, _ in alone], axis=0), atol=1e-5
    )
    assert evidence.disagreement is not None
    sides = [known.disagreement for _, known in alone]
    assert evidence.disagreement.mean() > np.mean([side for side in sides if side is not None])
    refined = Engine(crew[0], others=crew[1:], refine=FREE)(track)
    assert off_the_picture(refined, track) < off_the_picture(motion, track)


def test_lifters_that_see_otherwise_are_no_ensemble() -> None:
    with pytest.raises(PoiseError, match="framing of mixste is .*, of mixste it is"):
        Engine(nearly("every frame", PERSON), others=[nearly("every frame", SCREEN)])
    with pytest.raises(PoiseError, match="sees 9 frames and answers for every frame"):
        Engine(nearly("every frame"), others=[nearly("one frame")])


class NearlyDoubting(Nearly):
    """The same of a network that says how far off it may be."""

    def with_doubt(self, features: Tensor) -> tuple[Tensor, Tensor]:
        return self(features), self.inner.with_doubt(features)[1]


def doubting() -> TrainedLifter:
    uao = method("uao")
    torch.manual_seed(5)
    config = uao.config(width=16, layers=1)
    return TrainedLifter(
        method="uao",
        config=config,
        network=NearlyDoubting(uao.network(config)).eval(),
        framing=SCREEN,
        fps=30,
    )


def test_a_network_s_own_doubt_is_evidence() -> None:
    track = moving(12)
    _, evidence = Engine(doubting()).with_evidence(track)
    assert evidence.doubt is not None
    assert evidence.doubt.shape == (12, 17)
    assert (evidence.doubt > 0).all()
    refined = Engine(doubting(), refine=FREE)
    assert off_the_picture(refined(track), track) < off_the_picture(
        Engine(doubting())(track), track
    )
    assert Engine(nearly("one frame")).with_evidence(track)[1].doubt is None
