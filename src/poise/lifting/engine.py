"""Any lifter on any clip: `lift_track`, and the `Engine` behind it for many clips."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import get_args

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from poise.conversions import conversion
from poise.errors import PoiseError, did_you_mean
from poise.files import PathLike
from poise.lifting.agreeing import Agree, apart, nearest_in_picture
from poise.lifting.clips import Clip, all_rays, assumed_camera
from poise.lifting.devices import Precision, computing_in, evaluating, find_device, placed_on
from poise.lifting.gaps import fill
from poise.lifting.mirroring import with_mirror_image
from poise.lifting.rates import at_rate, has_rate
from poise.lifting.sizes import adult_scale
from poise.lifting.trained import TrainedLifter, load_lifter
from poise.lifting.uncertainty import Evidence
from poise.lifting.windows import Network, cross_fade, each_middle, slide
from poise.motion import Keypoints, Motion
from poise.resampling import resample_at
from poise.skeletons import Skeleton

Progress = Callable[[str, float, str], None]
"""Called with what is being done, the share that is done, and how much that is."""

_OVERLAP = 8  # frames, or a third of a short window: more costs time, fewer leave seams
# Frames. A network that slides sees the frames around each piece once more, so pieces are longer.
_BATCH_CPU, _BATCH_CPU_SLIDING, _BATCH_ELSEWHERE = 1024, 2048, 16384


def lift_track(
    keypoints: Keypoints,
    *,
    lifter: TrainedLifter | PathLike,
    flip: bool = True,
    agree: Agree = "mean",
    overlap: int | None = None,
    batch: int | None = None,
    device: str | None = None,
    precision: Precision = "float32",
    progress: Progress | None = None,
) -> Motion:
    """The 3D motion of one person's 2D track: root-relative, in the camera's axes.

    >>> motion = lift_track(keypoints, lifter="videopose3d.safetensors")

    The options are those of `Engine`, which reads the lifter once for many clips.
    """
    engine = Engine(
        lifter,
        flip=flip,
        agree=agree,
        overlap=overlap,
        batch=batch,
        device=device,
        precision=precision,
    )
    return engine(keypoints, progress)


class Engine:
    """A lifter made ready once, for any number of clips.

    >>> engine = Engine("videopose3d.safetensors", device="auto")
    >>> motions = [engine(keypoints) for keypoints in tracks]

    flip: lift the mirror image too, and take the mean of both.
    agree: what several opinions become, those of the mirror image and of hypotheses: their mean,
        or of each joint the one that is nearest to its keypoint in the picture (reprojection).
    overlap: frames that neighbouring windows share and fade over, for networks that answer for
        every frame of a window; 0 is the published evaluation.
    batch: how many frames go through the network at once.
    device: where to compute, such as cuda:1; auto is the fastest device here; by default the
        network stays where it is.
    """

    def __init__(
        self,
        lifter: TrainedLifter | PathLike,
        *,
        flip: bool = True,
        agree: Agree = "mean",
        overlap: int | None = None,
        batch: int | None = None,
        device: str | None = None,
        precision: Precision = "float32",
    ) -> None:
        lifter = lifter if isinstance(lifter, TrainedLifter) else load_lifter(lifter)
        own = next(lifter.module.parameters()).device
        self.device = own if device is None else find_device(device)
        self.lifter, self.precision, self.flip, self.agree = lifter, precision, flip, agree
        if agree not in get_args(Agree):
            raise PoiseError(
                f"opinions agree by none called {agree!r}{did_you_mean(agree, get_args(Agree))}"
            )
        if agree != "mean" and not flip:
            raise PoiseError("without the mirror image there is one opinion: agree needs flip=True")
        computing_in(precision, self.device)  # says now what it would say later
        self._module = placed_on(self.device, lifter.module)
        self._network: Network = self._module
        if flip:
            signs = lifter.framing.signs_in_mirror
            self._network = with_mirror_image(self._module, signs, lifter.takes, lifter.gives)
        self.overlap = _overlap(overlap, lifter.network.frames)
        self.batch = self._checked(batch)

    def __call__(self, keypoints: Keypoints, progress: Progress | None = None) -> Motion:
        """The motion of one track, at its timestamps; with sigma if the lifter's errors are known.

        Frames in which nothing was seen are guessed from those around them.
        """
        motion, evidence = self.with_evidence(keypoints, progress)
        if self.lifter.residuals is not None:
            motion = replace(motion, sigma=self.lifter.residuals.sigma(evidence))
        if np.array_equal(motion.times, keypoints.times):
            return replace(motion, fps=keypoints.fps)
        return resample_at(motion, keypoints.times, keypoints.fps)

    def with_evidence(
        self, keypoints: Keypoints, progress: Progress | None = None
    ) -> tuple[Motion, Evidence]:
        """The motion at the lifter's frame rate, and what tells how good it is."""
        track, assumed = self._prepare(keypoints)
        gives = self.lifter.gives
        xyz = np.empty((len(track), len(gives), 3), np.float32)
        distance = np.empty(xyz.shape[:2], np.float32) if self.flip else None
        see_rays = self._rays(track) if self.agree == "reprojection" else None
        done = 0
        with evaluating(self._module):
            for answers in self._answers(track):
                part = slice(done, done + len(answers))
                if distance is not None:
                    opinions = answers.unflatten(1, (-1, len(gives)))
                    distance[part] = apart(opinions).cpu().numpy()
                    if see_rays is not None:
                        answers = nearest_in_picture(opinions, *see_rays(part))
                    else:
                        answers = opinions.mean(dim=1)
                xyz[part] = answers.cpu().numpy()
                done = part.stop
                if progress:
                    progress("lifting", done / len(track), f"{done:,} of {len(track):,} frames")
        if not np.isfinite(xyz).all():
            hint = "" if self.precision == "float32" else "; use precision float32"
            raise PoiseError(f"{self.lifter.method} answers with numbers that are not finite{hint}")
        if self.lifter.unit == "picture":
            scale, words = adult_scale(xyz, gives)
            xyz *= scale
            assumed = (*assumed, words)
            if distance is not None:
                distance *= scale
        motion = Motion(
            xyz=xyz - gives.root_of(xyz)[:, None],
            skeleton=gives,
            fps=track.fps,
            times=track.times,
            frame="camera",
            placed=False,
            camera=keypoints.camera,
            assumed=assumed,
        )
        confidence = _confidence_of(track, gives)
        return motion, Evidence(confidence=confidence, disagreement=distance)

    def _rays(self, track: Keypoints) -> Callable[[slice], tuple[Tensor, Tensor]]:
        """Where in space the keypoints of some frames are seen, and how sure that is."""
        if track.skeleton.joints != self.lifter.gives.joints:
            raise PoiseError(
                f"agree='reprojection' lays answers over keypoints, joint by joint; this lifter "
                f"takes {track.skeleton.name} and gives {self.lifter.gives.name}"
            )
        rays = all_rays(track.camera or assumed_camera(track), track.xy)
        lost = ~np.isfinite(rays).all(axis=-1)

        def of(part: slice) -> tuple[Tensor, Tensor]:
            sure = np.where(lost[part], 0, track.score[part])
            both = np.nan_to_num(rays[part]), sure
            seen, known = (torch.tensor(v, dtype=torch.float32, device=self.device) for v in both)
            return seen, known

        return of

    def _prepare(self, track: Keypoints) -> tuple[Keypoints, tuple[str, ...]]:
        """The track as the lifter takes it, and what was assumed for that."""
        takes, assumed = self.lifter.takes, []
        if track.skeleton.joints != takes.joints:
            recipe = conversion(track.skeleton, takes)
            track = recipe(track)
            guessed = ", ".join((*recipe.synthesized, *recipe.unknown))
            if guessed:
                assumed.append(f"{recipe.source.name} does not have all joints: guessed {guessed}")
        track = replace(track, xy=fill(track.xy, track.score, track.times))
        if self.lifter.network.frames > 1 and not has_rate(track, self.lifter.fps):
            track = at_rate(track, self.lifter.fps)
        if self.lifter.framing.kind == "person" and track.camera is None:
            camera = assumed_camera(track)
            track = replace(track, camera=camera)
            assumed.append(f"the camera is not known: a focal length of {camera.fx:g} px")
        return track, tuple(assumed)

    def _answers(self, track: Keypoints) -> Iterator[Float[Tensor, "_ joint 3"]]:
        """Consecutive pieces of the answer, in the camera's axes."""
        network, run, frames, batch = self.lifter.network, self._run, len(track), self.batch
        see = Clip(track=track, framing=self.lifter.framing, device=self.device).see
        match network.answers:
            case "sliding":
                causal = getattr(self.lifter.config, "causal", False)
                return slide(see, run, frames, network.frames, batch, causal)
            case "middle frame":
                return each_middle(see, run, frames, network.frames, batch)
            case "every frame":
                return cross_fade(see, run, frames, network.frames, self.overlap, batch)

    def _run(
        self, features: Float[Tensor, "batch time joint feature"]
    ) -> Float[Tensor, "batch answered joint_out 3"]:
        with torch.inference_mode(), computing_in(self.precision, self.device):
            return self._network(features).float()

    def _checked(self, batch: int | None) -> int:
        if batch is None:
            if self.device.type != "cpu":
                return _BATCH_ELSEWHERE
            slides = self.lifter.network.answers == "sliding"
            return _BATCH_CPU_SLIDING if slides else _BATCH_CPU
        if batch < 1:
            raise PoiseError(f"a batch of {batch} frames has none; give 1 or more")
        return batch


def _confidence_of(track: Keypoints, gives: Skeleton) -> Float[np.ndarray, "time joint"]:
    """The detector's, of each joint that is answered; the mean for one it did not look for."""
    mean = track.score.mean(axis=1)
    columns = [
        track.score[:, track.skeleton.index(joint)] if joint in track.skeleton.joints else mean
        for joint in gives.joints
    ]
    return np.stack(columns, axis=1)


def _overlap(overlap: int | None, window: int) -> int:
    if overlap is None:
        return min(_OVERLAP, window // 3)
    if not 0 <= overlap <= window // 2:
        raise PoiseError(
            f"windows of {window} frames can overlap by 0 to {window // 2} frames, not {overlap}"
        )
    return overlap
