"""Extension of the sites by the notices: their pages, their feed, those that hold on the first page."""

from __future__ import annotations

from typing import Any

from socle.sections.notices.demo_data import ensure_notices
from socle.sections.notices.models import AT_HOME, NoticeIndexPage, NoticePage, current
from socle.sites.frame import Frame
from socle.sites.models.pages import CommunePage, today
from socle.sites.registry import Section


def home(page: CommunePage, frame: Frame) -> dict[str, Any]:
    """Return the notices that hold; a site that has none is asked nothing more."""
    return {"notices": current(page, on=today())[:AT_HOME]} if "notices" in frame.urls else {}


EXTENSION = Section(
    code="annonces",
    package="socle.sections.notices",
    site_urls="socle.sections.notices.site_urls",
    unlisted=(NoticePage,),
    home_part="websites/parts/home_notices.html",
    home=home,
    demo=ensure_notices,
    index=NoticeIndexPage,
    title="Annonces",
    slug="annonces",
    purpose="Travaux, offres d’emploi, marchés publics, enquêtes publiques. Chacune quitte la liste après sa date.",
    gesture="Publier une annonce",
    icon="doc-full",
    page=NoticePage,
    # Works, jobs and tenders were sections of their own.
    formerly=("travaux", "emploi", "marches"),
    moved_to=(
        (r"/travaux/(?:page/\d+/)?", "/annonces/categorie/travaux/"),
        (r"/offres-emploi/(?:page/\d+/)?", "/annonces/categorie/emploi/"),
        (r"/marches-publics/(?:page/\d+/)?", "/annonces/categorie/marches-publics/"),
        (r"/(?:travaux|marches-publics)/archives/(?:page/\d+/)?", "/annonces/archives/"),
        (r"/(?:travaux|offres-emploi|marches-publics)/fil\.atom", "/annonces/fil.atom"),
        (r"/(?:travaux|offres-emploi|marches-publics)/([a-z0-9-]+)/", r"/annonces/\1/"),
    ),
)
