"""Agreements between operators at the machines' door: read and told to their parties, and to nobody else."""

from __future__ import annotations

import json

import pytest

from socle.agreements import between_operators
from socle.integrations import deliveries, events, webhooks
from socle.integrations.models import Delivery
from socle.journal import actions as journal
from socle.people.models import User
from tests import factories as f
from tests.agreements.test_between_operators import kind_of
from tests.api.test_v1 import refused

pytestmark = pytest.mark.django_db
# Who reads it: its parties, among whom the lead.
READS = {"lead": True, "somme": True, "cdg59": True, "cdg62": False, "prisches": False, "achicourt": False}


@pytest.fixture
def agreement(world):
    kind = kind_of(world, "somme-numerique", "cdg59", "npdcn")
    return between_operators.draft(kind, by=world.people["lead"], at=f.NOW)


@pytest.mark.slow
@pytest.mark.parametrize("who", READS)
def test_its_parties_read_it_in_the_list_and_in_the_journal(world, agreement, program, who):
    reader, path = program(who), f"agreements/{agreement.number}"
    listed = {one["number"]: one for one in reader.get("agreements").json()["data"]}
    about = {one["object"] for one in reader.get("journal?limit=200").json()["data"]}
    assert (agreement.number in listed, f"agreements.agreement:{agreement.pk}" in about) == (READS[who], READS[who])
    of_type = reader.get(f"agreements?type={agreement.type.code}").json()["data"]
    assert [one["number"] for one in of_type] == ([agreement.number] if READS[who] else [])
    if not READS[who]:
        for method, end in (("GET", ""), ("POST", "/ready"), ("POST", "/cancel")):
            refused(reader.ask(method, path + end), 404, "introuvable")
        return
    told = reader.get(path).json()
    assert told == listed[agreement.number]
    assert (told["type"], told["type_label"]) == (agreement.type.code, "Entre opérateurs")
    assert [one["kind"] for one in told["parties"]] == ["technical_support", "cdg", "lead"]
    assert {told[key] for key in ("beneficiary", "department", "annual_price", "suspended_on", "amends")} == {None}
    for query in ("department=59", f"beneficiary={world.prisches.pk}", "type=tripartite"):
        assert agreement.number not in reader.get(f"agreements?{query}").content.decode()


def test_an_amount_of_it_is_for_those_who_see_amounts(agreement, program):
    path = f"agreements/{agreement.number}"
    agreement.annual_price = "12.00"
    agreement.save(update_fields=["annual_price"])
    assert [program(who).get(path).json()["annual_price"] for who in ("lead", "somme")] == ["12.00", None]


@pytest.mark.slow
def test_it_is_written_by_the_rule_of_the_screens(agreement, program):
    path = f"agreements/{agreement.number}"
    refused(program("cdg59").ask("POST", f"{path}/cancel"), 403, "interdit")
    writer = program("lead")
    assert "à indiquer" in refused(writer.ask("POST", f"{path}/ready"), 409, "refus")["detail"]
    assert writer.ask("POST", f"{path}/cancel").json()["status"] == "cancelled"


@pytest.mark.slow
def test_its_parties_are_told_of_it_and_a_mairie_follows_no_such_event(world, agreement):
    verbs = ["agreement.operators_signed", "agreement.ended"]
    for who, owner in world.owners.items():
        assert (verbs[0] in events.offered_to(owner)) == (who not in ("prisches", "achicourt"))
        known = verbs if verbs[0] in events.offered_to(owner) else verbs[1:]
        webhooks.create_webhook(
            owner, name="Suites", url="https://suites.exemple.invalid/", verbs=known, by=world.people[who], at=f.NOW
        )
    for verb in verbs:
        journal.record(verb, agreement, by=User.objects.system(), at=f.NOW)
    journal.seal()
    deliveries.derive(at=f.NOW)
    told = {who: [] for who, reads in READS.items() if reads}
    for one in Delivery.objects.filter(webhook__name="Suites").order_by("position").select_related("webhook"):
        data = json.loads(one.body)["data"]
        assert data["links"]["object"].endswith(f"/api/v1/agreements/{agreement.number}")
        told[next(who for who, owner in world.owners.items() if owner == one.webhook.owner)].append(one.verb)
        assert deliveries._why_not_leave(one.webhook, one, at=f.NOW) is None
    assert told == dict.fromkeys(told, verbs)
