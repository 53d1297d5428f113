"""Finding a commune, and being told in French why one does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from socle.lib.refusals import Refused
from socle.people.models import User
from socle.territory.actions import load_vintages
from socle.territory.models import Commune, Department
from socle.territory.queries import find_commune, search_communes
from tests import factories as f
from tests.territory.conftest import NOW


@pytest.fixture(autouse=True)
def territory(write_territory: Callable[..., Path], system: User) -> None:
    load_vintages(write_territory(), by=system, at=NOW)


def test_a_current_commune_is_found_with_its_department_in_one_query(
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    with django_assert_num_queries(1):
        commune = find_commune(" 59006 ")
        assert (commune.name, commune.department.name, commune.epci and commune.epci.kind) == (
            "Orée de Mormal",
            "Nord",
            "CC",
        )


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (
            "59998",
            "Aucune commune ne porte le code INSEE 59998. Vérifiez les cinq caractères "
            "(ce n’est pas le code postal), ou cherchez la commune par son nom.",
        ),
        (
            "59070",
            "La commune de Bermeries (59070) a fusionné\u00a0: elle fait partie d’Orée de Mormal (59006) "
            "depuis 2025 au plus tard. Utilisez le code 59006.",
        ),
        (
            "62001",
            "La commune d’Abbeville-lès-Ancien ne porte plus le code 62001\u00a0: elle porte le code 62002. "
            "Utilisez le code 62002.",
        ),
        (
            "59999",
            "Le code 59999 désigne une ancienne commune, qui fait partie de Prisches (59474). Utilisez le code 59474.",
        ),
    ],
)
def test_a_code_that_is_no_commune_s_today_is_refused_with_the_code_to_use(code: str, sentence: str) -> None:
    with pytest.raises(Refused) as refusal:
        find_commune(code)
    assert refusal.value.sentence == sentence


@pytest.mark.parametrize("code", ["", "594", "594740", "59 74", "prisches", "5947٤", "59474\x00", "2C001", "x" * 5000])
def test_what_is_not_an_insee_code_is_refused_without_a_query(
    code: str, django_assert_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_num_queries(0), pytest.raises(Refused, match="n’est pas un code INSEE"):
        find_commune(code)


def test_a_commune_lost_from_sight_is_refused_without_inventing_an_heir() -> None:
    Commune.objects.filter(insee_code="59070").update(merged_into=None)
    with pytest.raises(Refused, match="n’existe plus depuis 2025 au plus tard"):
        find_commune("59070")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("prisches", ["59474"]),
        ("PRISCHES", ["59474"]),
        ("ecuelin", ["62010"]),
        ("rétabli", ["62010"]),
        ("mormal", ["59006"]),
        ("bermeries", ["59006"]),
        ("59570", ["59006"]),
        ("5947", ["59474"]),
        ("59550", ["59474"]),
        ("59070", ["59006"]),
        ("amfroi", ["59006"]),
        ("zzz", []),
        ("p", []),
        ("", []),
        ("%%", []),
        ("pris\x00ches", []),
        ("_____", []),
    ],
)
def test_a_search_finds_names_codes_and_former_communes(text: str, codes: list[str]) -> None:
    assert [match.commune.insee_code for match in search_communes(text)] == codes


def test_a_former_commune_says_why_it_was_found() -> None:
    (match,) = search_communes("Bermeries")
    assert match.because == "Bermeries, commune déléguée"


def test_a_search_keeps_to_its_departments_and_to_three_queries(
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    with django_assert_max_num_queries(4):
        found = search_communes("e", departments=[]) + search_communes(
            "écu", departments=Department.objects.filter(code="59")
        )
        assert found == []
    with django_assert_max_num_queries(2):
        assert [match.commune.department.code for match in search_communes("62")] == ["62", "62"]


def test_a_search_gives_no_more_than_asked() -> None:
    assert len(search_communes("59", limit=1)) == 1


def test_a_search_takes_st_for_saint_and_for_the_beginning_of_a_name() -> None:
    f.commune("59520", "Sainte-Barbe-sur-l’Helpe")
    f.commune("59580", "Steenbecque")
    f.commune("59521", "Saint-Hilaire")
    assert [match.commune.name for match in search_communes("ste")] == ["Sainte-Barbe-sur-l’Helpe", "Steenbecque"]
