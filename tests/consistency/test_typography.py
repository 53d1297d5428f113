"""French is written as French is printed: in templates and in the sentences of the code."""

from __future__ import annotations

import ast
import re

import pytest

from tests.consistency import house
from tests.consistency.typography import faults, literals, visible

READ = [path for path in house.files(".py", ".html") if path.parts[0] == "socle" and "migrations" not in path.parts]


@pytest.mark.slow
def test_every_sentence_has_its_no_break_spaces_and_its_apostrophes() -> None:
    from tests.consistency.typography import faults_of

    wrong = [f"{path}: {fault}" for path in READ for fault in faults_of(path)]
    assert not wrong, "\n" + "\n".join(wrong)


def test_no_page_counts_as_english_does() -> None:
    """In French, zero is singular: `plural` knows it, Django's own filter does not."""
    assert [str(path) for path in READ if path.suffix == ".html" and "|pluralize" in path.read_text("utf-8")] == []


def test_no_sentence_writes_its_percentages_as_python_does() -> None:
    """« 50 % » has its no-break space."""
    wrong = [
        str(path) for path in READ if path.suffix == ".py" and re.search(r"\{[^{}]+:\.\d%\}", path.read_text("utf-8"))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("l'agent", "straight apostrophe"),
        ("Un instant...", "three dots"),
        ("Prêt ?", "high sign"),
        ("Prêt?", "high sign"),
        ("signée ; puis", "high sign"),
        ("Total : 12", "colon"),
        ("Total: 12", "colon"),
        ("«\u00a0oui »", "before »"),
        ("« oui\u00a0»", "after «"),
        ('dire "oui"', "straight quotation"),
    ],
)
def test_the_reader_sees_each_fault(text: str, what: str) -> None:
    assert any(what in fault for fault in faults(text))


@pytest.mark.parametrize(
    "text",
    [
        "L’agente a signé\u00a0: «\u00a0oui\u00a0»\u202f!",
        "à 12:30, sur http://exemple.fr",
        "de 9\u00a0h à 12\u00a0h\u00a0; fermé le mercredi",
        "« »".replace(" ", "\u00a0"),
    ],
)
def test_the_reader_leaves_good_french_alone(text: str) -> None:
    assert faults(text) == []


def test_the_reader_reads_what_is_shown_and_nothing_else() -> None:
    shown = " ".join(
        visible(
            "<p title=\"C'est\">Bon<b>jour</b> {{ user }}&nbsp;!</p>{# l'auteur #}<style>a:hover{}</style>"
            '{% component "button" label="Êtes-vous sûr ?" %}<p lang="en">don\'t</p>'
        )
    )
    assert "C'est" in shown
    assert "Bonjour" in shown
    assert "Êtes-vous sûr ?" in shown
    for hidden in ("l'auteur", "hover", "don't"):
        assert hidden not in shown


def test_the_reader_leaves_docstrings_and_english_out() -> None:
    source = '"""L\'été : docstring."""\nx = "it\'s English ; yes"\ny = f"l\'été de {x} : chaud"\n'
    assert [text for _, text in literals([*ast.walk(ast.parse(source))])] == ["l'été de \u2402 : chaud"]
