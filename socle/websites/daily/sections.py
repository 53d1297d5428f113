"""The sections of a site that a mairie opens when it wants them, each made of one index page under the home."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from wagtail.models import Page

from socle.journal import actions as journal
from socle.people.models import User
from socle.websites.models.gallery import GalleryPage
from socle.websites.models.heritage import HeritageIndexPage
from socle.websites.models.jobs import JobIndexPage
from socle.websites.models.menus import MenuPage
from socle.websites.models.pages import CommunePage
from socle.websites.models.sites import WebSite
from socle.websites.models.tenders import TenderIndexPage
from socle.websites.models.waste import WastePage
from socle.websites.models.works import WorksIndexPage
from socle.websites.opening import open_page
from socle.websites.publishing.actions import changed


@dataclass(frozen=True)
class Section:
    """One section: the word of its address in the editor, its page, and what the mairie reads of it before opening."""

    code: str
    index: type[CommunePage]
    title: str
    slug: str
    purpose: str
    # What its button says, and the model of the pages made below it.
    gesture: str
    page: str
    icon: str
    # Where its rows are kept on a screen of ours, rather than as pages.
    screen: str = ""


SECTIONS: Mapping[str, Section] = {
    section.code: section
    for section in (
        Section(
            "travaux",
            WorksIndexPage,
            "Travaux",
            "travaux",
            "Où, de quand à quand, ce qui est fermé, par où passer. Ce qui est terminé quitte la liste tout seul.",
            "Annoncer des travaux",
            "workspage",
            "warning",
        ),
        Section(
            "emploi",
            JobIndexPage,
            "Offres d’emploi",
            "offres-emploi",
            "Un poste, son contrat, jusqu’à quand et comment postuler. L’offre disparaît le lendemain du dernier jour.",
            "Publier une offre d’emploi",
            "jobpage",
            "user",
        ),
        Section(
            "marches",
            TenderIndexPage,
            "Marchés publics",
            "marches-publics",
            "L’objet, l’heure limite, le lien vers le profil d’acheteur\u00a0; puis à qui le marché est attribué.",
            "Publier un avis de marché",
            "tenderpage",
            "doc-full",
        ),
        Section(
            "dechets",
            WastePage,
            "Collecte des déchets",
            "dechets",
            "Les tournées, les jours fériés, les points d’apport\u00a0; un calendrier à imprimer ou dans le téléphone.",
            "Tenir la collecte des déchets",
            "",
            "bin",
            screen="website_waste",
        ),
        Section(
            "menus",
            MenuPage,
            "Menus de la cantine",
            "menus",
            "La semaine se saisit en un tableau, ou vient du fichier de qui prépare les repas. Passée, elle s’en va.",
            "Écrire les menus",
            "",
            "list-ul",
            screen="website_menus",
        ),
        Section(
            "galerie",
            GalleryPage,
            "Galerie",
            "galerie",
            "Des albums de photographies, envoyées plusieurs à la fois, décrites puis montrées en grille.",
            "Tenir les albums",
            "",
            "image",
            screen="website_gallery",
        ),
        Section(
            "patrimoine",
            HeritageIndexPage,
            "Histoire et patrimoine",
            "patrimoine",
            "Une page par lieu ou par époque : ce qui s’y voit, depuis quand, où c’est, ce qui le protège.",
            "Raconter un lieu ou une époque",
            "heritagepage",
            "site",
        ),
    )
}


def index_of(website: WebSite, section: Section) -> CommunePage | None:
    """Return the page of this section on this site, or None when it is not opened."""
    found: CommunePage | None = section.index.objects.child_of(website.root_page).first()
    return found


def opened_on(website: WebSite) -> set[str]:
    """Return the codes of the sections that this site has opened."""
    by_model = {section.index: section.code for section in SECTIONS.values()}
    pages = Page.objects.child_of(website.root_page).live().only("content_type_id")
    return {by_model[page.specific_class] for page in pages if page.specific_class in by_model}


@transaction.atomic
def open_section(website: WebSite, section: Section, *, by: User, at: datetime) -> CommunePage:
    """Give the site this section, in the menu after the news; return the one it has if it has one, put back online."""
    existing = index_of(website, section)
    if existing is not None and existing.live:
        return existing
    if existing is not None:
        existing.save_revision(user=by).publish()
        changed(website.pk, *existing.shown_as(), at=at)
        made = existing
    else:
        made = section.index(title=section.title, slug=section.slug)
        # Another page of the site may have taken this address already: Wagtail finds a free one.
        if Page.objects.child_of(website.root_page).filter(slug=section.slug).exists():
            made.slug = ""
        open_page(website, made, is_news=True, at=at)
    journal.record("website.section_opened", website, by=by, at=at, section=section.code)
    return made
