"""HoT (Li et al., CVPR 2024) and H2OT (TPAMI 2025): an hourglass around any token lifter.

Neighbouring frames of a film say nearly the same, so after some blocks only a few of them go on,
and the rest comes back in the end. The lifter's own weights do not change.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from poise.errors import PoiseError
from poise.methods.contract import (
    Answers,
    AttendsOverFrames,
    Lesson,
    Pools,
    Shortens,
    TokenLifter,
    Tokens,
)
from poise.methods.hot import selection
from poise.methods.hot.config import Config
from poise.methods.hot.recovering import RecoveringAttention, between
from poise.methods.naming import check_frames
from poise.nn.transformer import positions

Keypoints = Float[Tensor, "batch time joint feature"]
Poses = Float[Tensor, "batch answered joint 3"]
Index = Int[Tensor, "batch kept"]
Cuts = list[Int[Tensor, "batch _"]]
"""What each cut keeps, of those that came to it."""
Noise = list[Float[Tensor, "_ _"]]
"""Draws from 0 to 1 for each cut, (batch or 1, frames that come to it)."""


class Hourglass(nn.Module):
    """The lifter's `embed`, its `blocks` on fewer and fewer frames, its `head`.

    In training the noise of the selection is drawn anew each time; otherwise it is the same for
    every clip, so that the same clip is always answered alike.
    """

    def __init__(self, config: Config[Any], lifter: TokenLifter) -> None:
        super().__init__()
        self.config, self.lifter = config, lifter
        self.frames = lifter.frames
        self.answers: Answers = "middle frame" if config.recover == "none" else "every frame"
        answers_all = lifter.head_answers == "every frame"
        # Of the middle frame alone it learns from all that are kept, as the papers do.
        self.learns: Answers = "every frame" if answers_all else "middle frame"
        draws = np.random.default_rng(config.seed)
        for number, (layer, kept) in enumerate(zip(config.layers, config.tokens, strict=True)):
            before = (self.frames, *config.tokens)[number]
            self.register_buffer(
                f"noise_{number}", torch.tensor(draws.random(before).tolist()), persistent=False
            )
            if isinstance(lifter, Shortens):
                lifter.shorten(layer, kept)
            if config.prune == "attention":
                self._watch(layer)
        if config.recover == "attention":
            inside = config.lifter
            channels, heads = inside.channels, inside.heads
            self.slots = nn.ParameterList(
                positions(1, kept, 1, channels, spread=config.positions) for kept in config.tokens
            )
            self.recovering = RecoveringAttention(
                self.frames,
                channels,
                heads,
                bias=getattr(inside, "bias", True),
                spread=config.positions,
            )

    def forward(
        self,
        keypoints: Keypoints,
        noise: Noise | None = None,
        index: Cuts | None = None,
    ) -> Poses:
        """The noise and what each cut keeps may be given, for the published comparisons."""
        poses, kept, _ = self.kept_poses(keypoints, noise, index)
        if self.answers == "every frame":
            return poses
        return self._middle(poses, kept)

    def kept_poses(
        self,
        keypoints: Keypoints,
        noise: Noise | None = None,
        index: Cuts | None = None,
    ) -> tuple[Poses, Index, Cuts]:
        """What comes out of the head (recovered, if so), which frames were kept, and each cut."""
        check_frames("hot", self.frames, keypoints)
        x, kept, cuts = self.pruned(keypoints, noise, index)
        if self.config.recover == "attention":
            folded = x.transpose(1, 2).flatten(0, 1)  # (batch * token, kept, channel)
            x = self.recovering(folded).unflatten(0, (len(x), -1)).transpose(1, 2)
            return self.lifter.head(x), kept, cuts
        poses = self.lifter.head(x)
        if self.config.recover != "none":
            nearest = self.config.recover == "nearest"
            poses = between(poses, kept, self.frames, nearest=nearest)
        return poses, kept, cuts

    def pruned(
        self,
        keypoints: Keypoints,
        noise: Noise | None = None,
        index: Cuts | None = None,
    ) -> tuple[Float[Tensor, "batch kept token channel"], Index, Cuts]:
        """What leaves the last block, the frames it is of, and what each cut kept."""
        x = self.lifter.embed(keypoints)
        kept = torch.arange(self.frames, device=x.device).expand(len(x), -1)
        cuts: Cuts = []
        for number, block in enumerate(self.lifter.blocks):
            if number in self.config.layers:
                cut = len(cuts)
                if index is not None:
                    chosen = index[cut]
                else:
                    chosen = self._choose(cut, x, kept, keypoints, noise)
                x = x.gather(1, chosen[:, :, None, None].expand(-1, -1, *x.shape[2:]))
                kept = kept.gather(1, chosen)
                cuts.append(chosen)
                if self.config.recover == "attention":
                    x = x + self.slots[cut]
            x = block(x)
        return x, kept, cuts

    @torch.no_grad()
    def _choose(
        self,
        cut: int,
        x: Tokens,
        kept: Int[Tensor, "batch time"],
        keypoints: Float[Tensor, "batch window joint feature"],
        noise: Noise | None,
    ) -> Index:
        config, keep = self.config, self.config.tokens[cut]
        centre = None
        if config.recover == "none":
            centre = (kept == (self.frames - 1) // 2).int().argmax(dim=1)
        match config.prune:
            case "uniform":
                return selection.spread_out(len(x), x.shape[1], keep, centre, x.device)
            case "motion":
                scores = selection.motion(keypoints).gather(1, kept)
            case "attention":
                scores = self._attention_paid(config.layers[cut], len(x))
            case "cluster":
                scores = selection.peaks(self.pool(x), self._noise(cut, x, noise))
        return selection.best(scores, keep, centre)

    def pool(self, x: Tokens) -> Float[Tensor, "batch time feature"]:
        """What tells the frames apart."""
        return self.lifter.pool(x) if isinstance(self.lifter, Pools) else x.mean(dim=2)

    def _noise(self, cut: int, x: Tokens, given: Noise | None) -> Float[Tensor, "_ frame"]:
        if given is not None:
            return given[cut]
        if self.training:
            return torch.rand(x.shape[:2], device=x.device)
        fixed: Tensor = getattr(self, f"noise_{cut}")
        return fixed[None]

    def _watch(self, layer: int) -> None:
        """Have the last attention over frames before a cut tell who is attended to."""
        lifter = self.lifter
        if isinstance(lifter, AttendsOverFrames):
            for number in reversed(range(layer)):
                if found := lifter.attention_over_frames(number):
                    for attention in found:
                        attention.watched = True
                    return
        raise PoiseError(
            f"hot: before block {layer} of this lifter frames do not attend to one another, so "
            "attention cannot tell which to keep; choose another prune, or a later layer"
        )

    def _attention_paid(self, layer: int, batch: int) -> Float[Tensor, "batch frame"]:
        lifter = self.lifter
        assert isinstance(lifter, AttendsOverFrames)
        asked = (lifter.attention_over_frames(number) for number in reversed(range(layer)))
        found = [attention.paid for attention in next(filter(None, asked))]
        each = [paid.unflatten(0, (batch, -1)).mean(dim=1) for paid in found if paid is not None]
        return torch.stack(each).mean(dim=0)

    def _middle(self, poses: Poses, kept: Index) -> Float[Tensor, "batch 1 joint 3"]:
        """Of poses for the kept frames, the one of the middle frame."""
        if self.lifter.head_answers == "middle frame":
            return poses
        place = (kept == (self.frames - 1) // 2).int().argmax(dim=1)
        return poses.gather(1, place[:, None, None, None].expand(-1, 1, *poses.shape[2:]))

    def learn(
        self,
        keypoints: Keypoints,
        target: Float[Tensor, "batch frame joint 3"],
        inside: Bool[Tensor, "batch frame"],
    ) -> Lesson:
        """All frames where they are recovered; else those that are kept."""
        poses, kept, _ = self.kept_poses(keypoints)
        if self.answers == "middle frame" and self.learns == "every frame":
            target = target.gather(1, kept[:, :, None, None].expand(-1, -1, *target.shape[2:]))
            inside = inside.gather(1, kept)
        return Lesson(predicted=poses, target=target, inside=inside)

    def look_twice(
        self, keypoints: Keypoints, mirrored: Keypoints, turn_back: Callable[[Tensor], Tensor]
    ) -> Float[Tensor, "batch answered 2 joint 3"]:
        """Where only the middle frame is answered for, the mirror image keeps the same frames."""
        if self.answers == "every frame":
            one, other = self(torch.cat([keypoints, mirrored])).chunk(2)
        else:
            poses, kept, cuts = self.kept_poses(keypoints)
            one, other = self._middle(poses, kept), self(mirrored, index=cuts)
        return torch.stack([one, turn_back(other)], dim=2)
