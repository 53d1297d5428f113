"""The steps of a demonstration of no room, or that join several. Each is idempotent, and says what it did."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.agenda.demo_data import ensure_agenda
from socle.backups.demo_data import ensure_saves
from socle.batches import actions as batches
from socle.batches.gestures import gesture_of
from socle.batches.models import Batch
from socle.files.demo_data import ensure_folder
from socle.lib import dates
from socle.lib.declared import Say, Step
from socle.mail.demo_data import ensure_own_domain, ensure_uses
from socle.people import personas
from socle.people.models import User
from socle.provisioning.access import access_of, within
from socle.provisioning.monitoring import demo_data as running
from socle.retention import actions as retention
from socle.serving import statics
from socle.sites.demo_steps import LIVELY
from socle.sites.models.sites import WebSite
from socle.territory import actions as territory
from socle.territory.models import Commune

# Three small communes of the Pas-de-Calais that no fictitious person serves.
BATCH_COMMUNES = ("62002", "62003", "62005")


def _database(say: Say) -> None:
    executor = MigrationExecutor(connection)
    # Nothing to migrate: what follows a migration (permissions, content types) would still cost a second.
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)


DATABASE = Step("Base de données", _database)


def _territory(say: Say) -> None:
    territory.load_vintages(by=User.objects.system(), at=timezone.now(), progress=say)


TERRITORY = Step("Territoire : communes de France, mairies et contours du Nord et du Pas-de-Calais", _territory)


def _statics(say: Say) -> None:
    statics.collect_if_needed()


# A commune's page names its stylesheet by its fingerprint: gathered before the first site is made.
STATICS = Step("Feuilles de style, images et scripts", _statics)


def _agendas(say: Say) -> None:
    with scopes_disabled():  # Every commune of the demonstration that has a site has its agendas.
        places = [site.beneficiary for site in WebSite.objects.select_related("beneficiary__commune").order_by("pk")]
    count = sum(ensure_agenda(place, by=User.objects.system(), at=timezone.now()) for place in places)
    if count:
        say(f"{count} mairies")


AGENDAS = Step("Agendas, salle et contacts fictifs des mairies qui ont un site", _agendas)


def _batch(say: Say) -> None:
    """A batch that has ended, with its report: three drafts, written in the name of a fictitious person."""
    officer = User.objects.filter(email=f"officer@{personas.DOMAIN}").first()
    access = access_of(officer, on=dates.day_of(timezone.now())) if officer else None
    if access is None or Batch.objects.filter(operator=access.operator).exists():
        return
    communes = Commune.objects.current().filter(insee_code__in=BATCH_COMMUNES).order_by("insee_code")
    with within(access):
        batch = batches.start(
            gesture_of("draft"),
            [batches.Chosen(str(one.pk), one.name, one.insee_code) for one in communes],
            programme=access.programme,
            operator=access.operator,
            by=access.user,
            at=timezone.now(),
        )
    while batches.carry_on(only=batch.pk):
        pass
    say(f"lot n° {batch.pk}")


BATCH = Step("Un lot terminé, et son rapport", _batch)


def _mail_names(say: Say) -> None:
    with scopes_disabled():  # The demonstration's own, whichever body it belongs to.
        site = WebSite.objects.select_related("beneficiary__commune").order_by("pk").first()
        if site is None:
            return
        domain = ensure_own_domain(site.beneficiary, by=User.objects.system(), at=timezone.now())
    if domain is not None:
        say(f"{domain.name}, {domain.get_status_display()}")


MAIL_NAMES = Step("Un nom de domaine fictif, dont le courrier arrive encore ailleurs", _mail_names)


def _services(say: Say) -> None:
    """Fill the boxes, folders and machines of a few mairies, and a month of history of the space they take."""
    system, at = User.objects.system(), timezone.now()
    with scopes_disabled():  # Every commune of the demonstration that has a site.
        sites = WebSite.objects.select_related("beneficiary__commune").order_by("pk")[:LIVELY]
        places = [site.beneficiary for site in sites]
        made = [
            (
                ensure_folder(place, by=system, at=at),
                ensure_saves(place, by=system, at=at),
                ensure_uses(place, by=system, at=at),
            )
            for place in places
        ]
    if count := sum(any(one) for one in made):
        say(f"{count} mairies")
    running.ensure_readings(at=at)


SERVICES = Step("Messagerie, dossiers et sauvegardes\u00a0: fichiers, machines et mesures fictifs", _services)


def _retention(say: Say) -> None:
    retention.sweep(by=User.objects.system(), at=timezone.now())


RETENTION = Step("Données personnelles : premier passage des règles", _retention)
