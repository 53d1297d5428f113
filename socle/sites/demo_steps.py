"""Demonstration steps of this room. Each step is idempotent, quick when nothing is missing, says what it did."""

from __future__ import annotations

from django.utils import timezone
from django_scopes import scopes_disabled

from socle.lib.declared import Say, Step
from socle.people.models import User
from socle.sites import registry
from socle.sites.demo_data import ensure_life
from socle.sites.models.sites import WebSite
from socle.sites.names.demo_data import ensure_names

# How many sites are given a life: enough to be seen.
LIVELY = 5


def _life(say: Say) -> None:
    with scopes_disabled():  # The sites of a demonstration, whosever they are.
        sites = WebSite.objects.select_related("root_page", "facts", "beneficiary__commune").order_by("pk")
        for website in sites[:LIVELY]:
            ensures = [ensure_life, *(extension.demo for extension in registry.extensions())]
            done = [ensure(website, by=User.objects.system(), at=timezone.now()) for ensure in ensures]
            if any(done):
                say(website.host)


LIFE = Step(
    "Vie des sites\u00a0: fermeture, alerte, événements, conseil, annuaire, annonces, déchets, menus, albums fictifs",
    _life,
)


def _names(say: Say) -> None:
    for name in ensure_names(by=User.objects.system(), at=timezone.now()):
        say(f"{name.domain}, {name.get_status_display()}")


NAMES = Step("Noms de domaine fictifs des sites", _names)
