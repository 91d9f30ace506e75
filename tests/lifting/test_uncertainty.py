"""Sigma says how far off a lifted joint is, and travels with the lifter's file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from poise.errors import PoiseError
from poise.lifting import Engine, load_lifter, save_lifter
from poise.lifting.uncertainty import Evidence, Residuals, fit_residuals
from poise.skeletons import H36M17
from tiny_lifters import PERSON, tiny, wandering

FRAMES = 4000
WRIST = H36M17.index("left_wrist")


def evidence(rng: np.random.Generator) -> Evidence:
    return Evidence(
        confidence=rng.uniform(0.2, 1, (FRAMES, 17)),
        disagreement=np.exp(rng.normal(-3.5, 0.6, (FRAMES, 17))),
    )


def errors(rng: np.random.Generator, told: Evidence) -> np.ndarray:
    """Errors that grow with both signs; the pelvis has none."""
    assert told.disagreement is not None
    sigma = 0.3 * (told.disagreement + 0.005) ** 0.7 * np.exp(0.8 * (1 - told.confidence))
    sigma[:, 0] = 0
    return rng.normal(size=(FRAMES, 17, 3)) * sigma[..., None]


def found(seed: int = 0) -> tuple[Residuals, Evidence, np.ndarray]:
    rng = np.random.default_rng(seed)
    told = evidence(rng)
    off = errors(rng, told)
    return fit_residuals(H36M17, off, told), told, off


def test_what_made_the_errors_is_found() -> None:
    residuals, told, off = found()
    np.testing.assert_allclose(residuals.mirror[1:], 0.7, atol=0.1)
    np.testing.assert_allclose(residuals.unsure[1:], 0.8, atol=0.25)
    ratio = off[:, 1:] / residuals.sigma(told)[:, 1:, None]
    assert np.sqrt((ratio**2).mean()) == pytest.approx(1, abs=0.02)
    assert (np.abs(ratio) < 1).mean() == pytest.approx(0.683, abs=0.02)


def test_the_root_is_sure_and_nothing_is_surer_than_two_millimetres() -> None:
    residuals, told, _ = found()
    sigma = residuals.sigma(told)
    assert (sigma[:, 0] == 0).all()
    assert (sigma[:, 1:] >= 0.002).all()


def test_without_the_mirror_image_the_usual_disagreement_is_taken() -> None:
    residuals, told, _ = found()
    alone = residuals.sigma(replace(told, disagreement=None))
    usual = np.broadcast_to(residuals.disagreement, told.confidence.shape)
    np.testing.assert_array_equal(alone, residuals.sigma(replace(told, disagreement=usual)))


def test_errors_without_the_mirror_image_are_refused() -> None:
    rng = np.random.default_rng(0)
    told = evidence(rng)
    with pytest.raises(PoiseError, match="flip=True"):
        fit_residuals(H36M17, errors(rng, told), replace(told, disagreement=None))


@pytest.mark.parametrize("flip", [True, False])
@pytest.mark.parametrize("kind", ["every frame", "sliding", "middle frame"])
def test_a_lifted_motion_has_sigma(kind: str, flip: bool) -> None:
    lifter = replace(tiny(kind, PERSON), residuals=found()[0])
    track = wandering(40)
    motion = Engine(lifter, flip=flip)(track)
    assert motion.sigma is not None
    assert motion.sigma.shape == (40, 17)
    assert (motion.sigma[:, 1:] > 0).all()
    doubtful = replace(track, score=0.1 * track.score)
    more = Engine(lifter, flip=flip)(doubtful).sigma
    assert more is not None
    if not flip:  # the mirror's disagreement changes with the score too
        assert (more[:, WRIST] > motion.sigma[:, WRIST]).all()


def test_at_another_rate_sigma_is_at_the_track_s_times() -> None:
    lifter = replace(tiny("every frame", PERSON), residuals=found()[0])
    motion = Engine(lifter)(wandering(100, fps=50))
    assert motion.sigma is not None
    assert motion.sigma.shape == (100, 17)


def test_the_mean_of_both_answers_is_what_it_was() -> None:
    lifter = tiny("every frame", PERSON)
    track = wandering(30)
    plain = Engine(lifter, flip=False)
    mean = (plain(track).xyz + plain(track.mirrored()).mirrored().xyz) / 2
    np.testing.assert_allclose(Engine(lifter)(track).xyz, mean, atol=1e-5)


def test_it_travels_with_the_file(tmp_path: Path) -> None:
    residuals = found()[0]
    save_lifter(tmp_path / "a.safetensors", replace(tiny("sliding", PERSON), residuals=residuals))
    assert load_lifter(tmp_path / "a.safetensors").residuals == residuals
    save_lifter(tmp_path / "b.safetensors", tiny("sliding", PERSON))
    assert load_lifter(tmp_path / "b.safetensors").residuals is None


def test_numbers_of_other_joints_are_refused() -> None:
    with pytest.raises(PoiseError, match="mirror is not of 17 joints"):
        replace(found()[0], mirror=(1.0, 2.0))
