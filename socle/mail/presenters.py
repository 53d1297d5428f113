"""The mail as screens show it: a box with its words, its colour, and what may be done to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from socle.lib import dates
from socle.lib.text import bytes_in_french, number
from socle.mail import aliases, confirming, rules
from socle.mail.models import Alias, Destination, Domain, Forwarding, Mailbox, Migration, Vacation
from socle.mail.models import migrations as migrating
from socle.mail.models.boxes import Status
from socle.mail.models.domains import Status as DomainStatus
from socle.people.models import User
from socle.ui.shapes import Tone

TONES: dict[str, Tone] = {
    Status.ACTIVE: "ok",
    Status.SUSPENDED: "alert",
    Status.DELETED: "neutral",
    Status.ERASED: "neutral",
}
DOMAIN_TONES: dict[str, Tone] = {
    DomainStatus.ACTIVE: "ok",
    DomainStatus.PREPARED: "wait",
    DomainStatus.SUSPENDED: "alert",
    DomainStatus.CLOSED: "neutral",
}
# From how full it is said that a box fills up.
FULL, NEARLY = 95, 80


def boxes_in_words(every: int, suspended: int) -> str:
    """Write « 1 204, dont 3 suspendues »; how many boxes there are, and how many of them nobody opens."""
    if not suspended:
        return number(every)
    return f"{number(every)}, dont {number(suspended)} suspendue{'s' if suspended > 1 else ''}"


@dataclass(frozen=True)
class ShownBox:
    """One box in a list."""

    mailbox: Mailbox
    label: str
    tone: Tone
    used: str
    detail: str
    remarks: tuple[str, ...]


def show_box(mailbox: Mailbox, *, on: date) -> ShownBox:
    """A box in words. Its holder, openings, vacation and forwarding were read with it (`with_all`)."""
    label, tone = mailbox.get_status_display().capitalize(), TONES[mailbox.status]
    if mailbox.status == Status.ACTIVE and mailbox.used_percent >= FULL:
        label, tone = "Pleine", "danger"
    elif mailbox.status == Status.ACTIVE and mailbox.used_percent >= NEARLY:
        label, tone = "Bientôt pleine", "alert"
    used = f"{bytes_in_french(mailbox.used_bytes)} sur {bytes_in_french(mailbox.quota_bytes)}"
    if mailbox.measured_at is None:
        used = f"pas encore mesurée, sur {bytes_in_french(mailbox.quota_bytes)}"
    elif mailbox.status != Status.DELETED:
        used += f", mesurée le {dates.at_in_words(mailbox.measured_at)}"
    if mailbox.status == Status.DELETED and mailbox.kept_until:
        detail = f"Gardée jusqu’au {dates.in_words(dates.day_of(mailbox.kept_until))}."
    elif mailbox.is_shared:
        names = [opening.user.name for opening in mailbox.openings.all()]
        detail = f"Ouverte à {_list(names)}." if names else "Ouverte à personne : ce qui arrive attend."
    else:
        detail = f"Boîte de {mailbox.holder.name}." if mailbox.holder else "Boîte personnelle, sans titulaire."
    return ShownBox(mailbox, label, tone, used, detail, tuple(_remarks(mailbox, on=on)))


def _list(names: list[str]) -> str:
    if len(names) <= 3:
        return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} et {names[-1]}"
    return f"{', '.join(names[:2])} et {len(names) - 2} autres personnes"


def _remarks(mailbox: Mailbox, *, on: date) -> Iterable[str]:
    vacation: Vacation | None = getattr(mailbox, "vacation", None)
    if vacation is not None and vacation.is_running_on(on):
        yield "Répond à l’absence"
    forwarding: Forwarding | None = getattr(mailbox, "forwarding", None)
    if forwarding is not None:
        yield "Renvoyée" if forwarding.is_in_force else "Renvoi en attente d’accord"


@dataclass(frozen=True)
class ShownDestination:
    """A destination of an alias, and whether mail goes there."""

    destination: Destination
    address: str
    label: str
    tone: Tone
    why_not_withdraw: str | None


def show_destination(destination: Destination, *, by: User, on: date) -> ShownDestination:
    """A destination in words."""
    label: str
    tone: Tone
    if destination.mailbox is not None:
        label, tone = ("Reçoit", "ok") if destination.mailbox.status != Status.DELETED else ("Supprimée", "alert")
        address = destination.mailbox.address
    else:
        label, tone = outside_state(destination)
        address = destination.address
    why_not = aliases.why_not_withdraw(destination, by=by, on=on)
    return ShownDestination(destination, address, label, tone, why_not)


def outside_state(thing: confirming.Asked) -> tuple[str, Tone]:
    """Whether the owner of an address outside agreed, in words."""
    if thing.confirmed_at is not None:
        return "Reçoit", "ok"
    if thing.expires_at is not None and thing.expires_at <= timezone.now():
        return "N’a pas répondu", "alert"
    return "Accord demandé", "wait"


@dataclass(frozen=True)
class ShownAlias:
    """One alias in a list."""

    alias: Alias
    address: str
    to: str


def show_alias(alias: Alias, domain: Domain | None) -> ShownAlias:
    """An alias in words; its destinations and their boxes were read with it."""
    to = [one.mailbox.address if one.mailbox else one.address for one in alias.destinations.all()]
    shown = ", ".join(to[:3]) + (f" et {len(to) - 3} autres" if len(to) > 3 else "")
    return ShownAlias(alias, f"{alias.local_part}@{domain.shown if domain else '…'}", shown or "personne")


@dataclass(frozen=True)
class ShownDomain:
    """A domain, its state, what may be done to it."""

    domain: Domain
    label: str
    tone: Tone
    sentence: str
    why_not_main: str | None
    why_not_close: str | None


def show_domain(domain: Domain, *, by: User, on: date) -> ShownDomain:
    """A domain in words."""
    return ShownDomain(
        domain,
        domain.get_status_display().capitalize(),
        DOMAIN_TONES[domain.status],
        sentence_of(domain),
        rules.why_not_main(domain, by=by, on=on),
        rules.why_not_close_domain(domain, by=by, on=on),
    )


def sentence_of(domain: Domain) -> str:
    """Say what the state of a domain means for the mairie."""
    return {
        DomainStatus.PREPARED: (
            "Vos boîtes y existent déjà, mais rien n’y arrive encore : le nom mène toujours à l’ancien fournisseur."
        ),
        DomainStatus.ACTIVE: "Vous y recevez votre courrier.",
        DomainStatus.SUSPENDED: "Rien ne part plus sous ce nom ; ce qui arrive est gardé.",
        DomainStatus.CLOSED: "Plus rien n’y arrive. Vos boîtes ont tout gardé.",
    }[DomainStatus(domain.status)]


@dataclass(frozen=True)
class ShownImport:
    """Progress of the import of an old box."""

    migration: Migration
    label: str
    tone: Tone
    found: int
    done: int
    brought: int
    present: int
    left: int
    size: str


IMPORT_TONES: dict[str, Tone] = {
    migrating.Status.ASKED: "wait",
    migrating.Status.RUNNING: "info",
    migrating.Status.DONE: "ok",
    migrating.Status.FAILED: "danger",
    migrating.Status.CANCELLED: "neutral",
}


def show_import(migration: Migration) -> ShownImport:
    """An import in words and numbers; its folders were read with it."""
    folders = list(migration.folders.all())
    brought, present, left = (
        sum(getattr(folder, name) for folder in folders) for name in ("brought", "present", "left")
    )
    return ShownImport(
        migration,
        migration.get_status_display().capitalize(),
        IMPORT_TONES[migration.status],
        sum(folder.found for folder in folders),
        brought + present + left,
        brought,
        present,
        left,
        bytes_in_french(sum(folder.total_bytes for folder in folders)),
    )
