"""Queries written once: they answer what Django's own would, whatever they are given, and survive their connection."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db.models import CharField, DateField, Exists, F, IntegerField, OuterRef, Q
from django.test.utils import CaptureQueriesContext

from socle.journal.models import Entry as Line
from socle.lib.compiled import Compiled, Given, insert
from socle.people.models import Beneficiary, Membership, Role
from tests import factories as f

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 25)


def of_a_day() -> Any:
    """Joins, a constant, a list of constants, and a value that is given once and used twice."""
    on: Any = Given("on", DateField())
    rows = Membership.objects.active_on(on).filter(role__in=[Role.SECRETARY, Role.MAYOR], user__is_active=True)
    return rows.select_related("beneficiary").annotate(whose=F("user__email")).order_by("pk")


def test_the_rows_are_those_that_django_would_read() -> None:
    place = f.beneficiary()
    first, last = f.member(Role.SECRETARY, place), f.member(Role.MAYOR, place)
    f.member(Role.AGENT, place)
    last.memberships.update(ends_on=DAY)
    asked: Compiled[Membership] = Compiled(of_a_day)
    for day, people in ((DAY, [first, last]), (DAY + timedelta(days=1), [first]), (DAY, [first, last])):
        rows: list[Any] = asked.ask(on=day)
        assert [(row.pk, row.whose) for row in rows] == [(one.memberships.get().pk, one.email) for one in people]
        with CaptureQueriesContext(connection) as queries:
            assert {row.beneficiary.name for row in rows} == {place.name}
        assert not queries


def test_only_the_first_question_on_a_connection_is_written(django_assert_num_queries: Any) -> None:
    asked: Compiled[Membership] = Compiled(of_a_day)
    asked.ask(on=DAY)
    with django_assert_num_queries(1):
        assert asked.ask(on=DAY) == []


def test_what_is_given_is_a_value_and_never_sql() -> None:
    f.beneficiary()

    def named() -> Any:
        return Beneficiary.objects.filter(name=Given("name", CharField())).order_by("pk")

    asked: Compiled[Beneficiary] = Compiled(named)
    for name in ("' OR 1=1 --", "%s", "$1", "\\", 'a"b'):
        assert asked.ask(name=name) == []
        made = f.beneficiary(f.commune(f"59{len(Beneficiary.objects.all()):03}", "Essai", 10))
        Beneficiary.objects.filter(pk=made.pk).update(name=name)
        assert [one.pk for one in asked.ask(name=name)] == [made.pk]


def test_plain_columns_come_as_django_converts_them() -> None:
    made = f.member(Role.SECRETARY, f.beneficiary())

    def columns() -> Any:
        held = Membership.objects.filter(user=OuterRef("pk"), role=Given("role", CharField()))
        people = type(made).objects.filter(Exists(held), Q(pk=Given("pk", IntegerField())))
        return people.values_list("pk", "is_active", "date_joined")

    asked: Compiled[Any] = Compiled(columns)
    assert asked.values(pk=made.pk, role="secretary") == [(made.pk, True, made.date_joined)]
    assert asked.values(pk=made.pk, role="mayor") == []


def test_a_row_is_inserted_as_django_would_save_it() -> None:
    line = Line(verb="essai.fait", object_type="a.b", object_id="1", by_ref="c:2", at=f.NOW, facts={"été": [1, None]})
    insert(line)
    kept = Line.objects.get(pk=line.pk)
    assert (kept.verb, kept.at, kept.facts) == ("essai.fait", f.NOW, {"été": [1, None]})
    assert (kept.position, kept.seal) == (None, "")
    with pytest.raises(TypeError):
        line.save()


@pytest.mark.slow
@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_and_a_column_that_changed_are_asked_again() -> None:
    place = f.beneficiary()

    def named() -> Any:
        return Beneficiary.objects.filter(pk=Given("pk", IntegerField())).values_list("name")

    asked: Compiled[Beneficiary] = Compiled(named)
    assert asked.values(pk=place.pk) == [(place.name,)]
    connection.health_check_enabled = True
    try:
        connection.health_check_done = False
        connection.connection.close()
        assert asked.values(pk=place.pk) == [(place.name,)]
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE people_beneficiary ALTER COLUMN name TYPE varchar(201)")
        connection.health_check_done = False
        assert asked.values(pk=place.pk) == [(place.name,)]
        # Within a transaction, nothing is asked again behind its back.
        connection.health_check_done = True
        connection.connection.close()
        with pytest.raises(DatabaseError):
            asked.values(pk=place.pk)
    finally:
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE people_beneficiary ALTER COLUMN name TYPE varchar(200)")
        connection.health_check_enabled = False
