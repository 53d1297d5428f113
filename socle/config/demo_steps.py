"""What a demonstration is made of, in order. Each step is idempotent, quick when nothing is missing, says what it did.

A new step is a function that takes `say` and a line of `STEPS`.
"""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from socle.agreements import priorities
from socle.config import statics
from socle.config.demonstration import Say, Step
from socle.documents import texts
from socle.joining import demonstration as joining
from socle.journal import actions as journal
from socle.lib.text import number
from socle.mergers import fictions as mergers
from socle.mergers.words import title_of
from socle.people import personas
from socle.people.models import User
from socle.programme import actions as programmes
from socle.programme.models import Programme
from socle.retention import actions as retention
from socle.territory import actions as territory


def _database(say: Say) -> None:
    executor = MigrationExecutor(connection)
    # Nothing to migrate: what follows a migration (permissions, content types) would still cost a second.
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)


def _territory(say: Say) -> None:
    territory.load_vintages(by=User.objects.system(), at=timezone.now(), progress=say)


def _texts(say: Say) -> None:
    for text in texts.publish_seeds(by=User.objects.system(), at=timezone.now()):
        say(f"{text}")


def _programmes(say: Say) -> None:
    for path in programmes.files():
        programme, written = programmes.load(path, by=User.objects.system(), at=timezone.now(), demonstration=True)
        if written:
            say(programme.name)


def _ranks(say: Say) -> None:
    if count := priorities.keep_assessments(by=User.objects.system(), at=timezone.now()):
        say(f"{number(count)} rangs établis")


def _people(say: Say) -> None:
    personas.ensure_personas(by=User.objects.system(), at=timezone.now())


def _merger(say: Say) -> None:
    programme = Programme.objects.order_by("pk").first()
    if programme is not None and (
        plan := mergers.ensure_merger(programme, by=User.objects.system(), at=timezone.now())
    ):
        say(title_of(plan))


def _requests(say: Say) -> None:
    for request in joining.ensure_requests(by=User.objects.system(), at=timezone.now()):
        say(f"{request.place_name}, {request.get_status_display()}")


def _statics(say: Say) -> None:
    statics.collect_if_needed()


def _retention(say: Say) -> None:
    retention.sweep(by=User.objects.system(), at=timezone.now())


def _journal(say: Say) -> None:
    while journal.seal():
        pass


STEPS: tuple[Step, ...] = (
    Step("Base de données", _database),
    Step("Territoire : communes de France, mairies et contours du Nord et du Pas-de-Calais", _territory),
    Step("Textes", _texts),
    Step("Programmes", _programmes),
    Step("Rangs des communes", _ranks),
    Step("Personnes fictives", _people),
    Step("Demandes d’adhésion fictives", _requests),
    # A commune's page names its stylesheet by its fingerprint: gathered before the first site is made.
    Step("Feuilles de style, images et scripts", _statics),
    Step("Une fusion réelle, avec une convention et des personnes fictives", _merger),
    Step("Données personnelles : premier passage des règles", _retention),
    Step("Scellement du journal", _journal),
)
