"""Leaving with all one's data: who asks, how it is made and goes on after a failure, what it holds, how it goes."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from socle import __version__
from socle.deliberations import open_data
from socle.deliberations.models import Incoming, IncomingFile, Transmission
from socle.documents import actions as documents
from socle.inbox.models import MessageReply
from socle.journal.models import Entry
from socle.lib.archives import Shelf, check
from socle.lib.findings import Severity
from socle.lib.refusals import Refused
from socle.operations.doctor import work
from socle.people.models import Beneficiary, Operator, Role, User
from socle.provisioning.handover import actions, emails, handing, making, rules
from socle.provisioning.handover.contract import Part, parts
from socle.provisioning.handover.models import HANDOVER_MOVES, Handover, HandoverStatus
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def elsewhere(settings: Any, tmp_path: Path) -> None:
    settings.HANDOVERS_ROOT = tmp_path / "handovers"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.DOCUMENTS_ROOT = tmp_path / "kept"


@pytest.fixture
def place() -> Beneficiary:
    return f.beneficiary()


@pytest.fixture
def other() -> Beneficiary:
    return f.beneficiary(f.commune("59057", "Bermeries"))


@pytest.fixture
def mayor(place: Beneficiary) -> User:
    return f.member(Role.MAYOR, place)


@pytest.fixture
def officer() -> User:
    f.programme()
    return f.member(Role.PROGRAMME_OFFICER, Operator.objects.get(code="cdg59"))


def asked(place: Beneficiary, by: User, reason: str = "Fin de la convention") -> Handover:
    with scope(beneficiary=place):
        return actions.ask(place, reason=reason, by=by, at=timezone.now())


def made(place: Beneficiary, by: User) -> Handover:
    handover = asked(place, by)
    assert making.make(handover.pk, at=timezone.now())
    with scope(beneficiary=place):
        return Handover.objects.get(pk=handover.pk)


def again(handover: Handover) -> Handover:
    with scopes_disabled():
        return Handover.objects.select_related("beneficiary").get(pk=handover.pk)


def content_of(handover: Handover) -> dict[str, bytes]:
    with default_storage.open(handover.file) as file, zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# --- Who -------------------------------------------------------------------------------------------------------------
def test_a_mayor_asks_and_is_told_when_it_is_ready(place: Beneficiary, mayor: User) -> None:
    handover = made(place, mayor)
    assert handover.status == HandoverStatus.READY
    assert [message.to for message in mail.outbox] == [[mayor.email]]
    assert "prête" in mail.outbox[0].subject
    assert "/mairie/emporter/" in mail.outbox[0].body
    verbs = Entry.objects.filter(verb__startswith="handover.").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["handover.asked", "handover.ready"]


def test_an_officer_asks_and_the_mayor_learns_of_it_at_once(place: Beneficiary, mayor: User, officer: User) -> None:
    asked(place, officer)
    [message] = mail.outbox
    assert message.to == [mayor.email]
    assert officer.name in message.body
    assert "Fin de la convention" in message.body


@pytest.mark.parametrize("role", [Role.SECRETARY])
def test_a_secretary_does_not_ask(place: Beneficiary, role: Role) -> None:
    with pytest.raises(Refused, match="maire"):
        asked(place, f.member(role, place))


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.FINANCE_OFFICER, Role.CDG_ADVISOR, Role.PRESIDENT])
def test_no_other_role_of_an_operator_asks(place: Beneficiary, role: Role) -> None:
    f.programme()
    with pytest.raises(Refused, match="chargée du programme"):
        asked(place, f.member(role, Operator.objects.get(code="npdcn")))


def test_the_platform_itself_sees_the_archives_of_a_commune(place: Beneficiary) -> None:
    assert rules.why_not_see(place, by=User.objects.system(), on=timezone.localdate()) is None


def test_the_mayor_of_another_commune_does_not_ask(place: Beneficiary, other: Beneficiary) -> None:
    with pytest.raises(Refused):
        asked(place, f.member(Role.MAYOR, other))


def test_the_officer_of_another_department_does_not_ask(place: Beneficiary) -> None:
    f.programme()
    with pytest.raises(Refused):
        asked(place, f.member(Role.PROGRAMME_OFFICER, Operator.objects.get(code="cdg62")))


@pytest.mark.parametrize(("reason", "said"), [("  ", "motif"), ("a" * 301, "trop long"), ("a\u202eb", "ne s’affiche")])
def test_a_wrong_reason_is_refused(place: Beneficiary, mayor: User, reason: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        asked(place, mayor, reason)


def test_one_archive_is_made_at_a_time(place: Beneficiary, mayor: User) -> None:
    asked(place, mayor)
    with pytest.raises(Refused, match="déjà en préparation"):
        asked(place, mayor)


# --- What it holds ---------------------------------------------------------------------------------------------------
def furnish(place: Beneficiary, by: User, word: str) -> None:
    """A message with its answer and its file, an act with its text, an agreement, a document of no one else."""
    message = f.contact_message(place, words=f"Question de {word}", number=f"{word[:6].upper()}-1")
    piece = message.files.get()
    piece.file = default_storage.save(f"messages/{place.pk}/x/photo.jpg", ContentFile(word.encode()))
    piece.save()
    with scope(beneficiary=place):
        MessageReply.objects.create(
            message=message, words=f"Réponse à {word}", written_at=f.NOW, written_by=by, form_sha256=word.ljust(64, "0")
        )
    text = documents.keep(
        b"%PDF-1.7 " + word.encode(), title=f"Acte de {word}", filename="acte.pdf", by=by, at=f.NOW, beneficiary=place
    )
    act = f.act(place, f"2026-{place.pk}", subject=f"Objet de {word}", document=text)
    stamped = documents.keep(b"%PDF-1.7 stamped " + word.encode(), title="Tamponné", filename="a.pdf", by=by, at=f.NOW)
    sent = Transmission.objects.create(
        act=act, road="paper", status="received", received_on=f.TODAY, asked_at=f.NOW, stamped=stamped
    )
    letter = Incoming.objects.create(
        beneficiary=place, transmission=sent, kind="2-1", says=f"Courrier à {word}", received_at=f.NOW,
        sha256=word, message=text,
    )  # fmt: skip
    IncomingFile.objects.create(incoming=letter, document=stamped)
    f.signed_agreement(place)


@pytest.fixture
def two(place: Beneficiary, other: Beneficiary, mayor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socle.documents.actions.why_not_keep_file", lambda head, **asked: None)
    furnish(place, mayor, "Prisches")
    furnish(other, mayor, "Bermeries")


def test_it_holds_everything_of_a_commune_and_nothing_of_another(
    place: Beneficiary, mayor: User, two: None, tmp_path: Path
) -> None:
    handover = made(place, mayor)
    files = content_of(handover)
    names = set(files)
    assert {"index.html", "index.json", "SHA256SUMS", "messages-habitants/messages.csv"} <= names
    assert files["messages-habitants/pieces-jointes/PRISCH-1/photo.jpg"] == b"Prisches"
    rows = list(csv.reader(io.StringIO(files["messages-habitants/messages.csv"].decode("utf-8-sig")), delimiter=";"))
    assert rows[1][rows[0].index("Message")] == "Question de Prisches"
    assert "Réponse à Prisches" in files["messages-habitants/reponses.csv"].decode()
    [act] = [name for name in names if name.startswith("deliberations/textes/")]
    assert files[act] == b"%PDF-1.7 Prisches"
    assert hashlib.sha256(files[act]).hexdigest() in files["deliberations/actes.csv"].decode()
    assert b"Courrier \xc3\xa0 Prisches" in files["deliberations/prefecture.csv"]
    assert b"%PDF-1.7 stamped Prisches" in files.values()
    # As the national schema wants it, except for what nobody told the platform: the index says so.
    [delib] = csv.DictReader(io.StringIO(files["deliberations/deliberations.csv"].decode()))
    assert delib == {
        **dict.fromkeys(open_data.HEADERS, ""), "COLL_NOM": place.name, "COLL_SIRET": place.siret,
        "DELIB_ID": f"2026-{place.pk}", "DELIB_DATE": "2026-10-01", "DELIB_OBJET": "Objet de Prisches",
        "PREF_ID": "PREF059", "PREF_DATE": "2026-10-02",
    }  # fmt: skip
    assert "DELIB_MATIERE_CODE" in files["index.html"].decode()
    assert hashlib.sha256(files["deliberations/deliberations.csv"]).hexdigest() in files["SHA256SUMS"].decode()
    [agreement] = [name for name in names if name.endswith("convention.json")]
    assert json.loads(files[agreement])["annual_price"] == "240.00"
    assert all(b"Bermeries" not in content for content in files.values())
    # As its own sums say, and as the row says.
    path = tmp_path / "taken.zip"
    with default_storage.open(handover.file) as file:
        path.write_bytes(file.read())
    assert check(path).faults == []
    assert hashlib.sha256(path.read_bytes()).hexdigest() == handover.sha256
    assert path.stat().st_size == handover.size
    said = io.StringIO()
    call_command("check_handover", str(path), stdout=said)
    assert "L’archive est entière" in said.getvalue()
    path.write_bytes(path.read_bytes().replace(b"Prisches", b"Prischez", 1))
    with pytest.raises(CommandError, match="n’est pas celle"):
        call_command("check_handover", str(path), stderr=io.StringIO())
    with pytest.raises(CommandError, match="n’existe pas"):
        call_command("check_handover", str(path.with_name("autre.zip")))


def test_the_index_is_read_offline_and_names_what_is_missing(place: Beneficiary, mayor: User, two: None) -> None:
    with scope(beneficiary=place):
        default_storage.delete(f"messages/{place.pk}/x/photo.jpg")
    index = content_of(made(place, mayor))["index.html"].decode()
    assert "introuvables" in index
    assert "n’a pas de site" in index
    assert "http" not in index
    assert "<script" not in index
    assert "Prisches" in index


def test_a_commune_that_has_nothing_takes_an_archive_that_says_so(place: Beneficiary, mayor: User) -> None:
    files = content_of(made(place, mayor))
    assert set(files) == {"index.html", "index.json", "SHA256SUMS"}
    about = json.loads(files["index.json"])
    assert about["format"] == "socle-handover/1"
    assert datetime.fromisoformat(about["made_at"]).tzinfo is not None
    assert about["made_by"] == f"Socle {__version__}"
    assert about["beneficiary"] == {"name": place.name, "siret": place.siret, "insee_code": "59474"}
    assert "Rien à cet endroit" in files["index.html"].decode()


@pytest.mark.slow
def test_that_it_is_ready_is_told_to_the_mayors_and_to_who_asked_but_not_to_the_platform(
    place: Beneficiary, mayor: User, officer: User
) -> None:
    handover = asked(place, officer)
    for who, told in ((officer, {mayor.email, officer.email}), (User.objects.system(), {mayor.email})):
        mail.outbox.clear()
        handover.asked_by = who
        emails.tell_ready(handover, at=timezone.now())
        assert {address for message in mail.outbox for address in message.to} == told


# --- Made, whatever happens ------------------------------------------------------------------------------------------
CALLS: list[str] = []
FAILS: list[Exception] = []


def write_first(beneficiary: Beneficiary, shelf: Shelf) -> None:
    CALLS.append("first")
    shelf.add("a.txt", "un")


def write_second(beneficiary: Beneficiary, shelf: Shelf) -> None:
    CALLS.append("second")
    shelf.add("b.txt", "deux")
    if FAILS:
        raise FAILS.pop()


def write_again(beneficiary: Beneficiary, shelf: Shelf) -> None:
    with scopes_disabled():
        [handover] = Handover.objects.filter(beneficiary=beneficiary)
    with scope(beneficiary=beneficiary):
        actions.remove(handover, by=handover.asked_by, at=timezone.now())
    shelf.add("c.txt", "trop tard")


TABLE = (
    Part("un", "Un", "Le premier.", f"{__name__}.write_first"),
    Part("deux", "Deux", "Le second.", f"{__name__}.write_second"),
)
REMOVED_MEANWHILE = (Part("un", "Un", "Le premier.", f"{__name__}.write_again"),)


@pytest.fixture
def table(settings: Any) -> None:
    CALLS.clear()
    FAILS.clear()
    settings.SOCLE_HANDOVERS = f"{__name__}.TABLE"


def test_a_part_that_fails_waits_for_another_try_and_the_others_are_not_made_twice(
    place: Beneficiary, mayor: User, table: None
) -> None:
    FAILS.append(OSError(28, "No space left on device"))
    handover = asked(place, mayor)
    at = timezone.now()
    assert not making.make(handover.pk, at=at)
    handover = again(handover)
    assert handover.status == HandoverStatus.FAILED
    assert "La place manque" in handover.last_error
    assert handover.next_try_at is not None
    assert making.make_due(at=at) == 0, "not before its time"
    assert making.make_due(at=handover.next_try_at + timedelta(seconds=1)) == 1
    handover = again(handover)
    assert handover.status == HandoverStatus.READY
    assert CALLS == ["first", "second", "second"]
    assert (handover.last_error, handover.attempts) == ("", 0)
    assert not actions.workshop(handover).exists()


@pytest.mark.parametrize(("failures", "minutes"), [(0, 2), (1, 4), (7, 256), (8, 360), (90, 360)])
def test_each_failure_puts_the_next_try_off_further(
    place: Beneficiary, mayor: User, table: None, failures: int, minutes: int
) -> None:
    FAILS.append(ValueError())
    handover, at = asked(place, mayor), timezone.now()
    with scopes_disabled():
        Handover.objects.update(attempts=failures)
    making.make(handover.pk, at=at)
    # From when it failed, which is not known to the second.
    assert again(handover).attempts == failures + 1
    wait = again(handover).next_try_at - at
    assert timedelta(minutes=minutes) <= wait < timedelta(minutes=minutes, seconds=30)


def test_how_far_it_has_come_is_told_now_and_then(place: Beneficiary, mayor: User) -> None:
    handover = asked(place, mayor)
    with scope(beneficiary=place):
        Handover.objects.update(status=HandoverStatus.MAKING)
        told = making._Telling(handover, "x" * 90, 3, 88, [])
        told(2, 10)
        told(5, 50)
        handover = again(handover)
        assert (handover.part, handover.parts_done, handover.parts) == ("x" * 80, 3, 88)
        assert (handover.files, handover.size) == (2, 10), "a second time at once would be too much"
        assert handover.claimed_until > timezone.now() + making.CLAIM - timedelta(minutes=1)
        told.told_at -= making.TOLD_EVERY
        told(5, 50)
        assert (again(handover).files, again(handover).size) == (5, 50)
        Handover.objects.update(status=HandoverStatus.REMOVED)
        told.told_at -= making.TOLD_EVERY
        with pytest.raises(making.Dropped):
            told(6, 60)


def test_the_doctor_says_which_archive_waits(place: Beneficiary, mayor: User, table: None) -> None:
    assert [finding.severity for finding in work.handovers()] == [Severity.OK]
    FAILS.append(OSError(28, "No space left on device"))
    making.make(asked(place, mayor).pk, at=timezone.now())
    [finding] = work.handovers()
    assert finding.severity == Severity.WARNING
    assert place.name in finding.says
    assert "La place manque" in finding.says


def test_what_an_error_says_is_not_shown(place: Beneficiary, mayor: User, table: None) -> None:
    FAILS.append(ValueError("Mme Untel, 1 rue de la Paix"))
    handover = asked(place, mayor)
    making.make(handover.pk, at=timezone.now())
    assert "Untel" not in again(handover).last_error


def test_a_maker_that_lives_is_left_alone_and_a_dead_one_is_replaced(
    place: Beneficiary, mayor: User, table: None
) -> None:
    handover = asked(place, mayor)
    now = timezone.now()
    with scopes_disabled():
        Handover.objects.filter(pk=handover.pk).update(
            status=HandoverStatus.MAKING, claimed_until=now + timedelta(minutes=5)
        )
    assert making.make_due(at=now) == 0
    assert CALLS == []
    assert making.make_due(at=now + timedelta(minutes=6)) == 1


def test_one_removed_while_it_is_made_leaves_nothing(
    place: Beneficiary, mayor: User, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.SOCLE_HANDOVERS = f"{__name__}.REMOVED_MEANWHILE"
    handover = asked(place, mayor)
    with django_capture_on_commit_callbacks(execute=True):
        assert not making.make(handover.pk, at=timezone.now())
    handover = again(handover)
    assert handover.status == HandoverStatus.REMOVED
    assert handover.file == ""
    assert not actions.workshop(handover).exists()
    assert not list(Path(settings.MEDIA_ROOT).rglob("*.zip"))


def test_made_twice_at_once_it_is_made_once(place: Beneficiary, mayor: User, table: None) -> None:
    handover = made(place, mayor)
    assert not making.make(handover.pk, at=timezone.now())
    assert CALLS == ["first", "second"]


# --- Taken, and gone -------------------------------------------------------------------------------------------------
def test_only_the_mayor_or_who_asked_takes_it_and_each_time_is_written(
    place: Beneficiary, mayor: User, officer: User, table: None
) -> None:
    handover = made(place, officer)
    secretary, cdg = f.member(Role.SECRETARY, place), Operator.objects.get(code="cdg59")
    colleague = f.member(Role.PROGRAMME_OFFICER, cdg, email="collegue@exemple.invalid")
    with scope(beneficiary=place):
        for who in (secretary, colleague):
            with pytest.raises(Refused, match="remise au ou à la maire"):
                actions.note_taken(handover, by=who, at=timezone.now())
        for who in (mayor, officer, mayor):
            actions.note_taken(handover, by=who, at=timezone.now())
    taken = Entry.objects.filter(verb="handover.taken")
    assert taken.count() == 3
    assert taken.first().facts["sha256"] == handover.sha256  # type: ignore[union-attr]
    assert again(handover).taken_at is not None


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (HandoverStatus.ASKED, "pas encore prête"),
        (HandoverStatus.MAKING, "pas encore prête"),
        (HandoverStatus.FAILED, "pas encore prête"),
        (HandoverStatus.READY, None),
        (HandoverStatus.REMOVED, "a été retirée"),
    ],
)
def test_an_archive_is_taken_when_it_is_ready(place: Beneficiary, mayor: User, status: str, said: str | None) -> None:
    handover = asked(place, mayor)
    handover.status = status
    found = rules.why_not_take(handover, by=mayor, on=timezone.localdate())
    assert found is None if said is None else said in (found or "")


def test_an_officer_who_left_takes_nothing_any_more(place: Beneficiary, officer: User, table: None) -> None:
    handover = made(place, officer)
    officer.memberships.all().delete()
    with scope(beneficiary=place), pytest.raises(Refused):
        actions.note_taken(handover, by=officer, at=timezone.now())


def test_a_signed_address_is_of_one_person_one_archive_and_some_hours(
    place: Beneficiary, mayor: User, officer: User, table: None
) -> None:
    handover = made(place, mayor)
    signed = handing.sign(handover, mayor)
    assert handing.why_not_signed(signed, handover, mayor) is None
    assert handing.why_not_signed(signed, handover, officer) == handing.STALE
    assert handing.why_not_signed(signed, Handover(pk=handover.pk + 1), mayor) == handing.STALE
    for forged in ("", "x", signed[:-1], signed + "x", ":" * 40, "\x00"):
        assert handing.why_not_signed(forged, handover, mayor) == handing.STALE
    for after, said in ((timedelta(hours=12, minutes=-1), None), (timedelta(hours=12, seconds=2), handing.STALE)):
        with time_machine.travel(timezone.now() + after):
            assert handing.why_not_signed(signed, handover, mayor) == said


def test_it_goes_by_the_rule_of_retention_and_its_row_stays(
    place: Beneficiary, mayor: User, table: None, django_capture_on_commit_callbacks: Any
) -> None:
    handover = made(place, mayor)
    file, system = handover.file, User.objects.system()
    assert default_storage.exists(file)
    now = timezone.now()
    assert actions.erase_old(now - timedelta(days=30), by=system, at=now, is_dry=False) == 0
    later = now + timedelta(seconds=1)
    assert actions.erase_old(later, by=system, at=now, is_dry=True) == 1
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.erase_old(later, by=system, at=now, is_dry=False) == 1
    assert not default_storage.exists(file)
    assert again(handover).status == HandoverStatus.REMOVED
    assert again(handover).sha256 == handover.sha256
    # What is gone is not removed a second time, nor counted.
    assert actions.erase_old(later, by=system, at=later, is_dry=False) == 0
    assert again(handover).removed_at == now


def test_it_is_removed_by_the_mayor_by_who_asked_or_by_the_platform(
    place: Beneficiary, other: Beneficiary, mayor: User, officer: User
) -> None:
    handover = asked(place, officer)
    able = {mayor, officer, User.objects.system()}
    for by in (*able, f.member(Role.SECRETARY, place), f.member(Role.MAYOR, other)):
        said = rules.why_not_remove(handover, by=by, on=timezone.localdate())
        assert said == (None if by in able else rules.NOT_YOURS)


@pytest.mark.slow
@pytest.mark.both
def test_removing_it_touches_nothing_of_what_it_was_made_of(
    place: Beneficiary, mayor: User, two: None, django_capture_on_commit_callbacks: Any
) -> None:
    handover = made(place, mayor)
    with scope(beneficiary=place), django_capture_on_commit_callbacks(execute=True):
        actions.remove(handover, by=mayor, at=timezone.now())
        with pytest.raises(Refused, match="déjà retirée"):
            actions.remove(handover, by=mayor, at=timezone.now())
    assert default_storage.exists(f"messages/{place.pk}/x/photo.jpg")


def test_every_part_declared_can_be_written() -> None:
    codes = {part.code for part in parts()}
    assert codes >= {"site-internet", "messages-habitants", "deliberations", "conventions"}
    assert all(callable(part.writer) for part in parts())
    assert len(codes) == len(parts())


def test_every_move_leads_somewhere() -> None:
    assert set(HANDOVER_MOVES) == set(HandoverStatus)
