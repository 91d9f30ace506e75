"""Filming on the fly: the same cameras and the same detector as the benchmark's, other bodies."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from few_clips import few_clips, stroll
from poise.data.filming import (
    ADVISED,
    AS_TESTED,
    PHONE,
    Filmed,
    FilmingRecipe,
    film,
    poses_of,
    windows,
)
from poise.data.filming.bodies import draw_lengths, exchange_arms, mirror, scale_bones
from poise.data.filming.detector import LEAD, Draws, detect, draw
from poise.data.filming.placing import place
from poise.data.open_benchmark import KINDS, noise
from poise.data.open_benchmark import cameras as plain
from poise.data.open_benchmark.draws import gaussian
from poise.errors import PoiseError
from poise.skeletons import H36M17

ARM = ("shoulder", "elbow", "wrist")

few = settings(max_examples=10, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def strolls(batch: int, frames: int) -> torch.Tensor:
    return torch.as_tensor(np.stack([stroll(frames, seed) for seed in range(batch)]))


def planar(poses: torch.Tensor) -> torch.Tensor:
    """(batch, time, 17, 3) as the inside of the package has it."""
    return poses.permute(0, 3, 2, 1).contiguous()


# --- the oracle twins


@pytest.mark.parametrize("kind", [*KINDS.values(), PHONE], ids=[*KINDS, "phone"])
def test_cameras_are_the_benchmark_s(kind: plain.CameraKind) -> None:
    poses = strolls(24, 60).double()
    poses[::3] *= 2  # giants, so that some cameras must step back
    poses[1::3] += torch.tensor([0.0, 0.0, 2.0])
    draws = torch.rand(24, 8, generator=seeded(), dtype=torch.float64)
    number = torch.arange(24) % 4
    kinds = (*KINDS.values(), PHONE)
    which = torch.full((24,), kinds.index(kind))
    found = place(planar(poses), draws, number, which, kinds)
    stepped_back = 0
    for i in range(24):
        camera = plain.place(poses[i].numpy(), draws[i].numpy(), int(number[i]), kind)
        assert camera.T_camera_world is not None
        np.testing.assert_allclose(found.position[i], camera.position, atol=1e-9)
        np.testing.assert_allclose(found.rotation[i], camera.T_camera_world[:3, :3], atol=1e-9)
        np.testing.assert_allclose(found.focal_px[i], camera.fx, rtol=1e-12)
        assert found.image_size[i].tolist() == [camera.width, camera.height]
        stepped_back += camera.fx == kind.widest * camera.width
    assert stepped_back > 3


@pytest.mark.parametrize("level", [0.5, 1.0, 5.0])
def test_detector_is_the_benchmark_s(level: float) -> None:
    frames = 120
    rng = np.random.default_rng(0)
    exact, depth = rng.uniform(0, 1000, (frames, 17, 2)), rng.uniform(3, 4, (frames, 17))
    uniforms = noise.draw(rng, frames)
    uniforms.swap[30, :, 0] = 0  # at the lower levels chance would give none
    uniforms.outlier[[50, 52], 3, 0] = uniforms.dropout[[51, 70], 3:5, 0] = 0
    want = noise.detect(exact, depth, uniforms, level)
    assert want.swapped.any()
    assert want.outlier.any()
    assert want.dropped.any()

    draws = as_torch(uniforms, want, exact)
    xy, confidence = detect(
        torch.as_tensor(exact.transpose(2, 1, 0)[None].copy()),
        torch.as_tensor(depth.T[None].copy()),
        draws,
        torch.tensor([level], dtype=torch.float64),
    )
    np.testing.assert_allclose(xy[0].permute(2, 1, 0), want.xy, atol=1e-9)
    np.testing.assert_allclose(confidence[0].T, want.confidence, atol=1e-9)


def as_torch(uniforms: noise.Uniforms, plainly: noise.Detection, exact: np.ndarray) -> Draws:
    """The draws of the plain twin, as a batch of one."""
    size = np.ptp(exact, axis=1).max(axis=1)
    parts = (gaussian(u) for u in (uniforms.bias, uniforms.slow, uniforms.fast))

    def where(mask: np.ndarray) -> torch.Tensor:
        frame, joint = np.nonzero(mask)
        return torch.as_tensor(np.stack([np.zeros_like(frame), joint, frame]))

    outlier_at = where(np.asarray(plainly.outlier.any(axis=-1)))
    dropout_at = where(plainly.dropped)
    _, joint, frame = dropout_at.numpy()
    u = uniforms.dropout[frame, joint]
    far = noise.DROPOUT_SIZE * np.sqrt(-2 * np.log(1 - u[:, 2]))
    turn = 2 * np.pi * u[:, 3]
    _, outlier_joint, outlier_frame = outlier_at.numpy()
    outlier = plainly.outlier[outlier_frame, outlier_joint] / size[outlier_frame, None]
    return Draws(
        wander=torch.as_tensor(noise.wander(*parts).transpose(2, 1, 0)[None].copy()),
        sureness=torch.as_tensor(uniforms.confidence.T[None].copy()),
        outlier_at=outlier_at,
        outlier=torch.as_tensor(outlier.T.copy()),
        dropout_at=dropout_at,
        dropout=torch.as_tensor(far * np.stack([np.cos(turn), np.sin(turn)])),
        dropout_confidence=torch.as_tensor(0.05 + 0.2 * u[:, 4]),
        swap_at=where(plainly.swapped),
    )


def test_wander_has_the_benchmark_s_covariance() -> None:
    frames = 40
    zero, none = np.zeros((17, 2)), np.zeros((frames, 17, 2))
    columns = [noise.wander(zero + 1, none, none)[:, 0, 0]]
    for t in range(frames):
        one = none.copy()
        one[t] = 1
        columns += [noise.wander(zero, one, none)[:, 0, 0], noise.wander(zero, none, one)[:, 0, 0]]
    response = np.array(columns)  # to each independent normal number
    draws = draw(seeded(), torch.ones(300), frames)
    tracks = draws.wander.flatten(0, 2).double().numpy()
    covariance = tracks.T @ tracks / len(tracks)
    # 10,200 tracks: a variance of 1.16 is known to 0.016.
    np.testing.assert_allclose(covariance, response.T @ response, atol=0.09)
    assert abs((covariance - response.T @ response).mean()) < 0.02


# --- what chance does


def happened(draws: Draws, batch: int, frames: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where outliers, dropouts and swaps are."""
    masks = []
    for at, items in ((draws.outlier_at, 17), (draws.dropout_at, 17), (draws.swap_at, 2)):
        mask = np.zeros((batch, items, frames), dtype=bool)
        mask[tuple(at.numpy())] = True
        assert mask.sum() == at.shape[1], "no frame twice"
        masks.append(mask)
    return masks[0], masks[1], masks[2]


@pytest.mark.parametrize("level", [1.0, 4.0])
def test_events_are_as_frequent_as_the_benchmark_s(level: float) -> None:
    batch, frames = 600, 243
    ours = happened(draw(seeded(), torch.full((batch,), level), frames), batch, frames)
    rng = np.random.default_rng(1)
    still = np.zeros((frames, 17, 2))
    still[:, 1] = 100
    theirs: list[list[np.ndarray]] = [[], [], []]
    for _ in range(batch // 4):
        found = noise.detect(still, still[..., 0], noise.draw(rng, frames), level)
        outlier = np.abs(found.outlier).sum(axis=-1) > 0
        for masks, mask in zip(theirs, (outlier, found.dropped, found.swapped), strict=True):
            masks.append(mask.T)
    for our, their in zip(ours, map(np.stack, theirs), strict=True):
        rate, wanted = our.mean(), their.mean()
        events = (np.diff(their.astype(int), axis=-1) == 1).sum()
        assert rate == pytest.approx(wanted, rel=4 / np.sqrt(events))
        limb, their_limb = our.mean(axis=(0, 2)), their.mean(axis=(0, 2))
        np.testing.assert_allclose(limb, their_limb, atol=6 * wanted / np.sqrt(events / 17))
        length, wanted_length = (
            np.bincount(runs(m), minlength=20)[:20] / len(runs(m)) for m in (our, their)
        )
        np.testing.assert_allclose(length, wanted_length, atol=6 / np.sqrt(events) * 0.3)


def runs(mask: np.ndarray) -> np.ndarray:
    """How long each spell of True lasts."""
    flat = np.pad(mask, ((0, 0), (0, 0), (1, 1))).astype(int).ravel()
    return np.flatnonzero(np.diff(flat) == -1) - np.flatnonzero(np.diff(flat) == 1)


def test_a_window_is_the_middle_of_a_longer_detection() -> None:
    batch, frames = 4000, 9
    _, dropped, _ = happened(draw(seeded(), torch.ones(batch), frames, LEAD), batch, frames)
    rates = dropped.mean(axis=(0, 1))
    mean = noise.EVENT_CHANCE.mean() * 7.5
    assert rates[0] == pytest.approx(mean, rel=0.1)
    assert rates[-1] == pytest.approx(mean, rel=0.1)


def test_pixels_and_confidences_are_spread_like_the_benchmark_s() -> None:
    views, frames = 200, 243  # whole segments: the detector starts with them
    batch = film(strolls(8, frames).double().repeat(views // 8, 1, 1, 1), seeded(), AS_TESTED)
    exact, depth = projected(batch).numpy(), batch.xyz[..., 2].numpy()
    rng = np.random.default_rng(0)
    found = [
        noise.detect(xy, z, noise.draw(rng, frames)) for xy, z in zip(exact, depth, strict=True)
    ]
    size = np.ptp(exact, axis=2).max(axis=-1)[..., None]
    ours, theirs = (
        np.linalg.norm(xy - exact, axis=-1) / size
        for xy in (batch.xy.numpy(), np.stack([one.xy for one in found]))
    )
    same_mean(ours, theirs)
    for percent in (50, 90, 95, 99, 99.5):
        limit = np.percentile(theirs, percent)
        same_mean(ours > limit, theirs > limit)
    sure, surely = batch.confidence.numpy(), np.stack([one.confidence for one in found])
    same_mean(sure, surely)
    for limit in (0.2, 0.3, 0.6, 0.9, 0.95):
        same_mean(sure > limit, surely > limit)
    same_mean(ours[:, 1:] * ours[:, :-1], theirs[:, 1:] * theirs[:, :-1])


def same_mean(ours: np.ndarray, theirs: np.ndarray) -> None:
    """Equal within four standard errors; views are independent, frames of a view are not."""
    means = [values.reshape(len(values), -1).mean(axis=1) for values in (ours, theirs)]
    error = np.sqrt(sum(mean.var() / len(mean) for mean in means))
    assert abs(means[0].mean() - means[1].mean()) < 4 * error
    assert error < 0.15 * means[1].mean(), "enough views to tell"


def test_levels_and_exact_views() -> None:
    recipe = FilmingRecipe(noisy_share=0.6, levels=(0.5, 1.5))
    batch = film(strolls(1, 9).repeat(2000, 1, 1, 1), seeded(), recipe)
    exact = batch.level == 0
    assert float((~exact).float().mean()) == pytest.approx(0.6, abs=0.05)
    noisy = batch.level[~exact]
    assert 0.5 <= float(noisy.min()) < 0.55
    assert 1.45 < float(noisy.max()) <= 1.5
    assert float(noisy.mean()) == pytest.approx(1, abs=0.05)
    assert (batch.confidence[exact] == 1).all()
    assert (batch.confidence[~exact] < 1).all()
    torch.testing.assert_close(projected(batch)[exact], batch.xy[exact], rtol=0, atol=2e-2)


def projected(batch: Filmed) -> torch.Tensor:
    rays = batch.xyz[..., :2] / batch.xyz[..., 2:]
    return rays * batch.focal_px[:, None, None, None] + batch.image_size[:, None, None] / 2


# --- what the recipe says


def one_motion(batch: int, recipe: FilmingRecipe, frames: int = 9) -> tuple[torch.Tensor, Filmed]:
    """The same poses (time, 17, 3), filmed often."""
    poses = strolls(1, frames).double()
    return poses[0], film(poses.repeat(batch, 1, 1, 1), seeded(), recipe)


def fits(
    world: torch.Tensor, seen: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Rotations and positions of the cameras that see these poses so, and the greatest error."""
    points = torch.cat([world, torch.ones_like(world[..., :1])], dim=-1).flatten(0, 1)
    found = torch.linalg.pinv(points) @ seen.flatten(1, 2)
    rotation = found[:, :3].mT
    position = -(rotation.inverse() @ found[:, 3, :, None])[..., 0]
    return rotation, position, (points @ found - seen.flatten(1, 2)).abs().amax(dim=(1, 2))


def bones(xyz: torch.Tensor) -> torch.Tensor:
    """The length of every bone in the first frame."""
    parents, children = zip(*H36M17.bones, strict=True)
    first = xyz[..., 0, :, :]
    return (first[..., list(children), :] - first[..., list(parents), :]).norm(dim=-1)


@pytest.mark.parametrize("share", [0, 0.3, 1])
def test_a_share_is_mirrored(share: float) -> None:
    world, batch = one_motion(1000, replace(AS_TESTED, mirrored_share=share))
    mirrored = world[:, list(H36M17.mirror)] * torch.tensor([-1, 1, 1])
    (straight, _, off), (turned, _, mirrored_off) = (
        fits(poses, batch.xyz) for poses in (world, mirrored)
    )
    found = mirrored_off < 1e-6
    assert torch.equal(found, off > 1e-6)
    assert (torch.where(found[:, None, None], turned, straight).det() > 0.9).all()
    assert float(found.double().mean()) == pytest.approx(share, abs=0.06 * (0 < share < 1))


def test_bodies_are_of_all_sizes() -> None:
    world, batch = one_motion(2000, replace(AS_TESTED, body_sizes=(0.8, 1.3)))
    ratio = bones(batch.xyz) / bones(world)
    torch.testing.assert_close(ratio, ratio[:, :1].expand_as(ratio))
    size = ratio[:, 0]
    assert 0.8 <= float(size.min()) < 0.81
    assert 1.29 < float(size.max()) <= 1.3
    assert float(size.mean()) == pytest.approx(1.05, abs=0.015)


@pytest.mark.parametrize("spread", [0.0, 0.1])
def test_bones_are_spread(spread: float) -> None:
    world, batch = one_motion(2000, replace(AS_TESTED, bone_spread=spread))
    logarithm = (bones(batch.xyz) / bones(world)).log()
    torch.testing.assert_close(
        logarithm.std(dim=0),
        torch.full((16,), spread, dtype=torch.float64),
        rtol=0.1,
        atol=1e-9,
    )


def test_each_kind_and_each_number_of_camera_films() -> None:
    recipe = replace(AS_TESTED, kinds=(KINDS["A"], KINDS["B"]))
    world, batch = one_motion(2000, recipe)
    _, position, off = fits(world, batch.xyz)
    assert float(off.max()) < 1e-9
    middle = (world.amin(dim=(0, 1)) + world.amax(dim=(0, 1))) / 2
    x, y = (position - middle)[:, :2].T
    number = (torch.atan2(y, x) / (torch.pi / 2)).floor() % 4  # one in each quarter of the circle
    of_a = batch.image_size[:, 0] == 1000
    for kind in (of_a, ~of_a):
        share = np.bincount(number[kind].int().numpy(), minlength=4) / len(number)
        np.testing.assert_allclose(share, 1 / 8, atol=0.035)
    for kind, name in ((of_a, "A"), (~of_a, "B")):
        for odd, (low, high) in enumerate(KINDS[name].height):
            height = position[kind & (number % 2 == odd), 2]
            assert low - 1e-9 < float(height.min()) < low + 0.1
            assert high - 0.1 < float(height.max()) < high + 1e-9


def test_a_short_window_may_begin_in_the_middle_of_a_dropout() -> None:
    _, batch = one_motion(4000, AS_TESTED)
    knees = [H36M17.index("left_knee"), H36M17.index("right_knee")]
    lost = (batch.confidence[:, :, knees] < 0.25).double().mean(dim=(0, 2))
    # 0.002 a frame, 7.5 frames long on average; only 0.002 in the first frame of a detection.
    np.testing.assert_allclose(lost, 0.002 * 7.5, rtol=0.4)


# --- film


@pytest.mark.parametrize("recipe", [ADVISED, AS_TESTED, replace(ADVISED, kinds=(*KINDS.values(),))])
def test_everyone_stays_in_the_image(recipe: FilmingRecipe) -> None:
    poses, stage = strolls(64, 27), strolls(64, 5) * 1.3
    batch = film(poses, seeded(), recipe, stage)
    inside = projected(batch) / batch.image_size[:, None, None]
    assert float(inside.min()) > plain.MARGIN - 1e-4
    assert float(inside.max()) < 1 - plain.MARGIN + 1e-4
    assert float(batch.xyz[..., 2].min()) > plain.NEAREST


def test_the_stage_moves_the_camera_away() -> None:
    poses = strolls(200, 9)
    far = poses + torch.tensor([3.0, 0.0, 0.0])
    alone, staged = (film(poses, seeded(), AS_TESTED, stage) for stage in (None, far))
    assert staged.xyz[..., 2].mean() > alone.xyz[..., 2].mean() + 0.1
    offset = projected(staged).mean(dim=(1, 2)) / staged.image_size - 0.5
    centred = projected(alone).mean(dim=(1, 2)) / alone.image_size - 0.5
    assert offset.abs().mean() > 2 * centred.abs().mean()


def test_the_same_seed_gives_the_same_bits() -> None:
    poses, stage = strolls(16, 27), strolls(16, 4)
    one, two, other = (film(poses, seeded(seed), ADVISED, stage) for seed in (7, 7, 8))
    for name in ("xy", "confidence", "xyz", "focal_px", "image_size", "level"):
        assert torch.equal(getattr(one, name), getattr(two, name))
    assert not torch.equal(one.xy, other.xy)


def test_the_motion_itself_is_kept() -> None:
    poses = strolls(8, 27).double()
    batch = film(poses, seeded(), AS_TESTED)
    assert batch.xyz.dtype == torch.float64
    for seen, true in zip(batch.xyz.numpy(), poses.numpy(), strict=True):
        far, truly = (np.linalg.norm(p - p[0, 3], axis=-1) for p in (seen, true))
        np.testing.assert_allclose(far, truly, atol=1e-9)
    assert float(np.linalg.det(kabsch(batch.xyz[0].numpy(), poses[0].numpy()))) > 0


def kabsch(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    p, q = (x.reshape(-1, 3) - x.reshape(-1, 3).mean(axis=0) for x in (a, b))
    u, _, vt = np.linalg.svd(p.T @ q)
    return u @ vt


def test_one_frame() -> None:
    batch = film(strolls(50, 1), seeded())
    assert batch.xy.shape == (50, 1, 17, 2)
    assert torch.isfinite(batch.xy).all()


# --- bodies


@few
@given(seeds)
def test_bones_are_scaled_and_stay_symmetric(seed: int) -> None:
    poses = planar(strolls(6, 20).double())
    lengths = draw_lengths(seeded(seed), 6, 0.06, torch.float64)
    size = 0.92 + 0.2 * torch.rand(6, generator=seeded(seed), dtype=torch.float64)
    found = scale_bones(poses, lengths, size)
    assert torch.equal(lengths, lengths[:, list(H36M17.mirror)])
    for parent, child in H36M17.bones:
        before, after = (
            torch.linalg.vector_norm(x[:, :, child] - x[:, :, parent], dim=1)
            for x in (poses, found)
        )
        torch.testing.assert_close(after, before * (lengths[:, child] * size)[:, None])


def test_group_lengths_vary_by_six_percent() -> None:
    lengths = draw_lengths(seeded(), 20_000, 0.06, torch.float32)
    bones = lengths[:, 1:]
    np.testing.assert_allclose(bones.std(dim=0), 0.06, atol=0.002)
    np.testing.assert_allclose(bones.mean(dim=0), 1, atol=0.004)


def test_feet_stay_on_the_floor() -> None:
    poses = strolls(64, 81)
    ankles = [H36M17.index("left_ankle"), H36M17.index("right_ankle")]
    lengths = draw_lengths(seeded(), 64, 0.06, torch.float32)
    size = torch.linspace(0.92, 1.12, 64)
    found = scale_bones(planar(poses), lengths, size)
    lowest, wanted = found[:, 2, ankles].amin(dim=(1, 2)), poses[:, :, ankles, 2].amin(dim=(1, 2))
    torch.testing.assert_close(lowest, wanted * size)


def test_arms_go_from_chest_to_chest() -> None:
    """Others of the same movement, elsewhere and turned, give each other what all have."""
    one = torch.as_tensor(stroll(30, 0))
    turned = []
    for angle in (0.0, 1.0, 2.5):
        c, s = np.cos(angle), np.sin(angle)
        turn = torch.tensor([[c, -s, 0], [s, c, 0], [0, 0, 1]], dtype=one.dtype)
        turned.append(one @ turn.T + torch.tensor([angle, -angle, 0.2]))
    same = planar(torch.stack(turned))
    torch.testing.assert_close(exchange_arms(same, torch.ones(3) > 0), same, rtol=0, atol=1e-6)


def test_arms_are_those_of_the_sample_before() -> None:
    xyz = planar(strolls(3, 30).double())
    chosen = torch.tensor([False, True, False])
    found = exchange_arms(xyz, chosen)
    arms = [j for j, name in enumerate(H36M17.joints) if name.split("_")[-1] in ARM]
    rest = [j for j in range(17) if j not in arms]
    torch.testing.assert_close(found[:, :, rest], xyz[:, :, rest], rtol=0, atol=0)
    torch.testing.assert_close(found[::2], xyz[::2], rtol=0, atol=0)
    assert (found[1, :, arms] - xyz[1, :, arms]).abs().max() > 0.01

    def within_arms(sample: torch.Tensor) -> torch.Tensor:
        """Distances among the arms' joints and the thorax, which no turn changes."""
        joints = sample[:, [*arms, H36M17.index("thorax")]].permute(2, 1, 0)
        return torch.cdist(joints, joints)

    torch.testing.assert_close(within_arms(found[1]), within_arms(xyz[0]), rtol=0, atol=1e-9)


def test_a_share_has_the_arms_of_others() -> None:
    poses = strolls(200, 3).float()
    plain, exchanged = (
        film(poses, seeded(), replace(AS_TESTED, exchanged_share=share)) for share in (0.0, 1.0)
    )
    bones = [(a, b) for a, b in H36M17.bones if H36M17.joints[b].endswith(("elbow", "wrist"))]
    for a, b in bones:
        lengths, before = (
            (views.xyz[:, :, b] - views.xyz[:, :, a]).norm(dim=-1) for views in (exchanged, plain)
        )
        torch.testing.assert_close(lengths, before.roll(1, dims=0), rtol=0, atol=1e-4)


def test_ones_change_nothing_and_mirroring_twice_neither() -> None:
    poses = planar(strolls(5, 20).double())
    ones = torch.ones(5, 17, dtype=torch.float64)
    torch.testing.assert_close(scale_bones(poses, ones, ones[:, 0]), poses)
    some = torch.tensor([True, False, True, False, True])
    assert torch.equal(mirror(mirror(poses, some), some), poses)
    assert torch.equal(mirror(poses, some)[1], poses[1])
    left, right = H36M17.index("left_wrist"), H36M17.index("right_wrist")
    assert torch.equal(mirror(poses, some)[0, 0, left], -poses[0, 0, right])


# --- windows


def numbered(lengths: list[int]) -> torch.Tensor:
    """Poses that say which clip and which frame they are."""
    rows = [(clip, frame, 0) for clip, n in enumerate(lengths) for frame in range(n)]
    return torch.tensor(rows, dtype=torch.float32)[:, None].repeat(1, 17, 1)


@few
@given(st.lists(st.integers(1, 400), min_size=1, max_size=6), st.sampled_from([1, 27, 243]), seeds)
def test_windows_are_pieces_of_a_clip(lengths: list[int], frames: int, seed: int) -> None:
    poses = numbered(lengths)
    some = windows(poses, torch.tensor(lengths), 50, frames, seeded(seed))
    clip, frame = some.poses[:, :, 0, 0], some.poses[:, :, 0, 1]
    assert (clip == clip[:, :1]).all()
    length = torch.tensor(lengths)[clip[:, 0].long()][:, None]
    step = frame.diff(dim=1)
    both = some.inside[:, 1:] & some.inside[:, :-1]
    assert torch.equal(step, both.float()), "on by one inside, a standstill outside"
    outside = frame[~some.inside], (length - 1).expand_as(frame)[~some.inside]
    assert ((outside[0] == 0) | (outside[0] == outside[1])).all(), "an end is repeated"
    assert some.inside.any(dim=1).all()
    whole = length[:, 0] <= frames
    assert torch.equal(some.inside.sum(dim=1)[whole], length[whole, 0])
    if frames == 243:
        assert some.stage is None
        return
    assert some.stage is not None
    assert (some.stage[:, :, 0, 0] == clip[:, :1]).all()
    first, last = some.stage[:, 0, 0, 1], some.stage[:, -1, 0, 1]
    assert (first <= frame.amin(dim=1)).all()
    assert (last >= frame.amax(dim=1)).all()
    assert (last - first + 1 == length[:, 0].clamp(max=243)).all()


@pytest.mark.parametrize("frames", [1, 27, 81])
def test_each_frame_is_as_likely_as_another(frames: int) -> None:
    lengths = [300, 100, 60, 28, 27, 20, 1]
    batch = 500_000 // frames
    some = windows(numbered(lengths), torch.tensor(lengths), batch, frames, seeded(), staged=0)
    clip, frame = some.poses[some.inside][:, 0, :2].long().T
    before = torch.tensor(lengths).cumsum(0) - torch.tensor(lengths)
    times = np.bincount((before[clip] + frame).numpy(), minlength=sum(lengths))
    # Each frame comes some 600 times or more: known to 4 %.
    np.testing.assert_allclose(times / times.mean(), 1, atol=0.2)


def test_each_frame_of_a_long_clip_is_in_each_place_of_a_window() -> None:
    some = windows(numbered([40]), torch.tensor([40]), 70_000, 27, seeded(), staged=0)
    times = np.zeros((27, 40))
    place = torch.arange(27).expand(70_000, 27)[some.inside]
    np.add.at(times, (place.numpy(), some.poses[some.inside][:, 0, 1].int().numpy()), 1)
    np.testing.assert_allclose(times / times.mean(), 1, atol=0.2)


def test_a_short_clip_stands_anywhere_in_its_window() -> None:
    some = windows(numbered([20]), torch.tensor([20]), 8000, 27, seeded(), staged=0)
    start = some.inside.int().argmax(dim=1)
    np.testing.assert_allclose(np.bincount(start.numpy()) / 8000, 1 / 8, atol=0.02)


@pytest.mark.parametrize("staged", [0, 5])
def test_time_runs_backwards(staged: int) -> None:
    poses, lengths = torch.rand(60, 17, 3, generator=seeded()), torch.tensor([45, 15])
    there, back, some = (
        windows(poses, lengths, 64, 20, seeded(1), staged, reversed_share=share)
        for share in (0.0, 1.0, 0.5)
    )
    torch.testing.assert_close(back.poses, there.poses.flip(1), rtol=0, atol=0)
    torch.testing.assert_close(back.inside, there.inside.flip(1), rtol=0, atol=0)
    turned = (some.poses != there.poses).flatten(1).any(dim=1)
    torch.testing.assert_close(some.poses[turned], there.poses[turned].flip(1), rtol=0, atol=0)
    assert 0.3 < turned.float().mean() < 0.7


def test_no_stage_unless_asked_for() -> None:
    assert windows(numbered([40]), torch.tensor([40]), 4, 27, seeded(), staged=0).stage is None


def test_poses_of_a_library() -> None:
    library = few_clips({"a": stroll(40), "b": stroll(30, 1)}, split="train")
    poses, lengths = poses_of(library.select(split="train"))
    assert lengths.tolist() == [40, 30]
    np.testing.assert_array_equal(poses[40:], library["b"].xyz)


def test_wrong_lengths() -> None:
    with pytest.raises(PoiseError, match="the clips have 9 frames together, the poses 10"):
        windows(numbered([10]), torch.tensor([9]), 4, 3, seeded())
    with pytest.raises(PoiseError, match="every clip needs a frame"):
        windows(numbered([10]), torch.tensor([10, 0]), 4, 3, seeded())
    with pytest.raises(PoiseError, match="4 windows of 0 frames are none"):
        windows(numbered([10]), torch.tensor([10]), 4, 0, seeded())


# --- what is wrong, in words


def test_unknown_poses() -> None:
    poses = strolls(4, 9)
    poses[2, 3, 4, 1] = torch.nan
    with pytest.raises(PoiseError, match=r"the motion of sample 2 has unknown joints \(NaN\)"):
        film(poses, seeded())


def test_an_unknown_stage() -> None:
    stage = strolls(4, 5)
    stage[1, 0, 4, 1] = torch.nan
    with pytest.raises(PoiseError, match=r"the stage of sample 1 has unknown joints \(NaN\)"):
        film(strolls(4, 9), seeded(), stage=stage)


def test_a_stage_in_more_digits() -> None:
    poses, stage = strolls(4, 9), strolls(4, 5)
    batch = film(poses, seeded(), stage=stage.double())
    assert batch.xyz.dtype == torch.float32
    assert torch.equal(batch.xy, film(poses, seeded(), stage=stage).xy)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("shape", [(4, 5, 16, 3), (3, 5, 17, 3), (4, 17, 3)])
def test_a_stage_that_does_not_go_with_the_poses(shape: tuple[int, ...]) -> None:
    with pytest.raises(PoiseError, match=r"stage has shape .*, not \(4, staged, 17, 3\)"):
        film(strolls(4, 9), seeded(), stage=torch.zeros(shape))


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    "poses", [torch.zeros(0, 9, 17, 3), torch.zeros(4, 0, 17, 3), torch.zeros(4, 9, 17, 3).long()]
)
def test_nothing_to_film(poses: torch.Tensor) -> None:
    with pytest.raises(PoiseError, match="cannot be filmed"):
        film(poses, seeded())


@pytest.mark.usefixtures("unchecked")
def test_wrong_joints() -> None:
    with pytest.raises(PoiseError, match=r"shape \(2, 9, 16, 3\), not \(batch, time, 17, 3\)"):
        film(torch.zeros(2, 9, 16, 3), seeded())


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: FilmingRecipe(kinds=()), "name at least one"),
        (lambda: FilmingRecipe(noisy_share=1.5), "noisy_share is a share"),
        (lambda: FilmingRecipe(mirrored_share=-1), "mirrored_share is a share"),
        (lambda: FilmingRecipe(levels=(2, 1)), "must grow"),
        (lambda: FilmingRecipe(body_sizes=(0, 1)), "must grow"),
        (lambda: FilmingRecipe(bone_spread=-0.1), "standard deviation"),
    ],
)
def test_recipes_that_cannot_be(make: Callable[[], object], said: str) -> None:
    with pytest.raises(PoiseError, match=said):
        make()


# --- speed


@pytest.mark.budget
@pytest.mark.parametrize(("batch", "frames"), [(256, 27), (64, 81), (32, 243)])
def test_a_hundred_thousand_frames_a_second(batch: int, frames: int) -> None:
    poses = torch.as_tensor(np.concatenate([stroll(400, seed) for seed in range(20)]))
    lengths = torch.full((20,), 400)
    generator, threads = seeded(), torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        seconds = []
        for _ in range(8):
            started = time.perf_counter()
            some = windows(poses, lengths, batch, frames, generator)
            film(some.poses, generator, ADVISED, some.stage)
            seconds.append(time.perf_counter() - started)
    finally:
        torch.set_num_threads(threads)
    assert batch * frames / min(seconds) > 100_000
