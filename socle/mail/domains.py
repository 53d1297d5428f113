"""Actions on domains: given at birth, taken, put in service, made the main one, suspended, closed."""

from __future__ import annotations

import base64
from datetime import datetime

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.db import transaction
from django_scopes import scopes_disabled

from socle.domains.ownership import claim, ensure, hold, look_soon
from socle.journal import actions as journal
from socle.lib import dates, vault
from socle.lib.domains import read_domain
from socle.lib.refusals import refuse
from socle.lib.rows import write
from socle.lib.text import slug
from socle.mail import rules
from socle.mail.models import Domain, Mailbox
from socle.mail.models.domains import Status
from socle.people.models import Beneficiary, User

# What this key signs is believed to come from the domain: nothing else reads it (`socle.lib.vault`).
DKIM = "mail.dkim"


def held(beneficiary: Beneficiary) -> Beneficiary:
    """Lock a beneficiary's row, so that two actions never take the same name there."""
    return Beneficiary.objects.select_for_update(of=("self",)).select_related("commune").get(pk=beneficiary.pk)


def _sign(domain: Domain, *, at: datetime) -> None:
    """Give a domain the pair of keys of its signatures (RFC 6376; 2048 bits: RFC 8301)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    domain.dkim_selector = f"s{at:%Y%m}"
    domain.dkim_private_key = vault.keep(private.decode(), purpose=DKIM)
    domain.dkim_public_key = base64.b64encode(public).decode()


def private_key_of(domain: Domain) -> str:
    """The key that signs, in PEM, for the servers; raises `vault.Unreadable` when the platform's key changed."""
    return vault.read(domain.dkim_private_key, purpose=DKIM)


def free_name(beneficiary: Beneficiary) -> str:
    """The name a beneficiary is given under the operator's domain: its own, told apart when another bears it."""
    commune = beneficiary.commune
    stem = slug(commune.name if commune else beneficiary.name)[:60].strip("-") or f"organisme-{beneficiary.pk}"
    place = commune.insee_code.lower() if commune else str(beneficiary.pk)
    # In a department two communes seldom bear the same name; in the country, hundreds do.
    wanted = [stem, f"{stem}-{beneficiary.department.code.lower()}", f"{stem}-{place}", f"{stem}-{beneficiary.pk}"]
    names = [f"{one}.{settings.SOCLE_MAIL_DOMAIN}" for one in wanted]
    with scopes_disabled():  # Whoever has it.
        taken = set(Domain.objects.filter(name__in=names).values_list("name", flat=True))
    return next(name for name in names if name not in taken and not rules.is_server(name))


@transaction.atomic
def give_domain(beneficiary: Beneficiary, *, by: User, at: datetime) -> Domain:
    """Give a beneficiary its domain under the operator's: in service at once, its servers are ours. Idempotent.

    Raises `Refused` when the operator has none.
    """
    beneficiary = held(beneficiary)
    if (domain := Domain.objects.filter(beneficiary=beneficiary, is_own=False).first()) is not None:
        return domain
    refuse(rules.why_not_give_domain())
    has_main = Domain.objects.filter(beneficiary=beneficiary, is_main=True).exists()
    domain = Domain(
        beneficiary=beneficiary,
        name=free_name(beneficiary),
        is_own=False,
        is_main=not has_main,
        status=Status.ACTIVE,
        made_at=at,
        activated_at=at,
    )
    _sign(domain, at=at)
    domain.save(force_insert=True)
    ensure(beneficiary.pk, domain.name, is_own=False, at=at)
    journal.record("mail.domain_given", domain, by=by, at=at, domain=domain.name)
    return domain


@transaction.atomic
def take_domain(beneficiary: Beneficiary, text: str, *, by: User, at: datetime) -> Domain:
    """Note the domain that a commune owns. Its boxes exist there at once; nothing arrives before the DNS leads here.

    One it had closed is taken up again, with its keys. Raises `Refused`.
    """
    beneficiary = held(beneficiary)
    name = read_domain(text)
    refuse(rules.why_not_take(beneficiary, name, by=by, on=dates.day_of(at)))
    claim(beneficiary, name, at=at)
    domain = Domain.objects.filter(beneficiary=beneficiary, name=name).first()
    if domain is None:
        domain = Domain(beneficiary=beneficiary, name=name, is_own=True, made_at=at)
        _sign(domain, at=at)
    domain.status, domain.closed_at, domain.made_at = Status.PREPARED, None, at
    write(domain, ["status", "closed_at", "made_at"])
    journal.record("mail.domain_taken", domain, by=by, at=at, domain=name)
    return domain


@transaction.atomic
def activate(domain: Domain, *, reason: str = "", by: User, at: datetime) -> Domain:
    """Let mail arrive by this domain: once the DNS leads here, or because a keeper says why. Raises `Refused`."""
    hold(domain.name)
    domain = Domain.objects.select_for_update(of=("self",)).select_related("beneficiary").get(pk=domain.pk)
    refuse(rules.why_not_activate(domain, by=by, on=dates.day_of(at), reason=reason))
    is_resumed = domain.status == Status.SUSPENDED
    domain.status, domain.suspended_at = Status.ACTIVE, None
    domain.activated_at = domain.activated_at or at
    if reason.strip() and not is_resumed:
        domain.forced_by, domain.forced_reason = by, reason.strip()[:300]
    domain.save(update_fields=["status", "suspended_at", "activated_at", "forced_by", "forced_reason"])
    verb = "mail.domain_resumed" if is_resumed else "mail.domain_activated"
    journal.record(verb, domain, by=by, at=at, domain=domain.name, is_forced=bool(reason.strip()))
    look_soon(domain.name, at=at)
    return domain


@transaction.atomic
def suspend_domain(domain: Domain, *, by: User, at: datetime) -> Domain:
    """Suspend a domain: nothing leaves under it any more, what arrives is kept. Raises `Refused`."""
    domain = Domain.objects.select_for_update(of=("self",)).select_related("beneficiary").get(pk=domain.pk)
    refuse(rules.why_not_suspend_domain(domain, by=by, on=dates.day_of(at)))
    domain.status, domain.suspended_at = Status.SUSPENDED, at
    domain.save(update_fields=["status", "suspended_at"])
    journal.record("mail.domain_suspended", domain, by=by, at=at, domain=domain.name)
    return domain


@transaction.atomic
def make_main(domain: Domain, *, by: User, at: datetime) -> Domain:
    """Show every box under this domain; the others still receive. Raises `Refused`."""
    beneficiary = held(domain.beneficiary)
    domain = Domain.objects.select_for_update(of=("self",)).select_related("beneficiary").get(pk=domain.pk)
    refuse(rules.why_not_main(domain, by=by, on=dates.day_of(at)))
    Domain.objects.filter(beneficiary=beneficiary, is_main=True).update(is_main=False)
    domain.is_main = True
    domain.save(update_fields=["is_main"])
    boxes = list(Mailbox.objects.filter(beneficiary=beneficiary).kept())
    for box in boxes:
        box.domain, box.address = domain, f"{box.local_part}@{domain.name}"
    Mailbox.objects.bulk_update(boxes, ["domain", "address"])
    journal.record("mail.domain_main", domain, by=by, at=at, domain=domain.name)
    return domain


@transaction.atomic
def close_domain(domain: Domain, *, by: User, at: datetime) -> Domain:
    """Stop receiving by a domain that is not the main one; boxes keep everything. Raises `Refused`."""
    hold(domain.name)
    domain = Domain.objects.select_for_update(of=("self",)).select_related("beneficiary").get(pk=domain.pk)
    refuse(rules.why_not_close_domain(domain, by=by, on=dates.day_of(at)))
    domain.status, domain.closed_at = Status.CLOSED, at
    domain.save(update_fields=["status", "closed_at"])
    journal.record("mail.domain_closed", domain, by=by, at=at, domain=domain.name)
    look_soon(domain.name, at=at)
    return domain
