"""What tests of transmission start from: a commune with an account, an act that may leave, a device."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from socle.deliberations import accounts, incoming, messages
from socle.deliberations.models import Act, TransmissionAccount
from socle.deliberations.transmission_rules import AccountFacts
from socle.documents import actions as documents
from socle.documents.models import Document
from socle.engines.simulated import letters
from socle.people.models import Beneficiary, Operator, User
from tests import factories as f


@cache
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def signed(*, ends_at: datetime = f.NOW + timedelta(days=300)) -> x509.Certificate:
    """The certificate of a body, signed by itself."""
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Commune")])
    made = x509.CertificateBuilder(named, named, key().public_key(), 1, f.NOW - timedelta(days=30), ends_at)
    return made.sign(key(), SHA256())


def certificate(*, ends_at: datetime = f.NOW + timedelta(days=300), password: bytes = b"") -> bytes:
    """The certificate of a body and its key, in PEM."""
    secret = BestAvailableEncryption(password) if password else NoEncryption()
    kept = key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret)
    return signed(ends_at=ends_at).public_bytes(Encoding.PEM) + kept


TWIN = {"simulated": "socle.engines.simulated.prefecture.SimulatedTransmitter"}
EXAMPLES = Path(__file__).parents[1] / "data/actes"


def facts(owner: Beneficiary | Operator, **changed: Any) -> AccountFacts:
    told = {
        "siren": owner.siret[:9],
        "department": "059",
        "district": "5",
        "nature": "31",
        "email": "actes@prisches.test",
        "agreed_on": date(2026, 9, 1),
        "transmitter": "simulated",
        "device": "abc",
    }
    return AccountFacts(**{**told, **changed})


def account(owner: Beneficiary | Operator, **changed: Any) -> TransmissionAccount:
    """One that is set, whose prefecture gave its nomenclature."""
    by = User.objects.system()
    made = accounts.set_account(owner, facts(owner, **changed), by=by, at=f.NOW)
    return accounts.keep_classification(made, messages.classification(letters.classification()), by=by, at=f.NOW)


def polled(times: int = 1, *, at: datetime = f.NOW) -> int:
    """Ask every device so many times, as often as it may be; return how many bodies were answered the last time."""
    heard = 0
    for _ in range(times):
        last = max((one.heard_at for one in TransmissionAccount._base_manager.all() if one.heard_at), default=None)
        heard = incoming.poll(by=User.objects.system(), at=max(at, last + incoming.EVERY) if last else at)
    return heard


def kept(owner: Beneficiary | Operator, content: bytes = b"", title: str = "Acte", **fields: Any) -> Document:
    return documents.keep(
        content or letters.page(),
        title=title,
        filename="acte.pdf",
        by=User.objects.system(),
        at=f.NOW,
        beneficiary=owner if isinstance(owner, Beneficiary) else None,
        **fields,
    )


def act(owner: Beneficiary | Operator, number: str = "2026-12", **fields: Any) -> Act:
    """One that has its text and its matter, and that the prefecture has not received."""
    told = {"received_on": None, "published_on": None, "document": kept(owner), "matter": "5.7"}
    return f.act(owner, number, **{**told, **fields})
