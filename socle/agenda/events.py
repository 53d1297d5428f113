"""Writing, removing and putting back the events and the cards, from our own pages: in the same files as clients."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django_scopes import scope

from socle.agenda import reading, rules, writing
from socle.agenda.access import Reach
from socle.agenda.actions import reach_or_refuse
from socle.agenda.contract import Kept, Stale, Unreadable, Writer, store
from socle.agenda.models import AddressBook, Calendar, RemovedItem
from socle.agenda.reading import Broken, Said
from socle.agenda.writing import Wanted
from socle.journal import actions as journal
from socle.lib.queue import enqueue_at_commit
from socle.lib.refusals import Refused, refuse
from socle.people.models import User

MEANWHILE = (
    "Quelqu’un a changé cet élément pendant que vous l’écriviez : voici ce qu’il est devenu. "
    "Reprenez vos changements s’ils tiennent encore."
)
GONE = "Cet élément n’existe plus : quelqu’un l’a supprimé."
UNREAD = "Cet événement ne se lit pas ici : changez-le depuis le logiciel qui l’a écrit."
NOT_THEN = "Cet événement ne se répète pas ce jour-là : ouvrez-le depuis l’agenda, au jour à supprimer."
FULL = "Le disque de la plateforme est plein : rien n’est changé. L’opérateur est averti, réessayez plus tard."


class Meanwhile(Refused):
    """Someone else wrote it between reading and writing."""

    def __init__(self) -> None:
        super().__init__(MEANWHILE)


def noted(calendar: Calendar, *, is_removed: bool = False, by: User, at: datetime) -> None:
    """Write that an event of a shared calendar changed, without its words; a personal calendar is nobody's business."""
    verb = "calendar.event_removed" if is_removed else "calendar.event_written"
    if calendar.owner_id is None:
        journal.record(verb, calendar, by=by, at=at)
    if calendar.is_public:
        journal.record("calendar.public_changed", calendar, by=by, at=at)


def _tell_guests(calendar: Calendar, href: str, before: str | None, after: str | None) -> None:
    """On commit, tell the guests of an event that was made or changed, and those no longer invited."""
    was, now = (_read(text) for text in (before, after))
    guests_before = {guest.email for guest in was.guests} if was else set()
    guests_now = {guest.email for guest in now.guests} if now else set()
    # Of what a program wrote, nothing left from here: whoever is told of it hears all of it.
    is_same = was is not None and now is not None and _told(was) == _told(now) and writing.is_ours(before or "")
    asked = sorted(guests_now - guests_before if is_same else guests_now)
    gone = sorted(guests_before - guests_now)
    for text, method, emails in ((after, "REQUEST", asked), (before, "CANCEL", gone)):
        if emails and text:
            enqueue_at_commit("socle.agenda.tasks.tell_guests", calendar.pk, href, text, method, emails)


def _read(text: str | None) -> Said | None:
    try:
        return reading.said_by(reading.components(text)[0]) if text else None
    except Broken:
        return None


def _told(said: Said) -> tuple[object, ...]:
    return said.title, said.start, said.end, said.rule, said.place, said.words


def find(calendar: Calendar | AddressBook, href: str) -> Kept | None:
    """Return a file of a collection, or None."""
    return store().find(calendar.beneficiary_id, calendar.slug, href)


def _put(writer: Writer, place: Calendar | AddressBook, href: str, text: str, etag: str | None) -> Kept:
    try:
        return writer.put(place.slug, href, text, etag=etag)
    except Stale as stale:
        raise Meanwhile from stale
    except Unreadable as unreadable:
        raise Refused(unreadable.sentence) from unreadable
    except OSError as error:
        raise Refused(FULL) from error


def write_event(calendar: Calendar, wanted: Wanted, *, by: User, at: datetime) -> Kept:
    """Add an event to a calendar. Raises `Refused`."""
    reach = reach_or_refuse(calendar.beneficiary, by=by, at=at)
    refuse(rules.why_not_write(calendar, reach=reach))
    uid = writing.new_uid()
    text = writing.event_text(wanted, uid=uid, at=at, organiser=by.email)
    refuse(reading.why_not_keep(text))
    with (
        store().writing(calendar.beneficiary_id) as writer,
        transaction.atomic(),
        scope(beneficiary=calendar.beneficiary),
    ):
        noted(calendar, by=by, at=at)
        _tell_guests(calendar, writing.href_of(uid), None, text)
        return _put(writer, calendar, writing.href_of(uid), text, None)


def change_event(calendar: Calendar, href: str, wanted: Wanted, *, etag: str, by: User, at: datetime) -> Kept:
    """Write an event again, if it is still the one that was read. Raises `Refused`, `Meanwhile`."""
    reach = reach_or_refuse(calendar.beneficiary, by=by, at=at)
    refuse(rules.why_not_write(calendar, reach=reach))
    with (
        store().writing(calendar.beneficiary_id) as writer,
        transaction.atomic(),
        scope(beneficiary=calendar.beneficiary),
    ):
        before = writer.get(calendar.slug, href)
        refuse(None if before is not None else GONE)
        assert before is not None
        try:
            text = writing.changed_text(before.text, wanted, at=at, organiser=by.email)
        except Broken as broken:
            raise Refused(UNREAD) from broken
        refuse(reading.why_not_keep(text))
        noted(calendar, by=by, at=at)
        _tell_guests(calendar, href, before.text, text)
        return _put(writer, calendar, href, text, etag)


def invite(calendar: Calendar, href: str, *, etag: str | None, by: User, at: datetime) -> Kept:
    """Tell the guests of an event that a program wrote, as those of ours are. Raises `Refused`, `Meanwhile`.

    The file becomes ours, so that they are told once.
    """
    reach = reach_or_refuse(calendar.beneficiary, by=by, at=at)
    with (
        store().writing(calendar.beneficiary_id) as writer,
        transaction.atomic(),
        scope(beneficiary=calendar.beneficiary),
    ):
        before = _before(writer, calendar, href, etag)
        refuse(why_not_invite(calendar, before.text, reach=reach, at=at))
        text = writing.taken_up(before.text, at=at, organiser=by.email)
        noted(calendar, by=by, at=at)
        _tell_guests(calendar, href, before.text, text)
        return _put(writer, calendar, href, text, before.etag)


def why_not_invite(calendar: Calendar, text: str, *, reach: Reach, at: datetime) -> str | None:
    """Say in French why the guests of this event are not told from here, or None."""
    said = _read(text)
    if said is None:
        return UNREAD
    is_over = not said.rule and reading.instant_of(said.end) < at
    is_ours = writing.is_ours(text)
    return rules.why_not_invite(calendar, reach=reach, guests=len(said.guests), is_ours=is_ours, is_over=is_over)


def skip_time(calendar: Calendar, href: str, day: date, *, etag: str, by: User, at: datetime) -> Kept:
    """Remove the occurrence of this day from a series, and tell its guests. Raises `Refused`, `Meanwhile`."""
    reach = reach_or_refuse(calendar.beneficiary, by=by, at=at)
    refuse(rules.why_not_write(calendar, reach=reach))
    with (
        store().writing(calendar.beneficiary_id) as writer,
        transaction.atomic(),
        scope(beneficiary=calendar.beneficiary),
    ):
        before = writer.get(calendar.slug, href)
        refuse(None if before is not None else GONE)
        assert before is not None
        try:
            one = reading.time_on(before.text, day)
            refuse(NOT_THEN if one is None else None)
            assert one is not None
            text = writing.without_one(before.text, one, at=at)
            _tell_guests(calendar, href, writing.one_text(before.text, one), None)
        except Broken as broken:
            raise Refused(UNREAD) from broken
        noted(calendar, by=by, at=at)
        return _put(writer, calendar, href, text, etag)


def remove_event(calendar: Calendar, href: str, *, etag: str | None, by: User, at: datetime) -> RemovedItem:
    """Remove an event, and keep it aside so that it can be put back. Raises `Refused`, `Meanwhile`."""
    reach = reach_or_refuse(calendar.beneficiary, by=by, at=at)
    refuse(rules.why_not_write(calendar, reach=reach))
    with (
        store().writing(calendar.beneficiary_id) as writer,
        transaction.atomic(),
        scope(beneficiary=calendar.beneficiary),
    ):
        before = _before(writer, calendar, href, etag)
        removed = RemovedItem.objects.create(
            beneficiary=calendar.beneficiary,
            calendar=calendar,
            href=href,
            text=before.text,
            removed_by=by,
            removed_at=at,
        )
        noted(calendar, is_removed=True, by=by, at=at)
        _tell_guests(calendar, href, before.text, None)
        writer.remove(calendar.slug, href, etag=before.etag)
        return removed


def _before(writer: Writer, place: Calendar | AddressBook, href: str, etag: str | None) -> Kept:
    before = writer.get(place.slug, href)
    if before is None:
        raise Refused(GONE)
    if etag is not None and before.etag != etag:
        raise Meanwhile
    return before


def restore(removed: RemovedItem, *, by: User, at: datetime) -> RemovedItem:
    """Restore a removed event or contact where it was. Raises `Refused`."""
    place: Calendar | AddressBook | None = removed.calendar or removed.address_book
    assert place is not None
    reach = reach_or_refuse(place.beneficiary, by=by, at=at)
    if isinstance(place, Calendar):
        refuse(rules.why_not_write(place, reach=reach))
    elif not reach.writes(place.slug):
        raise Refused("Vous lisez ce carnet sans pouvoir y écrire.")
    with store().writing(place.beneficiary_id) as writer, transaction.atomic(), scope(beneficiary=place.beneficiary):
        again = RemovedItem.objects.select_for_update(of=("self",)).get(pk=removed.pk)
        if again.put_back_at is not None or writer.get(place.slug, again.href) is not None:
            raise Refused("Cet élément est déjà rétabli.")
        again.put_back_at = at
        again.save(update_fields=["put_back_at"])
        if isinstance(place, Calendar):
            noted(place, by=by, at=at)
            _tell_guests(place, again.href, None, again.text)
        _put(writer, place, again.href, again.text, None)
    return again


def write_card(book: AddressBook, href: str | None, text: str, *, etag: str | None, by: User, at: datetime) -> Kept:
    """Add a card to an address book, or write one again. Raises `Refused`, `Meanwhile`."""
    reach = reach_or_refuse(book.beneficiary, by=by, at=at)
    if not reach.writes(book.slug):
        raise Refused("Vous lisez ce carnet sans pouvoir y écrire.")
    name = href or f"{writing.new_uid()}.vcf"
    with store().writing(book.beneficiary_id) as writer, transaction.atomic(), scope(beneficiary=book.beneficiary):
        if book.owner_id is None:
            journal.record("address_book.written", book, by=by, at=at)
        return _put(writer, book, name, text, etag)


def remove_card(book: AddressBook, href: str, *, etag: str | None, by: User, at: datetime) -> RemovedItem:
    """Remove a card, and keep it aside so that it can be put back. Raises `Refused`, `Meanwhile`."""
    reach = reach_or_refuse(book.beneficiary, by=by, at=at)
    if not reach.writes(book.slug):
        raise Refused("Vous lisez ce carnet sans pouvoir y écrire.")
    with store().writing(book.beneficiary_id) as writer, transaction.atomic(), scope(beneficiary=book.beneficiary):
        before = _before(writer, book, href, etag)
        removed = RemovedItem.objects.create(
            beneficiary=book.beneficiary,
            address_book=book,
            href=href,
            text=before.text,
            removed_by=by,
            removed_at=at,
        )
        if book.owner_id is None:
            journal.record("address_book.written", book, by=by, at=at)
        writer.remove(book.slug, href, etag=before.etag)
        return removed


def import_cards(book: AddressBook, texts: list[tuple[str, str]], *, by: User, at: datetime) -> tuple[int, int]:
    """Add many cards, each under its UID: one that is there already is written again. Return added and replaced."""
    reach = reach_or_refuse(book.beneficiary, by=by, at=at)
    if not reach.writes(book.slug):
        raise Refused("Vous lisez ce carnet sans pouvoir y écrire.")
    added = replaced = 0
    with store().writing(book.beneficiary_id) as writer, transaction.atomic(), scope(beneficiary=book.beneficiary):
        for uid, text in texts:
            href = writer.href_of(book.slug, uid)
            before = writer.get(book.slug, href) if href else None
            _put(writer, book, href or f"{writing.new_uid()}.vcf", text, before.etag if before else None)
            replaced, added = replaced + (before is not None), added + (before is None)
        if book.owner_id is None:
            journal.record("address_book.written", book, by=by, at=at, added=added, replaced=replaced)
    return added, replaced
