"""The site that is measured: filled as a site in use is, and each of its pages laid as a file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.test import override_settings
from django.utils import timezone
from django_scopes import scopes_disabled
from wagtail.models import Page

from socle.people.models import User
from socle.sections.albums.demo_data import ensure_album
from socle.sections.canteen.demo_data import ensure_menus
from socle.sections.events.demo_data import ensure_events
from socle.sites import grounds
from socle.sites.contract import Picture
from socle.sites.demo_data import ensure_life
from socle.sites.maps import Box
from socle.sites.models import CommuneDocument, CommuneImage, HomePage, NewsIndexPage, NewsPage, StandardPage, WebSite
from socle.sites.models.pages import CommunePage, ProceduresPage
from socle.sites.models.sites import Font, Layout
from socle.sites.publishing import folders
from socle.sites.publishing.actions import addresses_of
from socle.sites.publishing.freezing import freeze
from socle.sites.publishing.reads import ASSET
from tools.photographs import photograph

PARAGRAPH = (
    "<p>Un texte d’essai, de la longueur d’un paragraphe comme en écrivent les mairies\u00a0: il n’annonce rien, il "
    "occupe la place de ce qui se lit. Il parle d’un marché, d’une salle et d’un rendez-vous qui n’existent pas.</p>"
)
# Each layout with characters of its own: those of the device, and the three that are served.
LOOKS = (
    (Layout.MAP, Font.DUO),
    (Layout.PHOTO, Font.LEXEND),
    (Layout.SOBER, Font.ATKINSON),
    (Layout.VILLAGE, Font.SYSTEM),
    (Layout.JOURNAL, Font.LITERATA),
)


class Ground:
    """A ground as heavy as a map may be: a photograph from above."""

    draws_streets = True

    def source(self) -> str:
        return "essai"

    def picture(self, box: Box, width: int, height: int) -> Picture:
        credit = "une photographie d’essai, dont le nom est aussi long que celui d’un producteur"
        return Picture(photograph(3, (width, height)), "image/jpeg", credit, "Licence Ouverte 2.0", "2026")


def furnish(website: WebSite) -> None:
    """Give a site what one in use has: pictures, news, a page made of every block, and a demonstration's fictions."""
    now, by = timezone.now(), User.objects.system()

    def picture(title: str, seed: int) -> CommuneImage:
        file = ImageFile(ContentFile(photograph(seed)), name=f"vue-{seed}.jpg")
        image = CommuneImage(title=title, description=title, file=file, collection=website.collection)
        image.save()
        return image

    with override_settings(DEMO=True):
        for ensure in (ensure_life, ensure_events, ensure_menus, ensure_album):
            ensure(website, by=by, at=now)
    grounds.follow_site(website, [grounds.MapSource(Ground())], at=now)
    home = HomePage.objects.get(pk=website.root_page_id)
    home.introduction = "Bienvenue sur un site d’essai, rempli comme un site qui sert."
    home.picture = picture("La place, un matin", 1)
    home.save_revision().publish()
    file = CommuneDocument.objects.create(
        title="Règlement de la salle",
        file=ContentFile(b"%PDF-1.4 essai", name="salle.pdf"),
        collection=website.collection,
    )
    body: list[tuple[str, Any]] = [
        ("title", {"text": "Un intertitre"}),
        ("text", PARAGRAPH),
        ("picture", {"image": picture("La salle", 2), "alternative": "La salle, vide.", "caption": "La salle"}),
        ("notice", {"title": "À savoir", "text": PARAGRAPH}),
        ("question", {"question": "Comment réserver\u00a0?", "answer": PARAGRAPH}),
        ("file", {"document": file, "title": "Le règlement"}),
    ]
    known = set(HomePage._meta.get_field("body").stream_block.child_blocks)
    body = [one for one in body if one[0] in known]
    page = StandardPage(title="La salle", introduction="Ce qu’il faut savoir de la salle.", body=body, live=False)
    home.add_child(instance=page)
    page.save_revision().publish()
    index = NewsIndexPage.objects.child_of(home).get()
    for number in range(14):
        item = NewsPage(
            title=f"Nouvelle d’essai {number + 1}",
            summary="Une nouvelle d’essai, de la longueur de deux phrases. Elle n’annonce rien.",
            published_on=timezone.localdate() - timedelta(days=14 - number),
            picture=picture(f"Une vue, numéro {number + 1}", 10 + number) if number >= 11 else None,
            body=body[:2],
            live=False,
        )
        index.add_child(instance=item)
        item.save_revision().publish()


@contextlib.contextmanager
def as_in_production(port: int) -> Iterator[None]:
    """Render as a real installation does, behind HTTPS at this port."""
    with override_settings(DEMO=False, IS_HTTPS=True, SITES_PORT=port):
        yield


def lay(website: WebSite, published: Path, port: int) -> list[tuple[str, str]]:
    """Write a site's pages in `published`, as when they are published; return each type of page, and an address of it.

    The first page is written in each layout, under a name of its own. Nothing is kept in the database.
    """
    website.opened_at = website.opened_at or timezone.now()
    host = website.host
    found: list[tuple[str, str]] = []
    with override_settings(PUBLISHED_ROOT=published), as_in_production(port):
        for layout, font in LOOKS:
            website.layout, website.font, website.host = layout, font, f"{layout}.{host}"
            _write(website, published, ["/", "/404.html", "/robots.txt"])
            found.append((f"{HomePage._meta.verbose_name}, {layout.label}", f"{website.root_url}/"))
        (website.layout, website.font), website.host = LOOKS[0], host
        _write(website, published, addresses_of(website))
        seen: set[type] = {HomePage}
        pages = Page.objects.descendant_of(website.root_page).live().order_by("-pk").specific()
        for page in pages:
            if isinstance(page, CommunePage) and type(page) not in seen:
                seen.add(type(page))
                path = "/" + page.url_path[len(website.root_page.url_path) :]
                found.append((str(page._meta.verbose_name), website.root_url + path))
                if isinstance(page, ProceduresPage):
                    found.append(("une démarche", f"{website.root_url}{path}pacs/"))
    return found


def _write(website: WebSite, published: Path, paths: list[str]) -> None:
    folder = published / "hosts" / website.host
    done: set[str] = set()
    todo = list(paths)
    while todo:
        path = todo.pop()
        if path in done:
            continue
        done.add(path)
        made = freeze(website, path)
        folders.write(folder, path, made.content)
        todo += [key.removeprefix(ASSET) for key in made.keys if key.startswith(ASSET)]


def lay_first(published: str, port: int) -> list[tuple[str, str]]:
    """Furnish and lay the first site of an installation on trial: called inside it."""
    with scopes_disabled():  # A measure sees everything.
        website = (
            WebSite.objects.select_related("facts", "beneficiary__commune__department", "root_page", "site")
            .order_by("pk")
            .first()
        )
        assert website is not None, f"no site in {settings.DATA_DIR}"
        furnish(website)
        website.refresh_from_db()
        return lay(website, Path(published), port)
