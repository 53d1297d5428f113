"""Tasks that follow from a line of the journal about the mail: the servers know it at once.

With no server of our own (the twin, in a demonstration), there is nothing to do.
"""

from __future__ import annotations

import contextlib
import imaplib
from collections.abc import Callable, Collection

from django.utils import timezone
from django_scopes import scopes_disabled
from django_tasks import task

from socle.engines.postfix_dovecot import answers, chain, copies, exporting, measuring, server_status
from socle.journal.models import Entry
from socle.lib import queue
from socle.mail.models import Opening
from socle.mail.server_status import note_guessing
from socle.people.models import Membership, User

KINDS = ("mail.domain", "mail.mailbox", "mail.alias")


def _export(owners: Collection[int] | None) -> None:
    layout = exporting.layout()
    if layout is not None and (owners is None or owners):
        exporting.export(layout, owners, at=timezone.now())


def _follow(task: str, pk: str, owners: Callable[[set[str]], set[int]]) -> None:
    """Tell the servers about the owners of this thing, and of those alike that wait: a batch changes thousands."""
    with queue.with_those_waiting(task) as waiting:
        if exporting.layout() is not None:
            _export(owners({pk, *waiting}))


def _owners(pks: set[str]) -> set[int]:
    """Whose these things of the mail are, or were: the journal says it of what exists no more. A box and an alias may
    bear the same number; looking at one mairie too many changes nothing.
    """
    entries = Entry.objects.filter(object_type__in=KINDS, object_id__in=pks).exclude(beneficiary_ref="")
    return {int(ref) for ref in entries.order_by().values_list("beneficiary_ref", flat=True).distinct()}


@task()
def follow_mail(thing_id: str) -> None:
    """A domain, a box, an alias: made, changed, opened to someone, suspended, gone."""
    _follow(follow_mail.module_path, thing_id, _owners)


@task()
def follow_device(device_id: str) -> None:
    """A device password made or ended: every mairie whose boxes its person opens."""
    with scopes_disabled():  # Wherever these very people open a box.
        _follow(follow_device.module_path, device_id, lambda pks: _where_open(user__device_passwords__in=pks))


@task()
def follow_person(user_id: str) -> None:
    """Somebody has a second factor, or has none any more: every mairie whose boxes they open."""
    with scopes_disabled():  # Wherever these very people open a box.
        _follow(follow_person.module_path, user_id, lambda pks: _where_open(user__in=pks))


def _where_open(**whose: Collection[str]) -> set[int]:
    return set(Opening.objects.filter(**whose).values_list("mailbox__beneficiary", flat=True))


@task()
def follow_membership(membership_id: str) -> None:
    """Somebody comes to a mairie, or leaves it."""
    _follow(follow_membership.module_path, membership_id, _where_serving)


def _where_serving(pks: set[str]) -> set[int]:
    found = Membership.objects.filter(pk__in=pks, beneficiary__isnull=False)
    return set(found.order_by().values_list("beneficiary_id", flat=True))


@task()
def follow_all() -> None:
    """Everything again: what a lost message left, and what another day changes."""
    _export(None)


# --- What is done now and then ----------------------------------------------------------------------------------------
@task()
def try_chain() -> None:
    """Send one message from box to box, and note how long it took."""
    layout = exporting.layout()
    if layout is not None and chain.domain():
        chain.run(layout)


@task()
def read_answers() -> None:
    """Read what guests answered by mail to the invitations."""
    layout = exporting.layout()
    if layout is not None and chain.domain():
        # The trials of the chain say when the servers do not answer; what waits is read later.
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            answers.read(layout, at=timezone.now())


@task()
def measure() -> None:
    """Note what each box holds, as Dovecot counts it."""
    layout = exporting.layout()
    if layout is not None:
        measuring.measure(layout, at=timezone.now())


@task()
def look() -> None:
    """Look at the queue, the logs and the copies, where this process may; tell the journal who guesses."""
    layout = exporting.layout()
    if layout is None:
        return
    if server_status.why_not_look(layout) is None:
        server_status.look(layout, at=timezone.now())
    if (seen := server_status.latest()) is not None:
        note_guessing(seen.refused, by=User.objects.system(), at=timezone.now())


@task()
def carry_out_restorations() -> None:
    """Bring boxes back to the dates that were asked, where this process may read the copies."""
    layout = exporting.layout()
    if layout is not None:
        copies.carry_out_asked(layout, at=timezone.now())
        copies.set_aside_erased(layout, at=timezone.now())


@task()
def save_messages() -> None:
    """Make the copy of the night, where this process may read the messages."""
    layout = exporting.layout()
    if layout is not None and copies.why_not_here(layout) is None:
        copies.save(layout)
