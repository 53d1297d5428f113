"""Open data: what is published, how a portal finds it, and what never leaves."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rdflib import DCAT, DCTERMS, FOAF, RDF, Graph, URIRef

from socle.agreements.models import Status
from socle.journal import actions as journal
from socle.people.models import User
from socle.provisioning.models import State
from tests import factories as f

pytestmark = pytest.mark.django_db
LICENCE = "https://exemple.invalid/licence"


@pytest.fixture
def published() -> Any:
    """A commune equipped, one whose draft is being written, one with nothing, and one of another territory."""
    pack = f.programme()
    here, preparing = f.beneficiary(), f.beneficiary(f.commune("59001", "Abancourt", 441))
    agreement = f.signed_agreement(here)
    for service in ("messagerie", "site-internet"):
        f.installation(here, service, state=State.LIVE)
    f.signed_agreement(preparing, status=Status.READY, signed_at=None)
    f.commune("62004", "Achicourt", 208)
    f.commune("80001", "Abbeville", 900)
    journal.record("agreement.signed", agreement, by=User.objects.system(), at=f.NOW)
    journal.seal()
    return pack


def rows(client: Client, code: str) -> list[dict[str, str]]:
    text = client.get(f"/donnees/{code}.csv").content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


# The library's own reader of JSON-LD, of which it says so itself.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.slow
def test_a_portal_reads_the_catalogue_and_follows_every_file(published: Any, client: Client, settings: Any) -> None:
    settings.SOCLE_OPEN_DATA_LICENCE = LICENCE
    graphs = []
    for kind, writing in (("jsonld", "json-ld"), ("ttl", "turtle"), ("rdf", "xml")):
        answer = client.get(f"/donnees/catalogue.{kind}")
        graphs.append(Graph().parse(data=answer.content, format=writing))
    assert len({len(graph) for graph in graphs}) == 1
    graph = graphs[0]
    (catalogue,) = graph.subjects(RDF.type, DCAT.Catalog)
    # What DCAT-AP holds for mandatory.
    for property_ in (DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCAT.dataset):
        assert (catalogue, property_, None) in graph
    assert (graph.value(catalogue, DCTERMS.publisher), RDF.type, FOAF.Agent) in graph
    datasets = list(graph.objects(catalogue, DCAT.dataset))
    assert len(datasets) == 5
    followed = by_site = 0
    for dataset in datasets:
        assert (dataset, RDF.type, DCAT.Dataset) in graph
        assert graph.value(dataset, DCTERMS.title)
        assert graph.value(dataset, DCTERMS.description)
        for file in graph.objects(dataset, DCAT.distribution):
            assert graph.value(file, DCTERMS.license) == URIRef(LICENCE)
            url = str(graph.value(file, DCAT.downloadURL))
            if url == "http://prisches.localhost:8000/deliberations-2026.csv":
                by_site += 1
                continue
            assert url.startswith(settings.PLATFORM_URL)
            answer = client.get(url.removeprefix(settings.PLATFORM_URL))
            assert answer.status_code == 200
            assert str(graph.value(file, DCAT.mediaType)).endswith(answer["Content-Type"].partition(";")[0])
            followed += 1
    assert (followed, by_site) == (8, 0)


def test_the_files_tell_public_facts_and_nothing_that_is_being_prepared(published: Any, client: Client) -> None:
    communes = {row["code_insee"]: row for row in rows(client, "communes")}
    assert set(communes) == {"59474", "59001", "62004"}
    assert (communes["59474"]["etape"], communes["59474"]["services"]) == ("live", "site-internet|messagerie")
    assert communes["59001"]["etape"] == communes["62004"]["etape"] == "eligible"
    assert [row["code_insee"] for row in rows(client, "conventions")] == ["59474"]
    assert {row["code"]: row["conventions"] for row in rows(client, "services")} == {
        "site-internet": "1", "messagerie": "1", "telephonie": "0",
    }  # fmt: skip
    read = client.get("/donnees/conventions.json").json()
    assert [one["name"] for one in read["fields"]] == list(read["data"][0])
    assert (read["licence"], read["data"][0]["fin"]) == (None, "2029-11-24")
    everything = "".join(
        client.get(f"/donnees/{code}.{kind}").content.decode()
        for code in ("communes", "services", "conventions")
        for kind in ("csv", "json")
    )
    for never in ("@", "Camille", "240", "Achicourt;80", "Abbeville"):
        assert never not in everything


@pytest.mark.slow
def test_a_file_is_read_again_only_when_something_changed(published: Any, client: Client, settings: Any) -> None:
    for address in ("communes.csv", "catalogue.ttl"):
        first = client.get(f"/donnees/{address}")
        assert "public" in first["Cache-Control"]
        assert "Cookie" not in first.get("Vary", "")
        assert first["Last-Modified"] == "Wed, 25 Nov 2026 09:00:00 GMT"
        given = {"If-None-Match": first["ETag"]}
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/donnees/{address}", headers=given).status_code == 304
        assert len(queries) == 1
        assert client.head(f"/donnees/{address}")["ETag"] == first["ETag"]
        settings.SOCLE_OPEN_DATA_LICENCE = LICENCE
        assert client.get(f"/donnees/{address}", headers=given).status_code == 200
        settings.SOCLE_OPEN_DATA_LICENCE = ""
    journal.record("programme.loaded", published, by=User.objects.system(), at=f.NOW)
    journal.seal()
    assert client.get("/donnees/communes.csv", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_a_file_costs_the_same_however_many_communes(published: Any, client: Client) -> None:
    def cost() -> list[int]:
        counts = []
        for code in ("communes", "services", "conventions"):
            with CaptureQueriesContext(connection) as queries:
                client.get(f"/donnees/{code}.csv")
            counts.append(len(queries))
        return counts

    few = cost()
    for number in range(5):
        f.signed_agreement(f.beneficiary(f.commune(f"5910{number}", f"Commune {number}")))
    assert cost() == few
    assert max(few) <= 8


def test_the_page_says_what_is_published_and_what_is_not_decided(published: Any, client: Client, settings: Any) -> None:
    page = client.get("/donnees/").content.decode()
    assert "ne l’a pas encore choisie" in page
    assert "code_insee" in page
    settings.SOCLE_OPEN_DATA_LICENCE, settings.DEMO = LICENCE, True
    page = client.get("/donnees/").content.decode()
    assert LICENCE in page
    assert "fictifs" in page
    assert client.get("/donnees/conventions.json").json()["notice"]


@pytest.mark.parametrize("address", ["rien.csv", "communes.xml", "catalogue.csv", "communes.csv/"])
def test_what_is_not_published_does_not_exist(client: Client, address: str) -> None:
    assert client.get(f"/donnees/{address}").status_code == 404
    assert "Rien n’est encore publié" in client.get("/donnees/").content.decode()
