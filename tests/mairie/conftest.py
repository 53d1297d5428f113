"""Two communes, each with its people, its agreement and its acts; someone who serves both."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta

import pikepdf
import pytest
import time_machine
from django_scopes import scope

from socle.agreements import actions
from socle.agreements.models import Agreement, Party
from socle.deliberations.models import Act
from socle.documents import actions as documents
from socle.documents.models import Text
from socle.inbox.models import ContactMessage
from socle.integrations import webhooks
from socle.integrations.models import Delivery, Webhook
from socle.people import help, invitations
from socle.people.models import Beneficiary, HelpAccess, Invitation, Role, User
from socle.programme.models import Programme
from tests import factories as f
from tests.worlds import once

SHORT_TEXT = "# Convention\n\n{{ parties }}\n\n{{ services }}\n\n{{ signatures }}\n"
MODEL = "# Projet\n\nVu le projet de {{ beneficiary.called }} ;\n\n{{ services }}\n"


def pdf() -> bytes:
    made = pikepdf.new()
    made.add_blank_page()
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


@dataclass
class Mairie:
    """A commune, its people, its agreement, its act, someone it invited and the program it tells of what happens."""

    place: Beneficiary
    secretary: User
    mayor: User
    agreement: Agreement
    act: Act
    invitation: Invitation
    webhook: Webhook
    delivery: Delivery
    message: ContactMessage

    def let_in(self, world: World, *, days: int = 7) -> HelpAccess:
        """Open the door to the centre de gestion for some days."""
        return help.open_access(
            self.place,
            world.advisor.memberships.get().operator,
            motive="Congé",
            last_day=f.TODAY + timedelta(days=days),
            by=self.secretary,
            at=f.NOW,
        )


@dataclass
class World:
    programme: Programme
    officer: User
    advisor: User
    cdg_president: User
    president: User
    here: Mairie
    there: Mairie

    def ready(self, mairie: Mairie) -> Agreement:
        with scope(beneficiary=mairie.place):
            actions.complete_party(
                mairie.agreement, kind=Party.Kind.BENEFICIARY, act=mairie.act, by=mairie.secretary, at=f.NOW
            )
            mairie.agreement = actions.make_ready(mairie.agreement, by=self.officer, at=f.NOW)
            return mairie.agreement

    def signed(self, mairie: Mairie) -> Agreement:
        self.ready(mairie)
        with scope(beneficiary=mairie.place):
            for by in (mairie.mayor, self.cdg_president, self.president):
                mairie.agreement = actions.sign(mairie.agreement, by=by, at=f.NOW)
            return mairie.agreement


def _mairie(programme: Programme, officer: User, insee_code: str, name: str) -> Mairie:
    place = f.beneficiary(f.commune(insee_code, name, 700), seat=f"Mairie, {name}")
    secretary = f.member(Role.SECRETARY, place, quality="Secrétaire de mairie")
    mayor = f.member(Role.MAYOR, place, quality="Maire")
    with scope(beneficiary=place):
        agreement = actions.draft(place, programme=programme, by=officer, at=f.NOW)
        document = documents.keep(
            pdf(), title="Délibération", filename="a.pdf", beneficiary=place, by=secretary, at=f.NOW
        )
        act = f.act(place, f"2026-{insee_code}", document=document, publication_proof=document)
    invitation = invitations.invite(
        f"relais-{insee_code}@exemple.invalid",
        name=f"Relais de {name}",
        role=Role.SECRETARY,
        beneficiary=place,
        by=mayor,
        at=f.NOW,
    )
    webhook, _ = webhooks.create_webhook(
        place, name=f"Portail de {name}", url="https://portail.exemple.invalid/", verbs=["agreement.signed"],
        by=mayor, at=f.NOW,
    )  # fmt: skip
    delivery = webhooks.try_webhook(webhook, by=mayor, at=f.NOW)
    message = f.contact_message(place, number=f"{insee_code}-ABC")
    return Mairie(place, secretary, mayor, agreement, act, invitation, webhook, delivery, message)


NOTHING_FOLLOWS: dict[str, tuple[str, ...]] = {}
DEMONSTRATION = {
    "DEMO": True,
    "SOCLE_DNS": "socle.engines.simulated.names.SimulatedDns",
    "SOCLE_MACHINE_STORE": "socle.engines.simulated.store.SimulatedStore",
    "SOCLE_REACTIONS": "tests.mairie.conftest.NOTHING_FOLLOWS",
}


@time_machine.travel(f.NOW)
def made() -> World:
    f.text(SHORT_TEXT)
    Text.objects.create(name="deliberation-adhesion", version="2026-11-25", body=MODEL, sha256="2" * 64)
    programme = f.programme()
    lead, cdg = programme.lead(), programme.centre_de_gestion_of(f.department())
    f.act(cdg, "2022-01")
    officer = f.member(Role.PROGRAMME_OFFICER, lead)
    world = World(
        programme,
        officer,
        f.member(Role.CDG_ADVISOR, cdg),
        f.member(Role.CDG_PRESIDENT, cdg, quality="Présidente"),
        f.member(Role.PRESIDENT, lead, quality="Président"),
        _mairie(programme, officer, "59474", "Prisches"),
        _mairie(programme, officer, "59583", "Taisnières"),
    )
    # Their doors open without a second factor.
    User.objects.update(is_fictitious=True)
    return world


one_world = once(made, **DEMONSTRATION)


@pytest.fixture
def world(one_world, db, settings, tmp_path, time_machine) -> World:
    for name, value in DEMONSTRATION.items():
        setattr(settings, name, value)
    settings.PKI_DIR = tmp_path / "pki"
    settings.SOCLE_AGENDA_DIR = tmp_path / "agendas"
    time_machine.move_to(f.NOW)
    return one_world.get()


@pytest.fixture
def secretary(client, world):
    """The client, signed in as the secretary of the first commune."""
    client.force_login(world.here.secretary)
    return client


@pytest.fixture
def mayor(client, world):
    """The client, signed in as the mayor of the first commune."""
    client.force_login(world.here.mayor)
    return client
