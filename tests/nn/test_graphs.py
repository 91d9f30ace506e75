"""The stack of relations has the published numbers, over one frame and over several."""

import pytest
import torch

from poise.errors import PoiseError
from poise.nn.graphs import distances, hop_stack
from poise.skeletons import H36M17

SPINE = H36M17.index("spine")
HEARS = [4, 4, 4, 3, 4, 4, 3, 3, 5, 3, 2, 4, 4, 3, 4, 4, 3]  # how many, by the published matrix
AWAY = [1, 2, 3, 4, 2, 3, 4, 0, 1, 2, 3, 2, 3, 4, 2, 3, 4]


def test_one_frames_stack_has_the_published_numbers() -> None:
    assert distances(H36M17.parents, SPINE) == AWAY
    stack = hop_stack(H36M17.parents, H36M17.mirror, SPINE)
    itself, nearer_hears, farther_hears, mirrored = stack
    assert torch.equal(itself, torch.diag(1 / torch.tensor(HEARS)))
    assert (stack > 0).sum((0, 1)).tolist() == HEARS
    torch.testing.assert_close(stack.sum((0, 1)), torch.ones(17))
    assert ((stack > 0).sum(0) <= 1).all()
    away = torch.tensor(AWAY)
    assert (away[:, None] > away)[nearer_hears > 0].all()
    assert (away[:, None] < away)[farther_hears > 0].all()
    assert torch.equal(nearer_hears > 0, farther_hears.mT > 0)
    pairs = {(1, 4), (2, 5), (3, 6), (11, 14), (12, 15), (13, 16)}
    assert {(a, b) for a, b in mirrored.nonzero().tolist() if a < b} == pairs
    # Each bone once either way.
    assert int((nearer_hears > 0).sum()) == len(H36M17.bones)
    thorax, neck = 8, 9
    assert nearer_hears[neck, thorax] == pytest.approx(1 / 5)
    assert farther_hears[thorax, neck] == pytest.approx(1 / 3)


def test_the_parts_of_a_body_hear_as_published() -> None:
    itself, nearer_hears, farther_hears, mirrored = hop_stack((4, 4, 4, 4, -1), (1, 0, 3, 2, 4), 4)
    assert itself.diagonal().tolist() == pytest.approx([1 / 3] * 4 + [1 / 5])
    assert nearer_hears[:, 4].tolist() == pytest.approx([1 / 5] * 4 + [0])
    assert farther_hears[4].tolist() == pytest.approx([1 / 3] * 4 + [0])
    assert mirrored[[0, 1, 2, 3], [1, 0, 3, 2]].tolist() == pytest.approx([1 / 3] * 4)
    for subset, entries in ((nearer_hears, 4), (farther_hears, 4), (mirrored, 4)):
        assert int((subset > 0).sum()) == entries


def test_several_frames_hear_the_frames_beside_them() -> None:
    stack = hop_stack(H36M17.parents, H36M17.mirror, SPINE, frames=3)
    assert stack.shape == (6, 51, 51)
    assert (stack > 0).sum((0, 1)).tolist() == [n + m for m in (1, 2, 1) for n in HEARS]
    torch.testing.assert_close(stack.sum((0, 1)), torch.ones(51))
    before, after = stack[4], stack[5]
    first, middle, last = (slice(17 * frame, 17 * frame + 17) for frame in range(3))
    assert (before[first, middle].diagonal() > 0).all()
    assert (after[last, middle].diagonal() > 0).all()
    assert int((before > 0).sum()) == int((after > 0).sum()) == 2 * 17
    # Within the middle frame all is as in one frame, but for the two that are heard besides.
    alone = hop_stack(H36M17.parents, H36M17.mirror, SPINE)
    hears = torch.tensor(HEARS)
    torch.testing.assert_close(stack[:4, middle, middle], alone * hears / (hears + 2))


def test_joints_that_hang_on_nothing_are_refused_in_words() -> None:
    with pytest.raises(PoiseError, match="no bones join joint 2 to joint 0"):
        hop_stack((-1, 0, -1), (0, 1, 2), 0)
