"""Two people at one form of the operators' door: the second is told, and loses nothing."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from socle.agreements.models import ChosenService
from socle.grants.models import Expense, PlanLine
from tests.client import as_it_is
from tests.grants import situations as grants

pytestmark = pytest.mark.slow


def told(answer) -> str:
    return BeautifulSoup(answer.content, "html.parser").select_one(".meanwhile").get_text(" ")


@pytest.fixture
def expense(world):
    operation = grants.granted(world.programme, world.people["finance"])
    partner = operation.partners.select_related("operator", "operation").get(operator__code="npdcn")
    return grants.expense(partner, world.people["finance"])


def test_an_expense_is_not_written_over(enter, expense):
    page = reverse("console:expense", args=[expense.partner.operation_id, expense.pk])
    first, second = enter("finance"), enter("finance")
    shown = second.get(page)
    mine, theirs = (as_it_is(shown, "invoice_number") | {"subject": words} for words in ("Écrit en second", "Écrit"))
    assert first.post(f"{page}corriger/", theirs).status_code == 302
    refused = second.post(f"{page}corriger/", mine)
    assert refused.status_code == 422
    assert Expense.objects.get(pk=expense.pk).subject == "Écrit"
    assert "Ce qui est enregistré Écrit Ce que vous avez écrit Écrit en second" in told(refused)
    assert "a changé entre-temps" in refused.content.decode()
    # One press takes the other's, and writes nothing.
    taken = second.post(f"{page}corriger/", as_it_is(refused, "invoice_number") | {"prendre": "oui"})
    assert taken.status_code == 200
    assert as_it_is(taken, "invoice_number")["subject"] == "Écrit"
    # One press keeps one's own: what the page sends as it is.
    again = as_it_is(refused, "invoice_number")
    assert again["subject"] == "Écrit en second"
    assert second.post(f"{page}corriger/", again).status_code == 302
    assert Expense.objects.get(pk=expense.pk).subject == "Écrit en second"


def test_the_plan_of_a_partner_is_compared_cell_by_cell(enter, expense):
    page = reverse("console:grant_plan", args=[expense.partner.operation_id, expense.partner_id])
    name = f"p-{expense.category_id}-2022"
    first, second = enter("finance"), enter("finance")
    shown = as_it_is(second.get(page), name)
    assert first.post(page, shown | {name: "100,00"}).status_code == 302
    refused = second.post(page, shown | {name: "200,00"})
    assert "100,00 Ce que vous avez écrit 200,00" in told(refused)
    assert PlanLine.objects.get(category=expense.category, year=2022).amount == 100
    assert second.post(page, as_it_is(refused, name)).status_code == 302
    assert PlanLine.objects.get(category=expense.category, year=2022).amount == 200


def test_the_services_of_a_draft_are_those_that_one_saw(world, enter):
    page = reverse("console:agreement", args=[world.draft])
    first, second = enter("officer"), enter("officer")
    shown = as_it_is(second.get(page), "services")
    codes = [one.code for one in world.programme.services.all()]
    assert first.post(f"{page}services/", shown | {"services": codes[:1]}).status_code == 302
    refused = second.post(f"{page}services/", shown | {"services": codes[1:2]})
    assert refused.status_code == 422
    agreement = world.agreement(world.draft)
    chosen = ChosenService.objects.filter(agreement=agreement).values_list("service__code", flat=True)
    assert list(chosen) == codes[:1]
    assert second.post(f"{page}services/", as_it_is(refused, "services")).status_code == 302
    assert list(chosen.all()) == codes[1:2]
