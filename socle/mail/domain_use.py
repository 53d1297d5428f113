"""Use of domain names by the mail: the records it wants, and what follows when the DNS leads it here or elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django_scopes import scopes_disabled

from socle.domains.contract import Use, UseState
from socle.domains.diagnosis import Diagnosis
from socle.domains.models import DomainName
from socle.domains.records import Record
from socle.journal import actions as journal
from socle.lib import dates
from socle.mail import domains, records
from socle.mail.models.domains import Domain, Status
from socle.mail.presenters import DOMAIN_TONES, sentence_of
from socle.mail.rules import why_not_activate
from socle.people.models import User


def domain_of(name: DomainName) -> Domain | None:
    """The domain of the mail that bears this name, or None."""
    with scopes_disabled():  # One name, given by the caller.
        found: Domain | None = Domain.objects.filter(beneficiary=name.beneficiary_id, name=name.name).first()
    return found


class MailUse(Use):
    code, label = "mail", "Messagerie"

    def has(self, name: DomainName) -> bool:
        return domain_of(name) is not None

    def wanted(self, name: DomainName, *, at: datetime) -> Iterable[Record]:
        domain = domain_of(name)
        # A closed one says that it has no mail where we write its zone; elsewhere that is the commune's affair.
        if domain is None or (domain.status == Status.CLOSED and not name.is_here):
            return ()
        return records.records_of(records.facts_of(domain, at=at))

    def base(self) -> Iterable[Record]:
        return records.base_records(settings.SOCLE_MAIL_DOMAIN, records.servers(), settings.SOCLE_MAIL_SENDERS)

    def follow(self, name: DomainName, diagnosis: Diagnosis, *, by: User, at: datetime) -> bool:
        """Put in service a domain whose mail arrives here, when it was waiting for that only."""
        domain = domain_of(name)
        if domain is None or domain.status == Status.CLOSED:
            return True
        was_here, domain.is_mail_here = domain.is_mail_here, diagnosis.is_mail_here
        domain.save(update_fields=["is_mail_here"])
        if domain.is_mail_here and not was_here:
            journal.record("mail.domain_arrives", domain, by=by, at=at)
        elif domain.is_mail_here is False and was_here:
            journal.record("mail.domain_lost", domain, by=by, at=at)
        if domain.is_mail_here and domain.status == Status.PREPARED:
            # From now on its mail is brought here: not to take it would be to lose it.
            system = User.objects.system()
            if why_not_activate(domain, by=system, on=dates.day_of(at)) is None:
                domains.activate(domain, by=system, at=at)
        return bool(domain.is_mail_here)

    def states(self, names: Iterable[DomainName], *, at: datetime) -> dict[str, UseState]:
        with scopes_disabled():  # Names given by the caller.
            found = Domain.objects.filter(name__in=[one.name for one in names])
            return {one.name: state_of(one) for one in found}


def state_of(domain: Domain) -> UseState:
    """How far the service of a domain is."""
    is_served = domain.status in (Status.ACTIVE, Status.SUSPENDED)
    if domain.is_mail_here is False and is_served:
        return UseState(
            "Courrier ailleurs", "danger", "Le courrier de ce domaine n’arrive pas ici, ou pas tout entier.", is_served
        )
    if domain.is_mail_here and domain.status == Status.PREPARED:
        sentence = "Le courrier est dirigé ici, mais rien ne prouve que ce nom est à la commune."
        return UseState("À prouver", "alert", sentence, is_served)
    label = domain.get_status_display().capitalize()
    return UseState(label, DOMAIN_TONES[domain.status], sentence_of(domain), is_served)
