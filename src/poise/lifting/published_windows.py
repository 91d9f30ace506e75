"""The windows that the published lifters are trained on, as the frames that each one holds.

>>> windows = xy[training_blocks(len(xy), 243)]
"""

import numpy as np
from jaxtyping import Int

from poise.lifting.windows import frames_before


def training_blocks(frames: int, window: int) -> Int[np.ndarray, "block window"]:
    """Of networks that answer for every frame: blocks side by side, around the clip's middle.

    What they lack is shared by both ends, the first getting the smaller half, and repeats the
    clip's first and last frame.
    """
    count = -(-frames // window)
    first = -((count * window - frames) // 2)
    return np.arange(first, first + count * window).clip(0, frames - 1).reshape(count, window)


def around_each_frame(
    frames: int, window: int, causal: bool = False
) -> Int[np.ndarray, "frame window"]:
    """Of networks that answer for one frame: it in the middle, or the last if `causal`."""
    places = np.arange(frames)[:, None] + np.arange(window) - frames_before(window, causal)
    return places.clip(0, frames - 1)
