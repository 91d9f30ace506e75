"""Checkpoints of strangers: read to the bit, refused in words, and nothing in them ever runs."""

import os
import pickle
import pickletools
import struct
import subprocess
import sys
import zipfile
from argparse import Namespace
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from poise.errors import PoiseError
from poise.lifting import save_lifter
from poise.lifting.published import load_network, load_published, read_published
from poise.lifting.torch_files import read_torch
from poise.lifting.trained import load_lifter
from poise.methods import method
from poise.methods.simplebaseline import Config as SimpleBaselineConfig
from poise.methods.videopose3d import Config as VideoPose3DConfig
from poise.skeletons import COCO17, H36M16, H36M17, HUMANEVA15

CONFIG = VideoPose3DConfig(widths=(3, 3), channels=8)
FORMS = pytest.mark.parametrize("zipped", [True, False], ids=["zip", "stream"])


def published(config: Any = CONFIG, name: str = "videopose3d") -> dict[str, Tensor]:
    torch.manual_seed(8)
    chosen = method(name)
    return dict(chosen.to_published(config, chosen.network(config).state_dict()))


def checkpoint(state: dict[str, Tensor]) -> dict[str, Any]:
    """All that the published ones hold."""
    network = nn.Linear(2, 2)
    optimiser = torch.optim.Adam(network.parameters(), amsgrad=True)
    network(torch.randn(3, 2)).sum().backward()
    optimiser.step()
    return {
        "epoch": 80,
        "lr": np.float64(1e-4),
        "random_state": np.random.RandomState(1234),
        "generator": np.random.default_rng(1),
        "optimizer": optimiser.state_dict(),
        "args": Namespace(frames=243, names=["a"]),
        "best": np.arange(3.0),
        "size": torch.Size([1]),
        "model_pos": OrderedDict(state),
        "model_traj": None,
        "random_state_semi": None,
    }


def write(path: Path, content: Any, zipped: bool = True) -> Path:
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    return path


def same(found: dict[str, Tensor], wanted: dict[str, Tensor]) -> bool:
    return set(found) == set(wanted) and all(
        torch.equal(found[name], tensor) and found[name].dtype == tensor.dtype
        for name, tensor in wanted.items()
    )


# --- what can be read


@FORMS
def test_a_published_checkpoint_is_read_to_the_bit(tmp_path: Path, zipped: bool) -> None:
    state = published()
    path = write(tmp_path / "pretrained.bin", checkpoint(state), zipped)
    assert same(read_published(path), state)


@FORMS
@pytest.mark.parametrize("place", ["state_dict", "model_state_dict", "model", "network", ""])
def test_the_network_is_found_wherever_authors_keep_it(
    tmp_path: Path, zipped: bool, place: str
) -> None:
    state = published()
    content = {"epoch": 1, place: state} if place else state
    assert same(read_published(write(tmp_path / "a.pth", content, zipped)), state)


def test_one_network_of_several_is_asked_for_by_name(tmp_path: Path) -> None:
    pose, root = published(), published(VideoPose3DConfig(widths=(3, 3), channels=8, joints=1))
    path = write(tmp_path / "a.bin", {"model_pos": pose, "model_traj": root})
    assert same(read_published(path), pose)
    assert same(read_published(path, part="model_traj"), root)
    with pytest.raises(PoiseError, match="a.bin: holds no network called 'model_x'; it holds"):
        read_published(path, part="model_x")


@FORMS
def test_every_kind_of_number_is_read(tmp_path: Path, zipped: bool) -> None:
    state = {
        str(dtype): torch.tensor([[0, 1, 2], [3, 4, 5]]).to(dtype)
        for dtype in (
            torch.float32,
            torch.float64,
            torch.float16,
            torch.bfloat16,
            torch.int64,
            torch.int32,
            torch.int16,
            torch.int8,
            torch.uint8,
            torch.bool,
        )
    }
    views = torch.arange(24.0).view(2, 3, 4)
    state |= {"turned": views.mT, "part": views[1, :, 1:3], "all": views}  # of one storage
    state |= {"scalar": torch.tensor(3.5), "empty": torch.zeros(0, 4)}
    content = state | {
        "parameter": nn.Parameter(torch.ones(2)),
        "others": torch.ones(2).to(torch.uint16),
    }
    found = read_published(write(tmp_path / "a.pt", content, zipped))
    assert torch.equal(found.pop("parameter"), torch.ones(2))
    assert same(found, state)


def test_safetensors_are_read(tmp_path: Path) -> None:
    state = published()
    save_file(state, tmp_path / "a.safetensors")
    assert same(read_published(tmp_path / "a.safetensors"), state)
    (tmp_path / "half.safetensors").write_bytes((tmp_path / "a.safetensors").read_bytes()[:500])
    with pytest.raises(PoiseError, match="half.safetensors: not a .safetensors file, or a damaged"):
        read_published(tmp_path / "half.safetensors")


def test_checkpoints_of_python_2_are_read(tmp_path: Path) -> None:
    """Their strings are bytes, and an OrderedDict is made from a list of pairs."""
    stream = write(tmp_path / "a.bin", {"weight": torch.arange(3.0)}, zipped=False).read_bytes()
    head, body = stream.split(b"\x80\x02}q\x00X\x06\x00\x00\x00weightq\x01", 1)
    old = (
        head
        + b"\x80\x02ccollections\nOrderedDict\n](U\x06weight"
        + body.replace(b"s.", b"ta\x85R.", 1)
    )
    (tmp_path / "old.bin").write_bytes(old)
    found = read_published(tmp_path / "old.bin")
    assert same(found, {"weight": torch.arange(3.0)})


def test_what_is_not_asked_for_is_not_loaded(tmp_path: Path) -> None:
    content = {"model": {"a": torch.zeros(1)}, "huge": torch.zeros(1_000_000)}
    for zipped in (True, False):
        path = write(tmp_path / "a.bin", content, zipped)
        found = read_torch(path, lambda held: {"a": held["model"]["a"]})
        assert list(found) == ["a"]


# --- ready for use


@FORMS
def test_a_published_network_answers_as_it_did(tmp_path: Path, zipped: bool) -> None:
    state = {"module." + name: tensor for name, tensor in published().items()}
    path = write(tmp_path / "pretrained.bin", checkpoint(state), zipped)
    lifter = load_published(path, "videopose3d")
    torch.manual_seed(8)
    network = method("videopose3d").network(CONFIG).eval()
    keypoints = torch.randn(1, 12, 17, 2)
    assert torch.equal(lifter.network(keypoints), network(keypoints))
    assert lifter.config == CONFIG
    assert (lifter.takes, lifter.gives, lifter.fps) == (H36M17, H36M17, 50)
    assert lifter.framing.kind == "screen"
    assert lifter.framing.features == 2
    save_lifter(tmp_path / "a.safetensors", lifter)
    assert torch.equal(
        load_lifter(tmp_path / "a.safetensors").network(keypoints), network(keypoints)
    )


def test_joint_sets_follow_from_the_number_of_joints_or_the_caller(tmp_path: Path) -> None:
    path = write(tmp_path / "coco.bin", published())
    assert load_published(path, "videopose3d", takes=COCO17).takes == COCO17
    with pytest.raises(PoiseError, match="coco.bin: has 17 joints, but humaneva15 has 15"):
        load_published(path, "videopose3d", gives=HUMANEVA15)
    small = SimpleBaselineConfig(width=8, joints_in=16, joints=16)
    path = write(tmp_path / "flat.bin", published(small, "simplebaseline"))
    assert load_published(path, "simplebaseline").takes == H36M16
    root = VideoPose3DConfig(widths=(3,), channels=8, joints=1)
    path = write(tmp_path / "root.bin", published(root))
    with pytest.raises(PoiseError, match="root.bin: has 1 joints, which no joint set is known for"):
        load_published(path, "videopose3d")
    assert load_network(path, "videopose3d")[0] == root


def test_another_methods_weights_are_refused_and_recognised(tmp_path: Path) -> None:
    path = write(tmp_path / "a.bin", published())
    with pytest.raises(PoiseError, match="a.bin: these are no weights of mixste: .* they fit 'vid"):
        load_published(path, "mixste")
    with pytest.raises(PoiseError, match="a.bin: 'expand_conv.weight' has the shape"):
        load_published(path, "videopose3d", channels=1024)
    with pytest.raises(PoiseError, match="no method is called 'videopos'; did you mean 'videopose"):
        load_published(path, "videopos")


def test_weights_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    state = published() | {"shrink.bias": torch.full((51,), torch.nan)}
    path = write(tmp_path / "a.bin", state)
    with pytest.raises(PoiseError, match="a.bin: shrink.bias holds numbers that are not finite"):
        load_published(path, "videopose3d")


# --- damaged files


@FORMS
def test_half_a_file_is_refused_wherever_it_is_cut(tmp_path: Path, zipped: bool) -> None:
    whole = write(tmp_path / "a.bin", checkpoint(published()), zipped).read_bytes()
    path = tmp_path / "half.bin"
    for length in [0, 1, 2, 30, *range(100, len(whole) - 1, len(whole) // 40), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(PoiseError, match=r"half\.bin: "):
            read_published(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"hello, world\n" * 20, b"cos: a list\nof things\n", b"\x89PNG\r\n", b"\x80\x02."],
)
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(content)
    with pytest.raises(PoiseError, match="a.bin: not a file of torch.save, or a damaged"):
        read_published(path)


def test_files_that_hold_no_network_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PoiseError, match="none.bin: cannot read: no such file"):
        read_published(tmp_path / "none.bin")
    with pytest.raises(PoiseError, match="cannot read: that is a folder"):
        read_published(tmp_path)
    path = write(tmp_path / "a.bin", {"epoch": 3, "lr": 0.1})
    with pytest.raises(PoiseError, match="a.bin: holds no state dict; it holds: epoch, lr"):
        read_published(path)
    path = write(path, [1, 2])
    with pytest.raises(PoiseError, match="a.bin: holds no state dict; save one"):
        read_published(path)
    np.savez(tmp_path / "b.npz", a=np.zeros(3))
    with pytest.raises(PoiseError, match="is a zip file, but not one that torch.save has written"):
        read_published(tmp_path / "b.npz")
    with zipfile.ZipFile(tmp_path / "c.pt", "w") as archive:
        archive.writestr("c/data.pkl", b"")
        archive.writestr("c/constants.pkl", b"")
    with pytest.raises(PoiseError, match="is a TorchScript program"):
        read_published(tmp_path / "c.pt")


def test_a_flipped_bit_is_found_or_harmless(tmp_path: Path) -> None:
    """Anywhere in the pickle: the file is read, or refused in words; nothing else happens."""
    state = {"weight": torch.arange(4.0), "bias": torch.zeros(2)}
    whole = bytearray(write(tmp_path / "a.bin", {"model": state}, zipped=False).read_bytes())
    path = tmp_path / "b.bin"
    for place in range(len(whole) - 24):
        for bit in (0, 3, 6):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << bit
            path.write_bytes(damaged)
            try:
                read_published(path)
            except PoiseError as error:
                assert str(error).startswith(f"{path}: ")


# --- hostile files


class Call:
    """Pickles as a call of `function`, as exploits do."""

    def __init__(self, function: Callable, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple:
        return self.call


def named(name: str, *arguments: bytes) -> bytes:
    """A pickle that calls anything by its name with bytes, without having to import it here."""
    module, _, function = name.rpartition(".")
    return b"\x80\x02c%s\n%s\n(%stR." % (
        module.encode(),
        function.encode(),
        b"".join(b"X" + struct.pack("<I", len(word)) + word for word in arguments),
    )


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "it-ran"


def wrapped(path: Path, program: bytes, kind: str) -> Path:
    """A pickle as a bare file, as a torch zip, or within torch's older form."""
    if kind == "bare":
        path.write_bytes(program)
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", program)
            archive.writestr("archive/version", b"3\n")
    else:
        stream = write(path, {}, zipped=False).read_bytes()
        head = stream[: stream.rindex(b"\x80\x02}q\x00.")]
        path.write_bytes(head + program + b"\x80\x02]q\x00.")
    return path


KINDS = pytest.mark.parametrize("kind", ["bare", "zip", "stream"])


@KINDS
@pytest.mark.parametrize("nested", [False, True])
def test_a_call_of_the_system_does_not_run(
    tmp_path: Path, marker: Path, kind: str, nested: bool
) -> None:
    call: Any = Call(os.system, f"touch {marker}")
    content = {"epoch": 1, "model_pos": {"a": [1, {"b": call}]}} if nested else call
    program = pickle.dumps(content, protocol=2)
    path = wrapped(tmp_path / "evil.bin", program, kind)
    with pytest.raises(PoiseError) as caught:
        read_published(path)
    assert not marker.exists()
    words = str(caught.value)
    assert words.startswith(f"{path}: asks for {os.system.__module__}.system when it is read")
    assert "nothing in it was run" in words
    pickle.loads(program)  # the bait is real: whoever trusts the file runs it
    assert marker.exists()


@FORMS
def test_torch_itself_may_have_written_the_exploit(
    tmp_path: Path, marker: Path, zipped: bool
) -> None:
    state: dict[str, Any] = dict(published())
    state["shrink.bias"] = Call(os.system, f"touch {marker}")
    path = write(tmp_path / "evil.bin", checkpoint(state), zipped)
    with pytest.raises(PoiseError, match="asks for .*system when it is read"):
        read_published(path)
    with pytest.raises(PoiseError, match="asks for .*system when it is read"):
        load_published(path, "videopose3d")
    assert not marker.exists()


@KINDS
@pytest.mark.parametrize(
    "name",
    [
        "os.system",
        "posix.system",
        "nt.system",
        "subprocess.Popen",
        "builtins.eval",
        "builtins.exec",
        "builtins.getattr",
        "builtins.__import__",
        "__builtin__.eval",
        "importlib.import_module",
        "operator.attrgetter",
        "functools.partial",
        "pickle.loads",
        "_pickle.loads",
        "runpy.run_path",
        "pathlib.Path",
        "numpy.load",
        "numpy.fromfile",
        "numpy.testing._private.utils.runstring",
        "numpy.f2py.capi_maps.getinit",
        "numpy.core.multiarray.fromfile",
        "torch.load",
        "torch.serialization.load",
        "torch.serialization._open_file",
        "torch.serialization.add_safe_globals",
        "torch.storage._load_from_bytes",
        "torch.jit.load",
        "torch.hub.load",
        "torch._utils._rebuild_device_tensor_from_numpy",
        "torch.nn.modules.linear.Linear",
        "torch.ops.load_library",
        "collections.OrderedDict.fromkeys",
        "poise.lifting.torch_files.read_torch",
    ],
)
def test_every_other_name_ends_the_reading(
    tmp_path: Path, marker: Path, kind: str, name: str
) -> None:
    path = wrapped(tmp_path / "evil.bin", named(name, f"touch {marker}".encode()), kind)
    asked = name.replace("__builtin__", "builtins").replace("numpy.core.", "numpy._core.")
    with pytest.raises(PoiseError, match=f"asks for {asked} when it is read"):
        read_published(path)
    assert not marker.exists()


def test_a_name_built_while_reading_ends_it_too(tmp_path: Path, marker: Path) -> None:
    """STACK_GLOBAL takes its name from the stack; INST and OBJ are older ways to call."""
    touch = b"X" + struct.pack("<I", 5) + b"touch"
    programs = [
        b"\x80\x04\x8c\x02os\x8c\x06system\x93" + touch + b"\x85R.",
        b"(" + touch + b"ios\nsystem\n.",
        b"(cos\nsystem\n" + touch + b"o.",
        b"\x80\x02cos\nsystem\n" + touch + b"\x85\x81.",
        b"\x80\x04cos\nsystem\n)}\x92.",
    ]
    for program in programs:
        list(pickletools.genops(program))  # each is a pickle
        path = wrapped(tmp_path / "evil.bin", program, "zip")
        with pytest.raises(PoiseError, match="asks for os.system"):
            read_published(path)


@pytest.mark.parametrize(
    "name",
    [
        "collections.OrderedDict",
        "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_parameter",
        "torch.FloatStorage",
        "numpy.dtype",
    ],
)
def test_what_names_stand_for_cannot_be_changed_from_a_file(tmp_path: Path, name: str) -> None:
    """BUILD sets attributes on whatever lies on the stack, a class as well as an object."""
    before = {key: str(value) for key, value in vars(torch).items() if "Storage" in key}
    state = published()
    module, _, last = name.rpartition(".")
    head = b"\x80\x02c%s\n%s\n" % (module.encode(), last.encode())
    for change in (b"}X\x01\x00\x00\x00xK\x01sb.", b"N}X\x07\x00\x00\x00__new__K\x01s\x86b."):
        path = wrapped(tmp_path / "evil.bin", head + change, "zip")
        with pytest.raises(PoiseError):
            read_published(path)
        assert same(read_published(write(tmp_path / "good.bin", checkpoint(state))), state)
    assert before == {key: str(value) for key, value in vars(torch).items() if "Storage" in key}


@pytest.mark.parametrize(
    ("size", "stride", "offset"),
    [
        ((1 << 40,), (0,), 0),  # one number, repeated until memory is full
        ((4,), (1,), 1 << 40),  # beyond the end
        ((4,), (1,), -1),
        ((2, 2), (3, 1), 0),
        ((-4,), (1,), 0),
        ((4,), (-1,), 3),
        (("4",), (1,), 0),
        (4, 1, 0),
    ],
)
def test_tensors_reach_no_memory_but_their_own(
    tmp_path: Path, size: Any, stride: Any, offset: Any
) -> None:
    path = write(tmp_path / "a.bin", {"weight": torch.arange(4.0)})
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    key = next(name for name in held if name.endswith("data.pkl"))
    program = held[key]
    plain = b"K\x00K\x04\x85q\x08K\x01\x85q\t"  # offset, size, stride
    assert plain in program
    other = b"".join(pickle.dumps(part, protocol=2)[2:-1] for part in (offset, size, stride))
    held[key] = program.replace(plain, other)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in held.items():
            archive.writestr(name, data)
    with pytest.raises(PoiseError, match="a.bin: not a file of torch.save, or a damaged"):
        read_published(path)


def test_reading_imports_nothing_that_the_file_names(tmp_path: Path) -> None:
    path = wrapped(tmp_path / "evil.bin", named("antigravity.fly"), "zip")
    code = (
        "import sys\nfrom poise.lifting.published import read_published\n"
        f"try: read_published({str(path)!r})\n"
        "except Exception as error: print(error)\n"
        "print('antigravity' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "asks for antigravity.fly" in done.stdout
    assert done.stdout.splitlines()[-1] == "False"
