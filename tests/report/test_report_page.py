"""The page: well formed, self-contained, small, the same every time, whatever was found."""

import base64
import re
import time
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from poise.cameras import Camera, look_at
from poise.motion import Keypoints, Motion
from poise.report import Findings, Person, Stage, write_report
from walker import standing, walking

SIZE = (320, 180)
CAMERA = Camera.from_field_of_view(*SIZE, horizontal_deg=60).at(look_at([3, -4, 1.4], [0, 1, 0.9]))
PICTURE = np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)


def person(motion: Motion, **more: object) -> Person:
    motion = replace(
        motion,
        camera=CAMERA,
        sigma=np.full(motion.xyz.shape[:2], 0.03),
        assumed=("the floor is level",),
    )
    xy = CAMERA.project(CAMERA.to_camera(motion.xyz))
    track = Keypoints(xy=xy, skeleton=motion.skeleton, image_size=SIZE, fps=30, times=motion.times)
    seen = len(motion) / 30
    return Person(track=track, motion=motion, seconds_visible=seen, **more)  # type: ignore[arg-type]


def findings(*people: Person, **more: object) -> Findings:
    facts: dict = {
        "source": "walk.mp4",
        "image_size": SIZE,
        "fps": 30,
        "seconds": 2.0,
        "frames": 60,
        "camera": CAMERA,
        "people": people,
        "strip": tuple((moment, PICTURE) for moment in (0.1, 0.9, 1.7)),
        "stages": (
            Stage(name="find", seconds=3, frames=60),
            Stage(name="lift", seconds=1, frames=60),
        ),
        "versions": {"poise": "0.1.0"},
    }
    return Findings(**(facts | more))


class Checker(HTMLParser):
    """Every element is closed in order; keeps the words and the attributes."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.words: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in ("img", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data.replace("\u00a0", " "))

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def values(self, tag: str, name: str) -> list[str]:
        return [value or "" for t, n, value in self.attributes if (t, n) == (tag, name)]


Write = Callable[[Findings], Checker]


@pytest.fixture(autouse=True)
def _few_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poise.report.images._MOMENTS", 2)  # which take most of the time


@pytest.fixture
def page(tmp_path: Path) -> Write:
    def write(found: Findings) -> Checker:
        write_report(tmp_path / "page.html", found)
        return Checker((tmp_path / "page.html").read_text("utf-8"))

    return write


def with_gap(motion: Motion) -> Motion:
    xyz = motion.xyz.copy()
    xyz[20:30] = np.nan
    return replace(motion, xyz=xyz)


def test_the_page_tells_what_was_found(page: Write) -> None:
    one = person(with_gap(walking()), missing=((0.66, 1.0),), swaps_repaired=3, height=1.756)
    seen = page(findings(one, warnings=("it broke off at 1.9 s",), camera_known_from="--fov 60"))
    for words in (
        *("1 person in 2.0 s of video, as 3D motion in one world", "1.76 m", "± 30 mm"),
        *("it broke off at 1.9 s", "60° across (from --fov 60)", "the floor is level"),
        *("find 3.0 s 20 75 %", "poise 0.1.0", "Left–right swaps 3 stretches repaired"),
    ):
        assert words in seen.text
    assert all(len(alt) > 10 for alt in seen.values("img", "alt"))
    assert len(seen.values("img", "alt")) == len(seen.values("img", "src"))


def test_the_page_needs_nothing_beside_it(page: Write, tmp_path: Path) -> None:
    seen = page(findings(person(walking())))
    assert not any("script" in tag for tag, _, _ in seen.attributes)
    for source in seen.values("img", "src"):
        kind, _, data = source.partition(",")
        assert kind == "data:image/webp;base64"
        assert base64.b64decode(data)[8:12] == b"WEBP"
    bare = re.sub(r"base64,[^\"]*", "", (tmp_path / "page.html").read_text("utf-8"))
    assert not re.search(r"https?:|//|@import|url\(", bare)


def test_names_are_words_and_never_markup(page: Write) -> None:
    evil = "<script>alert(1)</script> & \"'<b>.mp4"
    one = person(walking())
    one = replace(one, motion=replace(one.motion, assumed=(evil,)))
    told = findings(
        one,
        source=evil,
        warnings=(evil,),
        assumed=(evil,),
        camera_known_from=evil,
        versions={evil: evil},
        stages=(Stage(name=evil, seconds=1),),
    )
    seen = page(told)
    assert not any(
        tag in ("script", "b") and "alert" in str(value) for tag, _, value in seen.attributes
    )
    assert seen.text.count(evil) >= 7


def test_the_same_findings_give_the_same_bytes(tmp_path: Path) -> None:
    told = findings(person(with_gap(walking())))
    for name in ("a.html", "b.html"):
        write_report(tmp_path / name, told)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert (tmp_path / "a.html").stat().st_size < 400_000


def test_nobody_found_says_so_and_what_helps(page: Write) -> None:
    seen = page(findings())
    assert "Nobody was found in 2.0 s of video." in seen.text
    assert "More light" in seen.text
    assert len(seen.values("img", "src")) == 3


def test_nothing_but_a_name(page: Write) -> None:
    told: dict = {
        "strip": (),
        "stages": (),
        "versions": {},
        "camera": None,
        "seconds": 0.0,
        "frames": 0,
    }
    assert "Nobody was found" in page(findings(**told)).text


def test_one_frame(page: Write) -> None:
    assert "Person 1" in page(findings(person(standing()), seconds=0.03, frames=1)).text


def test_a_person_of_whom_nothing_is_known(page: Write) -> None:
    one = person(walking())
    track = replace(one.track, xy=np.full_like(one.track.xy, np.nan))
    xyz = np.full_like(one.motion.xyz, np.nan)
    unknown = replace(one, track=track, motion=replace(one.motion, xyz=xyz, sigma=None))
    seen = page(findings(unknown, person(walking())))
    assert "Confidence –" in seen.text
    assert "2 people" in seen.text


@pytest.mark.parametrize("kind", ["relative", "before the camera", "without sigma", "no camera"])
def test_motions_of_every_kind(page: Write, kind: str) -> None:
    one = person(walking())
    motion = {
        "relative": one.motion.relative(),
        "before the camera": one.motion.to_camera(CAMERA),
        "without sigma": replace(one.motion, sigma=None),
        "no camera": replace(one.motion, camera=None),
    }[kind]
    seen = page(findings(replace(one, motion=motion), camera=motion.camera))
    assert ("in one world" in seen.text) == (kind in ("without sigma", "no camera"))
    assert ("From above" in seen.text) == (kind != "relative")


def test_people_in_different_frames_share_no_ground(page: Write) -> None:
    a, b = person(walking()), person(walking())
    seen = page(findings(a, replace(b, motion=b.motion.to_camera(CAMERA))))
    grounds = [label for label in seen.values("svg", "aria-label") if "ground" in label]
    assert len(grounds) == 1
    assert "person 2" not in grounds[0]


def test_the_plan_is_turned_so_that_the_camera_looks_up_the_page(page: Write) -> None:
    seen = page(findings(person(walking())))
    dots = {
        name: [float(v or 0) for t, n, v in seen.attributes if (t, n) == ("circle", name)]
        for name in ("cx", "cy")
    }
    camera_y, others = dots["cy"][0], dots["cy"][1:3]
    assert camera_y > max(others)


def test_gaps_break_the_line_and_are_shaded(page: Write) -> None:
    gap = page(findings(person(with_gap(walking()), missing=((0.66, 1.0),))))
    whole = page(findings(person(walking())))

    def medians(seen: Checker) -> int:
        return seen.values("path", "class").count("median")

    assert medians(gap) == medians(whole) + 1  # of the confidence; sigma goes on
    assert gap.values("rect", "class").count("missing") == 2


@pytest.mark.budget
@pytest.mark.usefixtures("unchecked")
def test_an_hour_of_video_is_a_small_page_soon_written(tmp_path: Path) -> None:
    frames = 108_000
    rng = np.random.default_rng(0)
    base = walking(2.0).xyz
    xyz = base[np.arange(frames) % len(base)] + rng.normal(0, 0.01, (frames, 17, 3))
    motion = Motion(xyz=xyz, skeleton=walking().skeleton, fps=30, frame="world", placed=True)
    told = findings(person(motion), person(motion), seconds=3600.0, frames=frames)
    start = time.process_time()
    write_report(tmp_path / "page.html", told)
    took, size = time.process_time() - start, (tmp_path / "page.html").stat().st_size
    print(f"\nan hour, two people: {took:.1f} s, {size / 1000:.0f} kB")
    assert took < 5
    assert size < 1_000_000
