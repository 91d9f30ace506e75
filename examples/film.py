"""Rendered film with a known answer: videos of a body whose joints are known, to test methods on.

python examples/film.py example                         walk_wave.mp4 and walk_wave.truth.npz
python examples/film.py motion walk.bvh --out walk.mp4  a motion of your own
python examples/film.py cmu MOCAP17 --out clips         five clips of CMU's test subjects
python examples/film.py stills MOCAP17 --out stills     single pictures with known joints
python examples/film.py calibrate MOCAP17               where on the body the joints are

Beside every video lies NAME.truth.npz: the joints of the body that was rendered (h36m17, metres,
world) with the exact camera. Rendering needs `pip install 'poise[synthetic]'`.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import tyro
from PIL import Image
from scipy.ndimage import gaussian_filter1d, minimum_filter1d

from poise import Camera, Motion
from poise.anatomy.figure import draw_proportions
from poise.cameras import look_at
from poise.data import MotionLibrary, load
from poise.data.maker import gestures, locomotion, make, standing
from poise.data.maker.perform import perform
from poise.data.maker.stage import UPPER, Stage, draw_style
from poise.data.rendered import (
    HAIRS,
    SHIRTS,
    SHOES,
    SKINS,
    TROUSERS,
    Actor,
    Person,
    Studio,
    act,
    draw_person,
    film,
    in_picture,
    moved,
)
from poise.data.rendered.calibration import calibrate as points_of
from poise.errors import PoiseError
from poise.files import save_npz
from poise.skeletons import H36M17

_EXAMPLE_SEED = 5266  # found by trying: it squats deeply, and nothing leaves the picture
_ANKLES = [H36M17.index("left_ankle"), H36M17.index("right_ankle")]


@dataclass(frozen=True, kw_only=True)
class Quality:
    """How well pictures are made."""

    samples: int = 8  # rays for each pixel of a person
    plate_samples: int = 48  # and for each of the room, which is rendered once
    crf: int = 22  # of H.264: 18 is all but perfect, 28 small


@dataclass(frozen=True, kw_only=True)
class Shot:
    """Who moves how, and where the camera stands."""

    takes: tuple[tuple[str, int, int], ...]  # of each person: clip, first frame, one past the last
    people: tuple[Person, ...]
    apart: float = 0.0  # metres that the second person walks behind the first, the other way
    camera: dict[str, Any]  # what `camera_before` takes


# CMU's test subjects: none of their motion is in mocap17's training split.
SHOTS = {
    "punch": Shot(
        takes=(("S02_T05", 60, 300),),
        people=(Person(gender=0.0, skin=SKINS[2], hair=HAIRS[0], shirt=SHIRTS[2], shoes=SHOES[2]),),
        camera={"azimuth_deg": 35, "distance": 3.3, "height": 1.5, "field_of_view_deg": 66},
    ),
    "sword": Shot(
        takes=(("S02_T08", 40, 280),),
        people=(
            Person(
                gender=0.1,
                muscle=0.7,
                skin=SKINS[4],
                hair=HAIRS[0],
                shirt=SHIRTS[4],
                sleeves=1.9,
                trousers=TROUSERS[3],
            ),
        ),
        camera={
            "azimuth_deg": -50,
            "distance": 4.2,
            "height": 0.8,
            "field_of_view_deg": 55,
            "aim": 1.05,
            "roll_deg": 2.5,
        },
    ),
    "balance": Shot(
        takes=(("S49_T18", 20, 260),),
        people=(
            Person(
                gender=1.0,
                weight=0.4,
                skin=SKINS[0],
                hair=HAIRS[2],
                long_hair=True,
                shirt=SHIRTS[6],
                trousers=TROUSERS[1],
            ),
        ),
        camera={
            "azimuth_deg": 20,
            "distance": 3.0,
            "height": 1.2,
            "field_of_view_deg": 75,
            "roll_deg": -3,
        },
    ),
    "jump": Shot(
        takes=(("S49x_test_jumping_1", 100, 340),),
        people=(
            Person(
                gender=0.9,
                weight=0.65,
                age=0.8,
                skin=SKINS[1],
                hair=HAIRS[4],
                shirt=SHIRTS[7],
                trousers=TROUSERS[4],
                legs=0.8,
            ),
        ),
        camera={
            "azimuth_deg": -20,
            "distance": 4.6,
            "height": 2.0,
            "field_of_view_deg": 60,
            "aim": 0.9,
            "roll_deg": 1,
        },
    ),
    "crossing": Shot(
        takes=(("S03_T03", 600, 840), ("S03_T04", 800, 1040)),
        people=(
            Person(
                gender=1.0,
                skin=SKINS[3],
                hair=HAIRS[0],
                long_hair=True,
                shirt=SHIRTS[3],
                trousers=TROUSERS[2],
            ),
            Person(
                gender=0.0,
                skin=SKINS[0],
                hair=HAIRS[3],
                shirt=SHIRTS[1],
                trousers=TROUSERS[5],
                shoes=SHOES[1],
            ),
        ),
        apart=1.3,
        camera={
            "azimuth_deg": 90,
            "distance": 4.9,
            "height": 1.6,
            "field_of_view_deg": 62,
            "roll_deg": -1.5,
        },
    ),
}


def example(out: Path = Path("examples"), quality: Quality = Quality()) -> None:
    """One person walks in, turns, waves, squats, kicks and reaches."""
    person = Person(gender=0.9, skin=SKINS[1], shirt=SHIRTS[0], trousers=TROUSERS[0])
    actor = act(choreography(), person)
    camera = camera_before([actor], azimuth_deg=-39, distance=4.6)
    shoot([actor], camera, out / "walk_wave.mp4", quality)


def motion(file: tyro.conf.Positional[Path], out: Path, quality: Quality = Quality()) -> None:
    """A motion of your own: any file that `poise.load` reads."""
    actor = act(load(file))
    reach = float(np.ptp(actor.truth.root[:, :2], axis=0).max())
    camera = camera_before([actor], distance=3.6 + 0.8 * reach)
    shoot([actor], camera, out, quality)


def cmu(
    mocap17: tyro.conf.Positional[Path],
    out: Path = Path("clips"),
    only: tuple[str, ...] = (),
    quality: Quality = Quality(),
) -> None:
    """Clips of CMU's test subjects, in one of them two people who cross."""
    library = MotionLibrary.open(mocap17)
    for number, (name, shot) in enumerate(SHOTS.items()):
        if only and name not in only:
            continue
        actors = [
            act(grounded(library[key][begin:end]), person)
            for (key, begin, end), person in zip(shot.takes, shot.people, strict=True)
        ]
        if shot.apart:
            actors[1] = moved(actors[1], np.pi, np.array([-shot.apart, 0.0]))
        camera = camera_before(actors, **shot.camera)
        shoot(actors, camera, out / f"{name}.mp4", quality, seed=number + 1, numbered=True)


def stills(
    mocap17: tyro.conf.Positional[Path],
    out: Path = Path("stills"),
    count: int = 300,
    size: int = 640,
    seed: int = 0,
    samples: int = 4,
) -> None:
    """Single pictures: people of all sorts, poses of mocap17's training split and made ones.

    What is known of them is in stills.npz: joints in pixels (`xy`), in the camera's frame (`xyz`,
    metres), `intrinsics` and `pose` (T_camera_world).
    """
    out.mkdir(parents=True, exist_ok=True)
    known: dict[str, list[np.ndarray]] = {"xy": [], "xyz": [], "intrinsics": [], "pose": []}
    poses = _poses(mocap17, seed)
    each = 20  # pictures by one camera
    while len(known["xy"]) < count:
        rng = np.random.default_rng([seed, 1, len(known["xy"]) // each])
        camera, away = _draw_camera(rng, size)
        studio = None
        for _ in range(min(each, count - len(known["xy"]))):
            actor, frame = _placed(poses, camera, away, rng)
            if studio is None:
                studio = Studio(
                    camera,
                    [actor],
                    samples=samples,
                    plate_samples=12,
                    seed=len(known["xy"]),
                    around=np.zeros((1, 2)),
                )
            studio.recast([actor])
            picture = Image.fromarray(studio.picture(frame))
            picture.save(out / f"{len(known['xy']):04d}.jpg", quality=92)
            xyz = camera.to_camera(np.asarray(actor.truth.xyz[frame], np.float64))
            known["xyz"].append(xyz)
            known["xy"].append(camera.project(xyz))
            known["intrinsics"].append(camera.intrinsics)
            assert camera.T_camera_world is not None
            known["pose"].append(camera.T_camera_world)
        print(f"{len(known['xy'])} of {count}", flush=True)
    about = {"skeleton": H36M17.to_dict(), "image_size": [size, size]}
    arrays = {name: np.stack(values).astype(np.float32) for name, values in known.items()}
    save_npz(out / "stills.npz", "Stills/1", about, **arrays)


def calibrate(mocap17: tyro.conf.Positional[Path], clips: int = 20, frames: int = 50) -> None:
    """Where spine, thorax, nose and head are on the body: `poise.data.rendered.anatomy.POINTS`."""
    library = MotionLibrary.open(mocap17).select(split="train")
    keys = [clip.key for clip in library if clip.frames >= frames]
    keys = [keys[at] for at in np.linspace(0, len(keys) - 1, clips).round().astype(int)]
    starts = [
        int(np.random.default_rng(number).integers(0, len(library[key]) - frames + 1))
        for number, key in enumerate(keys)
    ]
    cut = (library[key][at : at + frames] for key, at in zip(keys, starts, strict=True))
    for name, (bone, point) in points_of(cut).items():
        print(f"{name}: {bone} {point}")


def choreography(seed: int = _EXAMPLE_SEED) -> Motion:
    """The example's motion, by the motion maker."""
    rng = np.random.default_rng(seed)
    body = draw_proportions(rng)
    stage = Stage(body, replace(draw_style(rng, body), tempo=1.25), rng)
    times = [0.0]
    for action in (locomotion.walk, locomotion.turn, standing.squat, standing.kick):
        action(stage)
        times.append(stage.time)
    _, walked, turned, _, kicked = times
    stage.time = kicked + 1.9
    stage.hold(stage.time)
    for gesture, begin, end in (
        (gestures.swing_along, 0.0, walked - 0.5),
        (gestures.wave, walked - 0.5, turned + 0.2),
        (gestures.swing_along, turned + 0.2, kicked - 0.2),
        (gestures.reach_out, kicked - 0.2, stage.time),
    ):
        stage.hold(begin, UPPER)
        gesture(stage, begin, end)
    moved_so = perform(stage.score, body, stage.time).body.motion
    return moved_so[21:]  # already on the way when the film begins


def grounded(walk: Motion) -> Motion:
    """The motion on level ground: boxes and slopes that people stood on are taken away."""
    lowest = walk.xyz[:, _ANKLES, 2].min(axis=1)
    ground = gaussian_filter1d(minimum_filter1d(lowest, 15), 6.0) - 0.08
    ground = np.where(np.ptp(ground) > 0.1, ground, np.median(ground))
    shift = ground[:, None, None] * np.array([0.0, 0.0, 1.0])
    return replace(walk, xyz=walk.xyz - shift)


def camera_before(
    actors: list[Actor],
    *,
    azimuth_deg: float = 0.0,
    distance: float = 4.5,
    height: float = 1.4,
    field_of_view_deg: float = 60.0,
    aim: float = 0.95,
    roll_deg: float = 0.0,
) -> Camera:
    """A camera around the middle of where people go; azimuth 0 is at -y, where files look to."""
    path = np.concatenate([actor.truth.root for actor in actors])[:, :2]
    middle = (path.min(axis=0) + path.max(axis=0)) / 2
    azimuth = np.deg2rad(azimuth_deg)
    ground = middle + distance * np.array([np.sin(azimuth), -np.cos(azimuth)])
    camera = Camera.from_field_of_view(1280, 720, horizontal_deg=field_of_view_deg)
    pose = look_at([*ground, height], [*middle, aim], roll=float(np.deg2rad(roll_deg)))
    return camera.at(pose)


def shoot(
    actors: list[Actor],
    camera: Camera,
    path: Path,
    quality: Quality,
    seed: int = 0,
    numbered: bool = False,
) -> None:
    """Film, and say how it goes."""
    began, told = time.perf_counter(), 0.0
    for number, actor in enumerate(actors, start=1):
        apart, seen = 1000 * actor.errors.mean(), in_picture(actor.truth, camera)
        print(f"{path.name}: person {number} fits within {apart:.0f} mm, {seen:.1%} in the picture")

    def progress(share: float) -> None:
        nonlocal told
        if share >= told:
            told += 0.1
            spent = time.perf_counter() - began
            print(f"{path.name}: {share:4.0%} after {spent:.0f} s", flush=True)

    film(
        actors,
        camera,
        path,
        samples=quality.samples,
        plate_samples=quality.plate_samples,
        crf=quality.crf,
        seed=seed,
        numbered=numbered,
        progress=progress,
    )


def _draw_camera(rng: np.random.Generator, size: int) -> tuple[Camera, float]:
    """A phone's camera that looks along y, and how far it is from the middle."""
    field = rng.uniform(52, 72)
    enough = 1.25 / np.tan(np.deg2rad(field / 2))  # to have all of a person in the picture
    away, height = max(rng.uniform(2.2, 5.0), enough), rng.uniform(0.5, 2.2)
    target = [rng.uniform(-0.2, 0.2), 0.0, rng.uniform(0.8, 1.05)]
    roll = float(np.deg2rad(rng.uniform(-4, 4)))
    camera = Camera.from_field_of_view(size, size, horizontal_deg=field)
    return camera.at(look_at([0, -away, height], target, roll=roll)), away


def _placed(
    poses: Iterator[tuple[Actor, int]], camera: Camera, away: float, rng: np.random.Generator
) -> tuple[Actor, int]:
    """Somebody who is wholly in the picture, turned anywhere, and in which frame."""
    while True:
        actor, frame = next(poses)
        for _ in range(30):
            yaw = rng.uniform(-np.pi, np.pi)
            where = [rng.uniform(-0.35, 0.35), rng.uniform(-min(0.4, 0.15 * away), 0.6)]
            sin, cos = np.sin(yaw), np.cos(yaw)
            x, y = actor.truth.root[frame, :2]
            shift = np.array(where) - [cos * x - sin * y, sin * x + cos * y]
            placed = moved(actor, yaw, shift)
            if in_picture(placed.truth[frame : frame + 1], camera) == 1.0:
                return placed, frame


def _poses(mocap17: Path, seed: int) -> Iterator[tuple[Actor, int]]:
    """People in poses: three of each second of motion that is drawn."""
    library = MotionLibrary.open(mocap17).select(split="train") | make(240, seed=seed)
    keys = [clip.key for clip in library if clip.frames >= 40]
    person = 0
    while True:
        person += 1
        rng = np.random.default_rng([seed, 2, person])
        whole = library[keys[rng.integers(len(keys))]]
        start = int(rng.integers(0, len(whole) - 31))
        part = whole[start : start + 31]
        if not -0.05 < part.xyz[:, _ANKLES, 2].min() < 0.2:  # on a ladder that the studio lacks
            continue
        actor = act(part, draw_person(rng), rounds=200)
        yield from ((actor, frame) for frame in (0, 15, 30))


if __name__ == "__main__":
    commands: dict[str, Any] = {
        "example": example,
        "motion": motion,
        "cmu": cmu,
        "stills": stills,
        "calibrate": calibrate,
    }
    try:
        tyro.extras.subcommand_cli_from_dict(commands)
    except PoiseError as error:
        sys.exit(str(error))
