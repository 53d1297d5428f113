"""Two departments and their people, and programs that ask in their name."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django_scopes import scope, scopes_disabled

from socle.agreements import actions as agreements
from socle.documents import actions as documents
from socle.integrations import actions, webhooks
from socle.integrations.models import Delivery, Scope, Webhook
from socle.people.models import Beneficiary, Operator, Role, User
from socle.provisioning.models import State
from socle.revenue import calls
from socle.signing.models import Round
from tests import factories as f
from tests.worlds import Once, once

EVERYTHING = tuple(Scope.values)
VOTE = {"members_in_office": 11, "votes_for": 9, "votes_against": 1, "abstentions": 0}
CALLED_SO: dict[str, Any] = {
    "vat_regime": "hors du champ de la TVA", "vat_rate": Decimal(0), "vat_source": "essai", "prorata_source": "essai",
    "payment_days": 30, "account": "74748",
}  # fmt: skip
NOTHING_FOLLOWS: dict[str, tuple[str, ...]] = {}


class World:
    """`owners` and `people` by name; a signed agreement with two installations, and a draft, in each department."""

    def __init__(self) -> None:
        programme = f.programme()
        lead = programme.lead()
        cdg = {code: programme.centre_de_gestion_of(f.department(code)) for code in ("59", "62")}
        for owner in cdg.values():
            f.act(owner, "2022-01")
        self.programme = programme
        self.prisches = f.beneficiary(f.commune("59474", "Prisches", 1000))
        self.abancourt = f.beneficiary(f.commune("59001", "Abancourt", 441))
        self.achicourt = f.beneficiary(f.commune("62004", "Achicourt", 208))
        self.acheville = f.beneficiary(f.commune("62003", "Acheville", 576))
        f.commune("59218", "Étrœungt", 1300)
        f.commune("80001", "Abbeville", 900)
        self.owners: dict[str, Operator | Beneficiary] = {
            "lead": lead,
            "cdg59": cdg["59"],
            "cdg62": cdg["62"],
            "somme": programme.partners.get(part="technical_support").operator,
            "prisches": self.prisches,
            "achicourt": self.achicourt,
        }
        self.people: dict[str, User] = {
            "lead": f.member(Role.PROGRAMME_OFFICER, lead),
            "technician": f.member(Role.TECHNICIAN, lead),
            "finance": f.member(Role.FINANCE_OFFICER, lead),
            "cdg59": f.member(Role.CDG_ADVISOR, cdg["59"]),
            "cdg62": f.member(Role.CDG_ADVISOR, cdg["62"]),
            "somme": f.member(Role.TECHNICIAN, self.owners["somme"]),
            "prisches": f.member(Role.SECRETARY, self.prisches),
            "achicourt": f.member(Role.SECRETARY, self.achicourt),
        }
        for one in self.people.values():
            f.second_factor(one)
        officer = self.people["lead"]
        self.signed = {"59": f.signed_agreement(self.prisches), "62": f.signed_agreement(self.achicourt)}
        self.failed = {
            code: f.installation(of, "messagerie", state=State.FAILED, last_error="Pas de réponse.")
            for code, of in (("59", self.prisches), ("62", self.achicourt))
        }
        for code, of in (("59", self.prisches), ("62", self.achicourt)):
            f.installation(of, "site-internet", state=State.LIVE)
            with scope(beneficiary=of):
                printed = documents.keep(f.pdf(), title="Convention", filename="c.pdf", by=officer, at=f.NOW)
                self.signed[code].round = Round.objects.create(original=printed, current=printed, opened_at=f.NOW)
                self.signed[code].save(update_fields=["round"])
        finance = self.people["finance"]
        calls.note_settings(programme, **CALLED_SO, by=finance, at=f.NOW)
        self.called = {
            one.agreement.beneficiary.department.code: one
            for one in calls.export(programme, f.NOW.year, by=finance, at=f.NOW)
        }
        with scopes_disabled():  # One of each department, and beside it what no program reads.
            self.acts = {
                code: f.act(of, "2026-77", matter="5.7", author_name="Ada Roi", author_quality="maire", **VOTE)
                for code, of in (("59", self.prisches), ("62", self.achicourt))
            }
            f.act(self.prisches, "2026-78", kind="individual", published_on=None)
            f.act(self.prisches, "2026-79", held_back_because="un nom")
        self.draft = {}
        for code, of in (("59", self.abancourt), ("62", self.acheville)):
            with scope(beneficiary=of):
                self.draft[code] = agreements.draft(of, programme=programme, by=officer, at=f.NOW)
        # Identified, so that it may be studied.
        self.asked = {
            code: f.join_request(of.commune, has_published_address=True, words="Bonjour.")
            for code, of in (("59", self.abancourt), ("62", self.acheville))
        }
        # Each organisation's, with what left for it.
        self.webhooks: dict[str, Webhook] = {}
        self.secrets: dict[str, str] = {}
        self.deliveries: dict[str, Delivery] = {}
        for who in ("lead", "cdg59", "cdg62", "prisches", "achicourt"):
            self.webhooks[who], self.secrets[who] = webhooks.create_webhook(
                self.owners[who],
                name=f"Portail {who}",
                url=f"https://{who}.exemple.invalid/socle",
                verbs=["agreement.signed"],
                by=self.people[who],
                at=f.NOW,
            )
            self.deliveries[who] = webhooks.try_webhook(self.webhooks[who], by=self.people[who], at=f.NOW)


class Program:
    """A program of somebody's: asks with its token, reads JSON."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.client = Client(SERVER_NAME="localhost", raise_request_exception=False)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        given = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        more = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
        return self.client.generic(
            method, path if path.startswith("/") else f"/api/v1/{path}", **more, headers={**given, **headers}
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, **headers)


@pytest.fixture(autouse=True)
def today(settings: Any) -> Any:
    settings.SOCLE_REACTIONS = "tests.api.conftest.NOTHING_FOLLOWS"
    settings.DEMO = True
    settings.SOCLE_ENGINES = {
        "messagerie": "socle.engines.simulated.engine.SimulatedMail",
        "site-internet": "socle.engines.simulated.engine.SimulatedFiles",
    }
    with time_machine.travel(f.NOW, tick=False):
        yield


one_world = once(World)


@pytest.fixture
def world(one_world: Once[World], db: None) -> World:
    return one_world.get()


@pytest.fixture
def program(world: World) -> Callable[..., Program]:
    """`program("cdg59")`: asks in that organisation's name, every scope open unless told otherwise."""

    def of(who: str, *scopes: str, by: str = "") -> Program:
        _, secret = actions.create_token(
            world.owners[who],
            name=f"Essai {by or who} {len(scopes)} {'-'.join(scopes)}"[:80],
            scopes=scopes or EVERYTHING,
            days=30,
            by=world.people[by or who],
            at=f.NOW,
        )
        return Program(secret)

    return of
