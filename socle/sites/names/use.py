"""Use of domain names by the sites: the records they want, what follows when the DNS leads one here or elsewhere."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django_scopes import scopes_disabled

from socle.domains.actions import dns
from socle.domains.contract import NoCertificate, Use, UseState
from socle.domains.diagnosis import Diagnosis
from socle.domains.models import DomainName
from socle.domains.records import TTL, Record, at_addresses, dotted, is_under
from socle.lib.domains import zone_of
from socle.people.models import User
from socle.sites.models.names import SiteName, Status
from socle.sites.models.sites import WebSite
from socle.sites.names import actions
from socle.ui.shapes import Tone

# A certificate of three months is renewed a month before it ends: closer than this, something is wrong.
CERTIFICATE_ALARM = timedelta(days=7)
# Most certificates are obtained within a minute of being asked for.
SOON = timedelta(minutes=1)


def site_name_of(name: DomainName) -> SiteName | None:
    """The name of a site that bears this domain name, or None."""
    with scopes_disabled():  # One name, given by the caller.
        found: SiteName | None = (
            SiteName.objects.filter(website__beneficiary=name.beneficiary_id, domain=name.name).with_place().first()
        )
    return found


class SiteUse(Use):
    code, label = "site", "Site internet"

    def has(self, name: DomainName) -> bool:
        return site_name_of(name) is not None

    def wanted(self, name: DomainName, *, at: datetime) -> Iterator[Record]:
        """Addresses where a zone begins and where aliases lead; elsewhere an alias of the name the site is born with.

        In a zone that we write, the hosts of the site under the name are wanted too: nobody else writes them.
        """
        with scopes_disabled():  # The site of one beneficiary, named by the caller.
            site = WebSite.objects.filter(beneficiary=name.beneficiary_id, archived_at=None).first()
            names = list(SiteName.objects.filter(website=site)) if site is not None else []
        if site is None:
            return
        addresses = tuple(str(ipaddress.ip_address(one)) for one in settings.SOCLE_SITES_ADDRESSES)
        hosts = [host for one in names for host in one.hosts if one.domain == name.name]
        if name.is_here:
            under = (site.first_host, *(host for one in names for host in one.hosts))
            hosts += [host for host in under if is_under(host, name.name)]
        why = "Mène au site de la commune."
        for host in dict.fromkeys(hosts):
            if host in (name.zone, zone_of(host), site.first_host):
                yield from at_addresses(host, addresses, why)
            else:
                yield Record(host, "CNAME", TTL, dotted(site.first_host), why, addresses=addresses)

    def follow(self, name: DomainName, diagnosis: Diagnosis, *, by: User, at: datetime) -> bool:
        site_name = site_name_of(name)
        if site_name is None:
            return True
        is_right, problem = _is_right(site_name, diagnosis), ""
        if settings.IS_HTTPS and is_right:
            # The web server obtains a certificate only for a name we say is ours: said first, then looked for.
            problem = site_name.problem if site_name.is_answering else actions.EXPECTED
        found = actions.follow(site_name, is_right, problem=problem, by=by, at=at)
        return found is None or (found.status in (Status.SERVED, Status.REPLACED) and found.wrong_at is None)

    def finish(self, name: DomainName, diagnosis: Diagnosis, *, by: User, at: datetime) -> None:
        """Look for the certificates of a name that is right: it is served once they are seen."""
        site_name = site_name_of(name)
        if site_name is None or not settings.IS_HTTPS or not _is_right(site_name, diagnosis):
            return
        until, problem = None, ""
        try:
            until = min(dns().certificate_end(host) for host in site_name.hosts)
        except NoCertificate as error:
            problem = error.sentence[:300]
        found = actions.follow(site_name, True, certificate_until=until, problem=problem, by=by, at=at)
        if found is not None and found.status == Status.RIGHT and site_name.problem == actions.EXPECTED:
            with scopes_disabled():  # One name, given by the caller.
                DomainName.objects.filter(pk=name.pk).update(next_check_at=at + SOON)

    def states(self, names: Iterable[DomainName], *, at: datetime) -> dict[str, UseState]:
        with scopes_disabled():  # Names given by the caller.
            found = SiteName.objects.filter(domain__in=[one.name for one in names])
            return {one.domain: state_of(one, at=at) for one in found}


def _is_right(site_name: SiteName, diagnosis: Diagnosis) -> bool | None:
    """Whether the DNS leads a name here. One that answers already goes on while its proof is awaited."""
    return diagnosis.is_right_for(SiteUse.code, is_proved=site_name.is_answering)


_WORDS: dict[str, tuple[str, Tone, str]] = {
    Status.ASKED: ("Demandée", "wait", "La première vérification a lieu dans la minute."),
    Status.WAITING: ("En attente du DNS", "wait", "Le site s’affichera à cette adresse dès que le DNS mènera ici."),
    Status.RIGHT: (
        "Certificat attendu",
        "wait",
        "Le DNS est juste. Le certificat, qui permet le https, s’obtient en quelques minutes.",
    ),
    Status.SERVED: ("En service", "ok", "Cette adresse conduit vos visiteurs à l’adresse principale."),
    Status.REPLACED: (
        "Conduit à la nouvelle",
        "neutral",
        "L’ancienne adresse conduit à la nouvelle\u00a0: liens, affiches et favoris restent bons.",
    ),
}


def state_of(name: SiteName, *, at: datetime) -> UseState:
    """How far the service of an address of a site is."""
    label, tone, sentence = _WORDS[name.status]
    end = name.certificate_until
    if name.is_answering and name.wrong_at is not None:
        days = max(0, -(-(name.wrong_at + actions.LOST_AFTER - at) // timedelta(days=1)))
        left = f"dans {days}\u00a0jour{'s' if days > 1 else ''}." if days else "aujourd’hui."
        label, tone = "Mal dirigée", "danger"
        sentence = f"Le DNS ne mène plus ici. Sans correction, le site reprend son adresse d’origine {left}"
    elif name.is_answering and end is not None and end - at < CERTIFICATE_ALARM:
        label, tone = "Certificat bientôt expiré", "alert"
        sentence = "Le certificat aurait dû être renouvelé\u00a0: l’équipe technique de l’opérateur regarde pourquoi."
    elif name.is_main:
        label, tone, sentence = "Adresse principale", "ok", "C’est l’adresse que vos visiteurs voient."
    elif name.status == Status.RIGHT and name.problem:
        sentence = f"Le DNS est juste, le certificat se fait attendre\u00a0: {name.problem}"
    return UseState(label, tone, sentence, name.status in (Status.SERVED, Status.REPLACED))
