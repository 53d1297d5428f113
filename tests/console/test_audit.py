"""Who read what: noted once, without names, seen by the mairie concerned and by those who answer for the operator."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from socle.integrations import actions as integrations
from socle.journal import readings
from socle.journal.models import Reading
from socle.people.models import User
from socle.retention.table import rules
from tests import factories as f
from tests.console.test_access import PAGES, fill

pytestmark = pytest.mark.django_db

# What is personal in the console, and the kind under which reading it is noted.
PERSONAL = (
    ("/console/communes/59474/", "record"),
    ("/console/communes/59474/personnes/", "people"),
    ("/console/communes/59474/journal.csv", "journal_file"),
    ("/console/conventions/{ready}/", "agreement"),
    ("/console/conventions/{ready}/texte/", "agreement_text"),
    ("/console/conventions/{ready}/convention.pdf", "agreement_file"),
    ("/console/conventions/{ready}/signatures/", "signatures"),
    ("/console/demandes/{join}/", "join_request"),
    ("/console/conventions.csv", "agreements_file"),
    ("/console/journal.json", "journals_file"),
)


@pytest.mark.slow
def test_each_personal_page_is_noted_once_in_ten_minutes_by_identifiers_only(world, enter, time_machine):
    client = enter("officer")
    for address, kind in PERSONAL:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address.format(ready=world.ready, join=world.join)).status_code == 200
        written = [one["sql"] for one in queries if re.match(r"INSERT\b.*journal_reading", one["sql"])]
        assert len(written) == 1, address
        client.get(address.format(ready=world.ready, join=world.join))
        reading = Reading.objects.get(kind=kind)
        assert reading.by_ref == f"people.user:{world.people['officer'].pk}"
    kept = str(list(Reading.objects.values()))
    assert world.people["officer"].name not in kept
    assert "Prisches" not in kept
    time_machine.move_to(f.NOW + timedelta(minutes=11))
    client.get("/console/communes/59474/")
    assert Reading.objects.filter(kind="record").count() == 2


# The addresses of the console that show nothing of one body or one person, and why. Any other is noted: a page that is
# new is either noted or comes here with its reason.
NOT_FOLLOWED = {
    "home": "what waits, and what was done but by whom: it leads to pages which are noted",
    "settings": "the names of other pages",
    "first_steps": "what is set and what is left of the installation itself",
    # The desk of an operator's own assembly: who sits there is public, and no beneficiary is told of.
    **dict.fromkeys(
        (
            "meetings", "assembly", "assembly_member", "meeting", "meeting_convocation", "meeting_hold", "meeting_item",
            "meeting_item_text", "meeting_annex", "meeting_ballot",
            "meeting_leave", "meeting_list", "meeting_minutes", "meeting_register",
            "meeting_posting",
            "transmission", "transmission_act", "transmission_paper",
        ),
        "an operator's own assembly, and nobody else's",
    ),
    "sites_file": "what a site lacks: nothing personal",
    **dict.fromkeys(("grants", "grant_open"), "amounts and what lacks, line by line nowhere: nothing personal"),
    **dict.fromkeys(("meter", "meter_file", "costs_file"), "figures of the operator's own accounts: nothing personal"),
    **dict.fromkeys(
        ("contributions", "contributions_file", "contributions_debtor"),
        "what public bodies owe, and how they are asked: nothing personal",
    ),
    **dict.fromkeys(("reckonings", "reckonings_file"), "what operators owe each other: nothing personal"),
    **dict.fromkeys(
        ("domain_name", "domain_name_file", "domain_names_file"), "what the DNS says of a name: nothing personal"
    ),
    "backups_file": "machines by the name the mairie gave them, when they last saved: nothing personal",
    "mail_servers": "the servers, and which addresses somebody guesses the passwords of, for whoever tends them",
    **dict.fromkeys(("running", "running_file"), "engines, and the space that bodies take: nothing personal"),
    "shares_file": "what is proposed to the sites, and how many accept it: nothing personal",
    "map": "the public map, and where each commune stands: nothing personal is there",
    "search": "names that lead to pages which are noted; the people found are noted by the search itself",
    **dict.fromkeys(
        ("communes", "bodies", "join_requests", "agreements", "deadlines", "to_sign", "installations", "batches",
         "mergers", "domain_names", "sites", "shares", "backups", "territory", "priorities", "people", "tokens",
         "webhooks", "late_acts", "outbox", "audit", "filters"),
        "a list is not followed line by line: what is opened from it is noted",
    ),
    **dict.fromkeys(
        ("body_register", "commune_invite", "operator_invite", "token_new", "webhook_new", "webhook_change",
         "share_new"),
        "a form that shows nobody's data",
    ),
    **dict.fromkeys(
        ("programme", "platform", "vintage"), "the offer, the machine, the public map: nothing personal is there"
    ),
    **dict.fromkeys(
        ("text", "text_version", "text_words", "text_approve", "text_act", "delegation", "delegation_act"),
        "the words of the models, on an example in which nobody is",
    ),
    **dict.fromkeys(
        ("tokens_file", "webhooks_file", "batches_file", "outbox_file", "audit_file"),
        "of the operator's own house: taking it is itself written in the journal when it names people",
    ),
}  # fmt: skip


@pytest.mark.slow
def test_no_page_about_one_body_or_one_person_is_forgotten(world, enter):
    clients = {who: enter(who) for who in ("officer", "president", "cdg59", "assembly", "finance")}
    needless = set(NOT_FOLLOWED)
    for address, readers, _ in PAGES:
        path = fill(address, world)
        if path.endswith((".xlsx", ".json")) or "?" in path:
            continue  # The same view as the file in CSV, or the page.
        name = resolve(path).url_name
        reader = next((who for who in clients if who in readers), None)
        assert reader is not None or name in NOT_FOLLOWED, f"nobody of this test reads {address}"
        if reader is None:
            continue
        Reading.objects.all().delete()
        assert clients[reader].get(path).status_code in (200, 409), address
        noted = set(Reading.objects.values_list("kind", flat=True))
        if name in NOT_FOLLOWED:
            needless.discard(name)
            assert not noted, f"{name} is noted as {noted}: it is no exception any more"
        else:
            assert noted, f"{address} shows {name} and notes nothing: call `record_view` there, or say why not above"
            assert noted <= readings.kinds().keys()
    assert not needless, f"no page is called {needless}"


@pytest.mark.slow
def test_what_was_not_shown_is_not_noted_and_lists_are_not_followed_line_by_line(world, enter):
    client = enter("cdg62")
    for address in ("/console/communes/59474/", "/console/communes/", "/console/conventions/"):
        client.get(address)
    # A commune that nobody registered has nothing personal.
    enter("officer").get("/console/communes/59218/")
    assert not Reading.objects.exists()


@pytest.mark.slow
def test_a_mairie_sees_who_read_its_file_and_nothing_of_another_s(world, enter):
    User.objects.update(name="Quelqu’un")
    User.objects.filter(pk=world.people["cdg59"].pk).update(name="Alix du Nord")
    User.objects.filter(pk=world.people["cdg62"].pk).update(name="Robin du Littoral")
    enter("cdg59").get("/console/communes/59474/personnes/")
    enter("cdg59").get("/console/journal.csv")
    enter("cdg62").get("/console/journal.csv")
    enter("officer").get("/console/communes/62002/personnes/")
    mayor = enter("mayor59474")
    page = mayor.get("/mairie/qui-a-vu/").content.decode()
    assert "Personnes de l’organisme" in page
    assert "Journal de plusieurs organismes, en fichier" in page
    assert "Alix du Nord" in page
    # An export that covers the other department, a file of another commune: not theirs.
    assert "Robin du Littoral" not in page
    seen = mayor.get("/mairie/qui-a-vu/?quoi=vu").context["lines"]
    assert len(seen) == 2
    reader = world.people["cdg59"].pk
    csv = mayor.get(f"/mairie/qui-a-vu.csv?quoi=vu&personne={reader}&du=2026-11-25&au=2026-11-25").content.decode()
    assert csv.count("Alix du Nord") == 2
    assert mayor.get("/mairie/qui-a-vu/?du=2026-11-26").context["lines"] == []
    for strange in ("?page=x&personne=0", "?du=hier&quoi=rien", "?personne=%00"):
        assert mayor.get(f"/mairie/qui-a-vu/{strange}").status_code == 200
    assert "Alix du Nord" not in enter("mayor62002").get("/mairie/qui-a-vu/").content.decode()


def test_the_page_of_the_mairie_costs_the_same_whatever_was_read(world, enter):
    reader, place = world.people["cdg59"], world.agreement(world.ready).beneficiary
    mayor = enter("mayor59474")

    def cost(count):
        for n in range(count):
            seen = [readings.Seen("agreement", world.agreement(world.ready), f"n{n}"), readings.Seen("people", place)]
            readings.note(seen, by=reader, operator=None, door="console", at=f.NOW - timedelta(hours=n))
        with CaptureQueriesContext(connection) as queries:
            mayor.get("/mairie/qui-a-vu/?quoi=vu")
        return len(queries)

    assert cost(2) == cost(15)


@pytest.mark.slow
def test_those_who_answer_for_an_operator_see_what_its_people_read(world, enter):
    enter("technician").get("/console/communes/59474/")
    enter("cdg59").get("/console/communes/59474/")
    page = enter("president").get("/console/consultations/")
    readers = {line.who for line in page.context["rows"]}
    assert readers == {world.people["technician"].name}
    csv = enter("officer").get("/console/consultations.csv?q=Prisches").content.decode()
    assert "Dossier de l’organisme" in csv
    assert "Prisches" in csv
    assert enter("technician").get("/console/consultations/").status_code == 403


def test_a_program_that_may_read_names_is_named_by_its_token(world, client):
    officer = world.people["officer"]
    token, secret = integrations.create_token(
        f.programme().lead(), name="CRM", scopes=["journal:read", "people:read"], days=30, by=officer, at=f.NOW
    )
    for _ in range(2):
        assert client.get("/api/v1/journal", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    reading = Reading.objects.get()
    assert (reading.kind, reading.token, reading.door) == ("api", token.prefix, "api")


def test_readings_go_with_their_rule(world, enter):
    enter("officer").get("/console/communes/59474/")
    rule = next(rule for rule in rules() if rule.code == "consultations")
    assert rule.act is not None
    system = User.objects.system()
    late = f.NOW + timedelta(days=(rule.days or 0) + 1)
    assert rule.act(rule.before(f.NOW), by=system, at=f.NOW, is_dry=False) == 0
    assert rule.act(rule.before(late), by=system, at=late, is_dry=True) == 1
    assert rule.act(rule.before(late), by=system, at=late, is_dry=False) == 1
    assert not Reading.objects.exists()
