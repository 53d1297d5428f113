"""Venues: booked once, never twice at once, accepted by whoever does, given back."""

import threading
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django_scopes import scope

from socle.agenda import actions, bookings, rules
from socle.agenda.bookings import Asked
from socle.agenda.contract import store
from socle.agenda.models import Booking, BookingStatus, HeldQuarter, Venue
from socle.agenda.reading import Occurrence, Said
from socle.agenda.writing import Rhythm
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import HelpAccess, Role
from tests import factories as f
from tests.agenda.conftest import make_place, venue_of

DAY = date(2026, 12, 1)


def asked(start=14, end=16, **fields):
    return Asked(purpose="Répétition", on=DAY, start_time=time(start), end_time=time(end), **fields)


@pytest.fixture
def venue(here):
    return venue_of(here)


@pytest.mark.django_db
class TestBooking:
    def test_what_is_booked_is_in_the_calendar_of_the_venue(self, here, venue):
        booking = bookings.book(venue, asked(for_whom="Chorale"), by=here.secretary, at=f.NOW)
        (kept,) = store().read(here.body.pk, venue.calendar.slug)
        assert (kept.href, booking.status) == (booking.href, BookingStatus.CONFIRMED)
        assert "SUMMARY:Répétition" in kept.text
        with scope(beneficiary=here.body):
            assert HeldQuarter.objects.count() == 8
        assert Entry.objects.get(verb="booking.made").facts == {"room": venue.pk}

    @pytest.mark.parametrize(("start", "end"), [(14, 16), (15, 17), (13, 15), (10, 20), (14, 15)])
    def test_a_clash_is_refused_whoever_asks(self, here, venue, start, end):
        bookings.book(venue, asked(), by=here.secretary, at=f.NOW)
        with pytest.raises(Refused, match="déjà prise le 1er"):
            bookings.book(venue, asked(start, end), by=here.mayor, at=f.NOW)
        assert len(store().read(here.body.pk, venue.calendar.slug)) == 1

    @pytest.mark.parametrize(("start", "end"), [(12, 14), (16, 18)])
    def test_what_follows_or_precedes_is_no_clash(self, here, venue, start, end):
        bookings.book(venue, asked(), by=here.secretary, at=f.NOW)
        bookings.book(venue, asked(start, end), by=here.mayor, at=f.NOW)

    def test_the_database_itself_refuses_a_quarter_held_twice(self, here, venue):
        booking = bookings.book(venue, asked(), by=here.secretary, at=f.NOW)
        with scope(beneficiary=here.body):
            quarter = booking.quarters.first()
            with pytest.raises(IntegrityError), transaction.atomic():
                HeldQuarter.objects.create(venue=venue, booking=booking, starts_at=quarter.starts_at)

    def test_a_series_holds_each_of_its_times(self, here, venue):
        weekly = asked(rhythm=Rhythm.WEEKLY, until=DAY + timedelta(days=28))
        booking = bookings.book(venue, weekly, by=here.secretary, at=f.NOW)
        assert booking.times == 5
        clash = Asked(purpose="X", on=DAY + timedelta(days=14), start_time=time(15), end_time=time(15, 30))
        with pytest.raises(Refused, match="15\u00a0décembre"):
            bookings.book(venue, clash, by=here.mayor, at=f.NOW)

    def test_a_series_has_an_end(self, here, venue):
        with pytest.raises(Refused, match="jusqu’à quand"):
            bookings.book(venue, asked(rhythm=Rhythm.WEEKLY), by=here.secretary, at=f.NOW)

    def test_what_is_cancelled_is_free_again_and_gone_from_the_calendar(self, here, venue):
        booking = bookings.book(venue, asked(), by=here.secretary, at=f.NOW)
        bookings.cancel(booking, by=here.mayor, at=f.NOW)
        assert store().read(here.body.pk, venue.calendar.slug) == []
        bookings.book(venue, asked(), by=here.mayor, at=f.NOW)

    def test_the_same_is_not_cancelled_twice(self, here, venue):
        booking = bookings.cancel(
            bookings.book(venue, asked(), by=here.secretary, at=f.NOW), by=here.secretary, at=f.NOW
        )
        with pytest.raises(Refused, match="ne tient déjà plus"):
            bookings.cancel(booking, by=here.secretary, at=f.NOW)

    def test_the_notice_of_a_venue_is_kept(self, here):
        venue = venue_of(here, notice_hours=24 * 30)
        with pytest.raises(Refused, match="30 jours avant"):
            bookings.book(venue, asked(), by=here.secretary, at=f.NOW)

    def test_a_venue_that_closed_is_booked_no_more_and_keeps_what_was(self, here, venue):
        bookings.book(venue, asked(), by=here.secretary, at=f.NOW)
        fields = {name: getattr(venue, name) for name in bookings.VENUE_FIELDS}
        with scope(beneficiary=here.body):
            venue = bookings.change_venue(venue, is_closed=True, by=here.secretary, at=f.NOW, **fields)
        with pytest.raises(Refused, match="ne se réserve plus"):
            bookings.book(venue, asked(18, 19), by=here.secretary, at=f.NOW)
        with scope(beneficiary=here.body):
            assert Booking.objects.holding().count() == 1


@pytest.mark.django_db
class TestApproval:
    @pytest.fixture
    def venue(self, here):
        return venue_of(here, approver="mayor")

    def test_it_holds_its_hours_while_it_waits(self, here, venue):
        booking = bookings.book(venue, asked(), by=here.secretary, at=f.NOW)
        assert booking.status == BookingStatus.ASKED
        assert "STATUS:TENTATIVE" in store().read(here.body.pk, venue.calendar.slug)[0].text
        with pytest.raises(Refused, match="déjà prise"):
            bookings.book(venue, asked(), by=here.secretary, at=f.NOW)

    def test_whoever_agrees_books_at_once(self, here, venue):
        assert bookings.book(venue, asked(), by=here.mayor, at=f.NOW).status == BookingStatus.CONFIRMED

    def test_only_they_accept(self, here, venue):
        booking = bookings.book(venue, asked(), by=here.secretary, at=f.NOW)
        with pytest.raises(Refused, match="C’est le ou la maire"):
            bookings.accept(booking, by=here.secretary, at=f.NOW)
        assert bookings.accept(booking, by=here.mayor, at=f.NOW).status == BookingStatus.CONFIRMED
        assert "STATUS:CONFIRMED" in store().read(here.body.pk, venue.calendar.slug)[0].text

    @pytest.mark.parametrize("approver", ["mayor", ""])
    def test_whoever_helps_the_mairie_decides_nothing(self, here, approver):
        venue = venue_of(here, approver="mayor")
        booking = bookings.book(venue, asked(), by=here.secretary, at=f.NOW)
        booking.venue.approver = approver
        mayor = here.reach(here.mayor)
        assert rules.why_not_decide(booking, reach=mayor) is None
        assert "qui accepte" in rules.why_not_decide(booking, reach=replace(mayor, help=HelpAccess()))

    def test_refused_its_hours_are_free(self, here, venue):
        booking = bookings.book(venue, asked(), by=here.secretary, at=f.NOW)
        bookings.decline(booking, by=here.mayor, at=f.NOW)
        bookings.book(venue, asked(), by=here.mayor, at=f.NOW)


@pytest.mark.django_db
def test_nobody_books_the_venue_of_another_commune(here, there):
    with pytest.raises(Refused, match="d’un organisme que vous servez"):
        bookings.book(venue_of(there), asked(), by=here.secretary, at=f.NOW)


@pytest.mark.slow
@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_of_many_who_book_at_once_one_has_it(agendas):
    """Threads with a connection each, on whichever database: the place is locked, then the row, then the quarters."""
    here = make_place("59474", "Prisches")
    venue = venue_of(here)
    got, refused, broken = [], [], []
    barrier = threading.Barrier(6)

    def try_it():
        try:
            barrier.wait()
            got.append(bookings.book(venue, asked(), by=here.secretary, at=f.NOW))
        except Refused as refusal:
            refused.append(refusal.sentence)
        except Exception as error:
            broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=try_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not broken
    assert (len(got), len(refused)) == (1, 5)
    assert len(store().read(here.body.pk, venue.calendar.slug)) == 1


@pytest.mark.parametrize(
    ("hours", "words"), [(1, "une heure"), (2, "2 heures"), (24, "un jour"), (25, "25 heures"), (48, "2 jours")]
)
def test_a_venue_says_how_long_before_it_is_booked(hours, words):
    venue, limit = Venue(name="Salle des fêtes", notice_hours=hours), f.NOW + timedelta(hours=hours)
    venue.opens_at, venue.closes_at = time(0), time(23, 59)
    late = limit - timedelta(minutes=15)
    said = rules._wrong_time(venue, late, late + timedelta(minutes=30), at=f.NOW)
    assert said is not None
    assert f"se réserve au moins {words} avant." in said.replace("\u00a0", " ")
    assert rules._wrong_time(venue, limit, limit + timedelta(minutes=30), at=f.NOW) is None


@pytest.mark.parametrize(("approver", "who"), [("mayor", "le ou la maire"), ("secretary", "le secrétariat")])
def test_who_accepts_is_named_to_who_does_not(here, approver, who):
    venue = venue_of(here, approver=approver)
    other = here.secretary if approver == "mayor" else here.mayor
    booking = Booking(venue=venue, status=BookingStatus.ASKED)
    assert f"C’est {who} qui accepte" in (rules.why_not_decide(booking, reach=here.reach(other)) or "")
    deciding = here.mayor if approver == "mayor" else here.secretary
    assert rules.why_not_decide(booking, reach=here.reach(deciding)) is None


@pytest.mark.usefixtures("all_beneficiaries")
def test_a_booking_is_cancelled_by_who_asked_it_or_by_who_keeps_the_agendas(here, venue):
    booking = bookings.book(venue, asked(), by=here.secretary, at=f.NOW)
    whole = here.reach(here.mayor)
    agent = replace(whole, roles=frozenset({Role.AGENT}))
    assert "d’une autre personne" in rules.why_not_cancel(booking, reach=agent)
    assert rules.why_not_cancel(booking, reach=replace(agent, person=here.secretary)) is None
    assert rules.why_not_cancel(booking, reach=whole) is None
    assert "sans pouvoir y toucher" in rules.why_not_cancel(booking, reach=replace(whole, written=frozenset()))


@pytest.mark.parametrize(
    ("role", "is_helper", "status"),
    [
        (Role.MAYOR, False, BookingStatus.CONFIRMED),
        (Role.MAYOR, True, BookingStatus.ASKED),
        (Role.SECRETARY, False, BookingStatus.ASKED),
    ],
)
def test_the_booking_of_a_helper_waits_for_an_answer_whatever_they_stand_for(here, role, is_helper, status):
    venue = venue_of(here, approver="mayor")
    help = HelpAccess() if is_helper else None
    reach = replace(here.reach(here.mayor), roles=frozenset({role}), help=help)
    tomorrow = f.NOW + timedelta(days=1)
    found = [Occurrence(tomorrow, tomorrow + timedelta(hours=1), Said("a", "Répétition", tomorrow, tomorrow))]
    with scope(beneficiary=here.body), transaction.atomic():
        booking = bookings.hold(venue, "a.ics", found, reach=reach, purpose="Répétition", by=here.mayor, at=f.NOW)
    assert booking.status == status


def test_a_booking_of_no_time_is_refused(here, venue):
    assert "n’a pas d’heure" in (rules.why_not_book(venue, [], reach=here.reach(here.mayor), at=f.NOW) or "")


QUARTER, HOUR, TEN = rules.QUARTER, timedelta(hours=1), f.NOW + timedelta(days=1)  # 10 h 00 in Paris.


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [
        (TEN, TEN + QUARTER, None),
        (TEN, TEN, "finit après"),
        (TEN + HOUR / 60, TEN + HOUR, "quarts d’heure"),
        (TEN, TEN + HOUR + timedelta(seconds=1), "quarts d’heure"),
        (TEN, TEN + HOUR + timedelta(microseconds=1), "quarts d’heure"),
        (TEN, TEN + rules.LONGEST_BOOKING, "le même jour"),
        (TEN, TEN + rules.LONGEST_BOOKING + QUARTER, "7 jours de suite"),
        (f.NOW - timedelta(days=1), f.NOW - timedelta(days=1) + HOUR, None),
        (f.NOW - timedelta(days=1) - QUARTER, f.NOW, "déjà passée"),
        (f.NOW + rules.FURTHEST, f.NOW + rules.FURTHEST + HOUR, None),
        (f.NOW + rules.FURTHEST + QUARTER, f.NOW + rules.FURTHEST + HOUR, "trop tôt"),
        (TEN - 2 * HOUR, TEN, None),
        (TEN - 2 * HOUR - QUARTER, TEN, "entre 08 h 00 et 23 h 00"),
        (TEN, TEN + 13 * HOUR, None),
        (TEN, TEN + 13 * HOUR + QUARTER, "entre 08 h 00 et 23 h 00"),
    ],
)
def test_the_hours_of_a_booking_at_their_bounds(start, end, says):
    venue = Venue(name="Salle", opens_at=time(8), closes_at=time(23))
    said = rules._wrong_time(venue, start, end, at=f.NOW)
    assert says in said.replace("\u00a0", " ") if says else said is None


@pytest.mark.django_db
@pytest.mark.usefixtures("all_beneficiaries")
def test_what_is_not_booked_whatever_the_hours(here, venue):
    reach, one = here.reach(here.secretary), (TEN, TEN + HOUR)
    assert rules.why_not_book(venue, [one], reach=reach, at=f.NOW) is None
    assert "n’a pas d’heure" in rules.why_not_book(venue, [], reach=reach, at=f.NOW)
    days = [(TEN + timedelta(days=rank), TEN + timedelta(days=rank, hours=1)) for rank in range(61)]
    assert rules.why_not_book(venue, days[:60], reach=reach, at=f.NOW) is None
    assert "60 fois au plus" in rules.why_not_book(venue, days, reach=reach, at=f.NOW)
    assert "avant d’avoir fini" in rules.why_not_book(venue, [one, one], reach=reach, at=f.NOW)
    assert "sans pouvoir" in rules.why_not_book(venue, [one], reach=replace(reach, written=frozenset()), at=f.NOW)
    booking = Booking(venue=venue, status=BookingStatus.CONFIRMED)
    assert rules.why_not_cancel(booking, reach=reach) is None
    assert "sans pouvoir" in rules.why_not_cancel(booking, reach=replace(reach, written=frozenset()))
    made = bookings.book(venue, asked(14, 15), by=here.secretary, at=f.NOW)
    held = [(f.NOW.replace(month=12, day=1, hour=13), f.NOW.replace(month=12, day=1, hour=14))]
    assert "déjà prise" in rules.why_not_book(venue, held, reach=reach, at=f.NOW)
    assert rules.why_not_book(venue, held, reach=reach, at=f.NOW, besides=made.pk) is None


@pytest.mark.django_db
def test_a_calendar_is_shared_with_those_who_serve_the_mairie_only(here, there):
    assert set(actions.members_of(here.body, at=f.NOW)) == {here.mayor, here.secretary}
    with pytest.raises(Refused, match="ne sert plus votre organisme"):
        actions.share_calendar(here.calendar(), roles={}, people={there.mayor.pk: True}, by=here.mayor, at=f.NOW)
    people, roles = {here.secretary.pk: True}, {Role.MAYOR: True, Role.SECRETARY: False}
    actions.share_calendar(here.calendar(), roles=roles, people=people, by=here.mayor, at=f.NOW)
    line = Entry.objects.get(verb="calendar.shared")
    assert line.facts == {"roles": sorted(roles), "people": [here.secretary.pk]}


@pytest.mark.django_db
def test_who_sets_and_shows_a_calendar(here, venue):
    mine, ours, whose = here.own(here.secretary), here.calendar(), here.reach(here.secretary)
    helper, reader = replace(whose, help=HelpAccess()), replace(whose, written=frozenset())
    for calendar, reach, sets, shows in (
        (ours, whose, None, None),
        (ours, helper, "aide la mairie", "aide la mairie"),
        (ours, reader, "sans pouvoir le régler", "sans pouvoir le régler"),
        (mine, whose, None, "personnel ne se publie pas"),
        (mine, here.reach(here.mayor), "d’une autre personne", "personnel ne se publie pas"),
        (venue.calendar, here.reach(here.secretary), None, "nomment des personnes"),
    ):
        for said, expected in (
            (rules.why_not_set(calendar, reach=reach), sets),
            (rules.why_not_publish(calendar, reach=reach), shows),
        ):
            assert expected in said if expected else said is None
    assert rules.why_not_keep_venues(reach=whose) is None
    assert "aide la mairie" in rules.why_not_keep_venues(reach=helper)
    assert "sans pouvoir y écrire" in rules.why_not_write(ours, reach=reader)
    assert "se réserve" in rules.why_not_write(venue.calendar, reach=whose)
    assert rules.why_not_write(ours, reach=whose) is None
    assert rules.why_not_make_own(rules.MOST_OWN - 1) is None
    assert rules.why_not_make_own(rules.MOST_OWN)
