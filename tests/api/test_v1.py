"""The machines' door: who enters, what each sees, pages, tags, keys, refusals."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope, scopes_disabled

from socle.agreements import amendments
from socle.agreements.models import Agreement
from socle.api import guard
from socle.integrations import actions, webhooks
from socle.integrations.models import KeptAnswer, Token
from socle.journal.models import Entry
from socle.people.models import Beneficiary, Membership
from socle.provisioning.models import Installation, State
from socle.revenue import calls
from tests import factories as f
from tests.api.conftest import Program

pytestmark = pytest.mark.django_db
LISTS = (
    "communes", "beneficiaries", "acts", "agreements", "contributions", "installations", "join-requests", "journal",
    "webhooks",
)  # fmt: skip


def refused(response, status, code):
    """Check that an answer is a problem of this kind, and return it."""
    assert response.status_code == status, response.content.decode()
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["type"].endswith(f"/api/#{code}")
    assert problem["detail"]
    return problem


# --- Who enters -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer socle_x", "Basic YTpi", "Bearer " + "é" * 40, "x" * 5000]
)
def test_nobody_enters_without_a_token(world, header):
    response = Program("").get("communes", **({"Authorization": header} if header is not None else {}))
    refused(response, 401, "jeton")
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_session_opens_nothing_here(world, client):
    client.force_login(world.people["lead"])
    assert client.get("/api/v1/communes").status_code == 401


def test_a_token_that_is_over_or_whose_holder_is_gone_is_told_why(world, program):
    reader = program("lead")
    assert reader.get("me").status_code == 200
    Membership.objects.filter(user=world.people["lead"]).update(ends_on=f.date(2026, 11, 24))
    assert "n’exerce plus" in refused(reader.get("me"), 401, "jeton")["detail"]
    Membership.objects.filter(user=world.people["lead"]).update(ends_on=None)
    with time_machine.travel(f.NOW + timedelta(days=31), tick=False):
        assert "a expiré" in refused(reader.get("me"), 401, "jeton")["detail"]
    actions.revoke_token(Token.objects.get(), by=world.people["lead"], at=f.NOW)
    assert "révoqué" in refused(reader.get("me"), 401, "jeton")["detail"]


def test_a_token_says_what_it_opens(program):
    told = program("cdg59", "communes:read").get("me").json()
    assert told["organisation"]["kind"] == "operator"
    assert (told["scopes"], told["departments"]) == (["communes:read"], ["59"])


@pytest.mark.parametrize("path", LISTS)
def test_a_scope_that_is_missing_closes_the_door(program, path):
    response = program("lead", "people:read").get(path)
    assert f"{path}:read" in refused(response, 403, "portee")["detail"]
    assert "insufficient_scope" in response["WWW-Authenticate"]


def test_whoever_asks_too_often_is_told_when_to_come_back(program, settings):
    settings.API_RATE = 3
    reader, other = program("lead"), program("cdg59")
    assert [reader.get("me").status_code for _ in range(4)] == [200, 200, 200, 429]
    response = reader.get("me")
    refused(response, 429, "trop-souvent")
    assert 0 < int(response["Retry-After"]) <= 61
    assert other.get("me").status_code == 200


def test_whoever_tries_secrets_is_slowed_down(world, settings):
    settings.API_RATE = 10
    statuses = [Program(f"socle_abcdefgh_{number:043d}").get("me").status_code for number in range(12)]
    assert statuses == [401] * 10 + [429] * 2


# --- What each sees ---------------------------------------------------------------------------------------------------
SEEN = {
    "lead": {"59474", "59001", "59218", "62004", "62003"},
    "somme": {"59474", "59001", "59218", "62004", "62003"},
    "cdg59": {"59474", "59001", "59218"},
    "cdg62": {"62004", "62003"},
    "prisches": {"59474"},
    "achicourt": {"62004"},
}


@pytest.mark.parametrize("who", SEEN)
@pytest.mark.slow
def test_each_sees_its_own_and_nothing_else(world, program, who):
    reader = program(who)
    assert {one["insee_code"] for one in reader.get("communes").json()["data"]} == SEEN[who]
    seen = {one["insee_code"] for one in reader.get("beneficiaries").json()["data"]}
    assert seen == SEEN[who] - {"59218"}
    for path in ("agreements", "installations"):
        assert {one["beneficiary"]["insee_code"] for one in reader.get(path).json()["data"]} <= SEEN[who]
    beneficiaries = {str(one["id"]) for one in reader.get("beneficiaries").json()["data"]}
    about = {str(one["beneficiary"]) for one in reader.get("journal?limit=200").json()["data"]}
    assert about - {"None"} <= beneficiaries
    assert ("None" in about) == (who == "lead")


@pytest.mark.slow
def test_names_of_people_are_for_those_who_may_read_them(world, program):
    with scopes_disabled():
        world.draft["59"].parties.update(representative="Camille Exemple", quality="Maire")
    for path in (f"agreements/{world.draft['59'].number}", "agreements", "journal?limit=200"):
        assert "Camille" in program("lead").get(path).content.decode() or "Camille" not in path
        without = program("lead", "agreements:read", "journal:read", by="lead") if path == "agreements" else None
        if without is not None:
            for again in (f"agreements/{world.draft['59'].number}", "agreements", "journal?limit=200"):
                assert "Camille" not in without.get(again).content.decode()
        Token.objects.all().delete()


def test_amounts_are_for_those_who_see_them(world, program):
    path = f"agreements/{world.signed['59'].number}"
    assert program("lead").get(path).json()["annual_price"] == "240.00"
    assert program("prisches").get(path).json()["annual_price"] == "240.00"
    assert program("somme").get(path).json()["annual_price"] is None


# --- Lists ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("department=62", ["62003", "62004"]),
        ("stage=draft", ["59001", "62003"]),
        ("stage=signed&department=59", ["59474"]),
        ("priority=true&department=59", ["59001"]),
        ("priority=false", ["59218", "59474"]),
        ("q=ETROEUNGT", ["59218"]),
        ("sort=-population&limit=200", ["59218", "59474", "62003", "59001", "62004"]),
        ("sort=insee_code", ["59001", "59218", "59474", "62003", "62004"]),
    ],
)
def test_a_list_is_filtered_and_sorted(program, query, codes):
    found = program("lead").get(f"communes?{query}").json()["data"]
    codes_found = [one["insee_code"] for one in found]
    assert codes_found == codes if "sort" in query else sorted(codes_found) == codes


@pytest.mark.slow
@pytest.mark.both
@pytest.mark.parametrize(
    ("path", "sorts"),
    [
        ("communes", ("name", "-name", "population", "-population")),
        ("beneficiaries", ("id", "-name")),
        ("agreements", ("number", "drafted_at", "-drafted_at")),
        ("installations", ("id", "-id")),
        ("journal", ("id", "-id")),
    ],
)
def test_page_after_page_each_row_is_read_once(program, path, sorts):
    f.commune("59999", "Sans Population", 0)
    from socle.territory.models import Commune

    Commune.objects.filter(insee_code="59999").update(population=None)
    reader = program("lead")
    for sort in sorts:
        whole = [one["url"] for one in reader.get(f"{path}?limit=200&sort={sort}").json()["data"]]
        read, url = [], f"/api/v1/{path}?limit=2&sort={sort}"
        while url:
            response = reader.get(url.replace("http://localhost:8000", ""))
            page = response.json()
            read += [one["url"] for one in page["data"]]
            url = page["next"]
            assert response.get("Link", "") == (f'<{url}>; rel="next"' if url else "")
        assert read == whole
        assert len(set(read)) == len(read) > 2


@pytest.mark.parametrize(
    "query",
    ["cursor=AAAA", "cursor=bnVsbA", "cursor=WyJuYW1lIixudWxsLDFd", "cursor=WyItbmFtZSIsImEiLDFd", "q=%00",
     "cursor=WyJuYW1lIiwiYSIsMWUzMDBd"],
)  # fmt: skip
def test_a_cursor_nobody_gave_is_refused(program, query):
    refused(program("lead").get(f"communes?{query}"), 400, "mal-formee")


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("communes?limit=0", "limit"),
        ("communes?limit=9999", "limit"),
        ("communes?limit=x", "limit"),
        ("communes?stage=lost", "stage"),
        ("communes?departement=59", "departement"),
        ("communes?q=", "q"),
        ("agreements?sort=annual_price", "sort"),
        ("agreements?beneficiary=99999999999999999999", "beneficiary"),
        ("installations?insee_code=Paris", "insee_code"),
        ("journal?since=hier", "since"),
        ("journal?until=0", "until"),
        ("me?x=1", "x"),
    ],
)
def test_a_filter_that_cannot_be_understood_is_named(program, path, where):
    problem = refused(program("lead").get(path), 422, "invalide")
    assert [error["where"] for error in problem["errors"]] == [where]
    assert all(error["detail"].endswith((".", "…")) for error in problem["errors"])


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.slow
def test_a_page_costs_the_same_however_many_rows(world, program, path):
    reader = program("lead")

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert reader.get(path).status_code == 200
        return len(queries)

    cost()
    few = cost()
    for number in range(5):
        place = f.beneficiary(f.commune(f"5930{number}", f"Commune {number}", 100))
        f.signed_agreement(place, number=f"ESSAI-{number}")
        f.installation(place)
        f.join_request(place.commune)
        webhooks.create_webhook(
            world.owners["lead"], name=f"Suite {number}", url="https://x.invalid/", verbs=["agreement.signed"],
            by=world.people["lead"], at=f.NOW,
        )  # fmt: skip
        Entry.objects.create(
            verb="right.opened", object_type="x.y", object_id="1", beneficiary_ref=str(place.pk), at=f.NOW,
            by_ref=f"people.user:{f.user(f'p{number}@exemple.invalid').pk}",
        )  # fmt: skip
    calls.export(world.programme, f.NOW.year, by=world.people["finance"], at=f.NOW)
    assert cost() == few
    assert few <= 16


# --- Reading again ----------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_what_did_not_change_is_not_sent_again(world, program):
    reader = program("lead")
    path = f"installations/{world.failed['59'].pk}"
    first = reader.get(path)
    tag = first["ETag"]
    for given in (tag, f"W/{tag}", f'"autre", {tag}', "*"):
        again = reader.get(path, **{"If-None-Match": given})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert reader.get(path, **{"If-None-Match": '"autre"'}).status_code == 200
    with scopes_disabled():
        Installation.objects.filter(pk=world.failed["59"].pk).update(attempts=9)
    changed = reader.get(path, **{"If-None-Match": tag})
    assert (changed.status_code, changed.json()["attempts"]) == (200, 9)
    assert changed["Cache-Control"] == "private, no-cache"
    assert "Authorization" in changed["Vary"]


# --- Writing ----------------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_a_commune_is_registered_once_and_its_agreement_drafted(world, program):
    writer = program("cdg59")
    made = writer.ask("PUT", "communes/59218/beneficiary")
    assert made.status_code == 201
    again = writer.ask("PUT", "communes/59218/beneficiary")
    assert (again.status_code, again.json()) == (200, made.json())
    assert made["Location"] == made.json()["url"]
    drafted = writer.ask("POST", "agreements", {"beneficiary": made.json()["id"]})
    assert drafted.status_code == 201
    assert drafted.json()["services"] == ["site-internet", "messagerie"]
    assert drafted.json()["status"] == "draft"
    problem = refused(writer.ask("POST", "agreements", {"beneficiary": made.json()["id"]}), 409, "refus")
    assert drafted.json()["number"] in problem["detail"]
    wrote = Entry.objects.filter(verb="token.wrote").order_by("id").last()
    assert wrote.facts["operation"] == "POST api/v1/agreements"
    assert wrote.by_ref == f"people.user:{world.people['cdg59'].pk}"


@pytest.mark.slow
def test_amendments_are_read_of_their_agreement_and_counted_with_none(world, program):
    signed = world.signed["59"]
    f.amendments(world.programme)
    with scope(beneficiary=signed.beneficiary):
        number = amendments.draft(signed, by=world.people["lead"], at=f.NOW).number
    reader = program("cdg59")
    assert number not in [one["number"] for one in reader.get("agreements").json()["data"]]
    (found,) = reader.get(f"agreements?amends={signed.number}").json()["data"]
    assert (found["number"], found["amends"], found["status"]) == (number, signed.number, "draft")
    assert reader.get(f"agreements/{number}").json() == found
    assert reader.get(f"agreements/{signed.number}").json()["amends"] is None
    elsewhere = program("cdg62")
    assert elsewhere.get(f"agreements?amends={signed.number}").json()["data"] == []
    assert elsewhere.get(f"agreements/{number}").status_code == 404


BODY = {"name": "SIVU d’essai", "legal_form": "syndicat", "seat": "Lille", "department": "59", "siret": ""}


def test_a_public_body_is_registered_by_its_siret(world, program):
    writer = program("lead")
    from socle.lib import siret

    body = {**BODY, "siret": siret.complete(f.siren(999))}
    made = writer.ask("POST", "beneficiaries", body)
    assert (made.status_code, made.json()["kind"]) == (201, "other")
    with time_machine.travel(f.NOW + timedelta(seconds=5), tick=False):
        assert writer.ask("POST", "beneficiaries", body).status_code == 200
    refused(writer.ask("POST", "beneficiaries", {**body, "siret": "12345678901234"}), 409, "refus")
    refused(writer.ask("POST", "beneficiaries", {**body, "department": "80"}), 403, "interdit")
    problem = refused(writer.ask("POST", "beneficiaries", {**body, "name": " ", "nom": "x"}), 422, "invalide")
    assert {error["where"] for error in problem["errors"]} == {"name", "nom"}
    assert Beneficiary.objects.filter(kind="other").count() == 1


@pytest.mark.parametrize(
    "raw", ["", "{", "[]", "null", "3", '{"beneficiary": 1e400}', '{"beneficiary": "\\ud800"}', "[" * 9999]
)
def test_a_content_that_is_no_request_is_refused(program, raw):
    writer = program("lead")
    response = writer.client.generic(
        "POST", "/api/v1/agreements", raw, "application/json", headers={"Authorization": f"Bearer {writer.secret}"}
    )
    assert response.status_code in (400, 422), response.content
    assert response["Content-Type"] == "application/problem+json"


def test_only_json_is_read(program):
    writer = program("lead")
    response = writer.client.generic(
        "POST", "/api/v1/agreements", "beneficiary=1", "application/x-www-form-urlencoded",
        headers={"Authorization": f"Bearer {writer.secret}"},
    )  # fmt: skip
    refused(response, 415, "type")
    big = writer.ask("POST", "agreements", {"beneficiary": "x" * 3_000_000})
    refused(big, 413, "trop-gros")


@pytest.mark.parametrize("who", ["prisches", "somme"])
def test_the_rules_of_the_screens_hold_here(world, program, who):
    writer = program(who)
    target = world.prisches.pk
    problem = refused(writer.ask("POST", "agreements", {"beneficiary": target}), 403, "interdit")
    assert "Seules les personnes chargées du programme" in problem["detail"]
    problem = refused(writer.ask("PUT", "communes/59474/beneficiary"), 403, "interdit")
    if who == "prisches":
        refused(writer.ask("POST", f"installations/{world.failed['59'].pk}/try-again"), 403, "interdit")


@pytest.mark.slow
def test_services_are_replaced_only_by_whoever_has_read_them(world, program):
    writer, path = program("cdg59"), f"agreements/{world.draft['59'].number}"
    refused(writer.ask("PUT", f"{path}/services", {"services": ["messagerie"]}), 428, "etiquette")
    tag = writer.get(path)["ETag"]
    refused(writer.ask("PUT", f"{path}/services", {"services": []}, **{"If-Match": '"x"'}), 412, "depasse")
    problem = refused(writer.ask("PUT", f"{path}/services", {"services": ["x"]}, **{"If-Match": tag}), 422, "invalide")
    assert "x" in problem["errors"][0]["detail"]
    done = writer.ask("PUT", f"{path}/services", {"services": ["messagerie"]}, **{"If-Match": tag})
    assert done.json()["services"] == ["messagerie"]
    refused(writer.ask("PUT", f"{path}/services", {"services": []}, **{"If-Match": tag}), 412, "depasse")
    assert writer.get(path)["ETag"] == done["ETag"]


@pytest.mark.slow
def test_an_agreement_is_cancelled_and_what_lacks_is_told(world, program):
    writer, path = program("cdg59"), f"agreements/{world.draft['59'].number}"
    assert len(refused(writer.ask("POST", f"{path}/ready"), 409, "refus")["detail"]) > 40
    refused(writer.ask("POST", f"{path}/reopen"), 409, "refus")
    refused(writer.ask("POST", f"{path}/cancel", **{"If-Match": '"x"'}), 412, "depasse")
    assert writer.ask("POST", f"{path}/cancel").json()["status"] == "cancelled"
    refused(writer.ask("POST", f"{path}/cancel"), 409, "refus")


def test_an_installation_is_tried_suspended_and_resumed(world, program):
    writer, path = program("lead", by="technician"), f"installations/{world.failed['62'].pk}"
    assert writer.ask("POST", f"{path}/try-again").json()["next_look_at"] == "2026-11-25T09:00:00Z"
    assert writer.ask("POST", f"{path}/suspend").json()["wanted"] is False
    refused(writer.ask("POST", f"{path}/suspend"), 409, "refus")
    assert writer.ask("POST", f"{path}/resume").json()["state"] == "pending"


def test_what_no_engine_serves_outside_a_demonstration_is_said_to_programs(world, program, settings):
    number, waits, lead = world.draft["59"].number, {}, program("lead")
    for settings.DEMO in (True, False):
        Installation._base_manager.filter(pk=world.failed["59"].pk).update(state=State.PENDING, last_error="")
        waits[settings.DEMO] = lead.get(f"installations/{world.failed['59'].pk}").json()["waits"]
        unserved = lead.get(f"agreements/{number}").json()["unserved"]
        assert unserved == ([] if settings.DEMO else ["site-internet", "messagerie"])
    assert waits[True] == ""
    assert "Aucun moteur n’est branché ici" in waits[False]


# --- Once -------------------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_asked_twice_with_a_key_it_is_done_once(world, program):
    writer = program("lead")
    f.beneficiary(f.commune("59218"))
    body = {"beneficiary": Beneficiary.objects.get(commune__insee_code="59218").pk}
    first = writer.ask("POST", "agreements", body, **{"Idempotency-Key": "k1"})
    again = writer.ask("POST", "agreements", body, **{"Idempotency-Key": "k1"})
    assert (again.status_code, again.content, again["ETag"]) == (201, first.content, first["ETag"])
    assert again["Idempotency-Replayed"] == "true"
    assert again["Location"] == first["Location"]
    with scopes_disabled():
        assert Agreement.objects.filter(beneficiary=body["beneficiary"]).count() == 1
    for changed in ({"beneficiary": 1}, {"beneficiary": body["beneficiary"], "x": 1}):
        refused(writer.ask("POST", "agreements", changed, **{"Idempotency-Key": "k1"}), 422, "cle-deja-prise")
    # Another token has its own keys.
    refused(program("cdg59").ask("POST", "agreements", body, **{"Idempotency-Key": "k1"}), 409, "refus")


def test_what_was_refused_may_be_asked_again_with_its_key(world, program):
    writer, path = program("lead"), f"installations/{world.failed['59'].pk}/resume"
    refused(writer.ask("POST", path, **{"Idempotency-Key": "k"}), 409, "refus")
    assert not KeptAnswer.objects.exists()
    assert not Entry.objects.filter(verb="token.wrote").exists()
    writer.ask("POST", path.replace("resume", "suspend"))
    assert writer.ask("POST", path, **{"Idempotency-Key": "k"}).status_code == 200


@pytest.mark.slow
def test_the_same_request_at_the_same_time_waits_its_turn(world, program):
    writer, path = program("lead"), f"installations/{world.failed['59'].pk}/suspend"
    key = {"Idempotency-Key": "k"}
    assert writer.ask("POST", path, **key).status_code == 200
    # As the first one leaves it while it acts.
    KeptAnswer.objects.update(status=None, claimed_until=f.NOW + guard.CLAIM)
    response = writer.ask("POST", path, **key)
    refused(response, 409, "en-cours")
    assert response["Retry-After"] == "1"
    # Killed before it acted: its claim ends, and the next one does it.
    with scopes_disabled():
        Installation.objects.filter(pk=world.failed["59"].pk).update(wanted_present=True)
    with time_machine.travel(f.NOW + guard.CLAIM + timedelta(seconds=1), tick=False):
        assert writer.ask("POST", path, **key).json()["wanted"] is False
        assert writer.ask("POST", path, **key)["Idempotency-Replayed"] == "true"
    with time_machine.travel(f.NOW + timedelta(days=2), tick=False):
        refused(writer.ask("POST", path, **key), 409, "refus")


@pytest.mark.parametrize("key", ["", " ", "é", "x" * 256])
def test_a_key_that_is_none_is_refused(world, program, key):
    response = program("lead").ask("POST", f"installations/{world.failed['59'].pk}/suspend", **{"Idempotency-Key": key})
    refused(response, 400, "mal-formee")


def test_what_fails_on_our_side_writes_nothing_and_says_so(world, program, monkeypatch, caplog):
    def fail(*args, **kwargs):
        raise RuntimeError("broken")

    monkeypatch.setattr("socle.integrations.actions.note_write", fail)
    writer, pk = program("lead"), world.failed["59"].pk
    problem = refused(writer.ask("POST", f"installations/{pk}/suspend", **{"Idempotency-Key": "k"}), 500, "panne")
    assert "broken" not in json.dumps(problem)
    with scopes_disabled():
        assert Installation.objects.get(pk=pk).wanted_present is True
    assert not KeptAnswer.objects.exists()


# --- Addresses --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["nothing", "communes/", "communes/59474/x", "installations/abc/resume/x"])
def test_an_address_that_leads_nowhere_is_a_problem(program, path):
    refused(program("lead").get(path), 404, "introuvable")


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "PUT", "HEAD"])
def test_a_method_that_is_not_known_is_told_with_those_that_are(program, method):
    response = program("lead").ask(method, "communes")
    assert response.status_code == 405
    assert response["Allow"] == "GET"


def test_the_document_and_the_page_are_everybodys(client, world):
    document = client.get("/api/v1/openapi.json")
    assert document.json()["openapi"].startswith("3.1")
    assert client.get("/api/v1/openapi.json", headers={"If-None-Match": document["ETag"]}).status_code == 304
    page = client.get("/api/").content.decode()
    for path in document.json()["paths"]:
        assert path in page
    assert client.get("/api/inconnu").status_code == 401


@pytest.mark.slow
def test_an_act_is_read_with_its_matter_its_author_and_its_vote_and_no_other(world, program):
    reader = program("cdg59")
    listed = reader.get("acts").json()["data"]
    assert [one["number"] for one in listed if one["number"] in ("2026-77", "2026-78", "2026-79")] == ["2026-77"]
    act = world.acts["59"]
    said = reader.get(f"acts/{act.pk}").json()
    assert said["beneficiary"]["name"] == "Commune de Prisches"
    assert (said["matter"], said["matter_label"]) == ("5.7", "Institutions et vie politique, intercommunalité")
    assert said["author"] == {"name": "Ada Roi", "quality": "maire"}
    assert said["vote"] == {"members": 11, "in_favour": 9, "against": 1, "abstentions": 0}
    assert (said["mode"], said["put_online_at"], said["address"], said["sha256"]) == (None, None, None, None)
    assert (said["published_on"], said["executory_on"]) == ("2026-10-03", "2026-10-03")
    assert reader.get("acts?kind=list").json()["data"] == []
    for hidden in f.acts().filter(number__in=("2026-78", "2026-79")):
        assert reader.get(f"acts/{hidden.pk}").status_code == 404
