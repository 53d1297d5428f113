"""The official letters of an agreement, through the operators' door (P20 of the papers)."""

import re

import pytest

from socle.agreements.models import Agreement, Notification
from socle.revenue.models import Contribution
from tests import factories as f

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def officer(enter):
    return enter("officer")


def test_paper_20_an_officer_writes_a_letter_notes_its_receipt_and_its_state_shows(world, officer, enter):
    f.letter_texts()
    page = f"/console/conventions/{world.signed}/"
    write = f"{page}courriers/formal-notice/ecrire/"
    for who, status in (("finance", 403), ("cdg59", 404)):
        assert enter(who).get(write).status_code == status
    assert officer.get(f"{page}courriers/autre/ecrire/").status_code == 404
    shown = officer.get(page).content.decode()
    assert "Mise en demeure…" in shown
    # Nothing is suspended: no letter says so.
    assert "Suspension…" not in shown
    form = officer.get(write).context["form"]
    party = form.fields["party"].queryset.first()
    refused = officer.post(write, {"party": party.pk, "reason": ""})
    assert refused.status_code == 422
    answer = officer.post(write, {"party": party.pk, "reason": "Les accès ne sont pas retirés."}, follow=True)
    assert "faites-la signer" in answer.content.decode()
    letter = Notification.objects.get()
    assert officer.get(f"{page}courriers/{letter.pk}.pdf").getvalue().startswith(b"%PDF-")
    assert "à remettre" in officer.get(page).content.decode()
    here = f"{page}courriers/{letter.pk}/"
    early = officer.post(here, {"way": "registered", "reference": "1A 2", "received_on": "2026-11-24"})
    assert early.status_code == 422
    assert "n’a pas pu être reçu avant" in early.content.decode()
    noted = officer.post(here, {"way": "registered", "reference": "1A 2", "received_on": "2026-11-25"}, follow=True)
    assert "date certaine" in noted.content.decode()
    assert re.search(r"reçue le\s+(<[^>]+>)*25.novembre.2026", officer.get(page).content.decode())
    # Received, it is not withdrawn.
    officer.post(f"{here}retirer/")
    letter.refresh_from_db()
    assert letter.status == "received"


def test_paper_20_the_termination_is_recorded_apart_once_its_letter_is_received(world, officer):
    f.letter_texts()
    page = f"/console/conventions/{world.signed}/"
    write = f"{page}courriers/termination/ecrire/"
    asked = officer.get(write)
    assert "aucune n’est notée ici" in asked.content.decode()
    party = asked.context["form"].fields["party"].queryset.first()
    given = {
        "party": party.pk,
        "ground": "general_interest",
        "effective_on": "2027-12-31",
        "reason": "Fin du programme.",
    }
    officer.post(write, given)
    letter = Notification.objects.get()
    here = f"{page}courriers/{letter.pk}/"
    assert "Enregistrer la résiliation" not in officer.get(here).content.decode()
    officer.post(here, {"way": "hand", "received_on": "2026-11-25"})
    assert "Enregistrer la résiliation" in officer.get(here).content.decode()
    assert officer.get(page).context["termination"] is None


def test_paper_20_the_letter_of_a_call_is_read_where_the_calls_are(world, enter):
    f.letter_texts()
    agreement = Agreement._base_manager.get(number=world.signed)
    day = f.TODAY
    called = Contribution.objects.create(
        agreement=agreement, year=2026, export_rank=1, reference=f"{world.signed}/2026", first_on=day, last_on=day,
        debtor_name="Commune d’Essai", debtor_siret="21590474900010", subject="Contribution", made="12 mois",
        net=100, vat_regime="hors du champ de la TVA", vat_rate=0, vat=0, total=100, due_on=day, exported_at=f.NOW,
        exported_by=world.people["finance"],
    )  # fmt: skip
    address = f"/console/finances/contributions/{called.pk}.pdf"
    assert enter("finance").get(address).content.startswith(b"%PDF-")
    assert enter("cdg59").get(address).status_code == 403
    assert enter("finance").get("/console/finances/contributions/999999.pdf").status_code == 404
