"""The links of a site as the list « À faire » shows them: each with its page, and the form where one corrects it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from socle.quality.models.upkeep import PageLink, PageLinkQuerySet
from socle.sites import registry
from socle.sites.models.sites import WebSite

# Shown of each kind at once: the list grows shorter as one mends.
MOST = 100


@dataclass(frozen=True)
class ShownLink:
    """A link, the title of its page, and where one corrects it."""

    link: PageLink
    title: str
    url: str

    @property
    def name(self) -> str:
        """Return its label: its words, else its address."""
        return self.link.words or self.link.href


def shown(website: WebSite, rows: PageLinkQuerySet) -> list[ShownLink]:
    """Say where each of these links is corrected: the form of its page, or that of the entry which gives it."""
    links = list(rows.filter(website=website).select_related("outside", "page__content_type")[:MOST])
    forms = {kind._meta.model_name: form for one in registry.extensions() for kind, form in one.link_forms.items()}
    kinds = forms.keys() & {link.page.content_type.model for link in links}
    by_kind = {kind: forms[kind](website) for kind in kinds}
    return [ShownLink(link, link.page.title, _where(link, by_kind)) for link in links]


def _where(link: PageLink, by_kind: Mapping[str | None, Mapping[str, str]]) -> str:
    if forms := by_kind.get(link.page.content_type.model):
        return forms.get(link.href, forms[""])
    # Once the page is published, one comes back to the list.
    back = urlencode({"next": reverse("website_upkeep")})
    return f"{reverse('wagtailadmin_pages:edit', args=[link.page_id])}?{back}"
