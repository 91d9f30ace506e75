"""What `poise lift` leaves in a folder: everybody's motion, a report, an overlay."""

import logging
import re
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

import poise
from poise.body import write_contacts
from poise.detect import Pieces
from poise.errors import PoiseError
from poise.export import FORMATS, export
from poise.files import PathLike, cannot_write, check_writable
from poise.pipeline import Lifted, Person, Progress, Way
from poise.report import Findings, Overlay, Stage, write_report
from poise.report import Person as ReportedPerson
from poise.video import Picture, Video, ahead, open_video, write_video

_log = logging.getLogger(__name__)

_STRIP = 8  # pictures in a report
_STRIP_LARGEST = 640  # pixels
_PERSON = re.compile(r"person(\d+)\.(npz|keypoints\.npz|lifted\.npz|contacts\.json)")
_SOURCE = "source"  # the folder with what bodies are solved from


@dataclass(frozen=True)
class Places:
    """Where one person lies in such a folder: what came out, and what it was made from."""

    body: Path
    keypoints: Path
    lifted: Path
    contacts: Path


def places_of(folder: Path, number: int) -> Places:
    """Where this person lies, or is to lie; 1 is the most prominent one."""
    name, made_from = f"person{number}", folder / _SOURCE
    return Places(
        body=folder / f"{name}.npz",
        keypoints=made_from / f"{name}.keypoints.npz",
        lifted=made_from / f"{name}.lifted.npz",
        contacts=made_from / f"{name}.contacts.json",
    )


def people_in(folder: PathLike) -> list[Places]:
    """Everybody in a folder who can be solved again, in their order."""
    found = (_PERSON.fullmatch(path.name) for path in (Path(folder) / _SOURCE).glob("*.npz"))
    numbers = sorted(int(one[1]) for one in found if one and one[2] == "lifted.npz")
    if not numbers:
        raise PoiseError(
            f"{folder}: is not a folder that poise lift left with people in it: it has no "
            f"{_SOURCE}/person1.lifted.npz; lift the video again"
        )
    return [places_of(Path(folder), number) for number in numbers]


class Results:
    """The folder of one source. Nothing of an earlier run is touched before the new is complete."""

    def __init__(self, source: str, folder: Path | None, way: Way) -> None:
        camera = source.isdigit() and not Path(source).exists()
        self.source: str | int = int(source) if camera else source
        self.folder = folder or Path(f"{_name_of(source)}.poise")
        self._way = way
        self._new = not self.folder.exists()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        check_writable(self.folder)
        self._pieces: Pieces | None = None

    def abandon(self) -> None:
        """Nothing came of it: a folder that is new and still empty goes."""
        if self._new:
            with suppress(OSError):
                self.folder.rmdir()

    def pieces(self, video: Video) -> Pieces:
        """Where finished pieces of the video are kept until all is done."""
        about: dict[str, object] = {
            "video": video.fingerprint,
            "detector": str(self._way.detector),
            "seconds": self._way.seconds,
            "fps": self._way.fps,
            "poise": poise.__version__,
        }
        self._pieces = Pieces(self.folder / ".pieces", about)
        return self._pieces

    def write(
        self,
        lifted: Lifted,
        *,
        to: Sequence[str] = (),
        report: bool = True,
        overlay: bool = False,
        progress: Progress | None = None,
    ) -> list[Path]:
        """Write all, and answer what was written; `to` are programs and formats of `export`."""
        seconds, written = dict(lifted.seconds), []
        motions = [self._save(number, one) for number, one in enumerate(lifted.people, 1)]
        self._forget_others(len(lifted.people))
        if to and lifted.people:
            begun = time.perf_counter()
            everybody = [person.body or person.motion for person in lifted.people]
            stem = _name_of(str(self.source))
            written += export(everybody, self.folder, stem, to)
            self._forget_exports(stem, written)
            seconds["exporting"] = time.perf_counter() - begun
        if overlay and (lifted.found is None or lifted.live):
            _log.warning("no overlay is written: the pictures are gone, or there were none")
        elif overlay:
            begun = time.perf_counter()
            written.append(self.folder / "overlay.mp4")
            self._write_overlay(written[-1], lifted, progress)
            seconds["drawing the overlay"] = time.perf_counter() - begun
        if report:
            written.append(self.folder / "report.html")
            write_report(written[-1], self._findings(lifted, seconds))
        if self._pieces is not None:
            self._pieces.clear()
        return [*written, *motions]

    def _save(self, number: int, person: Person) -> Path:
        """One person: what came out, and what it was made from."""
        at = places_of(self.folder, number)
        (person.body or person.motion).save(at.body)
        person.tracked.keypoints.save(at.keypoints)
        if person.body is not None:
            person.motion.save(at.lifted)
            write_contacts(at.contacts, person.body.contacts)
        return at.body

    def _forget_others(self, people: int) -> None:
        """People of an earlier run that are not there any more."""
        for path in [*self.folder.iterdir(), *(self.folder / _SOURCE).glob("*")]:
            found = _PERSON.fullmatch(path.name)
            if found and int(found[1]) > people:
                path.unlink()

    def _forget_exports(self, stem: str, written: list[Path]) -> None:
        """Files of single people, when there were more or fewer of them."""
        for path in self.folder.glob("*_person*.*"):
            found = re.fullmatch(rf"{re.escape(stem)}_person\d+\.(\w+)", path.name)
            if found and found[1] in FORMATS and path not in written:
                path.unlink()

    def _write_overlay(self, path: Path, lifted: Lifted, progress: Progress | None) -> None:
        assert lifted.found is not None
        drawing = Overlay([person.keypoints for person in lifted.people], lifted.motions)
        with open_video(self.source, fps=self._way.fps) as video:
            last = float(lifted.found.times[-1])
            with (
                closing(ahead(video.pictures(), 8)) as pictures,
                write_video(path, video.width, video.height, video.fps) as out,
            ):
                for picture in pictures:
                    if picture.time > last:
                        break
                    out.add(drawing.draw(picture.rgb, picture.time), picture.time)
                    if progress:
                        share = min(1.0, picture.time / last) if last else 1.0
                        progress("drawing", share, f"{picture.time:.0f} s")

    def _findings(self, lifted: Lifted, seconds: dict[str, float]) -> Findings:
        """What the report tells."""
        found = lifted.found
        tracks = [person.tracked.keypoints for person in lifted.people]
        if found is not None:
            times, size, fps = found.times, found.image_size, found.fps
        else:
            longest = max(tracks, key=len)
            times, size, fps = longest.times, longest.image_size, longest.fps
        frames = len(times)
        cameras = [motion.camera for motion in lifted.motions if motion.camera is not None]
        told = self._way.fov_deg, self._way.focal_px, self._way.camera
        known = "the file" if any(track.camera for track in tracks) else ""
        return Findings(
            source=_shown(self.source),
            image_size=size,
            fps=fps,
            seconds=float(times[-1] - times[0]) + 1 / fps,
            frames=frames,
            variable_rate=bool(np.ptp(np.diff(times)) > 0.5 / fps) if frames > 1 else False,
            camera=cameras[0] if cameras else None,
            camera_known_from="what was given" if any(told) else known,
            people=tuple(
                ReportedPerson(
                    track=person.keypoints,
                    motion=person.motion,
                    body=person.body,
                    seconds_visible=float((person.tracked.keypoints.score > 0).any(axis=1).sum())
                    / person.tracked.keypoints.fps,
                    bridged=person.tracked.bridged,
                    missing=person.tracked.missing,
                    swaps_repaired=person.tracked.swaps_repaired,
                    jitter_before=person.jitter_before,
                    jitter_after=person.jitter,
                )
                for person in lifted.people
            ),
            strip=self._strip(times) if found is not None and not lifted.live else (),
            warnings=lifted.warnings,
            stages=tuple(
                Stage(name=name, seconds=took, frames=frames) for name, took in seconds.items()
            ),
            versions={"poise": poise.__version__, "mediapipe": version("mediapipe")},
        )

    def _strip(self, times: np.ndarray) -> tuple[tuple[float, np.ndarray], ...]:
        """A few pictures of the video, at even distances."""
        with open_video(self.source, fps=self._way.fps) as video:
            wanted = np.linspace(times[0], times[-1], 2 * _STRIP + 1)[1::2]
            pictures = [_picture_after(video, float(at)) for at in wanted]
        shown = {picture.time: picture.rgb for picture in pictures if picture is not None}
        return tuple(shown.items())


def _picture_after(video: Video, seconds: float) -> Picture | None:
    with closing(video.pictures(largest=_STRIP_LARGEST, after=seconds - 1e-3)) as pictures:
        return next(pictures, None)


def _shown(source: str | int) -> str:
    """What the report calls it: the name, not where it lies."""
    if isinstance(source, int):
        return f"camera {source}"
    return "a pipe" if source == "-" else Path(source).resolve().name


def _name_of(source: str) -> str:
    if source == "-":
        return "pipe"
    if source.isdigit():
        return f"camera{source}"
    return Path(source).resolve().stem or "video"
