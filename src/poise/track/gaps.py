"""Frames in which a person was not found: bridged where they are few, unknown where not."""

import numpy as np
from jaxtyping import Bool, Float

Span = tuple[float, float]
"""From the first frame without the person to the next one with them, in seconds."""

_ROUNDING = 1e-6  # s


def bridge(
    xy: Float[np.ndarray, "time joint 2"],
    times: Float[np.ndarray, " time"],
    seen: Bool[np.ndarray, " time"],
    longest: float,
) -> tuple[Float[np.ndarray, "time joint 2"], tuple[Span, ...], tuple[Span, ...]]:
    """Straight lines over gaps up to `longest` seconds; also what was bridged and what was not."""
    xy = xy.copy()
    bridged: list[Span] = []
    missing: list[Span] = []
    # The first and the last frame are seen: a track begins and ends with a sighting.
    starts = np.flatnonzero(seen[:-1] & ~seen[1:]) + 1
    stops = np.flatnonzero(~seen[:-1] & seen[1:]) + 1
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        span = (float(times[start]), float(times[stop]))
        before = float(times[start - 1])
        if span[1] - span[0] > longest + _ROUNDING:
            missing.append(span)
            xy[start:stop] = np.nan
            continue
        share = ((times[start:stop] - before) / (span[1] - before))[:, None, None]
        xy[start:stop] = (1 - share) * xy[start - 1] + share * xy[stop]
        bridged.append(span)
    return xy, tuple(bridged), tuple(missing)
