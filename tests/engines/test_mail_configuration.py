"""What needs no server: the layout, the scripts, the relations, the bounds of sending, what a log says."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.engines.postfix_dovecot import chain, configuration, copies, maps, server_status, sieve
from socle.engines.postfix_dovecot.doveadm import Doveadm, DoveadmError, _read
from socle.engines.postfix_dovecot.layout import NAME, Bounds, Layout, LayoutError, Ports
from socle.engines.postfix_dovecot.templates import sending_rates
from socle.lib.dates import PARIS


# --- The layout -------------------------------------------------------------------------------------------------------
def test_a_layout_is_read_as_it_was_written_and_by_its_owner_only(tmp_path: Path) -> None:
    layout = Layout(tmp_path, host="mx.test", ports=Ports.shifted(20000), bounds=Bounds(recipients=3), api_key="k")
    layout.save()
    assert Layout.load(tmp_path) == layout
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


def test_what_a_former_release_wrote_is_read_with_the_ports_that_came_since(tmp_path: Path) -> None:
    Layout(tmp_path, ports=Ports.shifted(20000)).save()
    said = json.loads((tmp_path / NAME).read_text())
    said["ports"] = {name: port for name, port in said["ports"].items() if name not in ("filter", "learning")}
    for name in ("junk_from", "refused_from", "learns_before"):
        del said["bounds"][name]
    del said["resolver"], said["suffixes"]
    (tmp_path / NAME).write_text(json.dumps(said))
    read = Layout.load(tmp_path)
    assert (read.ports.smtp, read.ports.filter, read.bounds) == (20025, Ports().filter, Bounds())


@pytest.mark.parametrize("said", ["", "{}", "[]", '{"ports": 1}', "\xff", '{"ports": {}, "bounds": {"x": 1}}'])
def test_what_is_no_layout_is_refused_with_a_sentence(tmp_path: Path, said: str) -> None:
    (tmp_path / NAME).write_text(said, encoding="latin-1")
    with pytest.raises(LayoutError, match="ne se lit pas"):
        Layout.load(tmp_path)


def test_a_folder_that_the_servers_cannot_use_is_refused_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="plus court"):
        Layout.fresh(tmp_path / ("x" * 80))
    closed = Path("/tmp") / f"socle-closed-{tmp_path.name[:8]}"
    closed.mkdir(mode=0o700, exist_ok=True)
    try:
        with pytest.raises(LayoutError, match="chmod o\\+x"):
            Layout.fresh(closed / "m")
    finally:
        closed.rmdir()


def test_ports_differ_from_one_another() -> None:
    for ports in (Ports(), Ports.shifted(20000), Ports.free()):
        assert len(set(vars(ports).values())) == len(vars(ports))
    assert (Ports.shifted(20000).submission, Ports.shifted(20000).imaps) == (20587, 20993)


# --- Scripts of Sieve -------------------------------------------------------------------------------------------------
def test_a_box_that_does_nothing_has_no_script() -> None:
    assert sieve.script(addresses=["a@b.test"], sender="a@b.test") is None


@given(st.text(max_size=60))
@pytest.mark.slow
def test_whatever_people_write_stays_inside_its_string(text: str) -> None:
    written = sieve.quoted(text)
    inside = written[1:-1].replace("\\\\", "").replace('\\"', "")
    assert '"' not in inside
    assert "\\" not in inside
    assert "\0" not in written


def test_the_days_of_an_absence_are_both_included() -> None:
    absence = sieve.Absence("Absent", "Texte", date(2026, 11, 3), date(2026, 11, 5))
    script = sieve.script(addresses=["a@b.test"], sender="a@b.test", absence=absence)
    assert script is not None
    assert '"ge" "date" "2026-11-03"' in script
    assert '"le" "date" "2026-11-05"' in script


def test_sending_on_without_a_copy_is_the_only_thing_that_keeps_nothing() -> None:
    kept = sieve.script(addresses=[], sender="a@b.test", send_on=sieve.SendOn("c@d.test", is_copy_kept=True))
    gone = sieve.script(addresses=[], sender="a@b.test", send_on=sieve.SendOn("c@d.test", is_copy_kept=False))
    assert kept is not None
    assert 'redirect :copy "c@d.test"' in kept
    assert gone == 'redirect "c@d.test";\n'


# --- The relations ----------------------------------------------------------------------------------------------------
@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    (tmp_path / "maps").mkdir()
    maps.prepare(layout)
    return layout


def rows(*said: tuple[Any, ...]) -> maps.Relations:
    relations = maps.Relations()
    for name, *row in said:
        relations.add(name, *row)
    return relations


def write(layout: Layout, relations: maps.Relations, owners: list[int] | None = None) -> maps.Written:
    with maps.writing(layout) as writer:
        return writer.write(relations, owners=owners)


def test_only_what_differs_is_written(layout: Layout) -> None:
    first = rows(("domains", 1, "a.test"), ("mailboxes", 1, "x@a.test", "h", 10))
    assert write(layout, first) == maps.Written(2, 0)
    assert not write(layout, first)
    second = rows(("domains", 1, "a.test"), ("mailboxes", 1, "x@a.test", "h", 20))
    assert write(layout, second) == maps.Written(1, 1)


def test_one_owner_never_touches_the_rows_of_another(layout: Layout) -> None:
    write(layout, rows(("domains", 1, "a.test"), ("domains", 2, "b.test")))
    write(layout, maps.Relations(), owners=[1])
    with maps.reading(layout) as reader:
        assert reader.held().rows["domains"] == {(2, "b.test")}


def test_an_address_passes_from_one_owner_to_another(layout: Layout) -> None:
    write(layout, rows(("domains", 1, "a.test")))
    write(layout, rows(("domains", 2, "a.test")))
    with maps.reading(layout) as reader:
        assert reader.held().rows["domains"] == {(2, "a.test")}


def test_a_way_in_that_closes_is_told_and_a_digest_that_changes_is_not_one(layout: Layout) -> None:
    opened = rows(("logins", 1, "x@a.test", "aaaaaaaa", "x@a.test", "d1", 1))
    write(layout, opened)
    changed = rows(("logins", 1, "x@a.test", "aaaaaaaa", "x@a.test", "d2", 1))
    assert write(layout, changed).closed == frozenset()
    assert write(layout, maps.Relations()).closed == {"x@a.test"}


def test_a_writer_that_fails_leaves_everything_as_it_was(layout: Layout) -> None:
    write(layout, rows(("domains", 1, "a.test")))

    def fail() -> None:
        with maps.writing(layout) as writer:
            writer.write(maps.Relations())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with maps.reading(layout) as reader:
        assert reader.held().rows["domains"] == {(1, "a.test")}


# --- How much one address sends ---------------------------------------------------------------------------------------
def judged(folder: Path, login: str, count: str, now: int = 1_000_000) -> str:
    asked = {"sasl_username": login, "recipient_count": count}
    return sending_rates.judge(str(folder), asked, per_hour=10, per_day=15, now=now)


def test_an_address_is_bounded_by_the_hour_and_by_the_day_without_disturbing_others(tmp_path: Path) -> None:
    assert judged(tmp_path, "a@b.test", "10") == "DUNNO"
    assert judged(tmp_path, "A@b.test", "1").startswith("450 4.7.1")
    assert judged(tmp_path, "c@b.test", "10") == "DUNNO"
    assert judged(tmp_path, "a@b.test", "5", 1_000_000 + 3601) == "DUNNO"
    assert "a day" in judged(tmp_path, "a@b.test", "1", 1_000_000 + 7300)
    assert judged(tmp_path, "a@b.test", "10", 1_000_000 + 90_001) == "DUNNO"
    assert server_status._slowed(tmp_path / "rates.sqlite", at=datetime.fromtimestamp(1_000_000, UTC))[0].times == 2


def test_whoever_did_not_sign_in_is_not_counted(tmp_path: Path) -> None:
    assert judged(tmp_path, "", "1000") == "DUNNO"


def test_postfix_is_answered_even_when_it_asks_rubbish(tmp_path: Path) -> None:
    asked = "request=smtpd_access_policy\nsasl_username=a@b.test\nrecipient_count=x\n\n\nsasl_username=a@b.test\n\n"
    line = [sys.executable, "-I", "-S", sending_rates.__file__, str(tmp_path), "10", "10"]
    answered = subprocess.run(line, input=asked, capture_output=True, text=True, timeout=30)
    assert answered.stdout == "action=DUNNO\n\n" * 3
    assert answered.stderr == ""


def test_a_count_that_a_power_cut_broke_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "rates.sqlite").write_bytes(b"broken " * 1000)
    asked = "sasl_username=a@b.test\nrecipient_count=6\n\n" * 3
    line = [sys.executable, "-I", "-S", sending_rates.__file__, str(tmp_path), "10", "10"]
    answered = subprocess.run(line, input=asked, capture_output=True, text=True, timeout=30)
    # The first is not counted, the second is, the third is one too many.
    assert answered.stdout.startswith("action=DUNNO\n\naction=DUNNO\n\naction=450 4.7.1")


# --- What Dovecot answers ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "said",
    [b"", b"[]", b"{}", b"null", b"[[]]", b'[["doveadmResponse"]]', b'[["x",[],"t"],["y",[],"t"]]', b"\xff",
     b'[["doveadmResponse",{},"t"]]', b'[["error",{"exitCode":67},"t"]]', b'[["error",{"exitCode":"x"},"t"]]'],
)  # fmt: skip
def test_whatever_is_not_an_answer_is_an_error(said: bytes) -> None:
    with pytest.raises(DoveadmError) as failure:
        _read(said)
    assert failure.value.sentence.endswith(".")


def test_where_nobody_listens_dovecot_is_said_not_to_answer(tmp_path: Path) -> None:
    with pytest.raises(DoveadmError, match="ne répond pas"):
        Doveadm(Layout(tmp_path, ports=Ports.free(), api_key="k")).connected()


# --- What the servers' logs say ---------------------------------------------------------------------------------------
def test_refusals_are_counted_by_address_over_a_day_whatever_else_the_log_holds(tmp_path: Path) -> None:
    now = datetime(2026, 11, 25, 12, 0, tzinfo=PARIS)
    line = "{at} auth-worker({who})<12>: request [3]: Info: sql: {why}\n"
    log = tmp_path / "dovecot.log"
    log.write_bytes(
        "".join(
            [
                line.format(at="2026-11-25 11:00:00", who="Mairie@a.test", why="Password mismatch"),
                line.format(at="2026-11-25 11:30:00", who="mairie@a.test", why="unknown user"),
                line.format(at="2026-11-23 11:00:00", who="mairie@a.test", why="unknown user"),
                line.format(at="2026-11-25 11:00:00", who="a) <script>", why="unknown user"),
                "2026-11-25 11:00:00 imap-login: auth-worker(x@a.test)<1>: request [1]: Info: sql: unknown user\n",
            ]
        ).encode()
        + b"\xff\xfe\n" * 3
    )
    (found,) = server_status._refused(log, at=now)
    assert (found.address, found.times) == ("mairie@a.test", 2)
    assert found.last_at == datetime(2026, 11, 25, 11, 30, tzinfo=PARIS)
    assert server_status._refused(tmp_path / "none", at=now) == ()


def test_the_device_that_read_is_known_by_the_beginning_of_its_secret_and_nothing_else_is(tmp_path: Path) -> None:
    log = tmp_path / "dovecot.log"
    log.write_text(
        "2026-11-25 11:00:00 imap(mairie@a.test)<12><Ab+/1><dwyz82p2>: Info: Disconnected: Logged out in=1\n"
        "2026-11-25 11:30:00 imap(mairie@a.test)<13><Ab+/2><dwyz82p2>: Info: Disconnected: Logged out in=1\n"
        "2026-11-25 11:40:00 imap(mairie@a.test)<14><Ab+/3><>: Info: Disconnected: Logged out in=1\n"
        "2026-11-25 11:50:00 lmtp(x@a.test)<15><Ab+/4><aaaaaaaa>: Info: sieve: Disconnected\n"
    )
    assert server_status._read_by(log) == {"dwyz82p2": datetime(2026, 11, 25, 11, 30, tzinfo=PARIS)}


@pytest.mark.parametrize("said", ["", "{}", "[]", "null", '{"looked_at": 3}', "x"])
def test_what_is_no_look_of_ours_is_none(tmp_path: Path, said: str) -> None:
    (tmp_path / "seen.json").write_text(said)
    assert server_status.read(tmp_path / "seen.json") is None


# --- The copies -------------------------------------------------------------------------------------------------------
def test_the_copy_of_a_day_is_the_last_one_of_its_night() -> None:
    nights = [datetime(2026, 11, day, 1, 30, tzinfo=PARIS) for day in (2, 3, 4)]
    found = [copies.Copy(str(at.day), at) for at in nights]
    assert copies.copy_of(found, date(2026, 11, 2)) == found[1]
    assert copies.copy_of(found, date(2026, 11, 20)) == found[2]
    assert copies.copy_of(found, date(2026, 10, 30)) is None


def test_the_secret_of_the_chain_is_kept_as_dovecot_reads_it_and_always_the_same() -> None:
    digest = chain.digest("00000000-secret")
    assert digest == chain.digest("00000000-secret")
    kept = base64.b64decode(digest.removeprefix("{SSHA256}"))
    assert kept[:32] == hashlib.sha256(b"00000000-secret" + kept[32:]).digest()


def test_every_template_is_filled_whole(tmp_path: Path) -> None:
    for url in ("", "postgres://r%40:p@127.0.0.1:5433/base"):
        values = configuration._values(Layout(tmp_path, certificate="c", key="k", reader_url=url))
        for name in ("main.cf", "dovecot.conf", "opendkim.conf", "submission.options", "rspamd.conf", "who-writes.lua"):
            filled = configuration._fill(name, values)
            assert "@{" not in filled
            assert "None" not in filled


def test_what_the_page_reads_is_what_was_written(tmp_path: Path) -> None:
    at = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    (tmp_path / "seen.json").write_text(
        json.dumps(
            {
                "looked_at": at.isoformat(), "servers": [["postfix", True]], "waiting": 1, "deferred": None,
                "oldest_at": None, "reasons": [["x", 2]], "refused": [{"address": "a", "times": 1, "last_at": None}],
                "slowed": [], "last_copy_at": at.isoformat(),
            }
        )
    )  # fmt: skip
    seen = server_status.read(tmp_path / "seen.json")
    assert seen is not None
    assert (seen.servers, seen.waiting, seen.refused[0].times) == ((("postfix", True),), 1, 1)
