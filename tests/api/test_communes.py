"""A commune's rank and reasons, and what it has been."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from socle.mergers.models import MergerPlan
from socle.people.models import User
from socle.programme import assessments
from socle.territory.models import Commune, CommuneInVintage, FormerCommune
from tests import factories as f
from tests.api.test_v1 import refused

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_a_commune_says_its_rank_and_why(world, program):
    system = User.objects.system()
    assessments.keep(world.programme, by=system, at=f.NOW - timedelta(days=30))
    reader = program("lead")
    first, third, last = (reader.get(f"communes/{code}").json()["standing"] for code in ("62004", "62003", "59218"))
    assert (first["rank"], first["is_priority"], first["population"]) == (1, True, 208)
    assert (third["rank"], last["rank"], last["is_priority"]) == (3, 5, False)
    assert first["vintage"] == world.programme.priority_vintage.year
    assert first["since"] == "2026-10-26T09:00:00Z"
    assert "208 habitants" in first["reasons"][0]
    assert "seuil" in last["reasons"][0]
    # Its rank is among all those of the programme, whoever asks.
    assert program("cdg62").get("communes/62004").json()["standing"] == first
    assert program("achicourt").get("communes/62004").json()["standing"] == first
    Commune.objects.filter(insee_code="62003").update(population=None)
    CommuneInVintage.objects.filter(insee_code="62003").delete()
    absent = reader.get("communes/62003").json()["standing"]
    assert (absent["rank"], absent["since"]) == (None, None)
    assert "ne figure pas au millésime" in absent["reasons"][0]


@pytest.mark.slow
def test_a_commune_says_what_it_was_and_one_that_is_gone_where_it_is(world, program):
    heir, gone = world.prisches.commune, f.commune("59070", "Bermeries", 350)
    assessments.keep(world.programme, by=User.objects.system(), at=f.NOW - timedelta(days=30))
    old = f.beneficiary(gone)
    Commune.objects.filter(pk=gone.pk).update(gone_in=2027, merged_into=heir, population=None)
    FormerCommune.objects.create(commune=heir, insee_code="59070", name="Bermeries", kind="delegated")
    FormerCommune.objects.create(commune=heir, insee_code="59999", kind="absorbed")
    with scope(beneficiary=old):
        MergerPlan.objects.create(
            beneficiary=old, other=heir, year=2027, drafted_at=f.NOW, effect_on=f.date(2027, 1, 1)
        )
    CommuneInVintage.objects.filter(commune=heir).update(population=1400)
    assessments.keep(world.programme, by=User.objects.system(), at=f.NOW)
    reader = program("cdg59")
    told = reader.get("communes/59474/history").json()
    assert (told["gone_in"], told["heir"]) == (None, None)
    assert [(one["vintage"], one["name"], one["population"]) for one in told["vintages"]] == [
        (world.programme.priority_vintage.year, "Prisches", 1400)
    ]
    assert [(one["insee_code"], one["name"], one["kind"]) for one in told["former_communes"]] == [
        ("59070", "Bermeries", "delegated"),
        ("59999", None, "absorbed"),
    ]
    assert [(one["title"], one["status"]) for one in told["mergers"]] == [("Bermeries rejoint Prisches", "draft")]
    latest, before = told["standings"]
    assert "population 1\u202f000 → 1\u202f400" in latest["changes"].replace("\u00a0", "\u202f")
    assert (before["replaced_at"], latest["replaced_at"], before["changes"]) == ("2026-11-25T09:00:00Z", None, "")
    past = reader.get("communes/59070/history").json()
    assert (past["gone_in"], past["heir"]) == (2027, {"insee_code": "59474", "name": "Prisches"})
    assert past["mergers"] == told["mergers"]
    # It is no commune of today, and no history of another's is told.
    refused(reader.get("communes/59070"), 404, "introuvable")
    refused(program("cdg62").get("communes/59070/history"), 404, "introuvable")
    refused(program("achicourt").get("communes/59474/history"), 404, "introuvable")
    with CaptureQueriesContext(connection) as queries:
        reader.get("communes/59474/history")
    assert len(queries) <= 20
