"""A small territory: two departments, five communes at every stage, and one person of each role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pytest
import time_machine
from django_scopes import scope, scopes_disabled

from socle.agreements import actions
from socle.agreements.models import Agreement, Party
from socle.batches import actions as batches
from socle.batches.gestures import gesture_of
from socle.integrations import webhooks
from socle.integrations.models import Webhook
from socle.mergers import actions as mergers
from socle.mergers.models import MergerPlan, VintageImport
from socle.people.models import Beneficiary, Role, User
from socle.programme.models import Programme
from socle.provisioning import actions as provisioning
from socle.provisioning.models import Installation, State
from socle.territory.models import Commune, CommuneInVintage
from tests import factories as f
from tests.client import DemandingClient
from tests.worlds import Once

SHORT_TEXT = "# Convention\n\n{{ parties }}\n\n{{ services }}\n\n{{ price }}\n\n{{ signatures }}\n"
# An amount that nothing else in a page can be taken for.
PRICE = Decimal("7319.45")
NOTHING_FOLLOWS: dict[str, tuple[str, ...]] = {}

COMMUNES = (
    ("59474", "Prisches", 1000),
    ("59001", "Abancourt", 441),
    ("59218", "Étrœungt", 1300),
    ("62002", "Ablainzevelle", 208),
    ("62003", "Acheville", 576),
)


@dataclass
class World:
    """Who and what a test starts from. `draft`, `ready` and `signed` are numbers of agreements."""

    programme: Programme
    people: dict[str, User]
    draft: str
    ready: str
    signed: str
    failed: Installation
    live: Installation
    batch: int
    webhook: Webhook
    join: str
    plan: int
    brought: int

    def agreement(self, number: str) -> Agreement:
        with scopes_disabled():
            return Agreement.objects.select_related("round", "beneficiary", "programme", "text").get(number=number)

    def installation(self, which: Installation) -> Installation:
        with scopes_disabled():
            return Installation.objects.get(pk=which.pk)


DEMONSTRATION = {
    "DEMO": True,
    "SOCLE_MACHINE_STORE": "socle.engines.simulated.store.SimulatedStore",
    "SOCLE_REACTIONS": "tests.console.conftest.NOTHING_FOLLOWS",
    "SOCLE_ENGINES": {
        "messagerie": "socle.engines.simulated.engine.SimulatedMail",
        "site-internet": "socle.engines.simulated.engine.SimulatedFiles",
    },
}


@pytest.fixture(scope="package")
def pki(tmp_path_factory):
    """Where those who signed in the world have their certificates."""
    return tmp_path_factory.mktemp("pki")


@pytest.fixture(autouse=True)
def demonstration(settings, pki):
    for name, value in DEMONSTRATION.items():
        setattr(settings, name, value)
    settings.PKI_DIR = pki
    with time_machine.travel(f.NOW, tick=False):
        yield


def complete(beneficiary: Beneficiary, officer: User) -> Agreement:
    """A draft that lacks nothing."""
    with scope(beneficiary=beneficiary):
        agreement = actions.draft(beneficiary, programme=f.programme(), by=officer, at=f.NOW)
        actions.complete_party(agreement, kind=Party.Kind.BENEFICIARY, act=f.act(beneficiary), by=officer, at=f.NOW)
        return Agreement.objects.get(pk=agreement.pk)


def merged(officer: User) -> MergerPlan:
    """Bermeries, which nobody has equipped yet, has joined Abancourt."""
    heir = Commune.objects.get(insee_code="59001")
    gone = f.beneficiary(f.commune("59070", "Bermeries", 370))
    Commune.objects.filter(pk=gone.commune_id).update(gone_in=2026, merged_into=heir, population=None)
    CommuneInVintage.objects.filter(insee_code="59070").delete()
    (plan,) = mergers.draft_missing_plans(by=officer, at=f.NOW)
    return plan


@time_machine.travel(f.NOW, tick=False)
def made() -> World:
    f.text(SHORT_TEXT)
    programme = f.programme(annual_price=PRICE, price_note="montant d’essai")
    lead = programme.lead()
    places = {}
    for insee_code, name, population in COMMUNES:
        place = f.commune(insee_code, name, population)
        if insee_code not in ("59218", "62003"):
            places[insee_code] = f.beneficiary(place, seat=f"Mairie de {name}")
    cdg = {code: programme.centre_de_gestion_of(f.department(code)) for code in ("59", "62")}
    somme = programme.partners.get(part="technical_support").operator
    for owner in cdg.values():
        f.act(owner, "2022-01")
    people = {
        "officer": f.member(Role.PROGRAMME_OFFICER, lead),
        "technician": f.member(Role.TECHNICIAN, lead),
        "finance": f.member(Role.FINANCE_OFFICER, lead),
        "president": f.member(Role.PRESIDENT, lead, quality="Président"),
        "assembly": f.member(Role.ASSEMBLY_SECRETARY, lead),
        "cdg59": f.member(Role.CDG_ADVISOR, cdg["59"]),
        "cdg59_president": f.member(Role.CDG_PRESIDENT, cdg["59"], quality="Présidente"),
        "cdg62": f.member(Role.CDG_ADVISOR, cdg["62"]),
        "cdg62_president": f.member(Role.CDG_PRESIDENT, cdg["62"], quality="Présidente"),
        "somme": f.member(Role.TECHNICIAN, somme),
    }
    for code in ("59474", "62002"):
        people[f"mayor{code}"] = f.member(Role.MAYOR, places[code], quality="Maire")
    people["secretary"] = f.member(Role.SECRETARY, places["59474"])
    User.objects.update(is_fictitious=True)
    officer = people["officer"]
    with scope(beneficiary=places["59001"]):
        draft = actions.draft(places["59001"], programme=programme, by=officer, at=f.NOW)
    with scope(beneficiary=places["59474"]):
        ready = actions.make_ready(complete(places["59474"], officer), by=officer, at=f.NOW)
        actions.sign(ready, by=people["mayor59474"], at=f.NOW)
    with scope(beneficiary=places["62002"]):
        signed = actions.make_ready(complete(places["62002"], officer), by=officer, at=f.NOW)
        for who in ("mayor62002", "cdg62_president", "president"):
            signed = actions.sign(signed, by=people[who], at=f.NOW)
        provisioning.open_rights(signed, by=officer, at=f.NOW)
        live, failed = Installation.objects.order_by("service__order")
        provisioning.make_so(live, by=officer, at=f.NOW)
        failed.state, failed.attempts, failed.last_error = State.FAILED, 2, "Le serveur ne répond pas."
        failed.looked_at = failed.next_look_at = f.NOW
        failed.save()
    with scopes_disabled():
        batch = batches.start(
            gesture_of("draft"),
            [batches.Chosen(str(f.commune("59218").pk), "Étrœungt", "59218")],
            programme=programme,
            operator=lead,
            by=officer,
            at=f.NOW,
        )
    webhook, _ = webhooks.create_webhook(
        programme.lead(), name="Portail", url="https://portail.exemple.invalid/", verbs=["agreement.signed"],
        by=people["officer"], at=f.NOW,
    )  # fmt: skip
    webhooks.try_webhook(webhook, by=people["officer"], at=f.NOW)
    join = f.join_request(f.commune("59218")).reference
    plan = merged(officer)
    table = f"insee_code,name,department,siren,epci,population,postal_codes\n59474,Prisches,59,{f.siren(59474)},,990,\n"
    brought = VintageImport.objects.create(
        year=2027, name="communes-2027.csv", content=table.encode(), brought_by=officer, brought_at=f.NOW
    )
    return World(
        programme,
        people,
        draft.number,
        ready.number,
        signed.number,
        failed,
        live,
        batch.pk,
        webhook,
        join,
        plan.pk,
        brought.pk,
    )


@pytest.fixture(scope="package")
def one_world(django_db_setup, django_db_blocker, pki):
    once = Once(django_db_blocker, made, **DEMONSTRATION, PKI_DIR=pki)
    once.make()
    yield once
    once.let_go()


@pytest.fixture
def world(one_world, db) -> World:
    return one_world.get()


@pytest.fixture
def enter(world) -> Callable[[str], DemandingClient]:
    """`enter("officer")`: a client signed in as this person."""

    def as_person(who: str) -> DemandingClient:
        client = DemandingClient()
        client.force_login(world.people[who], backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return as_person
