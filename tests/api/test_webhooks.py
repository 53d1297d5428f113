"""Webhooks led by a program: opened, changed, paused, tried, removed; what left, and what was answered."""

from __future__ import annotations

import pytest

from socle.integrations import deliveries, webhooks
from socle.integrations.models import Attempt, Delivery, DeliveryStatus, KeptAnswer, Token, Webhook
from socle.journal import actions as journal
from socle.journal.models import Entry
from socle.lib import vault
from socle.people.models import Role, User
from tests import factories as f
from tests.api.test_v1 import refused

pytestmark = pytest.mark.django_db
WANTED = {"name": "Parapheur", "address": "https://parapheur.exemple.invalid/socle", "events": ["agreement.signed"]}


@pytest.mark.slow
def test_a_program_opens_a_webhook_and_reads_its_secret_once(world, program):
    writer = program("cdg59")
    made = writer.ask("POST", "webhooks", WANTED, **{"Idempotency-Key": "k"})
    told = made.json()
    assert (made.status_code, made["Location"], made["Cache-Control"]) == (201, told["url"], "no-store")
    webhook = Webhook.objects.get(pk=told["id"])
    assert (webhook.owner, webhook.held_by) == (world.owners["cdg59"], world.people["cdg59"])
    assert told["secret"] == vault.read(webhook.secret, purpose=deliveries.PURPOSE)
    read = writer.get(f"webhooks/{told['id']}")
    # The tag is that of what is read from now on, so that it may serve at once.
    assert read["ETag"] == made["ETag"]
    assert read.json() == {name: value for name, value in told.items() if name != "secret"}
    # Asked again by a program that lost the answer, the same; and it rests where nobody reads it.
    assert writer.ask("POST", "webhooks", WANTED, **{"Idempotency-Key": "k"}).json() == told
    assert told["secret"] not in KeptAnswer.objects.get().body
    assert told["secret"] not in writer.get("webhooks").content.decode()
    assert Webhook.objects.filter(name="Parapheur").count() == 1


@pytest.mark.slow
def test_what_a_webhook_cannot_be_is_told(world, program):
    writer = program("cdg59")
    before = Webhook.objects.count()
    for wrong, status, code in (
        ({"events": ["programme.loaded"]}, 422, "invalide"),  # The lead's only.
        ({"events": []}, 422, "invalide"),
        ({"address": "ftp://x"}, 422, "invalide"),
        ({"address": "https://localhost:x/"}, 409, "refus"),
        ({"name": world.webhooks["cdg59"].name}, 409, "refus"),
    ):
        refused(writer.ask("POST", "webhooks", {**WANTED, **wrong}), status, code)
    # A webhook tells of the journal: no token tells what it may not read.
    narrow = program("cdg59", "webhooks:read", "webhooks:write")
    assert "journal:read" in refused(narrow.ask("POST", "webhooks", WANTED), 403, "portee")["detail"]
    refused(program("lead", "webhooks:read").ask("POST", "webhooks", WANTED), 403, "portee")
    assert Webhook.objects.count() == before


@pytest.mark.slow
def test_a_webhook_is_changed_by_whoever_has_read_it(world, program):
    writer, path = program("prisches"), f"webhooks/{world.webhooks['prisches'].pk}"
    tag = writer.get(path)["ETag"]
    refused(writer.ask("PUT", path, WANTED), 428, "etiquette")
    refused(writer.ask("PUT", path, WANTED, **{"If-Match": '"x"'}), 412, "depasse")
    refused(writer.ask("PUT", path, {**WANTED, "events": ["x.y"]}, **{"If-Match": tag}), 422, "invalide")
    done = writer.ask("PUT", path, WANTED, **{"If-Match": tag})
    assert {name: done.json()[name] for name in WANTED} == WANTED
    assert writer.get(path)["ETag"] == done["ETag"] != tag


@pytest.mark.slow
def test_a_webhook_is_paused_resumed_given_another_secret_and_removed(world, program):
    writer, path = program("lead"), f"webhooks/{world.webhooks['lead'].pk}"
    refused(writer.ask("POST", f"{path}/resume"), 409, "refus")
    assert writer.ask("POST", f"{path}/pause").json()["status"] == "paused"
    assert writer.ask("POST", f"{path}/resume").json()["status"] == "active"
    writer.ask("POST", f"{path}/pause")
    entry = journal.record("agreement.signed", world.signed["59"], by=User.objects.system(), at=f.NOW)
    journal.seal()
    assert writer.ask("POST", f"{path}/resume-from-now").json()["status"] == "active"
    deliveries.derive(at=f.NOW)
    assert not Delivery.objects.filter(entry=entry.pk, webhook=world.webhooks["lead"]).exists()
    renewed = writer.ask("POST", f"{path}/secret").json()
    assert renewed["secret"] != world.secrets["lead"]
    assert renewed["former_secret_until"]
    gone = writer.ask("DELETE", path)
    assert (gone.status_code, gone.json()["status"], gone.json()["pending"]) == (200, "removed", 0)
    refused(writer.get(path), 404, "introuvable")
    refused(writer.ask("DELETE", path), 404, "introuvable")
    assert world.webhooks["lead"].name not in writer.get("webhooks").content.decode()
    verbs = Entry.objects.filter(object_type="integrations.webhook").values_list("verb", flat=True)
    assert {"webhook.paused", "webhook.resumed", "webhook.secret_renewed", "webhook.removed"} <= set(verbs)


def test_whoever_keeps_no_program_leads_no_webhook(world, program):
    """The rule of the screens: here someone who was a technician when the token was made, and is now of finances."""
    writer = program("somme")
    finance = f.member(Role.FINANCE_OFFICER, world.owners["somme"])
    f.second_factor(finance)
    Token.objects.update(held_by=finance)
    refused(writer.ask("POST", "webhooks", WANTED), 403, "interdit")
    assert writer.get("webhooks").status_code == 200


@pytest.mark.slow
def test_what_left_is_read_with_its_answers_and_sent_again(world, program):
    writer, webhook = program("cdg62"), world.webhooks["cdg62"]
    base = f"webhooks/{webhook.pk}"
    refused(writer.ask("POST", f"{base}/test"), 409, "refus")  # One is on its way.
    world.deliveries["cdg62"].delete()
    tried = writer.ask("POST", f"{base}/test")
    assert (tried.status_code, tried.json()["is_trial"], tried.json()["status"]) == (201, True, "pending")
    assert writer.get(tried["Location"].removeprefix("http://localhost:8000")).json() == tried.json()
    known = Delivery.objects.create(
        webhook=webhook, position=3, entry=3, verb="agreement.signed", body='{"type": "agreement.signed"}',
        status=DeliveryStatus.GIVEN_UP, tries=2, made_at=f.NOW, ended_at=f.NOW,
    )  # fmt: skip
    Attempt.objects.create(delivery=known, started_at=f.NOW, milliseconds=12, answer=503, says="Erreur (503).")
    listed = writer.get(f"{base}/deliveries").json()["data"]
    assert [one["id"] for one in listed] == [f"msg_{known.identifier.hex}", tried.json()["id"]]
    assert listed[0]["attempts"] == [
        {"started_at": "2026-11-25T09:00:00Z", "milliseconds": 12, "answer": 503, "says": "Erreur (503)."}
    ]
    assert [one["event"] for one in writer.get(f"{base}/deliveries?status=given_up").json()["data"]] == [known.verb]
    first = writer.get(f"{base}/deliveries?limit=1").json()
    assert writer.get(first["next"].removeprefix("http://localhost:8000")).json()["data"] == listed[1:]
    path = f"{base}/deliveries/msg_{known.identifier.hex}"
    assert writer.get(path).json()["sent"] == {"type": "agreement.signed"}
    refused(writer.ask("POST", f"{path}/redeliver", **{"If-Match": '"x"'}), 412, "depasse")
    again = writer.ask("POST", f"{path}/redeliver").json()
    assert (again["status"], again["tries"], len(again["attempts"])) == ("pending", 0, 1)
    refused(writer.ask("POST", f"{path}/redeliver"), 409, "refus")
    refused(writer.ask("POST", f"{base}/deliveries/{tried.json()['id']}/redeliver"), 409, "refus")
    # Another webhook's delivery is not this one's, whatever the organisation.
    other, _ = webhooks.create_webhook(
        world.owners["cdg62"], name="Autre", url="https://x.invalid/", verbs=["agreement.signed"],
        by=world.people["cdg62"], at=f.NOW,
    )  # fmt: skip
    refused(writer.get(path.replace(base, f"webhooks/{other.pk}")), 404, "introuvable")


def test_each_is_offered_the_events_it_may_follow(world, program):
    offered = {
        who: {one["verb"] for one in program(who).get("webhook-events").json()["data"]} for who in ("lead", "cdg59")
    }
    assert offered["lead"] - offered["cdg59"] == {
        "programme.loaded", "territory.imported", "merger.applied", "merger.undone", "batch.finished"
    }  # fmt: skip
