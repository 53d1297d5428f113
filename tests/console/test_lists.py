"""Lists: filters and order in the address, pages, CSV, and a number of queries that does not depend on their length."""

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from socle.agreements.models import Agreement, Status
from socle.journal import actions as journal
from socle.lib.text import folded
from socle.people.models import User
from socle.programme.models import Assessment
from socle.provisioning.desk import lists
from socle.provisioning.models import State
from socle.territory.models import Commune, Epci, FormerCommune, PostalCode, Vintage
from tests import factories as f
from tests.revenue.conftest import between


def names(response):
    """The first cell of each row of a page."""
    soup = BeautifulSoup(response.content, "html.parser")
    return [head.find("a").get_text(strip=True) for head in soup.select("tbody th[scope=row]")]


def rows(response):
    return list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.fixture
def officer(enter):
    return enter("officer")


ADDRESSES = (
    ("", ["Abancourt", "Ablainzevelle", "Acheville", "Étrœungt", "Prisches"]),
    ("tri=-search_name", ["Prisches", "Étrœungt", "Acheville", "Ablainzevelle", "Abancourt"]),
    ("tri=population", ["Ablainzevelle", "Abancourt", "Acheville", "Prisches", "Étrœungt"]),
    ("tri=-stage_rank", ["Ablainzevelle", "Prisches", "Abancourt", "Acheville", "Étrœungt"]),
    ("tri=password", ["Abancourt", "Ablainzevelle", "Acheville", "Étrœungt", "Prisches"]),
    ("departement=62", ["Ablainzevelle", "Acheville"]),
    ("departement=75", ["Abancourt", "Ablainzevelle", "Acheville", "Étrœungt", "Prisches"]),
    ("priorite=oui", ["Abancourt", "Ablainzevelle", "Acheville"]),
    ("priorite=non", ["Étrœungt", "Prisches"]),
    ("etape=draft", ["Abancourt"]),
    ("etape=ready", ["Prisches"]),
    ("etape=signed", ["Ablainzevelle"]),
    ("etape=eligible&departement=59", ["Étrœungt"]),
    ("q=etroeungt", ["Étrœungt"]),
    ("q=ÉTRŒ", ["Étrœungt"]),
    ("q=59474", ["Prisches"]),
    ("q=59550", ["Prisches"]),
    ("q=vieille paroisse", ["Acheville"]),
    ("epci=245900000", ["Prisches"]),
)


@pytest.mark.slow
@pytest.mark.both
def test_communes_are_sorted_and_filtered_by_the_address(world, officer, subtests):
    prisches = Commune.objects.get(insee_code="59474")
    PostalCode.objects.create(commune=prisches, code="59550")
    prisches.epci = Epci.objects.create(siren="245900000", name="CC du Cœur de l’Avesnois", kind="CC")
    prisches.save()
    former = "Vieille-Paroisse"
    FormerCommune.objects.create(
        commune=Commune.objects.get(insee_code="62003"),
        insee_code="62999",
        name=former,
        search_name=folded(former),
        kind=FormerCommune.Kind.ABSORBED,
    )
    for query, expected in ADDRESSES:
        with subtests.test(query):
            assert names(officer.get(f"/console/communes/?{query}")) == expected
            assert [row[1] for row in rows(officer.get(f"/console/communes.csv?{query}"))[1:]] == expected


def test_communes_come_by_their_rank_with_its_reasons_those_without_last(world, officer):
    vintage = Vintage.objects.first()
    given = {"vintage": vintage, "assessed_at": f.NOW, "is_priority": True, "rule_sha256": "0" * 64}
    Assessment.objects.filter(programme=world.programme).update(replaced_at=f.NOW)
    ranks = (("59474", 1, "Treize habitants.\nSource.", {}), ("59001", 2, "Vingt.", {}))
    # A rank that was replaced says nothing of today.
    for code, rank, reasons, more in (*ranks, ("62003", 9, "Avant.", {"replaced_at": f.NOW})):
        commune = Commune.objects.get(insee_code=code)
        Assessment.objects.create(
            programme=world.programme, commune=commune, rank=rank, reasons=reasons, **given, **more
        )
    page = officer.get("/console/communes/?tri=priority_rank")
    first, second = (Commune.objects.get(insee_code=code).name for code, *_ in ranks)
    assert names(page)[:2] == [first, second]
    assert "Treize habitants." in page.content.decode()
    assert "Avant." not in page.content.decode()
    head, *lines = rows(officer.get("/console/communes.csv?tri=priority_rank"))
    said = [(line[head.index("Rang")], line[head.index("Raisons")]) for line in lines]
    assert said[:2] == [("1", "Treize habitants. ; Source."), ("2", "Vingt.")]
    assert set(said[2:]) == {("", "")}


@pytest.mark.slow
def test_every_list_takes_st_for_saint_and_saint_for_st(world, officer):
    omer = f.commune("62765", "Saint-Omer", 15000)
    f.installation(f.beneficiary(omer), "messagerie")
    f.join_request(omer)
    f.join_request(siret=f.siret.complete(f.siren(91)), body_name="CCAS de St-Omer")
    found = {"communes": 1, "conventions": 1, "installations": 1, "demandes": 2}
    for words in ("St-Omer", "saint-omer"):
        for name, count in found.items():
            listed = rows(officer.get(f"/console/{name}.csv", {"q": words}))[1:]
            assert len(listed) == count, f"{name}: {words}"
    assert len(rows(officer.get("/console/demandes.csv?q=st. omer"))) == 2
    assert rows(officer.get("/console/communes.csv?q=ste"))[1:] == []
    assert rows(officer.get("/console/conventions.csv?q=-"))[1:] != []  # A number has one.
    assert rows(officer.get("/console/installations.csv?q=--"))[1:] == []


def test_a_search_that_finds_nothing_says_how_to_search(world, officer):
    page = officer.get("/console/communes/?q=zzz").content.decode()
    assert "Aucune commune ne répond à ces filtres" in page
    assert "Tout montrer" in page


@pytest.mark.parametrize("address", ["communes", "conventions", "installations", "journal"])
@pytest.mark.slow
def test_a_strange_address_still_shows_the_list(world, officer, address, subtests):
    for query in ("q=%00", "q=%25", "q='--", "q=%F0%9F%92%A9", "page=-3", "page=zzz", "page=9999999"):
        with subtests.test(query):
            assert officer.get(f"/console/{address}/?{query}").status_code == 200


@pytest.mark.slow
def test_filters_stay_from_page_to_page_and_into_the_file(world, officer):
    for number in range(60):
        f.commune(f"62{100 + number}", f"Essai-{number:03d}", 200)
    page = BeautifulSoup(
        officer.get("/console/communes/?departement=62&q=essai&tri=-population").content, "html.parser"
    )
    following = page.select_one("a[rel=next]")["href"]
    assert "departement=62" in following
    assert "q=essai" in following
    assert "tri=-population" in following
    assert page.select_one('option[value="62"]').has_attr("selected")
    assert page.select_one(".list-filters input[name=q]")["value"] == "essai"
    export = page.select_one("a[download]")
    assert "departement=62" in export["href"]
    assert len(names(officer.get(f"/console/communes/{following}"))) == 10


def test_the_csv_of_communes_is_never_a_formula(world, officer):
    hostile = f.commune("62500", "=HYPERLINK(1)", 100)
    hostile.epci = Epci.objects.create(siren="246200000", name="@SUM(A1:A9)", kind="CC")
    hostile.save()
    row = next(row for row in rows(officer.get("/console/communes.csv")) if row[0] == "62500")
    assert row[1] == "'=HYPERLINK(1)"
    assert row[4] == "'@SUM(A1:A9)"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["signed", "ready", "draft"]),
        ("tri=number", ["draft", "ready", "signed"]),
        ("etat=ready", ["ready"]),
        ("departement=62", ["signed"]),
        ("q=prisches", ["ready"]),
        ("q=62002", ["signed"]),
    ],
)
def test_the_register_is_sorted_and_filtered_by_the_address(world, officer, query, expected):
    numbers = [getattr(world, name) for name in expected]
    assert names(officer.get(f"/console/conventions/?{query}")) == numbers
    assert [row[0] for row in rows(officer.get(f"/console/conventions.csv?{query}"))[1:]] == numbers


def test_the_register_says_whose_turn_it_is_and_when_each_party_signed(world, officer):
    page = officer.get("/console/conventions/").content.decode()
    assert "attend le centre de gestion" in page
    with scopes_disabled():
        signed = Agreement.objects.get(number=world.signed)
    headers, *lines = rows(officer.get("/console/conventions.csv"))
    by_number = {line[0]: dict(zip(headers, line, strict=True)) for line in lines}
    ready, concluded = by_number[world.ready], by_number[world.signed]
    whose = ("du bénéficiaire", "du centre de gestion", "du syndicat")
    assert [ready[f"Signature {one}"] for one in whose] == ["2026-11-25 10:00:00", "", ""]
    assert [bool(concluded[f"Acte {one}, adopté le"]) for one in whose] == [True, True, True]
    assert concluded["Acte du bénéficiaire, publié le"] == str(signed.parties.get(kind="beneficiary").act.published_on)
    assert concluded["Document, SHA-256"] == signed.round.current.sha256
    assert concluded["SIRET"] == signed.beneficiary.siret
    assert concluded["Centre de gestion"] == signed.parties.get(kind="cdg").name
    assert concluded["Renouvellements"] == "0"
    assert concluded["Modèle de démonstration"] == ("oui" if signed.text.is_demonstration else "non")


def test_the_register_shows_amendments_to_whoever_asks_for_them(world, officer):
    with scopes_disabled():
        signed = Agreement.objects.get(number=world.signed)
        facts = {name: getattr(signed, name) for name in ("programme", "type", "beneficiary", "text", "term_months")}
        amendment = Agreement.every.create(
            number=f"{world.signed}-A1", amends=signed, status=Status.SIGNED, drafted_at=f.NOW, signed_at=f.NOW,
            annual_price=signed.annual_price, vat_regime=signed.vat_regime, **facts,
        )  # fmt: skip
    assert names(officer.get("/console/conventions/?type=avenants")) == [amendment.number]
    headers, line = rows(officer.get("/console/conventions.csv?type=avenants"))
    assert dict(zip(headers, line, strict=True))["Modifie"] == world.signed
    headers, line = rows(officer.get(f"/console/conventions.csv?q={world.signed}"))
    assert dict(zip(headers, line, strict=True))["Avenants conclus"] == amendment.number


def test_the_register_shows_of_the_agreements_between_operators_those_of_one_type(world, officer):
    for number in ("PMC-E1", "PMC-E2"):
        between("somme-numerique", "npdcn", number=number)
        assert names(officer.get(f"/console/conventions/?type={number.lower()}")) == [number]


def test_installations_are_filtered_by_state_and_service(world, officer):
    page = officer.get("/console/installations/?etat=failed").content.decode()
    assert "Le serveur ne répond pas." in page
    assert len(rows(officer.get("/console/installations.csv?etat=failed"))) == 2
    assert len(rows(officer.get("/console/installations.csv?service=messagerie"))) == 2
    assert "Aucune installation ne répond" in officer.get("/console/installations/?etat=suspended").content.decode()


@pytest.mark.slow
def test_the_journal_is_filtered_by_period_person_family_and_beneficiary(world, enter, officer):
    def count(query, who=officer):
        return who.get(f"/console/journal/?{query}").context["page"].paginator.count

    everything = count("")
    # Wednesday 25 November 2026.
    assert {count(f"periode={one}") for one in ("aujourdhui", "semaine", "mois")} == {everything}
    assert {count(f"periode={one}") for one in ("hier", "semaine-derniere", "mois-dernier")} == {0}
    with time_machine.travel(f.NOW + timedelta(days=1), tick=False):
        again = enter("officer")
        assert (count("periode=hier", again), count("periode=aujourdhui", again)) == (everything, 0)
    with time_machine.travel(f.NOW + timedelta(days=5), tick=False):  # The Monday after.
        again = enter("officer")
        assert count("periode=semaine-derniere", again) == everything
        # Days that are given hold before a period.
        assert count("periode=semaine-derniere&au=2026-11-24", again) == count("du=2026-11-26", again) == 0
    mine, machine, people = (count(f"qui={who}") for who in ("moi", "plateforme", "personnes"))
    assert 0 < mine < people
    assert machine + people == everything
    assert 0 < count(f"qui={world.people['president'].pk}") < people
    press = BeautifulSoup(officer.get("/console/journal/?qui=moi").content, "html.parser")
    link = press.find("a", string="La semaine dernière")
    assert link["href"] == "/console/journal/?qui=moi&periode=semaine-derniere"
    assert len(press.select("#filtre-famille option")) < 30
    of_family = rows(officer.get("/console/journal.csv?famille=conventions"))[1:]
    assert {row[2].split(".")[0] for row in of_family} == {"agreement"}
    assert {row[3] for row in rows(officer.get("/console/journal.csv?q=abancourt"))[1:]} == {"Commune de Abancourt"}


def test_a_period_is_read_by_its_days_whatever_the_order_in_which_lines_were_written(world, officer):
    with scopes_disabled():
        place = world.agreement(world.ready).beneficiary
    for hours in (1, 5, 3):
        journal.record("role.given", place, by=world.people["officer"], at=f.NOW + timedelta(hours=hours))
    shown = officer.get("/console/journal/?periode=semaine").context
    for days in ([entry.at for entry in shown["page"]], [one.line.at for one in shown["rows"]]):
        assert days == sorted(days, reverse=True)
        assert days[0] == f.NOW + timedelta(hours=5)


def test_the_many_steps_of_one_equipping_are_one_line_that_opens(world, officer):
    there, elsewhere = (f.beneficiary(f.commune(code, name)) for code, name in (("59300", "Aibes"), ("59301", "Anor")))
    services = [f.installation(there), f.installation(elsewhere)]
    for step in range(12):
        at = f.NOW + timedelta(minutes=step)
        journal.record("installation.live", services[step % 2], by=User.objects.system(), at=at)
    soup = BeautifulSoup(officer.get("/console/journal/?qui=plateforme").content, "html.parser")
    folded = soup.select("details.journal-steps")
    assert [one.find_parent("tr").select_one("[data-label=Bénéficiaire]").get_text() for one in folded[:2]] == [
        services[1].beneficiary.name, services[0].beneficiary.name,
    ]  # fmt: skip
    assert [len(one.select("li")) for one in folded[:2]] == [6, 6]


@pytest.mark.slow
@pytest.mark.both
@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("communes", "tri=-population"),
        ("conventions", "tri=place"),
        ("conventions", "tri=-status"),
        ("installations", ""),
    ],
)
def test_pages_one_after_the_other_are_the_list_and_none_asks_more(world, officer, monkeypatch, address, query):
    def page(number):
        with CaptureQueriesContext(connection) as captured:
            found = BeautifulSoup(officer.get(f"/console/{address}/?{query}&page={number}").content, "html.parser")
        return [row.get_text(" ", strip=True) for row in found.select("tbody tr")], len(captured)

    page(1)
    whole, asked = page(1)
    monkeypatch.setattr(lists, "PER_PAGE", 1)
    pages = [page(1 + number) for number in range(len(whole))]
    assert len(pages) > 1
    assert [row for found, _ in pages for row in found] == whole
    assert max(count for _, count in pages) <= asked


# --- Queries ----------------------------------------------------------------------------------------------------------
def _grow(count):
    """More communes, each with an agreement and an installation."""
    for number in range(count):
        place = f.beneficiary(f.commune(f"59{300 + number}", f"Grandit-{number:03d}", 300 + number))
        installation = f.installation(place, "messagerie", state=State.FAILED)
        assert installation.pk


def _queries(client, address):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


# How many questions each may ask.
MOST = {
    "/console/": 52,
    "/console/communes/": 15,
    "/console/communes.csv": 15,
    "/console/conventions/": 17,
    "/console/conventions.csv": 20,
    "/console/conventions/echeances/": 17,
    "/console/conventions/echeances.csv": 15,
    "/console/installations/": 20,
    "/console/installations.csv": 15,
    "/console/journal/": 20,
    "/console/journal.csv": 15,
    "/console/communes/62002/": 40,
}


@pytest.mark.slow
def test_a_list_asks_as_many_questions_whatever_its_length(world, officer):
    _grow(10)
    for address in MOST:
        officer.get(address)
    few = {address: _queries(officer, address) for address in MOST}
    with scopes_disabled():
        _grow_more(190)
    many = {address: _queries(officer, address) for address in MOST}
    assert {address: (few[address], many[address]) for address in MOST if many[address] > few[address]} == {}
    assert {address: asked for address, asked in few.items() if asked > MOST[address]} == {}


def _grow_more(count):
    for number in range(10, 10 + count):
        place = f.beneficiary(f.commune(f"62{500 + number}", f"Grandit-{number:03d}", 300 + number))
        f.installation(place, "messagerie", state=State.FAILED)
