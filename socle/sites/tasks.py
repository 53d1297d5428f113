"""Deferred work on the communes' websites."""

from functools import partial

from django.utils import timezone
from django_scopes import scopes_disabled
from django_tasks import task

from socle.lib import queue
from socle.lib.queue import BEHIND, SLICE
from socle.sites import actions, alerts, grounds, registry, scheduling
from socle.sites.models.reviews import Review
from socle.sites.publishing import actions as publishing
from socle.sites.reviewing.emails import write as write_about

# That of an alert that many sites show.
URGENT = 5


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
def publish_acts(act_id: str) -> None:
    """Follow the register of acts: one was published, qualified, received, removed."""
    publishing.note_acts(act_id, at=timezone.now())


@task()
def publish_events(calendar_id: str) -> None:
    """Follow the public calendars of a mairie: what one shows changed, or it appears, or it is gone."""
    publishing.note_events(calendar_id, at=timezone.now())


@task()
def publish_procedures(station_id: str) -> None:
    """Follow the list of the mairies that issue identity papers, which every site names."""
    publishing.note_procedures(at=timezone.now())


@task()
def publish_host(right_id: str) -> None:
    """Follow the rights to a site, all those that moved: the programme that gives it says who hosts it."""
    with queue.with_those_waiting(publish_host.module_path) as waiting:
        publishing.note_host({right_id, *waiting}, at=timezone.now())


@task()
def publish_hosts(programme_id: str) -> None:
    """Follow the programmes: one was loaded, or the facts of its operators changed."""
    publishing.note_hosts(at=timezone.now())


@task()
def follow_the_day() -> None:
    """Renew what depends on the date, once it is another, and what an earlier release of the platform made."""
    publishing.note_new_day(at=timezone.now())
    publishing.note_new_look(at=timezone.now())
    publishing.note_unserved(at=timezone.now())


@task(priority=10)
def follow_the_hour() -> None:
    """Tell the sites whose alerts appear or disappear by now, and what of their extensions does."""
    alerts.follow_the_hour(at=timezone.now())
    for extension in registry.extensions():
        extension.follow_the_hour(at=timezone.now())


@task(priority=10)
def follow_schedules() -> int:
    """Publish and withdraw the pages whose hour has come."""
    return scheduling.follow_schedules(at=timezone.now())


@task(priority=BEHIND)
def follow_maps() -> int:
    """Make the ground under the maps of the sites, where it is to be made."""
    return grounds.follow(at=timezone.now(), seconds=SLICE)


@task()
def tell_review(review_id: str) -> None:
    """Write to the person whose turn it is, about a page to read over."""
    with scopes_disabled():  # A task knows its review by identifier.
        people = ("website__beneficiary", "page", "asked_by", "asked_of", "answered_by")
        review = Review.objects.select_related(*people).filter(pk=int(review_id)).first()
        if review is not None:
            write_about(review)
