"""Public data sets, brought from their publisher when a user asks for one by name."""

import json
import logging
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from poise.data.transfer import Progress, checksum, fetch
from poise.data.unpack import BadArchiveError, unpack
from poise.errors import PoiseError, did_you_mean
from poise.files import PathLike, cannot_read, cannot_write

_log = logging.getLogger(__name__)

MANIFEST = "download.json"


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A data set that its publisher gives to everyone as one zip."""

    title: str
    home: str
    address: str
    holds: tuple[str, ...]  # endings of files that must be inside
    limit: int  # bytes; what it may unpack to
    sha256: str | None  # None: the publisher names none, so the first download's is recorded
    licence: str
    credit: str


DATASETS = {
    "cmu": Dataset(
        title="CMU Graphics Lab Motion Capture Database",
        home="http://mocap.cs.cmu.edu",
        address="http://mocap.cs.cmu.edu/allasfamc.zip",
        holds=(".asf", ".amc"),
        limit=8 << 30,  # it is about 1 GB
        sha256=None,
        licence="free for all uses, also in products; not to be resold as data, even converted",
        credit=(
            "The data used in this project was obtained from mocap.cs.cmu.edu. "
            "The database was created with funding from NSF EIA-0196217."
        ),
    ),
}


def dataset(name: str) -> Dataset:
    """One of the data sets that can be brought."""
    if name in DATASETS:
        return DATASETS[name]
    raise PoiseError(f"no data set is called {name!r}{did_you_mean(name, list(DATASETS))}")


def get(
    name: str,
    folder: PathLike,
    *,
    source: str | None = None,
    progress: Progress | None = None,
    attempts: int = 5,
    timeout: float = 30.0,
    wait: float = 1.0,
) -> Path:
    """Bring a data set into `folder`/`name` and answer that path; what is there is only verified.

    `source` is another address of the same zip, or of the folder it is in, or a zip on this disk.

    >>> get("cmu", data_folder())
    """
    about, folder = dataset(name), Path(folder)
    place = folder / name
    try:
        for part in (place, *place.parents):
            if part.is_file():
                raise PoiseError(
                    f"{part}: is a file, where a folder belongs; choose another folder"
                )
        known = manifest(place)
        if known is not None:
            wrong = damaged(place, progress)
            if not wrong:
                return place
            _refuse_to_lose(place, known)
            _log.warning(
                "%s: %d files are damaged or missing, such as %s; all are brought anew",
                place,
                len(wrong),
                wrong[0],
            )
        if known is None and place.exists() and any(place.iterdir()):
            raise PoiseError(
                f"{place}: holds files that poise did not bring; choose another folder"
            )
    except OSError as error:
        raise cannot_read(place, error) from error
    source = _with_name(about.address if source is None else source, Path(about.address).name)
    downloaded = _is_address(source)
    # A name of our own: what lies there under the publisher's is the user's.
    archive = folder / f".poise-{name}.zip" if downloaded else Path(source)
    if downloaded and not archive.exists():
        fetch(
            source,
            archive,
            sha256=about.sha256,
            progress=progress,
            attempts=attempts,
            timeout=timeout,
            wait=wait,
        )
    try:
        found = _verified(archive, about.sha256, known, progress)
        _install(archive, place, about, {"source": source, "sha256": found}, progress)
    except BadArchiveError as error:
        if not downloaded:
            raise
        archive.unlink(missing_ok=True)
        raise PoiseError(f"{error}; what was downloaded has been deleted") from error
    if downloaded:
        archive.unlink()
    return place


def damaged(place: PathLike, progress: Progress | None = None) -> list[str]:
    """The files of a data set that are missing or not as they were unpacked."""
    place = Path(place)
    known = manifest(place)
    if known is None:
        raise PoiseError(f"{place}: not a data set that poise brought (no {MANIFEST})")
    total, done, wrong = sum(size for size, _ in known["files"].values()), 0, []
    for name, (size, sha256) in known["files"].items():
        path = place / name
        if not path.is_file() or path.stat().st_size != size or checksum(path) != sha256:
            wrong.append(name)
        done += size
        if progress:
            progress("verifying", done, total)
    return wrong


def _refuse_to_lose(place: Path, known: dict[str, Any]) -> None:
    """A repair replaces the folder: nothing of the user's may be in it."""
    names = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
    foreign = sorted(names - known["files"].keys() - {MANIFEST})
    if foreign:
        raise PoiseError(
            f"{place}: is damaged, and holds {len(foreign)} files that poise did not bring, such "
            f"as {foreign[0]}; move them away and run the same command again"
        )


def _is_address(source: str) -> bool:
    """Whether this is a web address, not a file; what is neither is refused."""
    try:
        parts = urlsplit(source)
        port = parts.port  # reading it checks it
    except ValueError as error:
        raise PoiseError(f"{source}: not an address: {error}") from error
    if "://" not in source:
        return False
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in source or port == 0:
        raise PoiseError(
            f"{source}: give an address that begins with http:// or https://, or a zip"
        )
    return True


def _with_name(source: str, name: str) -> str:
    return source if source.endswith(".zip") else f"{source.rstrip('/')}/{name}"


def manifest(place: PathLike) -> dict[str, Any] | None:
    """What was noted when a data set was brought; None where none was."""
    path = Path(place) / MANIFEST
    try:
        known = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise cannot_read(path, error) from error
    except ValueError as error:
        raise PoiseError(f"{path}: damaged; move {place} away and run the same command") from error
    ours = isinstance(known, dict) and known.keys() >= {"title", "licence", "credit", "sha256"}
    files = known.get("files") if ours else None
    sound = isinstance(files, dict) and all(
        isinstance(entry, list) and list(map(type, entry)) == [int, str] for entry in files.values()
    )
    return known if sound else None


def _verified(
    archive: Path, expected: str | None, known: dict[str, Any] | None, progress: Progress | None
) -> str:
    """The archive's SHA-256, if it is the one that is known."""
    try:
        found = checksum(archive, progress)
    except OSError as error:
        raise cannot_read(archive, error) from error
    if expected is not None and found != expected:
        raise BadArchiveError(f"{archive}: wrong checksum: SHA-256 is {found}, expected {expected}")
    if expected is None and known is not None and found != known["sha256"]:
        raise BadArchiveError(
            f"{archive}: SHA-256 is {found}, but {known['sha256']} when it was first brought; if "
            f"its publisher has a new version, delete the old {MANIFEST} with its folder"
        )
    return found


def _install(
    archive: Path, place: Path, about: Dataset, origin: dict[str, str], progress: Progress | None
) -> None:
    """Unpack aside, note what is there, and move it into place as one."""
    aside, old = (place.with_name(f".poise-{place.name}.{end}") for end in ("new", "old"))
    try:
        for leftover in (aside, old):  # of a run that was killed
            if leftover.exists():
                shutil.rmtree(leftover)
        files = unpack(archive, aside, limit=about.limit, progress=progress)
        missing = [end for end in about.holds if not any(file.suffix == end for file in files)]
        if missing:
            raise BadArchiveError(f"{archive}: holds no {missing[0]} file; not the {about.title}")
        listing = {
            file.relative_to(aside).as_posix(): [file.stat().st_size, checksum(file)]
            for file in files
        }
        words = {"title": about.title, "home": about.home, "licence": about.licence}
        noted = words | {"credit": about.credit} | origin | {"files": listing}
        (aside / MANIFEST).write_text(json.dumps(noted, indent=1))
        if place.exists():
            place.rename(old)
        aside.rename(place)
        if old.exists():
            shutil.rmtree(old)
    except OSError as error:
        raise cannot_write(place, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
