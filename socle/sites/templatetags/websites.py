"""Small things the sites' templates write: days, hours, weights, anchors."""

from __future__ import annotations

from datetime import date, datetime, time
from urllib.parse import urlsplit

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString
from wagtail.models import Page

from socle.deliberations.models import Act
from socle.lib import dates, siret, text
from socle.lib.hours import from_to
from socle.lib.hours import hour as hour_in_words
from socle.sites import frame, pictures, structured
from socle.sites.blocks import anchor
from socle.sites.frame import Frame
from socle.sites.models.media import CommuneImage
from socle.sites.models.notices import ExceptionalDay
from socle.sites.models.pages import site_path_of
from socle.sites.occurrences import Timing

register = template.Library()
register.filter(anchor)


@register.filter
def in_words(on: date | None) -> str:
    """« 1er décembre 2026 »."""
    return dates.in_words(on) if on else ""


@register.filter
def day(at: datetime | None) -> date | None:
    """The day of an instant, in Paris."""
    return dates.day_of(at) if at else None


@register.filter
def hour(at: time) -> str:
    """« 9 h », « 13 h 30 », with no-break spaces."""
    return hour_in_words(at)


@register.filter
def at_in_words(at: datetime) -> str:
    """« 25 novembre 2026 à 14 h 05 », Paris time."""
    return dates.at_in_words(at)


@register.filter
def when_in_words(timing: Timing) -> str:
    """When something takes place, its first time: « le samedi 12 décembre 2026, de 14 h à 18 h »."""
    return timing.in_words(timing.starts_on)


@register.filter
def exceptional_words(day: ExceptionalDay) -> str:
    """« Le jeudi 24 décembre 2026 : fermeture (veille de Noël) », « Du 1er au 15 août 2026 : 9 h – 12 h »."""
    when = dates.in_days(day.starts_on, day.ends_on)
    hours = "\u00a0; ".join(from_to(span.opens, span.closes) for span in day.spans)
    said = f"{when[0].upper()}{when[1:]}\u00a0: {hours or 'fermeture'}"
    return f"{said} ({day.reason})" if day.reason else said


@register.filter
def weight(size: int) -> str:
    """« 240 ko », « 1,2 Mo »."""
    return text.bytes_in_french(size)


@register.filter(name="siret")
def spaced_siret(number: str) -> str:
    """The SIRET as people read it."""
    return siret.spaced(number)


@register.filter
def site_path(page: Page) -> str:
    """The path of a page in its own site, without a query: « /demarches/ »."""
    return site_path_of(page)


@register.filter
def act_filename(act: Act) -> str:
    """The name under which the document of an act leaves: « acte-12.pdf »."""
    return frame.act_filename(act)


@register.simple_tag
def open_years(shown: Frame) -> list[int]:
    """The years of which the site gives its deliberations as open data."""
    return frame.open_years(shown.website, on=dates.day_of(timezone.now()))


@register.simple_tag
def photo(
    image: CommuneImage | None,
    shape: str,
    alt: str = "",
    is_first: bool = False,
    is_seen: bool = False,
    css: str = "",
    is_decorative: bool | None = False,
) -> SafeString | str:
    """Draw an image in the place that `shape` names (`socle.sites.pictures`)."""
    if not image:
        return ""
    return pictures.picture(
        image,
        shape,
        alternative=alt,
        is_first=is_first,
        is_seen=is_seen,
        css=css,
        is_decorative=bool(is_decorative),
    )


@register.simple_tag
def enlarged(image: CommuneImage) -> str:
    """The address of an image alone, as large as the sites show one."""
    return pictures.enlarged(image)


@register.simple_tag
def shared_as(page: Page, frame: Frame) -> structured.Shared:
    """How a page shows when it is shared."""
    return structured.shared(page, frame)


@register.simple_tag
def office_data(frame: Frame) -> SafeString:
    """The mairie, for machines."""
    return structured.office(frame)


@register.filter
def is_service_public(address: str) -> bool:
    """Say whether an address is one of the State's public service site."""
    host = urlsplit(address).hostname or ""
    return host in {"service-public.gouv.fr", "service-public.fr"} or host.endswith(
        (".service-public.gouv.fr", ".service-public.fr")
    )
