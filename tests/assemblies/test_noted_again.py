"""What touches a vote has it noted again, what does not leaves it; closing refuses what contradicts itself."""

from __future__ import annotations

from datetime import date

import pytest

from socle.assemblies import actions
from socle.assemblies.actions import Asked, Noted, Seated
from socle.assemblies.ballots import Votes
from socle.assemblies.models import Attendance, Item
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from tests.assemblies.conftest import SESSION, attend, named, opened

pytestmark = pytest.mark.django_db

AWAY = Noted("excused")


def outcomes(meeting) -> list[str]:
    return list(meeting.items.order_by("rank").values_list("outcome", flat=True))


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ({"Karim": AWAY}, ["pending", "pending"]),
        # Who leaves before the second item was there for the first.
        ({"Karim": Noted("present", left_before=2)}, ["adopted", "pending"]),
        ({"Karim": Noted("present", arrived_for=2)}, ["pending", "adopted"]),
        ({"Karim": Noted("present", left_before=3)}, ["adopted", "adopted"]),
        ({"Karim": Noted("present")}, ["adopted", "adopted"]),
        # Absent and excused are counted alike.
        ({"Jean": Noted("absent")}, ["adopted", "adopted"]),
        # One comes as another goes: the figures are the same, and the voters are not.
        ({"Jean": Noted("present"), "Karim": AWAY}, ["pending", "pending"]),
    ],
)
def test_presence_noted_after_a_vote_puts_back_what_it_touches_and_nothing_else(
    beneficiary, secretary, rows, left
) -> None:
    meeting = attend(opened(beneficiary, secretary), secretary, Jean=AWAY)
    for item in meeting.items.all():
        actions.vote(item, Votes(in_favour=8, against=2), by=secretary, at=SESSION)
    attend(meeting, secretary, **rows)
    assert outcomes(meeting) == left
    lines = list(Entry.objects.filter(verb="meeting.item_put_back"))
    assert len(lines) == left.count("pending")
    for line in lines:
        facts = [line.facts[name] for name in ("outcome", "votes_for", "votes_against", "abstentions")]
        assert facts == ["adopted", 8, 2, 0]
    for item in meeting.items.filter(outcome="pending"):
        assert (item.votes_for, item.members_in_office, item.named) == (None, None, "")
        assert "8 pour, 2 contre, 0 abstentions" in item.explained
        assert actions.vote(item, None, by=secretary, at=SESSION).is_voted


@pytest.mark.parametrize("leaves_office", [True, False])
def test_who_withdraws_after_a_vote_has_it_noted_again(beneficiary, secretary, leaves_office) -> None:
    meeting = opened(beneficiary, secretary)
    first, second = meeting.items.all()
    for item in (first, second):
        actions.vote(item, None, by=secretary, at=SESSION)
    actions.withdraw_from(first, named(meeting, "Karim Onze"), leaves_office=leaves_office, by=secretary, at=SESSION)
    assert outcomes(meeting) == ["pending", "adopted"]
    again = actions.vote(first, None, by=secretary, at=SESSION)
    assert (again.votes_for, again.members_in_office) == (10, 10 if leaves_office else 11)
    # Said again the same, nothing moves.
    actions.withdraw_from(first, named(meeting, "Karim Onze"), leaves_office=leaves_office, by=secretary, at=SESSION)
    assert outcomes(meeting) == ["adopted", "adopted"]


def test_another_chair_puts_back_the_vote_that_hung_on_the_first(beneficiary, secretary) -> None:
    meeting = opened(beneficiary, secretary)
    first, second = meeting.items.all()
    tie = Votes(in_favour=5, against=5, abstentions=1, head_in_favour=True)
    actions.vote(first, tie, by=secretary, at=SESSION)
    actions.vote(second, None, by=secretary, at=SESSION)
    other, pen = named(meeting, "Claire Trois", "Brice Deux")
    actions.note_attendance(meeting, {}, president=other, secretary=pen, by=secretary, at=SESSION)
    assert outcomes(meeting) == ["pending", "adopted"]


def test_one_who_comes_back_on_a_vote_forgets_its_names_its_secret_and_whom_it_elected(beneficiary, secretary) -> None:
    meeting = opened(beneficiary, secretary, ("Budget", "Vœu", "Délégués"))
    first, second, third = meeting.items.all()
    Item.objects.filter(pk=third.pk).update(kind=Item.Kind.APPOINTMENT)
    actions.vote_as_asked(first, Asked(public=3), by=secretary, at=SESSION)
    actions.vote_as_asked(second, Asked(secret=4), by=secretary, at=SESSION)
    actions.appoint(third, [{"Denis Quatre": 11}], by=secretary, at=SESSION)
    for item in meeting.items.all():
        item = actions.set_aside(item, outcome="postponed", by=secretary, at=SESSION)
        assert (item.named, item.is_secret, item.is_head_in_favour, item.explained) == ("", False, None, "")
        assert "Est élu" not in item.decision
    lines = Entry.objects.filter(verb="meeting.item_set_aside")
    assert [line.facts["first_votes_for"] for line in lines] == [11, 11, 11]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda item, meeting: Item.objects.filter(pk=item.pk).update(votes_for=12), "12 voix y sont notées, pour 11"),
        (lambda item, meeting: Item.objects.filter(pk=item.pk).update(votes_against=11, votes_for=0), "Son issue"),
        (
            lambda item, meeting: Attendance.objects.filter(member__name="Karim Onze").update(state="absent"),
            "Les présences ou les membres ont changé",
        ),
        # Who resigned before the session is told of late: there were ten in office.
        (
            lambda item, meeting: meeting.assembly.members.filter(name="Karim Onze").update(left_on=date(2026, 12, 1)),
            "Les présences ou les membres ont changé",
        ),
        (
            lambda item, meeting: meeting.assembly.members.filter(name="Karim Onze").update(name="Karim Douze"),
            "Les votes nominatifs ne sont pas ceux",
        ),
        (lambda item, meeting: None, None),
    ],
)
def test_closing_judges_every_vote_anew_and_refuses_a_contradiction(beneficiary, secretary, change, why) -> None:
    meeting = attend(opened(beneficiary, secretary, ("Budget primitif",)), secretary)
    item = meeting.items.get()
    actions.vote_as_asked(item, Asked(public=3), by=secretary, at=SESSION)
    change(item, meeting)
    if why is None:
        assert actions.close(meeting, by=secretary, at=SESSION).status == "held"
        return
    with pytest.raises(Refused, match=f"Point 1.: revenez sur ce point, et notez-le de nouveau.*{why}"):
        actions.close(meeting, by=secretary, at=SESSION)


@pytest.mark.slow
def test_a_session_that_was_held_keeps_its_sheet_whoever_comes_or_goes_later(beneficiary, secretary) -> None:
    from socle.assemblies import papers
    from socle.assemblies.tally import roll_of
    from tests.assemblies.test_papers import says, words_of

    meeting = attend(opened(beneficiary, secretary, ("Budget primitif",)), secretary)
    actions.vote(meeting.items.get(), None, by=secretary, at=SESSION)
    meeting = actions.close(meeting, by=secretary, at=SESSION)
    gone = meeting.assembly.members.get(name="Karim Onze")
    actions.leave(gone, left_on=date(2026, 12, 1), by=secretary, at=SESSION)
    actions.seat(meeting.assembly, Seated("Zoé Douze"), by=secretary, at=SESSION)
    minutes = papers.minutes(meeting, list(meeting.items.all()), roll_of(meeting), at=SESSION)
    says(minutes, "Karim Onze", "11 membres présents sur 11 en exercice")
    assert "Zoé Douze" not in words_of(minutes)
