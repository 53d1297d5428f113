"""Called inside an installation on trial: sites made, furnished, published, weighed; each answers in JSON."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.db import connection
from django.db.models import F
from django.utils import timezone
from django_scopes import scopes_disabled

from tools.photographs import photograph


def make_up_to(count: int) -> int:
    """Make sites for real communes until there are so many; return how many were made."""
    from socle.people.actions import register_beneficiary
    from socle.people.models import User
    from socle.sites.actions import create_site, index_sites
    from socle.sites.models import WebSite
    from socle.territory.models import Commune

    by = User.objects.system()
    made = 0
    with scopes_disabled():  # A measure sees everything.
        lacking = count - WebSite.objects.count()
        free = Commune.objects.current().filter(beneficiary__isnull=True)
        # Those whose mairie is described first, as the communes of a programme are.
        for commune in free.order_by(F("town_hall__pk").asc(nulls_last=True), "pk")[: max(0, lacking)].iterator(
            chunk_size=500
        ):
            create_site(register_beneficiary(commune, by=by, at=timezone.now()), by=by, at=timezone.now())
            made += 1
        while index_sites(at=timezone.now()):
            pass
    return made


def hosts(limit: int) -> list[str]:
    """The names of the published sites, the oldest first."""
    from socle.sites.models import WebSite

    with scopes_disabled():
        served = WebSite.objects.filter(publication__release__gt="").order_by("pk")
        return list(served.values_list("host", flat=True)[:limit])


def furnish(count: int) -> list[dict[str, Any]]:
    """Give the first sites what a site in use has: a photograph, six news items, three of them with a picture.

    Returns the host of each, and what its first page shows: the pages of the site, the items, the pictures.
    """
    from wagtail.models import Page

    from socle.sites.models import CommuneImage, HomePage, NewsIndexPage, NewsPage, WebSite

    furnished: list[dict[str, Any]] = []
    with scopes_disabled():
        for website in WebSite.objects.select_related("root_page", "collection").order_by("pk")[:count]:

            def picture(title: str, of: WebSite = website) -> CommuneImage:
                file = ImageFile(ContentFile(photograph(len(title) + of.pk)), name="vue.jpg")
                image = CommuneImage(title=title, file=file, collection=of.collection)
                image.save()
                return image

            home = HomePage.objects.get(pk=website.root_page_id)
            if home.picture_id is None:
                home.picture, home.picture_alternative = picture("La place"), "La place de la commune."
                home.save_revision().publish()
                index = NewsIndexPage.objects.child_of(home).get()
                for number in range(6):
                    item = NewsPage(
                        title=f"Nouvelle d’essai {number + 1}",
                        summary="Une nouvelle écrite pour mesurer la plateforme, de la longueur de deux phrases. "
                        "Elle n’annonce rien.",
                        published_on=timezone.localdate() - timedelta(days=number),
                        picture=picture(f"Image {number + 1}") if number < 3 else None,
                        live=False,
                    )
                    index.add_child(instance=item)
                    item.save_revision().publish()
            pages = Page.objects.descendant_of(website.root_page, inclusive=True).live().count()
            furnished.append({"host": website.host, "pages": pages, "news": 7, "pictures": 4})
    return furnished


def secretary_of(host: str) -> dict[str, Any]:
    """Open the session of a fictitious secretary of this commune; return its cookie, and the page her news go under."""
    from django.test import Client

    from socle.people.acting import SESSION_KEY
    from socle.people.models import Membership, Role, User
    from socle.sites.models import NewsIndexPage, WebSite

    with scopes_disabled():
        website = WebSite.objects.select_related("root_page").get(host=host)
        person, _ = User.objects.get_or_create(
            email="mesure@exemple.invalid", defaults={"name": "Camille Exemple", "is_active": True}
        )
        Membership.objects.get_or_create(user=person, role=Role.SECRETARY, beneficiary_id=website.beneficiary_id)
        client = Client(SERVER_NAME="localhost")
        client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
        session = client.session
        session[SESSION_KEY] = website.beneficiary_id
        session.save()
        index = NewsIndexPage.objects.child_of(website.root_page).get()
    return {
        "cookie": f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}",
        "index": index.pk,
    }


def one_more(times: int) -> dict[str, float]:
    """Make and publish sites one after the other; return the median seconds of each gesture."""
    from socle.people.actions import register_beneficiary
    from socle.people.models import User
    from socle.sites.actions import create_site, index_sites
    from socle.sites.publishing.actions import publish_site
    from socle.territory.models import Commune

    by = User.objects.system()
    making, publishing = [], []
    with scopes_disabled():
        free = (
            Commune.objects.current()
            .filter(beneficiary__isnull=True)
            .order_by(F("town_hall__pk").asc(nulls_last=True), "pk")
        )
        for commune in list(free[:times]):
            beneficiary = register_beneficiary(commune, by=by, at=timezone.now())
            begun = time.perf_counter()
            website = create_site(beneficiary, by=by, at=timezone.now())
            made = time.perf_counter()
            publish_site(website.pk, at=timezone.now())
            making.append(made - begun)
            publishing.append(time.perf_counter() - made)
        while index_sites(at=timezone.now()):
            pass
    return {"making": statistics.median(making), "publishing": statistics.median(publishing)}


def ticks(times: int) -> dict[str, float]:
    """What the ticks cost when nothing waits: seconds of processor, the median of so many times."""
    from socle.sites.publishing import actions as publishing

    def cost(call: Callable[[], object]) -> float:
        spent = []
        for _ in range(times):
            begun = time.process_time(), time.perf_counter()
            call()
            spent.append(time.perf_counter() - begun[1])
        return statistics.median(spent)

    return {
        "publish_waiting": cost(publishing.publish_waiting),
        "note_new_look": cost(lambda: publishing.note_new_look(at=timezone.now())),
    }


def everything_changed() -> int:
    """Note that every site is to be made anew, as a new release of the platform does; return how many."""
    from socle.sites.models import WebSite
    from socle.sites.publishing.actions import changed_quietly
    from socle.sites.publishing.reads import EVERYTHING

    with scopes_disabled():
        sites = list(WebSite.objects.values_list("pk", flat=True))
    for website_id in sites:
        changed_quietly(website_id, EVERYTHING, at=timezone.now())
    return len(sites)


def new_day() -> int:
    """Note that the date changed, as the first tick after midnight does; return how many sites it concerns."""
    from socle.sites.publishing import actions as publishing

    return publishing.note_new_day(at=timezone.now() + timedelta(days=1))


def weigh() -> dict[str, float]:
    """What the sites take: blocks of the disk, inodes, files counted once whatever the number of their links; rows."""
    from socle.sites.models import WebSite

    with scopes_disabled():
        sites = WebSite.objects.count()
    seen: set[int] = set()
    blocks = 0
    for top in (Path(settings.PUBLISHED_ROOT), Path(settings.MEDIA_ROOT)):
        for folder, names, files in os.walk(top):
            for name in (*names, *files, "."):
                stat = os.lstat(os.path.join(folder, name))
                if stat.st_ino not in seen:
                    seen.add(stat.st_ino)
                    blocks += stat.st_blocks * 512
    database = 0
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            database = cursor.fetchone()[0]
    return {"sites": sites, "bytes": blocks, "inodes": len(seen), "database": database}
