"""Actions on an import: begun, chosen from, imported, stopped, resumed, taken back; and carried on by a tick."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection
from datetime import datetime
from typing import BinaryIO

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import F
from django_scopes import scope, scopes_disabled

from socle.journal import actions as journal
from socle.lib import locks
from socle.lib.dates import day_of
from socle.lib.queue import enqueue_at_commit
from socle.lib.refusals import Refused, refuse
from socle.lib.rows import held
from socle.people.models import User
from socle.site_import import addresses, importing, looking, rules
from socle.site_import.models import ImportedItem, ItemState, Nature, SiteImport, Source, Status
from socle.sites.models.sites import WebSite

# What is read with one that is held.
JOINED = ("website__root_page", "started_by")
# The task that reads and brings, for a slice of time.
CARRY_ON = "socle.site_import.tasks.carry_imports_on"
TWICE = "Un import est déjà en cours\u00a0: attendez sa fin, ou arrêtez-le."


def _begin(website: WebSite, source: Source, *, by: User, at: datetime, **fields: object) -> SiteImport:
    try:
        with transaction.atomic():
            one = SiteImport.objects.create(website=website, source=source, started_by=by, started_at=at, **fields)
    except IntegrityError as error:
        raise Refused(TWICE) from error
    journal.record("website.import_started", website, by=by, at=at, site_import=one.pk, source=source.value)
    enqueue_at_commit(CARRY_ON)
    return one


def read_export(website: WebSite, file: BinaryIO, *, by: User, at: datetime) -> SiteImport:
    """Begin to read the export of a WordPress site. Raises Refused.

    It is kept where nothing public looks, and erased as soon as it is read.
    """
    refuse(rules.why_not_import(website))
    name = default_storage.save(f"imports/{website.pk}/{secrets.token_hex(16)}.xml", File(file))
    try:
        with transaction.atomic():
            return _begin(website, Source.WORDPRESS, by=by, at=at, file=name)
    except BaseException:
        default_storage.delete(name)
        raise


@transaction.atomic
def read_address(website: WebSite, address: str, *, is_declared: bool, by: User, at: datetime) -> SiteImport:
    """Begin to read the former site itself, which the person says is the commune's. Raises Refused."""
    refuse(rules.why_not_import(website))
    refuse(rules.why_not_read(address, is_declared=is_declared))
    return _begin(website, Source.CRAWL, by=by, at=at, address=addresses.whole_of(address), declared_at=at)


@transaction.atomic
def choose(one: SiteImport, *, shown: Collection[int], ticked: Collection[int], by: User, at: datetime) -> SiteImport:
    """Keep what is ticked among the things shown. Raises Refused."""
    refuse(rules.why_not_choose(one))
    open_ones = ImportedItem.objects.filter(of=one, pk__in=list(shown), state__in=(ItemState.FOUND, ItemState.FAILED))
    open_ones.filter(pk__in=list(ticked)).update(is_chosen=True)
    open_ones.exclude(pk__in=list(ticked)).update(is_chosen=False)
    return one


@transaction.atomic
def choose_all(one: SiteImport, nature: Nature, *, is_chosen: bool, by: User, at: datetime) -> int:
    """Tick all the things of a nature, or none; return how many. Raises Refused."""
    refuse(rules.why_not_choose(one))
    open_ones = one.items.filter(nature=nature, state__in=(ItemState.FOUND, ItemState.FAILED))
    return open_ones.update(is_chosen=is_chosen)


def _go_on(one: SiteImport, status: Status, *, by: User, at: datetime) -> SiteImport:
    """Put an import to work; whoever carries it on answers for it: it stops when their function ends."""
    one.status, one.ended_at, one.started_by = status, None, by
    one.says = one.says.removeprefix(rules.LEFT).strip()
    try:
        with transaction.atomic():
            one.save(update_fields=["status", "ended_at", "started_by", "says"])
    except IntegrityError as error:
        raise Refused(TWICE) from error
    verb = {
        Status.LOOKING: "website.import_resumed",
        Status.IMPORTING: "website.import_brought",
        Status.TAKING_BACK: "website.import_taking_back",
    }[status]
    journal.record(verb, one.website, by=by, at=at, site_import=one.pk)
    enqueue_at_commit(CARRY_ON)
    return one


@transaction.atomic
def import_chosen(one: SiteImport, *, by: User, at: datetime) -> SiteImport:
    """Begin to import what is ticked, as drafts; what failed is tried again. Raises Refused."""
    one = held(one, *JOINED)
    refuse(rules.why_not_import_chosen(one, ImportedItem.objects.filter(of=one).to_import().count()))
    one.items.filter(state=ItemState.FAILED, is_chosen=True).update(state=ItemState.FOUND, says="")
    return _go_on(one, Status.IMPORTING, by=by, at=at)


@transaction.atomic
def stop(one: SiteImport, *, reason: str = "", by: User, at: datetime) -> SiteImport:
    """Stop reading, or importing: what is done stays done. Raises Refused.

    With a reason, whoever began it may no longer: another person of the mairie may carry it on.
    """
    one = held(one, *JOINED)
    refuse(rules.why_not_stop(one))
    one.status, one.ended_at, one.says = Status.STOPPED, None, f"{reason} {one.says}".strip()[:500]
    one.save(update_fields=["status", "ended_at", "says"])
    why = {"why": "rights"} if reason else {}
    journal.record("website.import_stopped", one.website, by=by, at=at, site_import=one.pk, **why)
    return one


@transaction.atomic
def resume(one: SiteImport, *, by: User, at: datetime) -> SiteImport:
    """Go on reading from where it was stopped. Raises Refused."""
    one = held(one, *JOINED)
    refuse(rules.why_not_resume(one))
    return _go_on(one, Status.LOOKING, by=by, at=at)


@transaction.atomic
def take_back(one: SiteImport, *, by: User, at: datetime) -> SiteImport:
    """Begin to remove what was imported and that nobody touched since. Raises Refused."""
    one = held(one, *JOINED)
    refuse(rules.why_not_take_back(one, importing.to_remove(one)))
    return _go_on(one, Status.TAKING_BACK, by=by, at=at)


STEPS = {
    Status.LOOKING: looking.look,
    Status.IMPORTING: importing.import_items,
    Status.TAKING_BACK: importing.take_back,
}


def carry_on(*, seconds: float, at: datetime, is_awaited: Callable[[], bool] = lambda: False) -> bool:
    """Carry the imports on, the longest waiting first, not for long; say whether anything is left to do.

    Each is held by a lock that dies with its worker: two workers never read one site at once.
    """
    until = time.monotonic() + seconds
    with scopes_disabled():  # Identifiers only, of every site.
        waiting = SiteImport.objects.at_work().order_by(F("served_at").asc(nulls_first=True), "pk")
        numbers = list(waiting.values_list("pk", "website__beneficiary"))
    for number, beneficiary in numbers:
        with locks.held(f"import-{number}") as is_mine, scope(beneficiary=beneficiary):
            one = (
                SiteImport.objects.at_work()
                .select_related("website__root_page", "website__beneficiary", "started_by")
                .filter(pk=number)
                .first()
            )
            if not is_mine or one is None:
                continue
            # Taking back is left to end: it only removes what was imported.
            reason = None if one.status == Status.TAKING_BACK else rules.why_not_go_on(one, on=day_of(at))
            if reason is not None:
                stop(one, reason=reason, by=User.objects.system(), at=at)
                continue
            SiteImport.objects.filter(pk=number).update(served_at=at)
            STEPS[Status(one.status)](one, until=until, is_awaited=is_awaited, at=at)
        if time.monotonic() > until or is_awaited():
            break
    with scopes_disabled():
        return SiteImport.objects.at_work().exists()
