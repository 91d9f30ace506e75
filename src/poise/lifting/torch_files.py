"""Files of torch.save read as data: nothing in them is run, whatever they hold.

Such a file is a pickle, and a pickle is a program that may call anything by its name. This reader
imports nothing. It knows how a tensor lies in the file; a few harmless objects that checkpoints
have beside their weights (a random generator's state, a learning rate of NumPy's) are skipped; any
other name ends the reading, and the user is told which.
"""

import os
import pickle
import pickletools
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase, BytesIO
from math import prod
from pathlib import Path
from typing import IO, Any, cast

import torch
from torch import Tensor

from poise.errors import PoiseError
from poise.files import PathLike, cannot_read

_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001  # the two numbers before torch's own zip files

_DTYPES = {
    "Float": torch.float32,
    "Double": torch.float64,
    "Half": torch.float16,
    "BFloat16": torch.bfloat16,
    "Long": torch.int64,
    "Int": torch.int32,
    "Short": torch.int16,
    "Char": torch.int8,
    "Byte": torch.uint8,
    "Bool": torch.bool,
    "Untyped": torch.uint8,
}

# What checkpoints hold beside weights. None of it is made: `_Skipped` stands in its place.
_HARMLESS = {
    "_codecs": "encode",
    "argparse": "Namespace",
    "builtins": "bool bytearray bytes complex dict float frozenset int list set slice str tuple",
    "collections": "Counter defaultdict",
    "numpy": "bool_ dtype float32 float64 int32 int64 ndarray",
    "numpy._core.multiarray": "_reconstruct scalar",
    "numpy.random": "__RandomState_ctor",
    "numpy.random._mt19937": "MT19937",
    "numpy.random._pcg64": "PCG64",
    "numpy.random._pickle": "__bit_generator_ctor __generator_ctor __randomstate_ctor",
    "numpy.random.bit_generator": "SeedSequence __pyx_unpickle_SeedSequence",
    "torch": "Size bfloat16 device float16 float32 float64 int32 int64 uint16 uint32 uint64 uint8",
    "torch._utils": "_rebuild_tensor_v3",
}
_OLD_NAMES = {"__builtin__": "builtins", "numpy.core.multiarray": "numpy._core.multiarray"}


@dataclass(frozen=True, slots=True)
class _Storage:
    """Numbers in the file."""

    key: str
    dtype: torch.dtype
    count: int


# Each class that a pickle can get hold of has a __setstate__ of its own. Without one, unpickling
# would set whatever attributes the file says, on the class itself if the file says so.


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor in the file: the arguments that torch rebuilds one from."""

    storage: Any
    offset: Any
    size: Any
    stride: Any
    requires_grad: Any = False
    hooks: Any = None
    metadata: Any = None

    def __setstate__(self, state: object) -> None:
        """Changes nothing."""


class Table(dict):
    """An OrderedDict in the file."""

    def __setstate__(self, state: object) -> None:
        """Changes nothing."""


class _Skipped:
    """In the place of something that is of no use here."""

    def __init__(self, *arguments: object, **options: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        """Changes nothing."""

    def __setitem__(self, key: object, value: object) -> None:
        pass

    def append(self, item: object) -> None:
        """Keeps nothing."""


class _Parameter:
    """nn.Parameter(tensor): the tensor."""

    def __new__(cls, data: Any, *rest: object) -> Any:
        return data

    def __setstate__(self, state: object) -> None:
        """Changes nothing."""


class _Reader(pickle.Unpickler):
    """Makes plain values, `Stored` and `Table`; remembers the storages by their keys."""

    def __init__(self, file: BufferedIOBase) -> None:
        _look_over(file)
        super().__init__(file, encoding="latin1")  # strings of Python 2 are bytes of any kind
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        """What a name in the pickle stands for; never the thing itself."""
        module = _OLD_NAMES.get(module, module)
        match module, name:
            case "collections", "OrderedDict":
                return Table
            case "torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2":
                return Stored
            case "torch._utils", "_rebuild_parameter":
                return _Parameter
            case "torch" | "torch.cuda" | "torch.storage", _ if (
                name.removesuffix("Storage") in _DTYPES
            ):
                return _DTYPES[name.removesuffix("Storage")]
        if name in _HARMLESS.get(module, "").split():
            return _Skipped
        if not f"{module}.{name}".replace(".", "").isidentifier():
            raise ValueError("not a name")
        raise PoiseError(
            f"asks for {module}.{name} when it is read. That is no part of a network's weights: "
            "the file was not read any further, and nothing in it was run. If it is your own, save "
            "the state dict alone: torch.save(network.state_dict(), path); if it is not, do not "
            "open it with other programs"
        )

    def persistent_load(self, saved: Any) -> Any:
        """A storage, by what torch says of it."""
        _, dtype, key, _, count, *_ = saved
        if not isinstance(dtype, torch.dtype):
            raise ValueError("a storage of no kind")
        storage = _Storage(str(key), dtype, int(count))
        if self.storages.setdefault(storage.key, storage) != storage or storage.count < 0:
            raise ValueError("storages that contradict each other")
        return storage


def _look_over(file: BufferedIOBase) -> None:
    """Refuses numbers larger than the file, for which the unpickler would make room at once."""
    start = file.tell()
    most = file.seek(0, os.SEEK_END)
    file.seek(start)
    for code, argument, _ in pickletools.genops(cast(IO[bytes], file)):
        if code.name in ("FRAME", "PUT", "LONG_BINPUT") and int(argument or 0) > most:
            raise ValueError("a number that cannot be")
    file.seek(start)


def read_torch(path: PathLike, choose: Callable[[Any], Mapping[str, Stored]]) -> dict[str, Tensor]:
    """The tensors that `choose` picks from what the file holds; only these are loaded."""
    with _in_words(path), Path(path).open("rb") as file:
        return _read_zip(file, choose) if zipfile.is_zipfile(file) else _read_stream(file, choose)


def _read_zip(
    file: BufferedIOBase, choose: Callable[[Any], Mapping[str, Stored]]
) -> dict[str, Tensor]:
    """The form since torch 1.6: the pickle and each storage are members of a zip."""
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        if any(name.endswith("/constants.pkl") for name in names):
            raise PoiseError("is a TorchScript program, not a set of weights; poise runs no others")
        pickles = [name for name in names if name.count("/") == 1 and name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise PoiseError("is a zip file, but not one that torch.save has written")
        folder = pickles[0].removesuffix("data.pkl")
        if f"{folder}byteorder" in names and archive.read(f"{folder}byteorder") != b"little":
            raise PoiseError("was written by a big-endian machine; save it again on another")
        chosen = choose(_Reader(BytesIO(archive.read(pickles[0]))).load())
        needed = {stored.storage.key for stored in chosen.values()}
        data = {key: archive.read(f"{folder}data/{key}") for key in needed}
    return {name: _tensor(stored, data) for name, stored in chosen.items()}


def _read_stream(
    file: BufferedIOBase, choose: Callable[[Any], Mapping[str, Stored]]
) -> dict[str, Tensor]:
    """The form before: five pickles in a row, then the storages."""
    file.seek(0)
    if _Reader(file).load() != _MAGIC or _Reader(file).load() != _PROTOCOL:
        raise ValueError("not torch's")
    if not _Reader(file).load()["little_endian"]:
        raise PoiseError("was written by a big-endian machine; save it again on another")
    reader = _Reader(file)
    chosen = choose(reader.load())
    needed = {stored.storage.key for stored in chosen.values()}
    data = {}
    for key in _Reader(file).load():
        storage = reader.storages[key]
        if int.from_bytes(file.read(8), "little") != storage.count:
            raise ValueError("storages that contradict each other")
        size = storage.count * storage.dtype.itemsize
        if key in needed:
            data[key] = file.read(size)
        elif len(file.read(size)) != size:  # of no use, but a cut file is a damaged one
            raise ValueError("cut short")
    return {name: _tensor(stored, data) for name, stored in chosen.items()}


def _tensor(stored: Stored, data: Mapping[str, bytes]) -> Tensor:
    storage = stored.storage
    if len(data[storage.key]) != storage.count * storage.dtype.itemsize:
        raise ValueError("a storage of another length than said")
    if prod(stored.size) > storage.count:  # one number repeated without end, say
        raise ValueError("a tensor larger than its storage")
    if not storage.count:
        return torch.empty(stored.size, dtype=storage.dtype)
    whole = torch.frombuffer(bytearray(data[storage.key]), dtype=storage.dtype)
    return whole.as_strided(stored.size, stored.stride, stored.offset).clone()


@contextmanager
def _in_words(path: PathLike) -> Iterator[None]:
    try:
        yield
    except PoiseError as error:
        raise PoiseError(f"{path}: {error}") from error
    except Exception as error:  # bytes that are no pickle, or half of one, fail in every way
        if isinstance(error, OSError) and error.errno is not None:
            raise cannot_read(path, error) from error
        raise PoiseError(
            f"{path}: not a file of torch.save, or a damaged or cut one; fetch or copy it again"
        ) from error
