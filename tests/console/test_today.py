"""« Aujourd'hui »: whatever waits for somebody has its row and its button, oldest first, and nothing else is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from importlib import import_module

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.apps import apps
from django.conf import settings
from django_scopes import scope, scopes_disabled

from socle.agreements.models import Agreement, Suspension
from socle.backups import actions as backups
from socle.backups.models import EscrowUse, Machine, Purpose, UseStatus
from socle.batches.models import Batch
from socle.batches.models import Status as BatchStatus
from socle.deliberations.models import TransmissionAccount
from socle.domains.models import DomainName
from socle.grants.actions import claims
from socle.integrations.models import Status as HookStatus
from socle.joining.models import JoinRequest
from socle.joining.models import Status as Joining
from socle.journal import actions as journal
from socle.lib.declared import gathered
from socle.mail.models import Domain
from socle.mergers.models import MergerPlan, PlanLine
from socle.mergers.models import Status as PlanStatus
from socle.people.models import Invitation, InvitationStatus, OpenSession, Rescue, RescueStatus, Role, User
from socle.programme.models import Assessment, Service
from socle.provisioning.models import Handover, Right, State
from socle.quality.models import SiteScore, SiteTask
from socle.sites.actions import create_site
from socle.sites.models import SiteName
from socle.sites.models.names import Status as NameStatus
from socle.sites.names.actions import ask_name
from tests import factories as f
from tests.console.conftest import World
from tests.console.test_access import paper_of, told
from tests.grants import situations as grants

# --- Every state of the house -----------------------------------------------------------------------------------------
MAIRIE, ENDED, RUNS = "the mairie's, in its own door", "over: nothing comes after", "as it should be: nothing to do"
GRANTS = "the three lists of « Subventions » say it, to whoever keeps a grant"
MACHINE, CHOSEN = (
    "the platform goes on by itself, and tries again",
    "somebody chose it, and takes it back when they like",
)

# The states that wait for nobody at the operators' door, and why.
NOBODY = {
    "agenda:BookingStatus.asked": MAIRIE,
    "agenda:BookingStatus.confirmed": RUNS,
    "agenda:BookingStatus.refused": ENDED,
    "agenda:BookingStatus.cancelled": ENDED,
    "agreements:Status.signed": "what falls due is in « Échéances », where the home leads",
    "agreements:Status.ended": ENDED,
    "agreements:Status.cancelled": ENDED,
    # A session is its assembly's, told at its desk: nobody else of an operator has a part in it.
    **{
        f"assemblies:Status.{state}": "its own people keep it, at the desk of their assembly"
        for state in ("prepared", "convened", "open", "held", "failed", "cancelled")
    },
    **{
        f"deliberations.transmissions:Status.{state}": "its own people send it, at the desk of their assembly"
        for state in ("asked", "leaving", "sent", "received", "refused", "cancelling", "cancelled")
    },
    "backups:Status.enrolled": "what is late is told on the page of saves, and by its watch",
    "backups:Status.retired": CHOSEN,
    "batches:Status.running": MACHINE,
    "batches:Status.finished": ENDED,
    "batches:Status.cancelled": ENDED,
    # The three lists of « Subventions » say what waits, for whoever keeps a grant.
    **dict.fromkeys((f"grants:Status.{one}" for one in ("draft", "filed", "complete", "granted")), GRANTS),
    **dict.fromkeys((f"grants:ClaimStatus.{one}" for one in ("sent", "answered", "paid")), GRANTS),
    **dict.fromkeys(("grants:Status.refused", "grants:Status.closed", "grants:ClaimStatus.cancelled"), ENDED),
    "inbox:Status.new": MAIRIE,
    "inbox:Status.answered": ENDED,
    "inbox:Status.closed": ENDED,
    "inbox:Status.spam": ENDED,
    "integrations:Status.active": RUNS,
    "integrations:Status.paused": CHOSEN,
    "integrations:Status.removed": ENDED,
    **dict.fromkeys(
        (f"eliminations:Status.{state}" for state in ("prepared", "visaed", "erased", "withdrawn")),
        "the mairie proposes, notes the visa and erases: its own door has the row",
    ),
    "joining:Status.received": "whoever asked, by the link of a message: until then it is nobody's to read",
    "joining:Status.drafting": "its agreement has its own row",
    "joining:Status.refused": ENDED,
    "joining:Status.withdrawn": ENDED,
    "mail.boxes:Status.active": RUNS,
    "mail.boxes:Status.suspended": CHOSEN,
    "mail.boxes:Status.deleted": CHOSEN,
    "mail.boxes:Status.erased": ENDED,
    "mail.domains:Status.active": RUNS,
    "mail.domains:Status.suspended": CHOSEN,
    "mail.domains:Status.closed": CHOSEN,
    "mail.migrations:Status.asked": MACHINE,
    "mail.migrations:Status.running": MACHINE,
    "mail.migrations:Status.failed": MAIRIE,
    "mail.migrations:Status.done": ENDED,
    "mail.migrations:Status.cancelled": ENDED,
    "mail.restorations:Status.asked": MACHINE,
    "mail.restorations:Status.running": MACHINE,
    "mail.restorations:Status.done": ENDED,
    "mail.restorations:Status.failed": MAIRIE,
    "mail.restorations:Status.cancelled": ENDED,
    "mergers:Status.undone": CHOSEN,
    "mergers:ImportStatus.asked": MACHINE,
    "mergers:ImportStatus.running": MACHINE,
    "mergers:ImportStatus.done": ENDED,
    "mergers:ImportStatus.dropped": ENDED,
    "people:InvitationStatus.accepted": ENDED,
    "people:InvitationStatus.withdrawn": ENDED,
    "people:RescueStatus.done": ENDED,
    "people:RescueStatus.declined": ENDED,
    "provisioning:State.pending": MACHINE,
    "provisioning:State.live": RUNS,
    "provisioning:State.suspended": CHOSEN,
    "provisioning.handover:HandoverStatus.asked": MACHINE,
    "provisioning.handover:HandoverStatus.making": MACHINE,
    "provisioning.handover:HandoverStatus.failed": MACHINE,
    "provisioning.handover:HandoverStatus.removed": ENDED,
    **dict.fromkeys((f"site_import:Status.{one}" for one in ("looking", "importing", "taking_back")), MACHINE),
    **dict.fromkeys((f"site_import:Status.{one}" for one in ("seen", "stopped", "failed")), MAIRIE),
    **dict.fromkeys((f"site_import:Status.{one}" for one in ("done", "taken_back")), ENDED),
    **dict.fromkeys((f"signing:Status.{one}" for one in ("confirmed", "uncontested", "contested")), ENDED),
    "sites.names:Status.right": MACHINE,
    "sites.names:Status.served": RUNS,
    "sites.names:Status.replaced": RUNS,
    "sites.reviews:ReviewStatus.waiting": MAIRIE,
    "sites.reviews:ReviewStatus.sent_back": MAIRIE,
    "sites.reviews:ReviewStatus.approved": ENDED,
    "sites.reviews:ReviewStatus.closed": ENDED,
    "syndication:Answer.waiting": MAIRIE,
    "syndication:Answer.accepted": ENDED,
    "syndication:Answer.refused": ENDED,
}


def states() -> Iterator[str]:
    """Every state of every table of moves of the house, whatever the table is called."""
    names = {model.__module__ for model in apps.get_models() if model.__module__.startswith("socle.")}
    for name in sorted(names):
        for table, moves in vars(import_module(name)).items():
            if table.endswith("MOVES") and isinstance(moves, Mapping):
                for state in moves:
                    owner = type(state).__module__.removeprefix("socle.").replace(".models", "")
                    yield f"{owner}:{type(state).__name__}.{state.value}"


# --- How each comes to wait: the kind of its row, who finds it, and where its button leads ----------------------------
Found = tuple[str, str]


def place(world: World):
    return world.people["mayor59474"].memberships.get().beneficiary


def joining(status: Joining, **stamps) -> Callable[[World], Found]:
    def build(world: World) -> Found:
        JoinRequest.objects.filter(reference=world.join).update(status=status, **stamps)
        return "officer", f"/console/demandes/{world.join}/"

    return build


def machine(world: World) -> Found:
    with scope(beneficiary=place(world)):
        account = backups.open_account(place(world), by=world.people["officer"], at=f.NOW)
        made, _ = backups.add_machine(
            account, name="Accueil", system="linux", folders="/papiers", every_days=1, by=f.user(), at=f.NOW
        )
    return "technician", f"/console/sauvegardes/{made.pk}/"


def escrow(world: World) -> Found:
    from tests.backups.situations import machine_of

    made: Machine = machine_of(place(world), by=world.people["officer"])
    EscrowUse.objects.create(
        repository=made.repository, purpose=Purpose.RESTORE, reason="La mairie le demande", status=UseStatus.ASKED,
        asked_by=world.people["officer"], asked_at=f.NOW, expires_at=f.NOW + timedelta(days=1),
    )  # fmt: skip
    return "technician", f"/console/sauvegardes/{made.pk}/"


def batch(world: World) -> Found:
    Batch.objects.filter(pk=world.batch).update(status=BatchStatus.PAUSED)
    return "technician", f"/console/lots/{world.batch}/"


def webhook(world: World) -> Found:
    type(world.webhook).objects.filter(pk=world.webhook.pk).update(status=HookStatus.STOPPED, stopped_at=f.NOW)
    return "technician", f"/console/webhooks/{world.webhook.pk}/"


def applied(world: World) -> Found:
    with scopes_disabled():
        MergerPlan.objects.filter(pk=world.plan).update(status=PlanStatus.APPLIED, applied_at=f.NOW)
        PlanLine.objects.create(plan_id=world.plan, kind=PlanLine.Kind.TASK, says="Prévenir la mairie.")
    return "officer", f"/console/fusions/{world.plan}/#taches"


def invitation(status: InvitationStatus, gesture: str) -> Callable[[World], Found]:
    def build(world: World) -> Found:
        with scopes_disabled():
            without_mayor = Agreement.objects.get(number=world.draft).beneficiary
        made = Invitation.objects.create(
            email="nouvelle@exemple.invalid", name="Nour Exemple", role=Role.SECRETARY, beneficiary=without_mayor,
            status=status, proposed_by=world.people["officer"], proposed_at=f.NOW,
            mailed_at=f.NOW - timedelta(days=3),
        )  # fmt: skip
        return "officer", f"/console/personnes/{gesture}-{made.pk}/"

    return build


def rescue(world: World) -> Found:
    Rescue.objects.create(
        user=world.people["mayor59474"], recognised="in_person", reason="lost", status=RescueStatus.ASKED,
        asked_by=world.people["officer"], asked_at=f.NOW, expires_at=f.NOW + timedelta(days=1),
    )  # fmt: skip
    return "technician", f"/console/personnes/{world.people['mayor59474'].pk}/"


def archive(world: World) -> Found:
    with scopes_disabled():
        Handover.objects.create(
            beneficiary=place(world), status="ready", reason="Essai", asked_by=world.people["mayor59474"],
            asked_at=f.NOW, ready_at=f.NOW,
        )  # fmt: skip
    return "officer", f"/console/beneficiaires/{place(world).pk}/donnees/"


def site_name(status: NameStatus) -> Callable[[World], Found]:
    return lambda world: _site_name(world, status)


def _site_name(world: World, status: NameStatus) -> Found:
    with scopes_disabled():
        ask_name(create_site(place(world), by=f.user(), at=f.NOW), "prisches.fr", by=world.people["officer"], at=f.NOW)
        SiteName.objects.update(status=status)
        return "technician", f"/console/noms-de-domaine/{DomainName.objects.get().pk}/"


def mail_domain(world: World) -> Found:
    with scopes_disabled():
        Domain.objects.create(beneficiary=place(world), name="prisches.fr", is_own=True, made_at=f.NOW)
        name = DomainName.objects.create(
            beneficiary=place(world), name="prisches.fr", claimed_at=f.NOW, next_check_at=f.NOW
        )
    return "technician", f"/console/noms-de-domaine/{name.pk}/"


def by_hand(world: World) -> Found:
    with scopes_disabled():
        agreement = Agreement.objects.get(number=world.signed)
        service = Service.objects.get(programme=world.programme, code="telephonie")
        Right.objects.create(beneficiary=agreement.beneficiary, service=service, agreement=agreement, opened_at=f.NOW)
        Suspension.objects.create(
            agreement=agreement, ground="security", reason="Essai", conditions="Essai", notified_on=f.TODAY,
            effective_on=f.TODAY, recorded_at=f.NOW,
        )  # fmt: skip
    return "technician", "/console/installations/"


def site_task(code: str, leads: str = "/console/sites/{site}/") -> Callable[[World], Found]:
    def build(world: World) -> Found:
        with scopes_disabled():
            site = create_site(place(world), by=f.user(), at=f.NOW)
            score, _ = SiteScore.objects.get_or_create(
                website=site, defaults={"scored_at": f.NOW, "passed": 1, "checked": 2}
            )
            score.tasks.all().delete()
            score.tasks.create(code=code, who=SiteTask.Who.OPERATOR, says="Il manque quelque chose.", since_at=f.NOW)
        return "technician", leads.format(site=site.pk)

    return build


def priority(world: World) -> Found:
    Assessment.objects.filter(commune=place(world).commune).update(
        is_priority=True, has_changed_priority=True, assessed_at=f.NOW + timedelta(seconds=1)
    )
    return "officer", f"/console/conventions/{world.ready}/priorite-vue/"


def prefecture(kind: str) -> Callable[[World], Found]:
    def build(world: World) -> Found:
        lead = world.people["officer"].memberships.get().operator
        if kind == "letter":
            return "assembly", f"/console/seances/prefecture/{told(world).transmission_id}/"
        TransmissionAccount.of_operators.create(
            operator=lead, siren=lead.siret[:9], agreed_on=f.TODAY, certificate_ends_at=f.NOW + timedelta(days=30)
        )
        return "assembly", "/console/seances/prefecture/"

    return build


def statement(world: World) -> Found:
    """A claim whose statement the representative of the lead is to certify."""
    finance = world.people["finance"]
    operation = grants.granted(world.programme, finance)
    grants.expense(operation.partners.get(), finance)
    claims.prepare(operation, by=finance, at=grants.AT)
    return "president", f"/console/subventions/{operation.pk}/demandes/1/"


def paper(world: World) -> Found:
    """A paper without code that another officer recorded: a second person attests it."""
    made = paper_of(world)
    return "cdg59", f"/console/conventions/{world.ready}/papier/{made.pk}/"


WAITS: dict[str, tuple[str, Callable[[World], Found]]] = {
    "joining:Status.confirmed": ("demandes", joining(Joining.CONFIRMED, confirmed_at=f.NOW)),
    "joining:Status.qualified": ("demandes", joining(Joining.QUALIFIED, qualified_at=f.NOW)),
    "joining:Status.planned": ("demandes", joining(Joining.PLANNED, planned_on=f.TODAY)),
    "agreements:Status.draft": (
        "projets", lambda world: ("cdg59", "/console/communes/59001/personnes/inviter/?fonction=mayor")
    ),
    "agreements:Status.ready": ("signatures", lambda world: ("officer", f"/console/conventions/{world.ready}/")),
    "signing:Status.waiting": ("papiers", paper),
    "provisioning:State.failed": (
        "installations-en-echec",
        lambda world: ("technician", f"/console/installations/{world.failed.pk}/essayer/"),
    ),
    "provisioning.handover:HandoverStatus.ready": ("archives-a-emporter", archive),
    "backups:Status.invited": ("ordinateurs-a-installer", machine),
    "batches:Status.paused": ("lots-en-pause", batch),
    "grants:ClaimStatus.prepared": ("etats-a-certifier", statement),
    "integrations:Status.stopped": ("webhooks-arretes", webhook),
    "mergers:Status.draft": ("fusions-a-decider", lambda world: ("officer", f"/console/fusions/{world.plan}/")),
    "mergers:Status.applied": ("fusions-a-finir", applied),
    "mergers:ImportStatus.read": ("millesimes", lambda world: ("officer", f"/console/territoire/{world.brought}/")),
    "people:InvitationStatus.proposed": (
        "invitations-a-confirmer", invitation(InvitationStatus.PROPOSED, "confirmer")
    ),
    "people:InvitationStatus.sent": ("invitations-sans-reponse", invitation(InvitationStatus.SENT, "renvoyer")),
    "people:RescueStatus.asked": ("seconds-controles", rescue),
    "sites.names:Status.asked": ("noms-a-corriger", site_name(NameStatus.ASKED)),
    "sites.names:Status.waiting": ("noms-a-corriger", site_name(NameStatus.WAITING)),
    "mail.domains:Status.prepared": ("noms-a-corriger", mail_domain),
}  # fmt: skip
# What waits without a state of its own.
MORE: dict[str, tuple[str, Callable[[World], Found]]] = {
    "to sign": (
        "conventions-a-signer", lambda world: ("cdg59_president", f"/console/conventions/{world.ready}/signer/")
    ),
    "by hand": ("services-a-la-main", by_hand),
    "a key": ("cles-de-sauvegarde", escrow),
    "a letter of the prefecture": ("courriers-de-la-prefecture", prefecture("letter")),
    "a certificate that ends": ("certificats-de-transmission", prefecture("certificate")),
    "a priority": ("priorites", priority),
    "a page of a site": ("sites-legal", site_task("legal")),
    "who hosts the sites": ("sites-legal", site_task("host", "/console/programme/#partenaires")),
    "an audit": ("sites-audit", site_task("audit", "/console/sites/{site}/audit/")),
}  # fmt: skip


def kinds() -> list[str]:
    return [kind.code for kind in gathered(settings.SOCLE_WAITING)]


def test_each_state_of_the_house_waits_for_nobody_or_has_its_row() -> None:
    """A state that is neither is forgotten on somebody's desk: give it a row, or say here why it needs none."""
    assert sorted(states()) == sorted([*NOBODY, *WAITS])
    assert len(kinds()) == len(set(kinds()))
    assert {code for code, _ in [*WAITS.values(), *MORE.values()]} == set(kinds())


def page_of(enter, who: str) -> BeautifulSoup:
    return BeautifulSoup(enter(who).get("/console/").content, "html.parser")


def buttons(row) -> list[str]:
    return [one.get("href") or one.get("action") for one in row.select(".inbox-button a, .inbox-button form")]


def rows_of(soup: BeautifulSoup) -> dict[str, list[str]]:
    """The rows of the inbox by where their button leads: the words of their cells."""
    return {
        url: [cell.get_text(" ", strip=True) for cell in row.select("th, td")]
        for row in soup.select("tbody tr")
        for url in buttons(row)
    }


@pytest.mark.slow
@pytest.mark.parametrize(("code", "build"), [*WAITS.values(), *MORE.values()], ids=[*WAITS, *MORE])
def test_what_waits_has_its_row_and_its_button(world, enter, code, build):
    who, url = build(world)
    found = rows_of(page_of(enter, who))
    assert url in found
    name, what, since, turn, button = found[url]
    assert all((name, what, since, turn, button))
    # Nobody who may do nothing about it is shown it.
    assert url not in rows_of(page_of(enter, "finance"))


# --- The order, the others, the gesture itself ------------------------------------------------------------------------
@pytest.mark.slow
def test_what_is_mine_comes_first_the_oldest_in_front_and_the_others_are_counted(world, enter):
    with scopes_disabled():
        for number in range(7):
            there = f.beneficiary(f.commune(f"59{300 + number}", f"Grandit-{number}"))
            looked = f.NOW - timedelta(days=number)
            f.installation(there, state=State.FAILED, looked_at=looked, last_error="En panne.")
    soup = page_of(enter, "technician")
    names = [row.select_one("th").get_text(strip=True) for row in soup.select("tbody tr")]
    assert names == ["Grandit-6", "Grandit-5", "Grandit-4", "Grandit-3", "Grandit-2"]
    others = {link.get_text(strip=True): link["href"] for link in soup.select(".inbox-others a")}
    assert others == {"et 3 autres installations en échec": "/console/installations/?etat=failed"}
    assert "8 choses attendent" in soup.select_one(".page-lead").get_text()


def test_whose_turn_it_is_is_told_and_what_is_another_s_comes_after(world, enter):
    found = list(rows_of(page_of(enter, "officer")).values())
    turns = [turn for _, _, _, turn, _ in found]
    assert turns == sorted(turns, key=lambda turn: turn != "à vous")
    (signature,) = (row for row in found if world.ready in row[1])
    assert signature[3] == "présidente, Centre de gestion du Nord"


def test_a_failure_waits_since_it_began_whatever_was_tried_again(world, enter):
    system = User.objects.system()
    with scopes_disabled():
        failed = world.installation(world.failed)
        for attempt, days in ((1, 20), (2, 19), (1, 9), (2, 8), (3, 0)):
            facts = {"service": failed.service.code, "attempt": attempt}
            journal.record("installation.failed", failed, by=system, at=f.NOW - timedelta(days=days), **facts)
        failed.attempts = 3
        failed.save(update_fields=["attempts"])
    (row,) = (row for row in rows_of(page_of(enter, "technician")).values() if "en échec" in row[1])
    assert row[2] == "16/11/2026"
    assert "3 essais, le dernier le 25 novembre 2026 à" in row[1].replace("\u00a0", " ")


@pytest.mark.slow
def test_what_the_host_of_the_sites_lacks_is_one_row_whatever_their_number(world, enter):
    with scopes_disabled():
        for insee_code in ("59301", "59302"):
            site = create_site(f.beneficiary(f.commune(insee_code, insee_code)), by=f.user(), at=f.NOW)
            score = SiteScore.objects.create(website=site, scored_at=f.NOW, passed=1, checked=2)
            for code in ("host", "legal"):
                score.tasks.create(code=code, who=SiteTask.Who.OPERATOR, says="Il manque ceci.", since_at=f.NOW)
    found = [row for row in rows_of(page_of(enter, "technician")).values() if "manque ceci" in row[1]]
    assert sorted((name, turn) for name, _, _, turn, _ in found) == [
        ("59301", "à vous"), ("59302", "à vous"), ("Tous les sites", "qui administre la plateforme")
    ]  # fmt: skip


@pytest.mark.slow
def test_a_mairie_already_invited_is_waited_for_and_not_invited_again(world, enter):
    def row() -> list[str]:
        return next(row for row in rows_of(page_of(enter, "cdg59")).values() if world.draft in row[1])

    there = world.agreement(world.draft).beneficiary
    there.memberships.all().delete()
    assert row()[4].startswith("Inviter")
    assert "invitez la ou le maire." in row()[1]
    # A colleague who is invited signs nothing: whoever signs is still to be.
    for role, button in ((Role.SECRETARY, "Inviter"), (Role.MAYOR, "Suivre")):
        Invitation.objects.create(
            email=f"{role}@exemple.invalid", name="Nour Exemple", role=role, beneficiary=there,
            status=InvitationStatus.SENT, proposed_by=world.people["officer"], proposed_at=f.NOW, mailed_at=f.NOW,
        )  # fmt: skip
        assert row()[4].startswith(button)
    assert (row()[3], row()[4].split()[0]) == ("la personne invitée", "Suivre")


def test_a_button_that_is_the_gesture_comes_back_here(world, enter):
    technician = enter("technician")
    answer = technician.post(f"/console/installations/{world.failed.pk}/essayer/", {"retour": "/console/"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/console/"
    assert "Un nouvel essai est demandé" in answer.content.decode()


# --- Since the last visit ---------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_it_says_what_people_did_since_the_last_visit_and_folds_what_the_platform_did(world, enter):
    def opened(client) -> BeautifulSoup:
        soup = BeautifulSoup(client.get("/console/").content, "html.parser")
        return next(one for one in soup.select("h2") if "dernière visite" in one.get_text()).find_parent("section")

    open_session(world, since=f.NOW + timedelta(seconds=1))
    later, tomorrow = f.NOW + timedelta(hours=1), f.NOW + timedelta(days=1)
    journal.record("installation.live", world.live, by=User.objects.system(), at=later)
    journal.record("installation.live", world.live, by=User.objects.system(), at=later)
    journal.record("installation.suspended", world.live, by=world.people["technician"], at=later)
    journal.record("installation.resumed", world.live, by=world.people["officer"], at=later)
    with time_machine.travel(tomorrow, tick=False):
        done = opened(enter("officer"))
        # One's own gestures are known.
        (line,) = done.select(".row-line")
        assert "Ablainzevelle" in line.get_text()
        assert "2 étapes" in done.select_one("summary").get_text().replace("\u00a0", " ")
        assert done.find("a", string="Ce qui s’est passé la semaine dernière")["href"] == (
            "/console/journal/?periode=semaine-derniere"
        )
        # The next visit begins where that one ended.
        open_session(world, since=tomorrow)
    with time_machine.travel(tomorrow + timedelta(hours=6), tick=False):
        assert "Personne d’autre n’a rien fait" in opened(enter("officer")).get_text()


def open_session(world, *, since) -> None:
    """The officer was here until then, from some device."""
    OpenSession.objects.create(
        user=world.people["officer"], session_key=f"s-{since.timestamp()}", opened_at=since, seen_at=since
    )
