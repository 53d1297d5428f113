"""What the prefecture sends back: done once, or kept aside with a sentence; and nothing of it is believed."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from datetime import date, timedelta
from time import process_time

import pytest
import time_machine
from django.core.management import CommandError, call_command

from socle.deliberations import incoming, messages, sending
from socle.deliberations.contract import Arrival, Declined, Progress, Stage
from socle.deliberations.messages import Kind, Unreadable
from socle.deliberations.models import Act, Incoming, Status, Transmission, TransmissionAccount
from socle.documents import actions as documents
from socle.engines.simulated import letters
from socle.engines.simulated.models import SimulatedDeposit
from socle.engines.simulated.prefecture import SimulatedTransmitter
from socle.journal.models import Entry
from socle.people.models import User
from tests import factories as f
from tests.deliberations.transmitting import EXAMPLES, TWIN, account, act, polled

pytestmark = pytest.mark.usefixtures("all_beneficiaries")
SEED = "059-200039386-20211123-2021_16-DE"
DOOR = '<?xml version="1.0" encoding="{code}"?><!DOCTYPE a [{entities}]><ARActe IDActe="&a9;"/>'
LOL = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))


def hostile(name):
    """By name: what somebody would send, who is not the prefecture."""
    external = '<!ENTITY a9 SYSTEM "file:///etc/passwd">'
    return {
        "entity bomb": lambda: DOOR.format(code="UTF-8", entities=f'<!ENTITY a0 "lol">{LOL}').encode(),
        "external entity": lambda: DOOR.format(code="UTF-8", entities=external).encode(),
        "entity in two bytes": lambda: DOOR.format(code="UTF-16", entities=external).encode("utf-16"),
        "entity in another alphabet": lambda: (
            b'<?xml version="1.0" encoding="UTF-7"?>' + b"+ADwAIQ-DOCTYPE a [+ADwAIQ-ENTITY a9 'b'>]><ARActe/>"
        ),
        "deep": lambda: b"<a>" * 100_000,
        "long": lambda: b"<a>" + b" " * messages.MOST_BYTES + b"</a>",
        "cut": lambda: (EXAMPLES / f"{SEED}-1-2_1.xml").read_bytes()[:-40],
        "another message": lambda: b"<html/>",
        "of ours": lambda: (EXAMPLES / f"{SEED}-6-1_0.xml").read_bytes(),
        "empty": lambda: b"",
        "binary": lambda: bytes(range(256)),
        "path traversal": lambda: packed({"../../etc/cron.d/a": b"<a/>"}),
        "absolute path": lambda: packed({"/tmp/a.xml": b"<a/>"}),
        "link": lambda: packed({"a.xml": b""}, kind=tarfile.SYMTYPE),
        "twice the same": lambda: packed({"a.xml": b"<a/>"}, times=2),
        "many files": lambda: packed({f"{n}.xml": b"<a/>" for n in range(messages.MOST_FILES + 1)}),
        "archive bomb": lambda: gzip.compress(bytes(messages.MOST_UNFOLDED + 1)),
        "a name of a gigabyte": lambda: long_name(),
        "a gigabyte from nothing": lambda: sparse(),
        "a gigabyte from nothing, the new way": lambda: told_beside({"GNU.sparse.size": str(2**30)}),
        "a length told beside": lambda: told_beside({"size": "0"}),
        "figures without end": lambda: gzip.compress(tar_head("a", tarfile.XHDTYPE, 2**20) + b"1" * 2**20),
        "a length below nothing": lambda: gzip.compress(tar_head("a", tarfile.REGTYPE, -1024)),
        "attributes without end": lambda: ("<ARActe " + "".join(f"a{n}='' " for n in range(50_000)) + "/>").encode(),
        "elements without end": lambda: b"<ARActe>" + b"<a/>" * 50_000 + b"</ARActe>",
        "deeper than any": lambda: b"<ARActe>" + b"<a>" * 40 + b"</a>" * 40 + b"</ARActe>",
        "no message": lambda: packed({"a.pdf": b"%PDF-"}),
        "cut archive": lambda: packed({"a.xml": b"<a/>" * 100})[:60],
    }[name]()


HOSTILE = (
    "entity bomb", "external entity", "entity in two bytes", "entity in another alphabet", "deep", "long", "cut",
    "another message", "of ours", "empty", "binary", "path traversal", "absolute path", "link", "twice the same",
    "many files", "archive bomb", "a name of a gigabyte", "no message", "cut archive", "a gigabyte from nothing",
    "a gigabyte from nothing, the new way", "a length told beside", "figures without end", "a length below nothing",
    "attributes without end", "elements without end", "deeper than any",
)  # fmt: skip


def packed(files, *, kind=tarfile.REGTYPE, times=1):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in [*files.items()] * times:
            member = tarfile.TarInfo(name)
            member.size, member.type, member.linkname = len(content), kind, "/etc/passwd"
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def long_name():
    return gzip.compress(tar_head("././@LongLink", tarfile.GNUTYPE_LONGNAME, 2**30) + bytes(1024 * 1024))


def tar_head(name, kind, size):
    member = tarfile.TarInfo(name)
    member.size, member.type = size, kind
    return member.tobuf(format=tarfile.GNU_FORMAT)


def sparse():
    """Some 75 bytes, which say that they are a file of a gigabyte, all of it holes."""
    head = bytearray(tar_head("a.xml", tarfile.GNUTYPE_SPARSE, 0))
    head[483:495] = b"%011o\0" % 2**30
    head[148:156] = b"%06o\0 " % tarfile.calc_chksums(bytes(head))[0]
    return gzip.compress(bytes(head) + bytes(1024))


def told_beside(records):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
        member = tarfile.TarInfo("a.xml")
        member.pax_headers, member.size = records, 4
        tar.addfile(member, io.BytesIO(b"<a/>"))
    return buffer.getvalue()


# --- Read -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "kind", "day", "says"),
    [
        ("1-2_1", Kind.RECEIPT, date(2021, 11, 24), ""),
        ("3-1_0", Kind.REQUEST, date(2021, 12, 1), "Exemple"),
        ("4-1_0", Kind.OBSERVATIONS, date(2021, 12, 10), "Exemple"),
    ],
)
def test_the_examples_of_the_prefecture_are_read(name, kind, day, says):
    read = messages.read((EXAMPLES / f"{SEED}-{name}.xml").read_bytes())
    assert (read.kind, read.identifier, read.day, read.says) == (kind, SEED, day, says)
    assert read.in_force_on == (date(2019, 3, 1) if kind == Kind.RECEIPT else None)


def test_a_message_is_read_whether_its_names_are_qualified_or_not():
    read = messages.read(f'<ARActe IDActe="{SEED}" DateReception="2021-11-24T10:00:00"/>'.encode())
    assert (read.identifier, read.day) == (SEED, date(2021, 11, 24))
    assert messages.read(b'<ARActe DateReception="demain"/>').day is None


@pytest.mark.parametrize(
    ("nature", "is_outside"),
    [("1", False), ("005", False), ("100", False), ("6", True), ("²", True), ("٣", True), ("1" * 5000, True)],
)
def test_the_natures_that_its_schema_knows_are_told_from_others(nature, is_outside):
    read = messages.read(f"<AnomalieEnveloppe><Nature>{nature}</Nature></AnomalieEnveloppe>".encode())
    assert read.is_outside_schema is is_outside


def test_an_anomaly_of_an_envelope_names_its_act_by_the_file():
    name = f"{SEED}-1-1_0.xml"
    told = f"<AnomalieEnveloppe><Date>2021-11-24</Date><Nature>999</Nature><Detail>SIREN</Detail><EnveloppeRecue>\
<FormulairesEnvoyes><Formulaire><NomFichier>{name}</NomFichier></Formulaire></FormulairesEnvoyes></EnveloppeRecue>\
</AnomalieEnveloppe>"
    read = messages.read(told.encode())
    assert (read.identifier, read.is_outside_schema, read.says) == (SEED, True, "SIREN – nature 999")


def test_a_nomenclature_is_read_with_its_lower_levels():
    found = messages.classification(letters.classification())
    assert found.matters["1.1.1"].startswith("Délibérations")
    assert list(found.matters).index("7.9") < list(found.matters).index("7.10")
    with pytest.raises(Unreadable, match="celle d’avant reste"):
        messages.classification(b"<RetourClassification/>")


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: (EXAMPLES / f"{SEED}-1-2_1.xml").read_bytes(), ("received", SEED, "2021-11-24", "")),
        (lambda: (EXAMPLES / f"{SEED}-3-1_0.xml").read_bytes(), ("letter", SEED, "2021-12-01", "Exemple")),
        (lambda: letters.cancellation_receipt(SEED, on=f.TODAY), ("cancelled", SEED, "2026-11-25", "")),
        (lambda: letters.classification(), ("classification", "", "2019-03-01", "")),
        (
            lambda: packed({f"{SEED}-1-3_1.xml": b"<AnomalieActe><Detail>Rejet</Detail></AnomalieActe>"}),
            ("refused", SEED, "", "Rejet"),
        ),
        (lambda: b"<AnomalieEnveloppe><Nature>5</Nature></AnomalieEnveloppe>", ("envelope", "", "", "nature 5")),
        (lambda: letters.letter_archive(SEED, "200039386", "5-1", "Incompétence."),
         ("letter", SEED, "2021-11-23", "Incompétence.")),
    ],
)  # fmt: skip
def test_one_file_is_read_from_the_command_line_and_writes_nothing(made, told, tmp_path, db, capsys):
    (path := tmp_path / "message").write_bytes(made())
    call_command("acts", "read", path, "--json")
    read = json.loads(capsys.readouterr().out)
    assert tuple(read.values()) == told
    assert list(read) == ["kind", "identifier", "on", "says"]
    call_command("acts", "read", path)
    assert told[3] in capsys.readouterr().out
    assert not Incoming._base_manager.exists()


@pytest.mark.parametrize("name", ["external entity", "no message", "another message", "missing"])
def test_a_file_that_is_no_message_is_refused_in_french(name, tmp_path, db):
    path = tmp_path / "message"
    if name != "missing":
        path.write_bytes(hostile(name))
    with pytest.raises(CommandError, match=r"\.$"):
        call_command("acts", "read", path, "--json")


# --- Kept -------------------------------------------------------------------------------------------------------------
@pytest.fixture
def now():
    with time_machine.travel(f.NOW, tick=False):
        yield


@pytest.fixture
def by(db):
    return User.objects.system()


@pytest.fixture
def place(db, settings, now):
    settings.SOCLE_TRANSMITTERS = TWIN
    made = f.beneficiary()
    account(made)
    return made


@pytest.fixture
def sent(place, by):
    made = sending.send_electronically(act(place, subject="Plan"), by=by, at=f.NOW)
    sending.leave_due(by=by, at=f.NOW)
    made.refresh_from_db()
    return made


def receipt(sent, *, received_on=f.TODAY, **fields):
    fields = {"identifier": sent.identifier, **fields}
    return letters.receipt(message_of(sent), received_on=received_on, **fields)


def message_of(sent):
    return SimulatedDeposit.objects.get(identifier=sent.identifier).message.encode("latin-1")


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_or_broken_is_kept_unread_and_changes_nothing(name, place, sent, by):
    content = hostile(name)
    (one,) = incoming.receive(content, owner=place, by=by, at=f.NOW)
    assert one.set_aside_because.endswith(".")
    assert one.kind == Kind.UNREAD
    assert documents.read(one.message) == (content or b"\n")
    sent.refresh_from_db()
    assert sent.status == Status.SENT


@pytest.mark.parametrize("name", ["attributes without end", "elements without end", "figures without end"])
def test_what_would_hold_the_machine_is_refused_at_once(name):
    content = hostile(name)
    began = process_time()
    with pytest.raises(Unreadable):
        (messages.opened if content.startswith(messages.GZIP) else messages.read)(content)
    assert process_time() - began < 1


def test_a_long_name_and_dates_beside_it_are_read_however_they_are_written():
    name = f"{SEED}-1-2_1.{'a' * 120}.xml"
    for written in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz", format=written) as tar:
            member = tarfile.TarInfo(name)
            member.mtime, member.size = 1637740800.5, 4
            tar.addfile(member, io.BytesIO(b"<a/>"))
        assert messages.opened(buffer.getvalue()) == {name: b"<a/>"}


@pytest.mark.parametrize("error", [ValueError, RecursionError, MemoryError, ZeroDivisionError])
@pytest.mark.parametrize("where", ["messages._first", "note_reception"])
def test_whatever_a_message_raises_it_is_set_aside_with_its_reason(where, error, place, sent, by, monkeypatch):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(f"socle.deliberations.{'incoming.' if where == 'note_reception' else ''}{where}", fail)
    [one] = incoming.receive(receipt(sent), owner=place, sent=sent, by=by, at=f.NOW)
    assert one.set_aside_because == messages.UNFORESEEN
    assert one.transmission is None
    assert documents.read(one.message) == receipt(sent)
    sent.refresh_from_db()
    assert sent.status != Status.RECEIVED


def test_one_unreadable_message_keeps_no_other_from_being_read(place, sent, by, monkeypatch):
    """The one that came first, in the same answer of the device, and the other bodies after it."""
    other = f.beneficiary(f.commune("62001", "Ablain", 300))
    account(other)
    bad = b"<AnomalieActe><Nature>\xc2\xb2</Nature></AnomalieActe>"
    broken = sparse()
    taken = []
    arrivals = [Arrival("1", bad), Arrival("2", broken), Arrival("3", receipt(sent))]
    monkeypatch.setattr(
        SimulatedTransmitter, "incoming", lambda self, known: arrivals if known.siren == place.siret[:9] else []
    )
    monkeypatch.setattr(SimulatedTransmitter, "take", lambda self, known, reference: taken.append(reference))
    monkeypatch.setattr(SimulatedTransmitter, "status", lambda self, known, reference: Progress(Stage.SENT))
    assert polled() == 2
    assert taken == ["1", "2", "3"]
    sent.refresh_from_db()
    assert sent.status == Status.RECEIVED


def test_a_device_whose_answer_raises_keeps_no_other_body_from_being_heard(place, sent, by, monkeypatch):
    account(f.beneficiary(f.commune("62001", "Ablain", 300)))

    def incoming_of(self, known):
        if known.siren == place.siret[:9]:
            raise ValueError("invalid literal")
        return []

    monkeypatch.setattr(SimulatedTransmitter, "incoming", incoming_of)
    assert polled() == 1


def test_a_receipt_is_kept_and_does_what_it_says(place, sent, by):
    content = receipt(sent)
    (one,) = incoming.receive(content, owner=place, by=by, at=f.NOW)
    sent.refresh_from_db()
    assert (one.set_aside_because, one.transmission, sent.received_on) == ("", sent, f.TODAY)
    assert Entry.objects.filter(verb__startswith="prefecture.").get().verb == "prefecture.heard"
    assert documents.read(sent.proof) == content == documents.read(one.message)


def test_one_received_twice_is_kept_once_and_another_of_the_same_act_is_set_aside(place, sent, by):
    first = incoming.receive(receipt(sent), owner=place, by=by, at=f.NOW)
    assert incoming.receive(receipt(sent), owner=place, sent=sent, by=by, at=f.NOW) == first
    (other,) = incoming.receive(receipt(sent, received_on=f.TODAY - timedelta(days=1)), owner=place, by=by, at=f.NOW)
    assert "déjà notée, le 25 novembre 2026" in other.set_aside_because.replace("\u00a0", " ")
    sent.refresh_from_db()
    assert sent.received_on == f.TODAY


def test_the_receipt_of_another_body_is_set_aside(place, sent, by):
    other = sent.identifier.replace(place.siret[:9], "200039386")
    (one,) = incoming.receive(receipt(sent, identifier=other), owner=place, sent=sent, by=by, at=f.NOW)
    assert "pour un autre organisme (SIREN 200039386)" in one.set_aside_because
    assert Entry.objects.filter(verb__startswith="prefecture.").get().verb == "prefecture.set_aside"
    sent.refresh_from_db()
    assert sent.status == Status.SENT


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"identifier": "number"}, "Aucun acte envoyé d’ici"),
        ({"received_on": f.TODAY + timedelta(days=1)}, "n’est pas encore venu"),
        ({"received_on": date(2026, 9, 30)}, "avant d’être adopté"),
    ],
)
def test_a_receipt_that_fits_nothing_is_set_aside_and_may_be_taken_up(changed, says, place, sent, by):
    if "identifier" in changed:
        changed = {"identifier": sent.identifier.replace("2026_12", "2026_99")}
    (one,) = incoming.receive(receipt(sent, **changed), owner=place, by=by, at=f.NOW)
    assert says in one.set_aside_because
    sent.refresh_from_db()
    assert sent.status == Status.SENT
    assert says in incoming.take_up(one, by=by, at=f.NOW).set_aside_because


@pytest.mark.parametrize("by_whom", ["a person", "the device, which says it again"])
def test_one_set_aside_for_a_day_to_come_is_taken_up_when_it_has_come(by_whom, place, sent, by):
    (one,) = incoming.receive(receipt(sent, received_on=date(2026, 11, 26)), owner=place, by=by, at=f.NOW)
    at = f.NOW + timedelta(days=1)
    if by_whom == "a person":
        incoming.take_up(one, by=by, at=at)
    else:
        incoming.receive(receipt(sent, received_on=date(2026, 11, 26)), owner=place, sent=sent, by=by, at=at)
        one.refresh_from_db()
    sent.refresh_from_db()
    assert (one.set_aside_because, sent.received_on) == ("", date(2026, 11, 26))


def test_an_anomaly_outside_its_own_schema_refuses_the_sending_and_says_so(place, sent, by):
    content = letters.anomaly(message_of(sent), nature="ABC", detail="Inconnu", on=f.TODAY)
    (one,) = incoming.receive(content, owner=place, by=by, at=f.NOW)
    sent.refresh_from_db()
    assert one.set_aside_because == ""
    assert sent.status == Status.REFUSED
    assert "hors de son propre schéma" in sent.says
    assert "Inconnu" in sent.says
    # The act may go again, and a receipt that comes late finds nobody.
    (late,) = incoming.receive(receipt(sent), owner=place, by=by, at=f.NOW)
    assert "ne correspond pas à l’état" in late.set_aside_because


def test_an_anomaly_that_names_no_act_is_of_the_one_that_the_device_says(place, sent, by):
    content = b"<AnomalieActe><Nature>001</Nature></AnomalieActe>"
    (one,) = incoming.receive(content, owner=place, sent=sent, by=by, at=f.NOW)
    sent.refresh_from_db()
    assert (one.set_aside_because, sent.status) == ("", Status.REFUSED)
    (other,) = incoming.receive(content + b" ", owner=place, by=by, at=f.NOW)
    assert "Aucun acte envoyé d’ici ne porte cet identifiant" in other.set_aside_because


def test_a_receipt_is_of_the_last_sending_under_its_name(place, sent, by):
    former = Transmission.objects.create(
        act=sent.act,
        road="electronic",
        status="refused",
        identifier=sent.identifier,
        asked_at=f.NOW - timedelta(days=1),
    )
    (one,) = incoming.receive(receipt(sent), owner=place, by=by, at=f.NOW)
    assert (one.transmission, former.status) == (sent, "refused")


@pytest.mark.parametrize("word", letters.WORDS)
def test_a_letter_comes_with_its_file_and_waits_for_somebody(word, place, by):
    made = sending.send_electronically(act(place, subject=f"Plan ({word})"), by=by, at=f.NOW)
    sending.leave_due(by=by, at=f.NOW)
    polled(3)
    (letter,) = Incoming.objects.filter(kind__in=Incoming.LETTERS)
    assert (letter.transmission, letter.set_aside_because) == (made, "")
    assert [one.document.content_type for one in letter.files.all()] == ["application/pdf"]
    assert letter.says == letters.WORDS[word][1]


def test_a_nomenclature_that_comes_by_itself_takes_the_place_of_the_former(place, by):
    (one,) = incoming.receive(letters.classification(of=date(2026, 11, 1)), owner=place, by=by, at=f.NOW)
    assert (one.set_aside_because, TransmissionAccount.of(place).classification_on) == ("", date(2026, 11, 1))
    (same,) = incoming.receive(b"<ReponseClassificationSansChangement/>", owner=place, by=by, at=f.NOW)
    assert (same.kind, same.set_aside_because) == (Kind.SAME_CLASSIFICATION, "")


def test_a_newer_nomenclature_in_force_is_fetched(place, sent, by, monkeypatch):
    new = letters.classification(of=date(2026, 11, 1))
    monkeypatch.setattr(letters, "classification", lambda: new)
    incoming.receive(receipt(sent, in_force_on=date(2026, 11, 1)), owner=place, by=by, at=f.NOW)
    assert TransmissionAccount.of(place).in_force_on == date(2026, 11, 1)
    polled()
    assert TransmissionAccount.of(place).classification_on == date(2026, 11, 1)


@pytest.mark.parametrize("method", ["stamped_copy", "status"])
def test_an_act_that_the_device_no_longer_knows_keeps_no_letter_from_being_read(method, place, by, monkeypatch):
    made = [sending.send_electronically(act(place, number, subject="Plan (pièces)"), by=by, at=f.NOW)
            for number in ("2026-12", "2026-13")]  # fmt: skip
    sending.leave_due(by=by, at=f.NOW)
    true = getattr(SimulatedTransmitter, method)
    made[0].refresh_from_db()

    def forgetful(self, access, reference):
        if reference == made[0].reference:
            raise Declined("Numéro de transaction invalide.")
        return true(self, access, reference)

    monkeypatch.setattr(SimulatedTransmitter, method, forgetful)
    polled(3)
    assert Incoming.objects.filter(kind="3-1", transmission=made[1]).exists()


def test_a_device_that_fails_keeps_nobody_else_from_being_heard(place, sent, by, settings):
    neighbour = f.beneficiary(f.commune("62001", "Ablain", 300))
    account(neighbour)
    TransmissionAccount.objects.filter(beneficiary=neighbour).update(transmitter="gone")
    assert polled() == 1


def test_bodies_are_heard_in_turn_and_none_of_them_too_often(place, sent, by):
    neighbour = f.beneficiary(f.commune("62001", "Ablain", 300))
    account(neighbour)
    heard = [incoming.poll(by=by, at=f.NOW, is_awaited=lambda: True) for _ in range(3)]
    assert heard == [1, 1, 0]
    assert incoming.poll(by=by, at=f.NOW + incoming.EVERY) == 2


def test_an_act_elsewhere_is_not_touched_by_a_message_for_it(place, by):
    assert not Transmission.objects.exists()
    identifier = f"059-{place.siret[:9]}-20261001-2026_12-DE"
    made = act(place)
    content = letters.letter("3-1", identifier, on=f.TODAY, says="Le plan")
    (one,) = incoming.receive(content, owner=place, by=by, at=f.NOW)
    assert "notez cet acte et sa réception" in one.set_aside_because
    assert Act.objects.get(pk=made.pk).received_on is None
