"""Inviting by mail (iMIP, RFC 6047), and the link by which whoever is invited answers.

An event written in our pages tells its guests; a program that writes one by CalDAV tells them itself, as programs do
where the server does not. The link is for one person and one event, and is good until the event is over: an answer
changes that person's answer and nothing else. Where the mairie's mail is ours, the buttons of the guest's own program
serve as well: they answer to an address that is for one person and one event too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django_scopes import scope, scopes_disabled

from socle.agenda import reading, rules, writing
from socle.agenda.access import agenda_of
from socle.agenda.contract import Kept, Unreadable, Writer, letterbox, store
from socle.agenda.models import Calendar
from socle.agenda.presenters import when_of
from socle.agenda.reading import Broken, Occurrence, Said
from socle.journal import actions as journal
from socle.lib.refusals import Refused
from socle.lib.text import whole
from socle.outbox import departures
from socle.people.models import User

SALT = "socle.agenda.guests"
MOST_GUESTS = 60
ANSWERS = {"ACCEPTED": "oui", "TENTATIVE": "peut-être", "DECLINED": "non"}
GONE = "Cette invitation n’est plus valable : l’événement a été supprimé, ou vous n’y êtes plus invité·e."
OVER = "Cet événement est passé\u00a0: il n’attend plus de réponse."


@dataclass(frozen=True)
class Invited:
    """The event and the guest that a link of an answer leads to."""

    calendar: Calendar
    href: str
    email: str
    said: Said
    is_over: bool

    @property
    def answer(self) -> str:
        """Return their latest answer."""
        found = next((guest.answer for guest in self.said.guests if guest.email == self.email.lower()), "")
        return found or "NEEDS-ACTION"

    @property
    def when(self) -> str:
        return when_of(self.said)


def link_for(calendar: Calendar, href: str, email: str) -> str:
    """The address by which one guest answers for one event."""
    token = signing.dumps([calendar.pk, href, email.lower()], salt=SALT, compress=True)
    return f"{settings.PLATFORM_URL}{reverse('calendar_answer', args=[token])}"


def invited(token: str, *, at: datetime) -> Invited | None:
    """Return what a link leads to, or None when it is forged, or when there is no such event or guest any more."""
    try:
        pk, href, email = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    with scopes_disabled():  # The calendar that the link was signed for, and no other.
        calendar: Calendar | None = Calendar.objects.select_related("beneficiary").filter(pk=pk).first()
    if calendar is None or rules.why_closed(agenda_of(calendar.beneficiary)) is not None:
        return None
    kept = store().find(calendar.beneficiary_id, calendar.slug, href)
    if kept is None:
        return None
    try:
        said = reading.said_by(reading.components(kept.text)[0])
    except Broken:
        return None
    if email not in {guest.email for guest in said.guests}:
        return None
    return Invited(calendar, href, email, said, _is_over(said, at=at))


def _is_over(said: Said, *, at: datetime) -> bool:
    return not said.rule and reading.instant_of(said.end) < at


def answer(token: str, word: str, *, at: datetime) -> Invited:
    """Keep what a guest answers, who is whoever holds the link. Raises `Refused`."""
    found = invited(token, at=at)
    if found is None:
        raise Refused(GONE)
    if word not in ANSWERS:
        raise Refused("Répondez par oui, par non ou peut-être.")
    if found.is_over:
        raise Refused(OVER)
    calendar = found.calendar
    with (
        store().writing(calendar.beneficiary_id) as writer,
        transaction.atomic(),
        scope(beneficiary=calendar.beneficiary),
    ):
        kept = writer.get(calendar.slug, found.href)
        if kept is None:
            raise Refused(GONE)
        _keep(writer, calendar, kept, found.email, word, at=at)
    again = invited(token, at=at)
    assert again is not None
    return again


def _keep(
    writer: Writer,
    calendar: Calendar,
    kept: Kept,
    email: str,
    word: str,
    *,
    one: Occurrence | None = None,
    at: datetime,
) -> None:
    try:
        text = writing.answered_text(kept.text, email, word, one=one, at=at)
    except Broken as broken:
        raise Refused(GONE) from broken
    if calendar.owner_id is None:
        journal.record("calendar.guest_answered", calendar, by=User.objects.system(), at=at, answer=word)
    writer.put(calendar.slug, kept.href, text, etag=kept.etag)


def mark_of(calendar: Calendar, uid: str, email: str) -> str:
    """Return the code in the address by which one guest's program answers for one event: nobody else can write it."""
    told = "\x1f".join((str(calendar.pk), uid, email.lower()))
    return f"{calendar.pk}-{salted_hmac(SALT, told, algorithm='sha256').hexdigest()[:24]}"


def take_reply(mark: str, text: str, *, at: datetime) -> None:
    """Keep what the program of a guest sent back to this mark. Raises `Refused` when it answers nothing of ours.

    The guest is the one to whom the mark was given, whoever the program says they are: they may have another address.
    """
    pk = mark.partition("-")[0]
    try:
        reply = reading.reply_in(text)
    except Broken as broken:
        raise Refused("Ce message ne répond à aucune invitation.") from broken
    if reply.answer not in ANSWERS:
        raise Refused("Cette réponse ne dit ni oui, ni non, ni peut-être.")
    with scopes_disabled():  # The calendar that the mark was written for, and no other.
        calendar: Calendar | None = Calendar.objects.select_related("beneficiary").filter(pk=whole(pk) or 0).first()
    if calendar is None or rules.why_closed(agenda_of(calendar.beneficiary)) is not None:
        raise Refused(GONE)
    with (
        store().writing(calendar.beneficiary_id) as writer,
        transaction.atomic(),
        scope(beneficiary=calendar.beneficiary),
    ):
        href = writer.href_of(calendar.slug, reply.uid)
        kept = writer.get(calendar.slug, href) if href is not None else None
        if kept is None:
            raise Refused(GONE)
        try:
            said = reading.said_by(reading.components(kept.text)[0])
        except Broken as broken:
            raise Refused(GONE) from broken
        marks = {guest.email: mark_of(calendar, reply.uid, guest.email) for guest in said.guests[:MOST_GUESTS]}
        guest = next((email for email, known in marks.items() if constant_time_compare(known, mark.lower())), None)
        if guest is None:
            raise Refused(GONE)
        one = _time_of(kept.text, reply.recurrence) if reply.recurrence is not None and said.rule else None
        if one.end < at if one is not None else _is_over(said, at=at):
            raise Refused(OVER)
        begins = one.start if one is not None else reading.instant_of(said.start)
        if reply.start is not None and reading.instant_of(reply.start) != begins:
            raise Refused("L’événement a changé d’heure depuis cette invitation\u00a0: répondez à la nouvelle.")
        try:
            _keep(writer, calendar, kept, guest, reply.answer, one=one, at=at)
        except Unreadable as unreadable:
            raise Refused(unreadable.sentence) from unreadable


def _time_of(text: str, recurrence: date | datetime) -> Occurrence:
    try:
        one = reading.time_of(text, recurrence)
    except Broken as broken:
        raise Refused(GONE) from broken
    if one is None:
        raise Refused("L’événement n’a pas, ou n’a plus, lieu à la date de cette réponse.")
    return one


def _is_address(text: str) -> bool:
    # A program may have written anything there.
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def tell(calendar_id: int, href: str, text: str, method: str, emails: list[str], *, at: datetime) -> int:
    """Write to guests: REQUEST for an event made or changed, CANCEL for one that is no more. Return how many left.

    Each state of an event is told once to each, whatever is played again.
    """
    with scopes_disabled():  # The calendar that the task names.
        calendar: Calendar = Calendar.objects.select_related("beneficiary").get(pk=calendar_id)
    said = reading.said_by(reading.components(text)[0])
    name = calendar.beneficiary.name
    # What a person writes is for a person.
    headers = {"Reply-To": said.organiser} if _is_address(said.organiser) else {}
    left = 0
    for email in emails[:MOST_GUESTS]:
        answers_to = letterbox().address(calendar.beneficiary_id, mark_of(calendar, said.uid, email))
        subject = f"{'Invitation' if method == 'REQUEST' else 'Annulé'} : {said.title}"
        body = render_to_string(
            f"agenda/{'invitation' if method == 'REQUEST' else 'cancellation'}.txt",
            {
                "said": said,
                "when": when_of(said),
                "place": calendar.beneficiary,
                "url": link_for(calendar, href, email) if method == "REQUEST" else "",
                "is_answer_read": bool(answers_to),
            },
        )
        key = ("calendar.guest", calendar.pk, said.uid, method, said.sequence, str(said.start))
        invitation = writing.message_text(text, method, at=at, answers_to=answers_to, name=name)
        left += departures.send_once(key, subject, body, email, at=at, headers=headers, calendar=(method, invitation))
    return left
