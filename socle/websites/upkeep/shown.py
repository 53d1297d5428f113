"""The links of a site as the list « À faire » shows them: each with its page, and the form where one corrects it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.apps import apps
from django.urls import reverse

from socle.websites.models.sites import WebSite
from socle.websites.models.upkeep import PageLink, PageLinkQuerySet

# Shown of each kind at once: the list grows shorter as one mends.
MOST = 100
# The pages whose links are corrected in the form of an entry: the model of the entries, their list, their form.
ENTRIES = {
    "directorypage": ("DirectoryEntry", "website_directory", "website_entry"),
    "equipmentpage": ("Equipment", "website_equipment", "website_one_equipment"),
}


@dataclass(frozen=True)
class ShownLink:
    """A link, the title of its page, and where one corrects it."""

    link: PageLink
    title: str
    url: str

    @property
    def name(self) -> str:
        """What a person calls it: its words, else its address."""
        return self.link.words or self.link.href


def shown(website: WebSite, rows: PageLinkQuerySet) -> list[ShownLink]:
    """Say where each of these links is corrected: the form of its page, or that of the entry which gives it."""
    links = list(rows.filter(website=website).select_related("outside", "page__content_type")[:MOST])
    entries: dict[str, dict[str, int]] = {}
    for kind in ENTRIES.keys() & {link.page.content_type.model for link in links}:
        model = apps.get_model("websites", ENTRIES[kind][0])
        given = model._default_manager.filter(website=website, removed_at=None).exclude(link="")
        entries[kind] = dict(given.values_list("link", "pk"))
    return [ShownLink(link, link.page.title, _where(link, entries)) for link in links]


def _where(link: PageLink, entries: dict[str, dict[str, int]]) -> str:
    kind = link.page.content_type.model
    if kind in ENTRIES:
        _, listing, form = ENTRIES[kind]
        pk = entries[kind].get(link.href)
        return reverse(form, args=[pk]) if pk else reverse(listing)
    # Once the page is published, one comes back to the list.
    back = urlencode({"next": reverse("website_upkeep")})
    return f"{reverse('wagtailadmin_pages:edit', args=[link.page_id])}?{back}"
