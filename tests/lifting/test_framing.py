"""How networks see keypoints: the published screen, and the person as if straight ahead."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest
import torch
from torch import Tensor

from poise.cameras import Camera
from poise.errors import PoiseError
from poise.lifting import Framing
from poise.lifting.framing import Sight, look_along
from poise.skeletons import H36M17

MIRROR = torch.tensor([-1.0, 1.0])


def sight(frames: int = 20, seed: int = 0, batch: int = 2) -> Sight:
    """Random people some metres off, seen by a plain camera."""
    rng = torch.Generator().manual_seed(seed)
    body = torch.rand(batch, 1, 17, 2, generator=rng) * 0.3
    way = torch.rand(batch, frames, 1, 2, generator=rng) * 0.02
    rays = body + way.cumsum(dim=1) - 0.3
    return Sight(
        xy=rays * 800 + torch.tensor([320.0, 240.0]),
        rays=rays,
        confidence=torch.rand(batch, frames, 17, generator=rng),
        image_size=torch.tensor([[640.0, 480.0]]).expand(batch, 2),
    )


def mirrored(seen: Sight) -> Sight:
    sides = list(H36M17.mirror)
    width = seen.image_size[:, None, None, :1] * torch.tensor([1.0, 0.0])
    return Sight(
        xy=(seen.xy * MIRROR + width)[:, :, sides],
        rays=(seen.rays * MIRROR)[:, :, sides],
        confidence=seen.confidence[:, :, sides],
        image_size=seen.image_size,
    )


def moved_by(rotation: Tensor, seen: Sight, larger: float = 1.0) -> Sight:
    """The same person elsewhere in the field of view, and nearer."""
    middle = look_along(seen.rays.mean(dim=2))
    ahead = torch.nn.functional.pad(seen.rays, (0, 1), value=1.0) @ middle.mT
    ahead = torch.cat(
        [ahead[..., :2] / ahead[..., 2:] * larger, torch.ones_like(ahead[..., :1])], -1
    )
    turned = ahead @ middle @ rotation.mT
    return Sight(
        xy=seen.xy,
        rays=turned[..., :2] / turned[..., 2:],
        confidence=seen.confidence,
        image_size=seen.image_size,
    )


def test_the_screen_is_the_published_one(vector: Callable[[str], tuple]) -> None:
    meta, _, given, wanted = vector("lifting-protocol")
    pixels = torch.tensor(given["pixels"])[None]
    size = torch.tensor([[float(meta["config"]["res_w"]), float(meta["config"]["res_h"])]])
    seen = Framing(kind="screen", confidence=False).see(
        Sight(xy=pixels, rays=pixels, confidence=torch.ones(pixels.shape[:3]), image_size=size),
        H36M17,
    )
    np.testing.assert_allclose(seen.features[0], wanted["screen"], atol=1e-6)
    assert seen.turn is None


@pytest.mark.parametrize("confidence", [True, False])
@pytest.mark.parametrize("kind", ["screen", "person"])
def test_a_mirror_changes_features_by_their_signs(
    kind: Literal["screen", "person"], confidence: bool
) -> None:
    framing = Framing(kind=kind, confidence=confidence)
    seen, other = framing.see(sight(), H36M17), framing.see(mirrored(sight()), H36M17)
    signs = torch.tensor(framing.signs_in_mirror)
    assert seen.features.shape[-1] == framing.features == len(signs)
    expected = seen.features[:, :, list(H36M17.mirror)] * signs
    torch.testing.assert_close(other.features, expected, atol=1e-5, rtol=1e-5)


def test_answers_in_the_mirror_come_back_mirrored() -> None:
    framing, answer = Framing(), torch.rand(2, 20, 17, 3)
    flip = torch.tensor([-1.0, 1.0, 1.0])
    plain = framing.see(sight(), H36M17).to_camera(answer)
    turned = framing.see(mirrored(sight()), H36M17).to_camera(answer * flip)
    torch.testing.assert_close(turned * flip, plain, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", ["screen", "person"])
def test_to_the_camera_and_back(kind: Literal["screen", "person"]) -> None:
    seen, xyz = Framing(kind=kind).see(sight(), H36M17), torch.rand(2, 20, 17, 3)
    torch.testing.assert_close(seen.to_camera(seen.from_camera(xyz)), xyz, atol=1e-5, rtol=1e-5)


def test_a_person_looks_alike_everywhere_and_at_any_size() -> None:
    """Only what is said beside (size and direction) tells the two apart."""
    framing = Framing(smoothing=1, confidence=False)
    person = sight(frames=1)
    angle = torch.tensor(0.4)
    aside = torch.tensor([[angle.cos(), 0, angle.sin()], [0, 1, 0], [-angle.sin(), 0, angle.cos()]])
    here = framing.see(moved_by(torch.eye(3), person), H36M17).features
    there = framing.see(moved_by(aside, person, larger=1.0), H36M17).features
    assert (here[..., :2] - there[..., :2]).abs().mean() < 0.05 * here[..., :2].abs().mean()
    assert (here[..., 3] - there[..., 3]).abs().min() > 0.2  # the direction's x
    larger = framing.see(moved_by(torch.eye(3), person, larger=1.5), H36M17).features
    torch.testing.assert_close(
        larger[..., 2] - here[..., 2], torch.full_like(here[..., 2], 1.5).log(), atol=0.05, rtol=0
    )


def test_the_optical_axis_goes_to_the_ray_and_down_stays_down() -> None:
    rays = torch.tensor([[0.0, 0.0], [0.5, -0.3], [-2.0, 1.0]])
    turn = look_along(rays)
    torch.testing.assert_close(turn @ turn.mT, torch.eye(3).expand(3, 3, 3), atol=1e-6, rtol=0)
    ahead = torch.nn.functional.pad(rays, (0, 1), value=1.0)
    seen = (turn @ ahead[..., None])[..., 0]
    torch.testing.assert_close(seen[:, :2], torch.zeros(3, 2), atol=1e-6, rtol=0)
    assert torch.all(seen[:, 2] > 0)
    assert torch.all(turn[:, 0, 1].abs() < 1e-6)  # the image's x axis stays level


def test_pieces_with_their_reach_are_framed_as_the_whole() -> None:
    framing, whole = Framing(), sight(frames=40)
    reach = framing.reach
    assert reach == 8
    part = slice(10 - reach, 25 + reach)
    piece = Sight(
        xy=whole.xy[:, part],
        rays=whole.rays[:, part],
        confidence=whole.confidence[:, part],
        image_size=whole.image_size,
    )
    inside = framing.see(piece, H36M17).features[:, reach:-reach]
    torch.testing.assert_close(inside, framing.see(whole, H36M17).features[:, 10:25])


def test_the_lens_and_the_sensor_do_not_show() -> None:
    """Two cameras at one place see one person alike, through their rays."""
    person = np.random.default_rng(0).uniform(-0.5, 0.5, (5, 17, 3))
    person = person + np.array([0.3, 0, 4])
    wide = Camera.from_focal(1920, 1080, 900, radial=(-0.2, 0.05))
    narrow = Camera.from_focal(640, 480, 700)
    seen = []
    for camera in (wide, narrow):
        pixels = camera.project(person)
        seen.append(
            Framing()
            .see(
                Sight(
                    xy=torch.tensor(pixels)[None].float(),
                    rays=torch.tensor(camera.rays(pixels))[None].float(),
                    confidence=torch.ones(1, 5, 17),
                    image_size=torch.tensor([[float(camera.width), float(camera.height)]]),
                ),
                H36M17,
            )
            .features
        )
    torch.testing.assert_close(seen[0], seen[1], atol=1e-4, rtol=1e-4)


def test_smoothing_is_an_odd_number_of_frames() -> None:
    with pytest.raises(PoiseError, match="odd number of frames, not 4"):
        Framing(smoothing=4)
