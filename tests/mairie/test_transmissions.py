"""One act on its road to the prefecture, as a mairie reads it: its letters and files, what is answered, cancelled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope

from socle.deliberations import sending
from socle.deliberations.models import Incoming, Reply, Status, Transmission, TransmissionAccount
from socle.engines.simulated.models import SimulatedDeposit
from socle.people.models import Role, User
from tests import factories as f
from tests.deliberations.transmitting import TWIN, account, act, polled
from tests.mairie.conftest import pdf
from tests.mairie.test_meetings import told
from tests.sites.two_communes import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(settings, time_machine):
    settings.SOCLE_TRANSMITTERS = TWIN
    time_machine.move_to(f.NOW, tick=False)
    place = f.beneficiary()
    with scope(beneficiary=place):
        account(place)
        yield place


@pytest.fixture
def client(place):
    return signed_in(f.member(Role.SECRETARY, place))


def received(place, subject="Plan (pièces)", number="2026-12") -> Transmission:
    """The sending of an act that the twin received, and wrote of."""
    sent = sending.send_electronically(act(place, number, subject=subject), by=User.objects.system(), at=f.NOW)
    sending.leave_due(by=User.objects.system(), at=f.NOW)
    polled(3)
    sent.refresh_from_db()
    return sent


def at(name, *args) -> str:
    return reverse(f"mairie:{name}", args=args)


def answer(letter, **fields):
    prefix = f"lettre-{letter.pk}-"
    told_ = {"flow": "3-4", "document": SimpleUploadedFile("r.pdf", pdf(), "application/pdf"), **fields}
    return {f"{prefix}{name}": value for name, value in told_.items()}


@pytest.mark.slow
def test_a_letter_is_read_with_its_files_and_answered_from_the_page(client, place):
    sent = received(place)
    letter = Incoming.objects.get(kind="3-1")
    assert at("transmission_act", sent.pk) in told(client.get(at("act", sent.act_id)))
    assert "Préfecture : demande de pièces complémentaires, Délibération" in told(client.get("/mairie/"))
    assert "À répondre" in told(client.get(at("transmission")))
    page = told(client.get(at("transmission_act", sent.pk)))
    for said in ("Demande de pièces complémentaires", "Le plan annexé manque", "Déposez-les en un PDF",
                 "la préfecture attend les pièces", "Pièce jointe 1", "Dispositif simulé"):  # fmt: skip
        assert said in page, said
    served = client.get(at("transmission_paper", letter.files.get().document_id))
    assert served.content.startswith(b"%PDF")
    assert served["Content-Disposition"].startswith("attachment")
    assert "sandbox" in served["Content-Security-Policy"]
    refused = client.post(at("transmission_reply", letter.pk), answer(letter, flow="4-4", document=""))
    assert refused.status_code == 422
    assert "Choisissez le fichier" in told(refused)
    assert "part par le dispositif" in told(
        client.post(at("transmission_reply", letter.pk), answer(letter), follow=True)
    )
    assert "déjà sa réponse" in told(client.post(at("transmission_reply", letter.pk), answer(letter)))
    sending.leave_due(by=User.objects.system(), at=f.NOW)
    assert SimulatedDeposit.objects.filter(answers="3-4").count() == 1
    page = told(client.get(at("transmission_act", sent.pk)))
    assert "l’accusé de la préfecture est attendu" in page
    assert client.get(at("transmission_paper", Reply.objects.get().document_id)).status_code == 200
    assert "demande de pièces" not in told(client.get("/mairie/"))


@pytest.mark.slow
def test_what_the_legality_check_and_observations_leave_of_time_is_said(client, place):
    page = told(client.get(at("transmission_act", received(place, "Plan (observations)").pk)))
    assert "Contrôle de légalité jusqu’au 25 janvier 2027." in page
    assert "Répondez de préférence avant le 1er décembre 2026" in page
    assert "à vérifier" in page


@pytest.mark.slow
def test_a_cancellation_is_asked_once_it_is_confirmed(client, place):
    sent = received(place, "Plan")
    refused = client.post(at("transmission_cancel", sent.pk))
    assert refused.status_code == 422
    assert "Cochez la case" in told(refused)
    said = told(client.post(at("transmission_cancel", sent.pk), {"confirmed": "on"}, follow=True))
    assert "L’annulation est demandée" in said
    polled()
    sent.refresh_from_db()
    assert sent.status == Status.CANCELLED
    waiting = sending.send_electronically(sent.act, by=User.objects.system(), at=f.NOW)
    page = told(client.get(at("transmission_act", waiting.pk)))
    assert "Abandonner" in page
    # Its number was used: the one that is sent is told beside it, on both pages.
    for shown in (page, told(client.get(at("act", sent.act_id)))):
        assert "Numéro transmis : 2026_12_2. Le numéro « 2026-12 » a déjà servi" in shown
    assert "peut repartir" in told(client.post(at("transmission_give_up", waiting.pk), follow=True))


@pytest.mark.slow
def test_what_was_set_aside_is_read_again(client, place):
    letter = Incoming.objects.filter(pk=received(place).incoming.get(kind="3-1").pk)
    letter.update(transmission=None, set_aside_because="Aucun acte.")
    one = letter.get()
    assert at("transmission_again", one.pk) in told(client.get(at("transmission")))
    said = told(client.post(at("transmission_again", one.pk), follow=True))
    assert "il a fait ce qu’il dit" in said
    letter.update(identifier="x", set_aside_because="Aucun acte.", transmission=None)
    TransmissionAccount.objects.update(siren="200039386")
    assert "Il reste de côté" in told(client.post(at("transmission_again", one.pk), follow=True))
    letter.update(transmission=None)
    assert "mis de côté" in told(client.post(at("transmission_reply", one.pk), answer(one), follow=True))


@pytest.mark.slow
def test_a_file_of_another_body_or_of_another_matter_is_nowhere(client, place):
    other = f.beneficiary(f.commune("62001", "Ablain", 300))
    account(other)
    with scope(beneficiary=other):
        message = received(other).incoming.get(kind="3-1").message_id
    assert client.get(at("transmission_paper", message)).status_code == 404
    assert client.get(at("transmission_paper", act(place, "2026-13").document_id)).status_code == 404


def test_a_certificate_that_ends_soon_is_announced_where_it_is_changed(client, place):
    TransmissionAccount.objects.update(certificate_ends_at=f.NOW + timedelta(days=30))
    assert "Certificat de transmission valable jusqu’au 25 décembre 2026" in told(client.get("/mairie/"))
    assert "Le certificat finit bientôt" in told(client.get(at("transmission")))


@pytest.mark.slow
def test_the_page_costs_the_same_however_many_messages(client, place):
    def cost(sent):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(at("transmission_act", sent.pk)).status_code == 200
        return len(queries)

    sent = received(place, "Plan")
    few = cost(sent)
    told_ = Incoming.objects.get()
    for rank in range(5):
        told_.pk, told_.sha256 = None, str(rank)
        told_.save(force_insert=True)
    assert cost(sent) == few
