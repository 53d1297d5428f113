"""Deferred work on the communes' websites."""

import time
from functools import partial

from django.utils import timezone
from django_scopes import scope, scopes_disabled
from django_tasks import task

from socle.lib import queue
from socle.people.models import User
from socle.websites import actions, alerts, scheduling, score
from socle.websites.audience import reading as audience
from socle.websites.daily import announcing
from socle.websites.importing import actions as importing
from socle.websites.messages import letters
from socle.websites.models.reviews import Review
from socle.websites.naming import actions as naming
from socle.websites.publishing import actions as publishing
from socle.websites.reviewing.letters import write as write_about
from socle.websites.sharing import actions as sharing
from socle.websites.subscriptions import letters as subscriptions
from socle.websites.upkeep import asking, reminding

# How long, in seconds, one task of what is not urgent keeps a worker.
SLICE = 15.0
# The priority of what comes after what makes a commune's services, and of what comes after even that.
BEHIND, LAST = -10, -20
# That of an alert that many sites show.
URGENT = 5


@task(priority=5)
def send_message_letters() -> int:
    """Send the receipts, the notices and the answers that must leave."""
    return letters.send_due(at=timezone.now())


@task(priority=5)
def send_subscription_letters() -> int:
    """Send the links that confirm the addresses left for the alerts."""
    return subscriptions.send_links(at=timezone.now())


@task(priority=5)
def send_urgent_alerts() -> int:
    """Write the urgent alerts to those who asked for them: a river that rises waits for no batch."""
    return subscriptions.send_alerts(at=timezone.now(), is_urgent=True, seconds=SLICE)


@task(priority=LAST)
def send_alerts() -> int:
    """Write the alerts to those who asked for them, after everything else, and giving way to it."""
    return subscriptions.send_alerts(at=timezone.now(), seconds=SLICE, is_awaited=partial(queue.is_awaited, above=LAST))


@task()
def index_new_sites() -> int:
    """Tell the indexes about the sites just made."""
    return actions.index_sites(at=timezone.now())


@task(priority=10)
def publish(website_id: int) -> None:
    """Renew the files of a site that show something changed."""
    publishing.publish_site(website_id, at=timezone.now())


@task(priority=BEHIND)
def publish_waiting() -> int:
    """Publish the sites whose changes still wait: after everything else, and not for long, since people may publish."""
    return publishing.publish_waiting(seconds=SLICE, is_awaited=partial(queue.is_awaited, above=BEHIND))


@task(priority=URGENT)
def publish_urgent() -> int:
    """Publish the sites whose alerts changed, many at once: before what waits, after what one person published."""
    done = publishing.publish_waiting(seconds=SLICE, is_awaited=partial(queue.is_awaited, above=URGENT), key="alerts")
    # Nothing done, others are at it: the tick comes back to what remains.
    if done and publishing.waiting(limit=1, key="alerts"):
        publish_urgent.enqueue()
    return done


@task()
def follow_shares() -> int:
    """Offer what is shared to the sites it is now for, and take it off those it is for no longer."""
    return sharing.follow_audiences(at=timezone.now())


@task()
def publish_acts(act_id: str) -> None:
    """Follow the register of acts: one was published, qualified, received, removed."""
    publishing.note_acts(act_id, at=timezone.now())


@task()
def publish_events(calendar_id: str) -> None:
    """Follow the public calendars of a mairie: what one shows changed, or it appears, or it is gone."""
    publishing.note_events(calendar_id, at=timezone.now())


@task()
def publish_host(right_id: str) -> None:
    """Follow the right to a site: the programme that gives it says who hosts it."""
    publishing.note_host(right_id, at=timezone.now())


@task()
def publish_hosts(programme_id: str) -> None:
    """Follow the programmes: one was loaded, or the facts of its operators changed."""
    publishing.note_hosts(at=timezone.now())


@task()
def follow_the_day() -> None:
    """Renew what depends on the date, once it is another, and what an earlier release of the platform made."""
    publishing.note_new_day(at=timezone.now())
    publishing.note_new_look(at=timezone.now())


@task(priority=10)
def follow_the_hour() -> None:
    """Tell the sites whose alerts appear or disappear by now, what is shared as well, and whose tenders close."""
    alerts.follow_the_hour(at=timezone.now())
    sharing.follow_the_hour(at=timezone.now())
    announcing.close_at_their_hour(at=timezone.now())


@task(priority=10)
def follow_schedules() -> int:
    """Publish and withdraw the pages whose hour has come."""
    return scheduling.follow_schedules(at=timezone.now())


@task()
def tell_review(review_id: str) -> None:
    """Write to the person whose turn it is, about a page to read over."""
    with scopes_disabled():  # A task knows its review by identifier.
        people = ("website__beneficiary", "page", "asked_by", "asked_of", "answered_by")
        review = Review.objects.select_related(*people).filter(pk=int(review_id)).first()
        if review is not None:
            write_about(review)


@task(priority=BEHIND)
def check_names() -> int:
    """Look at the names whose next check has come, not for long: each asks servers that are not ours."""
    begun, count = time.monotonic(), 0
    for name in naming.due_names(at=timezone.now(), limit=50):
        with scope(beneficiary=name.website.beneficiary_id):
            naming.check_name(name, by=User.objects.system(), at=timezone.now())
        count += 1
        if time.monotonic() - begun > SLICE or queue.is_awaited(above=BEHIND):
            break
    return count


@task(priority=BEHIND)
def score_sites() -> int:
    """Examine the sites that changed, and keep what is missing on each."""
    return score.keep_due(at=timezone.now(), is_awaited=partial(queue.is_awaited, above=BEHIND))


@task(priority=LAST)
def ask_outside_links() -> int:
    """Ask the outside addresses that are due, not for long, and forget those that no page leads to any more."""
    asked = asking.ask_due(at=timezone.now(), seconds=SLICE, is_awaited=partial(queue.is_awaited, above=LAST))
    asking.forget_unlinked(at=timezone.now())
    return asked


@task(priority=LAST)
def remind_each_week() -> int:
    """Write what is to do on their sites to those who keep them up: once a week at most."""
    return reminding.remind(at=timezone.now())


@task()
def carry_imports_on() -> None:
    """Read the former sites and bring what was chosen, for a while: somebody looks, and publishing goes first."""
    importing.carry_on(seconds=SLICE, at=timezone.now(), is_awaited=partial(queue.is_awaited, above=0))


@task(priority=BEHIND)
def read_audience() -> int:
    """Count the pages read since the last time, not for long: what remains waits for the next one."""
    return audience.read(at=timezone.now(), seconds=SLICE).counted
