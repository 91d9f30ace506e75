"""Files that are never half-written, never run code, and say what is wrong with them."""

import errno
import gzip
import json
import os
import re
import tempfile
import zipfile
import zlib
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from poise.errors import PoiseError

PathLike = str | os.PathLike[str]


@contextmanager
def write_aside(path: PathLike) -> Iterator[Path]:
    """A scratch path beside `path`, moved into place when the block ends well, removed if not.

    with write_aside("walk.npz") as scratch:
        scratch.write_bytes(data)
    """
    named = Path(path)
    if named.exists() and not named.is_file():
        raise PoiseError(f"{named}: cannot write: that is not an ordinary file; name another")
    target = named.resolve()  # a link stays a link, what it leads to is replaced
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _clear_away(target.parent)
        # The suffix stays, so that writers which look at it keep working.
        handle, name = tempfile.mkstemp(
            prefix=f".{target.name}.poise-{os.getpid()}-",
            suffix="".join(target.suffixes[-2:]),
            dir=target.parent,
        )
        os.close(handle)
    except OSError as error:
        raise cannot_write(named, error) from error
    scratch = Path(name)
    try:
        yield scratch
        scratch.chmod(0o666 & ~_UMASK)
        _flush_to_disk(scratch)
        scratch.replace(target)
    except OSError as error:
        raise cannot_write(named, error) from error
    finally:
        with suppress(FileNotFoundError):
            scratch.unlink()


def check_writable(folder: PathLike) -> None:
    """Refuse a folder that cannot be written, before an hour of work for it."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise cannot_write(folder, error) from error


def cannot_write(path: PathLike, error: OSError) -> PoiseError:
    """The refusal of the operating system, in words and with a remedy."""
    remedy = {
        errno.ENOSPC: "the disk is full; free some space or choose another folder",
        errno.EDQUOT: "the disk quota is used up; free some space or choose another folder",
        errno.EACCES: "no permission to write there; choose another folder",
        errno.EPERM: "no permission to write there; choose another folder",
        errno.EROFS: "that disk is read-only; choose another folder",
        errno.ENOTDIR: "a part of that path is a file, not a folder",
        errno.EEXIST: "a part of that path is a file, not a folder",
        errno.EISDIR: "that is a folder; name a file",
    }.get(error.errno or 0, error.strerror or str(error))
    return PoiseError(f"{path}: cannot write: {remedy}")


def cannot_read(path: PathLike, error: OSError) -> PoiseError:
    """The same for reading."""
    remedy = {
        errno.ENOENT: "no such file",
        errno.EISDIR: "that is a folder; name a file",
        errno.EACCES: "no permission to read it",
    }.get(error.errno or 0, error.strerror or str(error))
    return PoiseError(f"{path}: cannot read: {remedy}")


def read_bytes(path: PathLike, most: int | None = None) -> bytes:
    """A file's bytes, unpacked if it is gzipped, whatever its name says; `most` for a look only."""
    path = Path(path)
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            if not packed:
                return raw.read(-1 if most is None else most)
            with gzip.open(raw) as stream:
                return stream.read(-1 if most is None else most)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise PoiseError(
            f"{path}: the gzip data is damaged or cut short; fetch or copy the file again"
        ) from error
    except OSError as error:
        raise cannot_read(path, error) from error


def read_text(path: PathLike) -> str:
    """A text file, plain or gzipped, any line ends."""
    data = read_bytes(path)
    if b"\x00" in data:
        raise PoiseError(f"{path}: holds binary data where text is expected; save it as UTF-8 text")
    # Names in old mocap files come in any 8-bit code page; the numbers do not depend on it.
    return data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n")


def save_npz(path: PathLike, schema: str, about: dict[str, Any], **arrays: np.ndarray) -> None:
    """Write arrays and a JSON-able `about` as one .npz, the same bytes for the same content."""
    text = json.dumps({"schema": schema} | about, sort_keys=True)
    with (
        write_aside(path) as scratch,
        zipfile.ZipFile(scratch, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        for name, array in {"about": np.array(text), **arrays}.items():
            # A fixed date: np.savez writes the clock, so equal content would differ.
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, np.asanyarray(array), allow_pickle=False)


@contextmanager
def naming(path: PathLike) -> Iterator[None]:
    """Puts the file's name in front of what is wrong with its content."""
    try:
        yield
    except PoiseError as error:
        raise PoiseError(f"{path}: {error}") from error
    except KeyError as error:
        raise PoiseError(f"{path}: damaged: it lacks {error}; make or copy it again") from error
    except (TypeError, ValueError, AttributeError, RecursionError, IndexError) as error:
        words = " ".join(str(error).split())[:200]
        raise PoiseError(f"{path}: damaged: {words}; make or copy it again") from error


def load_npz(path: PathLike, schema: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read what `save_npz` wrote as (about, arrays); anything else is refused in words."""
    path = Path(path)
    about, arrays = read_arrays(path)
    kind, _, version = str(about.get("schema", "")).partition("/")
    wanted_kind, _, wanted_version = schema.partition("/")
    if kind != wanted_kind:
        found = f"a file of kind {kind}" if kind else "not a file of this program"
        raise PoiseError(f"{path}: {found}, where {wanted_kind} is expected")
    if version != wanted_version:
        raise PoiseError(
            f"{path}: has schema {kind}/{version}, this version of poise reads {schema}; "
            "write it again with a matching version"
        )
    return about, arrays


def npz_kind(path: PathLike) -> str:
    """What an .npz of ours holds ("Motion", "Keypoints", ...); empty for anyone else's."""
    about, _ = read_arrays(path, only=())  # the arrays, which may be large, stay packed
    return str(about.get("schema", "")).partition("/")[0]


def read_arrays(
    path: PathLike, only: Container[str] | None = None
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """All arrays of an .npz, or only some, and its `about` (empty if there is none).

    Never runs a pickle.
    """
    path = Path(path)
    try:
        with path.open("rb") as raw:  # opened here, because np.load leaves a damaged file open
            # np.load would take any other file for a pickle and say so.
            magic = raw.read(4)
            raw.seek(0)
            if magic[:2] == b"\x1f\x8b":
                raise PoiseError(f"{path}: is gzipped; unpack it first")
            if magic not in (b"PK\x03\x04", b"PK\x05\x06", b"\x93NUM"):
                raise PoiseError(f"{path}: not an .npz file, or a damaged one")
            file = np.load(raw, allow_pickle=False)
            if not isinstance(file, np.lib.npyio.NpzFile):
                raise PoiseError(f"{path}: a bare array, where an .npz with named arrays belongs")
            about = json.loads(str(file["about"])) if "about" in file.files else {}
            wanted = (name for name in file.files if name != "about")
            arrays = {name: file[name] for name in wanted if only is None or name in only}
    except OSError as error:
        if error.errno is None:  # NumPy says "I can't read this" as a bare OSError
            raise PoiseError(f"{path}: not an .npz file, or a damaged one") from error
        raise cannot_read(path, error) from error
    except ValueError as error:
        if "pickle" in str(error).lower():
            raise PoiseError(
                f"{path}: holds pickled Python objects, which can run code when read; poise does "
                "not open them; save it again as plain arrays"
            ) from error
        raise PoiseError(f"{path}: damaged: {error}") from error
    # RuntimeError: encrypted, or nested without end; MemoryError: a header that claims too much.
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, RuntimeError, MemoryError) as error:
        raise PoiseError(f"{path}: damaged or cut short; copy or make it again") from error
    if not isinstance(about, dict):
        raise PoiseError(f"{path}: damaged: its description is not a table")
    return about, arrays


@cache
def _clear_away(folder: Path) -> None:
    """Remove what killed processes have left half-written; once a folder and process."""
    for left in folder.glob(".*.poise-*-*"):
        owner = re.search(r"\.poise-(\d+)-", left.name)
        if owner and not _alive(int(owner[1])):
            left.unlink(missing_ok=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)  # asks, does not kill
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _read_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


_UMASK = _read_umask()  # once, while nothing else runs: reading it means setting it for a moment


def _flush_to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
