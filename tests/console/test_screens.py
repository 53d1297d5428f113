"""What each screen says: the map and its words, the reasons of a rank, the journal in French, valid pages."""

import json
from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from socle.agreements.models import Agreement
from socle.agreements.priorities import keep_assessments
from socle.journal import actions as journal
from socle.journal.models import Entry
from socle.people.models import User
from socle.territory import maps
from socle.territory.models import Commune, CommuneInVintage, Outline
from tests import factories as f
from tests.console.test_access import PAGES, fill
from tests.console.test_gestures import BODY

PAGES_OF_A_RECORD = ("services", "personnes", "histoire")
SQUARE = [[[3.0, 50.0], [3.1, 50.0], [3.1, 50.1], [3.0, 50.1], [3.0, 50.0]]]


@pytest.fixture
def officer(enter):
    return enter("officer")


@pytest.fixture
def outlines(world):
    maps._territory_map.cache_clear()
    for shift, commune in enumerate(Commune.objects.order_by("insee_code")):
        rings = [[[x + shift / 10, y] for x, y in ring] for ring in SQUARE]
        Outline.objects.create(commune=commune, rings=rings)
    yield
    maps._territory_map.cache_clear()


def test_the_map_colours_each_commune_by_its_stage_and_a_list_says_the_same(world, outlines, officer):
    page = officer.get("/console/communes/")
    soup = BeautifulSoup(page.content, "html.parser")
    frame = soup.select_one("iframe")
    assert (frame["src"], frame["title"]) == ("/console/carte/", "Carte des communes par étape")
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    drawing = BeautifulSoup(officer.get(frame["src"]).content, "html.parser").select_one("svg.map")
    assert drawing["aria-hidden"] == "true"
    # The frame takes the place of a drawing of the same proportions.
    assert soup.select_one(".territory-map svg")["viewbox"] == drawing["viewbox"]
    for code, name in (("eligible", "Étrœungt"), ("draft", "Abancourt"), ("ready", "Prisches"), ("signed", "Ablain")):
        assert name in drawing.select_one(f"g.map-{code}").get_text()
    # Where nothing is begun, whom to begin with.
    assert "Acheville, à proposer, prioritaire" in drawing.select_one("g.map-first").get_text()
    assert drawing.select_one("g.map-first")["fill"] == "url(#hatch-first)"
    # No link of the map stops a keyboard; those that are hatched are not told by colour alone.
    assert {link["tabindex"] for link in drawing.select("a")} == {"-1"}
    assert drawing.select_one("g.map-ready")["fill"] == "url(#hatch-ready)"
    key = {
        line.find("a").get_text(): line.select_one(".key-count").get_text() for line in soup.select(".key-stages li")
    }
    assert key == {
        "à proposer": "2",
        "dont prioritaires": "1",
        "projet de convention": "1",
        "à la signature": "1",
        "signée, mise en service en cours": "1",
        "équipée": "0",
    }


def test_the_map_is_kept_by_the_browser_until_a_commune_comes_to_another_stage(world, outlines, enter, officer):
    first = officer.get("/console/carte/")
    assert first["Cache-Control"] == "private, no-cache"
    # Framed by us only; a page of the console otherwise, whose links open in the whole window.
    assert "frame-ancestors 'self'" in first["Content-Security-Policy"]
    assert first["X-Frame-Options"] == "SAMEORIGIN"
    links = BeautifulSoup(first.content, "html.parser").select("svg a")
    assert {link["target"] for link in links} == {"_parent"}
    again = officer.get("/console/carte/", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    # A browser takes the headers of such an answer for those of the page it kept: none may close its frame.
    assert not {"Content-Security-Policy", "X-Frame-Options"} & set(again.headers)
    # A centre de gestion has a map of its own: what the other's browser kept is never taken for it.
    theirs = enter("cdg59").get("/console/carte/", headers={"if-none-match": first["ETag"]})
    assert theirs.status_code == 200
    assert "Étrœungt" in theirs.content.decode()
    assert "Ablain" not in theirs.content.decode()
    with scopes_disabled():
        Agreement.objects.filter(beneficiary__commune__insee_code="59001").update(status="cancelled")
    changed = officer.get("/console/carte/", headers={"if-none-match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_a_name_with_a_sign_of_html_is_only_a_name(world, outlines, officer):
    Commune.objects.filter(insee_code="59001").update(name="<b>&\"'")
    for address in ("/console/communes/", "/console/carte/"):
        page = officer.get(address).content.decode()
        assert "<b>&" not in page
        assert "&lt;b&gt;&amp;" in page


def test_a_president_whose_turn_has_not_come_is_told_nothing_waits(world, enter):
    assert "Rien n’attend de vous." in enter("president").get("/console/").content.decode()
    assert "Aucune convention n’attend votre signature" in enter("president").get("/console/a-signer/").content.decode()


def test_a_commune_says_its_rank_and_why(world, officer):
    page = officer.get("/console/communes/59474/").content.decode()
    assert "Non prioritaire" in page
    assert "la priorité est un rang, jamais un refus" in page
    assert "millésime 2026" in page


@pytest.mark.slow
def test_a_commune_says_since_when_it_has_its_rank_and_what_changed_under_its_agreement(world, enter):
    system = User.objects.system()
    keep_assessments(by=system, at=f.NOW)
    with time_machine.travel(f.NOW + timedelta(days=2), tick=False):
        CommuneInVintage.objects.filter(insee_code="59474").update(population=990)
        keep_assessments(by=system, at=f.NOW + timedelta(days=2))
        officer = enter("officer")
        page = officer.get("/console/communes/59474/").content.decode()
        assert "Depuis le 27\u00a0novembre\u00a02026 au moins" in page
        history = officer.get("/console/communes/59474/histoire/").content.decode()
        assert "devient prioritaire\u00a0; population 1\u202f000 → 990" in history
        assert "elle est devenue prioritaire (millésime 2026, 990 habitants)" in page
        listed = officer.get("/console/territoire/priorites/").content.decode()
        assert f"n°\u00a0{world.ready}" in listed
        seen = officer.post(f"/console/conventions/{world.ready}/priorite-vue/", follow=True).content.decode()
        assert "elle est devenue prioritaire" not in seen
        assert "4e rang, non prioritaire" in seen
        assert "Aucun changement à regarder" in officer.get("/console/territoire/priorites/").content.decode()


@pytest.mark.slow
def test_the_page_of_a_commune_asks_as_much_whatever_is_signed_elsewhere(world, officer):
    officer.get("/console/communes/62002/")
    with CaptureQueriesContext(connection) as alone:
        officer.get("/console/communes/62002/")
    for number in range(100, 130):
        of = f.beneficiary(f.commune(f"62{number}", f"Commune {number}", number))
        f.installation(of, "messagerie", state="live")
    with CaptureQueriesContext(connection) as among_others:
        officer.get("/console/communes/62002/")
    assert len(among_others) == len(alone) <= 41
    # None of them carries the list of the territory's beneficiaries but those that the scope of the door asks.
    assert max(len(query["sql"]) for query in among_others) < 6000


def test_a_commune_the_vintage_lacks_is_shown_with_the_remedy(world, officer):
    CommuneInVintage.objects.filter(insee_code="59474").update(vintage=f.vintage(2027))
    page = officer.get("/console/communes/59474/").content.decode()
    assert "vintage = 2027" in page


def test_a_commune_nobody_registered_can_be_proposed_an_agreement(world, officer):
    page = officer.get("/console/communes/59218/").content.decode()
    assert "Rédiger la convention" in page
    assert "Aucune convention n’est en cours" in page
    assert officer.get("/console/communes/59218/journal.csv").status_code == 404


def test_the_button_that_may_not_be_used_says_why(world, enter):
    soup = BeautifulSoup(enter("finance").get("/console/communes/59218/").content, "html.parser")
    button = next(b for b in soup.find_all("button") if "Rédiger" in b.get_text())
    assert button.has_attr("disabled")
    assert "Seules les personnes chargées du programme" in button.parent.get_text()


@pytest.mark.slow
def test_the_services_of_a_commune_show_the_error_and_what_is_simulated(world, officer):
    with scopes_disabled():
        place = world.agreement(world.signed).beneficiary
    page = officer.get(f"/console/beneficiaires/{place.pk}/services/").content.decode()
    for words in ("Le serveur ne répond pas.", "simulé", "Réessayer"):
        assert words in page
    assert "Service mis en service" in officer.get("/console/communes/62002/histoire/").content.decode()


def test_an_unknown_commune_is_not_found(world, officer):
    for code in ("99999", "2A004", "x", "59474-"):
        assert officer.get(f"/console/communes/{code}/").status_code == 404


def test_the_journal_of_a_commune_leaves_as_json(world, officer):
    lines = json.loads(officer.get("/console/communes/59001/journal.json").content)
    assert [line["verb"] for line in lines] == ["agreement.drafted"]
    assert lines[0]["label"] == "Projet de convention rédigé"
    assert lines[0]["facts"] == {"number": world.draft}


@pytest.mark.slow
def test_facts_without_a_french_name_are_shown_to_nobody(world, officer):
    with scopes_disabled():
        agreement = world.agreement(world.draft)
        journal.record("agreement.drafted", agreement, by=world.people["officer"], at=f.NOW, secret_price="1234,56")
    for address in ("/console/journal/", "/console/journal.csv", "/console/journal.json", "/console/communes/59001/",
                    "/console/communes/59001/journal.json"):  # fmt: skip
        assert "1234,56" not in officer.get(address).content.decode()


def test_the_chain_is_checked_when_asked_and_a_broken_line_is_said(world, officer):
    journal.seal()
    assert "La chaîne est intacte" in officer.get("/console/journal/?chaine=verifier").content.decode()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE journal_entry SET verb = 'x.y' WHERE position = 2")
    page = officer.get("/console/journal/?chaine=verifier").content.decode()
    assert "La chaîne est rompue" in page
    assert Entry.objects.filter(verb="x.y").exists()


@pytest.mark.slow
def test_lines_about_no_beneficiary_are_read_by_the_lead_only(world, enter):
    with scopes_disabled():
        journal.record("programme.loaded", world.programme, by=world.people["officer"], at=f.NOW, version="essai-lu")
    assert "essai-lu" in enter("officer").get("/console/journal/").content.decode()
    assert "essai-lu" not in enter("cdg59").get("/console/journal/").content.decode()
    assert "essai-lu" not in enter("somme").get("/console/journal/").content.decode()


def test_the_programme_says_what_each_article_permits_and_that_the_grant_is_closed(world, officer):
    from datetime import date
    from decimal import Decimal

    from socle.programme.models import FundingScheme

    FundingScheme.objects.create(
        programme=world.programme,
        code="react",
        name="React-EU",
        rate=Decimal("0.8000"),
        spend_from=date(2022, 1, 1),
        spend_until=date(2023, 12, 31),
        source="acte d’essai",
    )
    page = officer.get("/console/programme/").content.decode()
    for words in ("L’acte est exécutoire", "délègue la signature au président", "80\u00a0%", "clos",
                  "aucune convention signée aujourd’hui ne s’en réclame",
                  "bénéficiaire, centre de gestion, Syndicat mixte d’essai", "signature déléguée",
                  f"Approuve convention-tripartite, d’empreinte <code>{'0' * 16}…"):  # fmt: skip
        assert words in page


def test_a_founding_act_without_its_publication_says_what_is_missing(world, officer):
    act = world.programme.founding_act
    act.published_on = None
    act.save()
    page = officer.get("/console/programme/").content.decode()
    assert "n’habilite pas encore" in page
    assert "sa date de publication" in page
    # Nor is a model said to be approved by it, by whoever declared it so.
    soup = BeautifulSoup(page, "html.parser")
    badges = {one.get_text(strip=True) for one in soup.select(".badge")}
    assert badges & {"approuvé", "non approuvé"} == {"non approuvé"}
    assert "aucun acte ne l’approuve" in page
    assert "N’approuve pas encore convention-tripartite" in page


@pytest.mark.slow
def test_every_page_is_valid_html(world, outlines, enter, valid_html):
    client = enter("officer")
    president = enter("cdg59_president")
    for address, *_ in PAGES:
        filled = fill(address, world)
        for reader in (client, president):
            response = reader.get(filled)
            if response.status_code == 200 and "html" in response["Content-Type"]:
                assert valid_html(response.content) == [], filled
                break


@pytest.mark.slow
def test_the_record_of_a_commune_is_read_by_tabs_and_one_nobody_registered_has_no_services(world, officer):
    first = ("/console/communes/59474/", "Convention")
    services = (f"/console/beneficiaires/{world.agreement(world.ready).beneficiary_id}/services/", "Services")
    people, history = (
        ("/console/communes/59474/personnes/", "Personnes"),
        ("/console/communes/59474/histoire/", "Histoire"),
    )
    for address, label in (first, services, people, history):
        soup = BeautifulSoup(officer.get(address).content, "html.parser")
        tabs = soup.select(".tabs a")
        assert [(one["href"], one.get_text()) for one in tabs] == [first, services, people, history]
        assert [one.get_text() for one in tabs if one.has_attr("aria-current")] == [label]
    alone = BeautifulSoup(officer.get("/console/communes/59218/").content, "html.parser")
    assert [one.get_text() for one in alone.select(".tabs a")] == ["Convention", "Personnes", "Histoire"]
    assert "Rien n’est encore écrit au journal" in officer.get("/console/communes/59218/histoire/").content.decode()


def test_the_history_of_a_body_is_its_journal_by_pages_and_the_ranks_it_had(world, officer):
    history = officer.get("/console/communes/59001/histoire/").content.decode()
    assert "Projet de convention rédigé" in history
    assert "1 ligne au journal" in history.replace("\u00a0", " ")
    assert "/console/communes/59001/journal.csv" in history
    body = officer.post("/console/beneficiaires/nouveau/", BODY)["Location"]
    soup = BeautifulSoup(officer.get(f"{body}histoire/").content, "html.parser")
    assert "Organisme inscrit au programme" in soup.get_text()
    assert [one["href"] for one in soup.select(".tabs a")] == [body, *(f"{body}{page}/" for page in PAGES_OF_A_RECORD)]
