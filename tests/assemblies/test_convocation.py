"""Rules 1, 2 and 6: clear days, the population that counts, the second convocation. Cases from the articles."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socle.assemblies import convocation
from socle.assemblies.convocation import Urgency
from socle.assemblies.law import TO_CONFIRM, Law, Regime

# A slow machine is no fault of the property.
steady = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
D = date
COMMUNE = Law(Regime.COMMUNE)
SESSION = D(2026, 10, 15)
APPROVED = Urgency(is_reported=True, is_approved=True)


def judged(days_before, population=None, urgency=None, law=COMMUNE, session_on=SESSION):
    return convocation.judge_convocation(
        law=law,
        population=population,
        sent_on=session_on - timedelta(days=days_before),
        session_on=session_on,
        urgency=urgency,
    )


@pytest.mark.parametrize(
    ("sent_on", "session_on", "days"),
    [
        (D(2021, 11, 17), D(2021, 11, 23), 5),  # The founding deliberation: 18, 19, 20, 21 and 22.
        (D(2026, 10, 14), D(2026, 10, 15), 0),
        (D(2026, 10, 13), D(2026, 10, 15), 1),
        (D(2026, 10, 15), D(2026, 10, 15), 0),
        (D(2026, 2, 27), D(2026, 3, 3), 3),
        (D(2028, 2, 27), D(2028, 3, 3), 4),  # A leap year.
        (D(2026, 12, 29), D(2027, 1, 2), 3),
    ],
)
def test_act_rule_01_a_clear_day_is_neither_that_of_sending_nor_that_of_the_session(sent_on, session_on, days):
    assert convocation.clear_days(sent_on, session_on) == days


@steady
@given(st.dates(D(1990, 1, 1), D(2090, 1, 1)), st.integers(0, 60))
def test_act_rule_01_the_last_day_to_send_leaves_exactly_the_delay(session_on, days):
    last = convocation.send_before(session_on, days)
    between = {last + timedelta(days=one) for one in range(1, 100)}
    assert convocation.clear_days(last, session_on) == days == len({day for day in between if day < session_on})
    assert convocation.clear_days(last + timedelta(days=1), session_on) == max(days - 1, 0)


@pytest.mark.parametrize(
    ("days_before", "population", "urgency", "is_met", "says"),
    [
        (4, 3499, None, True, "3 (CGCT, article\u00a0L.\u00a02121-11)"),
        (3, 3499, None, False, "devait partir le 11\u00a0octobre\u00a02026 au plus tard"),
        (6, 3500, None, True, "5 (CGCT, article\u00a0L.\u00a02121-12)"),
        (5, 3500, None, False, "devait partir le 9\u00a0octobre\u00a02026"),
        (4, 0, None, True, "3 (CGCT"),
        (2, 3499, APPROVED, True, "l’urgence a été rapportée et approuvée"),
        (2, 9000, APPROVED, True, "l’urgence a été rapportée et approuvée"),
        (1, 3499, APPROVED, False, "L’urgence même en laisse 1"),
        (2, 3499, Urgency(is_reported=False, is_approved=True), False, "rapportée à l’ouverture"),
        (2, 3499, Urgency(is_reported=True, is_approved=False), False, "approuvée par l’assemblée"),
        (0, 3499, APPROVED, False, "Vérifiez les deux dates"),
        (-1, 3499, None, False, "Vérifiez les deux dates"),
    ],
)
def test_act_rule_01_a_delay_is_3_days_below_3500_inhabitants_and_5_from_there(
    days_before, population, urgency, is_met, says
):
    answer = judged(days_before, population, urgency)
    assert answer.is_met is is_met
    assert says in answer.sentence


@pytest.mark.parametrize("days_before", [1, 2, 6, 30])
def test_act_rule_01_no_delay_of_communes_is_lent_to_a_syndicate(days_before):
    answer = judged(days_before, law=Law(Regime.OPEN_SYNDICATE))
    assert answer.is_met is None
    assert TO_CONFIRM in answer.sentence
    assert "CGCT" not in answer.sentence


RENEWALS = {D(2014, 3, 23): 3600, D(2020, 3, 15): 3400, D(2026, 3, 15): 3500}


@pytest.mark.parametrize(
    ("on", "population"),
    [
        (D(2014, 3, 22), None),
        (D(2014, 3, 23), 3600),
        (D(2020, 3, 14), 3600),
        (D(2020, 3, 15), 3400),
        (D(2026, 3, 14), 3400),
        (D(2026, 3, 15), 3500),
        (D(2031, 1, 1), 3500),
    ],
)
def test_act_rule_02_the_population_is_that_of_the_last_general_renewal(on, population):
    assert convocation.population_that_counts(RENEWALS, on=on) == population
    if population is not None:
        delay = 6 if population >= 3500 else 4
        assert judged(delay, population, session_on=on).is_met is True
        assert judged(delay - 1, population, session_on=on).is_met is False


@pytest.mark.parametrize(
    ("days_before", "items", "is_met", "says"),
    [
        (4, ["Budget"], True, "sans condition de quorum"),
        (4, ["Budget", "Voirie"], True, "sans condition de quorum"),
        (3, ["Budget"], False, "tenez-la le 16\u00a0octobre\u00a02026 au plus tôt"),
        (
            4,
            ["Budget", "École"],
            False,
            "n’était pas à l’ordre du jour de la séance du 1er\u00a0octobre\u00a02026 : École",
        ),
        (15, ["Budget"], False, "avant la séance sans quorum"),
    ],
)
def test_act_rule_06_a_second_convocation_leaves_three_clear_days_for_the_same_items(days_before, items, is_met, says):
    answer = convocation.judge_second_convocation(
        law=Law(Regime.COMMUNE),
        failed_on=D(2026, 10, 1),
        failed_items=["Budget", "Voirie"],
        sent_on=SESSION - timedelta(days=days_before),
        session_on=SESSION,
        items=items,
    )
    assert answer.is_met is is_met
    assert says in answer.sentence.replace("\u00a0:", " :")


def test_act_rule_06_the_statutes_of_a_syndicate_say_theirs():
    answer = convocation.judge_second_convocation(
        law=Law(Regime.OPEN_SYNDICATE), failed_on=D(2026, 10, 1), failed_items=["Budget"], sent_on=D(2026, 10, 2),
        session_on=SESSION, items=["Budget"],
    )  # fmt: skip
    assert answer.is_met is None
    assert TO_CONFIRM in answer.sentence
