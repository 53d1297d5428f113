"""Webhooks: who is told what, signed how, tried again until when; against a receiver on a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope
from standardwebhooks import Webhook as Reader
from standardwebhooks import WebhookVerificationError

from socle.integrations import actions, deliveries, emails, events, rules, webhooks
from socle.integrations.models import Attempt, Delivery, DeliveryStatus, Scope, Status, Webhook
from socle.journal import actions as journal
from socle.journal.models import Entry
from socle.journal.verbs import words as verbs_known
from socle.lib.refusals import Refused
from socle.people.models import Membership, Role, User
from tests import factories as f
from tests.integrations.receiver import Receiver, receiving

pytestmark = pytest.mark.django_db
ALL = [verb for verbs in events.EVENTS.values() for verb in verbs]
SIGNED = ["agreement.signed"]


@pytest.fixture(autouse=True)
def here_and_now(settings) -> Iterator[None]:
    settings.OUTGOING_INTERNAL = ["127.0.0.1"]
    settings.SOCLE_REACTIONS = "tests.api.conftest.NOTHING_FOLLOWS"
    with time_machine.travel(f.NOW, tick=False):
        yield


@pytest.fixture(scope="module")
def listening() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


@pytest.fixture
def receiver(listening):
    listening.answers, listening.received[:] = [200], []
    return listening


@pytest.fixture
def lead():
    return f.programme().lead()


@pytest.fixture
def officer(lead):
    person = f.member(Role.PROGRAMME_OFFICER, lead)
    f.second_factor(person)
    return person


@pytest.fixture
def agreement():
    return f.signed_agreement(f.beneficiary())


def make(owner, by, receiver, **more):
    given = {"name": "Portail", "url": receiver.url, "verbs": SIGNED, "by": by, "at": f.NOW, **more}
    return webhooks.create_webhook(owner, **given)


def happen(thing, verb="agreement.signed", at=f.NOW):
    entry = journal.record(verb, thing, by=User.objects.system(), at=at, sha256="0" * 64)
    journal.seal()
    return entry


def send(at=f.NOW):
    """What the tick then the task do, at this instant."""
    deliveries.derive(at=at)
    return deliveries.send_due(clock=lambda: at)


def read(secret, received, at=f.NOW):
    """Read what was received as the reference reader does: it checks the signature and the instant."""
    _, headers, body = received
    with time_machine.travel(at, tick=False):
        return Reader(secret).verify(body, headers)


# --- What is told, to whom --------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_a_program_is_told_under_a_signature_that_the_reference_reader_accepts(
    lead, officer, agreement, receiver, client
):
    _, secret = make(lead, officer, receiver)
    entry = happen(agreement)
    assert send() == 1
    told = read(secret, receiver.received[0])
    assert (told["type"], told["timestamp"]) == ("agreement.signed", f.NOW.isoformat())
    assert told["data"]["journal"] == entry.pk
    with pytest.raises(WebhookVerificationError):
        read("whsec_" + "A" * 43, receiver.received[0])
    # Identifiers and addresses, never a name; and the addresses lead where they say.
    assert not {"Prisches", "Camille"} & set(receiver.received[0][2].decode().replace('"', " ").split())
    _, token = actions.create_token(lead, name="x", scopes=Scope.values, days=30, by=officer, at=f.NOW)
    assert set(told["data"]["links"]) == {"journal", "beneficiary", "object"}
    for link in told["data"]["links"].values():
        path = "/api/" + link.partition("/api/")[2]
        assert client.get(path, headers={"Authorization": f"Bearer {token}"}).status_code == 200, link
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.attempts.get().answer) == (DeliveryStatus.DELIVERED, 200)
    assert secret not in str(Webhook.objects.values().get())
    assert secret not in str(list(Entry.objects.values()))
    assert send() == 0


@pytest.mark.parametrize(
    ("kind", "beneficiary", "path"),
    [
        ("deliberations.act", "7", "/api/v1/acts/3"),
        # That of an operator is not read there.
        ("deliberations.act", "", ""),
        ("provisioning.installation", "7", "/api/v1/installations/3"),
    ],
)
def test_a_line_leads_to_what_it_is_about(kind, beneficiary, path):
    entry = Entry(pk=1, verb="act.put_online", object_type=kind, object_id="3", beneficiary_ref=beneficiary, at=f.NOW)
    assert json.loads(events.body_of(entry, {}))["data"]["links"].get("object", "").endswith(path)


@pytest.mark.slow
@pytest.mark.both
def test_each_is_told_of_what_its_tokens_would_read_and_of_nothing_else(lead, officer, receiver):
    pack = f.programme()
    cdg = pack.centre_de_gestion_of(f.department("59"))
    here, there = f.beneficiary(), f.beneficiary(f.commune("62004", "Achicourt"))
    neighbour = f.beneficiary(f.commune("59001", "Abancourt"))
    owners = {"lead": lead, "cdg": cdg, "mairie": here}
    people = {"lead": officer, "cdg": f.member(Role.CDG_ADVISOR, cdg), "mairie": f.member(Role.SECRETARY, here)}
    for who, owner in owners.items():
        verbs = [*SIGNED, *(["programme.loaded"] if who == "lead" else [])]
        make(owner, people[who], receiver, name=who, verbs=verbs, url=f"{receiver.url}?{who}")
    for one in (here, there, neighbour):
        happen(f.signed_agreement(one))
    happen(pack, "programme.loaded")
    happen(f.signed_agreement(f.beneficiary(f.commune("59002", "Abscon"))), "agreement.ready")
    send()
    told = {who: set() for who in owners}
    for path, _, body in receiver.received:
        told[path.partition("?")[2]].add(json.loads(body)["data"]["beneficiary"])
    assert told == {
        "lead": {here.pk, there.pk, neighbour.pk, None}, "cdg": {here.pk, neighbour.pk}, "mairie": {here.pk},
    }  # fmt: skip
    with pytest.raises(Refused, match="n’est pas de ceux"):
        make(cdg, people["cdg"], receiver, name="autre", verbs=["programme.loaded"])


def test_what_happened_before_is_not_told_and_a_line_sealed_late_is(lead, officer, agreement, receiver):
    happen(agreement)
    make(lead, officer, receiver)
    # Written first, its transaction ends last: it has the smaller identifier and the later rank.
    late = journal.record("agreement.signed", agreement, by=officer, at=f.NOW)
    Entry.objects.filter(pk=late.pk)._raw_delete("default")
    after = happen(agreement)
    deliveries.derive(at=f.NOW)
    Entry.objects.bulk_create([late])
    journal.seal()
    assert late.pk < after.pk
    assert (deliveries.derive(at=f.NOW), deliveries.derive(at=f.NOW)) == (1, 0)
    assert list(Delivery.objects.order_by("id").values_list("entry", flat=True)) == [after.pk, late.pk]


def test_the_list_of_events_is_made_of_verbs_of_the_journal():
    known = [*ALL, *(verb for verbs in events.EVENTS_OF_THE_LEAD.values() for verb in verbs)]
    assert len(known) == len(set(known)) > 20
    assert set(known) <= set(verbs_known())
    assert not [verb for verb in known if verb.partition(".")[0] in ("person", "role", "token", "webhook", "help")]


# --- What does not arrive ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (500, "erreur (500)"),
        ((302, {"Location": "http://169.254.169.254/latest/"}), "que nous ne suivons pas"),
        ("cut", "coupé la conversation"),
        ("noise", "coupé la conversation"),
        ("silence", "pas répondu à temps"),
    ],
    ids=str,
)
def test_what_was_ill_received_is_told_again_the_same(lead, officer, agreement, receiver, monkeypatch, wrong, words):
    monkeypatch.setattr(deliveries, "TIMEOUT", 0.2 if wrong == "silence" else 5.0)
    _, secret = make(lead, officer, receiver)
    happen(agreement)
    receiver.answers = [wrong, 204]
    assert send() == 1
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.tries) == (DeliveryStatus.PENDING, 1)
    assert words in delivery.attempts.get().says
    assert send(delivery.next_try_at - timedelta(seconds=1)) == 0
    later = delivery.next_try_at
    assert send(later) == 1
    first, second = receiver.received
    assert first[1]["webhook-id"] == second[1]["webhook-id"]
    assert first[2] == second[2]
    read(secret, second, at=later)
    delivery.refresh_from_db()
    assert (delivery.status, [one.answer for one in delivery.attempts.all()][-1]) == (DeliveryStatus.DELIVERED, 204)
    assert {path for path, *_ in receiver.received} == {"/recu"}


def test_a_worker_killed_while_sending_loses_nothing_and_it_shows(lead, officer, agreement, receiver, monkeypatch):
    make(lead, officer, receiver)
    happen(agreement)

    def die(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(deliveries, "_finish", die)
        with pytest.raises(KeyboardInterrupt):
            send()
    assert Attempt.objects.get().milliseconds is None
    assert send() == 1
    assert len({headers["webhook-id"] for _, headers, _ in receiver.received}) == 1
    assert Delivery.objects.get().status == DeliveryStatus.DELIVERED


@pytest.mark.slow
@pytest.mark.both
def test_a_delivery_is_given_up_in_the_end_told_once_and_may_be_sent_again(lead, officer, agreement, receiver):
    webhook, _ = make(lead, officer, receiver)
    happen(agreement)
    receiver.answers = [500]
    send()
    delivery, at = Delivery.objects.get(), f.NOW
    assert timedelta(days=2) < deliveries.given_up_by(delivery) - f.NOW < timedelta(days=3)
    for _ in range(deliveries.MOST_TRIES - 1):
        webhook.refresh_from_db()
        at = max(delivery.next_try_at, webhook.rests_until or delivery.next_try_at)
        assert send(at) == 1
        delivery.refresh_from_db()
    assert (delivery.status, delivery.tries) == (DeliveryStatus.GIVEN_UP, deliveries.MOST_TRIES)
    assert timedelta(days=1) < at - f.NOW < timedelta(days=4)
    assert Entry.objects.filter(verb="webhook.gave_up").count() == 1
    assert [emails.tell_owners(at=at), emails.tell_owners(at=at + timedelta(days=2))] == [1, 0]
    assert [message.to for message in mail.outbox] == [[officer.email]]
    assert "1 envoi abandonné" in mail.outbox[0].body
    receiver.answers, sent = [200], receiver.received[0][1]["webhook-id"]
    webhooks.send_again(delivery, by=officer, at=at)
    webhook.refresh_from_db()
    assert send(max(at, webhook.rests_until)) == 1
    assert receiver.received[-1][1]["webhook-id"] == sent
    delivery.refresh_from_db()
    assert delivery.status == DeliveryStatus.DELIVERED


@pytest.mark.slow
def test_an_address_that_is_gone_is_left_alone_until_a_person_says_to_go_on(lead, officer, agreement, receiver):
    webhook, _ = make(lead, officer, receiver)
    happen(agreement)
    happen(agreement)
    receiver.answers = [410]
    assert send() == 1
    webhook.refresh_from_db()
    assert (webhook.status, "n’existe plus" in webhook.stop_reason) == (Status.STOPPED, True)
    assert [emails.tell_owners(at=f.NOW), emails.tell_owners(at=f.NOW)] == [1, 0]
    assert "est arrêté" in mail.outbox[0].body
    happen(agreement)
    assert send() == 0
    receiver.answers = [200]
    webhooks.resume_webhook(webhook, by=officer, at=f.NOW)
    assert send() == 2
    assert sorted(Delivery.objects.values_list("status", flat=True)) == ["delivered", "delivered", "given_up"]


@pytest.mark.slow
@pytest.mark.both
def test_an_address_that_is_down_is_knocked_at_less_and_less_then_no_more(
    lead, officer, agreement, receiver, monkeypatch
):
    monkeypatch.setattr(deliveries, "MOST_FAILURES", 6)
    webhook, _ = make(lead, officer, receiver)
    for _ in range(8):
        happen(agreement)
    receiver.answers = [503]
    assert send() == deliveries.FAILURES_BEFORE_REST
    at, rests = f.NOW, []
    for _ in range(3):
        webhook.refresh_from_db()
        rests.append(webhook.rests_until - at)
        assert send(webhook.rests_until - timedelta(seconds=1)) == 0
        at = webhook.rests_until
        assert send(at) == 1
    assert rests[0] < rests[1] < rests[2]
    webhook.refresh_from_db()
    assert webhook.status == Status.STOPPED
    # Nothing was lost: put back in service, everything leaves at once.
    receiver.answers = [200]
    webhooks.resume_webhook(webhook, by=officer, at=at)
    assert send(at) == 8


def test_an_answer_that_asks_to_wait_is_heard(lead, officer, agreement, receiver):
    webhook, _ = make(lead, officer, receiver)
    happen(agreement)
    receiver.answers = [(429, {"Retry-After": "7200"}), (503, {"Retry-After": "Wed, 99 Foo"}), 200]
    send()
    webhook.refresh_from_db()
    assert webhook.rests_until == f.NOW + timedelta(hours=2)
    assert send(f.NOW + timedelta(hours=2)) == 1
    assert Delivery.objects.get().next_try_at > f.NOW + timedelta(hours=2)


def test_nothing_leaves_for_an_address_that_leads_inside(lead, officer, agreement, receiver, settings):
    webhook, _ = make(lead, officer, receiver)
    happen(agreement)
    settings.OUTGOING_INTERNAL, settings.OUTGOING_HTTP = [], True
    send()
    webhook.refresh_from_db()
    assert (receiver.received, webhook.status) == ([], Status.STOPPED)
    assert "l’intérieur du réseau" in webhook.stop_reason
    assert Delivery.objects.get().status == DeliveryStatus.PENDING


# --- Its secret, who answers for it, its pauses -----------------------------------------------------------------------
def test_a_renewed_secret_leaves_its_predecessor_a_day(lead, officer, agreement, receiver):
    webhook, former = make(lead, officer, receiver)
    webhook, secret = webhooks.renew_secret(webhook, by=officer, at=f.NOW)
    happen(agreement)
    send()
    for one in (former, secret):
        read(one, receiver.received[0])
    happen(agreement)
    later = f.NOW + webhooks.OVERLAP
    send(later)
    read(secret, receiver.received[1], at=later)
    with pytest.raises(WebhookVerificationError):
        read(former, receiver.received[1], at=later)


@pytest.mark.slow
def test_a_secret_that_is_no_longer_read_stops_and_says_what_to_do(lead, officer, agreement, receiver, settings):
    webhook, _ = make(lead, officer, receiver)
    happen(agreement)
    settings.SECRET_KEY, former = "une autre clé" * 4, settings.SECRET_KEY
    settings.SECRET_KEY_FALLBACKS = [former]
    assert send() == 1
    settings.SECRET_KEY_FALLBACKS = []
    happen(agreement)
    send()
    webhook.refresh_from_db()
    assert (len(receiver.received), webhook.status, "renouvelez-le" in webhook.stop_reason) == (1, Status.STOPPED, True)
    webhooks.renew_secret(webhook, by=officer, at=f.NOW)
    webhooks.resume_webhook(webhook, by=officer, at=f.NOW)
    assert send() == 1


@pytest.mark.slow
def test_nothing_is_told_when_nobody_answers_for_it_and_nothing_is_lost(lead, officer, agreement, receiver):
    webhook, _ = make(lead, officer, receiver)
    happen(agreement)
    deliveries.derive(at=f.NOW)
    Membership.objects.filter(user=officer).update(ends_on=date(2026, 11, 24))
    happen(agreement)
    assert send() == 0
    assert "répond de ce webhook n’exerce plus" in rules.why_not_answered_for(webhook, at=f.NOW)
    assert "dans «\u00a0Webhooks\u00a0»" in rules.why_not_answered_for(webhook, at=f.NOW)
    technician = f.member(Role.TECHNICIAN, lead)
    webhooks.take_over_webhook(webhook, by=technician, at=f.NOW)
    assert send() == 2


def test_a_beneficiary_that_is_no_longer_seen_is_not_told_of(receiver):
    cdg = f.programme().centre_de_gestion_of(f.department("59"))
    here = f.beneficiary()
    agreement = f.signed_agreement(here)
    make(cdg, f.member(Role.CDG_ADVISOR, cdg), receiver)
    happen(agreement)
    deliveries.derive(at=f.NOW)
    here.department = f.department("62")
    here.save()
    assert send() == 0
    assert receiver.received == []
    assert "ne lit plus" in Attempt.objects.get().says


@pytest.mark.slow
def test_a_pause_keeps_what_happens_unless_told_to_skip_it(lead, officer, agreement, receiver):
    webhook, _ = make(lead, officer, receiver)
    webhooks.pause_webhook(webhook, by=officer, at=f.NOW)
    happen(agreement)
    assert send() == 0
    # A trial leaves all the same, once, and says nothing of the rest.
    receiver.answers = [500, 200]
    waiting = Delivery.objects.create(webhook=webhook, position=0, verb="agreement.signed", body="{}", made_at=f.NOW)
    trial = webhooks.try_webhook(webhook, by=officer, at=f.NOW)
    waiting.delete()
    with pytest.raises(Refused, match="déjà en route"):
        webhooks.try_webhook(webhook, by=officer, at=f.NOW)
    assert send() == 1
    trial.refresh_from_db()
    webhook.refresh_from_db()
    assert (trial.status, webhook.failures) == (DeliveryStatus.GIVEN_UP, 0)
    webhooks.resume_webhook(webhook, by=officer, at=f.NOW)
    assert send() == 1
    webhooks.pause_webhook(webhook, by=officer, at=f.NOW)
    happen(agreement)
    webhooks.resume_webhook(webhook, by=officer, at=f.NOW, skip=True)
    assert send() == 0
    webhooks.remove_webhook(webhook, by=officer, at=f.NOW)
    happen(agreement)
    assert send() == 0
    # Its name may serve again, and it leaves its place.
    assert make(webhook.owner, officer, receiver)[0].name == webhook.name
    for act in (webhooks.resume_webhook, webhooks.try_webhook, webhooks.renew_secret, webhooks.remove_webhook):
        with pytest.raises(Refused, match="est retiré"):
            act(webhook, by=officer, at=f.NOW)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": " "}, "Donnez un nom"),
        ({"verbs": []}, "au moins un événement"),
        ({"verbs": ["person.enrolled"]}, "n’existe pas"),
        ({"url": "http://exemple.fr/recu"}, "https://"),
        ({"url": "https://exemple.fr:22/"}, "port 22"),
        ({"url": "https://a:b@exemple.fr/"}, "identifiant"),
        ({"url": "https://exemple.fr/" + "x" * 500}, "trop longue"),
        ({"url": "file:///etc/passwd"}, "https://"),
    ],
    ids=str,
)
def test_a_webhook_is_refused_with_its_remedy(lead, officer, receiver, change, words):
    with pytest.raises(Refused, match=words):
        make(lead, officer, receiver, **change)
    assert not Webhook.objects.exists()


def test_the_tick_asks_for_one_task_and_forgets_what_is_old(
    lead, officer, agreement, receiver, settings, django_assert_num_queries
):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    from django_tasks_db.models import DBTaskResult

    make(lead, officer, receiver)
    # Nothing happened: the last rank, nobody is behind, nothing is due.
    with django_assert_num_queries(3):
        deliveries.hand_out()
    happen(agreement)
    deliveries.hand_out()
    deliveries.hand_out()
    assert DBTaskResult.objects.count() == 1
    send()
    with time_machine.travel(f.NOW + deliveries.KEPT + timedelta(days=1), tick=False):
        deliveries.forget_old()
    assert not Delivery.objects.exists()
    with scope(beneficiary=agreement.beneficiary_id):
        assert Entry.objects.about(agreement).exists()


# --- The screens of both doors ----------------------------------------------------------------------------------------
@pytest.fixture
def doors(lead, officer):
    """Each door with someone in it, someone of another organisation, and the organisation."""
    here, there = f.beneficiary(), f.beneficiary(f.commune("59583", "Taisnières"))
    cdg = f.programme().centre_de_gestion_of(f.department("59"))
    return {
        "/console/": (lead, officer, f.member(Role.CDG_ADVISOR, cdg)),
        "/mairie/": (here, f.member(Role.SECRETARY, here), f.member(Role.SECRETARY, there)),
    }


def enter(client, person, settings):
    settings.DEMO = True
    person.is_fictitious = True
    person.save()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")


@pytest.mark.slow
@pytest.mark.parametrize("door", ["/console/", "/mairie/"])
def test_a_webhook_is_opened_tried_and_led_from_its_page(client, doors, door, receiver, settings):
    owner, person, _ = doors[door]
    enter(client, person, settings)
    assert "Aucun webhook" in client.get(f"{door}webhooks/").content.decode()
    for given in ({}, {"name": "Portail", "url": "ftp://x", "events_1": SIGNED}, {"name": "A", "url": receiver.url}):
        assert client.post(f"{door}webhooks/nouveau/", given).status_code == 422
    assert not Webhook.objects.exists()
    answer = client.post(
        f"{door}webhooks/nouveau/", {"name": "Portail", "url": receiver.url, "events_1": SIGNED, "events_0": []}
    )
    shown = answer.content.decode()
    secret = shown.partition('value="whsec_')[2].partition('"')[0]
    assert (answer.status_code, answer["Cache-Control"], len(secret)) == (200, "no-store", 44)
    webhook = Webhook.objects.get()
    assert (webhook.owner, [event.verb for event in webhook.events.all()]) == (owner, SIGNED)
    page = f"{door}webhooks/{webhook.pk}/"
    assert "Rien n’est encore parti" in client.get(page).content.decode()
    client.post(f"{page}essayer/")
    moving = client.get(page).content.decode()
    assert 'data-hx-trigger="every 2s"' in moving
    send()
    answer = client.get(page, headers={"HX-Request": "true"})
    # It has arrived: the whole page is asked again, its gestures have changed.
    assert answer["HX-Refresh"] == "true"
    fragment = answer.content.decode()
    assert ("200" in fragment, "data-hx-trigger" in fragment, "<html" in fragment) == (True, False, False)
    told = client.post(f"{page}secret/").content.decode()
    assert secret not in told
    assert "signe encore" in told
    for path, words in (("pause", "est en pause"), ("reprendre", "est en service"), ("retirer", "est retiré")):
        assert words in client.post(f"{page}{path}/", follow=True).content.decode(), path
        if path == "pause":
            changed = client.post(f"{page}modifier/", {"name": "Autre", "url": receiver.url, "events_1": ALL[2:4]})
            assert changed.status_code == 302
            assert "En pause" in client.get(f"{door}webhooks/").content.decode()
    assert "Aucun webhook" in client.get(f"{door}webhooks/").content.decode()
    assert client.get(f"{page}modifier/").status_code == 409


@pytest.mark.slow
@pytest.mark.parametrize("door", ["/console/", "/mairie/"])
def test_what_is_given_up_is_read_and_sent_again_and_no_other_organisation_sees_it(
    client, doors, door, receiver, settings
):
    owner, person, stranger = doors[door]
    webhook, _ = make(owner, person, receiver)
    mine = doors["/mairie/"][0]
    agreement = f.signed_agreement(mine)
    for _ in range(3):
        happen(agreement)
    receiver.answers = [500]
    send()
    Delivery.objects.update(status=DeliveryStatus.GIVEN_UP, ended_at=f.NOW, next_try_at=None)
    Webhook.objects.update(rests_until=None)
    delivery = Delivery.objects.first()
    page = f"{door}webhooks/{webhook.pk}/"
    addresses = [page, f"{page}modifier/", f"{page}{delivery.pk}/"]
    gestures = ["pause", "reprendre", "secret", "repondre", "essayer", "retirer", f"{delivery.pk}/renvoyer"]
    enter(client, stranger, settings)
    assert [client.get(one).status_code for one in addresses] == [404] * 3
    assert [client.post(f"{page}{one}/").status_code for one in gestures] == [404] * len(gestures)
    assert "Portail" not in client.get(f"{door}webhooks/").content.decode()
    enter(client, person, settings)
    shown = client.get(f"{page}{delivery.pk}/").content.decode()
    assert "erreur (500)" in shown
    assert f"msg_{delivery.identifier.hex}" in shown
    assert client.get(f"{page}?etat=pending").content.decode().count("Convention conclue") == 1
    receiver.answers = [200]
    client.post(f"{page}{delivery.pk}/renvoyer/")
    send()
    delivery.refresh_from_db()
    assert delivery.status == DeliveryStatus.DELIVERED

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert (client.get(page).status_code, client.get(f"{door}webhooks/").status_code) == (200, 200)
        return len(queries)

    few = cost()
    for number in range(4):
        make(owner, person, receiver, name=f"Autre {number}")
        happen(agreement)
    send()
    assert cost() == few
