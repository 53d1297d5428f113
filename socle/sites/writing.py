"""Pages written in one short form and published at once: words, perhaps a photograph, and it is online."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.utils.html import linebreaks, urlize
from wagtail.models import Page
from wagtail.rich_text import RichText

from socle.journal import actions as journal
from socle.lib.refusals import Refused, refuse
from socle.lib.text import in_one_line, slug
from socle.people.models import User
from socle.sites import photographs
from socle.sites.alternatives import why_not_describe_so
from socle.sites.models.pages import CommunePage, NewsIndexPage, NewsPage
from socle.sites.models.sites import WebSite
from socle.sites.photographs import Photograph

P = TypeVar("P", bound=CommunePage)

# What the lists of a site show of a page (`NewsPage.summary`).
LONGEST_SUMMARY = 400
# Two presses of one button.
SAME_PRESS = timedelta(minutes=1)
END_OF_SENTENCE = re.compile(r"[.!?…]\s")


def laid_out(words: str) -> tuple[str, list[tuple[str, RichText]]]:
    """Cut what somebody wrote into what the lists show, 400 characters at most, and the body of the page.

    The first is cut at the end of a paragraph or of a sentence, the second begins there: nothing is said twice, and
    nothing is lost. Addresses become links; anything else is shown as it was typed.
    """
    words = words.replace("\r\n", "\n").strip()
    first, _, rest = words.partition("\n\n")
    if len(first) > LONGEST_SUMMARY:
        ends = [found.start() + 1 for found in END_OF_SENTENCE.finditer(first[: LONGEST_SUMMARY + 1])]
        cut = ends[-1] if ends else first.rfind(" ", 0, LONGEST_SUMMARY)
        if cut <= 0:
            cut = LONGEST_SUMMARY
        first, rest = words[:cut], words[cut:]
    summary = in_one_line([first])
    rest = rest.strip()
    if not rest:
        return summary, []
    return summary, [("text", RichText(linebreaks(urlize(rest, autoescape=True), autoescape=False)))]


def why_not_title(title: str) -> str | None:
    """Say why a page cannot bear this title, of which its address is made."""
    if slug(title):
        return None
    return "Le titre compte au moins une lettre ou un chiffre\u00a0: l’adresse de la page en est faite."


@transaction.atomic
def publish_page(
    parent: Page, page: P, *, photograph: Photograph | None = None, shows: str = "", by: User, at: datetime
) -> P:
    """Put a page online below another, with its photograph; without a word of what this shows, it only decorates.

    Sent twice by the same person within a minute, it is one page. Raises Refused (a title without a letter, a
    description that is the name of a file), ValidationError, by field (what the page itself refuses).
    """
    refuse(why_not_title(page.title))
    again = type(page).objects.child_of(parent).filter(title=page.title, owner=by)
    if (twin := again.filter(first_published_at__gt=at - SAME_PRESS).first()) is not None:
        return twin
    website = parent.specific.website()
    if photograph is not None:
        image = photographs.keep(website, photograph, title=page.title, description=shows, by=by)
        page.picture, page.picture_alternative = image, shows
        page.picture_is_decorative = not shows
        refuse(why_not_describe_so(image, shows, is_decorative=not shows))
    # Online at once: a draft is saved without being looked at.
    page.live, page.owner = True, by
    parent.add_child(instance=page)
    page.save_revision(user=by).publish()
    journal.record("page.published", page, by=by, at=at)
    return page


def publish_news(
    website: WebSite,
    *,
    title: str,
    words: str,
    published_on: date,
    photograph: Photograph | None = None,
    shows: str = "",
    by: User,
    at: datetime,
) -> NewsPage:
    """Publish a news item on the site. Raises Refused, ValidationError (`publish_page`)."""
    index = NewsIndexPage.objects.child_of(website.root_page).first()
    if index is None:
        raise Refused("Ce site n’a pas de page d’actualités\u00a0: ajoutez-la dans «\u00a0Modifier les pages\u00a0».")
    summary, body = laid_out(words)
    page = NewsPage(title=title, summary=summary, body=body, published_on=published_on)
    return publish_page(index, page, photograph=photograph, shows=shows, by=by, at=at)
