"""One correction for several expenses: each under the rules of its own, those refused told by their number."""

from __future__ import annotations

from datetime import date

from socle.grants.actions import claims, expenses
from socle.grants.models import Expense
from socle.journal.models import Entry
from tests.grants.situations import AT, contract, expense, grant, month


def test_a_category_is_corrected_for_several_and_each_refusal_has_its_number(operation, partner, finance):
    grant(operation, finance)
    contract(partner, finance)
    held = expense(partner, finance, "F-0")
    claims.prepare(operation, by=finance, at=AT)
    one, two = expense(partner, finance, "F-1"), expense(partner, finance, "F-2")
    gone, staff = expense(partner, finance, "F-3"), month(partner, finance)
    expenses.withdraw(gone, by=finance, at=AT)
    prestations = operation.categories.exclude(code="materiel").filter(kind="real").first()
    chosen = [held, one, two, gone, staff]
    count, refused = expenses.correct_several(chosen, {"category": prestations}, by=finance, at=AT)
    assert count == 2
    assert {one.category_id for one in Expense.objects.filter(pk__in=[one.pk, two.pk])} == {prestations.pk}
    assert {*refused} == {held.pk, gone.pk, staff.pk}
    assert "dans la demande" in refused[held.pk]
    assert "est retirée" in refused[gone.pk]
    assert "frais de personnel" in refused[staff.pk]
    left = Expense.objects.filter(pk__in=refused).values_list("category__code", flat=True)
    assert sorted(left) == ["materiel", "materiel", "personnel"]
    told = Entry.objects.filter(verb="expense.corrected").count()
    assert told == 2
    assert expenses.correct_several([one, two], {"category": prestations}, by=finance, at=AT) == (0, {})
    assert Entry.objects.filter(verb="expense.corrected").count() == told, "what says so already changes nothing"


def test_what_a_month_of_a_person_has_not_and_a_purchase_of_another_are_refused(partner, cdg, finance):
    staff, one = month(partner, finance), expense(partner, finance)
    other = cdg.operator.memberships.get(role="finance_officer").user
    theirs = contract(cdg, other, "2022-09")
    _, refused = expenses.correct_several([staff, one], {"contract": theirs}, by=finance, at=AT)
    assert "ni marché" in refused[staff.pk]
    assert "pas de ce partenaire" in refused[one.pk]
    _, refused = expenses.correct_several([one], {"mandate": "9"}, by=other, at=AT)
    assert refused[one.pk]
    _, refused = expenses.correct_several([one], {"paid_on": date(2022, 6, 1)}, by=finance, at=AT)
    assert "précède le mandat" in refused[one.pk]
    one.refresh_from_db()
    assert (one.mandate, one.paid_on, one.contract.number) == ("12", date(2022, 6, 20), "2022-01")
