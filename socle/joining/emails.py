"""E-mails about a request to join: to whoever asked, to the mairie, to those who follow it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from socle.joining import email_links, rules
from socle.joining.models import JoinLetter, JoinLink, JoinRequest
from socle.lib import dates
from socle.lib.siret import spaced
from socle.lib.text import in_sentence, of_place
from socle.outbox import departures
from socle.territory.models import TownHall

log = logging.getLogger("socle.joining")

Kind, Purpose = JoinLetter.Kind, JoinLink.Purpose
# A letter that could not leave for so long says nothing useful any more.
STALE = timedelta(days=3)
SUBJECTS: Mapping[str, str] = {
    Kind.CONFIRM: "Confirmez la demande d’adhésion : {place}",
    Kind.ACKNOWLEDGED: "Demande d’adhésion bien reçue : {place} ({reference})",
    Kind.NOTICE: "Quelqu’un demande au nom de votre mairie ({reference})",
    Kind.ARRIVED: "Nouvelle demande d’adhésion : {place}",
    Kind.OBJECTED: "La mairie s’oppose à la demande {reference} ({place})",
    Kind.QUALIFIED: "Votre demande d’adhésion est étudiée ({reference})",
    Kind.PLANNED: "Votre demande d’adhésion est planifiée ({reference})",
    Kind.DRAFTING: "Votre convention est en rédaction ({reference})",
    Kind.REFUSED: "Votre demande d’adhésion n’est pas retenue ({reference})",
    Kind.REOPENED: "Votre demande d’adhésion est de nouveau à l’étude ({reference})",
    Kind.WITHDRAWN: "Votre demande d’adhésion est retirée ({reference})",
    Kind.LINK: "Votre lien de suivi ({reference})",
    Kind.SILENT: "Demandez-vous toujours à adhérer\u202f? {place} ({reference})",
    Kind.GOING: "Une demande sans nouvelles sera retirée\u00a0: {place} ({reference})",
}
TO_OFFICERS = (Kind.ARRIVED, Kind.OBJECTED, Kind.GOING)


def published_address(request: JoinRequest) -> str:
    """Return the address that the State's directory publishes for the mairie; nothing when unknown or withheld."""
    if request.commune is None:
        return ""
    hall = TownHall.objects.filter(commune=request.commune).first()
    return hall.email if hall is not None else ""


def send_due(*, at: datetime) -> int:
    """Send the letters that must leave; return how many left. One that fails stays due, and the others leave."""
    due = JoinLetter.objects.filter(left_at__isnull=True, due_at__gt=at - STALE).order_by("due_at", "pk")
    sent = 0
    for pk in due.values_list("pk", flat=True):
        try:
            sent += _send(pk, at=at)
        except Exception as error:
            # What an error says may hold an address: only its kind is written.
            log.error("letter %s of a request to join did not leave: %s", pk, type(error).__name__)
    return sent


@transaction.atomic
def _send(pk: int, *, at: datetime) -> bool:
    # Two senders at once: the second finds nothing left to send.
    waiting = JoinLetter.objects.select_for_update(of=("self",)).filter(pk=pk, left_at__isnull=True)
    letter = waiting.select_related(
        "request__programme", "request__commune__department", "request__department", "request__agreement"
    ).first()
    if letter is None:
        return False
    letter.left_at = at
    letter.save(update_fields=["left_at"])
    request = letter.request
    recipients = _recipients(letter, at=at)
    if not recipients:
        return False
    if letter.kind == Kind.NOTICE:
        request.noticed_at = at
        request.save(update_fields=["noticed_at"])
    subject = SUBJECTS[letter.kind].format(place=_place(letter), reference=request.reference)
    text = render_to_string(f"joining/{letter.kind}.txt", _said(letter, at=at))
    for recipient in recipients:
        departures.send(("join.letter", letter.pk), subject, text, recipient)
    return True


def _place(letter: JoinLetter) -> str:
    """Name the body, by its number alone until the address is proven: a stranger's words go to no stranger."""
    request = letter.request
    if letter.kind == Kind.CONFIRM and request.commune is None:
        return f"l’établissement de SIRET {spaced(request.siret)}"
    return request.place_name


def _named(letter: JoinLetter) -> str:
    """The body within a sentence: « la commune d’Eccles »."""
    commune = letter.request.commune
    return f"la commune {of_place(commune.name)}" if commune is not None else in_sentence(_place(letter))


def _recipients(letter: JoinLetter, *, at: datetime) -> list[str]:
    request = letter.request
    if letter.kind in TO_OFFICERS:
        return [officer.email for officer in rules.officers_of(request, on=dates.day_of(at))]
    if letter.kind == Kind.NOTICE:
        address = published_address(request)
        return [address] if address else []
    return [request.email] if request.email else []


def _said(letter: JoinLetter, *, at: datetime) -> dict[str, object]:
    request = letter.request
    if letter.kind in TO_OFFICERS:
        path = reverse("console:join_request", args=[request.reference])
    else:
        purpose = {Kind.CONFIRM: Purpose.CONFIRM, Kind.NOTICE: Purpose.OBJECT}.get(Kind(letter.kind), Purpose.FOLLOW)
        path = reverse(f"join_{purpose.value}", args=[email_links.draw(request, purpose, at=at)])
    return {
        "request": request,
        "programme": request.programme,
        "place": _place(letter),
        "named": _named(letter),
        "lead": request.programme.lead(),
        "days": settings.SOCLE_JOINING_CONFIRM_DAYS,
        "until": rules.goes_on(request),
        "url": f"{settings.PLATFORM_URL}{path}",
    }
