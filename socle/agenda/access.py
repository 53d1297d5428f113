"""Access of a person to the calendars of a beneficiary: what they read, what they write, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django_scopes import scope

from socle.agenda.models import AddressBook, Agenda, Calendar, CalendarAccess, Kind, Venue
from socle.people.capabilities import Capability, allows
from socle.people.models import BENEFICIARY_ROLES, HELPER_ROLES, Beneficiary, HelpAccess, Role, User


@dataclass(frozen=True)
class Reach:
    """Calendars and books that one person reaches at one beneficiary, on one day.

    A helper let in by the mairie reaches what its secretary does, and nobody's personal calendar.
    """

    person: User
    beneficiary: Beneficiary
    roles: frozenset[Role]
    help: HelpAccess | None = None
    calendars: dict[str, Calendar] = field(default_factory=dict)
    books: dict[str, AddressBook] = field(default_factory=dict)
    venues: dict[str, Venue] = field(default_factory=dict)
    # The slugs that may be written, among those above.
    written: frozenset[str] = frozenset()
    # Every slug of the beneficiary, reached or not: what is another's is not made again.
    taken: frozenset[str] = frozenset()

    @property
    def is_helper(self) -> bool:
        return self.help is not None

    @property
    def administers(self) -> bool:
        """Whether this person sets what is of the whole mairie: its calendars, its venues, anybody's bookings."""
        return allows(self.roles, Capability.ADMINISTER)

    def reads(self, slug: str) -> bool:
        return slug in self.calendars or slug in self.books

    def writes(self, slug: str) -> bool:
        return slug in self.written

    def owns(self, slug: str) -> bool:
        """Say whether this calendar or book belongs to this person: they may remove it."""
        found: Calendar | AddressBook | None = self.calendars.get(slug) or self.books.get(slug)
        return found is not None and found.owner_id == self.person.pk

    @property
    def writable_calendars(self) -> list[Calendar]:
        """Return the calendars in which this person may write an event; a place to book is booked, not written."""
        return [one for one in self.calendars.values() if one.slug in self.written and one.kind != Kind.VENUE]


def roles_of(person: User, beneficiary: Beneficiary, *, on: date) -> frozenset[Role]:
    """Return the roles that this person holds at this beneficiary on this day."""
    if not person.is_active:
        return frozenset()
    held = person.memberships.active_on(on).filter(beneficiary=beneficiary, role__in=BENEFICIARY_ROLES)
    return frozenset(Role(role) for role in held.values_list("role", flat=True))


def help_of(person: User, beneficiary: Beneficiary, *, on: date) -> HelpAccess | None:
    """The access by which this person may help there on this day, or None."""
    if not person.is_active:
        return None
    operators = person.memberships.active_on(on).filter(role__in=HELPER_ROLES).values("operator")
    return (
        HelpAccess.objects.in_force_on(on)
        .filter(beneficiary=beneficiary, operator__in=operators)
        .select_related("operator")
        .first()
    )


def reach_of(person: User, beneficiary: Beneficiary, *, on: date) -> Reach | None:
    """Return what this person reaches there on this day; None when they are nobody there."""
    roles = roles_of(person, beneficiary, on=on)
    access = None if roles else help_of(person, beneficiary, on=on)
    if not roles and access is None:
        return None
    with scope(beneficiary=beneficiary):
        calendars, books = list(Calendar.objects.all()), list(AddressBook.objects.all())
        return reach_among(person, beneficiary, roles, access, calendars, books, CalendarAccess.objects.all())


def reach_among(
    person: User,
    beneficiary: Beneficiary,
    roles: frozenset[Role],
    access: HelpAccess | None,
    calendars: Sequence[Calendar],
    books: Sequence[AddressBook],
    given: Iterable[CalendarAccess],
) -> Reach:
    """Return what this person reaches among all that a beneficiary has, by these roles or this help."""
    acting = roles or frozenset({Role.SECRETARY})
    mine = person.pk if access is None else None
    writes: dict[int, bool] = {}
    for one in given:
        if one.role in acting or (mine is not None and one.user_id == mine):
            writes[one.calendar_id] = writes.get(one.calendar_id, False) or one.may_write
    read = {one.slug: one for one in calendars if _is_read(one, writes, mine)}
    shared = allows(acting, Capability.CONTACTS)
    shelves = {
        one.slug: one
        for one in books
        if (one.owner_id is None and shared) or (mine is not None and one.owner_id == mine)
    }
    written = {slug for slug, one in read.items() if one.owner_id == mine is not None or writes.get(one.pk)}
    venues = {}
    # Most mairies have none: a program that asks every minute is not to make one more query.
    if any(one.kind == Kind.VENUE for one in calendars):
        with scope(beneficiary=beneficiary):
            venues = {one.calendar.slug: one for one in Venue.objects.select_related("calendar")}
    return Reach(
        person=person,
        beneficiary=beneficiary,
        roles=acting,
        help=access,
        calendars=read,
        books=shelves,
        venues={slug: venue for slug, venue in venues.items() if slug in read},
        written=frozenset(written | set(shelves)),
        taken=frozenset(one.slug for one in (*calendars, *books)),
    )


def _is_read(one: Calendar, writes: dict[int, bool], mine: int | None) -> bool:
    if one.owner_id is not None and one.owner_id == mine:
        return True
    # What a role was given of a personal calendar is for the people of the mairie, not for those who help it.
    return one.pk in writes and (one.owner_id is None or mine is not None)


def agenda_of(beneficiary: Beneficiary) -> Agenda | None:
    """Return the agenda of a beneficiary, open or closed; None when it has none yet."""
    with scope(beneficiary=beneficiary):
        found: Agenda | None = Agenda.objects.filter(beneficiary=beneficiary).first()
    return found
