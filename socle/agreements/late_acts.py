"""Reminds a mairie of what its assembly is late for: the rule, the message, and the gesture on several at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.template.loader import render_to_string
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from socle.agreements.gestures import by_department
from socle.agreements.rules import why_not_write, why_too_soon, with_an_account
from socle.assemblies.lateness import Late, lateness
from socle.batches.contract import Subject, Wish
from socle.journal import actions as journal
from socle.journal.models import Entry
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.outbox import departures
from socle.people.capabilities import Capability, those_who
from socle.people.models import Beneficiary, User

REMINDED = "assembly.reminded"


def last_reminders(bodies: Iterable[int]) -> dict[int, datetime]:
    """When each of these beneficiaries (by key) was last reminded of its acts; one query."""
    lines = Entry.objects.filter(
        object_type=Beneficiary._meta.label_lower, object_id__in=[str(pk) for pk in bodies], verb=REMINDED
    )
    return {int(pk): at for pk, at in lines.order_by().values_list("object_id").annotate(last=Max("at"))}


def _people(*, on: date) -> Any:
    """Who keeps the acts of any beneficiary, and has an account: whom one writes to about them."""
    return with_an_account(on=on).filter(role__in=those_who(Capability.ADMINISTER))


def _why_not(late: list[Late], last: datetime | None, has_people: bool, *, on: date) -> str | None:
    if not late:
        return "Rien n’y est en retard."
    if not has_people:
        return "Personne de la mairie n’a encore de compte\u00a0: invitez d’abord quelqu’un."
    return why_too_soon(last, on=on)


class RemindOfActs:
    """Write to those who keep the acts of each body what is late there."""

    code = "remind_of_acts"
    label = "Relancer"
    explains = (
        "Le secrétariat et la personne qui représente la mairie reçoivent la liste de ce qui est en retard\u00a0; "
        "jamais deux rappels en trois jours."
    )
    subject = Subject.BENEFICIARY
    is_atomic = False
    needs_care = False

    def why_not(self, wish: Wish, *, on: date) -> str | None:
        return why_not_write(by=wish.by, on=on)

    def sort_out(self, subjects: Sequence[str], wish: Wish, *, at: datetime) -> dict[str, str]:
        on = dates.day_of(at)
        with scopes_disabled():  # Whoever is not followed is refused below, by the rule.
            bodies = list(Beneficiary.objects.filter(pk__in=subjects).select_related("department"))
            late = lateness([one.pk for one in bodies], on=on)
        last, why_not_follow = last_reminders(one.pk for one in bodies), by_department(wish, on=on)
        known = set(_people(on=on).filter(beneficiary__in=bodies).values_list("beneficiary", flat=True))
        reasons = {
            str(one.pk): why_not_follow(one.department)
            or _why_not(late.get(one.pk, []), last.get(one.pk), one.pk in known, on=on)
            for one in bodies
        }
        return {pk: reason for pk, reason in reasons.items() if reason}

    def do(self, subject: str, wish: Wish, *, at: datetime) -> str:
        body = Beneficiary.objects.select_related("department").get(pk=subject)
        done = f"Rappel envoyé à «\u00a0{body.name}\u00a0»."
        # Killed after its line was written, and made again: it is done, and nothing more leaves.
        if not _reminded_today(body, wish.by, at):
            remind(body, wish, at=at)
        return done


def remind(body: Beneficiary, wish: Wish, *, at: datetime) -> int:
    """Write what is late to each person who keeps the acts of this body; return how many. Raises Refused.

    It leaves out of any transaction, each message under its own name: made again after a kill, what has left does not
    leave again, and the line of the journal is written.
    """
    on = dates.day_of(at)
    lines = Entry.objects.filter(verb=REMINDED)
    with scope(beneficiary=body):
        refuse(by_department(wish, on=on)(body.department))
        late = lateness([body.pk], on=on).get(body.pk, [])
        people = User.objects.filter(pk__in=_people(on=on).filter(beneficiary=body).values("user")).order_by("pk")
        refuse(_why_not(late, last_reminders([body.pk]).get(body.pk), people.exists(), on=on))
        count = lines.about(body).count()
    said = {"body": body, "late": late, "url": f"{settings.PLATFORM_URL}{reverse('mairie:acts')}"}
    for person in people:
        text = render_to_string("agreements/late_acts.txt", {**said, "person": person})
        departures.send_once((REMINDED, body.pk, count), f"Actes en retard : {body.name}", text, person.email, at=at)
    with transaction.atomic():
        Beneficiary.objects.select_for_update(of=("self",)).get(pk=body.pk)
        # Two at once: the second finds the line written.
        if lines.about(body).count() == count:
            journal.record("assembly.reminded", body, by=wish.by, at=at, people=len(people), late=len(late))
    return len(people)


def _reminded_today(body: Beneficiary, by: User, at: datetime) -> bool:
    last = Entry.objects.about(body).filter(verb=REMINDED).order_by("-at", "-pk").first()
    return (
        last is not None
        and last.by_ref == f"{by._meta.label_lower}:{by.pk}"
        and dates.day_of(last.at) == dates.day_of(at)
    )
