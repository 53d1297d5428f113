"""Whether a signature is qualified: what the trusted lists kept here say of the certificate, at the time of the stamp.

A list (ETSI TS 119 612) is read every day, and each answer names the one that gave it. Only it makes a signature
« qualifiée »: no certificate is believed on its word, and a list that is missing or past says nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from socle.journal import actions as journal
from socle.lib import dates
from socle.people.models import User
from socle.signing.contract import SigningError, trust
from socle.signing.models import TrustedList

if TYPE_CHECKING:
    from pyhanko_certvalidator.path import ValidationPath

logger = logging.getLogger(__name__)


class Status(StrEnum):
    """Answers of the lists. `CERTIFICATE`: it is qualified, the device that holds its key is not known to be."""

    QUALIFIED = "qualified"
    CERTIFICATE = "certificate"
    NOT_QUALIFIED = "not_qualified"
    UNKNOWN = "unknown"


SENTENCES = {
    Status.QUALIFIED: "Signature qualifiée, d’après {list}.",
    Status.CERTIFICATE: "Certificat qualifié, mais rien ne dit que sa clé est dans un dispositif qualifié ({list}).",
    Status.NOT_QUALIFIED: "Certificat non qualifié, d’après {list}.",
    Status.UNKNOWN: "Rien ne dit si cette signature est qualifiée\u00a0: la liste de confiance est hors d’atteinte.",
}


def renew(*, by: User, at: datetime) -> None:
    """Read the lists again, and keep those that are newer. One that is out of reach leaves the last one as it was."""
    try:
        found = trust().trusted_lists()
    except SigningError as error:
        logger.warning("trusted_lists.kept_as_they_were %s", error.sentence)
        return
    for one in found:
        with transaction.atomic():
            kept = TrustedList.objects.select_for_update().filter(territory=one.territory).first()
            if kept is not None and kept.number > one.number:
                logger.warning("trusted_lists.older_than_kept territory=%s number=%s", one.territory, one.number)
            elif kept is None or kept.sha256 != one.sha256:
                facts = asdict(one)
                kept, _ = TrustedList.objects.update_or_create(territory=facts.pop("territory"), defaults=facts)
                told = {"territory": one.territory, "number": one.number, "sha256": one.sha256}
                journal.record("trusted_list.kept", kept, by=by, at=at, **told)


def past(*, at: datetime) -> list[str]:
    """The territories whose list says nothing at this instant: never read, or past."""
    kept = set(TrustedList.objects.filter(expires_at__gt=at).values_list("territory", flat=True))
    return [territory for territory in _followed() if territory not in kept]


def facts_of(path: ValidationPath, *, at: datetime) -> dict[str, str]:
    """Say what the lists say of the certificate at the end of this path, as the evidence keeps it; nothing without any.

    Keys: `status`, then, unless it is unknown, `territory`, `number`, `issued_on` (ISO 8601) and `sha256` of the list.
    """
    if not _followed():
        return {}
    kept = TrustedList.objects.filter(territory__in=_followed(), expires_at__gt=at)
    answers = [(_status(one, path, at), one) for one in kept.order_by("territory")]
    said = [(status, one) for status, one in answers if status is not Status.NOT_QUALIFIED]
    if not said and past(at=at):
        return {"status": Status.UNKNOWN}
    status, one = (said or answers)[0]
    return {
        "status": status,
        "territory": one.territory,
        "number": str(one.number),
        "issued_on": dates.day_of(one.issued_at).isoformat(),
        "sha256": one.sha256,
    }


def _followed() -> list[str]:
    return list(settings.SOCLE_TRUSTED_LISTS) if settings.SOCLE_TRUSTED_LISTS_URL else []


def _status(kept: TrustedList, path: ValidationPath, at: datetime) -> Status:
    # Half a second of imports, for the few who sign with a certificate of their own.
    from pyhanko.sign.validation.qualified.assess import QualificationAssessor
    from pyhanko.sign.validation.qualified.eutl_parse import trust_list_to_registry_unsafe
    from pyhanko.sign.validation.qualified.tsp import QcCertType

    # Its signature was checked when it was read, and only what it covers was kept.
    registry, _ = trust_list_to_registry_unsafe(kept.content)
    try:
        found = QualificationAssessor(registry).check_entity_cert_qualified(path, moment=at).status
    except (NotImplementedError, ValueError, TypeError, KeyError):  # It says several things of itself, or nonsense.
        return Status.NOT_QUALIFIED
    if not found.qualified or found.qc_type is not QcCertType.QC_ESIGN:
        return Status.NOT_QUALIFIED
    return Status.QUALIFIED if found.qc_key_security.is_qscd else Status.CERTIFICATE


def in_words(facts: Mapping[str, str]) -> str:
    """Say what `facts_of` found in a French sentence; nothing of nothing."""
    if not facts:
        return ""
    name = ""
    if "number" in facts:
        day = dates.in_words(date.fromisoformat(facts["issued_on"]))
        name = f"la liste de confiance {facts['territory']} n°\u00a0{facts['number']} du {day}"
    return SENTENCES[Status(facts["status"])].format(list=name)
