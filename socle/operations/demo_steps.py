"""What a demonstration is made of, in order. Each step is idempotent, quick when nothing is missing, says what it did.

A new step is a function that takes `say` and a line of `STEPS`.
"""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from socle.agenda.fictions import ensure_agenda
from socle.agreements import priorities
from socle.backups.fictions import ensure_saves
from socle.batches import actions as batches
from socle.batches.gestures import gesture_of
from socle.batches.models import Batch
from socle.console import saving
from socle.documents import texts
from socle.files.fictions import ensure_folder
from socle.integrations import fictions
from socle.joining import demonstration as joining
from socle.journal import actions as journal
from socle.journal import heads
from socle.lib import dates
from socle.lib.text import number
from socle.mail.fictions import ensure_uses
from socle.mail.zoning import fictions as zoning
from socle.mergers import fictions as mergers
from socle.mergers.words import title_of
from socle.operations.demonstration import Say, Step
from socle.people import filters, personas
from socle.people.models import SavedFilter, User
from socle.programme import actions as programmes
from socle.programme.models import Programme
from socle.provisioning.access import access_of
from socle.provisioning.running import fictions as running
from socle.retention import actions as retention
from socle.serving import statics
from socle.territory import actions as territory
from socle.territory.models import Commune
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

# Three small communes of the Pas-de-Calais that no fictitious person serves.
BATCH_COMMUNES = ("62002", "62003", "62005")


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


# What each of them is given, once.
TOWN = (ensure_council, ensure_directory, ensure_equipment, ensure_upkeep, ensure_audience)


def _town(say: Say) -> None:
    with scopes_disabled():  # The sites of a demonstration, whosever they are.
        for website in WebSite.objects.select_related("root_page", "beneficiary__commune").order_by("pk")[:LIVELY]:
            done = [ensure(website, by=User.objects.system(), at=timezone.now()) for ensure in TOWN]
            if any(done):
                say(website.host)


# In this order: what an older demonstration has already is left as it is.
EVERY_DAY = (ensure_daily_life, ensure_menus, ensure_gallery, ensure_heritage)


def _daily(say: Say) -> None:
    with scopes_disabled():  # As above.
        for website in WebSite.objects.select_related("root_page", "facts").order_by("pk")[:LIVELY]:
            done = [ensure(website, by=User.objects.system(), at=timezone.now()) for ensure in EVERY_DAY]
            if any(done):
                say(website.host)


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


def _batch(say: Say) -> None:
    """A batch that has ended, with its report: three drafts, written in the name of a fictitious person."""
    officer = User.objects.filter(email=f"officer@{personas.DOMAIN}").first()
    access = access_of(officer, on=dates.day_of(timezone.now())) if officer else None
    if access is None or Batch.objects.filter(operator=access.operator).exists():
        return
    communes = Commune.objects.current().filter(insee_code__in=BATCH_COMMUNES).order_by("insee_code")
    with scope(beneficiary=list(access.beneficiaries().values_list("pk", flat=True))):
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


# One's own, and one that every person of the syndicate finds.
FILTERS = (("communes", "Prioritaires du Pas-de-Calais", "departement=62&priorite=oui", False),
           ("conventions", "Projets à compléter", "etat=draft", True))  # fmt: skip


def _filters(say: Say) -> None:
    officer = User.objects.filter(email=f"officer@{personas.DOMAIN}").first()
    access = access_of(officer, on=dates.day_of(timezone.now())) if officer else None
    if access is None or SavedFilter.objects.filter(user=access.user).exists():
        return
    for code, name, query, is_shared in FILTERS:
        kept = saving.read(saving.list_of(code), query, access)
        saved = filters.save(access.operator, list_code=code, name=name, query=kept, by=access.user, at=timezone.now())
        if is_shared:
            filters.share(saved, by=access.user, at=timezone.now())
        say(name)


def _sites(say: Say) -> None:
    """A site is born of a signature: its audit waits for the first one."""
    if website := ensure_audit(by=User.objects.system(), at=timezone.now()):
        say(f"audit et schéma fictifs, {website.host}")


def _programs(say: Say) -> None:
    officer = User.objects.filter(email=f"officer@{personas.DOMAIN}").first()
    access = access_of(officer, on=dates.day_of(timezone.now())) if officer else None
    # Lines of the journal are told once sealed.
    _journal(say)
    if access is not None and fictions.ensure_programs(access.operator, by=access.user, at=timezone.now()):
        say("jetons et webhook d’un logiciel fictif")


def _names(say: Say) -> None:
    for name in naming.ensure_names(by=User.objects.system(), at=timezone.now()):
        say(f"{name.domain}, {name.get_status_display()}")


def _mail_names(say: Say) -> None:
    with scopes_disabled():  # The demonstration's own, whichever body it belongs to.
        site = WebSite.objects.select_related("beneficiary__commune").order_by("pk").first()
        if site is None:
            return
        domain = zoning.ensure_own_domain(site.beneficiary, by=User.objects.system(), at=timezone.now())
    if domain is not None:
        say(f"{domain.name}, {domain.get_status_display()}")


def _statics(say: Say) -> None:
    statics.collect_if_needed()


def _retention(say: Say) -> None:
    retention.sweep(by=User.objects.system(), at=timezone.now())


def _journal(say: Say) -> None:
    # A demonstration replays the past: its lines are sealed whatever their date.
    while journal.seal():
        pass
    heads.keep(at=timezone.now())


def _agendas(say: Say) -> None:
    with scopes_disabled():  # Every commune of the demonstration that has a site has its agendas.
        places = [site.beneficiary for site in WebSite.objects.select_related("beneficiary__commune").order_by("pk")]
    count = sum(ensure_agenda(place, by=User.objects.system(), at=timezone.now()) for place in places)
    if count:
        say(f"{count} mairies")


def _services(say: Say) -> None:
    """What the boxes, the folders and the machines of a few mairies hold, and a month of history of the room."""
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
    Step("Vie des sites : événements, fermeture et alerte fictifs", _life),
    Step("Vie communale des sites\u00a0: conseil, annuaire et équipements fictifs", _town),
    Step("Vie quotidienne des sites\u00a0: travaux, offre d’emploi, marchés, déchets, menus et albums fictifs", _daily),
    Step("Contenus partagés\u00a0: une actualité, un événement et une alerte fictifs", _shares),
    Step("Agendas, salle et contacts fictifs des mairies qui ont un site", _agendas),
    Step("Un lot terminé, et son rapport", _batch),
    Step("Filtres enregistrés", _filters),
    Step("Noms de domaine fictifs des sites", _names),
    Step("Un nom de domaine fictif, dont le courrier arrive encore ailleurs", _mail_names),
    Step("Messagerie, dossiers et sauvegardes\u00a0: fichiers, machines et mesures fictifs", _services),
    Step("Un audit d’accessibilité fictif", _sites),
    Step("Logiciels fictifs : jetons, webhook et son journal", _programs),
    Step("Données personnelles : premier passage des règles", _retention),
    Step("Scellement du journal", _journal),
)
