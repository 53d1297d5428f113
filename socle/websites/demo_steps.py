"""What this room puts in a demonstration. Each step is idempotent, quick when nothing is missing, says what it did."""

from __future__ import annotations

from django.utils import timezone
from django_scopes import scope, scopes_disabled

from socle.lib import dates
from socle.lib.declared import Say, Step
from socle.people import personas
from socle.people.models import User
from socle.provisioning.access import access_of
from socle.websites.accessibility.fictions import ensure_audit
from socle.websites.audience.fictions import ensure_audience
from socle.websites.canteen.fictions import ensure_menus
from socle.websites.council.fictions import ensure_council
from socle.websites.daily.fictions import ensure_daily_life
from socle.websites.directory.fictions import ensure_directory
from socle.websites.equipment.fictions import ensure_equipment
from socle.websites.fictions import ensure_life
from socle.websites.gallery.fictions import ensure_gallery, ensure_heritage
from socle.websites.messages.fictions import ensure_messages
from socle.websites.models.sites import WebSite
from socle.websites.naming import fictions as naming
from socle.websites.sharing.fictions import ensure_shares
from socle.websites.upkeep.fictions import ensure_upkeep

# How many sites are given a life: enough to be seen.
LIVELY = 5


def _life(say: Say) -> None:
    with scopes_disabled():  # The sites of a demonstration, whosever they are.
        for website in WebSite.objects.select_related("root_page", "facts", "beneficiary__commune").order_by("pk")[
            :LIVELY
        ]:
            if ensure_life(website, by=User.objects.system(), at=timezone.now()):
                say(website.host)
            ensure_messages(website, by=User.objects.system(), at=timezone.now())


LIFE = Step("Vie des sites : événements, fermeture et alerte fictifs", _life)

# What each of them is given, once.
TOWN = (ensure_council, ensure_directory, ensure_equipment, ensure_upkeep, ensure_audience)


def _town(say: Say) -> None:
    with scopes_disabled():  # The sites of a demonstration, whosever they are.
        for website in WebSite.objects.select_related("root_page", "beneficiary__commune").order_by("pk")[:LIVELY]:
            done = [ensure(website, by=User.objects.system(), at=timezone.now()) for ensure in TOWN]
            if any(done):
                say(website.host)


TOWN_LIFE = Step("Vie communale des sites\u00a0: conseil, annuaire et équipements fictifs", _town)

# In this order: what an older demonstration has already is left as it is.
EVERY_DAY = (ensure_daily_life, ensure_menus, ensure_gallery, ensure_heritage)


def _daily(say: Say) -> None:
    with scopes_disabled():  # As above.
        for website in WebSite.objects.select_related("root_page", "facts").order_by("pk")[:LIVELY]:
            done = [ensure(website, by=User.objects.system(), at=timezone.now()) for ensure in EVERY_DAY]
            if any(done):
                say(website.host)


DAILY_LIFE = Step(
    "Vie quotidienne des sites\u00a0: travaux, offre d’emploi, marchés, déchets, menus et albums fictifs", _daily
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
