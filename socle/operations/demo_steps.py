"""The steps of a demonstration of no room, or that join several. Each is idempotent, and says what it did."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.agenda.demo_data import ensure_agenda
from socle.agreements.models import Agreement
from socle.agreements.models import Status as AgreementStatus
from socle.assemblies.demo_data import ensure_committee, ensure_meetings, ensure_transmissions
from socle.backups.demo_data import ensure_attested, ensure_saves
from socle.batches import actions as batches
from socle.batches.gestures import gesture_of
from socle.batches.models import Batch
from socle.deliberations import actions as deliberations
from socle.deliberations.models import Act, Author
from socle.deliberations.text import compose
from socle.documents import actions as documents
from socle.eliminations import actions as eliminations
from socle.files.demo_data import ensure_folder
from socle.inbox.demo_data import ensure_past_message
from socle.lib import dates
from socle.lib.declared import Say, Step
from socle.lib.refusals import Refused
from socle.mail.demo_data import ensure_own_domain, ensure_uses
from socle.people import personas
from socle.people.models import Beneficiary, Membership, Role, User
from socle.programme.models import Programme
from socle.provisioning import equipping
from socle.provisioning.access import access_of, within
from socle.provisioning.monitoring import demo_data as running
from socle.retention import actions as retention
from socle.serving import statics
from socle.sites import actions as sites
from socle.sites.demo_data import ensure_cover, ensure_news
from socle.sites.demo_steps import LIVELY
from socle.sites.models.sites import WebSite
from socle.territory import actions as territory
from socle.territory.models import Commune

# The commune to look at first; then those played with it: from how many days ago, to how many, how many signatures.
SHOWCASE = personas.LONE_COMMUNE
SCENES = (
    (SHOWCASE, 88, 74, None),
    ("59573", 60, 40, None),
    (personas.SHARED_COMMUNES[0], 30, 9, 1),
    (personas.SIGNING_COMMUNE, 30, 9, 0),
)
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


def _others(say: Say) -> None:
    """Those of a mairie who are neither its mayor nor its secretary, where there is most to open."""
    with scopes_disabled():
        site = WebSite.objects.select_related("beneficiary__commune").order_by("pk").first()
    if site is not None:
        made = personas.ensure_others_of(site.beneficiary, by=User.objects.system(), at=timezone.now())
        say(", ".join(one.name for one in made))


OTHERS = Step("Une adjointe, un élu et un agent fictifs de la mairie dont le site est rempli", _others)


def _agendas(say: Say) -> None:
    with scopes_disabled():  # Every commune of the demonstration that has a site has its agendas.
        places = [site.beneficiary for site in WebSite.objects.select_related("beneficiary__commune").order_by("pk")]
    count = sum(ensure_agenda(place, by=User.objects.system(), at=timezone.now()) for place in places)
    if count:
        say(f"{count} mairies")


AGENDAS = Step("Agendas, salle et contacts fictifs des mairies qui ont un site", _agendas)


def _meetings(say: Say) -> None:
    """The council of the commune to look at first, and the syndicate's committee."""
    at = timezone.now()
    with scopes_disabled():
        site = WebSite.objects.select_related("beneficiary__commune").order_by("pk").first()
        lead = Programme.objects.order_by("pk").first()
        held = ensure_meetings(site.beneficiary, by=User.objects.system(), at=at) if site is not None else False
        if site is not None:
            ensure_transmissions(site.beneficiary, by=User.objects.system(), at=at)
        if lead is not None:
            ensure_committee(lead.lead(), by=User.objects.system(), at=at)
    if held and site is not None:
        say(site.beneficiary.name)


MEETINGS = Step(
    "Séances fictives d’un conseil municipal, ses actes à la préfecture simulée, et du comité syndical", _meetings
)


def _moments(at: datetime, first: int, last: int) -> equipping.Clock:
    """A clock for what is played: from so many days ago to so many, a gesture every other day."""
    days = iter(range(first, last, -2))
    return lambda: at - timedelta(days=next(days, last))


def _lived(say: Say) -> None:
    """Play three months: a commune equipped, its site open; one that lacks a service; two that are being signed."""
    at, programme = timezone.now(), Programme.objects.order_by("pk").first()
    if programme is None:
        return
    with scopes_disabled():  # What was played once is the players': nothing of it is done again.
        begun = Agreement.objects.exclude(status=AgreementStatus.DRAFT)
        played = set(begun.values_list("beneficiary__commune__insee_code", flat=True))
    for code, first, last, signatures in SCENES:
        if code in played:
            continue
        try:
            done = equipping.equip(
                code, programme=programme, say=lambda *_: None, now=_moments(at, first, last), signatures=signatures
            )
        except equipping.Unfinished as failure:
            say(failure.sentence)
            continue
        say(done.site_url or f"convention n° {done.agreement_number}, à signer")
    with scopes_disabled():
        _open_the_showcase(at=at)


@transaction.atomic
def _open_the_showcase(*, at: datetime) -> None:
    """Open the site of the commune to look at first, illustrated, with its news and an act to publish; once."""
    site = WebSite.objects.select_related("beneficiary").filter(beneficiary__commune__insee_code=SHOWCASE).first()
    if site is None:
        return
    mayor = Membership.objects.filter(beneficiary=site.beneficiary, role=Role.MAYOR).earliest("pk").user
    if not ensure_news(site, by=mayor, at=at):
        return
    ensure_cover(site, by=mayor)
    sites.correct_facts(site, {"publication_director": f"{mayor.name}, maire (personne fictive)"}, by=mayor, at=at)
    sites.open_site(site, by=mayor, at=at - timedelta(days=71))
    # The Thursday of last week: a council does not sit on a Sunday.
    today = dates.day_of(at)
    adopted_on = today - timedelta(days=today.weekday() + 4)
    number, subject = f"{adopted_on.year}-31", "Tarifs de la salle communale"
    content = compose(
        f"Le conseil fixe les {subject.lower()}. Délibération inventée pour la démonstration.",
        body=site.beneficiary.name,
        author="conseil municipal",
        title=f"Délibération n° {number}",
        subject=subject,
        adopted_on=adopted_on,
        at=at,
    )
    document = documents.keep(
        content,
        title=f"Acte {number}, {site.beneficiary.name}",
        filename=f"acte-{number}.pdf",
        beneficiary=site.beneficiary,
        by=mayor,
        at=at,
    )
    deliberations.record_act(
        site.beneficiary,
        kind=Act.Kind.DELIBERATION,
        body="conseil municipal",
        number=number,
        subject=f"{subject} (délibération fictive de démonstration)",
        adopted_on=adopted_on,
        received_on=adopted_on + timedelta(days=1),
        document=document,
        matter="7.10",
        author=Author(mayor.name, "maire"),
        is_fictitious=True,
        by=mayor,
        at=at - (today - adopted_on) + timedelta(days=1),
    )


LIVED = Step(
    "Trois mois d’activité\u00a0: une commune équipée, un échec, deux signatures en attente, un acte à publier", _lived
)


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
        keeper = User.objects.filter(email=f"technician@{personas.DOMAIN}").first()
        if places and keeper is not None:
            _attested(places[0], keeper, at=at, say=say)
    if count := sum(any(one) for one in made):
        say(f"{count} mairies")
    running.ensure_readings(at=at)


def _attested(place: Beneficiary, keeper: User, *, at: datetime, say: Say) -> None:
    try:
        if ensure_attested(place, keeper=keeper, by=User.objects.system(), at=at):
            say(f"un exercice de restauration attesté, {place.name}")
    except Refused as refusal:
        say(refusal.sentence)


SERVICES = Step("Messagerie, dossiers et sauvegardes\u00a0: fichiers, machines et mesures fictifs", _services)


def _retention(say: Say) -> None:
    system, at = User.objects.system(), timezone.now()
    retention.sweep(by=system, at=at)
    with scopes_disabled():  # The one mairie whose archives wait for a visa, beside the one to look at first.
        site = WebSite.objects.exclude(beneficiary__commune__insee_code=SHOWCASE).order_by("pk").first()
        if site is not None and ensure_past_message(site, by=system, at=at):
            eliminations.prepare(site.beneficiary, by=system, at=at)


RETENTION = Step("Données personnelles\u00a0: premier passage des règles, un bordereau à faire viser", _retention)
