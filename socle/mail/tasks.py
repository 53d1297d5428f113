"""Deferred work: load by identifier, call one function."""

from __future__ import annotations

from django.utils import timezone
from django_scopes import scope, scopes_disabled
from django_tasks import task

from socle.lib import queue
from socle.mail import defaults, emails
from socle.mail.importing import copying
from socle.mail.models import Mailbox
from socle.people.models import Membership, User


@task()
def send_confirmations() -> int:
    """Ask the owners of outside addresses who were not asked yet."""
    return emails.send_due(at=timezone.now())


@task()
def tell_handed_over(mailbox_id: int, former: int | None, successor: int, by: int) -> None:
    """Tell whose box it was, and the mayor, that somebody else reads it from now on."""
    with scopes_disabled():  # A number of ours, given by the gesture itself.
        mailbox = Mailbox.objects.select_related("beneficiary").get(pk=mailbox_id)
        emails.tell_handed_over(mailbox, former=former, successor=successor, by=by, at=timezone.now())


@task()
@queue.together
def welcome(membership_id: str) -> None:
    """Give a box to somebody who has just been given a role at a mairie."""
    with scopes_disabled():  # A number of ours, given by the gesture itself.
        newcomer = defaults.without_box(Membership.objects.filter(pk=membership_id))
        found = newcomer.select_related("beneficiary", "user").first()
    if found is not None and found.beneficiary is not None:
        with scope(beneficiary=found.beneficiary):
            defaults.welcome(found.beneficiary, found.user, by=User.objects.system(), at=timezone.now())


@task()
def welcome_newcomers() -> int:
    """Give a box to those whose first day has come, or whose message was lost."""
    return defaults.welcome_newcomers(at=timezone.now())


@task()
def import_mailboxes() -> None:
    """Run the imports of old boxes for a slice of time; the rest is left to the next one."""
    if copying.copy_due(at=timezone.now()):
        import_mailboxes.enqueue()
