"""Unpack a zip from the web: whole, checked, and never outside its folder."""

import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from poise.data.transfer import Progress
from poise.errors import PoiseError
from poise.files import PathLike, cannot_read, cannot_write

# Motion as text packs to a fifth or a tenth; a thousandth is an attack on the disk.
_MOST_RATIO = 200
_MOST_MEMBERS = 200_000


class BadArchiveError(PoiseError):
    """The archive itself is at fault, not the disk: getting it anew may help, trying again not."""


def unpack(
    archive: PathLike, folder: PathLike, *, limit: int, progress: Progress | None = None
) -> list[Path]:
    """Unpack all files into a new folder, at most `limit` bytes; each one's checksum is verified.

    If anything is wrong, nothing is left behind.
    """
    archive, folder = Path(archive), Path(folder)
    tell = progress or (lambda *_: None)
    try:
        with zipfile.ZipFile(archive) as packed:
            members = _checked(packed, archive, limit)
            total, done, files = sum(member.file_size for member in members), 0, []
            _make(folder, total)
            try:
                for member in members:
                    target = folder / member.filename
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with packed.open(member) as source, target.open("xb") as file:
                        # Reading to the end compares the member's CRC.
                        shutil.copyfileobj(source, file, 1 << 18)
                    files.append(target)
                    done += member.file_size
                    tell("unpacking", done, total)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise BadArchiveError(f"{archive}: damaged, or not a zip file ({error})") from error
    except FileNotFoundError as error:
        raise cannot_read(archive, error) from error
    except OSError as error:
        raise cannot_write(folder, error) from error
    return files


def _checked(packed: zipfile.ZipFile, archive: Path, limit: int) -> list[zipfile.ZipInfo]:
    """The files of the archive, if every one may be unpacked."""
    members = [member for member in packed.infolist() if not member.is_dir()]
    if len(members) > _MOST_MEMBERS:
        raise BadArchiveError(f"{archive}: holds {len(members):,} files; that is no data set")
    names = set()
    for member in members:
        name, kind = member.filename, member.external_attr >> 16
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
            raise BadArchiveError(f"{archive}: {name!r} points outside of the folder; not unpacked")
        if stat.S_IFMT(kind) not in (0, stat.S_IFREG):
            raise BadArchiveError(f"{archive}: {name!r} is a link or a device; not unpacked")
        if member.flag_bits & 1:
            raise BadArchiveError(f"{archive}: {name!r} is encrypted; not unpacked")
        if name.casefold() in names:
            raise BadArchiveError(f"{archive}: {name!r} is there twice; not unpacked")
        names.add(name.casefold())
        if member.file_size > max(member.compress_size, 1 << 10) * _MOST_RATIO:
            raise BadArchiveError(f"{archive}: {name!r} would unpack far too large; not unpacked")
    total = sum(member.file_size for member in members)
    if total > limit:
        raise BadArchiveError(
            f"{archive}: would unpack to {total:,} bytes, more than the {limit:,} it should have"
        )
    return members


def _make(folder: Path, total: int) -> None:
    folder.mkdir(parents=True)
    free = shutil.disk_usage(folder).free
    if total > free:
        folder.rmdir()
        raise PoiseError(
            f"{folder.parent}: {total:,} bytes are to be unpacked and the disk has {free:,} free; "
            "free some space or choose another folder"
        )
