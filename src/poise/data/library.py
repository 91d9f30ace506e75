"""Many motions by name: chosen by split, subject or action, and read one at a time.

>>> library = MotionLibrary.open("data/mocap17").select(split="train", action="walking")
>>> for clip in library:
...     motion = library[clip.key]
"""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import SupportsIndex

import numpy as np

from poise.data.asf import Asf
from poise.data.clips import Clip, Entry
from poise.data.motion_folder import folder_entries
from poise.data.motion_pack import (
    MOCAP17_SHA256,
    is_pack,
    pack_entries,
    read_library,
    write_library,
)
from poise.errors import PoiseError, did_you_mean
from poise.files import PathLike
from poise.motion import Motion
from poise.resampling import check_rate, is_regular
from poise.skeletons import Skeleton
from poise.skeletons import skeleton as skeleton_named

__all__ = ["MOCAP17_SHA256", "Clip", "MotionLibrary"]

Told = str | Mapping[str, str]
"""The same for all clips, or for each by its key."""

Subject = SupportsIndex | str
"""A person by number (NumPy's too) or by name."""


@dataclass(frozen=True, eq=False)
class MotionLibrary:
    """Clips in a fixed order, each with its motion.

    >>> library = MotionLibrary.open("folder").on("h36m17").at(30)
    >>> motion = library["02/02_01"]

    Motions of a folder are read when asked for and not kept; those of one file are in memory.
    """

    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        if not self.entries:
            raise PoiseError("a library needs at least one clip")
        key, times = Counter(entry.stored.key for entry in self.entries).most_common(1)[0]
        if times > 1:
            raise PoiseError(f"two clips of a library are called {key!r}; rename one")

    @staticmethod
    def open(path: PathLike, asf: Asf | PathLike | None = None) -> "MotionLibrary":
        """A folder of motion files, the folder of the mocap17 pack, or a file that `save` wrote.

        `asf` is the skeleton for files of exponential maps, which have none; without it they are
        left out, and a warning is logged. A damaged file is refused by its name rather than left
        out, so that nobody trains on less than they think.
        """
        path = Path(path)
        if is_pack(path):
            return MotionLibrary(tuple(pack_entries(path)))
        if path.is_dir():
            return MotionLibrary(tuple(folder_entries(path, asf)))
        return MotionLibrary(tuple(read_library(path)))

    @staticmethod
    def of(
        motions: Mapping[str, Motion],
        *,
        subject: Subject | Mapping[str, Subject] | None = None,
        action: Told = "",
        split: Told = "",
        source: Told = "",
    ) -> "MotionLibrary":
        """Motions that are in memory; what is told of them holds for all, or for each by its key.

        >>> MotionLibrary.of({"hop_1": motion}, action="hop", split="train", source="made")
        """
        all_told = {"subject": subject, "action": action, "split": split, "source": source}
        for name, told in all_told.items():
            for key in told if isinstance(told, Mapping) else ():
                if key not in motions:
                    near = did_you_mean(key, list(motions), list_all=False)
                    raise PoiseError(f"{name} names a clip {key!r}, but none is called so{near}")
        entries = []
        for key, motion in motions.items():
            if not is_regular(motion):
                raise PoiseError(f"clip {key}: its timestamps are irregular; resample it first")
            clip = Clip(
                key=key,
                frames=len(motion),
                fps=float(motion.fps),
                subject=_plain(key, subject.get(key) if isinstance(subject, Mapping) else subject),
                action=action.get(key, "") if isinstance(action, Mapping) else action,
                split=split.get(key, "") if isinstance(split, Mapping) else split,
                source=source.get(key, "") if isinstance(source, Mapping) else source,
            )
            entries.append(Entry(stored=clip, origin=motion))
        return MotionLibrary(tuple(entries))

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Clip]:
        return (entry.clip for entry in self.entries)

    def __contains__(self, key: object) -> bool:
        return key in self._by_key

    def __getitem__(self, key: str) -> Motion:
        return self._entry(key).motion()

    def __or__(self, other: "MotionLibrary") -> "MotionLibrary":
        return MotionLibrary(self.entries + other.entries)

    def __repr__(self) -> str:
        splits = Counter(entry.stored.split for entry in self.entries if entry.stored.split)
        told = "".join(f", {split} {count}" for split, count in splits.items())
        return f"MotionLibrary({len(self)} clips, {self.seconds / 60:.1f} min{told})"

    @property
    def seconds(self) -> float:
        """How long all clips last together."""
        return sum(clip.seconds for clip in self)

    def clip(self, key: str) -> Clip:
        """What is known of one clip."""
        return self._entry(key).clip

    def select(
        self,
        *,
        split: str | None = None,
        subject: Subject | Collection[Subject] | None = None,
        action: str | None = None,
    ) -> "MotionLibrary":
        """The clips of one split, of one subject or several, and with an action.

        `action` is one or more whole words of what the clip says: "walk" finds "slow walk, wave",
        not "walking"; "" finds clips that say nothing.
        """
        names = None if subject is None else self._subjects(subject)
        chosen = tuple(
            entry
            for entry in self.entries
            if (split is None or entry.stored.split == split)
            and (names is None or str(entry.stored.subject) in names)
            and (action is None or _says(entry, action))
        )
        if not chosen:
            asked = {"split": split, "subject": subject, "action": action}
            told = [f"{name} {value!r}" for name, value in asked.items() if value is not None]
            splits = sorted({entry.stored.split or "none" for entry in self.entries})
            hint = f"; splits are {', '.join(splits)}"
            if action is not None and not any(_says(entry, action) for entry in self.entries):
                hint = did_you_mean(action, self._actions(), list_all=False)
            raise PoiseError(f"no clip has {', '.join(told)}{hint}")
        return MotionLibrary(chosen)

    def with_splits(
        self, *, val: Subject | Collection[Subject] = (), test: Subject | Collection[Subject] = ()
    ) -> "MotionLibrary":
        """Splits by subject, so that nobody is in two of them; everyone else is for training."""
        test_names, val_names = self._subjects(test), self._subjects(val)
        if both := test_names & val_names:
            raise PoiseError(f"subject {min(both)} cannot be in val and in test")

        def split(subject: int | str | None) -> str:
            name = str(subject)
            return "test" if name in test_names else "val" if name in val_names else "train"

        return MotionLibrary(
            tuple(
                replace(entry, stored=replace(entry.stored, split=split(entry.stored.subject)))
                for entry in self.entries
            )
        )

    def on(self, skeleton: Skeleton | str) -> "MotionLibrary":
        """The same motions on another joint set, converted when they are read."""
        target = skeleton_named(skeleton) if isinstance(skeleton, str) else skeleton
        return MotionLibrary(tuple(replace(entry, skeleton=target) for entry in self.entries))

    def at(self, fps: float) -> "MotionLibrary":
        """The same motions at another frame rate, resampled when they are read."""
        check_rate(fps)
        return MotionLibrary(tuple(replace(entry, fps=fps) for entry in self.entries))

    def save(self, path: PathLike) -> None:
        """All motions in one .npz, that `open` reads; the same bytes for the same content."""
        write_library(path, ((clip, self[clip.key]) for clip in self))

    def content_hash(self) -> str:
        """SHA-256 of the keys and positions (float32), in the order of the keys."""
        digest = hashlib.sha256()
        for key in sorted(self._by_key):
            digest.update(key.encode())
            digest.update(np.ascontiguousarray(self[key].xyz, "<f4").tobytes())
        return digest.hexdigest()

    def verify(self, sha256: str = MOCAP17_SHA256) -> "MotionLibrary":
        """Itself, if its content is the one known by this hash: the mocap17 pack, version 1."""
        found = self.content_hash()
        if found != sha256:
            raise PoiseError(
                f"the motions differ from those known by the hash {sha256[:12]}... (theirs is "
                f"{found[:12]}...), so results would not be comparable; fetch them again"
            )
        return self

    @cached_property
    def _by_key(self) -> dict[str, Entry]:
        return {entry.stored.key: entry for entry in self.entries}

    def _entry(self, key: str) -> Entry:
        try:
            return self._by_key[key]
        except KeyError:
            near = did_you_mean(key, list(self._by_key), list_all=False)
            raise PoiseError(f"no clip is called {key!r} among {len(self)}{near}") from None

    def _actions(self) -> list[str]:
        """What clips say they hold, whole and in words."""
        told = {entry.stored.action for entry in self.entries}
        return sorted({part for text in told for part in (*text.split(", "), *text.split())})

    def _subjects(self, wanted: Subject | Collection[Subject]) -> set[str]:
        """Subjects by name, if there are clips of each."""
        if isinstance(wanted, str) or not isinstance(wanted, Collection):
            wanted = [wanted]
        names = [str(subject) for subject in wanted]
        known = {str(entry.stored.subject) for entry in self.entries}
        for name in names:
            if name not in known:
                raise PoiseError(f"no clip is of subject {name}{did_you_mean(name, sorted(known))}")
        return set(names)


def _plain(key: str, subject: Subject | None) -> int | str | None:
    """A subject as files keep it."""
    if subject is None or isinstance(subject, str):
        return subject
    try:
        return subject.__index__()
    except AttributeError:
        raise PoiseError(
            f"clip {key}: its subject is {subject!r}, not a whole number or a name"
        ) from None


def _says(entry: Entry, words: str) -> bool:
    """Whether a clip's action has these words, whole and in a row; without words: has none."""
    said = entry.stored.action
    return bool(re.search(rf"(?<!\w){re.escape(words)}(?!\w)", said, re.I)) if words else not said
