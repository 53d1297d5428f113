"""The pages a site is born with, and their first words. The mairie rewrites what it likes."""

from __future__ import annotations

from datetime import date

from socle.sites import models, registry
from socle.sites.models.pages import CommunePage

# The public service that explains every procedure to individuals; its pages are linked to, never loaded.
SERVICE_PUBLIC = "https://www.service-public.gouv.fr/particuliers/vosdroits/"

PROCEDURES: tuple[tuple[str, str, str], ...] = (
    (
        "Acte d’état civil",
        "Obtenir la copie ou l’extrait d’un acte de naissance, de mariage ou de décès. "
        "La demande se fait à la mairie du lieu de l’événement.",
        f"{SERVICE_PUBLIC}N359",
    ),
    (
        "Carte d’identité",
        "Demander ou renouveler une carte nationale d’identité, dans une mairie équipée, sur rendez-vous.",
        f"{SERVICE_PUBLIC}N358",
    ),
    (
        "Passeport",
        "Demander ou renouveler un passeport, dans une mairie équipée, sur rendez-vous.",
        f"{SERVICE_PUBLIC}N360",
    ),
    (
        "Listes électorales",
        "S’inscrire pour voter dans la commune, vérifier son inscription, signaler un changement d’adresse.",
        f"{SERVICE_PUBLIC}F1367",
    ),
    (
        "Recensement citoyen",
        "Se faire recenser à 16\u00a0ans, à la mairie, pour recevoir l’attestation demandée aux examens.",
        f"{SERVICE_PUBLIC}F870",
    ),
    (
        "Urbanisme et travaux",
        "Construire, agrandir, poser une clôture, changer une façade\u00a0: déclaration préalable ou permis à déposer "
        "avant les travaux.",
        f"{SERVICE_PUBLIC}N319",
    ),
    (
        "Famille et école",
        "Inscrire un enfant à l’école, connaître les démarches de scolarité.",
        f"{SERVICE_PUBLIC}N54",
    ),
    (
        "Signaler un problème",
        "Voirie, éclairage, dépôt sauvage, arbre dangereux\u00a0: appelez la mairie ou écrivez-lui, en disant le lieu "
        "et ce que vous avez vu.",
        "",
    ),
)


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
                "Ce pour quoi l’on vient le plus souvent à la mairie. Chaque démarche renvoie à la page officielle "
                "de l’administration, tenue à jour."
            ),
            procedures=[
                ("procedure", {"title": title, "summary": summary, "link": link}) for title, summary, link in PROCEDURES
            ],
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
