"""Deferred work: load by identifier, call one function."""

from django.utils import timezone
from django_tasks import task

from socle.people import asking, emails, invitations
from socle.people.models import HelpAccess, Invitation


@task()
def send_invitations() -> None:
    """Send the invitations that must leave, and what mairies are asked."""
    invitations.send_due(at=timezone.now())
    asking.send_due(at=timezone.now())


@task()
def tell_proposal(invitation_id: int) -> None:
    """Tell those who decide that someone was proposed to them."""
    emails.write_proposal(Invitation.objects.get(pk=invitation_id), at=timezone.now())


@task()
def tell_help_opened(access_id: int) -> None:
    """Tell those who represent a mairie that its centre de gestion was let in."""
    emails.write_help_opened(HelpAccess.objects.get(pk=access_id), at=timezone.now())
