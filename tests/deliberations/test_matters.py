"""The nomenclature of matters: names, codes refused, and the matters that a subject calls for."""

from __future__ import annotations

import pytest

from socle.deliberations.matters import codes, name_of, suggested, why_not_matter


def test_the_nomenclature_is_whole_and_in_its_order() -> None:
    assert len(codes()) == 57
    assert codes().index("7.10") == codes().index("7.9") + 1
    assert name_of("5.7") == "Institutions et vie politique, intercommunalité"
    # What a prefecture adds below is of the same matter.
    assert name_of("6.1.2") == name_of("6.1")


@pytest.mark.parametrize("code", ["", "5", "5.99", "10.1", "5.7.", "5.7.1.1.1.1", "a.b", "5,7"])
def test_a_code_of_no_matter_is_refused(code: str) -> None:
    assert "nomenclature" in (why_not_matter(code) or "")


@pytest.mark.parametrize(
    ("subject", "matters"),
    [
        ("Adhésion au syndicat mixte", ("5.7",)),
        ("BUDGET PRIMITIF 2027", ("7.1",)),
        ("Vote des taux d'imposition", ("7.2",)),
        # Both call for one: people choose, the longest words first.
        ("Subventions aux associations de l’école", ("7.5", "8.1")),
        ("Questions diverses", ()),
    ],
)
def test_a_subject_calls_for_its_matter(subject: str, matters: tuple[str, ...]) -> None:
    assert suggested(subject) == matters


def test_each_word_calls_for_a_matter_that_exists() -> None:
    from socle.deliberations.matters import _table

    assert set(_table()["words"]) <= set(codes())
