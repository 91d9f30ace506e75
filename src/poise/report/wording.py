"""Numbers as people read them."""

import numpy as np


def seconds(value: float) -> str:
    """A length of time: 0.4 s, 12.4 s, 3 min 20 s, 1 h 2 min; a number stays beside its unit."""
    if value < 99.95:
        return f"{value:.1f}\u00a0s"
    whole = round(value)
    if whole < 3600:
        return f"{whole // 60}\u00a0min {whole % 60}\u00a0s"
    return f"{whole // 3600}\u00a0h {whole % 3600 // 60}\u00a0min"


def clock(value: float, step: float = 1.0) -> str:
    """A moment of the video: 3.5 s where times are short, 12:05 where they are long."""
    if value < 100 and step < 60:
        return f"{value:.1f}\u00a0s" if step < 1 else f"{value:.0f}\u00a0s"
    whole = round(value)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}"
    return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"


def count(number: int, one: str, many: str = "") -> str:
    """A number of things: 1 person, 2 people; many is one with an s if not given."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def millimetres(metres: float) -> str:
    """A small length; a dash where it is not known."""
    if not np.isfinite(metres):
        return "–"
    mm = metres * 1000
    return f"{mm:.1f}\u00a0mm" if mm < 9.95 else f"{mm:,.0f}\u00a0mm"


def rate(frames_per_second: float) -> str:
    """30, 29.97."""
    return f"{frames_per_second:.2f}".rstrip("0").rstrip(".")


def nice_step(span: float, parts: int, choices: tuple[float, ...] = (1, 2, 5, 10)) -> float:
    """The smallest round number that cuts a span into at most so many parts."""
    raw = max(span, 1e-9) / parts
    power = 10.0 ** np.floor(np.log10(raw))
    return float(next(choice * power for choice in choices if choice * power >= raw * 0.999))


def nice_time_step(span: float, parts: int) -> float:
    """The same for seconds, with minutes and hours in mind."""
    if span <= 60:
        return nice_step(span, parts)
    steps = (10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600)
    return next((float(step) for step in steps if span / step <= parts), nice_step(span, parts))
