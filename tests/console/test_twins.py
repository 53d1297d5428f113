"""The operators' door outside a demonstration: what no engine serves is said to who sends, equips and administers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from django_scopes import scope, scopes_disabled

from socle.agreements import actions
from socle.agreements.models import Agreement, Party, Status
from socle.config import settings as installed
from socle.documents.models import Text
from socle.engines.simulated.models import LedgerLine
from socle.people.models import Beneficiary, Membership, Role, User
from socle.provisioning import actions as provisioning
from socle.provisioning.models import Installation, State
from socle.provisioning.stages import Stage, stage_of
from tests import factories as f
from tests.client import DemandingClient
from tests.console.conftest import World
from tests.console.test_meter import text

MAIL = "Aucun moteur n’est branché ici pour le service « messagerie »."
BEFORE = "Pas encore branché à la plateforme : Messagerie."
FIGURE = {"year": "2026", "kind": "total", "state": "budgeted", "amount": "18 400 000", "source": "budget, page 3"}
UNKNOWN = "Le total des recettes de 2026 n’est pas noté"


@pytest.fixture
def enter_for_real(world: World, enter: Callable[[str], DemandingClient], settings) -> Callable[[str], DemandingClient]:
    """As people enter an installation that serves them, with the engines that its settings name."""
    settings.DEMO = False
    settings.SOCLE_ENGINES = installed.SOCLE_ENGINES

    def as_person(who: str) -> DemandingClient:
        f.second_factor(world.people[who])
        return enter(who)

    return as_person


@pytest.fixture
def draft(world: World) -> str:
    """The number of a draft that lacks nothing, of a mairie that takes the site and the mail."""
    place = Beneficiary.objects.get(commune__insee_code="59001")
    mayor = f.member(Role.MAYOR, place, quality="Maire").memberships.get()
    with scope(beneficiary=place):
        agreement = Agreement.objects.get(number=world.draft)
        by, at = world.people["officer"], f.NOW
        actions.complete_party(agreement, kind=Party.Kind.BENEFICIARY, act=f.act(place), membership=mayor, by=by, at=at)
    # The model that the founding act approves, and not a demonstration's.
    Text.objects.update(is_demonstration=False)
    return world.draft


def sends(page: str) -> str:
    """The words of the card from which an agreement is sent to signature."""
    form = BeautifulSoup(page, "html.parser").select_one("form[action$='envoyer/']")
    assert form is not None
    return form.find_parent("section").get_text(" ", strip=True).replace("\u00a0", " ")


@pytest.mark.slow
def test_whoever_sends_reads_before_what_no_engine_serves_and_who_can_note_the_receipts(world, draft, enter_for_real):
    officer, address = enter_for_real("officer"), f"/console/conventions/{draft}/"
    told = sends(officer.get(address).content.decode())
    assert BEFORE in told
    assert UNKNOWN in told
    assert "Camille responsable financier ou financière (responsable financier ou financière)" in told
    # The same, before the gesture that is made on many.
    asked = {
        "liste": "conventions", "geste": "make_ready", "filtres": "", "portee": "page", "retour": "",
        "choix": _pk(draft),
    }  # fmt: skip
    batch = text(officer.post("/console/lots/nouveau/", asked))
    assert BEFORE in batch
    assert UNKNOWN in batch
    # It forbids nothing.
    officer.post(f"{address}envoyer/")
    assert world.agreement(draft).status == Status.READY


def _pk(number: str) -> str:
    with scopes_disabled():
        return str(Agreement.objects.get(number=number).pk)


@pytest.mark.slow
def test_a_meter_with_figures_says_nothing_before_sending_and_one_that_nobody_can_fill_says_so(
    world, draft, enter_for_real
):
    officer, address = enter_for_real("officer"), f"/console/conventions/{draft}/"
    lead = world.programme.lead()
    Membership.objects.filter(operator=lead, role=Role.FINANCE_OFFICER).update(ends_on=f.TODAY.replace(year=2020))
    told = sends(officer.get(address).content.decode())
    assert "Personne n’y a encore le rôle qui le note" in told
    Membership.objects.filter(operator=lead, role=Role.FINANCE_OFFICER).update(ends_on=None)
    enter_for_real("finance").post("/console/finances/noter/", FIGURE)
    assert UNKNOWN not in sends(officer.get(address).content.decode())


@pytest.mark.slow
def test_in_a_demonstration_nothing_is_missing_before_sending(draft, enter):
    told = sends(enter("officer").get(f"/console/conventions/{draft}/").content.decode())
    assert BEFORE not in told


@pytest.mark.slow
def test_a_service_without_an_engine_is_counted_nowhere_as_in_service_until_it_is_wired(
    world, enter_for_real, settings
):
    """A twin had put it in service, when nobody looked: see the world."""
    with scopes_disabled():
        mail = Installation.objects.get(service__code="messagerie")
        site = Installation.objects.exclude(service__code="messagerie").get()
        Installation.objects.filter(pk=mail.pk).update(state=State.LIVE, is_simulated=True, found="Simulé : boîtes.")
        Installation.objects.filter(pk=site.pk).update(state=State.LIVE, is_simulated=False, found="Site en ligne.")
    steps = LedgerLine.objects.count()
    settings.SOCLE_ENGINES = {**installed.SOCLE_ENGINES, "site-internet": "tests.provisioning.test_twins.Real"}
    provisioning.reconcile_due(by=User.objects.system(), at=f.NOW)
    technician = enter_for_real("technician")
    settings.SOCLE_ENGINES = {**installed.SOCLE_ENGINES, "site-internet": "tests.provisioning.test_twins.Real"}
    page = text(technician.get("/console/installations/"))
    assert MAIL in page
    assert "à mettre en service" in page
    assert "simulé" not in page
    rows = technician.get("/console/installations.csv").getvalue().decode()
    assert "à mettre en service" in rows
    assert MAIL in rows.replace("\u00a0", " ")
    assert "1 sur 2 services" in text(technician.get("/console/communes/62002/"))
    assert MAIL in text(technician.get(f"/console/beneficiaires/{mail.beneficiary_id}/services/"))
    one = text(technician.get(f"/console/installations/{mail.pk}/"))
    assert "de lui-même" in one
    assert "dès que le moteur est branché" in one
    assert MAIL in text(technician.post(f"/console/installations/{mail.pk}/essayer/", follow=True))
    assert LedgerLine.objects.count() == steps
    settings.SOCLE_ENGINES = {"messagerie": "tests.provisioning.test_twins.Real"}
    provisioning.reconcile_due(by=User.objects.system(), at=f.NOW)
    assert world.installation(mail).state == State.LIVE
    assert stage_of(f.commune("62002"), world.programme) == Stage.LIVE
    assert MAIL not in text(technician.get("/console/installations/"))


@pytest.mark.slow
def test_the_home_says_what_is_not_wired_to_whoever_administers_until_it_is(enter_for_real, settings):
    home = text(enter_for_real("technician").get("/console/"))
    assert "Ce qui n’est pas branché" in home
    assert MAIL in home
    assert "socle mail-servers write" in home
    assert "Ce qui n’est pas branché" in text(enter_for_real("officer").get("/console/"))
    assert "Ce qui n’est pas branché" not in text(enter_for_real("finance").get("/console/"))
    settings.SOCLE_ENGINES = {**installed.SOCLE_ENGINES, "messagerie": "tests.provisioning.test_twins.Real"}
    assert "Ce qui n’est pas branché" not in text(enter_for_real("technician").get("/console/"))
