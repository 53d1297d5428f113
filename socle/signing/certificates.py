"""Certificates of people: the words of one, whose it is, what it may sign, and why it is not relied upon."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime

from asn1crypto import x509
from pyhanko.sign.ades.report import AdESFailure, AdESIndeterminate, AdESSubIndic
from pyhanko.sign.validation.status import PdfSignatureStatus

# By what the library says of a certificate that is not to be relied on.
REASONS: dict[AdESSubIndic, str] = {
    AdESIndeterminate.OUT_OF_BOUNDS_NO_POE: "Votre certificat n’est plus valable, ou pas encore.",
    AdESIndeterminate.EXPIRED: "Votre certificat n’est plus valable.",
    AdESIndeterminate.NOT_YET_VALID: "Votre certificat n’est pas encore valable.",
    AdESIndeterminate.REVOKED_NO_POE: "Votre certificat est révoqué.",
    AdESFailure.REVOKED: "Votre certificat est révoqué.",
    AdESIndeterminate.REVOKED_CA_NO_POE: "L’autorité qui a délivré votre certificat est révoquée.",
    AdESIndeterminate.NO_CERTIFICATE_CHAIN_FOUND: "L’autorité qui a délivré votre certificat n’est pas connue ici.",
    AdESIndeterminate.TRY_LATER: "La liste des certificats révoqués est hors d’atteinte\u00a0: réessayez.",
    AdESIndeterminate.CERTIFICATE_CHAIN_GENERAL_FAILURE: (
        "La validité de votre certificat n’a pas pu être établie, peut-être parce que la liste des certificats "
        "révoqués est hors d’atteinte\u00a0: réessayez plus tard."
    ),
}
# What says that a certificate signs documents: RFC 9336, Adobe, Microsoft, and e-mail protection, which most have.
SIGNING = ("1.3.6.1.5.5.7.3.36", "1.2.840.113583.1.1.5", "1.3.6.1.4.1.311.10.3.12", "1.3.6.1.5.5.7.3.4")
# What no certificate of a person has.
NEVER = {
    "1.3.6.1.5.5.7.3.1": "Ce certificat est celui d’un serveur, et non d’une personne\u00a0: signez avec le vôtre.",
    "1.3.6.1.5.5.7.3.3": "Ce certificat signe des programmes, et non des documents\u00a0: signez avec le vôtre.",
    "1.3.6.1.5.5.7.3.9": (
        "Ce certificat est celui d’une autorité qui répond de l’état des autres (OCSP)\u00a0: signez avec le vôtre."
    ),
    "1.3.6.1.5.5.7.3.8": "Ce certificat est celui d’une autorité d’horodatage\u00a0: signez avec le vôtre.",
}
AUTHORITY = "Ce certificat est celui d’une autorité de certification\u00a0: signez avec le vôtre."
WEAKEST_RSA = 2048


def in_words(certificate: x509.Certificate) -> str:
    """The subject of a certificate as people read it: name, organisation, unit, country."""
    subject = certificate.subject.native
    full = f"{subject.get('given_name', '')} {subject.get('surname', '')}".strip()
    parts: list[str] = []
    for part in (subject.get("common_name", full), *(subject.get(key, "") for key in _PLACES)):
        parts += map(str, part) if isinstance(part, list) else [str(part)]
    return ", ".join(filter(None, (" ".join(part.split())[:100] for part in parts)))


_PLACES = ("organization_name", "organizational_unit_name", "country_name")


def why_not_trusted(status: PdfSignatureStatus, *, at: datetime) -> str | None:
    """Say in French why nobody relies on the certificate of this signature at this moment, or None."""
    if status.trusted:
        return None
    certificate, problem = status.signing_cert, status.trust_problem_indic
    if certificate.self_issued:
        return "Ce certificat s’est signé lui-même\u00a0: aucune autorité ne dit qu’il est le vôtre."
    # What the library says of one that is not valid yet depends on what else it did not find.
    if at < certificate.not_valid_before:
        return REASONS[AdESIndeterminate.NOT_YET_VALID]
    return REASONS.get(problem, "Votre certificat n’a pas pu être reconnu.") if problem else "Certificat non reconnu."


def why_too_weak(certificate: x509.Certificate) -> str | None:
    """Say in French why no signature by this certificate proves anything any more, or None."""
    if certificate.public_key.algorithm == "rsa" and certificate.public_key.bit_size < WEAKEST_RSA:
        return (
            f"La clé de votre certificat est trop faible (RSA de {certificate.public_key.bit_size} bits)\u00a0: "
            "demandez un certificat récent."
        )
    if certificate["signature_algorithm"]["algorithm"].native.startswith(("md5_", "sha1_")):
        return "Votre certificat est signé en SHA-1, que chacun peut contrefaire\u00a0: demandez un certificat récent."
    return None


def why_not_to_sign(certificate: x509.Certificate) -> str | None:
    """Say in French why this certificate does not sign documents for a person, or None.

    Known to open a session or a door too (clientAuth, smart card), it signs all the same.
    """
    if certificate.ca or "key_cert_sign" in _usages(certificate):
        return AUTHORITY
    purposes = certificate.extended_key_usage_value
    if purposes is None:
        if "non_repudiation" in _usages(certificate):
            return None
        return (
            "Ce certificat ne dit pas qu’il engage qui signe (non-répudiation)\u00a0: signez avec votre certificat de "
            "signature."
        )
    borne = {one.dotted for one in purposes}
    for purpose, sentence in NEVER.items():
        if purpose in borne:
            return sentence
    if borne.isdisjoint(SIGNING):
        return (
            "Ce certificat sert à s’identifier, et non à signer des documents\u00a0: signez avec votre certificat de "
            "signature."
        )
    return None


def _usages(certificate: x509.Certificate) -> set[str]:
    value = certificate.key_usage_value
    return set(value.native) if value is not None else set()


def why_not_person(certificate: x509.Certificate, names: Sequence[str]) -> str | None:
    """Whether the certificate is in one of these names: the same words, whatever their order, case and accents."""
    subject = certificate.subject.native
    full = f"{subject.get('given_name', '')} {subject.get('surname', '')}"
    borne = (_words(str(subject.get("common_name", ""))), _words(full))
    if any(_words(name) in borne for name in names):
        return None
    shown = str(subject.get("common_name", "")) or full.strip()
    awaited = " ou de ".join(names)
    return f"Ce certificat est celui de «\u00a0{shown[:80]}\u00a0»\u00a0: la signature de {awaited} est attendue ici."


def _words(name: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return frozenset("".join(one if one.isalnum() else " " for one in plain if not unicodedata.combining(one)).split())
