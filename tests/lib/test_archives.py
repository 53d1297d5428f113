"""The archive that people keep: what it holds, what it survives, what is found when it was touched."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from socle.lib import archives
from socle.lib.archives import Archive, check, safe_name, safe_path
from tests.lib.test_spreadsheet import FORMULAS

AT = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
ABOUT = {"format": "essai"}


def index(done: list[archives.PartDone]) -> str:
    return f"<p>{len(done)}</p>"


def made(path: Path) -> Path:
    archive = Archive(path, at=AT)
    with archive.part("site", "Site", "Ce qui est publié") as shelf:
        shelf.add("index.html", "<p>été</p>")
        shelf.folder("images").copy("photo.JPG", io.BytesIO(os.urandom(3_000_000)))
    with archive.part("messages", "Messages", "Ce qui est écrit") as shelf:
        shelf.table("messages.csv", ["N°", "Texte"], [[1, "bonjour"], [2, None]])
        shelf.note("Rien d’autre.")
    archive.finish(index, ABOUT)
    return path


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    return made(tmp_path / "a.zip")


def read(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The same archive, once somebody touched it."""
    files = read(path)
    change(files)
    touched = path.with_name("touched.zip")
    with zipfile.ZipFile(touched, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return touched


def test_an_archive_holds_its_index_its_list_and_the_hash_of_each_file(whole: Path) -> None:
    files = read(whole)
    assert files["index.html"] == b"<p>2</p>"
    sums = dict(reversed(line.split("  ", 1)) for line in files["SHA256SUMS"].decode().splitlines())
    assert set(sums) == set(files) - {"SHA256SUMS"}
    assert all(hashlib.sha256(files[name]).hexdigest() == digest for name, digest in sums.items())
    listed = json.loads(files["index.json"])
    assert listed["format"] == "essai"
    assert [part["code"] for part in listed["parts"]] == ["site", "messages"]
    assert listed["parts"][1]["notes"] == ["Rien d’autre."]
    assert {file["path"] for file in listed["parts"][0]["files"]} == {"site/index.html", "site/images/photo.JPG"}
    assert not whole.with_name("a.zip.etat").exists()


def test_what_is_compressed_already_is_kept_as_it_is(whole: Path) -> None:
    with zipfile.ZipFile(whole) as archive:
        assert archive.getinfo("site/images/photo.JPG").compress_type == zipfile.ZIP_STORED
        assert archive.getinfo("site/index.html").compress_type == zipfile.ZIP_DEFLATED


def test_an_ordinary_program_opens_it(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    subprocess.run([sys.executable, "-m", "zipfile", "-e", str(whole), str(out)], check=True)
    subprocess.run(["sha256sum", "--quiet", "--strict", "-c", "SHA256SUMS"], cwd=out, check=True)


def test_a_table_opens_in_a_spreadsheet_and_runs_nothing(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "t.zip", at=AT)
    with archive.part("t", "T", "") as shelf:
        shelf.table("formules.csv", ["a"], [[one] for one in FORMULAS])
        shelf.table("t.csv", ["a", "b"], [["=1+1", "@x"], ["-2", True], ["un;deux", 'dit "non"'], [None, AT]])
    archive.finish(index, {})
    files = {name: content.decode("utf-8-sig") for name, content in read(tmp_path / "t.zip").items()}
    cells = [row[0] for row in csv.reader(io.StringIO(files["t/formules.csv"], newline=""), delimiter=";")]
    assert [cell[:1] for cell in cells[1:]] == ["'"] * len(FORMULAS)
    text = files["t/t.csv"]
    assert text.splitlines() == [
        "a;b",
        "'=1+1;'@x",
        "'-2;oui",
        '"un;deux";"dit ""non"""',
        ";2026-11-26T09:00:00+00:00",
    ]


@pytest.mark.parametrize(
    ("asked", "safe"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Windows\\x.exe", "C-/Windows/x.exe"),
        ("a/./b//c", "a/b/c"),
        ("", "sans-nom"),
        ("..", "sans-nom"),
        ("con.txt", "_con.txt"),
        ("fin.", "fin"),
        ("deux\nlignes", "deuxlignes"),
        ("nul\x00", "_nul"),
        ("\u202egpj.exe", "gpj.exe"),
        ("e\u0301te\u0301", "été"),
        ("a" * 300 + ".pdf", "a" * 196 + ".pdf"),
        ("é" * 300 + ".pdf", "é" * 98 + ".pdf"),
        ("/".join("d" * 60), "/".join("d" * 40)),
    ],
)
def test_a_path_is_made_safe(asked: str, safe: str) -> None:
    assert safe_path(asked) == safe
    assert safe_path(safe) == safe, "what is safe stays as it is"


@pytest.mark.parametrize("name", ["\ud800", "\ue000x", "\u2028", "a\u200bb", " . "])
def test_a_name_holds_nothing_that_shows_nothing(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert safe.isprintable()
    safe.encode()


def test_two_files_of_one_name_stay_two_whatever_the_case(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "t.zip", at=AT)
    with archive.part("t", "T", "") as shelf:
        names = [
            shelf.add(name, name)
            for name in ("Budget.PDF", "budget.pdf", "BUDGET.pdf", "a/x", "a/X", ".caché", ".Caché")
        ]
    assert names == [
        *("t/Budget.PDF", "t/budget (2).pdf", "t/BUDGET (3).pdf"),
        *("t/a/x", "t/a/X (2)", "t/.caché", "t/.Caché (2)"),
    ]


# --- Killed ----------------------------------------------------------------------------------------------------------
def test_an_archive_goes_on_from_the_last_part_that_was_finished(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    archive = Archive(path, at=AT)
    with archive.part("un", "Un", "") as shelf:
        shelf.add("a.txt", "un")

    def fail() -> None:
        with archive.part("deux", "Deux", "") as shelf:
            shelf.add("b.txt", "à moitié")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    archive.close()
    again = Archive(path, at=AT)
    assert again.has("un")
    assert not again.has("deux")
    with again.part("deux", "Deux", "") as shelf:
        # The name is free again: nothing is left of what was half written.
        assert shelf.add("b.txt", "entier") == "deux/b.txt"
    again.finish(index, ABOUT)
    assert check(path).faults == []
    assert read(path)["deux/b.txt"] == b"entier"


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
os.environ["DJANGO_SETTINGS_MODULE"] = "socle.config.settings"
from socle.lib.archives import Archive
archive = Archive(Path(sys.argv[1]), at=datetime(2026, 11, 26, tzinfo=UTC))
with archive.part("un", "Un", "") as shelf:
    shelf.add("a.txt", "un")
with archive.part("deux", "Deux", "") as shelf:
    with shelf.open("gros.bin") as file:
        for _ in range(50):
            file.write(os.urandom(100_000))
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
def test_killed_while_it_writes_it_loses_nothing_of_what_was_finished(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    ended = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert check(path).faults, "what was killed is not taken for a whole archive"
    again = Archive(path, at=AT)
    assert [one.code for one in again.done] == ["un"]
    with again.part("deux", "Deux", "") as shelf:
        shelf.add("gros.bin", b"entier")
    again.finish(index, ABOUT)
    found = check(path)
    assert (found.faults, found.files) == ([], 4)


@pytest.mark.slow
def test_progress_is_told_and_may_stop_everything(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    archive = Archive(tmp_path / "a.zip", at=AT)
    with archive.part("un", "Un", "", lambda files, size: told.append((files, size))) as shelf:
        for number in range(120):
            shelf.add(f"{number}.txt", "x" * 10)
    assert told == [(50, 500), (100, 1000), (120, 1200)]

    def stop(files: int, size: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError), archive.part("deux", "Deux", "", stop) as shelf:
        shelf.add("a.bin", os.urandom(40_000_000))


# --- Touched ---------------------------------------------------------------------------------------------------------
def test_a_whole_archive_is_whole(whole: Path) -> None:
    found = check(whole)
    assert found.faults == []
    assert found.files == 5


def alter(files: dict[str, bytes]) -> None:
    files["site/index.html"] = b"<p>faux</p>"


def drop(files: dict[str, bytes]) -> None:
    del files["site/images/photo.JPG"]


def slip_in(files: dict[str, bytes]) -> None:
    files["site/virus.exe"] = b"MZ"


def climb(files: dict[str, bytes]) -> None:
    files["../../.bashrc"] = b"x"


def lose_the_sums(files: dict[str, bytes]) -> None:
    del files["SHA256SUMS"]


def spoil_the_sums(files: dict[str, bytes]) -> None:
    files["SHA256SUMS"] = b"\xff" * 200_000


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (alter, "modifié"),
        (drop, "manque"),
        (slip_in, "ajouté après coup"),
        (climb, "pas sûr"),
        (lose_the_sums, "SHA256SUMS"),
        (spoil_the_sums, "pas des nôtres"),
    ],
)
def test_an_archive_that_was_touched_is_told(
    whole: Path, change: Callable[[dict[str, bytes]], None], reason: str
) -> None:
    assert any(reason in fault for fault in check(rewritten(whole, change)).faults)


def test_a_byte_turned_is_found(whole: Path) -> None:
    content = bytearray(whole.read_bytes())
    at = content.index(b"photo.JPG") + 500_000
    content[at] ^= 1
    whole.write_bytes(content)
    assert any("photo.JPG" in fault for fault in check(whole).faults)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"%PDF-1.7", b"\x00" * 10_000, b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_archive_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    assert len(check(path).faults) == 1


def test_an_archive_cut_short_is_told(whole: Path) -> None:
    whole.write_bytes(whole.read_bytes()[:-100])
    assert check(whole).faults


@pytest.mark.slow
def test_a_bomb_is_read_piece_by_piece_and_refused(tmp_path: Path, whole: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("SHA256SUMS", "0" * 64 + "  x\n")
        archive.writestr("x", b"\x00" * 100_000_000)
    assert any("modifié" in fault for fault in check(bomb).faults)


def test_thousands_of_faults_are_not_all_said(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("SHA256SUMS", "")
        for number in range(2000):
            archive.writestr(f"{number}", "x")
    assert len(check(path).faults) < 30
