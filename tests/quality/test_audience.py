"""The audience: pages counted once whatever happens to the files, from lines that may be anything, of nobody."""

from __future__ import annotations

import gzip
import json
import os
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from socle.lib import locks
from socle.quality.audience import reading
from socle.quality.audience.reading import Unreadable, opened, path_of, read_line
from socle.quality.audience.tasks import read_audience
from socle.quality.models.audience import AccessLog, PageViews
from socle.sites.models import SiteName
from socle.sites.models.names import Status
from socle.sites.publishing.actions import look
from tests import factories as f


@pytest.fixture(autouse=True)
def a_day(settings, tmp_path, time_machine):
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    settings.SOCLE_ACCESS_LOGS = [str(tmp_path / "logs")]
    settings.DEMO = False
    (tmp_path / "logs").mkdir()
    time_machine.move_to(f.NOW, tick=False)
    look.cache_clear()
    yield
    look.cache_clear()


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "logs"


def line(host="prisches.localhost", uri="/", *, at=None, status=200, reader="person", **more) -> str:
    """A line as the front server writes it."""
    told = {
        "level": "info", "ts": (at or f.NOW).timestamp(), "logger": "http.log.access.audience", "msg": "handled",
        "request": {"method": more.pop("method", "GET"), "host": host, "uri": uri}, "bytes_read": 0, "duration": 0.001,
        "size": 12, "status": status, "reader": reader, **more,
    }  # fmt: skip
    return json.dumps(told)


def write(path: Path, *lines: str, end: str = "\n") -> Path:
    with path.open("a") as file:
        file.write("\n".join(lines) + end)
    return path


def numbers() -> dict[str, int]:
    """What was counted of every site, by path."""
    found: Counter[str] = Counter()
    with scopes_disabled():
        for row in PageViews.objects.all():
            found[row.path] += row.views
    return dict(found)


# --- A line ----------------------------------------------------------------------------------------------------------
HOSTILE = [
    b"", b"null", b"[]", b"3", b'"ts"', b"{}", b"{", b"\xff\xfe\x00", b"<html>", b"[" * 20_000, b'{"a":' * 20_000,
    b'{"ts": 1, "status": 200, "request": null}',
    line(ts="hier").encode(), line(ts=None).encode(), line(ts=-1e300).encode(),
    line(ts=1e300).encode(), line(ts=float("nan")).encode(), line(ts=float("inf")).encode(), line(ts=0).encode(),
    line(at=f.NOW + timedelta(days=2)).encode(), line().encode()[:-3], b'{"ts": ' + b"9" * 5000 + b"}",
    line().encode().replace(b'"ts": ', b'"ts": 1' + b"0" * 400),
]  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_a_line_that_is_not_ours_is_said_unreadable(hostile):
    with pytest.raises(Unreadable):
        read_line(hostile, at=f.NOW)


@hypothesis(max_examples=300, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: line(uri=text, host=text).encode()))
@pytest.mark.slow
def test_whatever_is_read_it_is_a_reading_or_nothing_or_unreadable(raw):
    try:
        asked = read_line(raw, at=f.NOW)
    except Unreadable:
        return
    if asked is not None:
        assert asked[2].startswith("/")
        assert asked[2].isprintable()
        assert len(asked[2]) <= 300


@pytest.mark.parametrize(
    ("uri", "status", "expected"),
    [
        ("/", 200, "/"), ("/contact/", 304, "/contact/"), ("/contact/?utm=lettre&nom=Martin", 200, "/contact/"),
        ("/index.html", 200, "/"), ("/f%C3%AAtes/", 200, "/fêtes/"),
        ("/" + "a" * 298 + "/", 200, "/" + "a" * 298 + "/"),
        # What is not there, failed or leads elsewhere; what a page loads, what answers programs, a document.
        ("/perdu/", 404, None), ("/", 301, None), ("/", 503, None), ("/contact", 200, None), ("/", 206, None),
        ("/static/site.abc.css", 200, None), ("/_/contact/", 200, None), ("/-/metrics/", 200, None),
        ("/documents/12/tarifs.pdf", 200, None), ("/", "200", None), ("/", None, None),
        # A path that cannot be shown, or is none.
        ("/a%00b/", 200, None), ("/a%0Ab/", 200, None), ("/\u202eb/", 200, None), ("/%ff/", 200, None),
        ("/" + "a" * 299 + "/", 200, None), ("//ailleurs.invalid/", 200, None), ("http://ailleurs.invalid/", 200, None),
        ("*", 200, None), ("", 200, None),
    ],
)  # fmt: skip
def test_what_an_answer_counts_for(uri, status, expected):
    asked = read_line(line(uri=uri, status=status).encode(), at=f.NOW)
    assert (asked and asked[2]) == expected


def test_robots_and_what_is_no_reading_count_for_nothing():
    for fields in ({"reader": "robot"}, {"reader": "{audience_reader}"}, {"reader": None}, {"method": "HEAD"}):
        assert read_line(line(**fields).encode(), at=f.NOW) is None, fields


def test_the_month_is_that_of_paris():
    asked = read_line(line(at=datetime(2026, 10, 31, 23, 30, tzinfo=UTC)).encode(), at=f.NOW)
    assert asked == ("prisches.localhost", date(2026, 11, 1), "/")


def test_what_the_front_server_leaves_out_is_left_out_here_too():
    caddy = (Path(__file__).parents[2] / "deploy/one-machine/audience.caddy").read_text()
    patterns = caddy.partition("@audience-no-page path ")[2].splitlines()[0].split()
    assert len(patterns) > 5
    for pattern in patterns:
        assert path_of(f"/{pattern.lstrip('/').replace('*', 'essai')}") == "", pattern


# --- A file ----------------------------------------------------------------------------------------------------------
def test_pages_are_counted_once_by_site_month_and_path(prisches, ablain, folder):
    write(
        folder / "access.log",
        line(), line(uri="/contact/"), line(uri="/contact/?a=1", status=304), line(at=f.NOW - timedelta(days=31)),
        line(host="PRISCHES.localhost:443", uri="/"), line(ablain.host, "/"), line("inconnue.localhost", "/"),
        line(host="..", uri="/"), line(host="", uri="/"), line(uri="/ancien/", status=404), line(reader="robot"),
        "n’importe quoi",
    )  # fmt: skip
    done = reading.read(at=f.NOW)
    assert (done.files, done.lines, done.unreadable, done.counted) == (1, 12, 1, 6)
    with scopes_disabled():
        rows = PageViews.objects.order_by("month_on", "path").values_list("website", "month_on", "path", "views")
        assert set(rows) == {
            (prisches.pk, date(2026, 10, 1), "/", 1), (prisches.pk, date(2026, 11, 1), "/", 2),
            (prisches.pk, date(2026, 11, 1), "/contact/", 2), (ablain.pk, date(2026, 11, 1), "/", 1),
        }  # fmt: skip
    # Read again, it counts nothing.
    again = reading.read(at=f.NOW)
    assert (again.files, again.lines) == (0, 0)
    assert numbers() == {"/": 4, "/contact/": 2}


def test_another_name_of_a_site_is_that_site(prisches, folder):
    with scopes_disabled():
        SiteName.objects.create(
            website=prisches,
            domain="prisches.fr",
            has_www=True,
            status=Status.SERVED,
            asked_at=f.NOW,
        )
    write(folder / "access.log", line("www.prisches.fr", "/"), line("prisches.fr", "/"))
    reading.read(at=f.NOW)
    assert numbers() == {"/": 2}


def test_half_a_line_waits_for_its_end(prisches, folder):
    path = write(folder / "access.log", line(), line(uri="/contact/")[:40], end="")
    assert reading.read(at=f.NOW).lines == 1
    write(path, line(uri="/contact/")[40:])
    assert reading.read(at=f.NOW).lines == 1
    assert numbers() == {"/": 1, "/contact/": 1}
    # The first line itself may not be whole: the file is not known by half of it.
    other = write(folder / "autre.log", line(uri="/actes/", at=f.NOW - timedelta(seconds=1))[:30], end="")
    assert reading.read(at=f.NOW).files == 0
    write(other, line(uri="/actes/", at=f.NOW - timedelta(seconds=1))[30:])
    reading.read(at=f.NOW)
    assert numbers()["/actes/"] == 1


def test_a_file_that_rolls_is_read_to_its_end_and_the_new_one_from_its_beginning(prisches, folder):
    path = write(folder / "access.log", line())
    reading.read(at=f.NOW)
    write(path, line(uri="/contact/"))
    rolled = path.rename(folder / "access-2026-11-25T09-00-00.000.log")
    write(path, line(uri="/actes/"))
    reading.read(at=f.NOW)
    assert numbers() == {"/": 1, "/contact/": 1, "/actes/": 1}
    # Compressed, it is the same one, under another name and another inode; half compressed too.
    packed = rolled.with_name(f"{rolled.name}.gz")
    whole = gzip.compress(rolled.read_bytes())
    packed.write_bytes(whole[:-12])
    reading.read(at=f.NOW)
    packed.write_bytes(whole)
    rolled.unlink()
    reading.read(at=f.NOW)
    assert numbers() == {"/": 1, "/contact/": 1, "/actes/": 1}
    assert AccessLog.objects.count() == 2


def test_a_file_compressed_before_it_was_read_is_read_compressed(prisches, folder):
    (folder / "access-1.log.gz").write_bytes(gzip.compress(f"{line()}\n{line(uri='/contact/')}\n".encode()))
    reading.read(at=f.NOW)
    assert numbers() == {"/": 1, "/contact/": 1}
    (folder / "access-2.log.gz").write_bytes(b"\x1f\x8b\x08 nothing of the kind")
    (folder / "access-3.log.gz").write_bytes(b"plain text")
    assert len(reading.read(at=f.NOW).problems) == 2
    assert numbers() == {"/": 1, "/contact/": 1}


def test_a_file_emptied_in_place_begins_again(prisches, folder):
    path = write(folder / "access.log", line(), line())
    reading.read(at=f.NOW)
    path.write_text("")
    assert reading.read(at=f.NOW).problems == []
    write(path, line(uri="/contact/", at=f.NOW - timedelta(minutes=1)))
    reading.read(at=f.NOW)
    assert numbers() == {"/": 2, "/contact/": 1}


def test_an_older_copy_of_a_file_read_further_elsewhere_counts_nothing(prisches, folder):
    (folder / "frontal-1").mkdir()
    copy = write(folder / "frontal-1" / "access.log", line())
    write(folder / "access.log", line(), line(uri="/contact/"))
    for _ in range(2):
        reading.read(at=f.NOW)
        os.utime(copy)
    assert numbers() == {"/": 1, "/contact/": 1}
    # The copy catches up, and goes further.
    write(copy, line(uri="/contact/"), line(uri="/actes/"))
    reading.read(at=f.NOW)
    assert numbers() == {"/": 1, "/contact/": 1, "/actes/": 1}


def test_a_link_a_pipe_or_another_file_is_not_read(prisches, folder, tmp_path):
    secret = write(tmp_path / "secret.log", line())
    (folder / "access.log").symlink_to(secret)
    (folder / "dossier").symlink_to(tmp_path)
    os.mkfifo(folder / "tuyau.log")
    write(folder / "notes.txt", line())
    assert reading.read(at=f.NOW).files == 0
    with pytest.raises(OSError, match="symbolic"), opened(folder / "access.log"):
        pass
    with pytest.raises(OSError, match="not a regular file"), opened(folder / "tuyau.log"):
        pass


def test_a_folder_that_is_not_there_is_said_and_does_not_stop_the_others(prisches, folder, settings, tmp_path):
    settings.SOCLE_ACCESS_LOGS = [str(tmp_path / "absent"), str(folder)]
    write(folder / "access.log", line())
    done = reading.read(at=f.NOW)
    assert [problem.partition("\u00a0: ")[2] for problem in done.problems] == ["il n’existe pas"]
    assert numbers() == {"/": 1}


def test_a_line_without_end_is_let_go_without_being_held(prisches, folder, monkeypatch):
    monkeypatch.setattr(reading, "PORTION", 4096)
    monkeypatch.setattr(reading, "LONGEST_LINE", 10_000)
    path = folder / "access.log"
    path.write_bytes(line().encode() + b"\n" + b"a" * 200_000 + b"\n" + line(uri="/contact/").encode() + b"\n")
    done = reading.read(at=f.NOW)
    assert numbers() == {"/": 1, "/contact/": 1}
    assert done.unreadable > 1  # It comes in pieces.
    assert AccessLog.objects.get().offset == path.stat().st_size
    # Nothing but one line, and no end yet.
    other = folder / "autre.log"
    other.write_bytes(b"b" * 50_000)
    reading.read(at=f.NOW)
    with other.open("ab") as file:
        file.write(b"b" * 50_000 + b"\n" + line(uri="/actes/").encode() + b"\n")
    reading.read(at=f.NOW)
    assert numbers()["/actes/"] == 1


@pytest.mark.slow
def test_a_bomb_is_read_by_portions_and_leaves_when_its_time_is_over(prisches, folder):
    with gzip.open(folder / "access.log.gz", "wb") as file:
        for _ in range(64):
            file.write(b"0" * 2**20)
    reading.read(at=f.NOW, seconds=0)
    assert 0 < AccessLog.objects.get().offset < 2**22


def test_a_crash_between_the_count_and_what_was_read_loses_and_doubles_nothing(prisches, folder, monkeypatch):
    monkeypatch.setattr(reading, "PORTION", 1000)
    write(folder / "access.log", *(line(uri=f"/page-{rank}/") for rank in range(40)))
    expected = {f"/page-{rank}/": 1 for rank in range(40)}
    real, calls = reading._add, 0

    def dies(tally):
        nonlocal calls
        real(tally)
        calls += 1
        if calls == 3:
            raise RuntimeError("killed")

    monkeypatch.setattr(reading, "_add", dies)
    with pytest.raises(RuntimeError):
        reading.read(at=f.NOW)
    assert 0 < len(numbers()) < 40
    reading.read(at=f.NOW)
    assert numbers() == expected


def test_only_one_reads_at_a_time(prisches, folder, settings):
    write(folder / "access.log", line())
    # Apart: the locks of a session let that session in again.
    with locks.held_apart(reading.LOCK) as other:
        assert other.is_mine
        assert reading.read(at=f.NOW).is_busy
        with pytest.raises(CommandError, match="Une autre lecture est en cours"):
            call_command("read_audience")
    assert numbers() == {}


@hypothesis(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(seed=st.integers(0, 10**6))
@pytest.mark.slow
def test_however_files_grow_roll_compress_and_are_read_each_line_counts_once(prisches, tmp_path, settings, seed):
    chance = random.Random(seed)
    place = tmp_path / f"essai-{seed}"
    place.mkdir(exist_ok=True)
    for path in place.iterdir():
        path.unlink()
    settings.SOCLE_ACCESS_LOGS = [str(place)]
    with scopes_disabled():
        PageViews.objects.all().delete()
    AccessLog.objects.all().delete()
    expected: Counter[str] = Counter()
    current, half, rolled = place / "access.log", "", 0
    for step in range(chance.randint(5, 25)):
        gesture = chance.choice(["write", "write", "half", "read", "read", "roll", "compress"])
        if gesture in ("write", "half"):
            path = f"/page-{chance.randint(1, 4)}/"
            text = line(uri=path, at=f.NOW - timedelta(microseconds=seed + step)) + "\n"
            expected[path] += 1
            cut = chance.randrange(len(text)) if gesture == "half" else len(text)
            with current.open("a") as file:
                file.write(half + text[:cut])
            half = text[cut:]
        elif gesture == "roll" and current.exists() and not half:
            rolled += 1
            current.rename(place / f"access-{rolled}.log")
        elif gesture == "compress":
            for path in sorted(place.glob("access-*.log"))[:1]:
                path.with_suffix(".log.gz").write_bytes(gzip.compress(path.read_bytes()))
                if chance.random() < 0.7:
                    path.unlink()
        else:
            reading.read(at=f.NOW)
    if half:
        with current.open("a") as file:
            file.write(half)
    for _ in range(2):
        reading.read(at=f.NOW)
    assert numbers() == dict(expected)


def test_the_questions_do_not_grow_with_the_lines(prisches, ablain, folder):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            reading.read(at=f.NOW)
        return len(seen)

    write(folder / "access.log", line(), line(ablain.host))
    few = queries()
    write(folder / "autre.log", *(line(uri=f"/page-{rank}/") for rank in range(90)))
    assert queries() <= few + 2


def test_whoever_asks_for_anything_does_not_fill_the_disk(prisches, folder, monkeypatch):
    monkeypatch.setattr(reading, "MOST_PATHS", 5)
    for rank in range(3):
        write(folder / f"access-{rank}.log", *(line(uri=f"/rien-{rank}-{number}/") for number in range(10)))
        reading.read(at=f.NOW)
    found = numbers()
    assert len(found) == 6
    assert found[reading.OTHERS] == 25
    # One that had its line keeps it.
    known = next(path for path in found if path)
    write(folder / "access-9.log", line(uri=known, at=f.NOW - timedelta(seconds=1)))
    reading.read(at=f.NOW)
    assert numbers()[known] == 2


def test_nothing_of_a_person_is_kept_even_if_the_server_wrote_it(prisches, folder):
    told = json.loads(line(uri="/contact/?nom=Zibeline"))
    told["request"] |= {
        "remote_ip": "203.0.113.77",
        "headers": {"User-Agent": ["Zibeline/1.0"], "Cookie": ["a=Zibeline"]},
    }
    write(folder / "access.log", json.dumps(told))
    reading.read(at=f.NOW)
    assert numbers() == {"/contact/": 1}
    with scopes_disabled(), connection.cursor() as cursor:
        for model in (AccessLog, PageViews):
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            said = str(cursor.fetchall())
            assert "Zibeline" not in said
            assert "203.0.113" not in said


def test_the_tick_and_the_command_read_and_say_so(prisches, folder, capsys, settings):
    write(folder / "access.log", line())
    assert read_audience.call() == 1
    write(folder / "access.log", line(), "{")
    call_command("read_audience")
    assert "comptées\u00a0: 1, illisibles\u00a0: 1" in capsys.readouterr().out
    (folder / "abime.log.gz").write_bytes(b"\x1f\x8b\x08")
    with pytest.raises(CommandError, match="Tout n’a pas pu être lu"):
        call_command("read_audience")
    settings.SOCLE_ACCESS_LOGS = []
    assert read_audience.call() == 0
    with pytest.raises(CommandError, match="n’est pas en service"):
        call_command("read_audience")


def test_old_numbers_and_files_long_gone_are_forgotten(prisches, folder):
    write(folder / "access.log", line(at=f.NOW - timedelta(days=40)), line())
    reading.read(at=f.NOW)
    for before, count in ((f.NOW - timedelta(days=30), 0), (f.NOW, 1)):
        for is_dry in (True, False):
            assert reading.erase_old(before, by=f.user(), at=f.NOW, is_dry=is_dry) == count
    with scopes_disabled():
        assert PageViews.objects.get().month_on == date(2026, 11, 1)
    (folder / "access.log").unlink()
    reading.read(at=f.NOW + timedelta(days=100))
    assert not AccessLog.objects.exists()
