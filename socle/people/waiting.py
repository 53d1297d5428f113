"""People who wait for somebody: invitations to confirm or left without an answer, second factors to erase."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from socle.lib import dates
from socle.lib.declared import MairieReader, Reader, Row, ToDo, Waiting, WaitingAtMairie
from socle.people.capabilities import Capability
from socle.people.invitation_rules import why_not_confirm_invitation
from socle.people.models import Invitation, InvitationStatus, Membership, Rescue, RescueStatus, Role
from socle.people.roster import terms_of
from socle.people.rules import FOLLOWERS, HEADS, RESCUERS, powers_of

# Before that, no answer is no silence.
SILENCE = timedelta(days=3)


def _invitations(access: Reader) -> QuerySet[Invitation]:
    theirs = Q(beneficiary__department__in=access.departments) | Q(operator=access.operator)
    return Invitation.objects.filter(theirs).select_related("operator")


def _proposed(access: Reader, at: datetime) -> QuerySet[Invitation]:
    mayors = Membership.objects.active_on(dates.day_of(at)).filter(
        role=Role.MAYOR, beneficiary=OuterRef("beneficiary"), user__is_active=True
    )
    found = _invitations(access).filter(status=InvitationStatus.PROPOSED)
    return found.annotate(has_mayor=Exists(mayors)).order_by("proposed_at", "pk")


def _place(one: Invitation) -> str:
    return one.beneficiary.place_name if one.beneficiary is not None else one.place.name


def _url(one: Invitation) -> str:
    if one.beneficiary is None:
        return reverse("console:people")
    if one.beneficiary.commune is not None:
        return reverse("console:commune_people", args=[one.beneficiary.commune.insee_code])
    return reverse("console:body_people", args=[one.beneficiary_id])


def _show_proposed(found: list[Invitation], access: Reader, at: datetime) -> list[Row]:
    rows = []
    for one in found:
        what = f"Invitation à confirmer\u00a0: {one.get_role_display()}"
        if one.beneficiary is None:
            turn = "" if access.holds(*HEADS) else "la présidence"
        else:
            has_mayor: bool = one.has_mayor  # type: ignore[attr-defined]
            turn = "la ou le maire" if has_mayor else "" if access.holds(*FOLLOWERS) else "qui suit la commune"
        # Whoever signs for a mairie is called first, and the call noted: it is no gesture of the inbox.
        is_checked = not turn and one.role == Role.MAYOR
        url, button = (
            (_url(one), "Voir") if turn else (reverse("console:invitation_confirm", args=[one.pk]), "Confirmer")
        )
        if is_checked:
            url, button = reverse("console:signatories"), "Vérifier"
        sends = not turn and not is_checked
        rows.append(Row(_place(one), what, one.proposed_at, url, button, turn=turn, sends=sends, who_url=_url(one)))
    return rows


def _silent(access: Reader, at: datetime) -> QuerySet[Invitation]:
    silent = Q(mailed_at__lte=at - SILENCE) | Q(bounced_at__isnull=False)
    return _invitations(access).filter(silent, status=InvitationStatus.SENT).order_by("mailed_at", "pk")


def _show_silent(found: list[Invitation], access: Reader, at: datetime) -> list[Row]:
    return [
        Row(
            _place(one),
            f"Invitation à une adresse que le serveur de courrier refuse\u00a0: {one.get_role_display()}",
            one.bounced_at,
            _url(one),
            "Corriger",
        )
        if one.bounced_at is not None
        else Row(
            _place(one),
            f"Invitation sans réponse\u00a0: {one.get_role_display()}",
            one.mailed_at,
            reverse("console:invitation_resend", args=[one.pk]),
            "Renvoyer",
            turn="la personne invitée",
            sends=True,
            who_url=_url(one),
        )
        for one in found
    ]


def _rescues(access: Reader, at: datetime) -> QuerySet[Rescue]:
    ours = Membership.objects.active_on(dates.day_of(at)).filter(operator=access.operator)
    found = Rescue.objects.filter(status=RescueStatus.ASKED, expires_at__gt=at, asked_by__in=ours.values("user"))
    return found.order_by("asked_at", "pk")


def _show_rescues(found: list[Rescue], access: Reader, at: datetime) -> list[Row]:
    return [
        Row(
            access.operator.name,
            "Second contrôle d’une personne à effacer\u00a0: accord d’une seconde personne",
            one.asked_at,
            reverse("console:person", args=[one.user_id]),
            "Voir" if one.asked_by_id == access.user.pk else "Décider",
            turn="une ou un collègue" if one.asked_by_id == access.user.pk else "",
        )
        for one in found
    ]


WAITING: tuple[Waiting, ...] = (
    Waiting(
        "invitations-a-confirmer",
        "autre invitation à confirmer, autres invitations à confirmer",
        ("console:communes", "attend=confirmation"),
        (*HEADS, *FOLLOWERS),
        _proposed,
        _show_proposed,
    ),
    Waiting(
        "invitations-sans-reponse",
        "autre invitation sans réponse, autres invitations sans réponse",
        ("console:communes", "attend=invitation"),
        FOLLOWERS,
        _silent,
        _show_silent,
    ),
    Waiting(
        "seconds-controles",
        "autre second contrôle à effacer, autres seconds contrôles à effacer",
        ("console:people", ""),
        RESCUERS,
        _rescues,
        _show_rescues,
    ),
)


def _to_confirm(mairie: MairieReader, at: datetime) -> Iterator[ToDo]:
    """The colleagues who were proposed: whoever represents the mairie confirms them, and nobody else does."""
    on = dates.day_of(at)
    proposed = Invitation.objects.filter(beneficiary=mairie.beneficiary, status=InvitationStatus.PROPOSED)
    found = list(proposed.select_related("proposed_by").order_by("proposed_at", "pk"))
    powers = powers_of(mairie.user, on=on, beneficiary=mairie.beneficiary) if found else None
    for one in found:
        who = f" par {one.proposed_by.name}" if one.proposed_by else ""
        is_mine = why_not_confirm_invitation(one, by=mairie.user, on=on, powers=powers) is None
        yield ToDo(
            f"{one.name}, {one.get_role_display()}\u00a0: invitation proposée{who}",
            reverse("mairie:invitation_confirm", args=[one.pk]) if is_mine else reverse("mairie:people"),
            terms_of(one).capitalize(),
            since=one.proposed_at,
            gesture="Confirmer" if is_mine else "",
            turn="" if is_mine else "la ou le maire",
            is_mine_alone=is_mine,
        )


AT_MAIRIE: tuple[WaitingAtMairie, ...] = (WaitingAtMairie(Capability.ADMINISTER, _to_confirm),)
