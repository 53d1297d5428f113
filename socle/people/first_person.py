"""The first person of an installation: invited from the command line, since nobody is there yet to invite them."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from socle.journal import actions as journal
from socle.lib import locks, siret
from socle.lib.refusals import Refused, refuse
from socle.lib.text import slug
from socle.people import invitation_rules, invitations
from socle.people.models import Invitation, Operator, Role, User


@transaction.atomic
def invite_first_person(
    email: str, *, name: str, operator: str, operator_name: str = "", replaces: bool = False, by: User, at: datetime
) -> tuple[Invitation, str]:
    """Invite who will administer this installation; return the invitation and the token of its link, drawn now.

    `operator` is a code, a SIREN or a SIRET; the operator is made, under `operator_name`, when none bears this number.
    The same address asked again receives another link, and the former one dies; another address takes its place only
    with `replaces`. Raises `Refused` once somebody administers.
    """
    # Two at once: the second waits, and finds the first one invited.
    locks.hold_until_commit("people.first-person")
    address = email.strip().lower()
    refuse(invitation_rules.why_not_first_person(address, replaces=replaces, at=at))
    where = _operator(operator, operator_name, by=by, at=at)
    invitation = None
    for open_one in invitation_rules.first_invitations().select_for_update(of=("self",)):
        if open_one.email == address and open_one.operator == where:
            invitation = open_one
        else:
            invitations.withdraw(open_one, by=by, at=at)
    if invitation is None:
        invitation = invitations.invite(address, name=name, role=Role.PROGRAMME_OFFICER, operator=where, by=by, at=at)
    return invitations.hand_over(invitation, token=secrets.token_urlsafe(32), by=by, at=at)


def _operator(named: str, name: str, *, by: User, at: datetime) -> Operator:
    number = siret.normalise(named)
    known = Operator.objects.filter(Q(code=named) | Q(siret=number)).first()
    if known is None and not number.isdecimal():
        codes = ", ".join(Operator.objects.order_by("code").values_list("code", flat=True))
        raise Refused(
            f"Aucun opérateur ne porte le code «\u00a0{named}\u00a0»"
            + (f"\u00a0; ceux qui existent\u00a0: {codes}." if codes else ". Donnez son SIREN, et son nom.")
        )
    if known is None and len(number) == 9:
        refuse(siret.why_not_siren(number))
        known = Operator.objects.filter(siret__startswith=number).order_by("pk").first()
    if known is not None:
        return known
    full = siret.complete(number) if len(number) == 9 else number
    refuse(siret.why_not_siret(full))
    if not name.strip():
        raise Refused("Cet opérateur n’est pas encore connu\u00a0: donnez son nom (--operator-name).")
    code = slug(name)[:50].strip("-") or number
    if Operator.objects.filter(code=code).exists():
        code = number
    operator = Operator.objects.create(code=code, name=name.strip()[:200], siret=full)
    journal.record("operator.registered", operator, by=by, at=at, siret=full)
    return operator
