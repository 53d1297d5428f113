"""« À faire »: by which day, whose turn, what nobody else may do; and which law is not kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from socle.assemblies.models import Meeting
from socle.deliberations.models import Act
from socle.inbox.rules import full_receipt_due_on
from socle.lib import dates
from socle.lib.declared import ToDo, gathered
from socle.mairie.todo import Group, by_in_words, group_of, grouped
from socle.people import invitations
from socle.people.models import Role
from socle.sections.waste.models import Waste, WasteRound
from socle.sites.actions import create_site
from tests import factories as f
from tests.assemblies.conftest import held, prepared

ON = f.TODAY
MOST_QUERIES = 57
LIST = {"kind": Act.Kind.LIST, "published_on": None}


def due(days: int | None, **fields) -> ToDo:
    return ToDo("Chose", "/", due_on=None if days is None else ON + timedelta(days=days), **fields)


# --- The rule ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("days", "group", "said"),
    [
        (-30, Group.LATE, "dernier jour : 26 octobre"),
        (-1, Group.LATE, "dernier jour : 24 novembre"),
        (0, Group.SOON, "aujourd’hui"),
        (1, Group.SOON, "demain au plus tard"),
        (2, Group.SOON, "avant le 27 novembre"),
        (7, Group.SOON, "avant le 2 décembre"),
        (8, Group.LATER, "avant le 3 décembre"),
        (40, Group.LATER, "avant le 4 janvier 2027"),
        (None, Group.LATER, ""),
    ],
)
def test_a_thing_goes_with_those_of_its_day_and_says_it(days, group, said):
    task = due(days)
    assert group_of(task, on=ON) == group
    assert by_in_words(task.due_on, on=ON).replace("\u00a0", " ") == said
    # What nobody else may do comes first, whatever its day.
    assert group_of(due(days, is_mine_alone=True), on=ON) == Group.ALONE


@pytest.mark.parametrize(
    ("days", "law", "is_late", "is_unlawful"),
    [(-1, "CGCT", True, True), (-1, "", True, False), (0, "CGCT", False, False), (None, "", False, False)],
)
def test_only_what_is_late_by_an_article_is_unlawful(days, law, is_late, is_unlawful):
    ((line,),) = grouped([due(days, law=law)], at=f.NOW).values()
    assert (line.is_late, line.is_unlawful) == (is_late, is_unlawful)


def test_the_groups_come_in_order_and_in_each_what_is_mine_then_the_soonest_then_as_the_rooms_come():
    given = [
        due(None), due(None, since=f.NOW - timedelta(days=9)), due(9), due(3), due(-2), due(-5), due(2, turn="Ida"),
        due(None, turn="la ou le maire"), due(4, is_mine_alone=True),
    ]  # fmt: skip
    told = {group: [given.index(line.task) for line in lines] for group, lines in grouped(given, at=f.NOW).items()}
    assert list(told.items()) == [
        (Group.ALONE, [8]), (Group.LATE, [5, 4]), (Group.SOON, [3, 6]), (Group.LATER, [2, 0, 1, 7]),
    ]  # fmt: skip


def test_each_capability_that_a_kind_asks_for_exists():
    kinds = gathered(settings.SOCLE_WAITING_AT_MAIRIE)
    assert {str(kind.capability) for kind in kinds} == {"administer", "publish", "answer"}


# --- What the door asks -----------------------------------------------------------------------------------------------
def page_of(client, person) -> BeautifulSoup:
    client.force_login(person)
    return BeautifulSoup(client.get("/mairie/").content.decode(), "html.parser")


def told(client, person) -> dict[str, list[str]]:
    """Each group by its title, with the words of its lines; what is folded comes under the last of them."""
    found: dict[str, list[str]] = {}
    for one in page_of(client, person).select(
        "section.to-do h3, .to-do .next-title, .to-do .rows > li, .more .rows > li"
    ):
        words = " ".join(one.get_text(" ").split())
        if one.name == "h3":
            found[words] = []
        else:
            found[list(found)[-1]].append(words)
    return found


def line(lines: list[str], words: str) -> str:
    (found,) = [one for one in lines if words in one]
    return found


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "is_late"), [(7, False), (8, True)])
def test_a_list_of_deliberations_not_online_in_a_week_is_red_with_its_article(client, world, days, is_late):
    f.act(world.here.place, "LISTE", adopted_on=ON - timedelta(days=days), **LIST)
    soup = page_of(client, world.here.secretary)
    assert [one.get_text() for one in soup.select(".unlawful")] == (
        ["CGCT, art.\u00a0L.\u00a02121-25"] if is_late else []
    )
    group = told(client, world.here.secretary)["En retard" if is_late else "Cette semaine"]
    assert ("Dernier jour" if is_late else "Aujourd’hui") in line(group, "LISTE")


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "group"), [(365, "En retard"), (366, "Quand vous pourrez")])
def test_an_archive_being_completed_is_not_late(client, world, days, group):
    f.act(world.here.place, "VIEILLE", adopted_on=ON - timedelta(days=days), **LIST)
    assert "VIEILLE" in " ".join(told(client, world.here.secretary)[group])


@pytest.mark.django_db
@pytest.mark.parametrize("is_late", [False, True])
def test_a_request_is_due_when_its_full_receipt_is(client, world, is_late, time_machine):
    request = f.contact_message(world.here.place, subject="request")
    f.contact_message(world.here.place, subject="request", received_at=f.NOW + timedelta(hours=1))
    last = full_receipt_due_on(request.received_at)
    time_machine.move_to(dates.bounds_of(last)[0] + timedelta(days=is_late, hours=9))
    groups = told(client, world.here.secretary)
    said = line(groups["En retard" if is_late else "Cette semaine"], "2 demandes du site à traiter")
    assert ("article R. 112-11-2" in said) is is_late
    # A question has no day.
    assert "Un message du site à traiter" in " ".join(groups["Quand vous pourrez"])


@pytest.mark.django_db
def test_what_was_entrusted_to_somebody_else_says_whose_turn_it_is(client, world):
    other = world.here.mayor
    with scope(beneficiary=world.here.place):
        type(world.here.message).objects.update(assigned_to=other)
    assert f"À qui le tour : {other.name}" in line(
        told(client, world.here.secretary)["Quand vous pourrez"], "message du site"
    )
    assert "À vous" in line(told(client, other)["Quand vous pourrez"], "message du site")


@pytest.mark.django_db
def test_what_the_mayor_alone_may_do_comes_first_and_the_secretary_reads_whose_turn_it_is(client, world):
    here = world.here
    invited = {
        "name": "Ana Neuve",
        "role": Role.SECRETARY,
        "beneficiary": here.place,
        "by": here.secretary,
        "at": f.NOW,
    }
    invitations.invite("ana@exemple.invalid", **invited)
    f.act(here.place, "LISTE", adopted_on=ON - timedelta(days=8), **LIST)
    world.ready(here)
    groups = told(client, here.mayor)
    assert list(groups)[:2] == ["Pour vous seulement", "En retard"]
    assert groups["Pour vous seulement"][0] == "Signez la convention"
    assert "Ana Neuve" in groups["Pour vous seulement"][1]
    groups = told(client, here.secretary)
    assert next(iter(groups)) == "En retard"
    assert "À qui le tour : la ou le maire" in line(groups["Quand vous pourrez"], "Ana Neuve")


@pytest.mark.django_db
def test_a_session_is_to_be_convened_in_time_then_held_then_closed(client, world, time_machine):
    here, by = world.here, world.here.secretary
    with scope(beneficiary=here.place):
        meeting = prepared(here.place, by)
        meeting.assembly.population = 700
        meeting.assembly.save(update_fields=["population"])
    # The session is on 3 December: three clear days before it, the convocation leaves on 29 November at the latest.
    for day, status, group, said in (
        (29, Meeting.Status.PREPARED, "Cette semaine", "à convoquer Aujourd’hui"),
        (30, Meeting.Status.PREPARED, "En retard", "Délai de la loi dépassé CGCT, article L. 2121-11"),
    ):
        time_machine.move_to(f.NOW.replace(day=day))
        assert said in line(told(client, by)[group], "Séance du 3 décembre 2026").replace("\u00a0", " ")
        assert meeting.status == status
    with scope(beneficiary=here.place):
        Meeting.objects.update(status=Meeting.Status.OPEN, convened_at=f.NOW, opened_at=f.NOW)
    for day, group in ((3, "Cette semaine"), (4, "En retard")):
        time_machine.move_to(f.NOW.replace(month=12, day=day))
        assert "à lever" in line(told(client, by)[group], "Séance du 3 décembre 2026")


@pytest.mark.django_db
def test_minutes_are_due_a_week_after_the_session_that_arrested_them(client, world, time_machine):
    here, by = world.here, world.here.secretary
    with scope(beneficiary=here.place):
        first = held(here.place, by)
        minutes = f.act(here.place, "PV", kind=Act.Kind.MINUTES, published_on=None, adopted_on=first.held_on)
        Meeting.objects.filter(pk=first.pk).update(minutes_act=minutes, minutes_arrested_in=first)
        Act.objects.exclude(pk=minutes.pk).update(published_on=f.TODAY, received_on=f.TODAY)
    for days, group in ((7, "Cette semaine"), (8, "En retard")):
        time_machine.move_to(dates.bounds_of(first.held_on + timedelta(days=days))[0] + timedelta(hours=9))
        assert ("L. 2121-15" in line(told(client, by)[group], "PV")) is (group == "En retard")


@pytest.mark.django_db
def test_a_convention_says_until_when_it_may_be_renewed(client, world, time_machine):
    agreement = world.signed(world.here)
    last = dates.add_months(agreement.ends_on, -agreement.type.notice_months)
    renewals = "dites si vous la renouvelez"
    for days, groups in ((-181, ""), (-180, "Quand vous pourrez"), (-7, "Cette semaine"), (1, "")):
        time_machine.move_to(dates.bounds_of(last + timedelta(days=days))[0] + timedelta(hours=9))
        found = [title for title, lines in told(client, world.here.secretary).items() if renewals in " ".join(lines)]
        assert found == ([groups] if groups else []), days


@pytest.mark.django_db
def test_a_collection_of_a_public_holiday_is_to_be_said_the_day_before(client, world, time_machine):
    website = create_site(world.here.place, by=world.officer, at=f.NOW)
    # Christmas falls on a Friday.
    WasteRound.objects.create(website=website, kind=Waste.HOUSEHOLD, day=5, added_at=f.NOW)
    for month, day, group, by in (
        (11, 25, "Quand vous pourrez", "Avant le 24 décembre"),
        (12, 24, "Cette semaine", "Aujourd’hui"),
    ):
        time_machine.move_to(f.NOW.replace(month=month, day=day))
        assert by in line(told(client, world.here.secretary)[group], "Noël")
    time_machine.move_to(f.NOW.replace(month=11, day=24))
    assert "Noël" not in str(told(client, world.here.secretary))


@pytest.mark.django_db
def test_the_queries_of_the_home_do_not_grow_with_what_waits(client, world, django_assert_num_queries):
    here = world.here
    create_site(here.place, by=world.officer, at=f.NOW)

    def more(rank: int) -> None:
        f.act(here.place, f"LISTE-{rank}", adopted_on=ON - timedelta(days=8), **LIST)
        f.act(here.place, f"DEL-{rank}", received_on=None)
        f.contact_message(here.place, subject="request", assigned_to=here.secretary)
        invited = {"role": Role.SECRETARY, "beneficiary": here.place, "by": here.secretary, "at": f.NOW}
        invitations.invite(f"ana{rank}@exemple.invalid", name=f"Ana Neuve {rank}", **invited)
        with scope(beneficiary=here.place):
            assembly = Meeting.objects.first().assembly if rank else prepared(here.place, here.secretary).assembly
            Meeting.objects.create(assembly=assembly, starts_at=f.NOW + timedelta(days=9 + rank))

    more(0)
    client.force_login(here.mayor)
    client.get("/mairie/")
    with CaptureQueriesContext(connection) as few:
        client.get("/mairie/")
    for rank in (1, 2, 3):
        more(rank)
    with django_assert_num_queries(len(few)):
        client.get("/mairie/")
    assert len(few) <= MOST_QUERIES
