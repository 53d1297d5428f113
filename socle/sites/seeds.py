"""The pages a site is born with, and their first words. The mairie rewrites what it likes."""

from __future__ import annotations

from datetime import date

from socle.sites import models, registry
from socle.sites.models.pages import CommunePage


def pages(*, of_name: str, on: date) -> list[CommunePage]:
    """Return the pages to plant under the home, in order; `children_to_plant` of one are planted under it.

    `of_name` follows « le site »: « de la commune de Prisches ».
    """
    news = models.NewsIndexPage(title="Actualités", slug="actualites", introduction="")
    news.children_to_plant = [
        models.NewsPage(
            # True before the mairie opens the site as after it.
            title="Ce que l’on trouve sur ce site",
            slug="ce-que-l-on-trouve-sur-ce-site",
            published_on=on,
            summary=(
                "Horaires de la mairie, démarches, actes publiés, contact\u00a0: l’essentiel est réuni ici. "
                "Les nouvelles de la commune paraîtront sur cette page."
            ),
        )
    ]
    return [
        news,
        models.ProceduresPage(
            title="Vos démarches",
            slug="demarches",
            introduction=(
                "Ce que l’on demande le plus souvent à la mairie : que faire, où, quand, avec quoi. La page officielle "
                "est indiquée sous chaque réponse."
            ),
        ),
        models.ActsPage(
            title="Actes publiés",
            slug="actes",
            introduction=(
                "Délibérations et décisions publiées par la commune. Une copie papier est remise à qui la demande à la "
                "mairie."
            ),
        ),
        models.ContactPage(title="Mairie et contact", slug="contact"),
        models.LegalNoticePage(title="Mentions légales", slug="mentions-legales"),
        models.PersonalDataPage(title="Données personnelles", slug="donnees-personnelles"),
        *(page for one in registry.extensions() for page in one.planted(of_name=of_name, on=on)),
        models.SitemapPage(title="Plan du site", slug="plan-du-site"),
    ]
