"""The ranks are kept with their day and their reasons: written when they change, and only then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from socle.journal.models import Entry
from socle.people.models import User
from socle.programme import assessments, eligibility
from socle.programme.models import Assessment, Programme
from socle.programme.ranks import show_history
from socle.territory.models import Commune, CommuneInVintage
from tests import factories as f

pytestmark = pytest.mark.django_db
LATER = f.NOW + timedelta(days=1)


@pytest.fixture
def programme() -> Programme:
    for code, name, population in (("59474", "Prisches", 1000), ("59003", "Aibes", 370), ("59002", "Abscon", 999)):
        f.commune(code, name, population)
    return f.programme()


def keep(programme: Programme, at: Any = f.NOW) -> list[Assessment]:
    return assessments.keep(programme, by=User.objects.system(), at=at)


def in_force(code: str) -> Assessment:
    return Assessment.objects.in_force().get(commune__insee_code=code)


def test_every_commune_is_written_once_then_nothing(programme: Programme, django_assert_max_num_queries: Any) -> None:
    assert len(keep(programme)) == 3
    aibes = in_force("59003")
    assert (aibes.rank, aibes.is_priority, aibes.population, aibes.vintage.year) == (1, True, 370, 2026)
    assert "moins que le seuil de 1\u202f000 habitants" in aibes.reasons
    with django_assert_max_num_queries(9):
        assert keep(programme, LATER) == []
    assert Entry.objects.filter(verb="assessment.kept").count() == 1
    # One commune asked alone agrees with all of them.
    assert assessments.keep_one(programme, aibes.commune, at=LATER) == aibes


def test_what_changes_replaces_what_stood_and_says_whether_the_priority_did(programme: Programme) -> None:
    keep(programme)
    CommuneInVintage.objects.filter(insee_code="59002").update(population=1500)
    keep(programme, LATER)
    abscon, prisches = in_force("59002"), in_force("59474")
    before = Assessment.objects.exclude(replaced_at=None).get(commune=abscon.commune)
    assert (before.replaced_at, abscon.assessed_at, abscon.has_changed_priority) == (LATER, LATER, True)
    assert assessments.what_changed(before, abscon) == [
        "n’est plus prioritaire",
        "population 999 → 1\u202f500",
        "rang 2 → 3",
    ]
    assert (prisches.rank, prisches.has_changed_priority) == (2, False)
    # What did not change stands as it did.
    assert in_force("59003").assessed_at == f.NOW
    assert Assessment.objects.filter(commune__insee_code="59003").count() == 1


def test_a_rule_that_changes_is_another_assessment_though_the_rank_is_the_same(programme: Programme) -> None:
    keep(programme)
    Programme.objects.update(priority_source="délibération d’essai")
    assert len(keep(programme, LATER)) == 3
    aibes = in_force("59003")
    before = Assessment.objects.exclude(replaced_at=None).get(commune=aibes.commune)
    assert before.rule_sha256 != aibes.rule_sha256
    assert assessments.what_changed(before, aibes) == ["règle du programme changée"]


@pytest.mark.slow
def test_the_cost_does_not_depend_on_the_number_of_communes(
    programme: Programme, django_assert_max_num_queries: Any
) -> None:
    for number in range(100, 160):
        f.commune(f"62{number}", f"Commune {number}", number)
    with django_assert_max_num_queries(15):
        assert len(keep(programme)) == 63


def test_a_commune_the_programmes_vintage_lacks_has_no_rank_and_the_remedy_is_said(programme: Programme) -> None:
    keep(programme)
    new = f.commune("59999", "Neuville", 12)
    CommuneInVintage.objects.filter(commune=new).update(vintage=f.vintage(2027))
    standing = eligibility.standing(programme, new)
    assert (standing.rank, standing.is_priority) == (None, False)
    assert "écrivez «\u00a0vintage = 2027\u00a0»" in standing.reasons[0]
    Programme.objects.update(priority_vintage=f.vintage(2027))
    keep(programme, LATER)
    gone = in_force("59003")
    assert (gone.rank, gone.has_changed_priority) == (None, True)
    assert "ne figure pas au millésime 2027" in gone.reasons
    assert in_force("59999").rank == 1
    # Told once.
    assert keep(programme, LATER) == []
    Commune.objects.filter(insee_code="59003").update(gone_in=2027, merged_into=new)
    keep(programme, LATER + timedelta(days=1))
    assert "fait partie de Neuville (59999), dont le rang" in in_force("59003").reasons


def test_the_ranks_told_of_a_commune_are_those_of_one_programme(programme: Programme) -> None:
    keep(programme)
    other = Programme.objects.get(pk=programme.pk)
    other.pk, other.code, other._state.adding = None, "autre", True
    other.save(force_insert=True)
    aibes = in_force("59003")
    row = {"rank": 9, "is_priority": False, "population": 370, "assessed_at": LATER, "rule_sha256": "a" * 64}
    Assessment.objects.create(programme=other, commune=aibes.commune, vintage=aibes.vintage, **row)
    assert [[one.row.rank for one in show_history(of, aibes.commune)] for of in (programme, other)] == [[1], [9]]
