"""The part of a body's motion that moves on the page: a few seconds, whole, and not too far."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from poise.motion import Body, Contact
from poise.render.views import upright
from poise.report.markup import Html, tag
from poise.report.presence import known, runs

_LONGEST = 10.0  # seconds
_FARTHEST = 6.0  # metres that the root gets from where it was: beyond, the figure gets small
_KEYS = 10.0  # poses a second; between them the browser goes straight


@dataclass(frozen=True, eq=False)
class Stretch:
    """Poses at a steady pace, of a body of which everything is known meanwhile."""

    first: int  # frame of the body's motion
    times: Float[np.ndarray, " pose"]  # one if nothing moves
    joints: Float[np.ndarray, "pose joint 3"]  # metres, z up, the floor at 0

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return float(self.times[-1] - self.times[0])

    def __contains__(self, contact: Contact) -> bool:
        return bool(contact.stop >= self.times[0] and contact.start <= self.times[-1])

    def moving(self, attribute: str, values: Sequence[str]) -> Html | None:
        """Animates an attribute of the element it is put into, straight from pose to pose."""
        if len(set(values)) < 2:
            return None
        return self._animate(attribute, values)

    def switching(
        self, attribute: str, there: Bool[np.ndarray, " pose"], on: str, off: str
    ) -> Html | None:
        """The same for an attribute that is one thing or the other."""
        changes = [0, *(np.flatnonzero(np.diff(there.astype(int))) + 1)]
        if len(changes) < 2:
            return None
        # Half way between two poses, which is the fairest guess.
        at = [0.0, *((place - 0.5) / (len(there) - 1) for place in changes[1:])]
        return self._animate(
            attribute,
            [on if there[place] else off for place in changes],
            calcMode="discrete",
            keyTimes=";".join(f"{share:.4f}" for share in at),
        )

    def _animate(self, attribute: str, values: Sequence[str], **how: str) -> Html:
        return tag(
            "animate",
            attributeName=attribute,
            values=";".join(values),
            dur=f"{self.seconds:.2f}s",
            repeatCount="indefinite",
            **how,
        )


def stretch_of(body: Body) -> Stretch | None:
    """The middle of the longest time without a gap; None if there is not one whole frame."""
    joints = upright(body.motion)
    times = body.motion.times
    whole = runs(np.asarray(known(joints).all(axis=1)))
    if not whole:
        return None
    longest = max(whole, key=lambda run: times[run.stop - 1] - times[run.start])
    middle = (times[longest.start] + times[longest.stop - 1]) / 2
    near = np.arange(longest.start, longest.stop)
    within = near[np.abs(times[near] - middle) <= _LONGEST / 2 + 1e-6]
    near = within if len(within) else near[:1]
    root = body.motion.skeleton.root_of(joints[near])[:, :2]
    gone = np.flatnonzero(np.linalg.norm(root - root[0], axis=-1) > _FARTHEST)
    near = near[: gone[0]] if len(gone) else near
    start, stop = float(times[near[0]]), float(times[near[-1]])
    wanted = np.linspace(start, stop, round((stop - start) * _KEYS) + 1)
    shown = _between(times[near], joints[near], wanted)
    if body.motion.frame != "world" or not body.motion.placed:  # where the floor is nobody knows
        shown = shown - [0, 0, shown[..., 2].min()]
    return Stretch(int(near[0]), wanted, shown)


def _between(
    times: Float[np.ndarray, " time"],
    joints: Float[np.ndarray, "time joint 3"],
    wanted: Float[np.ndarray, " pose"],
) -> Float[np.ndarray, "pose joint 3"]:
    if len(times) == 1:
        return joints[np.zeros(len(wanted), int)]
    after = np.searchsorted(times, wanted).clip(1, len(times) - 1)
    share = (wanted - times[after - 1]) / (times[after] - times[after - 1])
    return joints[after - 1] + share[:, None, None] * (joints[after] - joints[after - 1])
