"""The three roads of an act to the prefecture, what refuses to leave, and that nothing leaves twice."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta

import pikepdf
import pytest
import time_machine
from django_scopes import scope

from socle.deliberations import actions, sending
from socle.deliberations import transmission_rules as rules
from socle.deliberations.contract import Declined, Unavailable
from socle.deliberations.models import Act, Incoming, Road, Status, Transmission, TransmissionAccount
from socle.deliberations.models.transmissions import NUMBER_USED
from socle.deliberations.transmission_presenters import sent_under, sentence
from socle.documents import actions as documents
from socle.documents.models import Document
from socle.engines.simulated.models import LedgerLine, SimulatedDeposit
from socle.engines.simulated.prefecture import SimulatedTransmitter
from socle.journal.models import Entry
from socle.lib import locks
from socle.lib.refusals import Refused
from socle.people.models import Role, User
from tests import factories as f
from tests.deliberations.transmitting import TWIN, account, act, facts, kept, polled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("all_beneficiaries")]
D, DAY = date, timedelta(days=1)


@pytest.fixture(autouse=True)
def twin(settings):
    settings.SOCLE_TRANSMITTERS = TWIN
    with time_machine.travel(f.NOW, tick=False):
        yield


@pytest.fixture
def place():
    return f.beneficiary()


@pytest.fixture
def by():
    return User.objects.system()


@pytest.fixture
def secretary(place):
    return f.member(Role.SECRETARY, place)


# --- Which acts go ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({}, None),
        ({"kind": Act.Kind.UNQUALIFIED}, "ce qu’est cet acte"),
        ({"kind": Act.Kind.MINUTES}, "ne se transmet pas"),
        ({"not_transmissible_because": "voirie"}, "non transmissible"),
        ({"received_on": D(2026, 10, 2)}, "déjà reçu en préfecture, le 2"),
        ({"adopted_on": f.TODAY}, None),
        ({"adopted_on": f.TODAY + DAY}, "n’est pas venu"),
    ],
)
def test_what_decides_and_was_not_received_goes(changed, says, place, by):
    said = rules.why_not_go(act(place, **changed), by=by, on=f.TODAY)
    assert (said is None) if says is None else (says in (said or ""))


def test_nobody_sends_the_act_of_another(place):
    stranger = f.member(Role.SECRETARY, f.beneficiary(f.commune("62001", "Ablain", 300)))
    account(place)
    with pytest.raises(Refused, match="Vous ne pouvez pas"):
        sending.send_on_paper([act(place)], by=stranger, at=f.NOW)
    with pytest.raises(Refused, match="Vous ne pouvez pas"):
        sending.send_electronically(act(place, "2026-13"), by=stranger, at=f.NOW)


# --- On paper ---------------------------------------------------------------------------------------------------------
def test_acts_leave_together_on_paper_with_a_slip_and_one_comes_back_stamped(place, secretary):
    first, second = act(place, "2026-12"), act(place, "2026-13", adopted_on=D(2026, 10, 2), subject="L’œuvre – « 3 € »")
    sent, other = sending.send_on_paper([second, first], by=secretary, at=f.NOW)
    assert (sent.act, sent.status, sent.slip) == (first, Status.SENT, other.slip)
    with documents.open_stream(sent.slip) as file, pikepdf.open(file) as pdf:
        assert len(pdf.pages) == 1
        assert str(pdf.docinfo["/Title"]).startswith("Bordereau de transmission")
    with pytest.raises(Refused, match="ne part pas deux fois"):
        sending.send_on_paper([first], by=secretary, at=f.NOW)
    own = first.document
    stamped = sending.note_stamped_copy(
        sent, document=kept(place, title="Tamponné"), received_on=f.TODAY, by=secretary, at=f.NOW
    )
    first.refresh_from_db()
    assert (stamped.status, first.received_on, first.document) == (Status.RECEIVED, f.TODAY, own)
    assert stamped.stamped not in (own, sent.slip)
    assert list(Entry.objects.filter(verb__startswith="act.").values_list("verb", flat=True).order_by("position")) == [
        "act.sent_on_paper", "act.sent_on_paper", "act.received", "act.stamped",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("which", "received_on", "says"),
    [
        ("stamped", f.TODAY, None),
        ("own", f.TODAY, "l’acte lui-même"),
        ("another's", f.TODAY, "pas celui de cet organisme"),
        ("not a pdf", f.TODAY, "pas un PDF"),
        ("stamped", f.TODAY + DAY, "n’est pas encore venu"),
        ("stamped", f.TODAY - DAY, "avant d’être envoyé"),
        ("stamped", D(2026, 9, 1), "avant d’être adopté"),
    ],
)
def test_a_stamped_copy_is_another_pdf_of_the_same_body(which, received_on, says, place, by):
    (sent,) = sending.send_on_paper([act(place)], by=by, at=f.NOW)
    other = f.beneficiary(f.commune("62001", "Ablain", 300))
    document = {
        "stamped": lambda: kept(place),
        "own": lambda: sent.act.document,
        "another's": lambda: kept(other),
        "not a pdf": lambda: kept(place, b"a,b", content_type="text/csv"),
    }[which]()
    said = rules.why_not_note_stamped_copy(sent, document, received_on=received_on, by=by, on=f.TODAY)
    assert (said is None) if says is None else (says in (said or ""))


def test_a_slip_is_of_one_body_and_names_the_act_that_does_not_go(place, by):
    stranger = f.beneficiary(f.commune("62001", "Ablain", 300))
    for acts, says in (
        ([], "au moins un acte"),
        ([act(place, "1-1"), act(stranger, "1-1")], "d’un seul organisme"),
        ([act(place, "1-2"), act(place, "1-3", kind=Act.Kind.LIST)], "n°\u00a01-3"),
    ):
        with pytest.raises(Refused, match=says):
            sending.send_on_paper(acts, by=by, at=f.NOW)
    assert not Document.objects.filter(title__startswith="Bordereau").exists()


def test_a_body_for_which_it_is_compulsory_sends_nothing_on_paper(place, by):
    account(place, is_compulsory=True)
    with pytest.raises(Refused, match="obligatoire"):
        sending.send_on_paper([act(place)], by=by, at=f.NOW)


# --- Elsewhere --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("identifier", "says"),
    [
        ("", None),
        ("059-{siren}-20261001-2026_12-DE", None),
        ("059-{siren}-20261001-2026_12_2-DE", None),
        ("059-{siren}-20261001-2026_12_A-DE", "pas celui de cet acte"),
        ("059-{siren}-20261001-2026_13-DE", "pas celui de cet acte"),
        ("059-{siren}-20261002-2026_12-DE", "pas celui de cet acte"),
        ("059", "pas celui de cet acte"),
    ],
)
def test_a_receipt_from_elsewhere_is_typed_with_its_proof(identifier, says, place, secretary):
    identifier = identifier.format(siren=place.siret[:9])
    one, proof = act(place), kept(place, title="Accusé")
    note = {"received_on": D(2026, 10, 2), "proof": proof, "identifier": identifier, "by": secretary, "at": f.NOW}
    if says is not None:
        with pytest.raises(Refused, match=says):
            sending.note_elsewhere(one, **note)
        return
    sent = sending.note_elsewhere(one, **note)
    one.refresh_from_db()
    assert (one.received_on, one.identifier, sent.proof) == (D(2026, 10, 2), identifier, proof)
    assert rules.legality_check_ends_on(sent) == D(2026, 12, 2)


# --- By a device ------------------------------------------------------------------------------------------------------
def test_without_an_account_it_is_refused_with_the_remedy(place, by):
    with pytest.raises(Refused, match="l’acte part sur papier"):
        sending.send_electronically(act(place), by=by, at=f.NOW)
    assert not Transmission.objects.exists()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({}, None),
        ({"address": "https://tdt.invalid"}, "Il manque le certificat"),
        ({"certificate_ends_at": f.NOW}, "déposez le nouveau"),
        ({"certificate_ends_at": f.NOW + DAY}, None),
        ({"classification_on": None}, "pas encore été lue"),
        ({"email": "actes@ville.bretagne"}, "de 2 à 6 lettres"),
    ],
)
def test_an_account_that_is_wanting_says_what(changed, says, place):
    made = account(place)
    for name, value in changed.items():
        setattr(made, name, value)
    said = rules.why_not_electronic(made, at=f.NOW)
    assert (said is None) if says is None else (says in (said or ""))


@pytest.mark.parametrize(
    ("changed", "asked", "says"),
    [
        ({}, {}, None),
        ({"matter": ""}, {}, "Choisissez la matière"),
        ({"matter": "5.99"}, {}, "pas dans la classification"),
        ({"matter": "1.1.1"}, {}, None),
        ({"matter": "1.1.2"}, {}, "pas dans la classification"),
        ({"document": None}, {}, "Il manque le texte"),
        ({"number": "2026_1234567890123"}, {}, "15 au plus"),
        ({"number": "2026/12"}, {}, None),
        ({"number": "2026–11"}, {}, "d’un autre acte"),
        ({}, {"nature": "ZZ"}, "nature de l’acte"),
        ({}, {"annexes": "22_NE"}, None),
        ({}, {"annexes": "10_DE"}, "n’est pas permise"),
        ({"subject": "Deux\nlignes"}, {}, "sur une ligne"),
        ({"adopted_on": f.TODAY + DAY}, {}, "n’est pas venu"),
        ({"kind": Act.Kind.DECISION}, {}, None),
    ],
)
def test_what_would_be_refused_does_not_leave_and_leaves_nothing_behind(changed, asked, says, place, by):
    """Strict when leaving; rule 14, the same number in another spelling, among them."""
    account(place)
    f.act(place, "2026-11")
    if kind := asked.pop("annexes", ""):
        asked["annexes"] = [(kept(place, title="Note"), kind)]
    one = act(place, changed.pop("number", "2026-12"), **changed)
    if says is None:
        sending.send_electronically(one, **asked, by=by, at=f.NOW)
        return
    with pytest.raises(Refused, match=says):
        sending.send_electronically(one, **asked, by=by, at=f.NOW)
    assert not Transmission.objects.exists()
    assert not SimulatedDeposit.objects.exists()


def test_an_act_that_is_no_pdf_or_weighs_too_much_does_not_leave(place, by, monkeypatch):
    account(place)
    with pytest.raises(Refused, match="n’est pas un PDF"):
        sending.send_electronically(act(place, document=kept(place, b"a,b", content_type="text/csv")), by=by, at=f.NOW)
    monkeypatch.setattr("socle.deliberations.transmission.MOST_BYTES", 100)
    with pytest.raises(Refused, match="allégez les annexes"):
        sending.send_electronically(act(place, "2026-13"), by=by, at=f.NOW)


def test_act_rule_16_an_act_is_received_on_the_day_that_the_prefecture_says(place, by):
    account(place)
    one = act(place, published_on=D(2026, 10, 3))
    sent = sending.send_electronically(one, annexes=[(kept(place, title="Plan"), "")], by=by, at=f.NOW)
    assert sending.leave_due(by=by, at=f.NOW) == 1
    sent.refresh_from_db()
    siren = place.siret[:9]
    assert (sent.status, sent.archive_name) == (Status.SENT, f"abc-EACT--{siren}--20261125-1.tar.gz")
    assert len(sent.archive_sha256) == 64
    with sending.packed(sent, account(place), at=f.NOW) as parcel:  # Made again, it is the same.
        assert parcel.archive_name == sent.archive_name
        assert parcel.archive_sha256 == sent.archive_sha256
    polled(3)
    sent.refresh_from_db()
    one.refresh_from_db()
    assert (sent.status, sent.received_on, one.received_on) == (Status.RECEIVED, f.TODAY, f.TODAY)
    assert one.identifier == f"059-{siren}-20261001-2026_12-DE"
    assert one.executory_on == f.TODAY
    assert sent.stamped not in (None, one.document)
    assert Incoming.objects.get().set_aside_because == ""
    assert LedgerLine.objects.count() == 1


# --- Sent again -------------------------------------------------------------------------------------------------------
def refused_by_the_prefecture(one, by):
    """Its sending, which the prefecture refused."""
    sent = sending.send_electronically(one, by=by, at=f.NOW)
    sending.leave_due(by=by, at=f.NOW)
    polled(2)
    sent.refresh_from_db()
    assert sent.status == Status.REFUSED
    return sent


@pytest.mark.slow
def test_an_act_refused_leaves_again_under_another_number_and_both_are_told(place, by):
    """The device and the prefecture take a number once, for ever."""
    account(place)
    one, siren = act(place, subject="Plan (anomalie)"), place.siret[:9]
    first = refused_by_the_prefecture(one, by)
    assert sent_under(first) == ""
    for times in (2, 3):
        again = refused_by_the_prefecture(one, by)
        assert again.identifier == f"059-{siren}-20261001-2026_12_{times}-DE"
    Act.objects.filter(pk=one.pk).update(subject="Plan corrigé")
    one.refresh_from_db()
    sent = sending.send_electronically(one, by=by, at=f.NOW)
    assert sending.leave_due(by=by, at=f.NOW) == 1
    polled(2)
    sent.refresh_from_db()
    one.refresh_from_db()
    assert (sent.status, one.number, one.identifier) == (
        Status.RECEIVED, "2026-12", f"059-{siren}-20261001-2026_12_4-DE",
    )  # fmt: skip
    assert SimulatedDeposit.objects.get(pk=sent.reference).number == "2026_12_4"
    told = sentence(sent).replace("\u00a0", " ")
    assert "Numéro transmis : 2026_12_4. Le numéro « 2026-12 » a déjà servi" in told


@pytest.mark.slow
def test_one_whose_transmission_was_cancelled_leaves_again_so(place, by):
    account(place)
    one = act(place, subject="Plan")
    sent = sending.send_electronically(one, by=by, at=f.NOW)
    sending.leave_due(by=by, at=f.NOW)
    polled(2)
    sent.refresh_from_db()
    sending.ask_cancellation(sent, by=by, at=f.NOW)
    polled()
    one.refresh_from_db()
    assert rules.number_to_send(one) == "2026_12_2"


def test_one_that_the_device_refused_before_it_took_it_keeps_its_number(place, by, monkeypatch):
    account(place)
    one = act(place)
    with monkeypatch.context() as patch:
        patch.setattr(SimulatedTransmitter, "send", refuse_all)
        sent = sending.send_electronically(one, by=by, at=f.NOW)
        sending.leave_due(by=by, at=f.NOW)
    sent.refresh_from_db()
    assert (sent.status, rules.number_to_send(one)) == (Status.REFUSED, "2026-12")


def refuse_all(self, access, parcel):
    raise Declined("La typologie 10_DE n’est pas permise.")


def test_a_number_that_the_device_had_from_elsewhere_is_said_and_the_next_one_leaves(place, by):
    account(place)
    SimulatedDeposit.objects.create(siren=place.siret[:9], number="2026_12", identifier="x", subject="x", message="")
    one = act(place)
    sent = sending.send_electronically(one, by=by, at=f.NOW)
    assert sending.leave_due(by=by, at=f.NOW) == 0
    sent.refresh_from_db()
    assert sent.status == Status.REFUSED
    assert sent.says.startswith(NUMBER_USED)
    assert "notez-le comme transmis ailleurs" in sent.says
    sending.send_electronically(one, by=by, at=f.NOW)
    assert sending.leave_due(by=by, at=f.NOW) == 1
    assert SimulatedDeposit.objects.filter(number="2026_12_2").count() == 1


@pytest.mark.slow
def test_no_other_act_has_or_takes_the_number_that_one_left_under(place, by):
    account(place)
    f.act(place, "2026/12/2")
    one = act(place, subject="Plan (anomalie)")
    refused_by_the_prefecture(one, by)
    again = refused_by_the_prefecture(one, by)
    assert rules.number_sent(again.identifier) == "2026_12_3"
    with pytest.raises(Refused, match="d’un autre acte"):
        sending.send_electronically(act(place, "2026-12-3"), by=by, at=f.NOW)


@pytest.mark.slow
def test_one_that_leaves_without_end_is_stopped(place, by, monkeypatch):
    account(place)
    monkeypatch.setattr(rules, "MOST_TIMES", 2)
    one = act(place, subject="Plan (anomalie)")
    refused_by_the_prefecture(one, by)
    refused_by_the_prefecture(one, by)
    with pytest.raises(Refused, match="trop de fois"):
        sending.send_electronically(one, by=by, at=f.NOW)


def test_the_rank_of_an_envelope_is_that_of_the_day_and_of_the_body(place, by):
    neighbour = f.beneficiary(f.commune("62001", "Ablain", 300))
    for owner in (place, neighbour):
        account(owner)
    asked = [
        sending.send_electronically(act(owner, number), by=by, at=f.NOW)
        for owner, number in ((place, "2026-12"), (place, "2026-13"), (neighbour, "2026-12"), (place, "2026-14"))
    ]
    left = [sending.leave(one, by=by, at=at) for one, at in zip(asked, [f.NOW, f.NOW, f.NOW, f.NOW + DAY], strict=True)]
    names = Transmission.objects.order_by("pk").values_list("archive_name", flat=True)
    assert (left, [name.rpartition("--")[2] for name in names]) == (
        [True] * 4,
        ["20261125-1.tar.gz", "20261125-2.tar.gz", "20261125-1.tar.gz", "20261126-1.tar.gz"],
    )


def test_one_act_of_a_body_leaves_at_a_time(place, by, monkeypatch):
    account(place)
    sent = sending.send_electronically(act(place), by=by, at=f.NOW)
    with monkeypatch.context() as patch:
        patch.setattr(locks, "held", lambda name: nullcontext(name != sending.lock_of(sent)))
        assert not sending.leave(sent, by=by, at=f.NOW)
    sent.refresh_from_db()
    assert sent.status == Status.ASKED


class Dies(Exception):
    """The process is killed."""


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_around_the_handing_over_nothing_leaves_twice(when, place, by, monkeypatch):
    account(place)
    sent = sending.send_electronically(act(place), by=by, at=f.NOW)
    true = SimulatedTransmitter.send

    def killed(self, access, parcel):
        if when == "after":
            true(self, access, parcel)
        raise Dies

    with monkeypatch.context() as patch:
        patch.setattr(SimulatedTransmitter, "send", killed)
        with pytest.raises(Dies):
            sending.leave(sent, by=by, at=f.NOW)
    sent.refresh_from_db()
    assert (sent.status, sent.reference) == (Status.LEAVING, "")
    assert sending.leave_due(by=by, at=f.NOW) == 1
    sent.refresh_from_db()
    assert sent.status == Status.SENT
    assert SimulatedDeposit.objects.get().pk == int(sent.reference)
    assert LedgerLine.objects.count() == 1
    assert sending.leave_due(by=by, at=f.NOW) == 0


@pytest.mark.slow
def test_a_device_that_does_not_answer_is_asked_again_later_and_later(place, by, monkeypatch):
    account(place)
    sent = sending.send_electronically(act(place), by=by, at=f.NOW)

    def silent(self, access, parcel):
        raise Unavailable("Le dispositif ne répond pas.")

    with monkeypatch.context() as patch:
        patch.setattr(SimulatedTransmitter, "send", silent)
        waits, at = [], f.NOW
        for _ in range(12):
            assert not sending.leave(sent, by=by, at=at)
            sent.refresh_from_db()
            waits.append(sent.next_try_at - at)
            assert list(Transmission.of_all().to_leave(sent.next_try_at - timedelta(seconds=1))) == []
            at = sent.next_try_at
    assert (sent.status, sent.says) == (Status.ASKED, "Le dispositif ne répond pas.")
    assert waits[:3] == [timedelta(minutes=2), timedelta(minutes=4), timedelta(minutes=8)]
    assert max(waits) == timedelta(hours=12)
    assert sending.leave_due(by=by, at=at) == 1


def test_one_that_changed_since_it_was_asked_for_does_not_leave_under_its_former_name(place, by):
    account(place)
    sent = sending.send_electronically(act(place), by=by, at=f.NOW)
    account(place, department="062")
    assert not sending.leave(sent, by=by, at=f.NOW)
    sent.refresh_from_db()
    assert (sent.status, "ont changé depuis" in sent.says) == (Status.REFUSED, True)
    assert not SimulatedDeposit.objects.exists()


def test_the_act_just_asked_for_leaves_alone_and_the_tick_takes_the_others(place, by):
    account(place)
    asked = [sending.send_electronically(act(place, number), by=by, at=f.NOW) for number in ("2026-12", "2026-13")]
    assert sending.leave_due(act=str(asked[1].act_id), by=by, at=f.NOW) == 1
    assert sending.leave_due(by=by, at=f.NOW) == 1


def test_what_the_device_refuses_is_kept_with_its_words_and_may_go_again(place, by):
    account(place)
    SimulatedDeposit.objects.create(siren=place.siret[:9], number="2026_12", identifier="x", subject="", message="")
    sent = sending.send_electronically(act(place), by=by, at=f.NOW)
    assert sending.leave_due(by=by, at=f.NOW) == 0
    sent.refresh_from_db()
    assert (sent.status, "même numéro" in sent.says) == (Status.REFUSED, True)
    assert rules.why_not_go(sent.act, by=by, on=f.TODAY) is None


def test_before_it_leaves_it_is_taken_back_and_afterwards_the_prefecture_is_asked(place, by):
    account(place)
    one = act(place)
    sent = sending.send_electronically(one, by=by, at=f.NOW)
    assert rules.why_not_cancel(sent, by=by, at=f.NOW)
    assert sending.take_back(sent, by=by, at=f.NOW).status == Status.CANCELLED
    sent = sending.send_electronically(one, by=by, at=f.NOW)
    sending.leave_due(by=by, at=f.NOW)
    sent.refresh_from_db()
    assert "parti" in (rules.why_not_take_back(sent, by=by, on=f.TODAY) or "")
    polled(2)
    sent.refresh_from_db()
    assert sending.ask_cancellation(sent, by=by, at=f.NOW).status == Status.CANCELLING
    polled()
    sent.refresh_from_db()
    one.refresh_from_db()
    assert (sent.status, one.received_on, one.identifier) == (Status.CANCELLED, None, "")


def test_an_act_that_went_is_not_taken_away(place, by):
    (sent,) = sending.send_on_paper([act(place)], by=by, at=f.NOW)
    with pytest.raises(Refused, match="ne se retire pas"):
        actions.remove(sent.act, by=by, at=f.NOW)


def test_the_sendings_of_a_body_are_its_own(place, by):
    syndicate = f.operator("syndicat", "Syndicat mixte", 7)
    neighbour = f.beneficiary(f.commune("62001", "Ablain", 300))
    account(syndicate, nature="42")
    for owner in (place, neighbour, syndicate):
        sending.send_on_paper([act(owner)], by=by, at=f.NOW)
    assert [sent.act.operator for sent in Transmission.of(syndicate)] == [syndicate]
    with scope(beneficiary=place):
        assert [sent.act.beneficiary for sent in Transmission.objects.all()] == [place]
        assert [sent.act.operator for sent in Transmission.of_operators.all()] == [syndicate]
        assert not TransmissionAccount.objects.exists()


def test_the_legality_check_starts_again_from_the_full_file(place, by):
    sent = sending.note_elsewhere(act(place), received_on=D(2026, 10, 2), proof=kept(place, title="Accusé"), by=by,
                                  at=f.NOW)  # fmt: skip
    assert sent.road == Road.ELSEWHERE
    fields = {"beneficiary": place, "transmission": sent, "received_at": f.NOW, "message": sent.proof}
    Incoming.objects.create(kind=Incoming.Kind.REQUEST, letter_on=D(2026, 10, 20), sha256="a", **fields)
    assert rules.legality_check_ends_on(sent) is None
    Incoming.objects.create(kind=Incoming.Kind.PIECES_RECEIPT, letter_on=D(2026, 11, 3), sha256="b", **fields)
    assert rules.legality_check_ends_on(sent) == D(2027, 1, 3)


# --- The account ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({}, None),
        ({"siren": "20003938"}, "9 chiffres"),
        ({"siren": "200039386"}, "pas celui de cet organisme"),
        ({"department": "59"}, "trois caractères"),
        ({"district": "A"}, "d’un chiffre"),
        ({"nature": "99"}, "nature de l’organisme"),
        ({"agreed_on": f.TODAY}, None),
        ({"agreed_on": f.TODAY + DAY}, "n’est pas venu"),
        ({"device": "ab1"}, "trois lettres"),
        ({"transmitter": "nobody"}, "Choisissez le dispositif"),
        ({"address": "http://tdt.invalid"}, "chiffré"),
    ],
)
def test_how_a_body_sends_is_checked_as_it_is_typed(changed, says, place, by):
    said = rules.why_not_set_account(place, replace(facts(place), **changed), by=by, on=f.TODAY)
    assert (said is None) if says is None else (says in (said or ""))
