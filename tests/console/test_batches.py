"""Rows chosen in a list, what is refused already, the word of care, the page that moves, and who sees it."""

import csv
import io
import re
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from socle.agreements.models import Agreement, Status
from socle.batches import actions
from socle.batches.models import Batch, BatchLine, LineState
from socle.batches.models import Status as BatchStatus
from socle.joining.models import JoinRequest
from socle.joining.models import Status as Joining
from socle.provisioning.models import Installation
from socle.territory.models import Commune
from tests import factories as f

pytestmark = pytest.mark.slow
PREPARE = "/console/lots/nouveau/"


def pk_of(insee_code):
    return str(Commune.objects.get(insee_code=insee_code).pk)


def hidden(response):
    """What the confirmation would send again, as a browser does."""
    form = BeautifulSoup(response.content, "html.parser").select_one(".sheet form")
    sent = {}
    for field in form.select("input[type=hidden]"):
        sent.setdefault(field["name"], []).append(field["value"])
    sent.pop("csrfmiddlewaretoken", None)
    return sent


def choose(client, liste, geste, *keys, filtres="", **more):
    scope = {"portee": "page", "choix": list(keys)} if keys else {"portee": "toutes"}
    return client.post(PREPARE, {"liste": liste, "geste": geste, "filtres": filtres, **scope, **more})


def confirm(client, response, **more):
    return client.post(PREPARE, {**hidden(response), **more})


def carry_on(batch):
    BatchLine.objects.update(due_at=None)
    actions.carry_on(only=batch.pk)
    batch.refresh_from_db()
    return batch


def test_a_list_offers_its_gestures_to_those_who_may_make_them_and_no_box_to_others(world, enter):
    officer = BeautifulSoup(enter("officer").get("/console/communes/").content, "html.parser")
    assert {option["value"] for option in officer.select("#geste option")} == {"", "equip", "draft"}
    assert officer.select_one("#geste option")["value"] == "", "no gesture is the default one"
    assert len(officer.select("input[name=choix][form=lot]")) == 5
    finance = BeautifulSoup(enter("finance").get("/console/communes/").content, "html.parser")
    assert not finance.select("#geste, input[name=choix]")
    cdg = BeautifulSoup(enter("cdg59").get("/console/communes/").content, "html.parser")
    assert {option["value"] for option in cdg.select("#geste option")} == {"", "draft"}
    somme = BeautifulSoup(enter("somme").get("/console/installations/").content, "html.parser")
    assert {option["value"] for option in somme.select("#geste option")} == {"", "reconcile", "suspend", "resume"}


@pytest.mark.slow
def test_nothing_starts_before_one_has_read_how_many_and_what_is_refused(world, enter):
    before = Batch.objects.count()
    page = choose(enter("officer"), "communes", "draft", pk_of("59218"), pk_of("59474"), pk_of("59001"))
    words = page.content.decode()
    assert "Étrœungt" in words
    assert world.ready in words
    assert world.draft in words
    assert Batch.objects.count() == before


def test_the_rows_ticked_are_drafted_and_the_refused_ones_say_why(world, enter):
    officer = enter("officer")
    page = choose(officer, "communes", "draft", pk_of("62003"), pk_of("59474"))
    response = confirm(officer, page)
    batch = carry_on(Batch.objects.latest("id"))
    assert response.url == f"/console/lots/{batch.pk}/"
    assert dict(batch.lines.values_list("code", "state")) == {"62003": "done", "59474": "refused"}
    with scopes_disabled():
        assert Agreement.objects.get(beneficiary__commune__insee_code="62003").status == Status.DRAFT
    shown = officer.get(f"/console/lots/{batch.pk}/").content.decode()
    assert "Projet n°" in shown
    assert "Une convention existe déjà" in shown


@pytest.mark.slow
def test_all_the_rows_of_a_filter_are_chosen_not_only_those_of_the_page(world, enter):
    for number in range(60):
        f.commune(f"62{100 + number}", f"Essai-{number:03d}", 200)
    officer = enter("officer")
    page = choose(officer, "communes", "draft", filtres="q=essai&departement=62")
    confirm(officer, page)
    batch = Batch.objects.latest("id")
    assert batch.lines.count() == 60
    assert batch.filters == "q=essai&departement=62"
    assert "q=essai" in officer.get(f"/console/lots/{batch.pk}/").content.decode()


def test_a_centre_de_gestion_chooses_nothing_of_the_other_department(world, enter):
    client = enter("cdg59")
    page = choose(client, "communes", "draft", pk_of("62003"), pk_of("59218"))
    assert "Acheville" not in page.content.decode()
    confirm(client, page)
    assert list(Batch.objects.latest("id").lines.values_list("code", flat=True)) == ["59218"]


@pytest.mark.slow
def test_a_list_that_changed_meanwhile_is_read_again(world, enter):
    officer = enter("officer")
    page = choose(officer, "communes", "draft", filtres="departement=59")
    f.commune("59300", "Nouvelle", 100)
    before = Batch.objects.count()
    again = confirm(officer, page)
    assert "La liste a changé" in again.content.decode()
    assert Batch.objects.count() == before
    confirm(officer, again)
    assert Batch.objects.count() == before + 1


@pytest.mark.slow
def test_the_confirmation_sent_twice_starts_once(world, enter):
    officer = enter("officer")
    page = choose(officer, "communes", "draft", pk_of("59218"))
    first, second = confirm(officer, page), confirm(officer, page)
    assert first.url == second.url


HOSTILE = (
    {},
    {"liste": "communes"},
    {"liste": "nulle", "geste": "draft", "portee": "page"},
    {"liste": "communes", "geste": "nul", "portee": "page", "choix": ["1"]},
    {"liste": "communes", "geste": "suspend", "portee": "toutes"},
    {"liste": "communes", "geste": "draft", "portee": "page"},
    {"liste": "communes", "geste": "draft", "portee": "page", "choix": ["", "x", "²", "-1", "9" * 40, "1;drop"]},
    {"liste": "communes", "geste": "draft", "portee": "autre"},
    {"liste": "communes", "geste": "draft", "portee": "toutes", "filtres": "q=zzz"},
    {"liste": "communes", "geste": "draft", "portee": "toutes", "filtres": "x" * 2000},
)


def test_a_choice_that_means_nothing_is_refused_with_a_sentence(world, enter, subtests):
    officer = enter("officer")
    before = Batch.objects.count()
    for sent in HOSTILE:
        with subtests.test(str(sent)[:80]):
            response = officer.post(PREPARE, sent, follow=True)
            assert response.status_code == 200
            assert BeautifulSoup(response.content, "html.parser").select(".notice-danger")
    response = choose(enter("finance"), "communes", "draft", pk_of("59218"))
    assert response.status_code == 302
    assert Batch.objects.count() == before


@pytest.mark.slow
def test_suspending_many_is_confirmed_in_so_many_words(world, enter):
    officer = enter("officer")
    page = choose(officer, "installations", "suspend")
    assert "J’ai lu" in page.content.decode()
    assert confirm(officer, page).status_code == 422
    assert confirm(officer, page, confirme="on").status_code == 302
    carry_on(Batch.objects.latest("id"))
    with scopes_disabled():
        assert not Installation.objects.filter(wanted_present=True).exists()


def test_signatories_are_reminded_once_in_three_days(world, enter):
    officer = enter("officer")
    page = choose(officer, "conventions", "remind_signatories", filtres="")
    assert "personne n’est à relancer" in page.content.decode()
    confirm(officer, page)
    batch = carry_on(Batch.objects.latest("id"))
    assert dict(batch.lines.values_list("state").distinct().values_list("state", "state")).keys() == {"done", "refused"}
    (message,) = mail.outbox
    assert message.to == [world.people["cdg59_president"].email]
    assert "Rappel" in message.body
    again = choose(officer, "conventions", "remind_signatories")
    assert "déjà reçu un message" in again.content.decode()
    assert "Toutes les lignes choisies sont refusées" in again.content.decode()


@pytest.mark.slow
def test_failed_installations_are_looked_at_again(world, enter):
    officer = enter("officer")
    page = choose(officer, "installations", "reconcile", filtres="etat=failed")
    confirm(officer, page)
    batch = carry_on(Batch.objects.latest("id"))
    assert list(batch.lines.values_list("state", flat=True)) == ["done"]
    assert world.installation(world.failed).state == "live"


# --- The page of a batch ----------------------------------------------------------------------------------------------
def test_a_batch_is_paused_resumed_stopped_and_retried_from_its_page(world, enter):
    officer = enter("officer")
    address = f"/console/lots/{world.batch}/"
    batch = Batch.objects.get(pk=world.batch)
    for verb, status in (
        ("pause", "paused"),
        ("reprendre", "running"),
        ("arreter", "cancelled"),
        ("relancer", "running"),
    ):
        assert officer.post(f"{address}{verb}/").url == address
        batch.refresh_from_db()
        assert batch.status == status
    refused = officer.post(f"{address}reprendre/", follow=True).content.decode()
    assert "n’est pas en pause" in refused


def test_the_moving_part_alone_is_given_to_htmx_until_the_end(world, enter):
    officer = enter("officer")
    address = f"/console/lots/{world.batch}/"
    page = officer.get(address).content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert "htmx-2.min.js" in page
    part = officer.get(address, headers={"HX-Request": "true"})
    assert part.content.decode().strip().startswith('<div id="avancement"')
    assert "HX-Refresh" not in part
    carry_on(Batch.objects.get(pk=world.batch))
    assert officer.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    ended = officer.get(address).content.decode()
    assert "hx-get" not in ended
    assert "htmx" not in ended


@pytest.mark.slow
def test_a_hindered_or_silent_batch_says_so(world, enter):
    Batch.objects.update(hindrance="Le disque est plein.", next_try_at=f.NOW)
    page = enter("officer").get(f"/console/lots/{world.batch}/").content.decode()
    assert "Le disque est plein." in page
    Batch.objects.update(resumed_at=f.NOW - timedelta(hours=1))
    assert "Rien n’a avancé" in enter("officer").get(f"/console/lots/{world.batch}/").content.decode()


@pytest.mark.slow
def test_the_report_is_a_file_and_its_lines_are_filtered_by_what_became_of_them(world, enter):
    officer = enter("officer")
    carry_on(Batch.objects.get(pk=world.batch))
    response = officer.get(f"/console/lots/{world.batch}/rapport.csv")
    lines = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert [line[:3] for line in lines[1:]] == [["Étrœungt", "59218", "fait"]]
    assert (
        "Aucune ligne n’est dans cet état" in officer.get(f"/console/lots/{world.batch}/?etat=failed").content.decode()
    )


def test_the_pages_of_batches_ask_as_many_questions_whatever_their_length(world, enter):
    officer = enter("officer")

    def queries(address):
        with CaptureQueriesContext(connection) as captured:
            assert officer.get(address).status_code == 200
        return len(captured)

    addresses = ("/console/lots/", f"/console/lots/{world.batch}/")
    few = [queries(address) for address in addresses]
    BatchLine.objects.bulk_create(
        BatchLine(batch_id=world.batch, subject=f"x{number}", label="x", state=LineState.DONE) for number in range(300)
    )
    for number in range(20):
        Batch.objects.create(
            gesture="draft",
            operator=world.programme.lead(),
            programme=world.programme,
            started_by=world.people["officer"],
            started_at=f.NOW,
            resumed_at=f.NOW,
            status=BatchStatus.FINISHED,
            filters=str(number),
        )
    assert [queries(address) for address in addresses] == few
    assert max(few) <= 21


@pytest.mark.slow
def test_sorting_out_asks_as_many_questions_whatever_the_number(world, enter):
    officer = enter("officer")

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert choose(officer, "communes", "equip").status_code == 200
        return len(captured)

    few = queries()
    for number in range(40):
        f.commune(f"62{100 + number}", f"Essai-{number:03d}", 200)
    assert queries() <= few
    assert few < 40


@pytest.mark.slow
def test_no_template_of_a_batch_shows_a_person_of_another_operator(world, enter):
    page = enter("cdg59").get("/console/lots/").content.decode()
    assert not re.search(rf"/console/lots/{world.batch}/", page)


def test_requests_are_taken_in_charge_and_said_receivable_several_at_once(world, enter):
    officer, me = enter("officer"), world.people["officer"]
    known = f.join_request(f.commune("62003"), has_published_address=True)
    followed = f.join_request(f.commune("62004", "Achicourt", 900), officer=world.people["cdg62"])
    page = choose(officer, "demandes", "take_requests")
    assert "Une autre personne suit déjà cette demande" in page.content.decode()
    confirm(officer, page)
    batch = carry_on(Batch.objects.first())
    assert batch.status == BatchStatus.FINISHED
    asked = JoinRequest.objects.get(reference=world.join)
    known.refresh_from_db()
    followed.refresh_from_db()
    assert (asked.officer, known.officer, followed.officer) == (me, me, world.people["cdg62"])
    report = list(csv.reader(io.StringIO(enter("officer").get(
        f"/console/lots/{batch.pk}/rapport.csv").getvalue().decode("utf-8-sig")), delimiter=";"))  # fmt: skip
    assert {row[2] for row in report[1:]} == {"fait", "refusé"}
    assert world.people["cdg62"].name not in str(report)
    # Nothing proves that Étrœungt’s mairie asks: said before it starts, and at its line.
    page = choose(officer, "demandes", "qualify_requests", str(asked.pk), str(known.pk))
    assert "appelez-la au numéro publié" in page.content.decode()
    confirm(officer, page)
    carry_on(Batch.objects.first())
    asked.refresh_from_db()
    known.refresh_from_db()
    assert (asked.status, known.status) == (Joining.CONFIRMED, Joining.QUALIFIED)
    assert known.letters.filter(kind="qualified").count() == 1
    soup = BeautifulSoup(enter("finance").get("/console/demandes/").content, "html.parser")
    assert not soup.select("#geste, input[name=choix]")
    # The other department's requests are not chosen by whoever does not see them.
    other = enter("cdg59")
    choose(other, "demandes", "take_requests", str(known.pk))
    assert "Rien n’est choisi" in other.get("/console/lots/").content.decode()


# --- A letter to several mairies --------------------------------------------------------------------------------------
def test_a_letter_is_written_seen_as_one_mairie_reads_it_and_sent_by_a_batch(world, enter):
    officer, write = enter("officer"), "/console/conventions/ecrire/"
    assert write in officer.get("/console/conventions/").content.decode()
    assert write not in enter("finance").get("/console/conventions/").content.decode()
    with scopes_disabled():
        keys = list(Agreement.objects.filter(number__in=[world.signed, world.draft]).values_list("pk", flat=True))
    chosen = {"portee": "page", "choix": [str(key) for key in keys]}
    assert "Écrire à 2" in officer.post(write, chosen).content.decode().replace("\u00a0", " ")
    wrong = officer.post(write, {**chosen, "etape": "envoyer", "subject": "[inconnue]", "body": "Texte"})
    assert (wrong.status_code, Batch.objects.filter(gesture="send_letter").count()) == (422, 0)
    assert set(wrong.context["form"].errors) == {"subject"}
    words = {"subject": "Convention [convention]", "body": "Pour [mairie], <b>jusqu’au</b> [fin]."}
    seen = officer.post(write, {**chosen, **words, "etape": "apercu"})
    assert "&lt;b&gt;" in seen.content.decode()
    assert any(f"Convention {number}" in seen.content.decode() for number in (world.signed, world.draft))
    sent = hidden(seen) | words | {"etape": ["envoyer"]}
    first, second = officer.post(write, sent), officer.post(write, sent)
    assert first.url == second.url
    batch = carry_on(Batch.objects.get(gesture="send_letter"))
    says = {line.label.partition(",")[0]: line.says for line in batch.lines.all()}
    assert says[world.signed].startswith("Lettre envoyée à ")
    assert "de la mairie n’a encore de compte" in says[world.draft]
    assert {message.subject for message in mail.outbox} == {f"Convention {world.signed}"}
    assert enter("finance").post(write, sent).status_code == 403
    # A centre de gestion writes to the mairies of its department alone.
    other = enter("cdg62").post(write, {**chosen, "portee": "toutes"})
    assert world.draft not in other.content.decode()
