"""Draws every picture of the documentation anew: python docs/make_pictures.py [NAME ...]"""

import sys
from collections.abc import Callable
from pathlib import Path

from poise.render.charts import chart
from poise.render.frames_chart import frames_chart
from poise.skeletons import SKELETONS

IMAGES = Path(__file__).parent / "images"


def draw_skeletons() -> None:
    """One chart of each joint set."""
    for name, skeleton in SKELETONS.items():
        chart(skeleton, IMAGES / "skeletons" / f"{name}.png")


def draw_frames() -> None:
    """The camera's frame and the world's."""
    frames_chart(IMAGES / "frames.png")


PICTURES: dict[str, Callable[[], None]] = {
    "skeletons": draw_skeletons,
    "frames": draw_frames,
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
