"""The agendas of a demonstration: a month of a town hall, a venue and its bookings, a few contacts, all fictitious."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django_scopes import scope

from socle.agenda import actions, bookings, cards, events
from socle.agenda.bookings import Asked
from socle.agenda.cards import Card
from socle.agenda.contract import store
from socle.agenda.models import Calendar, Venue
from socle.agenda.writing import Rhythm, Wanted
from socle.lib.dates import day_of
from socle.lib.refusals import Refused, refuse
from socle.people.models import Beneficiary, Membership, Role, User
from socle.people.personas import DOMAIN, why_not_make_fictions

CONTACTS = (
    Card("Dominique", "Fictif", "Entreprise fictive de voirie", "Chef d’équipe", f"voirie@{DOMAIN}", "03 99 00 00 01"),
    Card("Alix", "Fictive", "Comité des fêtes (fictif)", "Présidente", f"fetes@{DOMAIN}", "", "06 39 98 00 02"),
    Card("Sacha", "Fictif", "École (fictive)", "Directeur", f"ecole@{DOMAIN}", "03 99 00 00 03"),
)


def ensure_agenda(beneficiary: Beneficiary, *, by: User, at: datetime) -> bool:
    """Give a mairie of a demonstration its agendas and what they hold, once; say whether it was done.

    Raises `Refused` elsewhere.
    """
    refuse(why_not_make_fictions())
    secretary = _who(beneficiary, Role.SECRETARY, at) or _who(beneficiary, Role.MAYOR, at)
    if secretary is None:
        return False
    actions.open_agenda(beneficiary, by=by, at=at)
    actions.make_collections(beneficiary, actions.wished_of(beneficiary, at=at), by=by, at=at)
    if store().read(beneficiary.pk, "mairie"):
        return False
    with scope(beneficiary=beneficiary):
        _write(beneficiary, secretary, at=at)
    return True


def _who(beneficiary: Beneficiary, role: Role, at: datetime) -> User | None:
    held = Membership.objects.active_on(day_of(at)).filter(beneficiary=beneficiary, role=role)
    membership = held.select_related("user").order_by("pk").first()
    return membership.user if membership else None


def _write(beneficiary: Beneficiary, secretary: User, *, at: datetime) -> None:
    today = day_of(at)
    monday = today - timedelta(days=today.weekday())
    mairie, conseil = (_calendar(beneficiary, slug) for slug in ("mairie", "conseil"))
    for calendar, title, offset, start, end, rhythm, place in (
        (mairie, "Permanence du secrétariat", 1, time(9), time(12), Rhythm.WEEKLY, "Mairie"),
        (mairie, "Réunion avec l’entreprise de voirie", 3, time(14), time(15, 30), Rhythm.ONCE, "Sur place"),
        (mairie, "Repas des aînés", 12, time(12), time(17), Rhythm.ONCE, "Salle des fêtes"),
        (conseil, "Conseil municipal", 10, time(19), time(21), Rhythm.ONCE, "Salle du conseil"),
        (conseil, "Commission des travaux", 16, time(18), time(19, 30), Rhythm.MONTHLY, "Mairie"),
    ):
        day = monday + timedelta(days=offset)
        wanted = Wanted(
            title, day, day, start, end, place, "Événement fictif de démonstration.", rhythm,
            day + timedelta(days=180) if rhythm != Rhythm.ONCE else None,
        )  # fmt: skip
        events.write_event(calendar, wanted, by=secretary, at=at)
    with_name = {"name": "Salle des fêtes", "place": "Place de l’Église", "capacity": 80}
    hours = {"opens_at": time(8), "closes_at": time(23), "notice_hours": 0, "approver": Role.MAYOR.value}
    made = bookings.make_venue(beneficiary, by=secretary, at=at, **with_name, **hours)
    venue = Venue.objects.select_related("calendar", "beneficiary").get(pk=made.pk)
    for purpose, offset, start, end, whom in (
        ("Répétition de la chorale", 8, time(18), time(20), "Chorale (fictive)"),
        ("Assemblée générale", 11, time(20), time(22, 30), "Comité des fêtes (fictif)"),
    ):
        try:
            day = monday + timedelta(days=offset)
            bookings.book(venue, Asked(purpose, day, start, end, whom, f"voirie@{DOMAIN}"), by=secretary, at=at)
        except Refused:  # A day that is over already: the venue stays free.
            continue
    book = actions.reach_or_refuse(beneficiary, by=secretary, at=at).books["contacts"]
    for card in CONTACTS:
        events.write_card(book, None, cards.write(card), etag=None, by=secretary, at=at)


def _calendar(beneficiary: Beneficiary, slug: str) -> Calendar:
    found: Calendar = Calendar.objects.select_related("beneficiary").get(beneficiary=beneficiary, slug=slug)
    return found
