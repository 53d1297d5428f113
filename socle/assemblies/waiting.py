"""Sessions of a mairie to convene, to hold, to close; its acts to publish, or to note received."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse

from socle.assemblies.lateness import SINCE
from socle.assemblies.models import Meeting
from socle.assemblies.rules import convene_by
from socle.deliberations import deadlines
from socle.deliberations.deadlines import Deadline
from socle.deliberations.models import Act
from socle.lib.dates import bounds_of, day_of
from socle.lib.declared import MairieReader, ToDo, WaitingAtMairie
from socle.people.capabilities import Capability

# How many acts are named one by one.
ACTS_NAMED = 3
TO_PUBLISH = "à publier"
# How long before its last day a convocation is spoken of.
BEFORE_CONVENING = timedelta(days=30)


def _acts(mairie: MairieReader, at: datetime) -> Iterator[ToDo]:
    """The acts whose road is not at its end: what they are, their reception, their publication, or only this one.

    First those that a day of the law awaits: the list and the minutes of a meeting.
    """
    own = Act.objects.filter(beneficiary=mairie.beneficiary).order_by("adopted_on", "pk")
    lacks = Q(received_on=None, not_transmissible_because="") & ~Q(kind__in=[*Act.TELLING, *Act.HELD_BACK])
    lacks |= Q(published_on=None, put_online_asked_at=None) & ~Q(kind__in=Act.HELD_BACK)
    waiting = list(own.filter(lacks | Q(kind=Act.Kind.UNQUALIFIED)))
    if not mairie.may(Capability.ADMINISTER):
        waiting = [one for one in waiting if _lacking(one) == TO_PUBLISH]
    due = _due(waiting, at=at)
    waiting.sort(key=lambda act: (act.pk not in due, due[act.pk].by if act.pk in due else act.adopted_on, act.pk))
    for act in waiting[:ACTS_NAMED]:
        yield _to_do(act, f"{act.name}\u00a0: {_lacking(act)}", due.get(act.pk), act.subject)
    if more := waiting[ACTS_NAMED:]:
        s = "s" if len(more) > 1 else ""
        yield _to_do(more[0], f"{len(more)} autre{s} acte{s} à compléter", due.get(more[0].pk))


def _to_do(act: Act, what: str, due: Deadline | None, subject: str | None = None) -> ToDo:
    url = reverse("mairie:acts") if subject is None else reverse("mairie:act", args=[act.pk])
    day, law = (due.by, due.source) if due is not None else (None, "")
    return ToDo(what, url, subject or "", bounds_of(act.adopted_on)[0], day, law)


def _due(acts: list[Act], *, at: datetime) -> dict[int, Deadline]:
    """By which day those that tell of a meeting are published, by act; an archive being completed is not late."""
    since, found = day_of(at) - SINCE, {}
    telling = [one for one in acts if one.published_on is None and one.adopted_on >= since]
    minutes = [one.pk for one in telling if one.kind == Act.Kind.MINUTES]
    arrested = Meeting.objects.filter(minutes_act__in=minutes).exclude(minutes_arrested_in=None)
    for meeting in arrested.select_related("minutes_arrested_in"):
        if meeting.minutes_act_id is not None and meeting.minutes_arrested_in is not None:
            found[meeting.minutes_act_id] = deadlines.of_minutes(meeting.minutes_arrested_in.held_on)
    return found | {one.pk: deadlines.of_list(one.adopted_on) for one in telling if one.kind == Act.Kind.LIST}


def _lacking(act: Act) -> str:
    if not act.is_qualified:
        return "dites ce qu’il est"
    if act.published_on is None and act.put_online_asked_at is None:
        return TO_PUBLISH
    return "réception en préfecture à noter"


def _meetings(mairie: MairieReader, at: datetime) -> Iterator[ToDo]:
    """The session to convene in time, that of today, and those that were opened and never closed."""
    today, tonight = bounds_of(day_of(at))
    prepared = Q(status=Meeting.Status.PREPARED, starts_at__gte=today)
    begun = Q(status__in=(Meeting.Status.CONVENED, Meeting.Status.OPEN), starts_at__lt=tonight)
    own = Meeting.objects.filter(prepared | begun, assembly__beneficiary=mairie.beneficiary).order_by("starts_at", "pk")
    for one in own.select_related("assembly__beneficiary__commune").prefetch_related("assembly__statutes"):
        if one.status == Meeting.Status.PREPARED:
            last, law = convene_by(one)
            if (last or one.held_on) <= day_of(at) + BEFORE_CONVENING:
                url = reverse("mairie:meeting", args=[one.pk])
                yield ToDo(f"{one.name}\u00a0: à convoquer", url, due_on=last, law=law)
        else:
            what = "à lever" if one.status == Meeting.Status.OPEN else "à tenir"
            url = reverse("mairie:meeting_hold", args=[one.pk])
            yield ToDo(f"{one.name}\u00a0: {what}", url, since=one.convened_at, due_on=one.held_on)


AT_MAIRIE: tuple[WaitingAtMairie, ...] = (
    WaitingAtMairie(Capability.ADMINISTER, _meetings),
    WaitingAtMairie(Capability.PUBLISH, _acts),
)
