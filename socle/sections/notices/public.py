"""The notices of a site for machines: its Atom feed, and a job offer as schema.org says it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from socle.lib.dates import PARIS, day_of
from socle.lib.text import of_place
from socle.sections.notices.models import NoticeIndexPage, NoticePage, current
from socle.sites.calendars import feed_of
from socle.sites.models.pages import site_path_of, today
from socle.sites.models.sites import WebSite
from socle.sites.publishing.reads import depend_on
from socle.sites.structured import as_data

if TYPE_CHECKING:
    from socle.sites.frame import Frame

IN_FEED = 20


def feed(request: HttpRequest, slug: str) -> HttpResponse:
    """Give the notices of this site that are not over as an Atom feed, the newest first. Raises Http404."""
    website: WebSite = request.website  # type: ignore[attr-defined]
    index = NoticeIndexPage.objects.child_of(website.root_page).live().filter(slug=slug).first()
    if index is None:
        raise Http404
    depend_on(f"page:{index.pk}", f"address:{index.pk}")
    commune = website.beneficiary.commune
    place = of_place(commune.name) if commune else f"de {website.beneficiary.name}"
    made = feed_of(website, title=f"{index.title}, site {place}", path=f"{site_path_of(index)}fil.atom")
    for item in current(index, on=today()).order_by("-first_published_at", "-pk")[:IN_FEED]:
        depend_on(f"page:{item.pk}")
        published_at = item.first_published_at or website.created_at
        said = f"{item.dated} {item.dates}".strip()
        made.add_item(
            title=item.title,
            link=website.root_url + site_path_of(item),
            description=f"{said[:1].upper()}{said[1:]}. {item.summary}",
            unique_id=f"tag:{website.host},{website.created_at:%Y}:annonce-{item.pk}",
            pubdate=published_at,
            updateddate=item.last_published_at or published_at,
            categories=[item.get_category_display()],
        )
    return HttpResponse(made.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


def job_data(job: NoticePage, *, frame: Frame) -> SafeString:
    """Describe a job offer (schema.org JobPosting), for those who search jobs elsewhere than on a commune's site."""
    facts, root = frame.facts, frame.website.root_url
    until = datetime.combine(job.ends_on + timedelta(days=1), time(), PARIS) - timedelta(seconds=1)
    address = {
        "@type": "PostalAddress",
        "streetAddress": job.place or facts.address,
        "postalCode": facts.postal_code,
        "addressLocality": facts.city or frame.name,
        "addressCountry": "FR",
    }
    said: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "JobPosting",
        "title": job.title,
        "description": job.summary,
        "datePosted": day_of(job.first_published_at).isoformat() if job.first_published_at else "",
        "validThrough": until.isoformat(),
        "hiringOrganization": {"@type": "Organization", "name": frame.office_name, "sameAs": f"{root}/"},
        "jobLocation": {"@type": "Place", "address": {name: value for name, value in address.items() if value}},
        "url": root + site_path_of(job),
    }
    return as_data({name: value for name, value in said.items() if value})
