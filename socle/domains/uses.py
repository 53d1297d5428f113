"""Uses of a name: what upper rooms declare in `SOCLE_DOMAIN_USES`, and all the records that a name is to have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string

from socle.domains.contract import Use
from socle.domains.models import DomainName
from socle.domains.records import TTL, Record, as_text, at_addresses
from socle.domains.rules import is_proved


def uses() -> list[Use]:
    """List the uses that names may have, in the order in which they are shown."""
    return [import_string(dotted)() for dotted in settings.SOCLE_DOMAIN_USES]


def uses_of(name: DomainName) -> list[Use]:
    """List the uses of this name, in force or asked for."""
    return [use for use in uses() if use.has(name)]


def wanted_records(name: DomainName, *, at: datetime) -> tuple[Record, ...]:
    """The records that a name is to have today, whoever holds its zone: its proof, then what each use wants."""
    each = [replace(one, use=use.code) for use in uses() for one in use.wanted(name, at=at)]
    common = [*_proof(name), *_authorities(name)] if each else []
    return tuple(dict.fromkeys(_without_alone(common + each)))


def base_records() -> tuple[Record, ...]:
    """List the records on which every name stands, in the operator's own zone."""
    return tuple(one for use in uses() for one in use.base())


def _proof(name: DomainName) -> Iterator[Record]:
    if name.is_own and not is_proved(name.beneficiary_id, name.name):
        why = "Prouve que le domaine est à la commune\u00a0: seul qui le tient peut l’écrire. Rien ne sert avant."
        yield Record(name.proof_host, "TXT", TTL, as_text(name.proof), why)


def _authorities(name: DomainName) -> Iterator[Record]:
    why = "CAA\u00a0: dit qui peut émettre un certificat pour ce nom\u00a0; les autres sont tenus de refuser."
    # At the top of a zone nothing is an alias, beside which it could not stand.
    top = name.zone if name.is_own else name.name
    for authority in settings.SOCLE_CERTIFICATE_AUTHORITIES:
        yield Record(top, "CAA", TTL, f'0 issue "{authority.lower()}"', why, is_advised=True)


def _without_alone(records: list[Record]) -> Iterator[Record]:
    """An alias stands alone at its name (RFC 1034, 3.6.2): beside other records, its addresses are written instead."""
    for one in records:
        is_alone = not any(other.name == one.name and other.type != one.type for other in records)
        if one.type == "CNAME" and one.addresses and not is_alone:
            yield from (replace(made, use=one.use) for made in at_addresses(one.name, one.addresses, one.why))
        else:
            yield one
