"""E-mails about the machines' saves: late, wrong, nearly full. Once for each thing that happens."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django_scopes import scopes_disabled

from socle.backups import presenters, rules
from socle.backups.models import Account, Machine, Status
from socle.lib import dates
from socle.outbox import departures
from socle.people.capabilities import Capability, those_who
from socle.people.models import Beneficiary, Membership, User

# What the mairie can mend, the mairie is told; what is wrong on our side, our people too.
OURS = ("Dépôt abîmé", "Exercice manqué", "Sauvegardes disparues", "Date douteuse")
THEIRS = ("En retard", "Aucune sauvegarde", "Exercice manqué", "Sauvegardes disparues", "Dépôt abîmé")


def tell_troubles(*, at: datetime) -> int:
    """Write to those concerned; return how many messages left now. Asked again, nothing leaves twice."""
    left = 0
    with scopes_disabled():  # The tick works for every beneficiary in turn.
        machines = Machine.objects.filter(status=Status.ENROLLED, beneficiary__backup_account__suspended_at=None)
        rows = presenters.rows_of(presenters.with_states(machines), at=at)
        for row in rows:
            if row.label in OURS or row.label in THEIRS:
                left += _tell_machine(row, at=at)
        for account in Account.objects.filter(suspended_at=None).select_related("beneficiary"):
            if account.share >= presenters.NEARLY_FULL:
                left += _tell_nearly_full(account, at=at)
    return left


def _tell_machine(row: presenters.MachineRow, *, at: datetime) -> int:
    machine = row.machine
    said = {"row": row, "machine": machine, "late": settings.SOCLE_MACHINE_BACKUPS_LATE}
    # A late machine is told of once, until it saves again; a failed drill once per drill.
    event = getattr(machine, "drill_at", None) if row.label == "Exercice manqué" else row.last_at
    left = 0
    if row.label in THEIRS:
        url = f"{settings.PLATFORM_URL}{reverse('mairie:backup_machine', args=[machine.pk])}"
        for person in people_of(machine.beneficiary, at=at):
            left += _once((row.label, machine.pk, event, person.pk), row, {**said, "url": url}, person, at=at)
    if row.label in OURS and machine.repository is not None:
        url = f"{settings.PLATFORM_URL}{reverse('console:backup', args=[machine.pk])}"
        for person in rules.keepers_of(machine.repository, on=dates.day_of(at)):
            left += _once((row.label, machine.pk, event, person.pk), row, {**said, "url": url}, person, at=at)
    return left


def _once(
    key: tuple[object, ...], row: presenters.MachineRow, said: dict[str, object], person: User, *, at: datetime
) -> int:
    subject = f"Sauvegardes : {row.machine.name}, {row.label.lower()}"
    text = render_to_string("backups/trouble.txt", {**said, "person": person})
    return departures.send_once(("backups.trouble", *key), subject, text, person.email, at=at)


def _tell_nearly_full(account: Account, *, at: datetime) -> int:
    url = f"{settings.PLATFORM_URL}{reverse('mairie:backups')}"
    said = {"account": account, "summary": presenters.summary_of(account, []), "url": url}
    left = 0
    for person in people_of(account.beneficiary, at=at):
        key = ("backups.room", account.pk, account.quota, account.is_full, person.pk)
        subject = "Sauvegardes : il n’y a plus de place" if account.is_full else "Sauvegardes : bientôt plus de place"
        text = render_to_string("backups/nearly_full.txt", said)
        left += departures.send_once(key, subject, text, person.email, at=at)
    return left


def people_of(beneficiary: Beneficiary, *, at: datetime) -> list[User]:
    """Return the recipients at the mairie: the secretaries and the mayor in office."""
    held = Membership.objects.active_on(dates.day_of(at)).filter(
        beneficiary=beneficiary, role__in=those_who(Capability.ADMINISTER)
    )
    return list(User.objects.filter(pk__in=held.values("user"), is_active=True).exclude(email="").order_by("pk"))
