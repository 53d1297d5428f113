"""Which account an identity opens: the one it was linked to, or, the first time, the one that bears its address."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.db import transaction

from socle.journal import actions as journal
from socle.lib import dates, siret
from socle.lib.refusals import Refused, refuse
from socle.people import invitations
from socle.people.models import Beneficiary, LinkedIdentity, Operator, User
from socle.people.sign_in.provider import Identity

SIREN = 9


@transaction.atomic
def recognise(identity: Identity, *, signed_in: User | None = None, at: datetime) -> User:
    """Return the account this identity opens, linked to it from now on; that of `signed_in`, when they ask to be.

    The address only serves the first time: it may be given to somebody else, `sub` never is. Nobody opens their own
    account. Raises `Refused` when there is none, when it is closed, or when the person comes from another organisation.
    """
    known = (
        LinkedIdentity.objects.select_related("user")
        .filter(issuer=identity.issuer, subject=identity.subject)
        .select_for_update(of=("self",))
        .first()
    )
    if known is None:
        user = _free(signed_in or _bearer(identity, at=at), identity)
    elif signed_in is not None and known.user_id != signed_in.pk:
        raise Refused("Cette identité ouvre déjà le compte d’une autre personne.")
    else:
        user = known.user
    refuse(why_not_recognise(user, identity, on=dates.day_of(at)))
    if known is None:
        known = LinkedIdentity.objects.create(
            user=user, issuer=identity.issuer, subject=identity.subject, linked_at=at, used_at=at
        )
        journal.record("person.identity_linked", user, by=user, at=at, issuer=identity.issuer)
    known.used_at = at
    known.save(update_fields=["used_at"])
    return user


@transaction.atomic
def unlink(linked: LinkedIdentity, *, by: User, at: datetime) -> None:
    """Forget that an identity opens an account. Raises `Refused` when it is another's, or the only way in."""
    refuse(why_not_unlink(linked, by=by))
    journal.record("person.identity_unlinked", linked.user, by=by, at=at, issuer=linked.issuer)
    linked.delete()


def why_not_recognise(user: User, identity: Identity, *, on: date) -> str | None:
    """Say in French why this identity does not open this account today, or None."""
    if not user.is_active:
        return "Ce compte est fermé. Écrivez à la personne qui vous l’a ouvert."
    number = identity.siret
    if siret.why_not_siret(number):
        return (
            f"{settings.OIDC_NAME} n’a pas dit pour quelle organisation vous travaillez (SIRET). Vérifiez auprès de "
            "votre fournisseur d’identité que vous y êtes rattaché·e, ou connectez-vous avec votre mot de passe."
        )
    if not any(one.siret[:SIREN] == number[:SIREN] for one in _organisations(user, on=on)):
        return (
            f"{settings.OIDC_NAME} vous a identifié·e pour l’organisation {siret.spaced(number)}, où vous n’exercez "
            "aucune fonction ici. Recommencez en choisissant la vôtre, ou connectez-vous avec votre mot de passe."
        )
    return None


def why_not_unlink(linked: LinkedIdentity, *, by: User) -> str | None:
    """Say in French why this person cannot forget this identity, or None."""
    if linked.user_id != by.pk:
        return "Cette identité est celle d’une autre personne."
    if not linked.user.has_usable_password():
        return "C’est votre seule façon de vous connecter : choisissez d’abord un mot de passe."
    return None


def beneficiary_of(user: User, identity: Identity, *, on: date) -> Beneficiary | None:
    """Return the beneficiary this person serves for which the provider identified them, or None."""
    for one in _organisations(user, on=on):
        if isinstance(one, Beneficiary) and one.siret[:SIREN] == identity.siret[:SIREN]:
            return one
    return None


def _bearer(identity: Identity, *, at: datetime) -> User:
    """The account at this address; opened now when an invitation of this organisation was waiting there."""
    user = User.objects.filter(email=identity.email).first() if identity.email else None
    offered = [
        one
        for one in (invitations.waiting_for(identity.email, at=at) if identity.email else [])
        if not siret.why_not_siret(identity.siret) and one.place.siret[:SIREN] == identity.siret[:SIREN]
    ]
    if offered and (user is None or user.is_active):
        # The provider has proved the address, as the link of the message would have.
        user = user or invitations.open_account_for(offered[0], at=at)
        for invitation in offered:
            invitations.accept(invitation, by=user, at=at)
    if user is None or user.is_system:
        raise Refused(
            f"Aucun compte n’est ouvert ici à l’adresse que donne {settings.OIDC_NAME}"
            f"{f' ({identity.email})' if identity.email else ''}. Les comptes sont ouverts par l’opérateur qui suit "
            "votre commune : demandez-lui de vous inviter à cette adresse."
        )
    return user


def _free(user: User, identity: Identity) -> User:
    if LinkedIdentity.objects.filter(user=user, issuer=identity.issuer).exists():
        # Another person to whom the address was given, or the same one who changed employers: a human decides.
        raise Refused(
            f"Ce compte est déjà relié à une autre identité {settings.OIDC_NAME}. Connectez-vous "
            "avec votre mot de passe, puis déliez l’ancienne dans « Mon compte »."
        )
    return user


def _organisations(user: User, *, on: date) -> list[Beneficiary | Operator]:
    """Those where this person holds a role today; a legal person is known by the nine digits of its SIREN.

    The whole SIRET would turn away whoever works in another building of the same commune.
    """
    held = user.memberships.active_on(on).select_related("beneficiary", "operator")
    places = [membership.beneficiary or membership.operator for membership in held]
    return [place for place in places if place is not None and not siret.why_not_siret(place.siret)]
