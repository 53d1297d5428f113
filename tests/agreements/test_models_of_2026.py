"""The shipped model, read as a jurist: P7 to P13 of the papers, the sources of each clause, the words."""

import re
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from socle.agreements import proof, rules
from socle.agreements.contract import Mention
from socle.agreements.deeds import facts_of
from socle.agreements.document import BLOCKS, agreement_html, build, render_agreement
from socle.agreements.models import Agreement
from socle.agreements.reprints import words_of
from socle.documents import texts, tree
from socle.documents.models import Text
from socle.lib.refusals import Refused
from socle.lib.text import in_sentence, town_of
from socle.programme.models import AgreementType
from socle.programme.vat import why_not_vat
from tests import factories as f
from tests.agreements.facts import agreement, party
from tests.agreements.test_document import words_of as words_of_pdf

VARIANTS = ("convention-tripartite", "convention-prestation")
VERSION = "2026-12-02"
FOLDER = Path(settings.ROOT) / "texts"
MARKS = {"acte", "lu", "discuté", "à vérifier", "choix", "plateforme"}


def body_of(name: str) -> str:
    return (FOLDER / name / VERSION / "text.md").read_text()


def said_by(name: str, **changes) -> str:
    data = agreement(model_name=name, model_version=VERSION, vat_regime="Hors du champ de la TVA", **changes)
    return words_of(data, body_of(name)).replace("\u00a0", " ")


def article(name: str, number: int) -> str:
    words = said_by(name)
    return words[words.index(f"## Article {number} –") : words.index(f"## Article {number + 1} –")]


# --- Each clause has its source ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", VARIANTS)
def test_each_clause_of_the_model_has_its_source_and_none_is_of_a_clause_that_is_gone(name):
    nodes = tree.parse(body_of(name), blocks=BLOCKS).nodes
    titles = ["".join(span.text for span in node.spans).replace("\u00a0", " ") for node in nodes if node.level > 1]
    lines = (FOLDER / name / VERSION / "sources.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")][1:]
    assert list(dict.fromkeys(row[0] for row in rows)) == titles
    for row in rows:
        assert len(row) == 4, row
        assert all(row), row
        assert row[3] in MARKS, row


@pytest.mark.parametrize("name", VARIANTS)
def test_the_model_stays_a_demonstration_that_parses_with_what_we_give(name):
    parsed = tree.parse(body_of(name), blocks=BLOCKS)
    assert parsed.is_demonstration
    assert not parsed.says_approved
    tree.fill(parsed, agreement().variables())


# --- P9: two variants, each with its visas ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "cited", "absent"),
    [
        ("convention-tripartite", ("L. 5111-1-1", "L. 2511-6", "L. 452-40", "statuts", "rembourse"), ("contrepartie",)),
        ("convention-prestation", ("code de la commande publique", "marché public", "contrepartie"),
         ("L. 2511-6", "L. 5111-1", "coopération")),
    ],
)  # fmt: skip
def test_paper_09_cooperation_is_argued_or_left(name, cited, absent):
    words = said_by(name)
    assert [one for one in cited if one not in words] == []
    assert [one for one in absent if one in words] == []


def test_paper_09_the_extension_of_the_competence_is_told_as_the_founding_act_tells_it():
    assert "selon les termes de son acte fondateur" in said_by("convention-tripartite")


# --- P10: VAT is a choice ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("regime", "is_chosen"),
    [
        ("Hors du champ de la TVA (CGI, article 256 B)", True), ("non soumise à la TVA", True),
        ("TVA non applicable", True),
        ("exonérée de TVA", True), ("franchise en base", True), ("HT, TVA à 20 %", True), ("TVA 5,5\u00a0%", True),
        ("TVA non précisée par l’acte fondateur", False), ("À COMPLÉTER : le régime de TVA", False), ("", False),
        ("TVA à préciser, 20 %", False), ("TTC", False), ("régime de droit commun", False),
    ],
)  # fmt: skip
def test_paper_10_a_contract_says_its_vat(regime, is_chosen):
    assert (why_not_vat(regime) is None) is is_chosen


@pytest.mark.django_db
def test_paper_10_nothing_is_printed_while_the_vat_is_not_chosen_and_a_draft_takes_the_choice(ground):
    draft = ground.complete()
    undecided = "TVA non précisée par l’acte fondateur"
    Agreement.objects.filter(pk=draft.pk).update(vat_regime=undecided)
    AgreementType.objects.update(vat_regime=undecided)
    draft = Agreement.objects.get(pk=draft.pk)
    assert [gap.about for gap in rules.gaps(draft)] == [rules.Gap.About.VAT]
    assert "n’est pas choisi" in (rules.why_not_make_ready(draft, by=ground.officer, on=f.TODAY) or "")
    AgreementType.objects.update(vat_regime="HT, TVA à 20 %")
    draft = Agreement.objects.get(pk=draft.pk)
    assert rules.gaps(draft) == []
    assert rules.vat_regime_of(draft) == "HT, TVA à 20 %"
    assert build(draft, at=f.NOW).vat_regime.startswith("HT")


# --- P11: the agreement no longer contradicts itself -----------------------------------------------------------------
@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize(
    ("number", "says", "never"),
    [
        (5, "ne change que par un avenant", "que par une délibération"),
        (7, "par délibération de l’organe délibérant", "décision expresse"),
        (11, "Les articles 3, 4, 6, 9, 10 et 12", "9 à"),
        (14, "demeurent applicables les articles 8, pour le contrôle des aides, 9, 10, 11, 12 et 17", "11 demeure"),
        (14, "à compter de sa réception", "restée sans effet pendant un mois."),
    ],
)  # fmt: skip
def test_paper_11_what_contradicted_itself_is_settled(name, number, says, never):
    words = article(name, number)
    assert says in words
    assert never not in words


@pytest.mark.parametrize("name", VARIANTS)
def test_paper_11_the_original_is_said_on_paper_too_and_the_centre_is_paid_by_its_own_agreement(name):
    words = said_by(name)
    assert "Lorsqu’une partie au moins signe sur papier, l’original est le document imprimé" in words
    assert "le financement de ses missions est réglé par la convention de partenariat" in words


def test_paper_11_delays_are_those_that_the_platform_applies():
    words = said_by(
        "convention-tripartite", notice_months=4, operators_notice_months=7, breach_months=2, reversibility_months=5,
        renewals=2,
    )  # fmt: skip
    for told in ("préavis de 4 mois", "préavis de 7 mois", "pendant 2 mois à compter", "pendant les 5 mois", "2 fois"):
        assert told in words, told


# --- P12: RGPD, article 28 --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", VARIANTS)
def test_paper_12_the_processors_owe_what_article_28_wants(name):
    words = said_by(name)
    for told in (
        "informe immédiatement le bénéficiaire si une instruction",
        "demeure pleinement responsable",
        "personne déléguée à la protection des données",
        "Sous-traitants : Centre de gestion du Nord, pour le premier niveau",
        "sans que le terme de la convention le prolonge",
    ):
        assert told in words, told


def test_paper_12_no_service_of_the_programme_keeps_data_as_long_as_the_agreement():
    file = (Path(settings.ROOT) / "programmes/pack-mairies-connectees.toml").read_text()
    assert "durée de la convention" not in file
    assert "en quelques clics" not in file
    assert "à votre nom" not in file


# --- P13: nothing is dated before what it cites; the emblem names its operation --------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("version", "body", "words"),
    [
        ("2026-11-25", "# Convention\n\nVersion du {{ model.version }}.\n", None),
        ("2026-11-26", "# Convention\n\nVersion du {{ model.version }}.\n", "rien ne se date d’avant ce qu’il cite"),
        # It cites no date: a jurist who corrects a model twice the same day prints on it that day.
        ("2026-11-26", "# Convention\n\nModèle {{ model.approval }}.\n", None),
    ],
)
def test_paper_13_nothing_is_printed_before_the_version_that_it_cites(version, body, words):
    text = Text(name="convention-tripartite", version=version, body=body, sha256="0" * 64)
    said = rules.why_not_dated(text, on=date(2026, 11, 25))
    assert said is None if words is None else words in (said or "")


@pytest.mark.django_db
def test_paper_13_a_model_without_an_act_is_told_by_its_digest_until_its_day(ground):
    draft = ground.complete()
    text = Text.objects.create(name="x", version="2026-12-24", body="# Convention\n", sha256="f" * 64)
    Agreement.objects.filter(pk=draft.pk).update(text=text)
    draft = Agreement.objects.get(pk=draft.pk)
    variables = build(draft, at=f.NOW).variables()
    assert variables["model"]["approval"] == "d’empreinte SHA-256 ffffffffffffffff"


def test_paper_13_the_emblem_names_its_operation():
    data = agreement(mentions=(Mention("Fonds d’essai", "Payé par un fonds d’essai", operation="Pack d’essai"),))
    assert "Opération « Pack d’essai »" in words_of(data, body_of("convention-tripartite")).replace("\u00a0", " ")
    assert "Opération «\u00a0Pack d’essai\u00a0»" in agreement_html(data, body_of("convention-tripartite"))


# --- P8: a real act shows only what its copy shows -------------------------------------------------------------------
@pytest.mark.django_db
def test_paper_08_a_publication_invented_for_a_demonstration_is_printed_nowhere(ground):
    act = ground.programme.founding_act
    assert "publiée le" in facts_of(act).sentence
    act.publication_certificate = "Certificat FICTIF, ajouté par la démonstration."
    act.save(update_fields=["publication_certificate"])
    assert act.executory_on is not None
    told = facts_of(act).sentence
    assert "reçue en préfecture le" in told
    assert "publiée" not in told
    assert "exécutoire" not in told
    draft = ground.complete()
    assert "publiée le" not in " ".join(build(draft, at=f.NOW).visas)


# --- P21: executory when published and transmitted, which the receipt proves ------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("road", "says"),
    [
        ({"published_on": None}, ", reçue en préfecture le 2 novembre 2026"),
        ({"received_on": None}, ", publiée le 3 novembre 2026"),
        ({}, ", reçue en préfecture le 2 novembre 2026, publiée le 3 novembre 2026, exécutoire le 3 novembre 2026"),
        ({"received_on": date(2026, 11, 5)},
         ", reçue en préfecture le 5 novembre 2026, publiée le 3 novembre 2026, exécutoire le 5 novembre 2026"),
        ({"received_on": None, "not_transmissible_because": "facultatif"},
         ", non soumise à transmission (facultatif), publiée le 3 novembre 2026, exécutoire le 3 novembre 2026"),
    ],
)  # fmt: skip
def test_paper_21_a_contract_tells_an_act_executory_by_its_two_days_and_by_no_less(ground, road, says):
    days = {"adopted_on": date(2026, 11, 1), "received_on": date(2026, 11, 2), "published_on": date(2026, 11, 3)}
    act = f.act(ground.place, "2026-77", **days | road)
    told = facts_of(act).sentence.replace("\u00a0", " ")
    assert told.removeprefix("délibération n° 2026-77 du conseil municipal du 1er novembre 2026") == says
    assert ("exécutoire le" in says) is ("pas encore exécutoire" not in proof.act_in_words(act))


# --- The words --------------------------------------------------------------------------------------------------------
def test_words_15_to_18_the_parties_are_named_as_an_act_names_them():
    commune = party("beneficiary", "Commune d’Audresselles", seat="16 rue Haute, 62164 Audresselles", quality="Maire")
    told = f"{commune.opening}, {commune.description}".replace("\u00a0", " ")
    assert told.startswith("La commune d’Audresselles, dont le siège est situé 16 rue Haute, 62164 Audresselles, SIRET")
    assert "représentée par Camille Exemple, maire, qu’habilite la délibération n° 2026-07" in told
    assert told.endswith("ci-après dénommée « le bénéficiaire »")
    assert ", commune," not in told
    for seat, said in (("Arras", "siège est situé à Arras"), ("Mairie, 59550 Prisches", "suivante : Mairie, 59550")):
        assert said in party("lead", "Syndicat mixte", seat=seat).description.replace("\u00a0", " ")
    lead = party("lead", "Syndicat mixte d’essai", legal_form="syndicat mixte ouvert")
    assert "ci-après dénommé « le syndicat »" in lead.description.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Commune de Prisches", "la commune de Prisches"), ("Communauté de communes X", "la communauté de communes X"),
        ("Centre de gestion du Nord", "le Centre de gestion du Nord"), ("CCAS de Prisches", "le CCAS de Prisches"),
        ("Établissement public X", "l’Établissement public X"), ("Somme Numérique", "Somme Numérique"), ("", ""),
    ],
)  # fmt: skip
def test_a_body_has_its_article_within_a_sentence(name, said):
    assert in_sentence(name) == said


@pytest.mark.parametrize(
    ("seat", "town"),
    [
        ("16 rue Haute, 62164 Audresselles", "Audresselles"), ("Mairie, 59550 Prisches", "Prisches"),
        ("1 rue X, 59000 Lille Cedex 9", "Lille"), ("Arras (siège à préciser par le syndicat)", "Arras"),
        ("Arras", "Arras"),
        ("département du Pas-de-Calais (siège à préciser)", ""), ("16 rue Haute", ""), ("", ""), ("Lille, Nord", ""),
    ],
)  # fmt: skip
def test_word_21_a_stamp_has_the_town_of_the_seat_or_nothing(seat, town):
    assert town_of(seat) == town


@pytest.mark.django_db
def test_word_22_an_amendment_says_its_rank_and_its_agreement(ground):
    amendment = Agreement(number="PMC-2026-0001-A2", amends=Agreement(number="PMC-2026-0001", pk=1))
    assert amendment.title == "Avenant n°\u00a02 à la convention n°\u00a0PMC-2026-0001"
    assert amendment.the == "l’avenant n°\u00a02 à la convention n°\u00a0PMC-2026-0001"
    data = agreement(number="PMC-2026-0001-A2", amended="PMC-2026-0001", amended_on="1er mars 2026", purpose="Ajouter.")
    told = words_of(data, body_of("avenant")).replace("\u00a0", " ")
    assert "# Avenant n° 2 à la convention n° PMC-2026-0001" in told
    assert "Les autres stipulations demeurent inchangées." in told


WORDS = {
    "convention-operateurs": ("Ces personnels sont placés",),
    "deliberation-adhesion": ("Membres présents :", "{{ assembly_subject }},", "seront inscrits au budget", "décide :"),
    "convention-tripartite": ("ci-après dénommées ensemble", "{{ model.approval }}"),
}
GONE = (
    "Elles et ils sont",
    "Ce que ce tableau ne cite pas",
    "est inscrite au budget",
    "Présents et présentes",
    "agissant par",
)


@pytest.mark.parametrize("name", sorted({seed.name for seed in texts.seeds() if seed.version == VERSION}))
def test_words_13_to_23_stand_in_the_texts(name):
    words = body_of(name)
    assert [one for one in WORDS.get(name, ()) if one not in words] == []
    assert [one for one in GONE if one in words] == []
    assert not re.search(r"\(s\)|le maire ou la maire|\d{4}-\d{2}-\d{2}", words)


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_both_variants_are_printed_with_three_places_to_sign(name):
    pdf = render_agreement(agreement(model_name=name, model_version=VERSION), body_of(name))
    words = words_of_pdf(pdf)
    assert "Annexe 2" in words.replace("\u00a0", " ")


def test_a_text_that_cites_what_nobody_knows_is_refused():
    with pytest.raises(Refused, match="n’existe pas"):
        tree.fill(tree.parse("# A\n\n{{ model.unknown }}\n"), agreement().variables())
