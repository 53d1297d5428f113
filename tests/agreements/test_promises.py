"""What the text owes a beneficiary on a day: counted, kept, late, proved by another room; the calendar of it all."""

from datetime import date, datetime, time
from itertools import pairwise

import pytest
from django_scopes import scopes_disabled

from socle.agreements import deadlines, promises
from socle.agreements.contract import Proof
from socle.agreements.models import Agreement, PromiseKept, Status
from socle.journal.models import Entry
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.people.models import Role
from socle.programme.models import Promise
from tests import factories as f

pytestmark = pytest.mark.django_db
# Concluded on 25 November 2026, for 36 months.
FIRST, SECOND, LAST = date(2027, 11, 24), date(2028, 11, 24), date(2029, 11, 24)
PROVED: list[Proof] = []


def at(day: date) -> datetime:
    return datetime.combine(day, time(12), dates.PARIS)


def proved(since: date) -> list[Proof]:
    return [one for one in PROVED if one.on >= since]


@pytest.fixture
def place():
    return f.beneficiary()


@pytest.fixture
def agreement(place):
    made = f.signed_agreement(place)
    for order, (code, kept_by) in enumerate((("compte-rendu", ""), ("restauration", "essai"))):
        Promise.objects.create(
            type=made.type, code=code, name=code.capitalize(), clause="article 8", owed_by="le syndicat",
            every_months=12, kept_by=kept_by, order=order,
        )  # fmt: skip
    with scopes_disabled():  # The rules are asked, whatever the door.
        yield made


@pytest.fixture
def officer(agreement):
    return f.member(Role.PROGRAMME_OFFICER, agreement.programme.lead())


@pytest.fixture
def keeper(settings):
    settings.SOCLE_PROMISE_KEEPERS = {"essai": "tests.agreements.test_promises.proved"}
    PROVED.clear()
    yield PROVED
    PROVED.clear()


def owed(agreement, on, code="compte-rendu"):
    dues = promises.still_due(Agreement.every.filter(pk=agreement.pk), on=on)
    return [one for one in dues if one.promise.code == code]


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "months", "expected"),
    [
        (date(2026, 11, 25), LAST, 12, [FIRST, SECOND, LAST]),
        # A day before its whole period, it owes nothing for it.
        (date(2026, 11, 25), date(2029, 11, 23), 12, [FIRST, SECOND]),
        # Counted from the first day each time, whatever the length of the months before.
        (date(2027, 1, 31), date(2027, 5, 30), 1, [date(2027, 2, 27), date(2027, 3, 30), date(2027, 4, 29),
                                                   date(2027, 5, 30)]),
        (date(2028, 2, 29), date(2030, 2, 28), 12, [date(2029, 2, 27), date(2030, 2, 27)]),
        (date(2026, 11, 25), date(2027, 11, 23), 12, []),
    ],
)  # fmt: skip
def test_a_promise_falls_due_on_the_last_day_of_each_whole_period(starts_on, ends_on, months, expected):
    found = promises.periods(starts_on, ends_on, months)
    assert [due_on for _, due_on in found] == expected
    assert [begins_on for begins_on, _ in found[:1]] == ([starts_on] if expected else [])
    assert all(after[0].toordinal() == before[1].toordinal() + 1 for before, after in pairwise(found))


@pytest.mark.parametrize(
    ("which", "kept_on", "today", "sentence"),
    [
        (0, date(2026, 11, 25), date(2026, 11, 25), None),
        (0, date(2026, 11, 24), date(2026, 11, 25), "se fait à partir du 25 novembre 2026"),
        (0, date(2027, 3, 2), date(2027, 3, 1), "n’est pas encore venu"),
        (0, date(2028, 6, 1), date(2028, 6, 1), None),  # Kept late, it is kept.
        (1, FIRST, date(2028, 6, 1), "se fait à partir du 25 novembre 2027"),
        (1, date(2027, 11, 25), date(2028, 6, 1), None),
    ],
)
def test_what_is_kept_is_kept_within_its_period_or_after(agreement, officer, which, kept_on, today, sentence):
    due = owed(agreement, today)[which]
    said = promises.why_not_keep(due, kept_on=kept_on, by=officer, on=today)
    assert sentence is None if said is None else sentence in said.replace("\u00a0", " ")


@pytest.mark.parametrize(("today", "is_late"), [(FIRST, False), (date(2027, 11, 25), True)])
def test_it_is_late_the_day_after_the_last_of_its_period(agreement, officer, today, is_late):
    found = promises.standings(agreement, on=today)
    assert [(one.promise.code, one.due.due_on, one.is_late) for one in found] == [
        ("compte-rendu", FIRST, is_late), ("restauration", FIRST, is_late),
    ]  # fmt: skip
    promises.keep(owed(agreement, today)[:1], kept_on=today, by=officer, at=at(today))
    report = promises.standings(agreement, on=today)[0]
    assert (report.due.due_on, report.kept.kept_on, report.is_late) == (SECOND, today, False)


def test_kept_it_is_owed_no_more_until_it_is_withdrawn(agreement, officer, place):
    day = date(2027, 10, 1)
    due = owed(agreement, day)
    assert [one.due_on for one in due] == [FIRST, SECOND, LAST]
    mayor = f.member(Role.MAYOR, place)
    with pytest.raises(Refused, match="personnes chargées du programme"):
        promises.keep(due[:1], kept_on=day, by=mayor, at=at(day))
    (kept,) = promises.keep(due[:1], kept_on=day, reference=" Courrier 27 ", by=officer, at=at(day))
    assert kept.reference == "Courrier 27"
    assert [one.due_on for one in owed(agreement, day)] == [SECOND, LAST]
    facts = {"promise": "compte-rendu", "due_on": "2027-11-24", "kept_on": "2027-10-01"}
    assert Entry.objects.get(verb="agreement.promise_kept").facts == facts
    with pytest.raises(Refused, match="déjà noté"):
        promises.keep(due[:1], kept_on=day, by=officer, at=at(day))
    with pytest.raises(Refused, match="personnes chargées du programme"):
        promises.withdraw(kept, by=mayor, at=at(day))
    promises.withdraw(kept, by=officer, at=at(day))
    assert [one.due_on for one in owed(agreement, day)] == [FIRST, SECOND, LAST]
    with pytest.raises(Refused, match="déjà retiré"):
        promises.withdraw(kept, by=officer, at=at(day))


def test_all_that_is_chosen_is_noted_or_nothing_is(agreement, officer):
    day = date(2027, 10, 1)
    first, second, _ = owed(agreement, day)
    with pytest.raises(Refused, match="à partir du"):
        promises.keep([first, second], kept_on=day, by=officer, at=at(day))
    assert not PromiseKept.objects.exists()


@pytest.mark.parametrize(
    ("status", "today", "count"),
    [
        (Status.SIGNED, LAST, 3),
        (Status.ENDED, date(2030, 11, 24), 3),  # The last report is owed for a year after the end.
        (Status.ENDED, date(2030, 11, 25), 0),
        (Status.READY, LAST, 0),
        (Status.CANCELLED, LAST, 0),
    ],
)
def test_only_an_agreement_in_force_owes_anything_or_one_just_over(agreement, status, today, count):
    Agreement.every.filter(pk=agreement.pk).update(status=status)
    assert len(owed(agreement, today)) == count


@pytest.mark.parametrize(
    ("days", "kept"),
    [
        ([], []),
        ([date(2026, 11, 24)], []),  # Done before anything was promised.
        ([date(2026, 11, 25)], [FIRST]),
        ([date(2027, 2, 1), date(2027, 5, 1), FIRST], [FIRST]),  # Once a period.
        ([date(2027, 2, 1), date(2027, 11, 25)], [FIRST, SECOND]),
        ([date(2028, 1, 10)], [FIRST]),  # Late: it answers the first that is owed, and that one alone.
        ([date(2028, 1, 10), date(2028, 1, 10)], [FIRST]),
        ([date(2028, 1, 10), date(2028, 4, 10)], [FIRST, SECOND]),
    ],
)
def test_what_another_room_proves_is_noted_by_itself_once(agreement, officer, keeper, days, kept):
    other = f.beneficiary(f.commune("59001", "Abancourt", 441))
    document = None
    keeper += [Proof(other.pk, date(2027, 1, 1), "exercice n° 1", document)]
    keeper += [Proof(agreement.beneficiary_id, day, "exercice n° 2", document) for day in days]
    today = at(date(2028, 6, 1))
    assert promises.keep_proved(by=officer, at=today) == len(kept)
    assert promises.keep_proved(by=officer, at=today) == 0
    assert sorted(PromiseKept.objects.values_list("due_on", flat=True)) == kept
    assert set(PromiseKept.objects.values_list("promise__code", flat=True)) <= {"restauration"}


def test_what_somebody_withdrew_is_not_noted_again_on_the_same_proof(agreement, officer, keeper):
    keeper.append(Proof(agreement.beneficiary_id, date(2027, 2, 1), "exercice n° 2"))
    promises.keep_proved(by=officer, at=at(date(2027, 3, 1)))
    promises.withdraw(PromiseKept.objects.get(), by=officer, at=at(date(2027, 3, 2)))
    assert promises.keep_proved(by=officer, at=at(date(2027, 3, 3))) == 0
    keeper.append(Proof(agreement.beneficiary_id, date(2027, 5, 1), "exercice n° 3"))
    assert promises.keep_proved(by=officer, at=at(date(2027, 5, 2))) == 1


def test_where_nothing_is_plugged_nothing_keeps_itself(agreement, officer, settings):
    settings.SOCLE_PROMISE_KEEPERS = {}
    assert promises.keep_proved(by=officer, at=at(date(2027, 3, 1))) == 0


def test_the_calendar_says_what_ends_what_notice_closes_and_what_is_owed_late_first(agreement):
    agreements = Agreement.objects.filter(pk=agreement.pk)
    found = deadlines.deadlines(agreements, 365, on=date(2029, 1, 10))
    assert [(one.on, one.kind.value, one.is_late) for one in found] == [
        (FIRST, "promesse", True), (FIRST, "promesse", True),
        (SECOND, "promesse", True), (SECOND, "promesse", True),
        (date(2029, 8, 24), "preavis", False),
        (LAST, "promesse", False), (LAST, "fin", False), (LAST, "promesse", False),
    ]  # fmt: skip
    assert [one.on for one in deadlines.deadlines(agreements, 30, on=date(2027, 10, 24))] == []
    assert [one.on for one in deadlines.deadlines(agreements, 31, on=date(2027, 10, 24))] == [FIRST, FIRST]


@pytest.mark.parametrize("fate", ["renewed", "terminated"])
def test_no_notice_closes_for_what_cannot_be_renewed(agreement, fate):
    if fate == "renewed":
        agreement.renewals.create(rank=1, notified_on=f.TODAY, former_end_on=LAST, recorded_at=f.NOW)
    else:
        said = {"notified_on": f.TODAY, "effective_on": LAST, "former_end_on": LAST, "recorded_at": f.NOW}
        agreement.terminations.create(ground="general_interest", **said)
    found = deadlines.deadlines(Agreement.objects.filter(pk=agreement.pk), 365, on=date(2029, 1, 10))
    words = [one.words for one in found if one.kind != deadlines.Kind.PROMISE]
    assert words == ["Fin de la convention" if fate == "renewed" else "Fin de la convention, résiliée"]


def test_its_queries_do_not_grow_with_the_agreements(agreement, django_assert_num_queries):
    def look():
        return deadlines.deadlines(Agreement.objects.all(), 365, on=date(2029, 1, 10))

    assert len(look()) == 8
    for rank in range(5):
        f.signed_agreement(f.beneficiary(f.commune(f"62{100 + rank}", f"Essai-{rank}", 200)))
    with django_assert_num_queries(5):
        assert len(look()) == 48
    # What a screen and a file say of each is one more, whatever their number.
    with django_assert_num_queries(6):
        told = deadlines.with_agreements(look())
        assert len({(one.agreement.bound.commune.name, one.agreement.bound.department.code) for one in told}) == 6
    assert [(one.on, one.words, one.due and one.due.key) for one in told] == [
        (one.on, one.words, one.due and one.due.key) for one in look()
    ]
