"""From settings and rows to the facts that records are made of."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string

from socle.lib import domains
from socle.mail.contract import SiteHosts
from socle.mail.models.domains import Domain, Status
from socle.mail.records import DkimKey, Facts, Record, Servers, base_records, records_of
from socle.people.names.actions import ensure
from socle.people.names.models import Use
from socle.people.names.rules import is_proved


def servers() -> Servers:
    """How the operator's servers are called, as the settings say."""
    addresses = [ipaddress.ip_address(one) for one in settings.SOCLE_SITES_ADDRESSES]
    return Servers(
        mx=tuple(one.lower() for one in settings.SOCLE_MAIL_MX),
        reads=(settings.SOCLE_MAIL_IMAP_HOST.lower(), settings.SOCLE_MAIL_IMAP_PORT),
        sends=(settings.SOCLE_MAIL_SMTP_HOST.lower(), settings.SOCLE_MAIL_SMTP_PORT),
        web=settings.SOCLE_MAIL_WEB_HOST.lower(),
        senders=settings.SOCLE_MAIL_SENDERS_NAME.lower(),
        reports=settings.SOCLE_MAIL_REPORTS,
        tls_reports=settings.SOCLE_MAIL_TLS_REPORTS,
        authorities=tuple(one.lower() for one in settings.SOCLE_CERTIFICATE_AUTHORITIES),
        ipv4=tuple(str(one) for one in addresses if one.version == 4),
        ipv6=tuple(str(one) for one in addresses if one.version == 6),
        mail=tuple(str(ipaddress.ip_address(one)) for one in settings.SOCLE_MAIL_ADDRESSES),
        mta_sts_mode=settings.SOCLE_MAIL_MTA_STS,
        reject_after_days=settings.SOCLE_DMARC_REJECT_DAYS,
    )


def zone_of(domain: Domain, *, is_here: bool) -> str:
    """The zone that holds the records of a domain.

    A sub-domain of the operator's: the operator's own. A domain of the commune's: the domain itself when our servers
    hold it, else the name that was registered, under which a form at a registrar counts.
    """
    if not domain.is_own:
        return settings.SOCLE_MAIL_DOMAIN
    return domain.name if is_here else domains.zone_of(domain.name)


def facts_of(domain: Domain, *, at: datetime, with_site: bool = True) -> Facts:
    """What is to be said of a domain today. `with_site`: where its zone is ours, its site answers by it too."""
    keys: tuple[DkimKey, ...] = ()
    if domain.dkim_selector and domain.dkim_public_key:
        keys = (DkimKey(domain.dkim_selector, domain.dkim_public_key),)
    hosts: tuple[str, ...] = ()
    if with_site and settings.SOCLE_MAIL_SITE_HOSTS:
        sites: SiteHosts = import_string(settings.SOCLE_MAIL_SITE_HOSTS)
        hosts = sites(domain.name, domain.beneficiary_id)
    is_in_service = domain.status in (Status.ACTIVE, Status.SUSPENDED) and domain.activated_at is not None
    age = (at - domain.activated_at).days if is_in_service and domain.activated_at else None
    has_mail = domain.status != Status.CLOSED and bool(settings.SOCLE_MAIL_MX)
    # The address of the calendars (`engines.radicale`): whoever serves two mairies finds those of this one.
    path = f"/dav/agenda/{domain.beneficiary_id}/"
    found = Facts(domain.name, servers(), keys, hosts, age, has_mail, dav_path=path)
    if domain.is_own and domain.status != Status.CLOSED and not is_proved(domain.beneficiary_id, domain.name):
        own = ensure(domain.beneficiary_id, domain.name, use=Use.MAIL, at=at)
        return replace(found, proof_host=own.proof_host, proof=own.proof)
    return found


def records_for(domain: Domain, *, at: datetime, with_site: bool = True) -> tuple[Record, ...]:
    """The records of a domain, as they are to be today."""
    return records_of(facts_of(domain, at=at, with_site=with_site))


def base() -> tuple[Record, ...]:
    """What every domain stands on, in the operator's zone."""
    return base_records(settings.SOCLE_MAIL_DOMAIN, servers(), settings.SOCLE_MAIL_SENDERS)
