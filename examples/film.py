"""Rendered film with a known answer: videos of a body whose joints are known, to test methods on.

python examples/film.py example --to examples          walk_wave.mp4 and walk_wave.truth.npz
python examples/film.py motion walk.bvh --to walk.mp4  a motion of your own
python examples/film.py cmu MOCAP17 --to clips         five clips of CMU's test subjects
python examples/film.py stills MOCAP17 --to stills     single pictures with known joints

Beside every video lies NAME.truth.npz: the joints of the body that was rendered (h36m17, metres,
world) with the exact camera. Rendering needs `pip install 'poise[synthetic]'`.
"""

import logging
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro
from PIL import Image

from poise import Camera, Motion
from poise.cameras import look_at
from poise.conversions import convert
from poise.data import MotionLibrary, load
from poise.data.maker import gestures, locomotion, make, standing
from poise.data.maker.figure import draw_proportions
from poise.data.maker.perform import perform
from poise.data.maker.stage import UPPER, Stage, draw_style
from poise.data.rendered import (
    HAIRS,
    SHIRTS,
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
from poise.errors import PoiseError
from poise.files import save_npz
from poise.skeletons import H36M17

_EXAMPLE_SEED = 5266  # found by trying: it squats deeply, and nothing leaves the picture


@dataclass(frozen=True, kw_only=True)
class Quality:
    """How well pictures are made."""

    samples: int = 12  # rays for each pixel of a person
    plate_samples: int = 64  # and for each of the room, which is rendered once
    crf: int = 23  # of H.264: 18 is all but perfect, 28 small


@dataclass(frozen=True)
class Example:
    """One person walks in, turns, waves, squats, kicks and reaches."""

    to: Path = Path("examples")
    quality: Quality = Quality()


@dataclass(frozen=True)
class Stills:
    """Single pictures of people of all sorts, in poses of mocap17's training split and made ones."""

    mocap17: Annotated[Path, tyro.conf.Positional]
    to: Path
    count: int = 300
    size: int = 640
    seed: int = 0
    samples: int = 6


@dataclass(frozen=True)
class FilmMotion:
    """A motion of your own: any file that `poise.load` reads."""

    file: Annotated[Path, tyro.conf.Positional]
    to: Path
    quality: Quality = Quality()


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
    moved = perform(stage.score, body, stage.time).body.motion
    return moved[21:]  # already on the way when the film begins


def camera_before(
    actors: list[Actor],
    *,
    azimuth_deg: float = 0.0,
    distance: float = 4.5,
    height: float = 1.4,
    field_of_view_deg: float = 60.0,
    size: tuple[int, int] = (1280, 720),
    aim: float = 0.95,
    roll_deg: float = 0.0,
) -> Camera:
    """A camera on the floor's side `azimuth_deg` (0: where people of a new file look to, -y)."""
    path = np.concatenate([actor.truth.root for actor in actors])[:, :2]
    middle = (path.min(axis=0) + path.max(axis=0)) / 2
    azimuth = np.deg2rad(azimuth_deg)
    ground = middle + distance * np.array([np.sin(azimuth), -np.cos(azimuth)])
    camera = Camera.from_field_of_view(*size, horizontal_deg=field_of_view_deg)
    pose = look_at([*ground, height], [*middle, aim], roll=float(np.deg2rad(roll_deg)))
    return camera.at(pose)


def example(asked: Example) -> None:
    """Render the example."""
    motion = convert(choreography(), H36M17)
    person = Person(gender=0.9, skin=SKINS[1], hair=HAIRS[1], shirt=SHIRTS[0], trousers=TROUSERS[0])
    actor = act(motion, person)
    camera = camera_before([actor], azimuth_deg=-39, distance=4.6)
    shoot([actor], camera, asked.to / "walk_wave.mp4", asked.quality)


def film_motion(asked: FilmMotion) -> None:
    """Render a motion file."""
    actor = act(load(asked.file))
    path = actor.truth.root[:, :2]
    reach = float(np.ptp(path, axis=0).max())
    camera = camera_before([actor], distance=3.6 + 0.8 * reach)
    shoot([actor], camera, asked.to, asked.quality)


def shoot(actors: list[Actor], camera: Camera, path: Path, quality: Quality, seed: int = 0) -> None:
    """Film, and say how it goes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    told = 0.0
    for number, actor in enumerate(actors, start=1):
        print(
            f"{path.name}: person {number} within {1000 * actor.errors.mean():.0f} mm", flush=True
        )

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
        progress=progress,
    )


def stills(asked: Stills) -> None:
    """Render the pictures, and write what is known of them to stills.npz."""
    asked.to.mkdir(parents=True, exist_ok=True)
    poses = _poses(asked)
    size, took = asked.size, 20
    told: dict[str, list[np.ndarray]] = {name: [] for name in ("xy", "xyz", "intrinsics", "pose")}
    for number in range(asked.count):
        rng = np.random.default_rng([asked.seed, 1, number])
        if number % took == 0:  # another studio, another camera
            field = rng.uniform(52, 72)
            camera = Camera.from_field_of_view(size, size, horizontal_deg=field)
            away, height = rng.uniform(2.2, 4.6), rng.uniform(0.5, 2.2)
            away = max(away, 1.25 / np.tan(np.deg2rad(field / 2)))  # to have all of a person in it
            target = [rng.uniform(-0.2, 0.2), 0.0, rng.uniform(0.8, 1.05)]
            roll = float(np.deg2rad(rng.uniform(-4, 4)))
            camera = camera.at(look_at([0, -away, height], target, roll=roll))
            studio = None
        actor, frame = next(poses)
        near = -min(0.4, 0.15 * away)
        for _ in range(100):
            where = np.array([rng.uniform(-0.35, 0.35), rng.uniform(near, 0.6)])
            placed = _put(actor, frame, rng.uniform(-np.pi, np.pi), where)
            if in_picture(placed.truth[frame : frame + 1], camera) == 1.0:
                break
        else:
            continue
        if studio is None:
            studio = Studio(
                camera,
                [placed],
                samples=asked.samples,
                plate_samples=12,
                seed=number,
                middle=(0.0, 0.0),
            )
        studio.recast([placed])
        picture = Image.fromarray(studio.picture(frame))
        picture.save(asked.to / f"{len(told['xy']):04d}.jpg", quality=92)
        xyz = camera.to_camera(np.asarray(placed.truth.xyz[frame], np.float64))
        told["xyz"].append(xyz)
        told["xy"].append(camera.project(xyz))
        told["intrinsics"].append(camera.intrinsics)
        told["pose"].append(camera.T_camera_world)
        if number % 10 == 9:
            print(f"{number + 1} of {asked.count}", flush=True)
    about = {"skeleton": H36M17.to_dict(), "image_size": [size, size]}
    arrays = {name: np.stack(values).astype(np.float32) for name, values in told.items()}
    save_npz(asked.to / "stills.npz", "Stills/1", about, **arrays)


def _poses(asked: Stills) -> Iterator[tuple[Actor, int]]:
    """People in poses, no two alike: three poses each of a second of motion."""
    library = MotionLibrary.open(asked.mocap17).select(split="train")
    library = library | make(240, seed=asked.seed).on(H36M17)
    keys = [clip.key for clip in library if clip.frames >= 40]
    person = 0
    while True:
        person += 1
        rng = np.random.default_rng([asked.seed, 2, person])
        motion = library[keys[rng.integers(len(keys))]]
        start = int(rng.integers(0, len(motion) - 31))
        motion = motion[start : start + 31]
        feet = motion.xyz[:, [H36M17.index("left_ankle"), H36M17.index("right_ankle")], 2]
        if not -0.05 < feet.min() < 0.2:  # on a ladder that the studio lacks
            continue
        actor = act(motion, draw_person(rng), rounds=200)
        yield from ((actor, frame) for frame in (0, 15, 30))


def _put(actor: Actor, frame: int, yaw: float, where: np.ndarray) -> Actor:
    """The actor turned and moved so that this frame is at a place of the floor."""
    sin, cos = np.sin(yaw), np.cos(yaw)
    x, y = actor.truth.root[frame, :2]
    return moved(actor, yaw, where - [cos * x - sin * y, sin * x + cos * y])


COMMANDS = {"stills": Stills, "example": Example, "motion": FilmMotion}


def main() -> None:
    """Parse, and do it."""
    asked = tyro.extras.subcommand_cli_from_dict(COMMANDS)
    {Stills: stills, Example: example, FilmMotion: film_motion}[type(asked)](asked)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    try:
        main()
    except PoiseError as error:
        sys.exit(str(error))
