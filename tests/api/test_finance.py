"""The finance package at the machines' door: what was called, its titles read back, an act received, the signed PDF."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pikepdf
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from socle.deliberations.models import Act
from socle.documents import actions as documents
from socle.journal.models import Entry, Reading
from socle.people.models import Membership
from socle.revenue.models import Contribution
from tests import factories as f
from tests.api.test_v1 import refused

pytestmark = pytest.mark.django_db


def title(one: Contribution, **other: str) -> dict[str, str]:
    told = {"bordereau": "41", "title": "873", "title_on": "2026-11-20", "collected": "0.00"}
    return {"reference": one.reference, **told, "outstanding": str(one.total), **other}


@pytest.fixture
def package(program):
    """The finance package: its token is the finance officer's, and opens what it needs."""
    return program("lead", "contributions:read", "contributions:write", by="finance")


# --- What was called --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("who", "status"), [("lead", 200), ("cdg59", 403), ("somme", 403), ("prisches", 403)])
def test_what_was_called_is_read_by_the_lead_alone(world, program, who, status):
    response = program(who).get("contributions")
    assert response.status_code == status
    if status == 403:
        says = "ne voit pas les montants" if who == "somme" else "chef de file"
        assert says in refused(response, 403, "interdit")["detail"]
        assert program(who, "contributions:write").ask("POST", "titles", {"titles": [
            title(world.called["59"])
        ]}).status_code == 403  # fmt: skip


def test_a_contribution_says_what_was_exported_and_then_its_title(world, package):
    one = world.called["59"]
    told = package.get(f"contributions/{one.pk}").json()
    assert (told["reference"], told["agreement"]) == (one.reference, world.signed["59"].number)
    assert (told["net"], told["total"], told["account"]) == (str(one.net), str(one.total), "74748")
    assert (told["debtor"]["siret"], told["title"]) == (world.prisches.siret, None)
    assert package.ask("POST", "titles", {"titles": [title(one)]}).json() == {"changed": 1}
    told = package.get(f"contributions/{one.pk}").json()["title"]
    assert (told["title"], told["title_on"], told["outstanding"]) == ("873", "2026-11-20", str(one.total))


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["59", "62"]),
        ("?year=2026&export=1", ["59", "62"]),
        ("?year=2025", []),
        ("?export=2", []),
        ("?titled=yes", ["59"]),
        ("?titled=no", ["62"]),
        ("?sort=-id&limit=1", ["62"]),
    ],
)
def test_what_was_called_is_filtered(world, package, query, codes):
    package.ask("POST", "titles", {"titles": [title(world.called["59"])]})
    found = [one["id"] for one in package.get(f"contributions{query}").json()["data"]]
    assert found == [world.called[code].pk for code in codes]
    reference = package.get(f"contributions?reference={world.called['62'].reference}").json()["data"]
    assert [one["beneficiary"] for one in reference] == [world.achicourt.pk]


# --- Titles -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("other", "where", "says"),
    [
        ({"reference": "AUTRE/2026"}, "titles/1/reference", "d’aucune contribution appelée"),
        ({"title_on": "2026-11-26"}, "titles/1/title_on", "Ce jour n’est pas encore venu"),
        ({"collected": "9999.00"}, "titles/1/collected", "dépasse le montant appelé"),
        ({"collected": "0.01"}, "titles/1/outstanding", "font plus que le montant appelé"),
        ({"title": "9" * 21}, "titles/1/title", "au plus 20"),
        ({"title": " "}, "titles/1/title", "forme attendue"),
        ({"collected": "-1.00"}, "titles/1/collected", "forme attendue"),
        ({"collected": "1,00"}, "titles/1/collected", "forme attendue"),
        ({"collected": 1.0}, "titles/1/collected", "Un texte est attendu"),
        ({"title_on": "hier"}, "titles/1/title_on", ""),
        ({"paid": "oui"}, "titles/1/paid", "n’est pas connu"),
    ],
)
def test_a_wrong_title_is_said_with_its_place_and_nothing_is_taken(world, package, other, where, says):
    sent = {"titles": [title(world.called["59"]), title(world.called["62"], **other)]}
    problem = refused(package.ask("POST", "titles", sent), 422, "invalide")
    assert [one["where"] for one in problem["errors"]] == [where]
    assert says in problem["errors"][0]["detail"]
    assert not Contribution.objects.exclude(title="").exists()


def test_a_reference_said_twice_is_refused_and_titles_said_again_change_nothing(world, package):
    one = title(world.called["59"])
    problem = refused(package.ask("POST", "titles", {"titles": [one, one]}), 422, "invalide")
    assert [error["where"] for error in problem["errors"]] == ["titles/1/reference"]
    assert [package.ask("POST", "titles", {"titles": [one]}).json()["changed"] for _ in range(2)] == [1, 0]
    kept = Contribution.objects.get(pk=world.called["59"].pk)
    assert (kept.bordereau, kept.title, kept.title_on) == ("41", "873", date(2026, 11, 20))
    assert (kept.collected, kept.outstanding) == (Decimal(0), kept.total)
    assert Entry.objects.filter(verb="contributions.read_back").count() == 1


def test_titles_are_noted_by_the_token_of_the_finance_officer_alone(world, program, package):
    sent = {"titles": [title(world.called["59"])]}
    detail = refused(program("lead").ask("POST", "titles", sent), 403, "interdit")["detail"]
    assert "responsable des finances" in detail
    Membership.objects.filter(user=world.people["finance"]).update(ends_on=date(2026, 11, 24))
    assert package.ask("POST", "titles", sent).status_code == 401
    assert not Contribution.objects.exclude(title="").exists()


def test_many_titles_ask_as_much_as_one(world, package):
    def cost(titles):
        with CaptureQueriesContext(connection) as queries:
            assert package.ask("POST", "titles", {"titles": titles}).status_code == 200
        return len(queries)

    one, other = world.called["59"], world.called["62"]
    cost([title(one)])
    assert cost([title(one, title="874")]) == cost([title(one, title="875"), title(other)]) <= 20


# --- An act received --------------------------------------------------------------------------------------------------
@pytest.fixture
def act(world):
    with scopes_disabled():
        return f.act(world.prisches, "2026-80", received_on=None, published_on=None)


@pytest.mark.parametrize(
    ("who", "day", "status", "says"),
    [
        ("prisches", "2026-11-25", 200, ""),
        ("lead", "2026-11-25", 200, ""),
        ("prisches", "2026-11-26", 409, "n’est pas encore venu"),
        ("prisches", "2001-01-01", 409, "avant d’être adopté"),
        ("prisches", "hier", 422, ""),
        ("achicourt", "2026-11-25", 404, ""),
        ("somme", "2026-11-25", 409, "ne pouvez pas enregistrer"),
    ],
)
def test_the_reception_of_an_act_is_noted_by_the_rule_of_the_screens(world, program, act, who, day, status, says):
    asker = program(who)
    response = asker.ask("POST", f"acts/{act.pk}/reception", {"received_on": day})
    assert response.status_code == status, response.content.decode()
    with scopes_disabled():
        kept = Act._base_manager.get(pk=act.pk).received_on
    assert kept == (date(2026, 11, 25) if status == 200 else None)
    if status == 200:
        assert response.json()["received_on"] == day
        again = asker.ask("POST", f"acts/{act.pk}/reception", {"received_on": day})
        assert "déjà reçu" in refused(again, 409, "refus")["detail"]
    elif says:
        assert says in response.json()["detail"]


def test_a_token_that_only_reads_notes_no_reception(program, act):
    response = program("prisches", "acts:read").ask("POST", f"acts/{act.pk}/reception", {"received_on": "2026-11-25"})
    assert "acts:write" in refused(response, 403, "portee")["detail"]


# --- The files of an agreement ----------------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.seals
def test_the_pdf_and_the_proof_are_taken_with_their_scope_and_told(world, program):
    agreement = world.signed["59"]
    asker = program("lead", "agreements:files")
    response = asker.get(f"agreements/{agreement.number}/document")
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert response.content == documents.read(agreement.round.current)
    assert (
        asker.get(f"agreements/{agreement.number}/document", **{"If-None-Match": response["ETag"]}).status_code == 304
    )
    proof = asker.get(f"agreements/{agreement.number}/proof")
    assert f"preuve-{agreement.number.lower()}.pdf" in proof["Content-Disposition"]
    with pikepdf.open(io.BytesIO(proof.content)) as read:
        assert response.content in [one.get_file().read_bytes() for one in read.attachments.values()]
    told = Reading.objects.filter(kind="agreement_file", door="api", beneficiary_ref=str(world.prisches.pk))
    assert {one.code for one in told} == {agreement.number}


@pytest.mark.parametrize(
    ("who", "scopes", "status", "says"),
    [
        ("lead", ("agreements:read", "people:read"), 403, "agreements:files"),
        ("somme", ("agreements:files",), 403, "porte des montants"),
        ("cdg62", ("agreements:files",), 404, "n’est pas de celles"),
        ("prisches", ("agreements:files",), 200, ""),
    ],
)
def test_a_pdf_is_for_whom_the_screens_give_it(world, program, who, scopes, status, says):
    response = program(who, *scopes).get(f"agreements/{world.signed['59'].number}/document")
    assert response.status_code == status
    assert says in response.content.decode(errors="replace")


def test_a_draft_has_no_pdf(world, program):
    asker = program("lead")
    for file in ("document", "proof"):
        response = asker.get(f"agreements/{world.draft['59'].number}/{file}")
        assert "encore un projet" in refused(response, 404, "introuvable")["detail"]
