"""Opening the agendas of a beneficiary, closing them, making their calendars and saying who reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django_scopes import scope

from socle.agenda import rules
from socle.agenda.access import Reach, agenda_of, reach_of
from socle.agenda.contract import CALENDAR, CARDS, store
from socle.agenda.models import AddressBook, Agenda, Calendar, CalendarAccess, Kind
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.people.capabilities import Capability, those_who
from socle.people.models import BENEFICIARY_ROLES, Beneficiary, Membership, Role, User

NOBODY = "Ces agendas ne sont pas ceux d’un organisme que vous servez."
COLOURS = ("#1d6a65", "#a83f27", "#2a5a85", "#7a5200", "#6b3f8f", "#3d6b2c", "#a3152f", "#52606a")


@dataclass(frozen=True)
class Wished:
    """A collection that a beneficiary should have."""

    slug: str
    name: str
    tag: str
    kind: Kind | None = None
    owner: User | None = None
    colour: str = ""


def slug_of(person: User) -> str:
    """Return the name of someone's personal calendar in its address."""
    return f"perso-{person.pk}"


def wished_of(beneficiary: Beneficiary, *, at: datetime) -> list[Wished]:
    """Return the calendars wanted on this day: the mairie's, the council's, each member's, each thing's to book."""
    found = [
        Wished("mairie", "Mairie", CALENDAR, Kind.MAIRIE, colour=COLOURS[0]),
        Wished("conseil", "Conseil", CALENDAR, Kind.CONSEIL, colour=COLOURS[1]),
        Wished("contacts", "Contacts de la mairie", CARDS),
    ]
    members = (
        Membership.objects.active_on(dates.day_of(at))
        .filter(beneficiary=beneficiary, role__in=BENEFICIARY_ROLES, user__is_active=True)
        .select_related("user")
        .order_by("user_id")
    )
    for person in dict.fromkeys(one.user for one in members):
        found.append(Wished(slug_of(person), "Mon agenda", CALENDAR, Kind.PERSONAL, owner=person, colour=COLOURS[2]))
    with scope(beneficiary=beneficiary):
        venues = Calendar.objects.filter(kind=Kind.VENUE)
        found += [Wished(one.slug, one.name, CALENDAR, Kind.VENUE, colour=one.colour) for one in venues]
    return found


@transaction.atomic
def open_agenda(beneficiary: Beneficiary, *, by: User, at: datetime) -> Agenda:
    """Open the agendas of a beneficiary, or open them again; idempotent."""
    with scope(beneficiary=beneficiary):
        agenda, created = Agenda.objects.get_or_create(beneficiary=beneficiary, defaults={"opened_at": at})
        if agenda.suspended_at is not None:
            agenda.suspended_at = None
            agenda.save(update_fields=["suspended_at"])
            journal.record("agenda.resumed", agenda, by=by, at=at)
            _tell_public(agenda.beneficiary, by=by, at=at)
        elif created:
            journal.record("agenda.opened", agenda, by=by, at=at)
    return agenda


@transaction.atomic
def suspend_agenda(beneficiary: Beneficiary, *, by: User, at: datetime) -> Agenda | None:
    """Close them: nothing is read or written any more, nothing is erased; idempotent."""
    with scope(beneficiary=beneficiary):
        agenda: Agenda | None = Agenda.objects.filter(beneficiary=beneficiary, suspended_at__isnull=True).first()
        if agenda is not None:
            agenda.suspended_at = at
            agenda.save(update_fields=["suspended_at"])
            journal.record("agenda.suspended", agenda, by=by, at=at)
            _tell_public(beneficiary, by=by, at=at)
    return agenda


def _tell_public(beneficiary: Beneficiary, *, by: User, at: datetime) -> None:
    """Tell the site that the public calendars appeared or disappeared with the agendas."""
    for calendar in Calendar.objects.filter(is_public=True):
        journal.record("calendar.public_changed", calendar, by=by, at=at)


@transaction.atomic
def make_collections(beneficiary: Beneficiary, wished: list[Wished], *, by: User, at: datetime) -> None:
    """Make these calendars and address books, their rights as they are at first; those that exist are left as is."""
    with scope(beneficiary=beneficiary):
        books = set(AddressBook.objects.filter(beneficiary=beneficiary).values_list("slug", flat=True))
        AddressBook.objects.bulk_create(
            AddressBook(beneficiary=beneficiary, slug=one.slug, name=one.name, made_at=at)
            for one in wished
            if one.kind is None and one.slug not in books
        )
        there = set(Calendar.objects.filter(beneficiary=beneficiary).values_list("slug", flat=True))
        calendars = Calendar.objects.bulk_create(
            Calendar(
                beneficiary=beneficiary,
                slug=one.slug,
                kind=one.kind,
                name=one.name,
                colour=one.colour,
                owner=one.owner,
                made_at=at,
            )
            for one in wished
            if one.kind is not None and one.slug not in there
        )
        give_to_roles([one for one in calendars if one.owner_id is None])
        for calendar in calendars:
            journal.record("calendar.made", calendar, by=by, at=at, kind=calendar.kind)
    # Files last: a row without its folder is seen and made good, a folder without its row would be nobody's.
    for one in wished:
        store().make(beneficiary.pk, one.slug, tag=one.tag, name=one.name, colour=one.colour)


def give_to_roles(calendars: list[Calendar]) -> None:
    """Let the people of the mairie read these calendars, and write in them those who book there or publish."""
    writers = those_who(Capability.PUBLISH)
    CalendarAccess.objects.bulk_create(
        CalendarAccess(calendar=one, role=role, may_write=one.kind == Kind.VENUE or role in writers)
        for one in calendars
        for role in BENEFICIARY_ROLES
    )


def reach_or_refuse(beneficiary: Beneficiary, *, by: User, at: datetime) -> Reach:
    """Return what this person reaches there, the agendas being open. Raises `Refused`."""
    refuse(rules.why_closed(agenda_of(beneficiary)))
    reach = reach_of(by, beneficiary, on=dates.day_of(at))
    if reach is None:
        raise Refused(NOBODY)
    return reach


@transaction.atomic
def set_calendar(calendar: Calendar, *, name: str, colour: str, is_public: bool, by: User, at: datetime) -> Calendar:
    """Change the name and the colour of a calendar, and whether everybody reads it. Raises `Refused`."""
    reach = reach_or_refuse(calendar.beneficiary, by=by, at=at)
    refuse(rules.why_not_set(calendar, reach=reach))
    if is_public and not calendar.is_public:
        refuse(rules.why_not_publish(calendar, reach=reach))
    with scope(beneficiary=calendar.beneficiary):
        was_public = calendar.is_public
        calendar.name, calendar.colour, calendar.is_public = name, colour, is_public
        calendar.save(update_fields=["name", "colour", "is_public"])
        journal.record("calendar.set", calendar, by=by, at=at, is_public=is_public)
        if was_public or is_public:
            journal.record("calendar.public_changed", calendar, by=by, at=at)
    store().describe(calendar.beneficiary_id, calendar.slug, name=name, colour=colour)
    return calendar


@transaction.atomic
def share_calendar(
    calendar: Calendar,
    *,
    roles: dict[Role, bool],
    people: dict[int, bool],
    by: User,
    at: datetime,
) -> Calendar:
    """Say who reads a calendar: each role and each person named, and whether they write. Raises `Refused`.

    People must serve the same beneficiary today: a calendar is never opened to someone of another.
    """
    reach = reach_or_refuse(calendar.beneficiary, by=by, at=at)
    refuse(rules.why_not_set(calendar, reach=reach))
    members = members_of(calendar.beneficiary, at=at)
    known = {person.pk: person for person in members}
    if set(people) - set(known):
        raise Refused("Une des personnes cochées ne sert plus votre organisme : rechargez la page.")
    if calendar.owner_id is None and not any(roles.values()) and not any(people.values()):
        raise Refused("Plus personne n’écrirait dans cet agenda : laissez-le au moins à une personne.")
    with scope(beneficiary=calendar.beneficiary):
        CalendarAccess.objects.filter(calendar=calendar).delete()
        CalendarAccess.objects.bulk_create(
            [
                *(CalendarAccess(calendar=calendar, role=role, may_write=writes) for role, writes in roles.items()),
                *(
                    CalendarAccess(calendar=calendar, user=known[pk], may_write=writes)
                    for pk, writes in people.items()
                    if pk != calendar.owner_id
                ),
            ]
        )
        journal.record("calendar.shared", calendar, by=by, at=at, roles=sorted(roles), people=sorted(people))
    return calendar


def members_of(beneficiary: Beneficiary, *, at: datetime) -> list[User]:
    """The people who serve a beneficiary on this day, by name."""
    held = Membership.objects.active_on(dates.day_of(at)).filter(
        beneficiary=beneficiary, role__in=BENEFICIARY_ROLES, user__is_active=True
    )
    return list(User.objects.filter(pk__in=held.values("user")).order_by("name", "pk"))
