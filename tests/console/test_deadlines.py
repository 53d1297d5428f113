"""What falls due and what is suspended: listed, noted, brought back; what is stopped by hand."""

import csv
from datetime import UTC, datetime

import pytest
import time_machine
from bs4 import BeautifulSoup
from django_scopes import scopes_disabled

from socle.agreements.models import Agreement
from socle.programme.models import Promise, Service
from socle.provisioning.models import Right
from tests import factories as f
from tests.console.test_gestures import count, officer, said

__all__ = ["officer"]


def report(world):
    """What the agreements of the world owe each year."""
    made = {"name": "Rendre compte", "clause": "article 8", "owed_by": "le syndicat", "every_months": 12, "order": 0}
    return Promise.objects.create(type=world.programme.tripartite(), code="compte-rendu", **made)


@pytest.mark.slow
def test_what_is_owed_is_listed_by_month_noted_as_kept_and_taken_back(world, officer, enter):
    report(world)
    page, keeping = "/console/conventions/echeances/", "/console/conventions/echeances/tenir/"
    own = f"/console/conventions/{world.signed}/"
    soup = BeautifulSoup(officer.get(page).content, "html.parser")
    assert "Novembre 2027" in soup.get_text().replace("\u00a0", " ")
    key = soup.select_one("input[name=choix]")["value"]
    assert f"{world.signed}, Rendre compte" in soup.select_one(f"label[for='choix-{key}']").get_text()
    assert "Cochez ce qui est tenu" in said(officer.post(keeping, {"kept_on": "2026-11-25"}, follow=True))
    assert "Indiquez le jour" in said(officer.post(keeping, {"choix": key}, follow=True))
    chosen = {"choix": key, "kept_on": "2026-11-25", "reference": "Courrier 12"}
    stale = chosen | {"choix": [key, key.replace("2027", "2031")]}
    assert "relisez-la" in said(officer.post(keeping, stale, follow=True))
    assert "Cochez ce qui est tenu" in said(enter("cdg59").post(keeping, chosen, follow=True))
    assert enter("finance").get(page).context["form"] is None
    assert "Seules les personnes" in said(enter("finance").post(keeping, chosen, follow=True))
    assert "C’est noté comme tenu" in said(officer.post(keeping, chosen, follow=True))
    assert officer.get(page).context["rows"] == []
    soup = BeautifulSoup(officer.get(own).content, "html.parser")
    assert "Courrier 12" in soup.get_text()
    taking_back = soup.select_one("form[action*='/promesses/']")["action"]
    assert enter("cdg59").post(taking_back).status_code == 404
    assert "de nouveau due" in said(officer.post(taking_back, follow=True))
    assert officer.post(taking_back).status_code == 404
    assert (count("agreement.promise_kept"), count("agreement.promise_withdrawn")) == (1, 1)


@pytest.mark.slow
def test_the_calendar_narrows_to_what_is_late_to_one_promise_or_to_one_place(world, enter):
    report(world)
    address = "/console/conventions/echeances.csv"
    with time_machine.travel(datetime(2028, 12, 1, 12, tzinfo=UTC), tick=False):
        officer = enter("officer")
        counts = {
            query: len(officer.get(f"{address}?{query}").getvalue().decode().splitlines()) - 1
            for query in ("", "delai=retard", "delai=30", "nature=fin", "nature=preavis",
                          "nature=promesse-compte-rendu", "departement=59", "departement=62", "q=Ablain", "q=Prisches")
        }  # fmt: skip
    assert counts == {
        "": 5, "delai=retard": 2, "delai=30": 2, "nature=fin": 1, "nature=preavis": 1,
        "nature=promesse-compte-rendu": 3, "departement=59": 0, "departement=62": 5, "q=Ablain": 5, "q=Prisches": 0,
    }  # fmt: skip


@pytest.mark.slow
def test_an_agreement_is_suspended_shown_so_everywhere_and_brought_back(world, officer, enter):
    page = f"/console/conventions/{world.signed}/"
    assert officer.get(f"{page}retablir/").status_code == 404
    said_so = {"ground": "security", "reason": "Boîte piratée", "conditions": "Mot de passe changé"}
    days = {"notified_on": "2026-11-25", "effective_on": "2026-11-25"}
    for who, status in (("finance", 403), ("cdg59", 404)):
        assert enter(who).post(f"{page}suspendre/", said_so | days).status_code == status
    assert officer.post(f"{page}suspendre/", days).status_code == 422
    late = officer.post(f"{page}suspendre/", said_so | days | {"effective_on": "2026-11-24"})
    assert (late.status_code, "au plus tôt" in late.content.decode()) == (422, True)
    answer = officer.post(f"{page}suspendre/", said_so | days, follow=True)
    assert "La suspension est enregistrée" in said(answer)
    assert "Mot de passe changé" in answer.content.decode()
    assert "suspendue" in officer.get("/console/conventions/?etat=suspended").content.decode()
    (row,) = list(csv.DictReader(_lines(officer.get("/console/conventions.csv?etat=suspended")), delimiter=";"))
    assert (row["Numéro"], row["Suspendue depuis le"]) == (world.signed, "2026-11-25")
    told = enter("mayor62002").get(f"/mairie/convention/{world.signed}/").content.decode()
    assert "Convention suspendue" in told
    assert "Mot de passe changé" in told
    for who, status in (("finance", 403), ("cdg59", 404)):
        assert enter(who).post(f"{page}retablir/", {"lifted_on": "2026-11-25"}).status_code == status
    assert "pas encore venu" in officer.post(f"{page}retablir/", {"lifted_on": "2026-11-26"}).content.decode()
    answer = officer.post(f"{page}retablir/", {"lifted_on": "2026-11-25"}, follow=True)
    assert "La suspension est levée" in said(answer)
    assert officer.get("/console/conventions/?etat=suspended").context["page"].paginator.count == 0


@pytest.mark.slow
def test_what_no_engine_provisions_is_stopped_then_resumed_by_hand_from_the_installations(world, officer, enter):
    with scopes_disabled():
        agreement = Agreement.objects.get(number=world.signed)
        service = Service.objects.get(programme=world.programme, code="telephonie")
        right = Right.objects.create(
            beneficiary=agreement.beneficiary, service=service, agreement=agreement, opened_at=f.NOW
        )
    page, address = "/console/installations/", "/console/installations/a-la-main/"
    days = {"notified_on": "2026-11-25", "effective_on": "2026-11-25"}
    said_so = {"ground": "security", "reason": "Boîte piratée", "conditions": "Mot de passe changé"}
    technician = enter("technician")
    assert "À faire à la main" not in technician.get(page).content.decode()
    assert "à la main" not in technician.get("/console/").content.decode()
    officer.post(f"/console/conventions/{world.signed}/suspendre/", said_so | days)
    assert "Téléphonie" in technician.get("/console/").content.decode()
    for gesture, todo in (("arrete", "À arrêter"), ("", "À rétablir")):
        assert todo in technician.get(page).content.decode()
        told = enter("finance").get(page).content.decode()
        assert (todo in told, "C’est " in told) == (True, False)
        for who, given, status in (
            ("finance", right.pk, 403), ("cdg59", right.pk, 404), ("technician", "x", 404), ("technician", "²", 404),
        ):  # fmt: skip
            assert enter(who).post(address, {"droit": given, gesture: "1"}).status_code == status
        answer = technician.post(address, {"droit": right.pk, gesture: "1"}, follow=True)
        assert "C’est noté" in said(answer)
        assert todo not in answer.content.decode()
        if gesture:
            officer.post(f"/console/conventions/{world.signed}/retablir/", {"lifted_on": "2026-11-25"})


def _lines(response):
    return response.getvalue().decode("utf-8-sig").splitlines()
