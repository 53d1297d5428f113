"""A text a jurist amends: read into a small tree, filled with inert values, or refused with its line."""

from __future__ import annotations

import pytest
from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st

from socle.documents import tree
from socle.documents.html import render_html
from socle.lib.refusals import Refused

TEXT = """---
titre : Essai
statut : modèle de démonstration, non approuvé
---

# Convention n° {{ number }}

Vu la loi ;

## Article 1 – Objet

Le **bénéficiaire**, {{ party.name }}, s'engage *vraiment* :

- à lire ;
- à signer {{ number }} fois.

1. un
2. deux

{{ note? }}

{{ services }}
"""
DATA = {"number": 12, "party": {"name": "Commune de Prisches"}, "note": ""}


def plain(spans):
    return "".join(span.text for span in spans)


def test_a_text_becomes_titles_paragraphs_lists_and_blocks():
    parsed = tree.parse(TEXT, blocks=["services"])
    assert [node.kind for node in parsed.nodes] == [
        "heading", "visa", "heading", "paragraph", "list", "list", "paragraph", "block",
    ]  # fmt: skip
    assert parsed.variables == {"number", "party.name", "note"}
    assert parsed.blocks == {"services"}
    assert parsed.facts["titre"] == "Essai"
    assert [node.is_ordered for node in parsed.nodes if node.kind == "list"] == [False, True]


def test_values_take_their_places_and_an_empty_optional_paragraph_disappears():
    filled = tree.fill(tree.parse(TEXT, blocks=["services"]), DATA)
    assert plain(filled.nodes[0].spans) == "Convention n°\u00a012"
    paragraph = filled.nodes[3]
    assert plain(paragraph.spans) == "Le bénéficiaire, Commune de Prisches, s’engage vraiment\u00a0:"
    assert [span.text for span in paragraph.spans if span.is_strong] == ["bénéficiaire"]
    assert [span.text for span in paragraph.spans if span.is_emphasis] == ["vraiment"]
    assert [node.kind for node in filled.nodes][-2:] == ["list", "block"]


@pytest.mark.parametrize(
    ("statut", "is_demonstration", "says_approved"),
    [
        ("modèle de démonstration, non approuvé", True, False),
        ("Modèle de Démonstration", True, False),
        ("projet, soumis à l’approbation du comité syndical", False, False),
        ("", False, False),
        ("approuvé le 23 novembre 2021", False, True),
        ("modèle Approuvée", False, True),
        ("adopté, validé", False, True),
        ("non approuvée", False, False),
    ],
)
def test_a_heading_tells_a_demonstration_and_never_an_approval(statut, is_demonstration, says_approved):
    found = tree.parse(f"---\nstatut : {statut}\n---\n# A")
    assert (found.is_demonstration, found.says_approved) == (is_demonstration, says_approved)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Bonjour", "commencer par son titre"),
        ("", "commencer par son titre"),
        ("# A\n\n### B", "ligne 3 : un titre saute un rang"),
        ("# A\n\n# B", "ligne 3 : un titre saute un rang"),
        ("# A\n\n#### B", "sur trois rangs"),
        ("# A\n\n#B", "un titre s’écrit"),
        ("# A\n\n{{ beneficiary.name", "ligne 3 : une variable est mal écrite"),
        ("# A\n\n{{ Beneficiary }}", "une variable est mal écrite"),
        ("# A\n\n{{ a; b }} }}", "une variable est mal écrite"),
        ("# A\n\n**gras", "ligne 3 : une étoile n’a pas sa paire"),
        ("# A\n\n- un\nsuite", "ligne 4 : un élément de liste tient sur une ligne"),
        ("---\ntitre : A\n# A", "l’en-tête attend"),
        ("---\ntitre : A\n", "n’est pas fermé"),
        ("# " + "a" * 600_000, "trop long"),
    ],
)
def test_a_fault_is_named_with_its_line(text, sentence):
    with pytest.raises(Refused) as refusal:
        tree.parse(text)
    assert sentence in refusal.value.sentence.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("# A\n\n{{ unknown }}", "ligne 3 : la variable « unknown » n’existe pas"),
        ("# A\n\n{{ party.age }}", "« party.age » n’existe pas"),
        ("# A\n\n{{ number.name }}", "« number.name » n’existe pas"),
        ("# A\n\n{{ note }}", "la donnée « note » est vide"),
        ("# A\n\n{{ party }}", "ne s’écrit pas dans une phrase"),
    ],
)
def test_a_variable_unknown_or_empty_is_named(text, sentence):
    with pytest.raises(Refused) as refusal:
        tree.fill(tree.parse(text), DATA)
    assert sentence in refusal.value.sentence.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("typed", "set_"),
    [
        ("l'article 3 ; n° 4 : « oui » ?", "l’article\u00a03\u00a0; n°\u00a04\u00a0: «\u00a0oui\u00a0»\u00a0?"),
        ("article L. 1425-1", "article\u00a0L.\u00a01425-1"),
        ("pendant 36 mois", "pendant 36\u00a0mois"),
        ("12:30 https://a", "12:30 https://a"),
    ],
)
def test_french_spaces_are_set(typed, set_):
    assert tree.typography(typed) == set_


def test_the_page_escapes_values_and_keeps_the_order():
    page = render_html(
        TEXT,
        DATA | {"party": {"name": "<b>**Prisches** {{ number }}"}},
        blocks={"services": mark_safe("<table></table>")},
    )
    assert "&lt;b&gt;**Prisches** {{ number }}" in page
    assert '<h2 id="texte-convention-n-12">' in page
    assert "<strong>bénéficiaire</strong>" in page
    assert page.index("<ul>") < page.index("<ol>") < page.index("<table>")


@given(st.text(max_size=400))
@pytest.mark.slow
def test_any_text_is_read_or_refused(text):
    try:
        tree.fill(tree.parse("# A\n\n" + text, blocks=["services"]), DATA)
    except Refused as refusal:
        sentence = refusal.sentence
    else:
        sentence = "Rien à redire."
    assert sentence.endswith(".")


@given(st.text(max_size=200))
@pytest.mark.slow
def test_a_value_never_becomes_markup(value):
    page = render_html("# A\n\nx {{ v? }} y", {"v": value})
    assert "<script" not in page
    assert page.count("<") == 4
