"""The catalogue that machines read, so that a portal gathers the datasets by itself (DCAT-AP, in RDF)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from rdflib import DCAT, DCTERMS, FOAF, RDF, XSD, Graph, Literal, Namespace, URIRef

from socle.programme.models import Partner, Programme
from socle.public.open_data.datasets import DATASETS, DELIBERATIONS, Dataset

VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
# The lists of the Publications Office of the Union, which DCAT-AP asks for.
AUTHORITY = "http://publications.europa.eu/resource/authority/"
FRENCH = URIRef(f"{AUTHORITY}language/FRA")
# What is published changes as agreements are concluded: on no fixed day.
IRREGULAR = URIRef(f"{AUTHORITY}frequency/IRREG")
GOVERNMENT = URIRef(f"{AUTHORITY}data-theme/GOVE")
# Extension, its name in the list of the Union, the media type of the IANA.
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
FILES = (("csv", "CSV", "text/csv"), ("json", "JSON", "application/json"))
# What each file of the catalogue is called, and what it is.
WRITINGS = {
    "jsonld": ("json-ld", "application/ld+json"),
    "ttl": ("turtle", "text/turtle; charset=utf-8"),
    "rdf": ("pretty-xml", "application/rdf+xml"),
}


def address(path: str) -> str:
    """An address of the open data, under the platform's own name."""
    return f"{settings.PLATFORM_URL}{reverse('open_data')}{path}"


def graph_of(
    programme: Programme, *, changed_at: datetime | None, notice: str, files: Sequence[tuple[str, str, int]] = ()
) -> Graph:
    """Describe the catalogue, its datasets and their files; `files` are the deliberations that the sites give."""
    graph = Graph()
    graph.bind("dcat", DCAT)
    graph.bind("dct", DCTERMS)
    graph.bind("foaf", FOAF)
    graph.bind("vcard", VCARD)
    lead = Partner.objects.select_related("operator").get(programme=programme, part=Partner.Part.LEAD).operator
    publisher, contact = URIRef(address("#editeur")), URIRef(address("#contact"))
    graph.add((publisher, RDF.type, FOAF.Agent))
    graph.add((publisher, FOAF.name, Literal(lead.name, lang="fr")))
    graph.add((contact, RDF.type, VCARD.Organization))
    graph.add((contact, VCARD.fn, Literal(lead.name)))
    if lead.email:
        graph.add((contact, VCARD.hasEmail, URIRef(f"mailto:{lead.email}")))
    catalogue = URIRef(address("#catalogue"))
    graph.add((catalogue, RDF.type, DCAT.Catalog))
    _said(graph, catalogue, f"Données ouvertes : {programme.name}", notice or "Ce que le programme publie de lui-même.")
    graph.add((catalogue, DCTERMS.publisher, publisher))
    graph.add((catalogue, FOAF.homepage, URIRef(address(""))))
    graph.add((catalogue, DCTERMS.language, FRENCH))
    _dated(graph, catalogue, changed_at)
    _licensed(graph, catalogue)
    for dataset in DATASETS:
        graph.add((catalogue, DCAT.dataset, _describe(graph, dataset, publisher, contact, changed_at, notice)))
    for whose, url, year in files:
        # On the site of each body, and nothing said twice: there are as many as bodies and years.
        file = URIRef(url)
        graph.add((URIRef(address(f"#{DELIBERATIONS.code}")), DCAT.distribution, file))
        graph.add((file, RDF.type, DCAT.Distribution))
        graph.add((file, DCTERMS.title, Literal(f"{DELIBERATIONS.title}, {whose}, {year} (CSV)", lang="fr")))
        graph.add((file, DCAT.accessURL, file))
        graph.add((file, DCAT.downloadURL, file))
        graph.add((file, DCAT.mediaType, URIRef(f"{MEDIA_TYPES}text/csv")))
        _licensed(graph, file)
    return graph


def _describe(
    graph: Graph, dataset: Dataset, publisher: URIRef, contact: URIRef, changed_at: datetime | None, notice: str
) -> URIRef:
    named = URIRef(address(f"#{dataset.code}"))
    graph.add((named, RDF.type, DCAT.Dataset))
    _said(graph, named, dataset.title, f"{dataset.description} {notice}".strip())
    graph.add((named, DCTERMS.identifier, Literal(str(named))))
    graph.add((named, DCTERMS.publisher, publisher))
    graph.add((named, DCAT.contactPoint, contact))
    graph.add((named, DCTERMS.language, FRENCH))
    graph.add((named, DCAT.theme, GOVERNMENT))
    graph.add((named, DCTERMS.accrualPeriodicity, IRREGULAR))
    graph.add((named, DCAT.landingPage, URIRef(address(""))))
    for word in dataset.keywords:
        graph.add((named, DCAT.keyword, Literal(word, lang="fr")))
    _dated(graph, named, changed_at)
    if dataset.schema:
        graph.add((named, DCTERMS.conformsTo, URIRef(dataset.schema)))
    for extension, kind, media_type in FILES:
        if extension not in dataset.kinds:
            continue
        file = URIRef(address(f"#{dataset.code}-{extension}"))
        graph.add((named, DCAT.distribution, file))
        graph.add((file, RDF.type, DCAT.Distribution))
        graph.add((file, DCTERMS.title, Literal(f"{dataset.title} ({kind})", lang="fr")))
        graph.add((file, DCAT.accessURL, URIRef(address(f"{dataset.code}.{extension}"))))
        graph.add((file, DCAT.downloadURL, URIRef(address(f"{dataset.code}.{extension}"))))
        graph.add((file, DCTERMS["format"], URIRef(f"{AUTHORITY}file-type/{kind}")))
        graph.add((file, DCAT.mediaType, URIRef(f"{MEDIA_TYPES}{media_type}")))
        _dated(graph, file, changed_at)
        _licensed(graph, file)
    return named


def _said(graph: Graph, thing: URIRef, title: str, description: str) -> None:
    graph.add((thing, DCTERMS.title, Literal(title, lang="fr")))
    graph.add((thing, DCTERMS.description, Literal(description, lang="fr")))


def _dated(graph: Graph, thing: URIRef, at: datetime | None) -> None:
    if at is not None:
        graph.add((thing, DCTERMS.modified, Literal(at.isoformat(timespec="seconds"), datatype=XSD.dateTime)))


def _licensed(graph: Graph, thing: URIRef) -> None:
    if settings.SOCLE_OPEN_DATA_LICENCE:
        graph.add((thing, DCTERMS.license, URIRef(settings.SOCLE_OPEN_DATA_LICENCE)))
