"""The list « À faire » as the editor shows it: what is to do, and the gestures on each link and each thing to read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from socle.websites.models.directory import DirectoryEntry
from socle.websites.models.equipment import Equipment
from socle.websites.models.sites import WebSite
from socle.websites.models.upkeep import Confirmation, OutsideAddress, PageLink, PageLinkQuerySet
from socle.websites.score import Found
from socle.websites.upkeep import freshness
from socle.websites.upkeep.actions import UNDO
from socle.websites.upkeep.freshness import Aged

Verdict = OutsideAddress.Verdict
# Shown of each kind at once: the list grows shorter as one mends.
MOST = 100
# The things of the list that have gestures of their own, and what each is about.
KIND_OF = {"hours-age": freshness.HOURS, "council-term": freshness.COUNCIL, "stale": freshness.CONTENT}


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


@dataclass(frozen=True)
class ToDo:
    """One line of the list, with the things it is made of when each has its gestures."""

    found: Found
    links: list[ShownLink]
    aged: list[Aged]


@dataclass(frozen=True)
class Said:
    """Something that was confirmed lately, and may be taken back."""

    confirmation: Confirmation
    title: str


def to_do(website: WebSite, found: Iterable[Found], *, aged: list[Aged]) -> list[ToDo]:
    """Give each thing to do its links, or what is to be read again."""
    links = shown(website, PageLink.objects.broken().told())
    return [
        ToDo(
            one,
            links if one.check.code == "links" else [],
            [thing for thing in aged if thing.kind == KIND_OF.get(one.check.code)],
        )
        for one in found
    ]


def dismissed(website: WebSite) -> list[ShownLink]:
    """The links of which nobody wants to hear any more."""
    return shown(website, PageLink.objects.filter(dismissed_at__isnull=False))


def silent(website: WebSite) -> list[ShownLink]:
    """The outside links whose server has answered nothing, on several days."""
    return shown(website, PageLink.objects.filter(outside__verdict=Verdict.SILENT, problem="").told())


def unsure(website: WebSite) -> list[ShownLink]:
    """The outside links that could not be checked, or that have failed too few times to be called broken."""
    doubtful = Q(outside__verdict__in=(Verdict.UNSURE, Verdict.FAILING))
    return shown(website, PageLink.objects.filter(doubtful, problem="", dismissed_at=None))


def shown(website: WebSite, rows: PageLinkQuerySet) -> list[ShownLink]:
    """Say where each of these links is corrected: the form of its page, or that of the entry which gives it."""
    links = list(rows.filter(website=website).select_related("outside", "page__content_type")[:MOST])
    models = {link.page.content_type.model for link in links}
    entries = _by_link(DirectoryEntry, website) if "directorypage" in models else {}
    equipment = _by_link(Equipment, website) if "equipmentpage" in models else {}
    return [ShownLink(link, link.page.title, _mend(link, entries, equipment)) for link in links]


def _by_link(model: type[DirectoryEntry] | type[Equipment], website: WebSite) -> dict[str, int]:
    rows = model.objects.filter(website=website, removed_at=None).exclude(link="")
    return dict(rows.values_list("link", "pk"))


def _mend(link: PageLink, entries: dict[str, int], equipment: dict[str, int]) -> str:
    model = link.page.content_type.model
    if model == "directorypage":
        pk = entries.get(link.href)
        return reverse("website_entry", args=[pk]) if pk else reverse("website_directory")
    if model == "equipmentpage":
        pk = equipment.get(link.href)
        return reverse("website_one_equipment", args=[pk]) if pk else reverse("website_equipment")
    # Once the page is published, one comes back to the list.
    back = urlencode({"next": reverse("website_upkeep")})
    return f"{reverse('wagtailadmin_pages:edit', args=[link.page_id])}?{back}"


def confirmed_lately(website: WebSite, *, at: datetime) -> list[Said]:
    """What was found still true lately, the last first, each by its name."""
    rows = list(Confirmation.objects.standing().filter(website=website, confirmed_at__gte=at - UNDO)[:MOST])
    titles = freshness.titles_of(website, {row.matter for row in rows})
    return [Said(row, titles[row.matter]) for row in rows if row.matter in titles]
