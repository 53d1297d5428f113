"""The answers to the letters of a prefecture: which fit, that each leaves once, and that they are read there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django_scopes import scope

from socle.deliberations import incoming, sending, transmission_queries
from socle.deliberations import transmission_rules as rules
from socle.deliberations.contract import Declined
from socle.deliberations.models import Incoming, Reply, Status, TransmissionAccount
from socle.deliberations.transmission_presenters import certificate_sentence, reply_sentence
from socle.documents import actions as documents
from socle.documents.contract import Unreachable
from socle.engines.simulated import letters
from socle.engines.simulated.models import LedgerLine, SimulatedDeposit
from socle.engines.simulated.prefecture import SimulatedTransmitter
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Role, User
from tests import factories as f
from tests.deliberations.test_sending import Dies
from tests.deliberations.transmitting import TWIN, account, act, kept, polled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("all_beneficiaries")]
Flow, Kind = Reply.Flow, Incoming.Kind


@pytest.fixture(autouse=True)
def twin(settings):
    settings.SOCLE_TRANSMITTERS = TWIN
    with time_machine.travel(f.NOW, tick=False):
        yield


@pytest.fixture
def by():
    return User.objects.system()


@pytest.fixture
def place():
    made = f.beneficiary()
    account(made)
    return made


@pytest.fixture
def letter(place, by):
    """That of the twin about an act that asks for one."""

    def wrote(word="pièces", number="2026-12"):
        sent = sending.send_electronically(act(place, number, subject=f"Plan ({word})"), by=by, at=f.NOW)
        sending.leave_due(by=by, at=f.NOW)
        polled(3)
        return Incoming.objects.get(transmission=sent, kind__in=Incoming.LETTERS)

    return wrote


def answered(letter, flow=Flow.PIECES, **fields):
    told = {"document": kept(letter.beneficiary, title="Réponse"), "by": User.objects.system(), "at": f.NOW, **fields}
    return sending.reply(letter, flow=flow, **told)


def test_a_letter_has_its_answers_and_what_only_informs_has_none():
    found = {kind: rules.replies_to(Incoming(kind=kind)) for kind in Kind}
    assert {kind: flows for kind, flows in found.items() if flows} == {
        Kind.LETTER: [Flow.LETTER],
        Kind.REQUEST: [Flow.REFUSAL, Flow.PIECES],
        Kind.OBSERVATIONS: [Flow.REJECTION, Flow.JUSTIFICATION],
    }


@pytest.mark.parametrize(
    ("word", "flow", "receipt"),
    [
        ("courrier", "2-2", None),
        ("pièces", "3-3", "3-5"),
        ("pièces", "3-4", "3-5"),
        ("observations", "4-3", "4-5"),
        ("observations", "4-4", "4-5"),
    ],
)
@pytest.mark.slow
def test_an_answer_leaves_once_is_read_by_the_prefecture_and_acknowledged(word, flow, receipt, letter, by):
    one = letter(word)
    assert rules.legality_check_ends_on(one.transmission) == (None if word == "pièces" else date(2027, 1, 25))
    made = answered(one, flow)
    assert reply_sentence(made) == "En train de partir par le dispositif."
    assert sending.leave_due(by=by, at=f.NOW) == 1
    assert sending.leave_due(by=by, at=f.NOW) == 0
    polled(3)
    made.refresh_from_db()
    assert LedgerLine.objects.filter(key=f"réponse {flow}:{one.identifier}").count() == 1
    if receipt is None:
        assert made.status == Status.SENT
        assert "La préfecture n’accuse pas réception" in reply_sentence(made)
        return
    assert (made.status, made.received_on) == (Status.RECEIVED, f.TODAY)
    assert reply_sentence(made).startswith("Reçue en préfecture le 25")
    assert Incoming.objects.get(kind=receipt).set_aside_because == ""
    assert rules.legality_check_ends_on(one.transmission) == date(2027, 1, 25)
    written = Entry.objects.filter(verb__startswith="act.answer").order_by("position")
    assert [entry.verb for entry in written] == ["act.answer_asked", "act.answered", "act.answer_received"]


@pytest.mark.parametrize(
    ("word", "changed", "asked", "says"),
    [
        ("pièces", {}, {}, None),
        ("pièces", {}, {"flow": "4-4"}, "Choisissez ce que vous répondez"),
        ("pièces", {}, {"flow": "3-5"}, "Choisissez ce que vous répondez"),
        ("courrier", {}, {"flow": "2-2"}, None),
        ("déféré", {}, {"flow": "5-2"}, "n’attend pas de réponse"),
        ("pièces", {"set_aside_because": "Un autre."}, {}, "mis de côté"),
        ("pièces", {"transmission": None}, {}, "mis de côté"),
        ("pièces", {"letter_on": None}, {}, "par courrier"),
        ("pièces", {"reference": ""}, {}, "par courrier"),
        ("pièces", {}, {"content": b"a,b"}, "n’est pas un PDF"),
        ("pièces", {}, {"of": "another"}, "pas celui de cet organisme"),
        ("pièces", {}, {"by": "stranger"}, "Vous ne pouvez pas"),
    ],
)
def test_what_would_not_be_read_does_not_leave(word, changed, asked, says, letter, place):
    one = letter(word)
    for name, value in changed.items():
        setattr(one, name, value)
    other = f.beneficiary(f.commune("62001", "Ablain", 300))
    typed = {"content_type": "text/csv"} if "content" in asked else {}
    document = kept(other if asked.get("of") else place, asked.get("content", b""), **typed)
    by = f.member(Role.SECRETARY, other) if asked.get("by") else User.objects.system()
    said = rules.why_not_reply(one, document, flow=asked.get("flow", "3-4"), by=by, at=f.NOW)
    assert (said is None) if says is None else (says in (said or ""))


@pytest.mark.slow
def test_a_letter_is_answered_once_and_anew_when_its_answer_was_refused(letter, by, monkeypatch):
    one = letter()
    assert list(transmission_queries.to_answer(transmission_queries.heard(one.beneficiary))) == [one]
    made = answered(one)
    assert list(transmission_queries.to_answer(transmission_queries.heard(one.beneficiary))) == []
    with pytest.raises(Refused, match="ne part pas deux fois"):
        answered(one, Flow.REFUSAL)
    with monkeypatch.context() as patch:
        patch.setattr(SimulatedTransmitter, "reply", lambda *_: (_ for _ in ()).throw(Declined("Trop tard.")))
        assert sending.leave_due(by=by, at=f.NOW) == 0
    made.refresh_from_db()
    assert (made.status, reply_sentence(made)) == (Status.REFUSED, "Trop tard. Répondez de nouveau.")
    answered(one, Flow.REFUSAL)
    assert sending.leave_due(by=by, at=f.NOW) == 1
    with scope(beneficiary=one.beneficiary):
        assert Reply.objects.count() == 2


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.slow
def test_killed_around_the_handing_over_an_answer_does_not_leave_twice(when, letter, by, monkeypatch):
    """Though the device, as a true one, would take it twice; another answer about the same act is not taken for it."""
    one = letter()
    again = Incoming.objects.create(
        beneficiary=one.beneficiary, transmission=one.transmission, kind=Kind.REQUEST, identifier=one.identifier,
        letter_on=one.letter_on, reference=one.reference, received_at=f.NOW, sha256="b", message=one.message,
    )  # fmt: skip
    answered(again, Flow.REFUSAL)
    assert sending.leave_due(by=by, at=f.NOW) == 1
    made, true = answered(one), SimulatedTransmitter.reply

    def killed(self, access, answer):
        if when == "after":
            true(self, access, answer)
        raise Dies

    with monkeypatch.context() as patch:
        patch.setattr(SimulatedTransmitter, "reply", killed)
        with pytest.raises(Dies):
            sending.leave(made, by=by, at=f.NOW)
    made.refresh_from_db()
    assert (made.status, made.reference) == (Status.LEAVING, "")
    assert sending.leave_due(by=by, at=f.NOW) == 1
    made.refresh_from_db()
    held = SimulatedDeposit.objects.get(answers="3-4")
    assert (made.status, made.reference) == (Status.SENT, str(held.pk))
    assert LedgerLine.objects.filter(key__startswith="réponse").count() == 2


@pytest.mark.parametrize("changed", ["identifier", "day", "root", "name", "file"])
def test_the_twin_reads_what_it_is_answered(changed, letter, by, monkeypatch):
    made, true = answered(letter()), SimulatedTransmitter.reply
    wrong = {
        "identifier": (b'2026_12-DE"', b'2026_13-DE"'),
        "day": (b"2026-10-01", b"2026-10-02"),
        "root": (b"PieceComplementaire", b"RefusPieceComplementaire"),
        "name": (b"-3-4_1.pdf", b"-3-4_2.pdf"),
        "file": (b"", b""),
    }[changed]

    def tampered(self, access, answer):
        if changed == "file":
            answer.document.write_bytes(b"<html>")
        return true(self, access, replace(answer, message=answer.message.replace(*wrong)))

    monkeypatch.setattr(SimulatedTransmitter, "reply", tampered)
    assert sending.leave_due(by=by, at=f.NOW) == 0
    made.refresh_from_db()
    assert made.status == Status.REFUSED


def test_a_receipt_closes_the_answer_to_the_letter_of_its_day(letter, by):
    one = letter()
    later = Incoming.objects.create(
        beneficiary=one.beneficiary, transmission=one.transmission, kind=Kind.REQUEST, identifier=one.identifier,
        letter_on=f.TODAY, reference=one.reference, received_at=f.NOW, sha256="b", message=one.message,
    )  # fmt: skip
    made = [answered(each) for each in (one, later)]
    Reply.objects.update(status=Status.SENT)
    receipt = letters.answer_receipt("3-4", one.identifier, received_on=f.TODAY)
    incoming.receive(receipt, owner=one.beneficiary, by=by, at=f.NOW)
    for each in made:
        each.refresh_from_db()
    assert [each.status for each in made] == [Status.RECEIVED, Status.SENT]


def test_what_the_prefecture_refuses_of_an_answer_refuses_no_act(letter, by, monkeypatch):
    made = answered(letter())
    sending.leave_due(by=by, at=f.NOW)
    told = SimpleNamespace(stage=incoming.Stage.REFUSED, message=b"", says="Pièce illisible.")
    monkeypatch.setattr(SimulatedTransmitter, "status", lambda *_: told)
    polled()
    made.refresh_from_db()
    assert (made.status, made.says, made.sending.status) == (Status.REFUSED, "Pièce illisible.", Status.RECEIVED)


def test_the_device_tells_the_prefecture_by_itself_that_its_letter_was_read(letter):
    one = letter("observations")
    assert LedgerLine.objects.filter(key__startswith="ARLettreObservations").count() == 1
    assert rules.answer_due_on(one) == date(2026, 12, 1)
    assert rules.answer_due_on(letter("courrier", "2026-13")) is None


# --- What comes from outside ------------------------------------------------------------------------------------------
class Antivirus:
    found: str | None = "Eicar"

    def scan(self, file):
        if self.found is None:
            raise Unreachable("Il ne répond pas.")
        return self.found if file.read(5) == b"%PDF-" else None


@pytest.mark.slow
def test_a_file_that_the_antivirus_refuses_is_not_kept_and_its_message_is(letter, settings):
    settings.SOCLE_SCANNER = f"{__name__}.Antivirus"
    one = letter()
    assert one.set_aside_because == ""
    (came,) = one.files.all()
    assert (came.document.content_type, "refusé par l’antivirus" in came.document.title) == ("text/plain", True)
    assert b"programme malveillant" in documents.read(came.document)


def test_while_the_antivirus_is_silent_what_comes_waits_at_the_device(place, by, settings, monkeypatch):
    settings.SOCLE_SCANNER = f"{__name__}.Antivirus"
    sending.send_electronically(act(place, subject="Plan (pièces)"), by=by, at=f.NOW)
    sending.leave_due(by=by, at=f.NOW)
    with monkeypatch.context() as patch:
        patch.setattr(Antivirus, "found", None)
        assert polled(3) == 0
    assert not Incoming.objects.exists()
    polled(1)
    assert Incoming.objects.filter(kind__in=Incoming.LETTERS).exists()


# --- The certificate --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("ends_in", "is_told", "says"),
    [
        (timedelta(days=31), False, ""),
        (timedelta(days=30), True, "valable jusqu’au 25 décembre 2026"),
        (timedelta(0), True, "fini depuis le 25 novembre 2026"),
    ],
)
def test_a_certificate_is_announced_thirty_days_before_its_end(ends_in, is_told, says, place):
    TransmissionAccount.objects.update(certificate_ends_at=f.NOW + ends_in)
    (one,) = TransmissionAccount.objects.all()
    assert list(TransmissionAccount.ending(f.NOW)) == ([one] if is_told else [])
    assert one.is_ending(f.NOW) is is_told
    assert says in certificate_sentence(one, at=f.NOW).replace("\u00a0", " ")


def test_letters_are_found_by_words_that_share_their_brackets():
    assert letters.letter_for("Tarifs (fictifs, pièces)") == letters.letter_for("Tarifs (pièces)") is not None
    assert letters.letter_for("Tarifs (pièces) fictifs") is not None
    assert letters.letter_for("Les pièces") is None
