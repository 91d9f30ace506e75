"""Numbers of gait, held to the score that the motion maker walks by."""

from dataclasses import replace

import numpy as np
import pytest

from poise.anatomy.figure import Proportions, draw_proportions, out
from poise.angles import Gait, gait, gait_or_why
from poise.data.maker import improvise
from poise.data.maker.locomotion import run, walk, walk_backward
from poise.data.maker.perform import Performance, perform
from poise.data.maker.score import Footing, spans
from poise.data.maker.stage import Stage, Style, draw_style
from poise.geometry.rotations import about
from poise.motion import Body, Contact
from posed_bodies import posed

FPS = 60.0


def with_contacts(made: Performance) -> Body:
    times = made.body.motion.times
    contacts = [
        Contact(float(times[first]), float(times[end - 1]), joint)
        for joint, down in made.contacts.items()
        for first, end in spans(down)
    ]
    return replace(made.body, contacts=tuple(contacts))


def walker(seed: int) -> tuple[Stage, Proportions]:
    rng = np.random.default_rng(seed)
    figure = draw_proportions(rng)
    return Stage(figure, draw_style(rng, figure), rng, heading=rng.uniform(-3, 3)), figure


def heel(figure: Proportions, footing: Footing) -> np.ndarray:
    """Where the heel of a flat foot is."""
    return footing.place[:2] + (about("z", np.array(footing.heading)) @ [0, figure.heel, 0])[:2]


@pytest.mark.parametrize("seed", range(8))
def test_the_makers_steps_are_found_again(seed: int) -> None:
    stage, figure = walker(seed)
    walk(stage)
    made = perform(stage.score, figure, stage.time, FPS)
    found = gait(with_contacts(made))
    landings = sorted(
        (step.end, side, heel(figure, step.to))
        for side, steps in stage.score.steps.items()
        for step in steps[:-1]  # the last one only closes up
    )
    lengths, widths, times, strides = [], [], [], []
    for before, between, now in zip(
        _with_start(stage, figure, landings),
        landings,
        landings[1:],
        strict=False,
    ):
        stride = now[2] - before[2]
        along = stride / np.linalg.norm(stride)
        arm = now[2] - between[2]
        lengths.append(arm @ along)
        widths.append(-out(now[1]) * (arm[0] * along[1] - arm[1] * along[0]))
        times.append(now[0] - between[0])
        strides.append(np.linalg.norm(stride))
    assert found is not None
    assert found.steps == len(lengths)
    assert found.step_length.mean == pytest.approx(np.mean(lengths), abs=2e-3)
    assert found.step_length.spread == pytest.approx(np.std(lengths, ddof=1), abs=2e-3)
    assert found.step_width.mean == pytest.approx(np.mean(widths), abs=2e-3)
    assert found.stride_length.mean == pytest.approx(np.mean(strides), abs=2e-3)
    assert found.step_time.mean == pytest.approx(np.mean(times), abs=1 / FPS)
    assert found.cadence.mean == pytest.approx(60 / np.mean(times), rel=0.03)


def _with_start(
    stage: Stage, figure: Proportions, landings: list[tuple[float, str, np.ndarray]]
) -> list[tuple[float, str, np.ndarray]]:
    """What stood before each pair of landings: at first the foot that has not stepped yet."""
    side = landings[1][1]
    return [(-np.inf, side, heel(figure, stage.score.first[side])), *landings]


def even_walk(figure: Proportions, count: int, length: float, tempo: float, limp: float) -> Body:
    """Straight ahead with steps that are known by heart; `limp` is added to those of the right."""
    style = Style(tempo=1, energy=1, width=0.2, toes_out=0, slouch=0, arms_out=8, elbows=10)
    stage = Stage(figure, style, np.random.default_rng(0))
    stage.hold(0.5)
    far = 0.0
    for i in range(count):
        side = "left" if i % 2 == 0 else "right"
        far += length + (limp if side == "right" else 0.0)
        end = 0.5 + (i + 1) * tempo
        place = stage.ahead(far, out(side) * 0.1)
        stage.step(side, end - 0.7 * tempo, end, stage.footing(side, place), 0.05)
        here, stage.at = stage.at, stage.ahead(far - length / 2)
        stage.pose(end, 0.04)
        stage.at = here
    stage.time = 0.5 + (count + 2) * tempo
    return with_contacts(perform(stage.score, figure, stage.time, 100.0))


def test_a_walk_known_by_heart() -> None:
    found = gait(even_walk(Proportions(), count=10, length=0.5, tempo=0.6, limp=0.0))
    assert found is not None
    assert found.steps == 8  # neither the first one nor the last, after which somebody stands
    assert found.step_length.mean == pytest.approx(0.5, abs=1e-3)
    assert found.step_length.spread == pytest.approx(0, abs=1e-3)
    assert found.step_length.asymmetry == pytest.approx(0, abs=0.5)
    assert found.step_width.mean == pytest.approx(0.2, abs=1e-3)
    assert found.stride_length.mean == pytest.approx(1.0, abs=1e-3)
    assert found.stride_time.mean == pytest.approx(1.2, abs=0.011)
    assert found.cadence.mean == pytest.approx(100, rel=0.01)
    assert found.speed.mean == pytest.approx(0.5 / 0.6, rel=0.01)
    # A swing of 0.42 s in a stride of 1.2 s.
    assert found.stance_share.mean == pytest.approx(0.65, abs=0.015)
    assert found.stance_share.count < found.steps


def test_a_limp_is_told_with_its_side() -> None:
    found = gait(even_walk(Proportions(), count=10, length=0.45, tempo=0.6, limp=0.1))
    assert found is not None
    assert found.step_length.left == pytest.approx(0.45, abs=1e-3)
    assert found.step_length.right == pytest.approx(0.55, abs=1e-3)
    assert found.step_length.asymmetry == pytest.approx(20, abs=0.5)
    assert found.step_time.asymmetry == pytest.approx(0, abs=3)


def test_backwards_and_running_are_gaits_too() -> None:
    stage, figure = walker(3)
    walk_backward(stage)
    walk_backward(stage)
    back = gait(with_contacts(perform(stage.score, figure, stage.time, FPS)))
    assert back is not None
    assert back.step_length.mean > 0.2
    assert back.step_width.mean > 0.1
    stage, figure = walker(4)
    run(stage)
    runs = gait(with_contacts(perform(stage.score, figure, stage.time, FPS)))
    assert runs is not None
    assert runs.stance_share.mean < 0.5
    assert runs.speed.mean > 1.5


def test_a_mirror_exchanges_left_and_right() -> None:
    body = even_walk(Proportions(), count=8, length=0.45, tempo=0.6, limp=0.1)
    one, other = gait(body), gait(body.mirrored())
    assert isinstance(one, Gait)
    assert isinstance(other, Gait)
    assert other.step_length.left == pytest.approx(one.step_length.right, abs=1e-5)
    assert other.step_width.mean == pytest.approx(one.step_width.mean, abs=1e-5)


def test_who_does_not_walk_has_no_gait_and_is_told_why() -> None:
    turning = with_contacts(improvise([1, 1], 6.0, ("turn",)))
    assert gait(turning) is None
    assert "gait needs 3 or more" in str(gait_or_why(turning))
    assert "nothing is known about when the feet stand" in str(gait_or_why(posed({})))
    seen = replace(turning, motion=replace(turning.motion, frame="camera"))
    assert "path in the world is not known" in str(gait_or_why(seen))


def test_steps_that_nobody_saw_are_left_out() -> None:
    body = even_walk(Proportions(), count=12, length=0.5, tempo=0.6, limp=0.0)
    whole = gait(body)
    xyz, times = body.motion.xyz.copy(), body.motion.times
    gone = (times > 3.0) & (times < 4.0)
    xyz[gone] = np.nan
    contacts = tuple(one for one in body.contacts if one.stop < 3.0 or one.start > 4.0)
    found = gait(replace(body, motion=replace(body.motion, xyz=xyz), contacts=contacts))
    assert whole is not None
    assert found is not None
    assert found.steps < whole.steps
    assert found.step_length.mean == pytest.approx(0.5, abs=1e-3)
    assert found.cadence.mean == pytest.approx(100, rel=0.01)


def test_heel_and_ball_are_one_stance() -> None:
    """Whoever rolls from heel to ball does not make two steps of it."""
    body = even_walk(Proportions(), count=10, length=0.5, tempo=0.6, limp=0.0)
    parted = []
    for contact in body.contacts:
        half = (contact.start + contact.stop) / 2
        on_heel = contact.joint.endswith("heel")
        part = replace(contact, stop=half) if on_heel else replace(contact, start=half + 0.05)
        parted.append(part)
    one, other = gait(body), gait(replace(body, contacts=tuple(parted)))
    assert isinstance(one, Gait)
    assert isinstance(other, Gait)
    assert other.steps == one.steps
    assert other.step_time.mean == pytest.approx(one.step_time.mean)


def test_contacts_that_are_found_and_not_known_give_nearly_the_same() -> None:
    """Edges off by up to three hundredths, and slips of one frame while a foot is in the air."""
    rng = np.random.default_rng(0)
    body = even_walk(Proportions(), count=14, length=0.5, tempo=0.6, limp=0.0)
    shaken = [
        replace(contact, start=max(contact.start + a, 0), stop=contact.stop + b)
        for contact in body.contacts
        for a, b in [rng.uniform(-0.03, 0.03, 2)]
    ]
    slips = [Contact(1.6 + 1.2 * k, 1.61 + 1.2 * k, "left_ball") for k in range(5)]
    one, other = gait(body), gait(replace(body, contacts=(*shaken, *slips)))
    assert isinstance(one, Gait)
    assert isinstance(other, Gait)
    assert other.steps == one.steps
    assert other.cadence.mean == pytest.approx(one.cadence.mean, rel=0.02)
    assert other.step_length.mean == pytest.approx(one.step_length.mean, abs=0.01)
    assert other.stance_share.mean == pytest.approx(one.stance_share.mean, abs=0.03)
