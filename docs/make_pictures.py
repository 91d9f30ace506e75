"""Draws every picture of the documentation anew: python docs/make_pictures.py [NAME ...]"""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from poise.conversions import convert
from poise.data.maker import ACTIONS, GESTURES, make
from poise.data.maker.improvisation import improvise
from poise.data.open_benchmark import GT, NOISY, views
from poise.motion import Motion
from poise.render import animate, chart, contact_sheet, film_strip
from poise.render.frames_chart import frames_chart
from poise.skeletons import H36M17, SKELETONS

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


def _perform(*actions: str) -> Motion:
    return convert(improvise([4], 5.0, actions).body.motion, H36M17)


PICTURES: dict[str, Callable[[], None]] = {
    "skeletons": draw_skeletons,
    "frames": draw_frames,
    "made": draw_made_motion,
    "detector": draw_detector,
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
