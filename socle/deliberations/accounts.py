"""How a body sends electronically: its facts, its certificate in the vault, the nomenclature of its prefecture."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    pkcs12,
)
from django.db import transaction

from socle.deliberations import messages
from socle.deliberations.contract import Access, NotConfigured, TransmitterError, transmitter
from socle.deliberations.models import Act, ClassifiedMatter, FileKind, TransmissionAccount
from socle.deliberations.rules import why_not_may_record
from socle.deliberations.transmission_rules import AccountFacts, why_not_set_account
from socle.journal import actions as journal
from socle.lib import dates, vault
from socle.lib.refusals import Refused, refuse
from socle.people.models import Beneficiary, Operator, User

# For what the vault keeps these secrets.
CERTIFICATE, PASSWORD = "transmission-certificate", "transmission-password"
# A chain and a key hold in a few kilobytes.
MOST_CERTIFICATE = 128 * 1024
NOT_A_CERTIFICATE = (
    "Ce fichier ne contient pas le certificat de l’organisme et sa clé, ou son mot de passe est faux\u00a0: déposez le "
    "fichier .p12 ou .pem que le dispositif a remis."
)


@transaction.atomic
def set_account(owner: Beneficiary | Operator, facts: AccountFacts, *, by: User, at: datetime) -> TransmissionAccount:
    """Write how this body sends electronically; said again, it corrects. Raises Refused."""
    refuse(why_not_set_account(owner, facts, by=by, on=dates.day_of(at)))
    key = {"operator": owner} if isinstance(owner, Operator) else {"beneficiary": owner}
    told = {name: value for name, value in vars(facts).items() if name != "password"}
    if facts.password:
        told["password"] = vault.keep(facts.password, purpose=PASSWORD)
    account, _ = TransmissionAccount._base_manager.update_or_create(**key, defaults=told)
    journal.record("transmission.set", account, by=by, at=at, transmitter=account.transmitter)
    return account


@transaction.atomic
def give_certificate(
    account: TransmissionAccount, content: bytes, *, password: str = "", by: User, at: datetime
) -> TransmissionAccount:
    """Keep a body's certificate and its key, given in one file (PEM or PKCS#12), in the vault. Raises Refused."""
    refuse(why_not_may_record(by, account.body, on=dates.day_of(at)))
    pem, ends_at = read_certificate(content, password)
    if ends_at <= at:
        raise Refused("Ce certificat n’est plus valable\u00a0: demandez le nouveau au dispositif de transmission.")
    account.certificate = vault.keep(pem.decode(), purpose=CERTIFICATE)
    account.certificate_ends_at = ends_at
    account.save(update_fields=["certificate", "certificate_ends_at"])
    journal.record("transmission.certified", account, by=by, at=at, ends_at=ends_at.isoformat())
    return account


def read_certificate(content: bytes, password: str) -> tuple[bytes, datetime]:
    """The certificate, its chain and its key in PEM, and when it ends. Raises Refused."""
    if len(content) > MOST_CERTIFICATE:
        raise Refused(NOT_A_CERTIFICATE)
    secret = password.encode() or None
    try:
        if b"-----BEGIN" in content:
            key = load_pem_private_key(content, password=secret if b"ENCRYPTED" in content else None)
            chain = x509.load_pem_x509_certificates(content)
        else:
            loaded = pkcs12.load_pkcs12(content, secret)
            if loaded.key is None or loaded.cert is None:
                raise Refused(NOT_A_CERTIFICATE)
            key, chain = loaded.key, [loaded.cert.certificate, *(one.certificate for one in loaded.additional_certs)]
    except (ValueError, TypeError) as error:
        raise Refused(NOT_A_CERTIFICATE) from error
    public = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    own = next(
        (one for one in chain if one.public_key().public_bytes(*public) == key.public_key().public_bytes(*public)), None
    )
    if own is None:
        raise Refused("La clé de ce fichier n’est pas celle de son certificat\u00a0: déposez le fichier complet.")
    ordered = [own, *(one for one in chain if one is not own)]
    pem = b"".join(one.public_bytes(Encoding.PEM) for one in ordered)
    pem += key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem, own.not_valid_after_utc.astimezone(UTC)


def of(act: Act) -> TransmissionAccount:
    """How the body of this act sends; raises `NotConfigured`."""
    account = TransmissionAccount.of(act.beneficiary or act.operator)  # type: ignore[arg-type]
    if account is None:
        raise NotConfigured("La transmission électronique n’est plus réglée pour cet organisme\u00a0: réglez-la.")
    return account


def access(account: TransmissionAccount) -> Access:
    """By what a body reaches its device, read from the vault; raises `NotConfigured`."""
    try:
        certificate = vault.read(account.certificate, purpose=CERTIFICATE).encode() if account.certificate else b""
        password = vault.read(account.password, purpose=PASSWORD) if account.password else ""
    except vault.Unreadable as error:
        raise NotConfigured(
            "La clé de la plateforme a changé\u00a0: redonnez le certificat et le mot de passe de l’organisme."
        ) from error
    return Access(account.siren, account.address, certificate, account.login, password)


def check(account: TransmissionAccount, *, by: User, at: datetime) -> None:
    """Ask the device whether it knows this body; changes nothing. Raises Refused with what it says."""
    refuse(why_not_may_record(by, account.body, on=dates.day_of(at)))
    try:
        transmitter(account.transmitter).check(access(account))
    except TransmitterError as error:
        raise Refused(error.sentence) from error


def read_classification(account: TransmissionAccount, *, by: User, at: datetime) -> TransmissionAccount:
    """Ask the device for the nomenclature of the prefecture, and keep it in place of the former. Raises Refused."""
    refuse(why_not_may_record(by, account.body, on=dates.day_of(at)))
    try:
        found = messages.classification(transmitter(account.transmitter).classification(access(account)))
    except (TransmitterError, messages.Unreadable) as error:
        raise Refused(error.sentence) from error
    return keep_classification(account, found, by=by, at=at)


@transaction.atomic
def keep_classification(
    account: TransmissionAccount, found: messages.Classification, *, by: User, at: datetime
) -> TransmissionAccount:
    """Put this nomenclature in place of the former; one that is older changes nothing."""
    if account.classification_on is not None and found.of < account.classification_on:
        return account
    account.matters.all().delete()
    account.kinds.all().delete()
    ClassifiedMatter.objects.bulk_create(
        ClassifiedMatter(account=account, code=code, label=label) for code, label in found.matters.items()
    )
    FileKind.objects.bulk_create(
        FileKind(account=account, nature=nature, code=code, label=label)
        for (nature, code), label in found.kinds.items()
    )
    account.classification_on = account.in_force_on = found.of
    account.save(update_fields=["classification_on", "in_force_on"])
    journal.record("transmission.classified", account, by=by, at=at, of=found.of.isoformat())
    return account
