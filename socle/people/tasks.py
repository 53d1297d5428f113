"""Deferred work: load by identifier, call one function."""

from django.utils import timezone
from django_tasks import task

from socle.people import letters
from socle.people.models import Invitation


@task()
def send_invitations() -> None:
    """Send the invitations that must leave."""
    from socle.people.invitations import send_due

    send_due(at=timezone.now())


@task()
def tell_proposal(invitation_id: int) -> None:
    """Tell those who decide that someone was proposed to them."""
    letters.write_proposal(Invitation.objects.get(pk=invitation_id), at=timezone.now())
