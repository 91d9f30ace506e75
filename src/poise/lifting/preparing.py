"""A track as a lifter takes it: its joints, without gaps, at its rate, with a camera."""

from dataclasses import replace

from poise.conversions import conversion
from poise.lifting.clips import assumed_camera
from poise.lifting.gaps import fill
from poise.lifting.rates import at_rate, has_rate
from poise.lifting.trained import TrainedLifter
from poise.motion import Keypoints


def as_taken(
    track: Keypoints, lifter: TrainedLifter, *, placed: bool = False
) -> tuple[Keypoints, tuple[str, ...]]:
    """The track, and in words what was assumed; `placed`: whether answers are held against it."""
    takes, assumed = lifter.takes, []
    if track.skeleton.joints != takes.joints:
        recipe = conversion(track.skeleton, takes)
        track = recipe(track)
        guessed = ", ".join((*recipe.synthesized, *recipe.unknown))
        if guessed:
            assumed.append(f"{recipe.source.name} does not have all joints: guessed {guessed}")
    track = replace(track, xy=fill(track.xy, track.score, track.times))
    if lifter.network.frames > 1 and not has_rate(track, lifter.fps):
        track = at_rate(track, lifter.fps)
    if (lifter.framing.kind == "person" or placed) and track.camera is None:
        camera = assumed_camera(track)
        track = replace(track, camera=camera)
        assumed.append(f"the camera is not known: a focal length of {camera.fx:g} px")
    return track, tuple(assumed)
