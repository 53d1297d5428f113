"""Addresses whose mail goes to others: what may lead where, and what is done to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django_scopes import scopes_disabled

from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.mail import addresses, confirming, queries, rules
from socle.mail.domains import held
from socle.mail.models import Alias, Destination, Domain, Mailbox
from socle.mail.models.boxes import Status
from socle.people.models import Beneficiary, User

# A list of people, not of a mailing: beyond, a message would leave as rubbish.
MOST_DESTINATIONS = 50
MOST_ALIASES = 50


@dataclass(frozen=True)
class Target:
    """Where mail is to go: a box of the beneficiary, or an address outside."""

    mailbox: Mailbox | None = None
    address: str = ""


def read_target(beneficiary: Beneficiary, text: str) -> Target:
    """Return where a typed address leads, for this beneficiary; Refused when nothing may go there."""
    written = text.strip()
    if written and "@" not in written:
        # The start of an address of ours is enough.
        domain = Domain.objects.filter(beneficiary=beneficiary, is_main=True).first()
        written = f"{written}@{domain.name}" if domain else written
    address = addresses.read_address(written)
    local, _, name = address.partition("@")
    if Domain.objects.filter(beneficiary=beneficiary, name=name).open().exists():
        box = Mailbox.objects.filter(beneficiary=beneficiary, local_part=local).kept().first()
        if box is None and Alias.objects.filter(beneficiary=beneficiary, local_part=local).exists():
            raise Refused(f"« {address} » est elle-même une adresse de renvoi : choisissez une boîte.")
        if box is None:
            raise Refused(f"« {address} » n’existe pas : créez d’abord cette boîte, ou corrigez l’adresse.")
        if box.status == Status.DELETED:
            raise Refused(f"« {address} » est une boîte supprimée : reprenez-la d’abord.")
        return Target(mailbox=box)
    if (reason := why_not_outside(name)) is not None:
        raise Refused(reason)
    return Target(address=address)


def why_not_outside(domain: str) -> str | None:
    """Say why nothing is sent on to this domain outside the beneficiary's own, or None."""
    with scopes_disabled():  # A neighbour on the platform: mail does not leave.
        if Domain.objects.filter(name=domain).open().exists():
            return None
    if addresses.is_in_zone(domain):
        return None
    return (
        f"Le courrier de la mairie ne part pas vers « {domain} » : seules les adresses en {addresses.zones_in_words()} "
        "sont admises, pour qu’il ne quitte pas le pays par mégarde. Créez plutôt une boîte à cette personne, ou "
        "parlez-en à votre opérateur."
    )


# --- Rules ------------------------------------------------------------------------------------------------------------
def why_not_make(beneficiary: Beneficiary, local: str, *, targets: Iterable[Target], by: User, on: date) -> str | None:
    """Say why this alias cannot be made, or None. `local` and `targets` were read already."""
    if reason := rules.why_not_keep(beneficiary, by=by, on=on):
        return reason
    if not Domain.objects.filter(beneficiary=beneficiary, is_main=True).exists():
        return "Votre messagerie n’a pas encore de domaine : il naît avec le service."
    if reason := rules.why_not_name(queries.holdings_of(beneficiary, on=on), local):
        return reason
    if not list(targets):
        return "Indiquez au moins une adresse à laquelle le courrier est renvoyé."
    if Alias.objects.filter(beneficiary=beneficiary).count() >= MOST_ALIASES:
        return f"La mairie a déjà {MOST_ALIASES} adresses de renvoi : supprimez celles qui ne servent plus."
    return None


def why_not_add(alias: Alias, target: Target | None, *, by: User, on: date) -> str | None:
    """Say why this destination cannot be added, or None."""
    if reason := rules.why_not_keep(alias.beneficiary, by=by, on=on):
        return reason
    if target is None:
        return None
    there = Destination.objects.filter(alias=alias)
    if there.filter(mailbox=target.mailbox, address=target.address).exists():
        return "Cette adresse est déjà dans la liste."
    if there.count() >= MOST_DESTINATIONS:
        return (
            f"Une adresse de renvoi mène à {MOST_DESTINATIONS} personnes au plus : au-delà, c’est une lettre "
            "d’information, et les serveurs la prendraient pour du courrier indésirable."
        )
    return None


def why_not_withdraw(destination: Destination, *, by: User, on: date) -> str | None:
    """Say why a destination cannot be taken away, or None: an alias always leads to somebody."""
    alias = destination.alias
    if reason := rules.why_not_keep(alias.beneficiary, by=by, on=on):
        return reason
    others = Destination.objects.filter(alias=alias).exclude(pk=destination.pk)
    if alias.is_required and not others.reached().exists():
        return (
            f"« {alias.local_part}@ » doit toujours mener à quelqu’un : ajoutez d’abord une autre boîte. C’est là que "
            "les autres serveurs signalent un problème."
        )
    if not others.exists():
        return "C’est la dernière : supprimez plutôt l’adresse de renvoi."
    return None


def why_not_remove(alias: Alias, *, by: User, on: date) -> str | None:
    """Say why an alias cannot be removed, or None."""
    if reason := rules.why_not_keep(alias.beneficiary, by=by, on=on):
        return reason
    if alias.is_required:
        return f"« {alias.local_part}@ » est obligatoire (RFC 2142) : tout domaine qui a une messagerie y répond."
    return None


# --- Acts -------------------------------------------------------------------------------------------------------------
@transaction.atomic
def make_alias(
    beneficiary: Beneficiary,
    *,
    local_part: str,
    name: str = "",
    is_group: bool = False,
    destinations: Iterable[str],
    by: User,
    at: datetime,
) -> Alias:
    """Make an address whose mail goes to these others, each typed as people write it. Raises `Refused`.

    Outside, nothing goes before the owner of the address agreed.
    """
    beneficiary = held(beneficiary)
    local = addresses.read_local_part(local_part)
    typed = [one for one in destinations if one.strip()]
    if len(typed) > MOST_DESTINATIONS:
        raise Refused(f"Une adresse de renvoi mène à {MOST_DESTINATIONS} personnes au plus.")
    targets = list(dict.fromkeys(read_target(beneficiary, one) for one in typed))
    refuse(why_not_make(beneficiary, local, targets=targets, by=by, on=dates.day_of(at)))
    alias = Alias.objects.create(
        beneficiary=beneficiary,
        local_part=local,
        name=" ".join(name.split())[:120],
        is_group=is_group,
        made_at=at,
    )
    for target in targets:
        _add(alias, target, at=at)
    journal.record("mail.alias_made", alias, by=by, at=at, is_group=is_group, destinations=len(targets))
    return alias


def _add(alias: Alias, target: Target, *, name: str = "", at: datetime) -> Destination:
    destination = Destination(
        alias=alias, mailbox=target.mailbox, address=target.address, name=" ".join(name.split())[:120]
    )
    if target.mailbox is None:
        confirming.ask(destination, at=at)
    destination.save(force_insert=True)
    return destination


@transaction.atomic
def add_destination(alias: Alias, *, address: str, name: str = "", by: User, at: datetime) -> Destination:
    """Make the mail of an alias go to one more address. Raises `Refused`."""
    alias = Alias.objects.select_for_update(of=("self",)).select_related("beneficiary").get(pk=alias.pk)
    refuse(why_not_add(alias, None, by=by, on=dates.day_of(at)))
    target = read_target(alias.beneficiary, address)
    refuse(why_not_add(alias, target, by=by, on=dates.day_of(at)))
    destination = _add(alias, target, name=name, at=at)
    journal.record("mail.destination_added", alias, by=by, at=at, destination=destination.pk)
    return destination


@transaction.atomic
def withdraw_destination(destination: Destination, *, by: User, at: datetime) -> None:
    """Stop sending the mail of an alias there. Raises `Refused`."""
    alias = Alias.objects.select_for_update(of=("self",)).get(pk=destination.alias_id)
    refuse(why_not_withdraw(destination, by=by, on=dates.day_of(at)))
    journal.record("mail.destination_withdrawn", alias, by=by, at=at, destination=destination.pk)
    destination.delete()


@transaction.atomic
def remove_alias(alias: Alias, *, by: User, at: datetime) -> None:
    """Remove an alias: who writes there is told that the address does not exist. Raises `Refused`."""
    alias = Alias.objects.select_for_update(of=("self",)).select_related("beneficiary").get(pk=alias.pk)
    refuse(why_not_remove(alias, by=by, on=dates.day_of(at)))
    journal.record("mail.alias_removed", alias, by=by, at=at)
    alias.delete()
