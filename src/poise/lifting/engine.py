"""Any lifter on any clip: `lift_track`, and the `Engine` behind it for many clips."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import NamedTuple, get_args

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from poise.errors import PoiseError, did_you_mean
from poise.files import PathLike
from poise.lifting.agreeing import Agree, apart, nearest_in_picture
from poise.lifting.clips import Clip, all_rays, assumed_camera
from poise.lifting.devices import Precision, computing_in, evaluating, find_device, placed_on
from poise.lifting.framing import Seen
from poise.lifting.mirroring import BothSides, OneSide, Opinions
from poise.lifting.preparing import as_taken
from poise.lifting.refining import Refinement, refine
from poise.lifting.sizes import adult_scale
from poise.lifting.trained import TrainedLifter, load_lifter
from poise.lifting.uncertainty import Evidence
from poise.lifting.windows import Network, answered_frames, cross_fade, each_middle, slide
from poise.methods.contract import Doubts
from poise.motion import Keypoints, Motion
from poise.resampling import resample_at
from poise.skeletons import Skeleton

_DISTANCE = 1.6  # of standard deviations of a coordinate: the mean distance in three of them

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
    refine: Refinement | None = None,
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
        refine=refine,
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

    others: lifters that see and answer alike, such as trainings with other seeds: an ensemble,
        whose opinions count as much.
    flip: lift the mirror image too, and take the mean of both.
    agree: what several opinions become, those of the mirror image and of hypotheses: their mean,
        or of each joint the one that is nearest to its keypoint in the picture (reprojection).
    refine: move what the network is shown until its answer fits the picture (UAO): `Refinement()`.
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
        others: Sequence[TrainedLifter | PathLike] = (),
        flip: bool = True,
        agree: Agree = "mean",
        refine: Refinement | None = None,
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
        if refine is not None and not flip:
            raise PoiseError("refining moves a clip and its mirror image: it needs flip=True")
        if refine is not None and lifter.unit == "picture":
            raise PoiseError(
                f"{lifter.method} answers in parts of the picture, so its joints have no place in "
                "front of the camera to be refined at; lift without refine"
            )
        computing_in(precision, self.device)  # says now what it would say later
        self._refine = refine
        crew = [lifter, *(_alike(lifter, other) for other in others)]
        self._modules = [placed_on(self.device, each.module) for each in crew]
        self._ask: OneSide | BothSides = OneSide(self._modules)
        if flip:
            signs = lifter.framing.signs_in_mirror
            self._ask = BothSides(self._modules, signs, lifter.takes, lifter.gives)
        self._doubts = any(isinstance(each.network, Doubts) for each in crew)
        self._causal = getattr(lifter.config, "causal", False)
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
        track, assumed = as_taken(keypoints, self.lifter, placed=self._refine is not None)
        gives = self.lifter.gives
        xyz = np.empty((len(track), len(gives), 3), np.float32)
        distance = np.empty(xyz.shape[:2], np.float32) if self.flip else None
        doubt = np.empty(xyz.shape[:2], np.float32) if self._doubts else None
        see_rays = self._rays(track) if self.agree == "reprojection" else None
        left = np.zeros(len(track), bool)
        done = 0
        with ExitStack() as stack:
            for module in self._modules:
                stack.enter_context(evaluating(module))
            for answers in self._answers(track):
                part = slice(done, done + len(answers))
                said = self._read(answers)
                if distance is not None:
                    between = apart(said.opinions) if said.before is None else said.before
                    distance[part] = between.cpu().numpy()
                if doubt is not None and said.expected is not None:
                    doubt[part] = said.expected.cpu().numpy()
                if said.left is not None:
                    left[part] = said.left.cpu().numpy()
                if see_rays is not None:
                    agreed = nearest_in_picture(said.opinions, *see_rays(part))
                else:
                    agreed = said.opinions.mean(dim=1)
                xyz[part] = agreed.cpu().numpy()
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
        if self._refine is not None and left.any():
            few = f"{left.sum():,} of {len(left):,} frames"
            assumed = (*assumed, f"{few} stay as lifted: nothing seen in them could refine them")
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
        confidence = _confidence_of(track.score, track.skeleton, gives)
        return motion, Evidence(confidence=confidence, disagreement=distance, doubt=doubt)

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

    def _answers(self, track: Keypoints) -> Iterator[Float[Tensor, "_ value"]]:
        """Consecutive pieces of all that is said."""
        network, frames, batch = self.lifter.network, len(track), self.batch
        clip = Clip(
            track=track,
            framing=self.lifter.framing,
            device=self.device,
            compared=self._refine is not None,
        )
        run = self._run if self._refine is None else self._refining(self._refine, frames)
        match network.answers:
            case "sliding":
                return slide(clip.see, run, frames, network.frames, batch, self._causal)
            case "middle frame":
                return each_middle(clip.see, run, frames, network.frames, batch)
            case "every frame":
                return cross_fade(clip.see, run, frames, network.frames, self.overlap, batch)

    def _run(self, seen: Seen) -> Float[Tensor, "batch answered value"]:
        with torch.inference_mode(), computing_in(self.precision, self.device):
            opinions = self._ask(seen.features)
        return self._said(seen, opinions, [])

    def _refining(self, how: Refinement, frames: int) -> Network:
        """As `_run`, nearer to the picture; the clip's time is shared by its frames."""
        begun, done = time.perf_counter(), 0
        ask, gives, takes = self._ask, self.lifter.gives, self.lifter.takes
        assert isinstance(ask, BothSides)
        common = [joint for joint in gives.joints if joint in takes.joints]
        joints = [gives.index(joint) for joint in common], [takes.index(joint) for joint in common]

        def run(seen: Seen) -> Float[Tensor, "batch answered value"]:
            nonlocal done
            answered = self._answered(seen)
            done += (answered.stop - answered.start) * len(seen.features)
            until = None
            if how.milliseconds is not None:
                until = begun + how.milliseconds / 1000 * min(1.0, done / frames)

            def goes_on() -> bool:
                return until is None or time.perf_counter() < until

            def scale(opinions: Tensor) -> Tensor:
                return self._expected(seen.answered(answered), opinions)

            with computing_in(self.precision, self.device):
                refined = refine(ask, seen, answered, joints, scale, how, goes_on)
            # Both sides were drawn to the same keypoints: how they were apart before tells more.
            before = apart(refined.first.flatten(0, 1)).unflatten(0, refined.left.shape)
            return self._said(seen, refined.opinions, [before, refined.left[..., None]])

        return run

    def _expected(self, seen: Seen, opinions: Tensor) -> Tensor:
        """How far off each joint is expected to be: by a validation, or by opinions alone."""
        flat = apart(opinions.flatten(0, 1))
        residuals, sight = self.lifter.residuals, seen.sight
        if residuals is None or sight is None:
            return flat.reshape(*opinions.shape[:2], -1)
        score = sight.confidence.flatten(0, 1).cpu().numpy()
        confidence = _confidence_of(score, self.lifter.takes, self.lifter.gives)
        sigma = residuals.sigma(Evidence(confidence=confidence, disagreement=flat.cpu().numpy()))
        return torch.from_numpy(_DISTANCE * sigma).to(flat).reshape(*opinions.shape[:2], -1)

    def _said(
        self, seen: Seen, opinions: Opinions, beside: list[Tensor]
    ) -> Float[Tensor, "batch answered value"]:
        """All that is said of a frame side by side, in the camera's axes; `_read` reads it."""
        poses, log_scale = opinions
        turn = seen.answered(self._answered(seen)).turn
        if turn is not None:
            poses = poses @ turn[:, :, None]
        expected = [] if log_scale is None else [log_scale.exp()]
        rest = [values.to(poses) for values in (*expected, *beside)]
        return torch.cat([poses.flatten(2), *rest], dim=-1)

    def _read(self, values: Float[Tensor, "time value"]) -> "_Said":
        joints = len(self.lifter.gives)
        left = before = expected = None
        if self._refine is not None:
            values, before, left = values.split([values.shape[1] - joints - 1, joints, 1], dim=1)
        if self._doubts:
            values, expected = values.split([values.shape[1] - joints, joints], dim=1)
        return _Said(
            opinions=values.unflatten(1, (-1, joints, 3)),
            before=before,
            expected=expected,
            left=None if left is None else left[:, 0] > 0,
        )

    def _answered(self, seen: Seen) -> slice:
        network = self.lifter.network
        return answered_frames(
            network.answers, seen.features.shape[1], network.frames, self._causal
        )

    def _checked(self, batch: int | None) -> int:
        if batch is None:
            if self.device.type != "cpu":
                return _BATCH_ELSEWHERE
            slides = self.lifter.network.answers == "sliding"
            return _BATCH_CPU_SLIDING if slides else _BATCH_CPU
        if batch < 1:
            raise PoiseError(f"a batch of {batch} frames has none; give 1 or more")
        return batch


def _alike(lifter: TrainedLifter, other: TrainedLifter | PathLike) -> TrainedLifter:
    """Another lifter of an ensemble, if it sees and answers as the first one."""
    other = other if isinstance(other, TrainedLifter) else load_lifter(other)
    for what in ("framing", "fps", "takes", "gives", "unit"):
        if getattr(other, what) != getattr(lifter, what):
            raise PoiseError(
                f"an ensemble's lifters see and answer alike: {what} of {lifter.method} is "
                f"{getattr(lifter, what)}, of {other.method} it is {getattr(other, what)}"
            )
    one, two = lifter.network, other.network
    if (one.answers, one.frames) != (two.answers, two.frames):
        raise PoiseError(
            f"an ensemble's lifters see and answer alike: {lifter.method} sees {one.frames} frames "
            f"and answers for {one.answers}, {other.method} {two.frames} and {two.answers}"
        )
    return other


class _Said(NamedTuple):
    """What is said of some frames in a row."""

    opinions: Float[Tensor, "time opinion joint 3"]
    before: Float[Tensor, "time joint"] | None  # how far opinions were apart before refining, m
    expected: Float[Tensor, "time joint"] | None  # how far off the network expects joints to be, m
    left: Bool[Tensor, " time"] | None  # frames that were not refined


def _confidence_of(
    score: Float[np.ndarray, "time joint"], takes: Skeleton, gives: Skeleton
) -> Float[np.ndarray, "time joint_out"]:
    """The detector's, of each joint that is answered; the mean for one it did not look for."""
    mean = score.mean(axis=1)
    columns = [
        score[:, takes.index(joint)] if joint in takes.joints else mean for joint in gives.joints
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
