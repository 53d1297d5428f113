"""Services that wait for somebody: installations failed, services to stop or resume by hand, archives to hand back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import CharField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse

from socle.journal.models import Entry, object_type_of
from socle.lib import dates
from socle.lib.declared import Row, Waiting
from socle.people.models import Role
from socle.provisioning.access import Access
from socle.provisioning.handover.models import Handover, HandoverStatus
from socle.provisioning.models import Installation, Right, State
from socle.provisioning.rules import OPERATORS
from socle.provisioning.suspensions import by_hand


def _failed(access: Access, at: datetime) -> QuerySet[Installation]:
    found: QuerySet[Installation] = access.installations().filter(state=State.FAILED)
    begun = Entry.objects.filter(
        object_type=object_type_of(Installation()), verb="installation.failed", facts__attempt=1,
        object_id=Cast(OuterRef("pk"), CharField()),
    )  # fmt: skip
    since = Coalesce(Subquery(begun.order_by("-pk").values("at")[:1]), "looked_at")
    return found.select_related("service").annotate(since=since).order_by("since", "pk")


def _show_failed(found: list[Installation], access: Access, at: datetime) -> list[Row]:
    return [
        Row(
            one.beneficiary.place_name,
            _says_failed(one),
            one.since,  # type: ignore[attr-defined]
            reverse("console:installation_try", args=[one.pk]),
            "Réessayer",
            sends=True,
            who_url=reverse("console:installation", args=[one.pk]),
        )
        for one in found
    ]


def _says_failed(one: Installation) -> str:
    why = f"\u00a0: {one.last_error}" if one.last_error else "."
    what = f"{one.service.name} en échec{why}"
    if one.attempts < 2 or one.looked_at is None:
        return what
    return f"{what} {one.attempts}\u00a0essais, le dernier le {dates.at_in_words(one.looked_at)}."


def _by_hand(access: Access, at: datetime) -> QuerySet[Right]:
    found: Any = by_hand(access.rights(), on=dates.day_of(at))
    ours: QuerySet[Right] = found.select_related("service").order_by("suspended_on", "pk")
    return ours


def _show_by_hand(found: list[Right], access: Access, at: datetime) -> list[Row]:
    return [
        Row(
            one.beneficiary.place_name,
            f"{one.service.name} à {'arrêter' if one.held_by_id is None else 'rétablir'} à la main",
            one.suspended_on,  # type: ignore[attr-defined]
            reverse("console:installations"),
            "Le faire",
        )
        for one in found
    ]


def _archives(access: Access, at: datetime) -> QuerySet[Handover]:
    found = Handover.objects.filter(status=HandoverStatus.READY, taken_at=None)
    return found.order_by("ready_at", "pk")


def _show_archives(found: list[Handover], access: Access, at: datetime) -> list[Row]:
    return [
        Row(
            one.beneficiary.place_name,
            "Archive de ses données prête, pas encore emportée",
            one.ready_at,
            reverse("console:handovers", args=[one.beneficiary_id]),
            "Voir" if one.asked_by_id != access.user.pk else "Emporter",
            turn="" if one.asked_by_id == access.user.pk else "la mairie",
        )
        for one in found
    ]


WAITING: tuple[Waiting, ...] = (
    Waiting(
        "installations-en-echec",
        "autre installation en échec, autres installations en échec",
        ("console:installations", "etat=failed"),
        OPERATORS,
        _failed,
        _show_failed,
    ),
    Waiting(
        "services-a-la-main",
        "autre service à arrêter ou à rétablir à la main, autres services à arrêter ou à rétablir à la main",
        ("console:installations", ""),
        OPERATORS,
        _by_hand,
        _show_by_hand,
    ),
    Waiting(
        "archives-a-emporter",
        "autre archive à emporter, autres archives à emporter",
        ("console:communes", "attend=archive"),
        (Role.PROGRAMME_OFFICER,),
        _archives,
        _show_archives,
    ),
)
