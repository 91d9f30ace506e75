"""Draws every picture of the documentation anew: python docs/make_pictures.py [NAME ...]"""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

import poise.report
from poise.conversions import convert
from poise.data.maker import ACTIONS, GESTURES, make
from poise.data.maker.improvisation import improvise
from poise.data.maker.score import spans
from poise.data.open_benchmark import GT, NOISY, views
from poise.motion import Contact, Motion
from poise.pipeline import lift_all
from poise.render import animate, chart, contact_sheet, film_strip
from poise.render.frames_chart import frames_chart
from poise.report import Overlay
from poise.report.badges import ACCENTS
from poise.report.moving_figure import moving_figure
from poise.report.stretch import stretch_of
from poise.skeletons import H36M17, SKELETONS
from poise.video import open_video

IMAGES = Path(__file__).parent / "images"


def draw_skeletons() -> None:
    """One chart of each joint set."""
    for name, skeleton in SKELETONS.items():
        chart(skeleton, IMAGES / "skeletons" / f"{name}.png")


def draw_frames() -> None:
    """The camera's frame and the world's."""
    frames_chart(IMAGES / "frames.png")


def draw_made_motion() -> None:
    """What the motion maker makes: a sheet of whole-body actions, one of gestures, an animation."""
    contact_sheet(
        {name: _perform(name, "swing along") for name in ACTIONS if name != "stand"},
        IMAGES / "made-actions.png",
        columns=12,
        cell=110,
    )
    contact_sheet(
        {name: _perform("stand", name) for name in GESTURES if name != "swing along"},
        IMAGES / "made-gestures.png",
        columns=12,
        cell=110,
    )
    shown = {"walk, wave": ("walk", "wave"), "kick": ("kick",), "on all fours": ("on all fours",)}
    animate(
        [_perform(*names)[:180] for names in shown.values()],
        IMAGES / "made.gif",
        labels=list(shown),
        fps=12,
        size=300,
    )


def draw_detector() -> None:
    """What the benchmark's detector sees of made motion, over what is there."""
    library = make(8, seed=2, actions=["walk", "dance", "reach"])
    exact = next(views(library, replace(GT, split="train")))
    noisy = next(views(library, replace(NOISY, split="train")))
    hard = next(views(library, replace(NOISY, split="train", level=3.0)))
    film_strip(
        {"level 1": noisy.keypoints, "level 3": hard.keypoints},
        IMAGES / "detector.png",
        beneath=exact.keypoints,
    )


def draw_lifted() -> None:
    """The example video with its overlay; below, the lifted motion over the truth, in grey."""
    clip = IMAGES.parents[1] / "examples" / "walk_wave.mp4"
    truth = Motion.load(clip.with_suffix(".truth.npz"))
    (person,) = lift_all(clip).people
    columns, width, height, half = 8, 150, 220, 300
    wanted = np.linspace(0, len(truth) - 1, columns).round().astype(int)
    drawing = Overlay([person.keypoints])
    sheet = Image.new("RGB", (columns * width, 2 * height + 30), "white")
    with open_video(clip) as video:
        for picture in video.pictures():
            if picture.number in wanted:
                drawn = Image.fromarray(drawing.draw(picture.rgb, picture.time))
                x, y = np.nanmean(person.keypoints.xy[picture.number], axis=0).tolist()
                aside = half * width / height
                place = int(np.flatnonzero(wanted == picture.number)[0])
                cut = drawn.crop((x - aside, y - half, x + aside, y + half))
                sheet.paste(cut.resize((width - 4, height)), (place * width + 2, 0))
    with TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.png"
        ours, true = (
            motion.to_camera(motion.camera).relative()
            for motion in (person.motion, truth)
            if motion.camera is not None
        )
        contact_sheet(
            {"lifted": ours}, rows, columns=columns, view="side", beneath={"lifted": true}
        )
        with Image.open(rows) as drawn_rows:
            below = round(drawn_rows.height * sheet.width / drawn_rows.width)
            strip = drawn_rows.convert("RGB").resize((sheet.width, below), Image.Resampling.LANCZOS)
        sheet = sheet.crop((0, 0, sheet.width, height + below))
        sheet.paste(strip, (0, height))
    sheet.save(IMAGES / "lifted.png", optimize=True)


def draw_solved() -> None:
    """How a report shows a solved skeleton in motion: a drawing that moves by itself."""
    made = improvise([0, 1], 4.0, ("walk",))
    times = made.body.motion.times
    standing = [
        Contact(float(times[start]), float(times[stop - 1]), joint)
        for joint, there in made.contacts.items()
        for start, stop in spans(there)
    ]
    body = replace(made.body, contacts=tuple(sorted(standing)))
    stretch = stretch_of(body)
    assert stretch is not None
    drawing = moving_figure(body, stretch, ACCENTS[0], "walk")
    style = Path(poise.report.__file__).with_name("page.css").read_text()
    start = '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" '
    moving = start + drawing.removeprefix("<svg ").replace(">", f"><style>{style}</style>", 1)
    (IMAGES / "solved.svg").write_text(moving + "\n")


def _perform(*actions: str) -> Motion:
    return convert(improvise([4], 5.0, actions).body.motion, H36M17)


PICTURES: dict[str, Callable[[], None]] = {
    "skeletons": draw_skeletons,
    "frames": draw_frames,
    "made": draw_made_motion,
    "detector": draw_detector,
    "lifted": draw_lifted,
    "solved": draw_solved,
}


def main(names: list[str]) -> None:
    """Draw the pictures of these names, or all."""
    for name in names or PICTURES:
        if name not in PICTURES:
            sys.exit(f"no picture is called {name}; there are: {', '.join(PICTURES)}")
        PICTURES[name]()
        print(f"drawn: {name}")


if __name__ == "__main__":
    main(sys.argv[1:])
