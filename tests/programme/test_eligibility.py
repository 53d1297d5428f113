"""Who comes first, and why: a rank, never a refusal."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from socle.lib.refusals import Refused
from socle.people.models import User
from socle.programme import eligibility
from socle.programme.models import Programme
from socle.territory import maps
from socle.territory.actions import load_vintages
from socle.territory.models import Commune, CommuneInVintage, Department, TownHall, Vintage
from socle.territory.queries import find_commune
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme() -> Programme:
    for code, name, population in (
        ("59474", "Prisches", 1000),
        ("59350", "Lille", 238_246),
        ("59003", "Aibes", 370),
        ("59002", "Abscon", 999),
        ("62396", "Guinecourt", 13),
        ("80001", "Abbeville", 22_395),
    ):
        factories.commune(code, name, population)
    return factories.programme()


def ranked(programme: Programme, **options: Any) -> list[tuple[int | None, str, bool]]:
    return [(e.rank, e.name, e.is_priority) for e in eligibility.rank(programme, **options)]


def test_priority_communes_come_first_then_the_smallest(programme: Programme) -> None:
    assert ranked(programme) == [
        (1, "Guinecourt", True),
        (2, "Aibes", True),
        (3, "Abscon", True),
        (4, "Prisches", False),
        (5, "Lille", False),
    ]


def test_the_order_is_a_parameter_and_never_moves_priority(programme: Programme) -> None:
    assert [name for _, name, _ in ranked(programme, order=eligibility.Order.NAME)] == [
        "Abscon",
        "Aibes",
        "Guinecourt",
        "Lille",
        "Prisches",
    ]


def test_the_threshold_is_strict_and_the_reason_names_it(programme: Programme) -> None:
    prisches = eligibility.assess(programme, Commune.objects.get(insee_code="59474"))
    assert (prisches.is_priority, prisches.rank) == (False, 4)
    assert prisches.reasons == (
        "Non prioritaire\u00a0: 1\u202f000 habitants, le seuil étant de moins de 1\u202f000 habitants "
        "(population légale, millésime 2026). La commune peut être équipée\u00a0: la priorité est un rang, "
        "jamais un refus.",
    )
    aibes = eligibility.assess(programme, Commune.objects.get(insee_code="59003"))
    assert aibes.reasons == (
        "Prioritaire\u00a0: 370 habitants, moins que le seuil de 1\u202f000 habitants "
        "(population légale, millésime 2026). Source\u00a0: acte d’essai.",
    )


def test_the_threshold_belongs_to_the_programme(programme: Programme) -> None:
    programme.priority_below = 300
    assert [name for _, name, priority in ranked(programme) if priority] == ["Guinecourt"]


def test_a_commune_of_unknown_population_is_ranked_last_with_its_reason(programme: Programme) -> None:
    CommuneInVintage.objects.filter(insee_code="62396").update(population=None)
    last = eligibility.rank(programme)[-1]
    assert (last.name, last.is_priority, last.rank) == ("Guinecourt", False, 5)
    assert last.reasons[0].startswith("La population n’est pas publiée")


def test_a_department_the_programme_does_not_serve_is_assessed_without_a_rank(programme: Programme) -> None:
    abbeville = eligibility.assess(programme, Commune.objects.get(insee_code="80001"))
    assert (abbeville.rank, abbeville.is_priority) == (None, False)
    assert abbeville.reasons[-1] == "Le département Somme (80) n’est pas de ceux que sert le programme."
    both = Department.objects.filter(code__in=["59", "80"])
    assert ranked(programme, departments=both)[-1] == (None, "Abbeville", False)


def test_a_merged_commune_is_named_as_it_was_in_its_vintage_with_its_heir(programme: Programme) -> None:
    aibes = Commune.objects.get(insee_code="59003")
    aibes.gone_in, aibes.merged_into = 2026, Commune.objects.get(insee_code="59474")
    aibes.save()
    reasons = eligibility.assess(programme, aibes).reasons
    assert reasons[-1] == "Depuis ce millésime, elle a fusionné\u00a0: elle fait partie de Prisches (59474)."


def test_a_commune_absent_from_the_vintage_is_refused(programme: Programme) -> None:
    with pytest.raises(Refused, match="ne figure pas au millésime 2021"):
        eligibility.assess(programme, Commune.objects.get(insee_code="59003"), vintage=factories.vintage(2021))


def test_the_number_of_queries_does_not_grow_with_the_communes(
    programme: Programme, django_assert_num_queries: Callable[[int], Any]
) -> None:
    programme = eligibility.choose()
    with django_assert_num_queries(2):
        eligibility.rank(programme)
    for number in range(300, 330):
        factories.commune(f"59{number}", f"Commune {number}", number)
    with django_assert_num_queries(2):
        assert len(eligibility.rank(programme)) == 35


@pytest.mark.parametrize("order", eligibility.Order)
def test_one_commune_stands_where_the_whole_list_puts_it(programme: Programme, order: eligibility.Order) -> None:
    # The same population, names that fold alike, populations that nobody knows.
    for code, name, population in (
        ("59301", "Étrœungt", 370),
        ("59302", "Etroeungt", 370),
        ("59303", "Zuydcoote", 999),
        ("62300", "Le Touquet", 1000),
    ):
        factories.commune(code, name, population)
    CommuneInVintage.objects.filter(insee_code__in=["59303", "62396"]).update(population=None)
    for e in eligibility.rank(programme, order=order):
        assert eligibility.assess(programme, Commune.objects.get(pk=e.commune_id), order=order) == e


def test_assessing_one_commune_costs_the_same_whatever_their_number(
    programme: Programme, django_assert_num_queries: Callable[[int], Any]
) -> None:
    programme = eligibility.choose()
    prisches = Commune.objects.get(insee_code="59474")
    with django_assert_num_queries(4):
        assert eligibility.assess(programme, prisches).rank == 4
    for number in range(300, 330):
        factories.commune(f"59{number}", f"Commune {number}", number)
    with django_assert_num_queries(4):
        assert eligibility.assess(programme, prisches).rank == 34


def test_the_command_prints_the_objects_in_rank_order(programme: Programme, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("eligibility", department=["59"], json=True)
    found = json.loads(capsys.readouterr().out)
    assert [commune["name"] for commune in found] == ["Aibes", "Abscon", "Prisches", "Lille"]
    assert set(found[0]) == {"insee_code", "name", "department", "population", "priority", "reasons"}
    call_command("eligibility")
    out = capsys.readouterr().out
    assert "5 communes, dont 3 prioritaires." in out
    assert "238\u202f246" in out


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"department": ["99"]}, "Aucun département ne porte le code"),
        ({"vintage": 1999}, "Le millésime 1999 n’est pas chargé"),
        ({"programme": "autre"}, "Aucun programme ne porte le code"),
    ],
)
def test_the_command_refuses_in_french(programme: Programme, options: dict[str, Any], reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        call_command("eligibility", **options)


def test_the_command_says_when_nothing_is_loaded_or_when_it_cannot_choose() -> None:
    with pytest.raises(CommandError, match="Aucun programme n’est chargé"):
        call_command("eligibility")
    other = factories.programme()
    other.pk, other.code = None, "autre"
    other.save()
    with pytest.raises(CommandError, match="Plusieurs programmes"):
        call_command("eligibility")


@pytest.mark.slow
def test_the_territory_shipped_gives_the_known_counts(capsys: pytest.CaptureFixture[str]) -> None:
    """The one test that loads all of France: what the whole platform stands on, checked on the files we ship."""
    report = load_vintages(by=User.objects.system(), at=datetime(2026, 11, 25, 9, 0, tzinfo=UTC))
    assert (report.communes, len(report.merged), len(report.renumbered), report.lost) == (34_969, 97, 5, ())
    assert len(report.restored) == 7
    assert Commune.objects.current().count() == 34_969
    assert CommuneInVintage.objects.filter(vintage__year=2021).count() == 35_059
    assert Commune.objects.current().filter(siren="").count() == 94
    assert Commune.objects.current().filter(population=None).count() == 6
    assert not Commune.objects.current().filter(postal_codes=None).exclude(department__code__gte="98").exists()
    programme = factories.programme()
    for year, total, priority in ((2026, 1534, [274, 631]), (2021, 1538, [275, 633])):
        found = eligibility.rank(programme, vintage=Vintage.objects.get(year=year))
        counts = [sum(e.is_priority for e in found if e.department == code) for code in ("59", "62")]
        assert (len(found), counts) == (total, priority)
    call_command("eligibility", department=["59", "62"], vintage=2026, json=True)
    objects = json.loads(capsys.readouterr().out)
    assert [commune["priority"] for commune in objects] == [True] * 905 + [False] * 629
    prisches = next(commune for commune in objects if commune["insee_code"] == "59474")
    assert (prisches["priority"], prisches["population"]) == (False, 1000)
    with pytest.raises(Refused, match="elle fait partie de L’Orée de Mormal"):
        find_commune("59070")
    halls = TownHall.objects.all()
    assert (halls.count(), halls.exclude(email="").count(), halls.filter(email_withheld=True).count()) == (
        1533,
        1493,
        19,
    )
    drawn = maps.territory_map(Department.objects.filter(code__in=["59", "62"]))
    assert len(drawn.shapes) == 1534
    assert sum(len(shape.path) for shape in drawn.shapes) < 250_000


@pytest.mark.django_db
def test_a_programme_serves_the_departments_of_its_lead_and_of_its_centres_alone():
    programme = factories.programme()
    before = {one.code for one in eligibility.departments_of(programme).values()}
    for code, operator in (("80", "npdcn"), ("02", "somme-numerique")):
        programme.partners.get(operator__code=operator).departments.add(factories.department(code))
    assert {one.code for one in eligibility.departments_of(programme).values()} == before | {"80"}
