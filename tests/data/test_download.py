"""Downloads: resumed, verified, unpacked safely, and refused in words."""

import errno
import hashlib
import io
import json
import stat
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from poise.data import download, places, transfer, unpack
from poise.errors import PoiseError
from serving import Site, serve

DATA = np.random.default_rng(0).bytes(200_000)
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def site() -> Iterator[Site]:
    with serve(Site(DATA)) as running:
        yield running


def fetch(site: Site, folder: Path, **more: Any) -> bytes:
    transfer.fetch(site.url, folder / "file.zip", wait=0, **more)
    assert sorted(path.name for path in folder.iterdir()) == ["file.zip"]  # no part, no note
    return (folder / "file.zip").read_bytes()


def part_of(folder: Path) -> int:
    return (folder / "file.zip.part").stat().st_size


class TestTransfer:
    def test_a_file_arrives_whole(self, site: Site, tmp_path: Path) -> None:
        seen: list[tuple[str, int, int | None]] = []
        assert fetch(site, tmp_path, progress=lambda *now: seen.append(now)) == DATA
        assert seen[0] == ("downloading", 0, len(DATA))
        assert ("downloading", len(DATA), len(DATA)) in seen
        assert seen[-1] == ("checking", len(DATA), len(DATA))

    def test_a_broken_transfer_goes_on_where_it_broke(self, site: Site, tmp_path: Path) -> None:
        site.break_after = [70_000, 50_000]
        assert fetch(site, tmp_path, sha256=SHA256) == DATA
        assert [asked.get("Range") for asked in site.asked] == [
            None,
            "bytes=70000-",
            "bytes=120000-",
        ]
        assert site.asked[1]["If-Range"] == '"one"'

    def test_the_next_run_goes_on_where_this_one_gave_up(self, site: Site, tmp_path: Path) -> None:
        site.break_after = [70_000]
        with pytest.raises(PoiseError, match="run the same command again to resume"):
            fetch(site, tmp_path, attempts=1)
        assert part_of(tmp_path) == 70_000
        assert fetch(site, tmp_path) == DATA
        assert site.asked[-1]["Range"] == "bytes=70000-"

    def test_a_server_without_ranges_sends_all_again(self, site: Site, tmp_path: Path) -> None:
        site.ranges, site.break_after = False, [70_000]
        assert fetch(site, tmp_path) == DATA

    @pytest.mark.parametrize("etag", [None, 'W/"weak"'])
    def test_without_a_version_to_name_it_starts_anew(
        self, site: Site, tmp_path: Path, etag: str | None
    ) -> None:
        site.etags, site.break_after = [etag], [70_000]
        assert fetch(site, tmp_path) == DATA
        assert "Range" not in site.asked[-1]

    def test_a_file_that_changed_in_between_is_not_patched(
        self, site: Site, tmp_path: Path
    ) -> None:
        site.break_after = [70_000]
        with pytest.raises(PoiseError, match="resume"):
            fetch(site, tmp_path, attempts=1)
        site.data, site.etags = DATA[::-1], ['"two"']
        assert fetch(site, tmp_path) == DATA[::-1]

    def test_a_part_of_another_address_is_not_continued(self, site: Site, tmp_path: Path) -> None:
        site.break_after = [70_000]
        with pytest.raises(PoiseError, match="resume"):
            fetch(site, tmp_path, attempts=1)
        site.url = site.url.replace("allasfamc", "another")
        assert fetch(site, tmp_path) == DATA
        assert "Range" not in site.asked[-1]

    def test_a_part_that_is_already_whole_is_taken(self, site: Site, tmp_path: Path) -> None:
        (tmp_path / "file.zip.part").write_bytes(DATA)
        (tmp_path / "file.zip.part.json").write_text(json.dumps([site.url, '"one"']))
        assert fetch(site, tmp_path) == DATA
        assert len(site.asked) == 1

    def test_a_part_longer_than_the_file_is_dropped(self, site: Site, tmp_path: Path) -> None:
        (tmp_path / "file.zip.part").write_bytes(DATA + b"more")
        (tmp_path / "file.zip.part.json").write_text(json.dumps([site.url, '"one"']))
        assert fetch(site, tmp_path) == DATA

    @pytest.mark.parametrize("note", ["", "{}", '["http"', "3"])
    def test_a_damaged_note_only_costs_time(self, site: Site, tmp_path: Path, note: str) -> None:
        (tmp_path / "file.zip.part").write_bytes(b"junk")
        (tmp_path / "file.zip.part.json").write_text(note)
        assert fetch(site, tmp_path) == DATA

    def test_a_tired_server_is_asked_again(self, site: Site, tmp_path: Path) -> None:
        site.statuses = [500, 503, 200]
        assert fetch(site, tmp_path) == DATA

    def test_a_server_that_stays_tired_is_named(self, site: Site, tmp_path: Path) -> None:
        site.statuses = [500] * 3
        with pytest.raises(PoiseError, match="500 Internal Server Error"):
            fetch(site, tmp_path, attempts=3)
        assert len(site.asked) == 3
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(("status", "words"), [(404, "no such file"), (403, "refuses: 403")])
    def test_a_refusal_is_final(self, site: Site, tmp_path: Path, status: int, words: str) -> None:
        site.statuses = [status]
        with pytest.raises(PoiseError, match=words):
            fetch(site, tmp_path)
        assert len(site.asked) == 1

    def test_a_wrong_checksum_deletes_what_came(self, site: Site, tmp_path: Path) -> None:
        site.data = b"not what was promised" * 100
        with pytest.raises(PoiseError, match=r"wrong checksum.*has been deleted"):
            fetch(site, tmp_path, sha256=SHA256)
        assert list(tmp_path.iterdir()) == []

    def test_a_web_page_is_not_taken_for_the_file(self, site: Site, tmp_path: Path) -> None:
        site.data, site.kind = b"<html>please log in</html>", "text/html; charset=utf-8"
        with pytest.raises(PoiseError, match="a web page where a file belongs"):
            fetch(site, tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_no_network_is_said(self, tmp_path: Path) -> None:
        with serve(Site(DATA)) as gone:
            pass  # nobody listens there any more
        with pytest.raises(PoiseError, match=r"no connection.*check the network"):
            fetch(gone, tmp_path, attempts=2)

    def test_a_silent_server_is_left(
        self, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def silent(*_: object, **__: object) -> None:
            raise TimeoutError("timed out")

        monkeypatch.setattr(transfer.urllib.request, "urlopen", silent)
        with pytest.raises(PoiseError, match=r"no connection .timed out"):
            fetch(site, tmp_path, attempts=2)

    def test_a_full_disk_is_foreseen(
        self, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(transfer.shutil, "disk_usage", lambda _: SimpleNamespace(free=100_000))
        with pytest.raises(PoiseError, match="needs 200,000 bytes more and the disk has 100,000"):
            fetch(site, tmp_path)

    def test_a_disk_that_fills_up_keeps_the_part(
        self, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_: str, done: int, __: int | None) -> None:
            if done > 0:
                raise OSError(errno.ENOSPC, "No space left on device")

        with pytest.raises(PoiseError, match="the disk is full"):
            fetch(site, tmp_path, progress=full)
        assert part_of(tmp_path) > 0

    def test_only_the_web_is_fetched_from(self, tmp_path: Path) -> None:
        with pytest.raises(PoiseError, match="not an address on the web"):
            transfer.fetch("file:///etc/hosts", tmp_path / "x")


def zipped(files: Mapping[str, bytes | str], mode: int = 0) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return packed.getvalue()


class TestUnpack:
    @pytest.mark.parametrize(
        ("name", "mode", "words"),
        [
            ("../outside", 0, "outside"),
            ("a/../../outside", 0, "outside"),
            ("/etc/outside", 0, "outside"),
            ("C:/outside", 0, "outside"),
            ("a\\..\\..\\outside", 0, "outside"),
            ("link", stat.S_IFLNK | 0o777, "a link"),
        ],
    )
    def test_an_attack_is_refused_and_leaves_nothing(
        self, tmp_path: Path, name: str, mode: int, words: str
    ) -> None:
        (tmp_path / "a.zip").write_bytes(zipped({"fine.asf": "x", name: "/etc/passwd"}, mode))
        with pytest.raises(PoiseError, match=words):
            unpack.unpack(tmp_path / "a.zip", tmp_path / "out" / "in", limit=10_000)
        assert [path.name for path in tmp_path.rglob("*")] == ["a.zip"]

    def test_a_bomb_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a.zip").write_bytes(zipped({"zeros": bytes(3_000_000)}))
        with pytest.raises(PoiseError, match="far too large"):
            unpack.unpack(tmp_path / "a.zip", tmp_path / "out", limit=1 << 30)

    def test_more_than_the_limit_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a.zip").write_bytes(zipped({"a": DATA, "b": DATA}))
        with pytest.raises(PoiseError, match="would unpack to 400,000 bytes"):
            unpack.unpack(tmp_path / "a.zip", tmp_path / "out", limit=399_999)

    def test_the_same_name_twice_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a.zip").write_bytes(zipped({"Walk.amc": "1", "walk.amc": "2"}))
        with pytest.raises(PoiseError, match="there twice"):
            unpack.unpack(tmp_path / "a.zip", tmp_path / "out", limit=1000)

    def test_a_flipped_byte_is_found(self, tmp_path: Path) -> None:
        data = bytearray(zipped({"a.asf": DATA, "b.amc": DATA[:50_000]}))
        data[100_000] ^= 1
        (tmp_path / "a.zip").write_bytes(data)
        with pytest.raises(PoiseError, match="damaged, or not a zip"):
            unpack.unpack(tmp_path / "a.zip", tmp_path / "out", limit=1 << 20)
        assert not (tmp_path / "out").exists()

    def test_a_missing_archive_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(PoiseError, match=r"a\.zip: cannot read: no such file"):
            unpack.unpack(tmp_path / "a.zip", tmp_path / "out", limit=10)


CMU = {
    "all_asfamc/subjects/01/01.asf": ":version 1.10\n",
    "all_asfamc/subjects/01/01_01.amc": "1\nroot 0 0 0 0 0 0\n" * 50,
    "all_asfamc/subjects/02/": "",
}


class TestGet:
    @pytest.fixture
    def cmu(self) -> Iterator[Site]:
        with serve(Site(zipped(CMU))) as running:
            yield running

    def test_a_data_set_comes_unpacked_with_its_licence(self, cmu: Site, tmp_path: Path) -> None:
        place = download.get("cmu", tmp_path, source=cmu.url)
        assert place == tmp_path / "cmu"
        assert (place / "all_asfamc/subjects/01/01.asf").read_text() == ":version 1.10\n"
        note = json.loads((place / download.MANIFEST).read_text())
        assert "NSF EIA-0196217" in note["credit"]
        assert note["sha256"] == hashlib.sha256(cmu.data).hexdigest()
        assert [path.name for path in tmp_path.iterdir()] == ["cmu"]  # the archive is gone

    def test_the_second_time_it_is_only_verified(self, cmu: Site, tmp_path: Path) -> None:
        for _ in range(2):
            download.get("cmu", tmp_path, source=cmu.url)
        assert len(cmu.asked) == 1

    @pytest.mark.parametrize(
        "address", ["http://[::1/a.zip", "http://127.0.0.1:99999/", "http://a b/", "ftp://a/b.zip"]
    )
    def test_what_is_no_address_is_refused_at_once(self, tmp_path: Path, address: str) -> None:
        with pytest.raises(PoiseError, match="address"):
            download.get("cmu", tmp_path, source=address)

    def test_a_repair_loses_nothing_of_the_users(self, cmu: Site, tmp_path: Path) -> None:
        place = download.get("cmu", tmp_path, source=cmu.url)
        mine = place / "all_asfamc" / "mine.txt"
        mine.write_text("notes")
        assert download.get("cmu", tmp_path, source=cmu.url) == place, "a file more is no damage"
        (place / "all_asfamc/subjects/01/01_01.amc").unlink()
        with pytest.raises(PoiseError, match=r"such as all_asfamc/mine\.txt; move them away"):
            download.get("cmu", tmp_path, source=cmu.url)
        assert mine.read_text() == "notes"

    @pytest.mark.parametrize("harm", ["delete", "change"])
    def test_a_damaged_file_is_brought_again(self, cmu: Site, tmp_path: Path, harm: str) -> None:
        motion = download.get("cmu", tmp_path, source=cmu.url) / "all_asfamc/subjects/01/01_01.amc"
        content = motion.read_text()
        if harm == "delete":
            motion.unlink()
        else:
            motion.write_text(content.replace("0", "1", 1))
        assert download.damaged(tmp_path / "cmu") == ["all_asfamc/subjects/01/01_01.amc"]
        download.get("cmu", tmp_path, source=cmu.url)
        assert motion.read_text() == content

    def test_another_archive_than_the_first_is_refused(self, cmu: Site, tmp_path: Path) -> None:
        place = download.get("cmu", tmp_path, source=cmu.url)
        (place / "all_asfamc/subjects/01/01.asf").unlink()
        cmu.data, cmu.etags = zipped({"new.asf": "1", "new.amc": "2"}), ['"two"']
        with pytest.raises(PoiseError, match=r"when it was first brought.*has been deleted"):
            download.get("cmu", tmp_path, source=cmu.url)
        assert (place / "all_asfamc/subjects/01/01_01.amc").exists()

    def test_the_folder_of_a_mirror_will_do(self, cmu: Site, tmp_path: Path) -> None:
        download.get("cmu", tmp_path, source=cmu.url.removesuffix("allasfamc.zip"))
        assert cmu.asked[0]["path"] == "/allasfamc.zip"

    def test_an_archive_on_this_disk_will_do_and_stays(self, tmp_path: Path) -> None:
        (tmp_path / "mine.zip").write_bytes(zipped(CMU))
        download.get("cmu", tmp_path / "data", source=str(tmp_path / "mine.zip"))
        assert (tmp_path / "mine.zip").exists()
        assert (tmp_path / "data/cmu/all_asfamc/subjects/01/01.asf").exists()

    def test_another_data_set_is_recognized(self, cmu: Site, tmp_path: Path) -> None:
        cmu.data = zipped({"walk.bvh": "HIERARCHY"})
        with pytest.raises(PoiseError, match=r"holds no \.asf file; not the CMU.*been deleted"):
            download.get("cmu", tmp_path, source=cmu.url)
        assert list(tmp_path.iterdir()) == []

    def test_a_file_that_is_no_zip_is_deleted(self, cmu: Site, tmp_path: Path) -> None:
        cmu.data = b"gone fishing" * 1000
        with pytest.raises(PoiseError, match=r"not a zip file.*has been deleted"):
            download.get("cmu", tmp_path, source=cmu.url)
        assert list(tmp_path.iterdir()) == []

    def test_a_full_disk_does_not_cost_the_download(
        self, cmu: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as full:
            full.setattr(unpack.shutil, "disk_usage", lambda _: SimpleNamespace(free=10_000))
            cmu.data = zipped({"a.asf": DATA[:1000], "b.amc": b"0 1 2\n" * 10_000})
            with pytest.raises(PoiseError, match="to be unpacked"):
                download.get("cmu", tmp_path, source=cmu.url)
        download.get("cmu", tmp_path, source=cmu.url)
        assert len(cmu.asked) == 1

    def test_foreign_files_are_not_touched(self, cmu: Site, tmp_path: Path) -> None:
        (tmp_path / "cmu").mkdir()
        (tmp_path / "cmu" / "mine.txt").write_text("keep")
        with pytest.raises(PoiseError, match="files that poise did not bring"):
            download.get("cmu", tmp_path, source=cmu.url)
        assert (tmp_path / "cmu" / "mine.txt").read_text() == "keep"

    def test_a_zip_of_the_users_is_neither_taken_nor_touched(
        self, cmu: Site, tmp_path: Path
    ) -> None:
        own = {"allasfamc.zip": b"mine", "allasfamc.zip.part": b"mine", ".cmu.zip": b"mine"}
        for name, content in own.items():
            (tmp_path / name).write_bytes(content)
        download.get("cmu", tmp_path, source=cmu.url)
        cmu.data = b"gone fishing" * 1000
        (tmp_path / "cmu" / "all_asfamc/subjects/01/01.asf").unlink()
        with pytest.raises(PoiseError, match="has been deleted"):
            download.get("cmu", tmp_path, source=cmu.url)
        left = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
        assert left == own

    @pytest.mark.parametrize("content", [zipped({"walk.bvh": "HIERARCHY"}), b"gone fishing"])
    def test_an_archive_on_this_disk_stays_even_when_it_is_wrong(
        self, tmp_path: Path, content: bytes
    ) -> None:
        (tmp_path / "allasfamc.zip").write_bytes(content)
        for source in (tmp_path, tmp_path / "allasfamc.zip"):
            with pytest.raises(PoiseError, match=r"allasfamc\.zip: (holds no|damaged)"):
                download.get("cmu", tmp_path, source=str(source))
        assert (tmp_path / "allasfamc.zip").read_bytes() == content

    def test_a_file_where_a_folder_belongs_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_text("keep")
        (tmp_path / "cmu").write_text("keep")
        for folder, file in (("a", "a"), ("a/b", "a"), (".", "cmu")):
            with pytest.raises(PoiseError, match=rf"{file}: is a file, where a folder belongs"):
                download.get("cmu", tmp_path / folder)
        assert (tmp_path / "a").read_text() == (tmp_path / "cmu").read_text() == "keep"

    def test_what_cannot_be_read_is_not_called_damaged(self, tmp_path: Path) -> None:
        (tmp_path / "cmu" / download.MANIFEST).mkdir(parents=True)
        with pytest.raises(PoiseError, match=r"cannot read: that is a folder"):
            download.get("cmu", tmp_path)

    @pytest.mark.parametrize("note", ["{}", "[]", '{"files": 1}', '{"files": {"a": 1}}'])
    def test_a_note_of_another_program_is_none_of_ours(self, tmp_path: Path, note: str) -> None:
        (tmp_path / "cmu").mkdir()
        (tmp_path / "cmu" / download.MANIFEST).write_text(note)
        with pytest.raises(PoiseError, match="files that poise did not bring"):
            download.get("cmu", tmp_path)

    def test_a_damaged_note_is_to_be_moved_not_deleted(self, tmp_path: Path) -> None:
        (tmp_path / "cmu").mkdir()
        (tmp_path / "cmu" / download.MANIFEST).write_text('{"files"')
        with pytest.raises(PoiseError, match=r"damaged; move .*cmu away"):
            download.get("cmu", tmp_path)

    def test_an_unknown_data_set_is_answered(self, tmp_path: Path) -> None:
        with pytest.raises(PoiseError, match="did you mean 'cmu'"):
            download.get("cmuu", tmp_path)


class TestPlaces:
    def test_the_user_says_where(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("POISE_DATA", str(tmp_path))
        assert places.data_folder() == tmp_path

    @pytest.mark.parametrize(
        ("platform", "variables", "end"),
        [
            ("linux", {}, ".cache/poise"),
            ("linux", {"XDG_CACHE_HOME": "/big/cache"}, "/big/cache/poise"),
            ("linux", {"XDG_CACHE_HOME": "relative"}, ".cache/poise"),
            ("darwin", {}, "Library/Caches/poise"),
            ("win32", {"LOCALAPPDATA": "/c/local"}, "/c/local/poise"),
            ("win32", {}, "AppData/Local/poise"),
        ],
    )
    def test_each_platform_has_its_place(
        self,
        monkeypatch: pytest.MonkeyPatch,
        platform: str,
        variables: dict[str, str],
        end: str,
    ) -> None:
        for name in ("POISE_DATA", "XDG_CACHE_HOME", "LOCALAPPDATA"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(places.sys, "platform", platform)
        assert places.data_folder().as_posix().endswith(end)
