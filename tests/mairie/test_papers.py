"""Paper, from a mairie: recorded by whoever signed, or in its name, and then confirmed or contested."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django_scopes import scope

from socle.agreements import papers
from socle.signing.models import PaperSignature
from tests import factories as f
from tests.agreements.test_papers import signed_scan

pytestmark = pytest.mark.slow


@pytest.fixture
def recorded(world):
    """What the officer recorded in the name of the mayor."""
    agreement = world.ready(world.here)
    with scope(beneficiary=world.here.place):
        content = signed_scan(agreement)
        paper = papers.record(agreement, content=content, signed_on=f.TODAY, by=world.officer, at=f.NOW)
    return agreement, paper, f"/mairie/convention/{agreement.number}/papier/{paper.pk}/"


def test_the_mayor_sees_it_first_on_the_home_page_and_confirms_it(client, world, recorded):
    agreement, paper, address = recorded
    client.force_login(world.here.mayor)
    home = client.get("/mairie/").content.decode()
    assert "Confirmez votre signature sur papier" in home
    assert address in home
    page = client.get(address).content.decode()
    assert "Est-ce bien votre signature" in page
    shown = client.get(f"/mairie/convention/{agreement.number}/").content.decode()
    assert "Sur papier, à confirmer" in shown
    assert "Cochez la case" in client.post(address, {"geste": "confirm"}).content.decode()
    client.post(address, {"geste": "confirm", "confirm-confirmed": "on"})
    paper.refresh_from_db()
    assert (paper.status, paper.settled_by) == ("confirmed", world.here.mayor)
    taken = client.get(f"/mairie/convention/{agreement.number}/convention.pdf")
    assert "papier-signe-convention" in taken["Content-Disposition"]
    assert "Votre signature est faite" in client.get("/mairie/").content.decode()


def test_the_mayor_contests_it_and_signs_otherwise(client, world, recorded):
    _, paper, address = recorded
    client.force_login(world.here.mayor)
    client.post(address, {"geste": "contest", "contest-reason": "Je n’ai rien signé."})
    paper.refresh_from_db()
    assert (paper.status, paper.reason) == ("contested", "Je n’ai rien signé.")
    assert "Signez la convention" in client.get("/mairie/").content.decode()


def test_the_secretary_reads_it_and_answers_for_nobody(client, world, recorded):
    _, paper, address = recorded
    client.force_login(world.here.secretary)
    page = client.get(address).content.decode()
    assert "Est-ce bien votre signature" not in page
    answer = client.post(address, {"geste": "confirm", "confirm-confirmed": "on"}, follow=True)
    assert "confirme cette signature, ou la conteste" in answer.content.decode()
    paper.refresh_from_db()
    assert paper.status == "waiting"


def test_the_mayor_records_their_own_paper_and_it_is_signed(client, world):
    agreement = world.ready(world.here)
    client.force_login(world.here.mayor)
    assert (
        f"/mairie/convention/{agreement.number}/papier/"
        in client.get(f"/mairie/convention/{agreement.number}/signer/").content.decode()
    )
    form = f"/mairie/convention/{agreement.number}/papier/"
    file = SimpleUploadedFile("scan.pdf", signed_scan(agreement), content_type="application/pdf")
    refused = client.post(form, {"file": file, "signed_on": f.TODAY.isoformat()})
    assert "sans attestation" in refused.content.decode()
    file.seek(0)
    sent = client.post(form, {"file": file, "signed_on": f.TODAY.isoformat(), "attested": "on"})
    paper = PaperSignature.objects.get()
    assert sent.url == f"{form}{paper.pk}/"
    assert (paper.status, agreement.round.slots.get(rank=1).signed_by) == ("confirmed", world.here.mayor)
    client.force_login(world.here.secretary)
    assert client.get(form).status_code == 403
