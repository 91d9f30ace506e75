"""`poise doctor`: what is installed here, what works, and what to do about the rest."""

import json as json_format
import os
import platform
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Annotated, Literal

import tyro

import poise
from poise.tables import table

State = Literal["ok", "broken", "absent"]
Version = tuple[list[int], bool]  # the numbers, and whether it is released

_FRAMES = 30  # that are solved: a second
_SOLVED_MM, _WRITTEN_MM = 30.0, 0.1  # joints may be off by so much, on average

# What each optional part of the package is for, in the words of pyproject.toml's extras.
EXTRAS = {
    "rtmpose": "another 2D detector: poise lift ... --detector rtmpose",
    "synthetic": "to render video with a known answer: examples/film.py",
    "tensorboard": "to watch a training: poise train lift ... --tensorboard",
    "usd": "binary USD: poise export ... --to usdc usdz",
    "dev": "to work on poise itself: tests, linters, types",
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    part: str
    state: State  # broken: a required part does not work
    detail: str


def doctor(*, json: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False) -> int:
    """Check what is installed here, what works, and what to do about the rest.

    Example: poise doctor --json

    Args:
        json: For programs.
    """
    findings = list(examine())
    broken = [finding for finding in findings if finding.state == "broken"]
    if json:
        report = {"ok": not broken, "findings": [asdict(finding) for finding in findings]}
        print(json_format.dumps(report, indent=2, ensure_ascii=False))
    else:
        marks = {"ok": "ok", "broken": "BROKEN", "absent": "-"}
        print(table((finding.part, marks[finding.state], finding.detail) for finding in findings))
        print(f"\n{len(broken)} broken" if broken else "\nall required parts work")
    return 1 if broken else 0


def examine() -> Iterator[Finding]:
    """Everything there is to know, one by one."""
    yield Finding("poise", "ok", f"{poise.__version__}, in {Path(poise.__file__).parent}")
    yield Finding("python", "ok", f"{platform.python_version()}, {sys.executable}")
    yield Finding("platform", "ok", f"{platform.platform()}, {_cores()} cores, {_memory()}")
    for look in (dependencies, _devices, _detector, _lifter, _body, _extras, _data):
        try:
            yield from look()
        except metadata.PackageNotFoundError:
            yield Finding("poise", "broken", "runs uninstalled: pip install -e . in its folder")
            return
        except ImportError as error:  # of a package that poise itself needs
            yield Finding("poise", "broken", f"cannot be imported: {error}")


def dependencies(extra: str = "") -> Iterator[Finding]:
    """Each package that poise asks for, against the range of versions it asks for."""
    for name, wanted in _requirements(extra):
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            remedy = f"pip install '{name}{wanted}'"
            yield Finding(name, "absent" if extra else "broken", f"not installed: {remedy}")
            continue
        if fits(found, wanted):
            yield Finding(name, "ok", found)
        else:
            remedy = f"pip install '{name}{wanted}'"
            yield Finding(name, "broken", f"{found}, but poise needs {wanted}: {remedy}")


def fits(version: str, wanted: str) -> bool:
    """Whether a version lies in a range such as ">=2.0,<3"; the bounds are themselves released.

    As PEP 440 has it, 3.0rc1 lies neither in >=3.0 nor in <3.0.
    """
    compare: dict[str, Callable[[Version, Version], bool]] = {
        ">=": lambda a, b: a >= b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        "<": lambda a, b: a[0] < b[0],
        "==": lambda a, b: a == b,
        "!=": lambda a, b: a != b,
    }
    bounds = re.findall(r"(>=|<=|==|!=|>|<)\s*([\w.]+)", wanted)
    return all(compare[sign](_parsed(version), _parsed(bound)) for sign, bound in bounds)


def _parsed(version: str) -> Version:
    """2.13.0+cpu is 2.13 and released, 2.0rc1 is 2 and not yet, which sorts before."""
    public = version.partition("+")[0]
    suffix = public.lstrip("0123456789.")
    numbers = [int(number) for number in re.findall(r"\d+", public.removesuffix(suffix))]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return numbers, re.search("a|b|c|rc|pre|dev", suffix) is None


def _requirements(extra: str) -> Iterator[tuple[str, str]]:
    for line in metadata.requires("poise") or []:
        package, _, condition = line.partition(";")
        belongs = re.search(r"extra == ['\"]([\w-]+)['\"]", condition)
        if (belongs[1] if belongs else "") == extra:
            found = re.match(r"\s*([\w.-]+)(?:\[[^\]]*\])?\s*(.*?)\s*$", package)
            if found:
                yield found[1], found[2]


def _devices() -> Iterator[Finding]:
    try:
        import torch
    except Exception as error:  # a torch that is half installed fails in many ways
        yield Finding("device cpu", "broken", f"torch cannot be imported: {error}; reinstall it")
        return
    yield Finding("device cpu", "ok", f"{torch.get_num_threads()} threads")
    for number in range(torch.cuda.device_count()):
        about = torch.cuda.get_device_properties(number)
        memory = f"{about.total_memory / 2**30:.0f} GiB"
        yield Finding(f"device cuda:{number}", "ok", f"{about.name}, {memory}")
    if torch.cuda.device_count() == 0:
        built = (
            f"torch is built for CUDA {torch.version.cuda}"
            if torch.version.cuda
            else ("this build of torch is for CPUs")
        )
        yield Finding("device cuda", "absent", built)
    if torch.backends.mps.is_available():
        yield Finding("device mps", "ok", "Apple's GPU")


def _detector() -> Iterator[Finding]:
    from poise.detect import BlazePose

    try:
        BlazePose()
    except poise.PoiseError as error:
        yield Finding("detector blazepose", "broken", str(error))
        return
    yield Finding("detector blazepose", "ok", "finds the person in its test picture")


def _lifter() -> Iterator[Finding]:
    from poise.lifting import bundled_lifter

    try:
        yield Finding("lifter", "ok", repr(bundled_lifter()))
    except poise.PoiseError as error:
        yield Finding("lifter", "broken", str(error))


def _body() -> Iterator[Finding]:
    """A second of walking, solved, and through the files that Blender opens."""
    import numpy as np

    from poise.body import solve
    from poise.conversions import convert
    from poise.data.loading import load
    from poise.data.maker import improvise
    from poise.export import export
    from poise.skeletons import H36M17

    walk = convert(improvise([0], 1.0, ("walk",), 30.0).body.motion, H36M17)[:_FRAMES]

    def off_mm(found: poise.Motion, true: poise.Motion) -> float:
        names = true.skeleton.joints
        xyz = found.xyz[:, [found.skeleton.index(name) for name in names]]
        return 1000 * float(np.linalg.norm(xyz - true.xyz, axis=-1).mean())

    with tempfile.TemporaryDirectory() as folder:
        try:
            body = solve(walk)
            files = export([body], Path(folder), "walk", ("bvh", "glb"))
            back = [off_mm(load(path), body.motion) for path in files]
        except poise.PoiseError as error:
            yield Finding("body", "broken", str(error))
            return
    off = off_mm(convert(body.motion, H36M17), walk)
    state: State = "ok" if off < _SOLVED_MM else "broken"
    yield Finding("body", state, f"a second of walking is solved, joints {off:.0f} mm off")
    for path, far in zip(files, back, strict=True):
        state = "ok" if far < _WRITTEN_MM else "broken"
        what = "written and read back" if state == "ok" else f"comes back {far:.0f} mm off"
        yield Finding(f"export {path.suffix[1:]}", state, what)


def _extras() -> Iterator[Finding]:
    for extra, gives in EXTRAS.items():
        missing = [finding.part for finding in dependencies(extra) if finding.state != "ok"]
        state: State = "absent" if missing else "ok"
        remedy = f"; missing {', '.join(missing)}: pip install 'poise[{extra}]'" if missing else ""
        yield Finding(f"extra {extra}", state, gives + remedy)


def _data() -> Iterator[Finding]:
    from poise.data.places import data_folder

    folder = data_folder()
    yield Finding("data folder", "ok" if folder.is_dir() else "absent", f"{folder} (POISE_DATA)")
    for place in sorted(folder.iterdir()) if folder.is_dir() else []:
        if place.is_dir() and not place.name.startswith("."):
            files = [path for path in place.rglob("*") if path.is_file()]
            size = sum(path.stat().st_size for path in files)
            yield Finding(f"data {place.name}", "ok", f"{len(files)} files, {size / 1e6:,.1f} MB")


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))  # those that this process may use
    return os.cpu_count() or 1


def _memory() -> str:
    try:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not on Windows
        return "memory unknown"
    return f"{size / 2**30:.1f} GiB of memory"
