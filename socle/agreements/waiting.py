"""Agreements that wait for somebody: drafts that lack something, signatures, priorities that changed meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from socle.agreements import priorities
from socle.agreements.deadlines import to_renew
from socle.agreements.models import Agreement, Party, Status
from socle.agreements.presenters import invite_signatory, whom
from socle.agreements.queries import awaiting
from socle.agreements.rules import (
    SIGNING_ROLE,
    WRITERS,
    Gap,
    awaited_of_the_mairie,
    gaps_of,
    signatories,
    why_too_soon,
    with_an_account,
    written_to,
)
from socle.lib import dates
from socle.lib.declared import MairieReader, Reader, Row, ToDo, Waiting, WaitingAtMairie
from socle.people.capabilities import Capability
from socle.people.models import Invitation, SignatoryRequest
from socle.people.rules import HEADS
from socle.programme.models import Assessment
from socle.signing.models import PaperSignature, Slot


def _in(status: Status, access: Reader) -> QuerySet[Agreement]:
    found: QuerySet[Agreement] = access.readable_agreements().filter(status=status)
    return found.select_related("programme", "type__amends")


def _drafts(access: Reader, at: datetime) -> QuerySet[Agreement]:
    on, there = dates.day_of(at), {"beneficiary": OuterRef("beneficiary")}
    asked = SignatoryRequest.objects.filter(answered_at=None, bounced_at=None, expires_at__gt=at)
    found = _in(Status.DRAFT, access).annotate(
        has_signatory=Exists(signatories(on=on).filter(**there)),
        has_people=Exists(with_an_account(on=on).filter(**there)),
        has_invited=Exists(Invitation.objects.open().filter(role=SIGNING_ROLE[Party.Kind.BENEFICIARY], **there)),
        has_asked=Exists(asked.filter(**there)),
    )
    return found.order_by("drafted_at", "pk")


def _show_drafts(found: list[Agreement], access: Reader, at: datetime) -> list[Row]:
    rows, lacks = [], gaps_of(found)
    written, on = written_to(one.pk for one in found), dates.day_of(at)
    for one in found:
        gaps, page = lacks[one.pk], reverse("console:agreement", args=[one.number])
        theirs = awaited_of_the_mairie(gaps)
        told = [gap for gap in gaps if gap not in theirs] or theirs
        rest = f" Et {len(gaps) - 1} autre{'s' if len(gaps) > 2 else ''}." if len(gaps) > 1 else ""
        what = f"{told[0].sentence}{rest}" if gaps else "Le projet est complet\u00a0: à relire, puis à envoyer."
        is_theirs = bool(gaps) and theirs == gaps
        has_people: bool = one.has_people  # type: ignore[attr-defined]
        may_remind = is_theirs and has_people and why_too_soon(written.get(str(one.pk)), on=on) is None
        url, button = page, "Suivre" if is_theirs else "Compléter" if gaps else "Relire"
        if may_remind:
            url, button = reverse("console:agreement_remind", args=[one.number]), "Relancer la mairie"
        elif is_theirs and not has_people:
            url, button = invite_signatory(Party.Kind.BENEFICIARY, one.bound), "Inviter"
        elif gaps and told[0].about is Gap.About.SIGNATORY:
            url = reverse("console:party", args=[one.number, told[0].party])
            has_signatory: bool = one.has_signatory  # type: ignore[attr-defined]
            if told[0].party == Party.Kind.BENEFICIARY and not has_signatory:
                url, button = invite_signatory(told[0].party, one.bound), "Inviter"
        # Whoever signs is invited already: they are to answer, and nobody is to be invited twice.
        is_invited = button == "Inviter" and bool(one.has_invited)  # type: ignore[attr-defined]
        # The mairie was asked who signs: it is to answer, unless one calls it.
        is_asked = button == "Inviter" and bool(one.has_asked)  # type: ignore[attr-defined]
        if is_invited or is_asked:
            url, button = page, "Suivre"
        if button == "Inviter":
            # What to do, and not only what the draft lacks: the button leads there.
            what = f"Invitez {'la ou le maire' if one.bound.commune else 'la personne qui signera'}.{rest}"
        rows.append(
            Row(
                whom(one),
                f"{one.title}\u00a0: {what[0].lower()}{what[1:]}",
                one.drafted_at,
                url,
                button,
                turn="la personne invitée" if is_invited else "la mairie" if is_theirs or is_asked else "",
                sends=may_remind,
                who_url=page,
            )
        )
    return rows


def _to_sign(access: Reader, at: datetime) -> QuerySet[Agreement]:
    found = awaiting(access.readable_agreements(), access.user, on=dates.day_of(at))
    return found.order_by("drafted_at", "pk")


def _show_to_sign(found: list[Agreement], access: Reader, at: datetime) -> list[Row]:
    since = _since(found)
    return [
        Row(
            whom(one),
            f"{one.title} à signer",
            since.get(one.pk, (None, ""))[0],
            reverse("console:sign", args=[one.number]),
            "Lire et signer",
        )
        for one in found
    ]


def _at_signature(access: Reader, at: datetime) -> QuerySet[Agreement]:
    return _in(Status.READY, access).order_by("drafted_at", "pk")


def _since(found: list[Agreement]) -> dict[int, tuple[datetime, str]]:
    """Since when each waits for a signature, and whose, in words; two queries."""
    slots: dict[int | None, list[Slot]] = {}
    rounds = [one.round_id for one in found]
    for slot in Slot.objects.filter(round__in=rounds).select_related("round").order_by("rank"):
        slots.setdefault(slot.round_id, []).append(slot)
    parties = {(one.agreement_id, one.rank): one for one in Party.objects.filter(agreement__in=found)}
    told = {}
    for one in found:
        places = slots.get(one.round_id, [])
        signed = [when for slot in places if (when := slot.signed_at or slot.recorded_at) is not None]
        # The next to sign, or, once nobody is, the first whose signature on paper is still to be confirmed.
        turns = sorted((slot for slot in places if slot.signed_at is None), key=lambda slot: not slot.is_free)
        party = next((parties.get((one.pk, slot.rank)) for slot in turns), None)
        if places:
            turn = f"{party.quality[:1].lower()}{party.quality[1:]}, {party.name}" if party is not None else ""
            told[one.pk] = (max([places[0].round.opened_at, *signed]), turn)
    return told


def _show_signatures(found: list[Agreement], access: Reader, at: datetime) -> list[Row]:
    since = _since(found)
    return [
        Row(
            whom(one),
            f"{one.title} à la signature",
            since.get(one.pk, (one.drafted_at, ""))[0],
            reverse("console:agreement", args=[one.number]),
            "Suivre",
            turn=since.get(one.pk, (None, ""))[1] or "les signataires",
        )
        for one in found
    ]


def _papers(access: Reader, at: datetime) -> QuerySet[PaperSignature]:
    """Those on which this person has something to say: of their own party, or as the second who attests."""
    on, readable = dates.day_of(at), access.readable_agreements().filter(status=Status.READY)
    waiting = PaperSignature.objects.filter(
        status=PaperSignature.Status.WAITING, slot__round__agreement__in=readable.values("pk")
    )
    offices = access.user.memberships.active_on(on).filter(operator__isnull=False)
    own = Q()
    for kind, role in SIGNING_ROLE.items():
        own |= Q(kind=kind, operator__in=offices.filter(role=role).values("operator"))
    party = Party.objects.filter(own, agreement__round=OuterRef("slot__round"), rank=OuterRef("slot__rank"))
    mine = Q(Exists(party))
    if offices.filter(role__in=WRITERS).exists():
        mine |= Q(has_code=False, attested_at=None) & ~Q(recorded_by=access.user)
    return waiting.filter(mine).select_related("slot").order_by("recorded_at", "pk")


def _show_papers(found: list[PaperSignature], access: Reader, at: datetime) -> list[Row]:
    slots = {one.slot_id: one.slot.round_id for one in found}
    rounds = Agreement.every.filter(round__in=slots.values()).select_related("beneficiary__commune")
    agreements = {one.round_id: one for one in rounds}
    rows = []
    for one in found:
        agreement = agreements[slots[one.slot_id]]
        rows.append(
            Row(
                whom(agreement),
                f"{agreement.title}\u00a0: signature sur papier à confirmer",
                one.recorded_at,
                reverse("console:paper", args=[agreement.number, one.pk]),
                "Voir",
            )
        )
    return rows


def _priorities(access: Reader, at: datetime) -> QuerySet[Assessment]:
    return priorities.to_look_at(access.agreements()).order_by("assessed_at", "pk")


def _show_priorities(found: list[Assessment], access: Reader, at: datetime) -> list[Row]:
    rows = []
    for one in found:
        number: str = one.agreement_number  # type: ignore[attr-defined]
        rows.append(
            Row(
                one.commune.name,
                f"{'Devient' if one.is_priority else 'N’est plus'} prioritaire, sous convention",
                one.assessed_at,
                reverse("console:agreement_see_priority", args=[number]),
                "C’est vu",
                sends=True,
                who_url=reverse("console:agreement", args=[number]),
            )
        )
    return rows


WAITING: tuple[Waiting, ...] = (
    Waiting(
        "conventions-a-signer",
        "autre convention à signer, autres conventions à signer",
        ("console:to_sign", ""),
        HEADS,
        _to_sign,
        _show_to_sign,
    ),
    Waiting(
        "projets",
        "autre projet de convention, autres projets de convention",
        ("console:agreements", "etat=draft"),
        WRITERS,
        _drafts,
        _show_drafts,
    ),
    Waiting(
        "signatures",
        "autre convention à la signature, autres conventions à la signature",
        ("console:agreements", "etat=ready"),
        WRITERS,
        _at_signature,
        _show_signatures,
    ),
    Waiting(
        "papiers",
        "autre signature sur papier, autres signatures sur papier",
        ("console:agreements", "etat=ready"),
        (*WRITERS, *HEADS),
        _papers,
        _show_papers,
    ),
    Waiting(
        "priorites",
        "autre priorité qui a changé, autres priorités qui ont changé",
        ("console:priorities", ""),
        WRITERS,
        _priorities,
        _show_priorities,
    ),
)


# How long before its last day a mairie is told to decide: two meetings of its council, and the time to notify.
DAYS_TO_RENEW = 180


def _renewals(mairie: MairieReader, at: datetime) -> Iterator[ToDo]:
    """The agreement that its beneficiary may still renew: the last day is a clause, and no law."""
    own = Agreement.objects.filter(beneficiary=mairie.beneficiary)
    for one, last in to_renew(own, DAYS_TO_RENEW, on=dates.day_of(at)):
        if one.ends_on is not None:
            yield ToDo(
                f"Convention n°\u00a0{one.number}\u00a0: dites si vous la renouvelez",
                reverse("mairie:agreement", args=[one.number]),
                "Votre assemblée le décide, puis vous le notifiez à votre opérateur. Sans cela, elle prend fin le "
                f"{dates.in_words(one.ends_on)}.",
                due_on=last,
            )


AT_MAIRIE: tuple[WaitingAtMairie, ...] = (WaitingAtMairie(Capability.ADMINISTER, _renewals),)
