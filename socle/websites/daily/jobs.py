"""A post to fill as schema.org says it, for those who search jobs elsewhere than on the site of a commune."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString

from socle.lib.dates import PARIS, day_of
from socle.websites.models.pages import site_path_of
from socle.websites.structured import as_data

if TYPE_CHECKING:
    from socle.websites.frame import Frame
    from socle.websites.models.jobs import JobPage

FULL_TIME = 35
# What schema.org's readers know; the rest is OTHER.
KINDS = {"internship": "INTERN", "seasonal": "TEMPORARY", "fixed_term": "TEMPORARY", "civic": "VOLUNTEER"}


def job_data(job: JobPage, *, frame: Frame) -> SafeString:
    """Describe a post: what is not known is not said."""
    facts, root = frame.facts, frame.website.root_url
    until = datetime.combine(job.applications_until + timedelta(days=1), time(), PARIS) - timedelta(seconds=1)
    address = {
        "@type": "PostalAddress",
        "streetAddress": job.place or facts.address,
        "postalCode": facts.postal_code,
        "addressLocality": facts.city or frame.name,
        "addressCountry": "FR",
    }
    kind = KINDS.get(job.contract, "OTHER")
    if kind == "OTHER" and job.hours_per_week is not None:
        kind = "FULL_TIME" if job.hours_per_week >= FULL_TIME else "PART_TIME"
    said: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "JobPosting",
        "title": job.title,
        "description": f"{job.summary}\n{job.how_to_apply}",
        "datePosted": day_of(job.first_published_at).isoformat() if job.first_published_at else "",
        "validThrough": until.isoformat(),
        "employmentType": kind,
        "workHours": job.hours_in_words,
        "jobStartDate": job.starts_on.isoformat() if job.starts_on else "",
        "hiringOrganization": {"@type": "Organization", "name": frame.office_name, "sameAs": f"{root}/"},
        "jobLocation": {"@type": "Place", "address": {name: value for name, value in address.items() if value}},
        "identifier": {"@type": "PropertyValue", "name": frame.office_name, "value": str(job.pk)} if job.pk else {},
        "url": root + site_path_of(job),
    }
    return as_data({name: value for name, value in said.items() if value})
