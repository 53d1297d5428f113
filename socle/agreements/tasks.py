"""Deferred work: load by identifier, call one function."""

from __future__ import annotations

from django.utils import timezone
from django_scopes import scopes_disabled
from django_tasks import task

from socle.agreements import emails, endings, paper_emails, papers, priorities, promises, signatories
from socle.agreements.handed import hand_acts
from socle.agreements.models import Agreement
from socle.lib import queue
from socle.people.models import User


@task()
@queue.together
def tell_next_signatory(agreement_id: str) -> None:
    """Write to the person whose turn it is to sign."""
    emails.tell_next_signatory(_agreement(agreement_id), by=User.objects.system(), at=timezone.now())


@task()
@queue.together
def tell_outcome(agreement_id: str) -> None:
    """Write to the people of the beneficiary that the agreement is concluded."""
    emails.tell_outcome(_agreement(agreement_id), by=User.objects.system(), at=timezone.now())


@task()
def tell_papers(agreement_id: str) -> None:
    """Write to each party what was recorded on paper in its name."""
    paper_emails.tell_papers(_agreement(agreement_id), by=User.objects.system(), at=timezone.now())


@task()
def tell_contest(agreement_id: str) -> None:
    """Write to those who follow the agreement that a signature on paper is contested."""
    paper_emails.tell_contest(_agreement(agreement_id), by=User.objects.system(), at=timezone.now())


@task()
def settle_papers() -> None:
    """Tell the parties that were not, and hold for sure what none contested in its time; asked for by the scheduler."""
    papers.settle_due(by=User.objects.system(), at=timezone.now())


@task()
def tell_suspension(agreement_id: str) -> None:
    """Write to the people of the beneficiary that the agreement is suspended, or is no more."""
    emails.tell_suspension(_agreement(agreement_id), by=User.objects.system(), at=timezone.now())


@task()
def follow_meeting(meeting_id: str) -> None:
    """Hand to the drafts that asked for them the acts of a meeting that was closed."""
    with scopes_disabled():
        hand_acts(int(meeting_id), by=User.objects.system(), at=timezone.now())


@task()
@queue.together
def propose_signatories(thing_id: str = "") -> None:
    """Name on the drafts who holds the office that signs: asked for when a role is given, and every day."""
    signatories.propose(by=User.objects.system(), at=timezone.now())


@task()
def keep_assessments(thing_id: str = "") -> None:
    """Keep the ranks that changed: asked for every day, and after what changes the map or a programme's rule."""
    priorities.keep_assessments(by=User.objects.system(), at=timezone.now())


@task()
def end_due() -> None:
    """End the agreements whose last day is past; asked for by the scheduler."""
    endings.end_due(by=User.objects.system(), at=timezone.now())


@task()
def keep_promises() -> None:
    """Note the promises that other rooms have proved kept; asked for by the scheduler."""
    promises.keep_proved(by=User.objects.system(), at=timezone.now())


def _agreement(agreement_id: str) -> Agreement:
    with scopes_disabled():  # A task knows its agreement by identifier; what it calls opens the scope.
        return Agreement.every.get(pk=agreement_id)
