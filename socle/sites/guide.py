"""How a mairie uses its site: what its page of services says."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from socle.people.models import Beneficiary, User
from socle.provisioning.guides import Guide, Way
from socle.sites.models import WebSite
from socle.ui.shapes import Link


def give(beneficiary: Beneficiary, *, by: User, at: datetime) -> Guide:
    """Return the gestures of the site and how each is done; nothing when the beneficiary has no site yet."""
    website = WebSite.objects.filter(beneficiary=beneficiary).first()
    if website is None:
        return Guide()
    return Guide(
        links=(
            Link("Voir le site", f"{website.root_url}/", "external"),
            Link("Publier une actualité", reverse("mairie:publish_news"), "news"),
            Link("Corriger les horaires", reverse("mairie:hours"), "clock"),
            Link("Son adresse internet", reverse("mairie:domain_names"), "pin"),
        ),
        ways=(
            Way(
                "Écrire sur le site",
                (
                    "Choisissez «\u00a0Publier une actualité\u00a0»\u00a0: un titre et quelques lignes suffisent.",
                    "Relisez, puis publiez\u00a0: la page paraît aussitôt.",
                    "Une erreur se corrige de la même façon, et chaque version reste\u00a0: rien n’est perdu.",
                ),
                "browser",
                links=(Link("Toutes les pages du site", reverse("wagtailadmin_explore_root"), "website"),),
            ),
            Way(
                "Prévenir vite",
                (
                    "Choisissez «\u00a0Publier une alerte\u00a0»\u00a0: elle paraît au-dessus de toutes les pages.",
                    "Les personnes abonnées la reçoivent par courriel.",
                    "Elle disparaît à l’heure que vous donnez\u00a0; vous pouvez la retirer avant.",
                ),
                "megaphone",
                links=(Link("Publier une alerte", reverse("mairie:alerts"), "alert"),),
            ),
            Way(
                "Répondre à qui vous écrit",
                (
                    "Ce que les habitantes et les habitants écrivent sur le site arrive dans «\u00a0Messages\u00a0».",
                    "Répondez depuis cette page\u00a0: la réponse part par courriel et reste avec la demande.",
                ),
                "letter",
                links=(Link("Messages", reverse("mairie:messages"), "mail"),),
            ),
        ),
        says="" if website.opened_at else "Le site répond, mais les moteurs de recherche ne le montrent pas encore.",
    )
