"""What this room puts in a demonstration. Each step is idempotent, quick when nothing is missing, says what it did."""

from __future__ import annotations

from django.utils import timezone
from django_scopes import scope, scopes_disabled

from socle.lib import dates
from socle.lib.declared import Say, Step
from socle.people import personas
from socle.people.models import User
from socle.provisioning.access import access_of
from socle.websites import registry
from socle.websites.accessibility.fictions import ensure_audit
from socle.websites.fictions import ensure_life
from socle.websites.models.sites import WebSite
from socle.websites.naming import fictions as naming
from socle.websites.sharing.fictions import ensure_shares

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


def _shares(say: Say) -> None:
    officer = User.objects.filter(email=f"officer@{personas.DOMAIN}").first()
    access = access_of(officer, on=dates.day_of(timezone.now())) if officer else None
    if access is None:
        return
    with scope(beneficiary=list(access.beneficiaries().values_list("pk", flat=True))):
        site = WebSite.objects.filter(beneficiary__commune__isnull=False).order_by("pk").first()
        commune = site.beneficiary.commune if site is not None else None
        count = ensure_shares(access.operator, commune=commune, by=access.user, at=timezone.now()) if commune else 0
    if count:
        say(f"{count} contenus fictifs")


SHARES = Step("Contenus partagés\u00a0: une actualité, un événement et une alerte fictifs", _shares)


def _names(say: Say) -> None:
    for name in naming.ensure_names(by=User.objects.system(), at=timezone.now()):
        say(f"{name.domain}, {name.get_status_display()}")


NAMES = Step("Noms de domaine fictifs des sites", _names)


def _sites(say: Say) -> None:
    """A site is born of a signature: its audit waits for the first one."""
    if website := ensure_audit(by=User.objects.system(), at=timezone.now()):
        say(f"audit et schéma fictifs, {website.host}")


AUDIT = Step("Un audit d’accessibilité fictif", _sites)
