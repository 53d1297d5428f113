"""What S²LOW answers about an act, state by state, as its own pages write it: one recorded answer a case.

The answers are ours, made to the shape of its published sources (`tests/data/s2low`): no real one was met.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
import time_machine

from socle.deliberations import messages, sending
from socle.deliberations.contract import Access, Stage
from socle.deliberations.messages import Kind
from socle.deliberations.models import Incoming, Status
from socle.engines.s2low import engine
from socle.engines.s2low.client import Client, split
from socle.engines.simulated.prefecture import SimulatedTransmitter
from socle.lib import http
from socle.people.models import User
from tests import factories as f
from tests.deliberations import transmitting as t

FOLDER = Path(__file__).parents[1] / "data/s2low"
SEED = "059-200039386-20211123-2021_16-DE"


def recorded(name: str) -> bytes:
    return (FOLDER / f"{name}.answer").read_bytes()


@pytest.fixture
def says(monkeypatch):
    """Let its two pages answer this."""
    answers = SimpleNamespace(status=b"OK\n3\n", receipt=b"", asked=[])

    class Recorded(Client):
        def __init__(self, access):
            self.base = "https://tdt.invalid"

        def _get(self, path, asked):
            answers.asked.append(path.rpartition("/")[2])
            return http.Answer(200, answers.receipt if "ARActe" in path else answers.status)

    monkeypatch.setattr(engine, "Client", Recorded)
    return answers


def progress():
    return engine.S2low().status(Access("200039386"), "1")


# --- Read -------------------------------------------------------------------------------------------------------------
ASKED_AGAIN = {4, 5, 7, 8, 11, 12, 13, 14, 15, 16, 19, 20, 21, 22}


@pytest.mark.parametrize("state", range(-1, 23))
def test_each_of_its_states_has_its_name_and_its_stage_and_a_receipt_is_fetched_once_it_was_acknowledged(state, says):
    name, stage = engine.STATES[state]
    assert name
    says.status, says.receipt = f"OK\n{state}\n".encode(), recorded("ar")
    told = progress()
    assert told.stage == stage
    assert (told.stage == Stage.RECEIVED) == bool(told.message) == (state in ASKED_AGAIN)
    assert len(says.asked) == 1 + (state in ASKED_AGAIN)


def test_a_state_that_it_learnt_since_is_waited_for(says):
    says.status = b"OK\n23\n"
    assert (progress().stage, says.asked) == (Stage.HELD, ["actes_transac_get_status.php"])


@pytest.mark.parametrize(
    ("name", "stage", "kind", "words"),
    [
        ("erreur-anomalie", Stage.REFUSED, Kind.ANOMALY, "Anomalie signalée : 002 - La date"),
        ("erreur-anomalie-dite-utf-8", Stage.REFUSED, Kind.ANOMALY, "Anomalie signalée"),
        ("erreur-enveloppe-en-utf-8", Stage.REFUSED, Kind.ENVELOPE_ANOMALY, "Enveloppe rejetée (5 : Ce numéro"),
        ("erreur-d-un-autre-acte", Stage.REFUSED, Kind.ANOMALY, "Anomalie signalée : 001"),
        ("erreur-du-dispositif", Stage.REFUSED, None, "Enveloppe invalide : le format"),
        ("annule", Stage.CANCELLED, Kind.CANCELLATION, ""),
        ("acquittement-recu", Stage.RECEIVED, Kind.RECEIPT, ""),
    ],
)
def test_its_message_is_parted_from_the_words_that_follow_it(name, stage, kind, words, says):
    says.status = recorded(name)
    told = progress()
    assert told.stage == stage
    assert told.says.startswith(words)
    assert bool(told.says) == bool(words)
    assert (messages.read(told.message).kind if told.message else None) == kind


@pytest.mark.parametrize(
    ("told", "message", "words"),
    [
        (b"", b"", ""),
        (b"mots <b>", b"", "mots <b>"),
        (b"<a/>", b"<a/>", ""),
        (b" <a b='1>2'/>mots", b"<a b='1>2'/>", "mots"),
        (b"<a><a/></a>\n mots & <b>", b"<a><a/></a>", "mots & <b>"),
        (b"<a>\xe9</a>\xe9", b"<a>\xe9</a>", "é"),
        (b"<a><b></a>mots", b"<a><b></a>mots", ""),
        (b"<a>mots", b"<a>mots", ""),
        (b"<!DOCTYPE a><a/>mots", b"<!DOCTYPE a><a/>mots", ""),
        (b"<" * 100_000, b"<" * 100_000, ""),
        (b"<a>" * 100_000, b"<a>" * 100_000, ""),
    ],
)
def test_where_a_message_ends(told, message, words):
    assert split(told) == (message, words)


def test_the_page_to_which_it_leads_who_is_refused_is_no_receipt(says):
    says.status, says.receipt = b"OK\n12\n", recorded("ar-page-d-accueil")
    assert (progress().stage, progress().message) == (Stage.RECEIVED, b"")
    says.receipt = b"KO\nNum\xe9ro de transaction invalide."
    assert progress().message == b""


# --- Noted ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def sent(db, all_beneficiaries, settings, monkeypatch):
    """The founding act, handed over; from now on, what is asked of it is answered by the recorded pages."""
    settings.SOCLE_TRANSMITTERS = t.TWIN
    with time_machine.travel(f.NOW, tick=False):
        place = f.beneficiary()
        place.siret = "20003938600038"
        place.save(update_fields=["siret"])
        t.account(place)
        one = t.act(place, "2021-16", adopted_on=date(2021, 11, 23))
        made = sending.send_electronically(one, by=User.objects.system(), at=f.NOW)
        sending.leave_due(by=User.objects.system(), at=f.NOW)
        made.refresh_from_db()
        assert (made.identifier, made.status) == (SEED, Status.SENT)
        monkeypatch.setattr(SimulatedTransmitter, "status", lambda self, known, reference: progress())
        yield made


@pytest.mark.parametrize(
    ("name", "told", "is_set_aside"),
    [
        ("erreur-anomalie", "La date de la classification transmise est dépassée – nature 002", False),
        ("erreur-anomalie-dite-utf-8", "La date de la classification transmise est dépassée – nature 002", False),
        ("erreur-enveloppe-en-utf-8", "Ce numéro n’est pas enregistré à la préfecture – nature 5", False),
        ("erreur-d-un-autre-acte", "Anomalie signalée : 001 - Rejet", True),
        ("erreur-message-inconnu", "Rejeté à l'arrivée", True),
        ("erreur-message-coupe", "sans dire pourquoi", True),
        ("erreur-du-dispositif", "Enveloppe invalide : le format du fichier n'est pas autorisé", None),
    ],
)
def test_a_refusal_is_noted_whatever_its_text(name, told, is_set_aside, sent, says):
    says.status = recorded(name)
    t.polled(2)
    sent.refresh_from_db()
    assert (sent.status, told in sent.says) == (Status.REFUSED, True)
    kept = Incoming.objects.values_list("set_aside_because", flat=True)
    assert [bool(reason) for reason in kept] == ([] if is_set_aside is None else [is_set_aside])


@pytest.mark.parametrize("state", [4, 5, 12, 16, 19])
def test_a_receipt_is_noted_though_the_act_went_on(state, sent, says):
    says.status = recorded("acquittement-recu") if state == 4 else f"OK\n{state}\n".encode()
    t.polled()
    sent.refresh_from_db()
    assert sent.status == (Status.RECEIVED if state == 4 else Status.SENT)
    says.receipt = recorded("ar")
    t.polled()
    sent.refresh_from_db()
    sent.act.refresh_from_db()
    assert (sent.status, sent.received_on, sent.act.identifier) == (Status.RECEIVED, date(2021, 11, 24), SEED)
