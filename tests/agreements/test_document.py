"""The agreement as a document: the words of the text, the facts of the file, three places to sign."""

from __future__ import annotations

import io
import subprocess
from dataclasses import replace

import pikepdf
import pytest

from socle.agreements.contract import Mention
from socle.agreements.document import BLOCKS, NOTICE, agreement_html, build, render_agreement
from socle.documents import texts, tree
from socle.lib.refusals import Refused
from socle.signing import fields
from tests import factories as f
from tests.agreements.facts import agreement


@pytest.fixture(scope="session")
def body() -> str:
    return next(seed.body for seed in texts.seeds() if seed.name == "convention-tripartite")


@pytest.fixture(scope="session")
def pdf(body) -> bytes:
    return render_agreement(agreement(), body)


def words_of(pdf: bytes) -> str:
    text = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    return " ".join(text.split())


def test_the_model_uses_only_the_variables_and_blocks_we_give(body):
    parsed = tree.parse(body, blocks=BLOCKS)
    assert parsed.blocks == set(BLOCKS) - {"changes"}
    assert parsed.is_demonstration
    tree.fill(parsed, agreement().variables())
    amendment = tree.parse(next(seed.body for seed in texts.seeds() if seed.name == "avenant"), blocks=BLOCKS)
    assert amendment.blocks == set(BLOCKS)
    assert amendment.is_demonstration
    said = {"amended": "PMC-2026-0001", "amended_on": "1er mars 2026", "purpose": "Ajouter un service."}
    tree.fill(amendment, agreement(number="PMC-2026-0001-A1", **said).variables())


def test_the_model_has_every_clause_of_the_checklist(body):
    titles = ["".join(span.text for span in node.spans) for node in tree.parse(body, blocks=BLOCKS).nodes if node.level]
    for clause in ("Objet", "Services", "Rôle", "Niveaux de service", "Conditions financières", "Matériel", "durée",
                   "contrôle", "données", "sécurité", "Réversibilité", "Responsabilité", "Suspension", "Résiliation",
                   "Avenants", "Notifications", "Différends", "Annexes", "Signatures"):  # fmt: skip
        assert any(clause in title for title in titles), clause


def test_the_pdf_says_the_facts_and_that_it_is_a_demonstration(pdf):
    words = words_of(pdf)
    assert NOTICE.replace("\u00a0", " ") in words.replace("\u00a0", " ")
    for fact in (
        "Commune de Prisches",
        "PMC-2026-0001",
        "240,00",
        "Camille Exemple",
        "215 904 749 00010",
        "Page 1 sur",
    ):
        assert fact in words.replace("\u00a0", " "), fact


def test_the_pdf_and_the_reading_page_have_the_same_clauses(pdf, body):
    from bs4 import BeautifulSoup

    page = BeautifulSoup(agreement_html(agreement(), body), "html5lib")
    words = words_of(pdf).replace("-", "").replace(" ", "").replace("\u00a0", "")
    titles = [title.get_text() for title in page.find_all(["h2", "h3", "h4"])]
    assert len(titles) > 25
    for title in titles:
        assert "".join(title.replace("-", "").split()) in words, title


def test_three_places_to_sign_wait_in_the_order_of_signature(pdf):
    assert fields.empty_fields(pdf) == ["beneficiary", "cdg", "lead"]


def test_the_same_facts_give_the_same_bytes(pdf, body):
    assert render_agreement(agreement(), body) == pdf


def test_hostile_facts_stay_text(body):
    hostile = '#read("/etc/passwd") *b* $x$ {{ number }} <script>alert(1)</script> \\ "'
    facts = agreement(programme=hostile)
    assert 'read("/etc/passwd")' in words_of(render_agreement(facts, body)).replace("“", '"').replace("”", '"')
    page = agreement_html(facts, body)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"price": ""}, "« price » est vide"),
        ({"support": " "}, "« support.name » est vide"),
        ({"services": ()}, "Aucun service n’est choisi"),
        ({"model_name": "../../etc"}, "ne désigne aucun texte"),
        ({"programme": "Pack \U0001f600"}, "une émoticône, par exemple"),
    ],
)
def test_a_gap_or_a_fault_is_refused_and_named(body, changes, sentence):
    with pytest.raises(Refused) as refusal:
        render_agreement(agreement(**changes), body)
    assert sentence in refusal.value.sentence.replace("\u00a0", " ")


@pytest.mark.parametrize("missing", ["representative", "quality", "siret", "name"])
def test_a_party_without_its_signatory_is_not_printed(body, missing):
    facts = agreement()
    parties = (replace(facts.parties[0], **{missing: ""}), *facts.parties[1:])
    with pytest.raises(Refused, match="pour le bénéficiaire"):
        render_agreement(replace(facts, parties=parties), body)


def test_a_long_agreement_of_thirty_services_still_fits(body):
    facts = agreement()
    many = render_agreement(replace(facts, services=facts.services * 6, processings=facts.processings * 6), body)
    with pikepdf.open(io.BytesIO(many)) as document:
        assert len(document.pages) > 9
    assert fields.empty_fields(many) == ["beneficiary", "cdg", "lead"]


WHO_PAYS = Mention("Fonds d’essai", "Payé par un fonds d’essai")


def who_pays(programme_id: int, *, on) -> list[Mention]:
    return [WHO_PAYS] if on == f.TODAY else []


def test_a_document_says_who_pays_on_the_day_it_is_composed(ground, settings):
    settings.SOCLE_AGREEMENTS_MENTIONS = f"{__name__}.who_pays"
    assert build(ground.draft(), at=f.NOW, with_gaps=True).mentions == (WHO_PAYS,)
