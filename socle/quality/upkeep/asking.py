"""Asking outside addresses whether they still answer: rarely, politely, once for all the sites that lead there.

A public site owes us nothing. So an address is asked once a week, whatever the number of sites that lead to it, one
address of a host per round, by HEAD, then by GET without reading the page when HEAD is refused. What refuses programs
(403, 429…), is slow, or shows a doubtful certificate is « non vérifié » and never called broken; what says that it is
gone is called so after three failures, on three different days.
"""

from __future__ import annotations

import logging
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urljoin

from django.conf import settings
from django.db import models

from socle.lib import http
from socle.quality.models.upkeep import OutsideAddress
from socle.quality.upkeep.links import outside_address

log = logging.getLogger("socle.sites")
Verdict = OutsideAddress.Verdict

# Seconds for one request; redirections followed; failures, on different days, before an address is called broken.
TIMEOUT, MOST_HOPS, FAILURES = 8.0, 5, 3
# Two failures closer than this are of one day.
APART = timedelta(hours=20)
# When it is asked again.
WEEKLY, DAILY, PATIENT = timedelta(days=6), timedelta(days=1), timedelta(days=3)
# Whoever is asking does not come back before this: two workers never ask one address at once.
CLAIMED = timedelta(hours=1)
# Nobody answered among so many hosts: it is we who are cut off.
CUT_OFF = 5
# What is written of an address that was asked.
HEARD = ("verdict", "said", "failures", "failed_at", "failing_since_at", "checked_at", "next_check_at")
# What says that the page is not there, or that its server is out of order.
GONE = {404: "La page n’existe pas (404).", 410: "La page a été supprimée (410)."}
OUT_OF_ORDER = {500, 502, 504}
LEADS = {301, 302, 303, 307, 308}
# Addresses that no page has led to for so long are forgotten.
UNLINKED = timedelta(days=30)


@dataclass(frozen=True)
class Heard:
    """Answer of an address: good, gone, or nothing sure; and in words."""

    verdict: str
    said: str
    # Somebody answered, were it to refuse: the network is there.
    is_alive: bool = True


def listen(url: str) -> Heard:
    """Ask an address, following its redirections; never raises."""
    seen: set[str] = set()
    for _ in range(MOST_HOPS + 1):
        if url in seen:
            return Heard(Verdict.FAILING, "L’adresse tourne en rond d’une redirection à l’autre.")
        seen.add(url)
        heard = _once(url)
        if isinstance(heard, Heard):
            return heard
        url = heard
    return Heard(Verdict.UNSURE, "L’adresse mène de redirection en redirection.")


def _once(url: str) -> Heard | str:
    """Ask one address; return what was heard, or the address it leads to."""
    # What leaves here is encrypted: an address in http:// is asked in https://, and only a good answer says something.
    is_clear = url.startswith("http://") and not settings.OUTGOING_HTTP
    asked = f"https://{url.removeprefix('http://')}" if is_clear else url
    try:
        answer = _ask(asked)
    except http.Unknown as error:
        return Heard(Verdict.FAILING, error.sentence, is_alive=False)
    except http.Forbidden:
        return Heard(Verdict.UNSURE, "Cette adresse n’est pas de celles que la plateforme appelle.")
    except http.Unreachable as error:
        return Heard(Verdict.UNSURE, error.sentence[:200], is_alive=False)
    if answer.is_ok:
        return Heard(Verdict.ANSWERS, "")
    if answer.status in LEADS:
        try:
            place = outside_address(urljoin(asked, answer.headers.get("location", "")))
        except ValueError:
            place = ""
        return place or Heard(Verdict.UNSURE, "L’adresse mène à une autre, qui est mal écrite.")
    if is_clear:
        return Heard(Verdict.UNSURE, "L’adresse n’est pas chiffrée (http://)\u00a0: essayez-la avec https://.")
    if answer.status in GONE:
        return Heard(Verdict.FAILING, GONE[answer.status])
    if answer.status in OUT_OF_ORDER:
        return Heard(Verdict.FAILING, f"Le serveur est en panne ({answer.status}).")
    return Heard(Verdict.UNSURE, f"Le serveur ne répond pas aux programmes ({answer.status}).")


def _ask(url: str) -> http.Answer:
    headers = {"User-Agent": f"Socle (link check; {settings.PLATFORM_URL})", "Accept": "text/html,*/*"}
    answer = http.head(url, headers=headers, timeout=TIMEOUT)
    if answer.is_ok or answer.status in LEADS:
        return answer
    return http.head(url, by_get=True, headers=headers, timeout=TIMEOUT)


def learn(address: OutsideAddress, heard: Heard, *, at: datetime) -> OutsideAddress:
    """Keep what was heard of an address, and say when it is asked again."""
    address.checked_at, address.said = at, heard.said
    if heard.verdict == Verdict.ANSWERS:
        address.verdict, address.failures = Verdict.ANSWERS, 0
        address.failed_at = address.failing_since_at = None
        pause = WEEKLY
    elif heard.verdict == Verdict.FAILING:
        if address.failed_at is None or at - address.failed_at >= APART:
            address.failures, address.failed_at = address.failures + 1, at
            address.failing_since_at = address.failing_since_at or at
        address.verdict = Verdict.BROKEN if address.failures >= FAILURES else Verdict.FAILING
        pause = DAILY
    else:
        # What was proven broken stays so until it answers; what only began to fail is not sure any more.
        if address.verdict != Verdict.BROKEN:
            address.verdict = Verdict.UNSURE
        pause = PATIENT
    # Each address at its own hour, so that the requests spread over the day.
    address.next_check_at = at + pause + timedelta(minutes=zlib.crc32(address.url.encode()) % 240)
    address.save(update_fields=HEARD)
    return address


def due(*, at: datetime, limit: int = 2000) -> list[OutsideAddress]:
    """Return the addresses to ask now, the longest waiting first: one per host, so that a host waits between two."""
    # A site that was archived, or that leads to another, is read by nobody.
    lived = {"links__website__archived_at": None, "links__website__redirects_to": None}
    rows = OutsideAddress.objects.filter(next_check_at__lte=at, links__isnull=False, **lived)
    rows = rows.order_by("next_check_at", "pk")
    by_host: dict[str, int] = {}
    for pk, host in rows.values_list("pk", "host").distinct()[:limit]:
        by_host.setdefault(host, pk)
    return list(OutsideAddress.objects.filter(pk__in=by_host.values()).order_by("next_check_at", "pk"))


def ask_due(
    *, at: datetime, seconds: float = 15.0, is_awaited: Callable[[], bool] = lambda: False, most: int = 60
) -> int:
    """Ask the addresses that are due, not for long, until something more urgent awaits; return how many were asked."""
    if not settings.SOCLE_SITES_LINKS:
        return 0
    begun, done = time.monotonic(), 0
    silent: list[tuple[OutsideAddress, Heard]] = []
    is_cut_off = True
    for address in due(at=at)[:most]:
        if is_awaited() or time.monotonic() - begun > seconds:
            break
        if not _claim(address, at=at):
            continue
        heard = listen(address.url)
        done += 1
        is_cut_off = is_cut_off and not heard.is_alive
        if is_cut_off:
            silent.append((address, heard))
        else:
            learn(address, heard, at=at)
    if is_cut_off and len(silent) >= CUT_OFF:
        log.warning("links.cut_off asked=%s", done)
        return done
    for address, heard in silent:
        learn(address, heard, at=at)
    return done


def _claim(address: OutsideAddress, *, at: datetime) -> bool:
    mine = OutsideAddress.objects.filter(pk=address.pk, next_check_at=address.next_check_at)
    return bool(mine.update(next_check_at=at + CLAIMED))


def forget_unlinked(*, at: datetime) -> int:
    """Forget the addresses that no page of any site leads to any more."""
    old = OutsideAddress.objects.filter(links__isnull=True).filter(
        models.Q(checked_at__lt=at - UNLINKED) | models.Q(checked_at=None, next_check_at__lt=at - UNLINKED)
    )
    return int(old.delete()[0])
