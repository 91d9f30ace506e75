"""The page's pictures, small and inside the page: frames of the video, figures in 3D."""

import base64
import io
from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from poise.motion import Motion
from poise.render.canvas import Canvas
from poise.render.scenes import Scene, bounds, draw_scene, scene_of
from poise.render.views import view_of
from poise.report.findings import Findings
from poise.report.markup import Html, tag
from poise.report.overlay import Overlay
from poise.report.presence import known
from poise.report.wording import clock

_FRAMES = 8  # of the video at most
_FRAME_PX = 540  # the longer side of one
_MOMENTS = 7
_FIGURE_PX = 300  # the longer side of a figure's picture
_STEP = 0.1  # seconds; to which captions are told
_MOST_KNOWN = 0.7  # of the joints are there in a frame worth showing


def frames_strip(findings: Findings) -> list[Html]:
    """Some pictures of the video, everybody drawn in."""
    overlay = Overlay([person.track for person in findings.people])
    chosen = np.linspace(0, len(findings.strip) - 1, min(_FRAMES, len(findings.strip)))
    shown = [findings.strip[int(place)] for place in chosen.round()]
    return [
        tag(
            "figure",
            _img(
                Image.fromarray(overlay.draw(_small(rgb), time)),
                f"The video at {time:.1f} s{', skeletons drawn in' if findings.people else ''}",
                lossless=False,
            ),
            tag("figcaption", clock(time, _STEP)),
        )
        for time, rgb in shown
    ]


def moments_of(motion: Motion) -> list[int]:
    """A few frames, evenly spaced among those in which most of the person is known."""
    share = known(motion.xyz).mean(axis=1)
    good = np.flatnonzero(share >= _MOST_KNOWN)
    if not len(good):
        good = np.flatnonzero(share > 0)
    count = min(_MOMENTS, len(good))
    places = (np.arange(count) + 0.5) / max(count, 1) * len(good)
    return [int(good[int(place)]) for place in places]


def figures(motion: Motion, number: int, moments: Sequence[int]) -> list[Html]:
    """The person in 3D at these frames, from its right and a little above, all at one scale."""
    whole = scene_of(motion, view_of(motion, "three-quarter"))
    chosen = list(moments)
    scene = Scene(motion, whole.view, whole.xyz[chosen], whole.target[chosen])
    low, high = bounds([scene])
    scale = _FIGURE_PX / float((high - low).max())
    width, height = (int(np.ceil(span * scale)) for span in high - low)
    drawn = []
    for place, frame in enumerate(chosen):
        canvas = Canvas(width, height)
        origin = (-low[0] * scale, high[1] * scale)
        draw_scene(canvas, scene, place, scale, origin, reach=(high[0] - low[0]) * 0.62)
        time = float(motion.times[frame])
        image = _img(canvas.finish(), f"Person {number} in 3D at {time:.1f} s", lossless=True)
        drawn.append(tag("figure", image, tag("figcaption", clock(time, _STEP))))
    return drawn


def _small(rgb: UInt8[np.ndarray, "height width 3"]) -> UInt8[np.ndarray, "height2 width2 3"]:
    image = Image.fromarray(rgb)
    share = _FRAME_PX / max(image.size)
    if share >= 1:
        return rgb
    size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
    return np.array(image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0))


def _img(image: Image.Image, alt: str, lossless: bool) -> Html:
    """A picture as part of the page; figures keep their paper, which the page is made of."""
    packed = io.BytesIO()
    image.save(packed, format="WEBP", lossless=lossless, quality=60 if lossless else 80, method=4)
    data = base64.b64encode(packed.getvalue()).decode("ascii")
    return tag(
        "img",
        src=f"data:image/webp;base64,{data}",
        width=image.width,
        height=image.height,
        alt=alt,
        class_="drawn" if lossless else None,
    )
