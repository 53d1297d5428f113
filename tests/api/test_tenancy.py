"""Every address of the document, with the things of every other organisation: they do not exist."""

from __future__ import annotations

import re

import pytest
from django_scopes import scopes_disabled

from socle.agreements.models import Agreement, ChosenService, Party
from socle.api.document import document
from socle.integrations.models import Delivery, Webhook
from socle.joining.models import JoinRequest
from socle.journal.models import Entry
from socle.people.models import Beneficiary
from socle.provisioning.models import Installation

pytestmark = pytest.mark.django_db

# Who asks, and of which department are the things that are none of theirs.
STRANGERS = {"cdg59": "62", "cdg62": "59", "prisches": "62", "achicourt": "59"}
# The files of an agreement; what the lead alone reads.
FILES, OF_THE_LEAD = ("/document", "/proof"), "/api/v1/contributions/"
BODIES = {
    "receive_act": {"received_on": "2026-11-25"},
    "choose_services": {"services": ["messagerie"]},
    "plan_join_request": {"planned_on": "2027-03-01"},
    "change_webhook": {"name": "x", "address": "https://x.invalid/", "events": ["agreement.signed"]},
}
OPERATIONS = [
    (method.upper(), path, BODIES.get(operation["operationId"]) if "requestBody" in operation else None)
    for path, methods in document()["paths"].items()
    for method, operation in methods.items()
]
WITH_A_THING = [one for one in OPERATIONS if "{" in one[1]]


def things(world, code, *, webhooks_of=""):
    """The identifiers, by path, of what is in this department (the webhooks being an organisation's own)."""
    webhooks_of = webhooks_of or f"cdg{code}"
    beneficiary = {"59": world.prisches, "62": world.achicourt}[code]
    entry = Entry.objects.create(
        verb="right.opened", object_type="x.y", object_id="1", beneficiary_ref=str(beneficiary.pk),
        by_ref="people.user:1", at="2026-11-25T09:00:00Z",
    )  # fmt: skip
    return {
        "/communes/": beneficiary.commune.insee_code,
        "/beneficiaries/": beneficiary.pk,
        "/acts/": world.acts[code].pk,
        "/contributions/": world.called[code].pk,
        "/agreements/": world.draft[code].number,
        # A draft has no PDF yet.
        "files": world.signed[code].number,
        "/installations/": world.failed[code].pk,
        "/journal/": entry.pk,
        "/join-requests/": world.asked[code].reference,
        "/webhooks/": world.webhooks[webhooks_of].pk,
        "/deliveries/": f"msg_{world.deliveries[webhooks_of].identifier.hex}",
    }


def address(path, known):
    """The path with each identifier in the place that follows its noun."""
    if path.endswith(FILES):
        known = known | {"/agreements/": known["files"]}
    for noun, identifier in known.items():
        path = re.sub(rf"{noun}\{{\w+\}}", f"{noun}{identifier}", path)
    assert "{" not in path, path
    return path


KEPT = (Agreement, Party, ChosenService, Beneficiary, Installation, Entry, JoinRequest, Webhook, Delivery)


def state():
    with scopes_disabled():
        return [
            list(model.objects.order_by("pk").values())
            for model in (
                Agreement,
                Party,
                ChosenService,
                Beneficiary,
                Installation,
                Entry,
                JoinRequest,
                Webhook,
                Delivery,
            )
        ]


def test_the_document_is_read_whole():
    assert len(OPERATIONS) >= 48
    assert len(WITH_A_THING) >= 33


@pytest.mark.slow
@pytest.mark.parametrize("who", STRANGERS)
def test_what_belongs_to_another_does_not_exist(world, program, who):
    """With every scope open: what is refused is refused because it is another's."""
    asker = program(who)
    known = things(world, STRANGERS[who])
    before = state()
    for method, path, body in WITH_A_THING:
        response = asker.ask(method, address(path, known), body, **{"If-Match": "*"})
        assert response.status_code == 404, f"{method} {path}: {response.status_code}"
        assert response["Content-Type"] == "application/problem+json"
        assert not re.search("Prisches|Achicourt|Abancourt|Acheville", response.content.decode())
    stranger = known["/beneficiaries/"]
    assert asker.ask("POST", "agreements", {"beneficiary": stranger}).status_code == 404
    assert state() == before


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.slow
def test_no_list_holds_what_belongs_to_another_whatever_is_filtered(world, program, who):
    asker = program(who)
    known = things(world, STRANGERS[who])
    code, identifier = known["/communes/"], known["/beneficiaries/"]
    for query in (
        "", f"?department={STRANGERS[who]}", f"?beneficiary={identifier}", f"?insee_code={code}",
    ):  # fmt: skip
        for method, path, _ in OPERATIONS:
            if method != "GET" or "{" in path:
                continue
            page = asker.get(f"{path}{query}").content.decode()
            name = "Achicourt" if code == "62004" else "Prisches"
            theirs = (known["/agreements/"], known["/join-requests/"], f"cdg{STRANGERS[who]}")
            for word in (code, name, *theirs):
                assert word not in page, f"{path}{query}: {word}"


@pytest.mark.slow
def test_the_same_things_do_exist_for_their_own(world, program):
    """The test above fails for the right reason."""
    for who, code in (("cdg59", "59"), ("cdg62", "62"), ("lead", "59"), ("lead", "62")):
        asker = program(who) if who != "lead" or code == "59" else program("lead", by="technician")
        known = things(world, code, webhooks_of=who)
        for method, path, _ in WITH_A_THING:
            if method == "GET":
                answered = 404 if path.startswith(OF_THE_LEAD) and who != "lead" else 200
                assert asker.get(address(path, known)).status_code == answered, path


@pytest.mark.slow
def test_every_address_wants_a_token(world):
    from tests.api.conftest import Program

    known = things(world, "59")
    for method, path, body in OPERATIONS:
        assert Program("").ask(method, address(path, known), body).status_code == 401, path
