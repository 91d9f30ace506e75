"""Bring one file from the web: resumed where it broke off, moved into place when it is whole."""

import hashlib
import http.client
import json
import logging
import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import poise
from poise.errors import PoiseError
from poise.files import PathLike, cannot_write, write_aside

Progress = Callable[[str, int, int | None], None]
"""Called with what is being done, how many bytes of it are done, and of how many, if known."""

_log = logging.getLogger(__name__)

_CHUNK = 1 << 18
_HEADWAY = 1 << 20  # a try that brought this many bytes does not count as failed
_WORTH_ANOTHER_TRY = (408, 425, 429, 500, 502, 503, 504)


@dataclass(frozen=True)
class _Part:
    """What has arrived of a file, and what the server called the version it is of."""

    path: Path

    @property
    def note(self) -> Path:
        return self.path.with_name(self.path.name + ".json")

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def version(self, url: str) -> str | None:
        """The version that the part belongs to; None if it cannot be continued from there."""
        try:
            noted_url, version = json.loads(self.note.read_text())
        except (OSError, ValueError, TypeError):
            return None
        return version if noted_url == url else None

    def start(self, url: str, version: str | None) -> None:
        with write_aside(self.note) as scratch:
            scratch.write_text(json.dumps([url, version]))

    def drop(self) -> None:
        for path in (self.path, self.note):
            path.unlink(missing_ok=True)


class _BrokenOffError(Exception):
    """The transfer ended early, for a reason that may pass."""


def fetch(
    url: str,
    path: PathLike,
    *,
    sha256: str | None = None,
    progress: Progress | None = None,
    attempts: int = 5,
    timeout: float = 30.0,
    wait: float = 1.0,
) -> str:
    """Bring the file at `url` to `path` and answer its SHA-256.

    Until it is whole and verified it is called `path`.part, which the next call continues.
    `attempts` tries without headway are made, `wait` seconds and then ever longer apart.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise PoiseError(f"{url}: not an address on the web (http:// or https://)")
    target = Path(path)
    part = _Part(target.with_name(target.name + ".part"))
    tell = progress or (lambda *_: None)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        failures = 0
        while True:
            before = part.size
            try:
                _continue(url, part, tell, timeout)
                break
            except _BrokenOffError as error:
                failures = 0 if part.size - before >= _HEADWAY else failures + 1
                if failures >= attempts:
                    raise _gave_up(url, part, error) from error.__cause__
                _log.info("%s: %s; trying again", url, error)
                time.sleep(wait * 2 ** max(failures - 1, 0))
        found = checksum(part.path, tell)
        if sha256 is not None and found != sha256.lower():
            part.drop()
            raise PoiseError(
                f"{url}: wrong checksum: SHA-256 is {found}, expected {sha256}; "
                "what was downloaded has been deleted"
            )
        part.path.replace(target)
        part.drop()
    except OSError as error:
        raise cannot_write(target, error) from error
    return found


def checksum(path: PathLike, progress: Progress | None = None) -> str:
    """A file's SHA-256."""
    path = Path(path)
    digest, done, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            done += len(chunk)
            if progress:
                progress("checking", done, total)
    return digest.hexdigest()


def _continue(url: str, part: _Part, tell: Progress, timeout: float) -> None:
    """One request: bring what is missing of the part, or all of it."""
    headers = {"User-Agent": f"poise/{poise.__version__}", "Accept-Encoding": "identity"}
    size, version = part.size, part.version(url)
    if size and version:
        # If-Range: the server sends the rest only if the file is still the one we have a part of.
        headers |= {"Range": f"bytes={size}-", "If-Range": version}
    try:
        with _open(urllib.request.Request(url, headers=headers), timeout) as answer:
            if "text/html" in answer.headers.get("Content-Type", ""):
                raise PoiseError(
                    f"{url}: the server sent a web page where a file belongs; the file may have "
                    "moved, or the network asks for a login first"
                )
            if answer.status == 206 and _starts_at(answer) != size:
                part.drop()
                raise _BrokenOffError("the server sent another range than it was asked for")
            if answer.status != 206:
                size = 0  # the file has changed, or the server knows no ranges: all from the start
                part.drop()
                part.start(url, _version(answer))
            _receive(answer, part, size, tell)
    except urllib.error.HTTPError as error:
        if error.code == 416 and size:
            if error.headers.get("Content-Range", "") == f"bytes */{size}":
                return  # nothing is missing: the last run ended between the last byte and the name
            part.drop()
            raise _BrokenOffError("the file has changed on the server") from error
        raise _refused(url, error) from error


def _open(request: urllib.request.Request, timeout: float) -> Any:
    try:
        return urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        if error.code in _WORTH_ANOTHER_TRY:
            raise _BrokenOffError(f"the server answers {error.code} {error.reason}") from error
        raise
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        reason = getattr(error, "reason", error)
        raise _BrokenOffError(f"no connection ({reason})") from error


def _receive(answer: Any, part: _Part, size: int, tell: Progress) -> None:
    length = answer.headers.get("Content-Length")
    total = size + int(length) if length is not None and length.isdigit() else None
    _check_room(part.path, total, size)
    with part.path.open("ab" if size else "wb") as file:
        tell("downloading", size, total)
        while True:
            try:
                chunk = answer.read(_CHUNK)
            except (http.client.HTTPException, OSError) as error:
                raise _BrokenOffError(f"the connection broke ({error})") from error
            if not chunk:
                break
            file.write(chunk)
            size += len(chunk)
            tell("downloading", size, total)
    # A closed connection looks like the end of the file.
    if total is not None and size < total:
        raise _BrokenOffError(f"the connection ended after {size:,} of {total:,} bytes")


def _version(answer: Any) -> str | None:
    """What names this version of the file to the server; a weak ETag may not be used for ranges."""
    etag = answer.headers.get("ETag")
    if etag and not etag.startswith("W/"):
        return str(etag)
    return answer.headers.get("Last-Modified")


def _starts_at(answer: Any) -> int | None:
    found = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    return int(found[1]) if found else None


def _check_room(path: Path, total: int | None, have: int) -> None:
    free = shutil.disk_usage(path.parent).free
    if total is not None and total - have > free:
        raise PoiseError(
            f"{path.parent}: the file needs {total - have:,} bytes more and the disk has "
            f"{free:,} free; free some space or choose another folder"
        )


def _refused(url: str, error: urllib.error.HTTPError) -> PoiseError:
    if error.code in (404, 410):
        return PoiseError(
            f"{url}: there is no such file ({error.code}); its publisher may have moved it"
        )
    return PoiseError(f"{url}: the server refuses: {error.code} {error.reason}")


def _gave_up(url: str, part: _Part, error: _BrokenOffError) -> PoiseError:
    if part.size:
        return PoiseError(
            f"{url}: {error}; {part.size:,} bytes are kept: run the same command again to resume"
        )
    with suppress(OSError):
        part.drop()
    return PoiseError(f"{url}: {error}; check the network and run the same command again")
