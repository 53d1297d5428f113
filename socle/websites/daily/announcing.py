"""What announcements do by themselves: a tender closes at its hour; each kind has its Atom feed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django_scopes import scopes_disabled
from wagtail.models import Page

from socle.lib.text import of_place
from socle.websites.calendars import feed_of
from socle.websites.models.announced import INDEXES
from socle.websites.models.announcements import AnnouncementIndexPage
from socle.websites.models.pages import HOME_PATH_LENGTH, site_path_of
from socle.websites.models.sites import WebSite
from socle.websites.models.tenders import TenderPage
from socle.websites.publishing.actions import changed
from socle.websites.publishing.reads import reads

IN_FEED = 20


@transaction.atomic
def close_at_their_hour(*, at: datetime) -> int:
    """Tell the sites whose tenders closed by now; return how many tenders. Called by a tick.

    The deadline that was told is kept with the change itself: a tick that was missed, or that ran twice, loses nothing,
    and a deadline put off is told again when it comes.
    """
    untold = Q(told_at=None) | ~Q(told_at=F("deadline_at"))
    passed = list(TenderPage.objects.live().filter(untold, deadline_at__lte=at, outcome=""))
    if not passed:
        return 0
    homes = {page.path[:HOME_PATH_LENGTH] for page in passed}
    with scopes_disabled():  # Identifiers only, of the sites whose hour has come.
        websites = dict(WebSite.objects.filter(root_page__path__in=homes).values_list("root_page__path", "pk"))
    for page in passed:
        website_id = websites.get(page.path[:HOME_PATH_LENGTH])
        if website_id is not None:
            changed(website_id, *page.shown_as(), at=at)
    TenderPage.objects.filter(pk__in=[page.pk for page in passed]).update(told_at=F("deadline_at"))
    return len(passed)


def feed(request: HttpRequest, slug: str) -> HttpResponse:
    """Give the announcements of one index of this site as an Atom feed, the newest first."""
    website: WebSite = request.website  # type: ignore[attr-defined]
    found = Page.objects.child_of(website.root_page).live().filter(slug=slug).first()
    index = found.specific if found is not None else None
    if not isinstance(index, AnnouncementIndexPage) or type(index) not in INDEXES.values():
        raise Http404
    reads(f"page:{index.pk}", f"address:{index.pk}")
    commune = website.beneficiary.commune
    place = of_place(commune.name) if commune else f"de {website.beneficiary.name}"
    path = f"{site_path_of(index)}fil.atom"
    made = feed_of(website, title=f"{index.title}, site {place}", path=path)
    shown = index.kind().current(index, at=timezone.now()).order_by("-first_published_at", "-pk")
    for item in shown[:IN_FEED]:
        reads(f"page:{item.pk}")
        published_at = item.first_published_at or website.created_at
        said = item.dates()
        made.add_item(
            title=item.title,
            link=website.root_url + site_path_of(item),
            description=f"{said[:1].upper()}{said[1:]}. {item.summary}",
            unique_id=f"tag:{website.host},{website.created_at:%Y}:annonce-{item.pk}",
            pubdate=published_at,
            updateddate=item.last_published_at or published_at,
        )
    return HttpResponse(made.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
