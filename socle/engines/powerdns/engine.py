"""The zones of the mail's domains, held by PowerDNS (`socle.domains.contract.Zones`)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from django.conf import settings

from socle.domains.contract import Held, Mark, Signed, ZonesError
from socle.engines.powerdns.client import Client, Comment, PowerDnsError, RRset

# In whose name a comment is ours: « DOMAIN DIGEST » for each content that we wrote.
ACCOUNT = "socle"
# What PowerDNS writes for the primary of a zone (SOA) as long as nobody named it.
NO_PRIMARY = "a.misconfigured.dns.server.invalid."
# Beyond so many names of the operator's zone, one question for all of it costs less than one for each.
WHOLE_FROM = 40


class PowerDns:
    """Holds zones in one PowerDNS; whoever copies them (AXFR, or its database) is its own business."""

    is_simulated = False

    def __init__(self, client: Client | None = None) -> None:
        self.client = client or Client(
            settings.SOCLE_POWERDNS_URL, settings.SOCLE_POWERDNS_KEY, server=settings.SOCLE_POWERDNS_SERVER
        )

    def check(self) -> None:
        with _said():
            self.client.version()
        if not settings.SOCLE_NAME_SERVERS:
            raise ZonesError(
                "Les serveurs de noms de l’opérateur ne sont pas nommés (SOCLE_NAME_SERVERS).", is_lasting=True
            )

    def exists(self, zone: str) -> bool:
        with _said():
            return self.client.zone(zone) is not None

    def make(self, zone: str) -> None:
        if not settings.SOCLE_NAME_SERVERS:
            raise ZonesError(
                "Les serveurs de noms de l’opérateur ne sont pas nommés (SOCLE_NAME_SERVERS).", is_lasting=True
            )
        with _said():
            kind, servers = settings.SOCLE_POWERDNS_KIND, settings.SOCLE_NAME_SERVERS
            if not self.client.make_zone(zone, kind=kind, name_servers=servers):
                # Made by hand, or by a try that was cut: signed all the same.
                found = self.client.zone(zone)
                if found is not None and not found.is_signed:
                    self.client.sign(zone)
            for soa in self.client.rrsets(zone, zone):
                head = soa.contents[0].split() if soa.type == "SOA" and soa.contents else []
                if head and head[0] == NO_PRIMARY:
                    # The serial, 0 in a template, is raised by PowerDNS itself.
                    said = " ".join([f"{servers[0].rstrip('.')}.", *head[1:]])
                    self.client.replace(zone, [replace(soa, contents=(said,))])

    def read(self, zone: str, names: Iterable[str]) -> tuple[Held, ...]:
        wanted = list(dict.fromkeys(names))
        with _said():
            # That of one commune is small: it comes whole, in one answer.
            if zone != settings.SOCLE_MAIL_DOMAIN or len(wanted) > WHOLE_FROM:
                sets = [one for one in self.client.rrsets(zone) if one.name in set(wanted)]
            else:
                sets = [one for name in wanted for one in self.client.rrsets(zone, name) if one.name == name]
        # What the zone is made of is not ours to change: its servers, its serial, its signatures.
        return tuple(_held(one) for one in sets if one.type not in ("SOA", "NS", "RRSIG", "NSEC", "NSEC3", "DNSKEY"))

    def write(self, zone: str, sets: Sequence[Held]) -> None:
        if not sets:
            return
        with _said():
            self.client.replace(zone, [_rrset(one) for one in sets])

    def signed(self, zone: str) -> Signed:
        with _said():
            found = self.client.zone(zone)
            if found is None or not found.is_signed:
                return Signed(is_signed=False)
            return Signed(is_signed=True, ds=tuple(sorted(self.client.ds(zone))))


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except PowerDnsError as error:
        raise ZonesError(error.sentence, is_lasting=error.is_lasting) from error


def _held(one: RRset) -> Held:
    marks, remarks = [], []
    for comment in one.comments:
        owner, _, digest = comment.content.partition(" ")
        if comment.account == ACCOUNT and digest:
            marks.append(Mark(owner, digest))
        else:
            remarks.append(json.dumps([comment.content, comment.account, comment.modified_at]))
    return Held(one.name, one.type, one.ttl, one.contents, tuple(marks), tuple(remarks))


def _rrset(one: Held) -> RRset:
    comments = [Comment(f"{mark.owner} {mark.digest}", ACCOUNT) for mark in one.marks]
    comments += [Comment(*json.loads(remark)) for remark in one.remarks]
    return RRset(one.name, one.type, one.ttl, one.contents, tuple(comments))
