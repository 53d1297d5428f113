"""Deferred work: load by identifier, call one function."""

from django_tasks import task

from socle.people.letters import write_invitation
from socle.people.models import User


@task()
def send_invitation(user_id: int) -> None:
    """Write to a person that an account is open for them."""
    write_invitation(User.objects.get(pk=user_id))
