"""The end of an agreement: by its term, by notice, by renewal; and the services that follow."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from socle.agreements import actions, ending_rules, endings, queries
from socle.agreements.models import Status, Termination
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.provisioning import actions as provisioning
from socle.provisioning.models import Right
from tests import factories as f

pytestmark = pytest.mark.django_db
Ground = Termination.Ground
# Concluded on 25 November 2026, for 36 months.
TERM = date(2029, 11, 24)


def at(day: date):
    return f.NOW + (day - f.TODAY)


@pytest.fixture
def decision(ground):
    """The act by which the beneficiary leaves, or stays."""
    return f.act(
        ground.place,
        "2027-30",
        adopted_on=date(2027, 1, 4),
        received_on=date(2027, 1, 5),
        published_on=date(2027, 1, 6),
    )


def terminate(here, agreement, *, by=None, today=date(2027, 6, 1), **said):
    said = {
        "ground": Ground.GENERAL_INTEREST, "notified_on": date(2027, 1, 10), "effective_on": date(2027, 7, 10),
        "act": None,
    } | said  # fmt: skip
    return endings.terminate(agreement, reason="Essai", by=by or here.officer, at=at(today), **said)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({}, None),
        ({"effective_on": date(2027, 7, 9)}, "Le préavis est de 6 mois : notifiée le 10 janvier 2027"),
        ({"ground": Ground.BREACH, "effective_on": date(2027, 2, 10)}, None),
        ({"ground": Ground.BREACH, "effective_on": date(2027, 2, 9)}, "Le préavis est de 1 mois"),
        ({"ground": Ground.BENEFICIARY, "effective_on": date(2027, 4, 9)}, "Le préavis est de 3 mois"),
        ({"ground": Ground.BENEFICIARY, "effective_on": date(2027, 4, 10)}, "La délibération de l’assemblée"),
        ({"notified_on": date(2027, 6, 2), "effective_on": date(2028, 1, 1)}, "n’est pas encore venu"),
        ({"effective_on": TERM}, None),
        ({"effective_on": TERM + timedelta(days=1)}, "prend fin d’elle-même le 24 novembre 2029"),
    ],
)  # fmt: skip
@pytest.mark.slow
@pytest.mark.both
def test_rule_11_an_agreement_ends_with_the_notice_that_its_type_says(ground, agreement, said, sentence):
    if sentence is None:
        termination = terminate(ground, agreement, **said)
        agreement.refresh_from_db()
        assert agreement.ends_on == termination.effective_on
        assert termination.former_end_on == TERM
        return
    with pytest.raises(Refused) as refused:
        terminate(ground, agreement, **said)
    assert sentence in refused.value.sentence.replace("\u00a0", " ")
    assert not Termination.objects.exists()


@pytest.mark.slow
@pytest.mark.both
def test_a_beneficiary_leaves_by_a_decision_of_its_assembly_executory_that_day(ground, agreement, decision):
    said = {"ground": Ground.BENEFICIARY, "notified_on": date(2027, 1, 5), "effective_on": date(2027, 4, 6)}
    with pytest.raises(Refused, match="n’est exécutoire que le"):
        terminate(ground, agreement, act=decision, **said)
    with pytest.raises(Refused, match="pas celui du bénéficiaire"):
        terminate(ground, agreement, act=agreement.parties.get(rank=2).act, **said)
    terminate(ground, agreement, act=decision, **said | {"notified_on": date(2027, 1, 6)})
    line = Entry.objects.get(verb="agreement.terminated")
    assert line.facts == {"ground": "beneficiary", "notified_on": "2027-01-06", "effective_on": "2027-04-06"}


@pytest.mark.slow
@pytest.mark.both
def test_a_termination_is_withdrawn_until_it_takes_effect(ground, agreement):
    termination = terminate(ground, agreement)
    with pytest.raises(Refused, match="déjà notifiée"):
        terminate(ground, agreement)
    with pytest.raises(Refused, match="personnes chargées du programme"):
        endings.withdraw(termination, by=ground.mayor, at=at(date(2027, 6, 2)))
    endings.withdraw(termination, by=ground.officer, at=at(date(2027, 6, 2)))
    agreement.refresh_from_db()
    assert agreement.ends_on == TERM
    with pytest.raises(Refused, match="déjà retirée"):
        endings.withdraw(termination, by=ground.officer, at=at(date(2027, 6, 2)))
    again = terminate(ground, agreement)
    endings.end_due(by=ground.officer, at=at(date(2027, 7, 11)))
    with pytest.raises(Refused, match="a pris fin"):
        endings.withdraw(again, by=ground.officer, at=at(date(2027, 7, 11)))


@pytest.mark.parametrize(("day", "status"), [(TERM, Status.SIGNED), (TERM + timedelta(days=1), Status.ENDED)])
@pytest.mark.slow
@pytest.mark.both
def test_an_agreement_is_over_the_day_after_its_last_and_another_may_be_drafted(ground, agreement, day, status):
    assert endings.end_due(by=ground.officer, at=at(day)) == (status == Status.ENDED)
    agreement.refresh_from_db()
    assert agreement.status == status
    if status == Status.SIGNED:
        with pytest.raises(Refused, match="Une convention existe déjà"):
            actions.draft(ground.place, programme=ground.programme, by=ground.officer, at=at(day))
        return
    assert endings.end_due(by=ground.officer, at=at(day)) == 0
    following = actions.draft(ground.place, programme=ground.programme, by=ground.officer, at=at(day))
    assert following.number != agreement.number


LAST = date(2029, 8, 24)


@pytest.mark.parametrize(
    ("notified_on", "today", "sentence"),
    [
        (LAST, LAST, None),
        (LAST + timedelta(days=1), LAST + timedelta(days=1), "se notifiait au plus tard le 24 août 2029"),
        (LAST, LAST - timedelta(days=1), "n’est pas encore venu"),
        (date(2027, 1, 5), LAST, "n’est exécutoire que le 6 janvier 2027"),
    ],
)
@pytest.mark.slow
@pytest.mark.both
def test_an_agreement_is_renewed_once_by_a_decision_notified_in_time(
    ground, agreement, decision, notified_on, today, sentence
):
    assert ending_rules.last_day_to_renew(agreement) == LAST
    if sentence is not None:
        with pytest.raises(Refused) as refused:
            endings.renew(agreement, act=decision, notified_on=notified_on, by=ground.officer, at=at(today))
        assert sentence in refused.value.sentence.replace("\u00a0", " ")
        return
    renewal = endings.renew(agreement, act=decision, notified_on=notified_on, by=ground.officer, at=at(today))
    agreement.refresh_from_db()
    assert (renewal.rank, renewal.former_end_on, agreement.ends_on) == (1, TERM, date(2032, 11, 24))
    with pytest.raises(Refused, match="autant de fois qu’elle le prévoit"):
        endings.renew(agreement, act=decision, notified_on=notified_on, by=ground.officer, at=at(today))


@pytest.mark.parametrize(
    ("today", "days", "is_listed"),
    [
        (TERM, 0, True),
        (TERM - timedelta(days=90), 90, True),
        # Three months before the term, one may still renew: that day comes first.
        (LAST - timedelta(days=30), 30, True),
        (LAST - timedelta(days=31), 30, False),
        (TERM + timedelta(days=1), 30, False),
    ],
)
def test_rule_11_the_register_lists_the_ends_and_the_notices_that_come(ground, agreement, today, days, is_listed):
    found = queries.due_within(type(agreement).objects.all(), days, on=today)
    assert found.filter(pk=agreement.pk).exists() is is_listed


@pytest.mark.parametrize(
    ("term", "today", "is_listed"),
    [
        # Its notice falls on the last day of February, which has no thirty-first.
        (date(2030, 5, 31), date(2030, 2, 28), True),
        (date(2030, 5, 31), date(2030, 3, 1), False),
        # Its notice fell two days ago, on 28 November.
        (date(2030, 2, 28), date(2029, 11, 28), True),
        (date(2030, 2, 28), date(2029, 11, 30), False),
    ],
)
def test_the_notice_of_a_term_at_the_end_of_a_month_comes_on_its_own_day(agreement, term, today, is_listed):
    type(agreement).objects.update(ends_on=term)
    assert ending_rules.last_day_to_renew(type(agreement).objects.get()) <= today or not is_listed
    assert queries.due_within(type(agreement).objects.all(), 0, on=today).exists() is is_listed


@pytest.mark.slow
@pytest.mark.both
def test_services_close_after_the_months_of_reversibility_and_a_new_agreement_takes_them_over(ground, agreement):
    provisioning.open_rights(agreement, by=ground.officer, at=f.NOW)
    opened = Right.objects.count()
    over = TERM + timedelta(days=1)
    endings.end_due(by=ground.officer, at=at(over))
    assert provisioning.close_ended_rights(by=ground.officer, at=at(date(2030, 2, 24))) == 0
    assert provisioning.close_ended_rights(by=ground.officer, at=at(date(2030, 2, 25))) == opened
    following = ground.complete(ground_draft(ground, over), number="2029-99")
    following = actions.make_ready(following, by=ground.officer, at=at(over))
    for signatory in ground.signatories:
        following = actions.sign(following, by=signatory, at=at(over))
    provisioning.open_rights(following, by=ground.officer, at=at(date(2030, 3, 1)))
    assert set(Right.objects.values_list("agreement", "closed_at")) == {(following.pk, None)}


def ground_draft(ground, day):
    return actions.draft(ground.place, programme=ground.programme, by=ground.officer, at=at(day))
